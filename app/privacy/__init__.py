"""What the house holds about people: the register of it, one's own copy, erasing, forgetting in time."""
