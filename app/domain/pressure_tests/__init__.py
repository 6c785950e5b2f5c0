"""Ideas and projects held against the themes of strategies, by two who do not see one another."""
