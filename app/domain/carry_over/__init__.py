"""What earlier meetings left open puts itself forward for the next; and what happened since."""
