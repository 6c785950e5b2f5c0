"""The time now, which tests may move."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, cast, func

from app.core.keeping import note_day, note_moment

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_moved_to: datetime | None = None


def now() -> datetime:
    """The present moment in UTC, with time zone."""
    note_moment()
    return _moved_to or datetime.now(UTC)


def today() -> date:
    """Today's date in Denmark."""
    note_day()
    return (_moved_to or datetime.now(UTC)).astimezone(COPENHAGEN).date()


def at(day: date, clock: time | None) -> datetime | None:
    """The moment of a clock time in Denmark on a day."""
    return datetime.combine(day, clock, COPENHAGEN) if clock is not None else None


def clock_of(moment: datetime | None) -> time | None:
    """The clock time in Denmark of a moment."""
    return moment.astimezone(COPENHAGEN).time() if moment is not None else None


def day_of(moment: datetime | None) -> date | None:
    """The date in Denmark of a moment."""
    return moment.astimezone(COPENHAGEN).date() if moment is not None else None


def day_of_in_sql(moment: Any) -> ColumnElement[date]:
    """The date in Denmark of a moment, for a statement."""
    return cast(func.timezone(COPENHAGEN.key, moment), Date)


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` in the whole process; for tests of deadlines."""
    global _moved_to
    before, _moved_to = _moved_to, moment
    try:
        yield
    finally:
        _moved_to = before
