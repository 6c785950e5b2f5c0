"""The reading list of a body: what its members are to read, and what each has read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused
from app.domain.bodies.events import ReadingAdded
from app.domain.bodies.models import Body, BodyMeeting, Reading, ReadMark
from app.domain.bodies.policy import may_keep_papers, may_read_list, own_project_to, project_to, said_to
from app.domain.bodies.schemas import ReadingInput
from app.domain.bodies.service import take_body
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meetings_visible_to
from app.domain.presentations.models import Deck, SlidePage
from app.domain.presentations.policy import pages_visible_to
from app.domain.presentations.policy import visible_to as decks_visible_to
from app.domain.strategies.models import Strategy
from app.domain.strategies.policy import visible_to as strategies_visible_to

MOST_READINGS = 200


def add_reading(session: Session, actor: Actor, body_id: int, given: ReadingInput) -> Reading:
    """Put something last on the list.

    Refused: unknown_reading (or one that the actor may not see), already_listed, unknown_meeting, list_full.
    """
    body, _ = take_body(session, actor, body_id, by=may_keep_papers)
    if session.scalar(_find_thing(actor, given)) is None:
        raise Refused("unknown_reading")
    if given.body_meeting_id is not None:
        meeting = session.get(BodyMeeting, given.body_meeting_id)
        if meeting is None or meeting.body_id != body.id or meeting.cancelled_at is not None:
            raise Refused("unknown_meeting")
    standing = _standing(session, body)
    if len(standing) >= MOST_READINGS:
        raise Refused("list_full", count=MOST_READINGS)
    if any(_is_same(one, given) for one in standing):
        raise Refused("already_listed")
    reading = Reading(
        body_id=body.id,
        position=(standing[-1].position if standing else 0) + 1,
        added_by_id=actor.user_id,
        added_at=now(),
        **given.model_dump(),
    )
    session.add(reading)
    session.flush()
    record(session, actor, "add_reading", "body", body.id, after={"reading_id": reading.id})
    announce(session, ReadingAdded(body.id, reading.id))
    return reading


def remove_reading(session: Session, actor: Actor, reading_id: int) -> None:
    """Take it off the list."""
    reading, body = _take_reading(session, actor, reading_id, may_keep_papers)
    reading.removed_at = now()
    session.flush()
    record(session, actor, "remove_reading", "body", body.id, after={"reading_id": reading.id})


def order_readings(session: Session, actor: Actor, body_id: int, reading_ids: Sequence[int]) -> None:
    """The list in another order. Refused: stale (it holds others by now)."""
    body, _ = take_body(session, actor, body_id, by=may_keep_papers)
    standing = {reading.id: reading for reading in _standing(session, body)}
    if sorted(reading_ids) != sorted(standing):
        raise Refused("stale")
    for position, reading_id in enumerate(reading_ids, 1):
        standing[reading_id].position = position
    session.flush()
    record(session, actor, "order_readings", "body", body.id, after={"count": len(standing)})


def swap_readings(session: Session, actor: Actor, reading_id: int, other_id: int) -> None:
    """Two on the list change places; what the actor does not see between them stays where it is. Raises
    NotFound where either is off the list."""
    one, body = _take_reading(session, actor, reading_id, may_keep_papers)
    other, of_other = _take_reading(session, actor, other_id, may_keep_papers)
    if body.id != of_other.id:
        raise NotFound
    one.position, other.position = other.position, one.position
    session.flush()
    record(session, actor, "order_readings", "body", body.id, after={"count": 2})


def mark_read(session: Session, actor: Actor, reading_id: int, *, is_read: bool) -> None:
    """Say for oneself that one has read it, or has not; nobody else is told, and it can be said twice."""
    reading, body = _take_reading(session, actor, reading_id, may_read_list)
    if is_read:
        mark = insert(ReadMark).values(reading_id=reading.id, user_id=actor.user_id, read_at=now())
        session.execute(mark.on_conflict_do_nothing())
    else:
        mark_of = session.get(ReadMark, (reading.id, actor.user_id))
        if mark_of is not None:
            session.delete(mark_of)
    session.flush()
    # That somebody read is in the log; who it was is theirs to know.
    record(session, actor, "mark_read", "body", body.id, is_nameless=True)


def _standing(session: Session, body: Body) -> list[Reading]:
    return list(
        session.scalars(
            select(Reading)
            .where(Reading.body_id == body.id, Reading.removed_at.is_(None))
            .order_by(Reading.position, Reading.id)
        )
    )


_THINGS = ("contribution_id", "project_id", "own_project_id", "deck_id", "page", "strategy_id", "meeting_id")


def _is_same(reading: Reading, given: ReadingInput) -> bool:
    names = (*_THINGS, "url", "body_meeting_id")
    return all(getattr(reading, name) == getattr(given, name) for name in names)


def _find_thing(actor: Actor, given: ReadingInput) -> Any:
    """The thing, if the actor may see it."""
    if given.contribution_id is not None:
        return said_to(actor, given.contribution_id)
    if given.project_id is not None:
        return project_to(actor, given.project_id)
    if given.own_project_id is not None:
        return own_project_to(actor, given.own_project_id)
    if given.page is not None:
        return (
            select(SlidePage.id)
            .join(Deck, Deck.current_revision_id == SlidePage.revision_id)
            .where(Deck.id == given.deck_id, SlidePage.number == given.page, pages_visible_to(actor))
        )
    if given.deck_id is not None:
        return select(Deck.id).where(Deck.id == given.deck_id, decks_visible_to(actor))
    if given.strategy_id is not None:
        return select(Strategy.id).where(Strategy.id == given.strategy_id, strategies_visible_to(actor))
    if given.meeting_id is not None:
        return select(Meeting.id).where(Meeting.id == given.meeting_id, meetings_visible_to(actor))
    return select(func.length(given.url))


def _take_reading(session: Session, actor: Actor, reading_id: int, rule: Any) -> tuple[Reading, Body]:
    reading = session.get(Reading, reading_id)
    if reading is None:
        raise NotFound
    body, _ = take_body(session, actor, reading.body_id, by=rule)
    session.refresh(reading, with_for_update=True)
    if reading.removed_at is not None:
        raise NotFound
    return reading, body
