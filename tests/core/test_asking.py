"""Questions asked side by side: in one statement, with the same rows as each alone."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Select,
    Text,
    Time,
    Uuid,
    bindparam,
    cast,
    column,
    event,
    func,
    literal,
    null,
    select,
    values,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, beside, nothing, read
from app.core.clock import now
from app.core.kept import kept


@kept
def numbers(name: str) -> Select[Any]:
    table = values(column("number", Integer), name="given").data([(3,), (1,), (2,)])
    return select(table.c.number).where(table.c.number <= bindparam(name)).order_by(table.c.number.desc())


@kept
def of_all_kinds() -> Select[Any]:
    moment = bindparam("moment", type_=DateTime(timezone=True))
    return select(
        literal('Æ »"\\«').label("word"),
        literal(2**60, BigInteger).label("large"),
        literal(True).label("truth"),
        cast(null(), Text).label("none"),
        literal(date(2026, 11, 23), Date).label("day"),
        func.coalesce(moment, moment).label("moment"),
        literal(time(13, 30), Time).label("hour"),
        literal(Decimal("1.50"), Numeric).label("amount"),
        literal(["a", "b"], ARRAY(Text)).label("words"),
        func.jsonb_build_object("a", 1, type_=JSONB).label("told"),
    )


def count(name: str, most: int) -> Asking[int]:
    return len((yield from asked(numbers(name), {name: most})))


def count_twice(name: str, most: int) -> Asking[int]:
    first = yield from count(name, most)
    return (yield from count(name, first - 1))


def test_what_is_asked_at_the_same_time_is_one_statement_with_the_answers_in_order(session: Session) -> None:
    session.connection()
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: sent.append(given[2]))
    answers = read(
        session, beside(count_twice("one", 3), nothing("known"), beside(count("two", 2), count("three", 0)))
    )
    assert (answers, len(sent)) == ((2, "known", (2, 0)), 2)


def test_rows_keep_their_order(session: Session) -> None:
    first, second = read(
        session, beside(asked(numbers("one"), {"one": 3}), asked(numbers("two"), {"two": 2}))
    )
    assert ([row.number for row in first], [tuple(row) for row in second]) == ([3, 2, 1], [(2,), (1,)])


def test_values_of_every_kind_are_as_they_are_when_asked_alone(session: Session) -> None:
    given = {"moment": now().replace(microsecond=123456)}
    (alone,) = read(session, asked(of_all_kinds(), given))
    (joined,), _ = read(session, beside(asked(of_all_kinds(), given), asked(numbers("one"), {"one": 1})))
    assert dict(joined._mapping) == dict(alone._mapping)
    assert isinstance(joined.moment, datetime)


def test_two_questions_that_mean_different_things_by_a_name_are_an_error(session: Session) -> None:
    with pytest.raises(ValueError, match="one"):
        read(session, beside(asked(numbers("one"), {"one": 1}), asked(numbers("one"), {"one": 2})))


@pytest.mark.parametrize("value", [literal(b"1", LargeBinary), literal(uuid4(), Uuid)])
def test_what_json_does_not_hold_is_an_error(session: Session, value: Any) -> None:
    one = kept(lambda: select(value.label("one")))
    with pytest.raises(TypeError, match="side by side"):
        read(session, beside(asked(one()), asked(numbers("one"), {"one": 1})))


def test_a_day_of_a_kind_that_is_not_told_is_an_error_and_no_words(session: Session) -> None:
    untold = kept(lambda: select(func.greatest(literal(date(2026, 3, 1)), literal(date(2026, 2, 1)))))
    told = kept(lambda: select(func.greatest(literal(date(2026, 3, 1)), date(2026, 2, 1), type_=Date)))
    with pytest.raises(TypeError, match="type_"):
        read(session, beside(asked(untold()), asked(numbers("one"), {"one": 1})))
    days, _ = read(session, beside(asked(told()), asked(numbers("one"), {"one": 1})))
    assert [tuple(row) for row in days] == [(date(2026, 3, 1),)]
