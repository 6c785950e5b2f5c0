"""Who is asking: sign-in by mailed code, sessions, the Actor of a request."""
