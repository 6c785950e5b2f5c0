"""What a page that is being made took from more than the database, for whoever keeps it while it is right.

Whoever keeps pages (`http/page_cache.py`) lays a `Making` in the context of a request. The clock notes in it
that it was read, and what is meant for one reader alone notes that too. Where nobody keeps anything, nothing
is noted.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Making:
    """`day`: today's date was asked for; `moment`: the time of day was; `is_for_one`: never to be kept."""

    day: bool = False
    moment: bool = False
    is_for_one: bool = False


making: ContextVar[Making | None] = ContextVar("making", default=None)


def note_day() -> None:
    if (noted := making.get()) is not None:
        noted.day = True


def note_moment() -> None:
    if (noted := making.get()) is not None:
        noted.moment = True


def note_for_one() -> None:
    """What is being made now is for this one reader or this one reading: a form's key, a counted use."""
    if (noted := making.get()) is not None:
        noted.is_for_one = True
