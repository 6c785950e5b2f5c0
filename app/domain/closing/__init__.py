"""Closing a meeting: what is missing, mended or given a reason, until the minutes can be approved."""
