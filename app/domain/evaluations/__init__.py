"""What those who were there thought of a meeting: three questions, the same every time."""
