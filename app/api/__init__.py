"""The doors for programs: JSON below /api/v1, with a key in the header. Cookies count for nothing here.

A module for each subject, as on the floor of pages. Each has a `router` and is a line in SUBJECTS.
"""

import importlib
from collections.abc import Iterator

from fastapi import APIRouter

SUBJECTS = (
    "myself",
    "meetings",
    "decks",
    "wishes",
    "ideas",
    "needs",
    "interest",
    "cards",
    "replies",
    "commitments",
    "strategies",
    "organisations",
    "projects",
    "bodies",
    "pressed",
    "finding",
    "schema",
)


def routers() -> Iterator[APIRouter]:
    """The routers of every subject."""
    for subject in SUBJECTS:
        yield importlib.import_module(f"app.api.{subject}").router
