"""Tables of minutes."""
