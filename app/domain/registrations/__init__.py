"""Who takes part in a meeting: signing up, cancelling, and who may see whom."""
