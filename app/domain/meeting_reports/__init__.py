"""The report of a meeting: all that was said, answered and promised, for those it is made for."""
