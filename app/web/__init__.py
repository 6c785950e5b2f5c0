"""The HTML doors: one module per subject, named as its address in English."""

import importlib
from collections.abc import Iterator

from fastapi import APIRouter

SUBJECTS = (
    "front",
    "duties",
    "signin",
    "own",
    "meetings",
    "planning",
    "cards",
    "decks",
    "wishes",
    "ideas",
    "interests",
    "themes",
    "municipalities",
    "organisations",
    "projects",
    "search",
)


def routers() -> Iterator[APIRouter]:
    """The router of every subject."""
    for subject in SUBJECTS:
        yield importlib.import_module(f"app.web.{subject}").router
