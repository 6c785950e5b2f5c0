"""Tables of questions to a panel while it talks."""
