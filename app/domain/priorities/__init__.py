"""Rounds in which named people put needs in order; how mature a municipality finds itself."""
