"""Tables of carry_over."""
