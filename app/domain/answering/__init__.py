"""Answering what was said: who looks after it, by when, with which verdict, and published together."""
