"""What the house holds about people: the register of it, a copy for oneself, erasing, and forgetting in time."""
