"""Our FastAPI and Jinja kit. It knows no word of the forum."""
