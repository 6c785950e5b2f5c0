"""Summaries in sentences, each of which rests on what was said; what rests on nothing any more says so."""
