"""Municipalities with the same need, why they fit, and the asking for contact."""
