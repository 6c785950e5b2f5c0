"""Tables of the room. Those who speak: their link, their slides, what they agreed to."""
