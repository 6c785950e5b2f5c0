"""What people follow, and what is new on it."""
