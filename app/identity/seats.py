"""The seat of a browser without an account: a cookie of its own, set when a guest joins a room.

Who signs in later is asked whether what was written there is theirs; it never becomes so by itself.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.kept import kept
from app.core.policy import Actor, NotFound, require
from app.domain.attendance.models import Attendee
from app.domain.attendance.policy import has_seat, may_join
from app.domain.attendance.queries import hash_secret, list_seats
from app.domain.contributions.models import Contribution
from app.domain.meetings.queries import MeetingLine, meeting_lines_of
from app.identity.moving import find_references_to, move_rows
from app.identity.sessions import Cookie

WORD = "plads"
LASTS = timedelta(days=30)
_LENGTH = 43  # letters of 32 random bytes


def seat_cookie_name(cookie: Cookie) -> str:
    """How the cookie is called: after the session's, with the __Host- name where that has it."""
    return f"{cookie.name}-{WORD}"


def make_secret() -> str:
    """What a browser that joins for the first time gets."""
    return secrets.token_urlsafe(32)


def is_secret(value: str | None) -> bool:
    """Whether it looks like one of ours."""
    return value is not None and len(value) == _LENGTH


def with_seats(session: Session, actor: Actor, secret: str | None) -> Actor:
    """The actor with the seats of the browser. Who is signed in has the account's own and no others: what
    somebody else wrote in a shared browser is never silently theirs."""
    if secret is None or not is_secret(secret) or actor.is_signed_in:
        return actor
    return replace(actor, seats=list_seats(session, secret))


@dataclass(frozen=True, slots=True)
class Claim:
    """A seat of this browser that no account has: at which meeting, as whom, and how much was written."""

    attendee_id: int
    meeting: MeetingLine
    name: str
    shown_as: str
    words: int


def list_claims(session: Session, actor: Actor, secret: str | None) -> list[Claim]:
    """What was written in this browser before signing in, for whoever is signed in now to say whose it is."""
    return read(session, claims_for(actor, secret))


def claims_for(actor: Actor, secret: str | None) -> Asking[list[Claim]]:
    """The same, to be asked beside others."""
    if not actor.is_signed_in or secret is None or not is_secret(secret) or not may_join(actor):
        return []
    rows = yield from asked(_seats_of_browser(), {"seat_secret": hash_secret(secret)})
    meetings = yield from meeting_lines_of([row.meeting_id for row in rows], actor)
    return [
        Claim(row.id, meetings[row.meeting_id], row.name, row.shown_as, row.words)
        for row in rows
        if row.meeting_id in meetings
    ]


@kept
def _seats_of_browser() -> Select[Any]:
    words = select(func.count()).where(Contribution.attendee_id == Attendee.id).scalar_subquery()
    return (
        select(Attendee.id, Attendee.meeting_id, Attendee.name, Attendee.shown_as, words.label("words"))
        .where(Attendee.secret_hash == bindparam("seat_secret"), has_seat())
        .order_by(Attendee.id.desc())
        .limit(20)
    )


def claim(session: Session, actor: Actor, secret: str | None, attendee_id: int) -> None:
    """The seat and all that was written from it are the account's from now on, shown as they were.

    Who sat at the same meeting with the account too has one seat there afterwards.
    """
    require(actor.is_signed_in and may_join(actor))
    assert actor.user_id is not None
    seat = _take(session, secret, attendee_id)
    own = session.scalars(
        select(Attendee)
        .where(Attendee.meeting_id == seat.meeting_id, Attendee.user_id == actor.user_id)
        .with_for_update()
    ).one_or_none()
    if own is None:
        seat.user_id, seat.secret_hash = actor.user_id, None
    else:
        _merge(session, seat, own)
    record(session, actor, "claim", "attendee", own.id if own is not None else seat.id)
    session.flush()


def disown(session: Session, actor: Actor, secret: str | None, attendee_id: int) -> None:
    """It was somebody else: this browser knows nothing of the seat any more. What was written stays."""
    seat = _take(session, secret, attendee_id)
    seat.secret_hash = None
    record(session, actor, "leave_room", "attendee", seat.id)
    session.flush()


def move_seats(session: Session, from_user_id: int, to_user_id: int) -> None:
    """Give the seats of one user to another, who is the same person; of two at one meeting one is left."""
    seats = session.scalars(
        select(Attendee)
        .where(Attendee.user_id.in_((from_user_id, to_user_id)))
        .order_by(Attendee.id)
        .with_for_update()
    ).all()
    own = {seat.meeting_id: seat for seat in seats if seat.user_id == to_user_id}
    for seat in seats:
        if seat.user_id == from_user_id and seat.meeting_id in own:
            _merge(session, seat, own[seat.meeting_id])
    session.flush()
    session.execute(update(Attendee).where(Attendee.user_id == from_user_id).values(user_id=to_user_id))


def _take(session: Session, secret: str | None, attendee_id: int) -> Attendee:
    seat = session.get(Attendee, attendee_id, with_for_update=True, populate_existing=True)
    if seat is None or not is_secret(secret) or seat.secret_hash != hash_secret(secret or ""):
        raise NotFound
    return seat


def _merge(session: Session, seat: Attendee, into: Attendee) -> None:
    """All that hangs on one seat hangs on the other; of two votes, dots or groups the latter's stay."""
    session.flush()
    for column in find_references_to("attendee"):
        move_rows(session, column, seat.id, into.id)
    registration_id, seat.registration_id = seat.registration_id, None
    session.flush()
    into.registration_id = into.registration_id or registration_id
    into.joined_at = min((one for one in (into.joined_at, seat.joined_at) if one), default=None)
    if into.checked_in_at is None:
        into.checked_in_at, into.checked_in_by_id = seat.checked_in_at, seat.checked_in_by_id
    # Whoever was shown out stays out, by whichever of the two.
    into.removed_at = into.removed_at or seat.removed_at
    session.execute(delete(Attendee).where(Attendee.id == seat.id))
    session.expunge(seat)
    session.flush()
