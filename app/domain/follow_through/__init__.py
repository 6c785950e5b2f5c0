"""What became of what was said: of one meeting, and of one year."""
