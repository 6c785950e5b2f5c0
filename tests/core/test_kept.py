"""Statements that are kept by who asks."""

from datetime import UTC, datetime

from sqlalchemy import Select, literal, select

from app.core import clock
from app.core.kept import MOST_KEPT, kept
from app.core.policy import STRANGER, SYSTEM, Actor


def test_a_statement_is_built_once_for_each_actor_and_day() -> None:
    built: list[Actor] = []

    @kept
    def ask(actor: Actor) -> Select[tuple[str]]:
        built.append(actor)
        return select(literal(f"{actor.name} {clock.today()}"))

    with clock.moved_to(datetime(2026, 11, 22, 12, tzinfo=UTC)):
        first = ask(STRANGER)
        assert ask(STRANGER) is first
        assert ask(SYSTEM) is not first
    with clock.moved_to(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        assert ask(STRANGER) is not first
    assert built == [STRANGER, SYSTEM, STRANGER]


def test_only_the_last_who_asked_are_kept() -> None:
    built: list[Actor] = []

    @kept
    def ask(actor: Actor) -> Select[tuple[int]]:
        built.append(actor)
        return select(literal(len(built)))

    for number in range(MOST_KEPT + 1):
        ask(Actor(user_id=number))
    ask(Actor(user_id=0))
    assert len(built) == MOST_KEPT + 2
