"""Taking in, beside the requests."""
