"""Committees and boards: who sits in them, whom they advise, and what they recommend."""
