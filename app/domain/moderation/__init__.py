"""What people report, what staff decides about it, and what the author answers."""
