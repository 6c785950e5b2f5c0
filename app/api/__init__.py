"""The doors for programs: JSON below /api/v1, with a key in the header. Cookies count for nothing here.

A module for each subject, as on the floor of pages. Each has a `router` and is a line in SUBJECTS.
"""

import importlib
from collections.abc import Iterator
from functools import cache
from re import Pattern

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path

SUBJECTS = (
    "myself",
    "own",
    "following",
    "meetings",
    "seats",
    "programme",
    "boards",
    "arranging",
    "polls",
    "panels",
    "groups",
    "placing",
    "seat_groups",
    "sign_ups",
    "invitations",
    "speakers",
    "minutes",
    "closing",
    "evaluations",
    "decks",
    "sent_decks",
    "alike",
    "wishes",
    "idea_files",
    "ideas",
    "rounds",
    "needs",
    "networks",
    "interest",
    "cards",
    "asker",
    "replies",
    "answering",
    "answer_rules",
    "hearings",
    "inbox",
    "imports",
    "summaries",
    "summarising",
    "tenders",
    "ledger",
    "commitments",
    "measured",
    "crosswalk",
    "strategies",
    "organisations",
    "own_policy",
    "maturity",
    "board",
    "stages",
    "projects",
    "bodies",
    "body_keeping",
    "recommending",
    "criteria",
    "pressing",
    "pressed",
    "finding",
    "schema",
)


def routers() -> Iterator[APIRouter]:
    """The routers of every subject."""
    for subject in SUBJECTS:
        yield importlib.import_module(f"app.api.{subject}").router


def takes_files(path: str) -> bool:
    """Whether an address takes files, and so larger bodies."""
    return any(pattern.match(path) for pattern in _file_patterns())


@cache
def _file_patterns() -> tuple[Pattern[str], ...]:
    routes = [route for router in routers() for route in router.routes if isinstance(route, APIRoute)]
    paths = {route.path for route in routes if "requestBody" in (route.openapi_extra or {})}
    return tuple(compile_path(path)[0] for path in sorted(paths))
