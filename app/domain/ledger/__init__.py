"""Who was met, on what, and when everybody got the same."""
