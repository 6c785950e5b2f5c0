"""The minutes of a meeting: written, sent round for comments, approved, and kept in editions."""
