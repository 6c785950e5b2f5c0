"""Tables of closing."""
