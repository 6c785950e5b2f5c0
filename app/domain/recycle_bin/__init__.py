"""What was removed: what it was, who did it, why, and the way back where there is one."""
