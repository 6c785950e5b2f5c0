"""Rooms, one per subject, in one order; a room looks only at the rooms below it."""
