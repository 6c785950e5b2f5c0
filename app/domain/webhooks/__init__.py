"""Other systems that want to hear what happened: where to, what was sent, how it went."""
