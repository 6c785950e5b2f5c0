"""Mails to people, one function per notice."""
