"""What organisers and vendors promise: by when, on which way, measured how, and what became of it."""
