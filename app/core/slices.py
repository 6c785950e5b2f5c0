"""A list read slice by slice: each begins after the place of the last row, so that what is added or taken
away meanwhile neither doubles nor skips anything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, or_
from sqlalchemy.orm import Session

from app.core.text import is_storable

T = TypeVar("T")
# Where a row stands in an order, as plain JSON.
Place = tuple[str | int | bool, ...]

_LARGEST = 2**63
_LONGEST = 500


class WrongPlace(Exception):
    """A place that is none in this order."""


@dataclass(frozen=True, slots=True)
class By:
    """A column of an order, which is never NULL; `kind` is what its values are. The last one is unique."""

    column: Any
    kind: type
    is_down: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """So many rows of a list; `last` is the place of the last of them where more follow."""

    rows: tuple[T, ...]
    last: Place | None = None


def read_slice(
    session: Session,
    statement: Select[Any],
    order: Sequence[By],
    after: Place | None,
    most: int,
    values: Mapping[str, Any] | None = None,
) -> Slice[Row[Any]]:
    """The rows after a place; one statement, asked with these values. Its own order is given up. Raises
    WrongPlace."""
    placed = statement.add_columns(*(by.column.label(f"place_{n}") for n, by in enumerate(order)))
    if after is not None:
        placed = placed.where(_follows(order, _read_place(order, after)))
    sorted_by = (by.column.desc() if by.is_down else by.column.asc() for by in order)
    placed = placed.order_by(None).order_by(*sorted_by).limit(most + 1)
    rows = session.execute(placed, values).all()
    return _cut(rows, most, lambda row: tuple(_write(getattr(row, f"place_{n}")) for n in range(len(order))))


def slice_rows(
    rows: Sequence[T], place: Callable[[T], Place], after: Place | None, most: int, *, is_down: bool = False
) -> Slice[T]:
    """The same of a short list that is read whole and stands in the order of `place`. Raises WrongPlace."""
    if after is None:
        return _cut(rows, most, place)
    try:
        rest = [row for row in rows if (place(row) < after if is_down else place(row) > after)]
    except TypeError as wrong:
        raise WrongPlace from wrong
    return _cut(rest, most, place)


def _cut(rows: Sequence[T], most: int, place: Callable[[T], Place]) -> Slice[T]:
    shown = tuple(rows[:most])
    return Slice(shown, place(shown[-1]) if len(rows) > most else None)


def _follows(order: Sequence[By], values: Sequence[Any]) -> ColumnElement[bool]:
    """Beyond the place in the first column, or equal there and beyond it in the next, and so on."""
    ways = []
    for n, by in enumerate(order):
        same = [before.column == value for before, value in zip(order[:n], values[:n], strict=True)]
        ways.append(and_(*same, by.column < values[n] if by.is_down else by.column > values[n]))
    return or_(*ways)


def _write(value: Any) -> str | int | bool:
    return value.isoformat() if isinstance(value, date) else value


def _read_place(order: Sequence[By], place: Place) -> list[Any]:
    if len(place) != len(order):
        raise WrongPlace
    return [_read(by.kind, value) for by, value in zip(order, place, strict=True)]


def _read(kind: type, value: str | int | bool) -> Any:
    if kind in (date, datetime) and isinstance(value, str):
        try:
            moment = kind.fromisoformat(value)
        except ValueError as wrong:
            raise WrongPlace from wrong
        if kind is datetime and moment.tzinfo is None:
            raise WrongPlace
        return moment
    if type(value) is not kind:
        raise WrongPlace
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise WrongPlace
    if isinstance(value, str) and (len(value) > _LONGEST or not is_storable(value)):
        raise WrongPlace
    return value
