"""Questions to the database that are asked side by side, in one statement.

A page reads a dozen things that do not wait for one another, and each statement costs more to send than most
take to answer. What asks is a generator that goes on with the rows:

    def names_of(meeting_id: int) -> Asking[list[str]]:
        rows = yield from asked(_names(), {"meeting_named": meeting_id})
        return [row.name for row in rows]

`read` reads one, alone. `beside` makes one of several: what they ask at the same time is asked at once.

The statements are kept (`core/kept.py`), and what they are joined into is kept with them; two that are asked
at once call different values by different names. What came through JSON is made anew by its column's type.
"""

from collections import namedtuple
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Enum,
    Interval,
    LargeBinary,
    Numeric,
    Select,
    Text,
    Time,
    Uuid,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

T = TypeVar("T")

MOST_KEPT: Final = 48

# SQLAlchemy does not know of itself what these give; a class of such a name is heard of by being made.
for _kind, _named in ((JSON, "json"), (JSONB, "jsonb")):
    for _makes in ("agg", "build_array", "build_object"):
        type(f"{_named}_{_makes}", (GenericFunction,), {"type": _kind(), "inherit_cache": True})


@dataclass(frozen=True, slots=True)
class Question:
    """A statement that is kept, and the values that it is asked with."""

    statement: Select[Any]
    values: Mapping[str, Any] = field(default_factory=dict)


Asking: TypeAlias = Generator[tuple[Question, ...], list[list[Any]], T]


def asked(statement: Select[Any], values: Mapping[str, Any] | None = None) -> Asking[list[Any]]:
    """The rows of a statement."""
    (rows,) = yield (Question(statement, values or {}),)
    return rows


def nothing(answer: T) -> Asking[T]:
    """An answer that is known without asking."""
    yield from ()
    return answer


def beside(*each: Asking[Any]) -> Asking[tuple[Any, ...]]:
    """Several as one, with the answers in their order."""
    answers: list[Any] = [None] * len(each)
    going: list[tuple[int, Asking[Any], Any]] = [(place, one, None) for place, one in enumerate(each)]
    while True:
        waiting: list[tuple[int, Asking[Any], tuple[Question, ...]]] = []
        for place, one, rows in going:
            try:
                waiting.append((place, one, one.send(rows)))
            except StopIteration as end:
                answers[place] = end.value
        if not waiting:
            return tuple(answers)
        found = iter((yield tuple(question for _, _, questions in waiting for question in questions)))
        going = [(place, one, [next(found) for _ in questions]) for place, one, questions in waiting]


def read(session: Session, asking: Asking[T]) -> T:
    """The answer of one that asks, or of several beside each other."""
    rows: Any = None
    while True:
        try:
            questions = asking.send(rows)
        except StopIteration as end:
            answer: T = end.value
            return answer
        rows = _answer(session, questions)


def _answer(session: Session, questions: Sequence[Question]) -> list[list[Any]]:
    if not questions:
        return []
    if len(questions) == 1:
        return [list(session.execute(questions[0].statement, questions[0].values).all())]
    values: dict[str, Any] = {}
    for question in questions:
        for name, value in question.values.items():
            if values.setdefault(name, value) != value:
                raise ValueError(f"two questions mean different things by {name}")
    joined, makers = _join(tuple(question.statement for question in questions))
    found = session.execute(joined, values).one()
    return [[make(row) for row in rows or ()] for make, rows in zip(makers, found, strict=True)]


class _Row:
    """A row as SQLAlchemy gives it, in what is used of it."""

    __slots__ = ()

    @property
    def _mapping(self) -> Mapping[str, Any]:
        named: Mapping[str, Any] = self._asdict()  # type: ignore[attr-defined]
        return named


@lru_cache(maxsize=MOST_KEPT)
def _join(statements: tuple[Select[Any], ...]) -> tuple[Select[Any], tuple[Callable[[list[Any]], Any], ...]]:
    columns, makers = [], []
    for number, statement in enumerate(statements):
        rows = statement.subquery(f"asked_{number}")
        told = [cast(one, Text) if isinstance(one.type, Numeric) else one for one in rows.c]
        columns.append(
            select(func.json_agg(func.json_build_array(*told))).select_from(rows).scalar_subquery()
        )
        names = [one.name for one in statement.selected_columns]
        makers.append(_maker(names, [one.type for one in rows.c]))
    return select(*columns), tuple(makers)


def _maker(names: Sequence[str], types: Sequence[TypeEngine[Any]]) -> Callable[[list[Any]], Any]:
    """What makes a row of a list of JSON."""
    named = namedtuple("named", names, rename=True)  # type: ignore[misc]
    make_row = type("Row", (_Row, named), {"__slots__": ()})._make  # type: ignore[attr-defined]
    made_anew = [(place, make) for place, one in enumerate(types) if (make := _reader(one)) is not None]

    def make(row: list[Any]) -> Any:
        for place, read_value in made_anew:
            if row[place] is not None:
                row[place] = read_value(row[place])
        return make_row(row)

    return make


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What makes a value of what JSON holds of it; None where it is the value."""
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, Time):
        return time.fromisoformat
    if isinstance(kind, Numeric):
        return Decimal if kind.asdecimal else float
    if isinstance(kind, ARRAY) and _reader(kind.item_type) is not None:
        raise TypeError(f"a list of {kind.item_type} is not read side by side")
    if isinstance(kind, NullType):  # a day of such a function would stay the words that JSON has for it
        raise TypeError("what gives a kind that SQLAlchemy does not know is told so by type_=")
    if isinstance(kind, LargeBinary | Interval | Uuid | TypeDecorator) or (
        isinstance(kind, Enum) and kind.enum_class is not None
    ):
        raise TypeError(f"{kind} is not read side by side")
    return None
