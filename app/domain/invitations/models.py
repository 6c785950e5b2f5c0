"""Tables of the room. Who has been asked to come to a meeting."""
