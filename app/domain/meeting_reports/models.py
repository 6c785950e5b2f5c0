"""Tables of the reports of meetings."""
