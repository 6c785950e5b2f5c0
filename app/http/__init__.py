"""Our FastAPI and Jinja kit. It knows no word of the forum."""

from app.http import paths  # noqa: F401  before any route is made
