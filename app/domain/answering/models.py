"""Tables of answering."""
