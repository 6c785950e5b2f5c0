"""Who may come into the room, when, and who looks after who is there."""

from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_

from app.core.policy import Actor
from app.domain.attendance.models import Attendee
from app.domain.attendance.schemas import ShownAs
from app.domain.meetings.policy import takes_part
from app.domain.meetings.statuses import DONE

# The first day on which one can join, before the meeting: to try it at home.
OPENS_BEFORE = timedelta(days=1)
# As long as a room can be open at all: a few days of meeting, and the most days after it.
LONGEST_OPEN = timedelta(days=70)
_OFF = ("draft", "cancelled", "postponed")
_CHOICES: dict[str, tuple[ShownAs, ...]] = {
    "free": ("name", "organisation", "kind", "anonymous"),
    "organisation": ("organisation", "kind"),
    "chatham": ("anonymous",),
}


class Room(Protocol):
    """What the rules look at."""

    @property
    def meeting_id(self) -> int: ...
    @property
    def names(self) -> str: ...
    @property
    def lets_guests(self) -> bool: ...
    @property
    def status(self) -> str: ...
    @property
    def opens_on(self) -> date: ...
    @property
    def closes_on(self) -> date: ...


def may_keep_room(actor: Actor) -> bool:
    """Open a meeting's room, say how it works, give it a new code: those who arrange meetings."""
    return actor.is_staff


def may_lead_room(actor: Actor, meeting_id: int) -> bool:
    """Look after the room while it runs: staff and the meeting's facilitators and rapporteurs."""
    return actor.is_staff or actor.has_meeting_role(meeting_id, "facilitator", "rapporteur")


def may_check_in(actor: Actor, meeting_id: int) -> bool:
    """Tick off who has come, and see the list that takes: staff, and the meeting's facilitators."""
    return actor.is_staff or actor.has_meeting_role(meeting_id, "facilitator")


def may_check_in_somewhere(actor: Actor) -> bool:
    """Come in where people are checked in; at which meetings is asked there."""
    return actor.is_staff or any(role == "facilitator" for _, role in actor.meeting_roles)


def may_join(actor: Actor) -> bool:
    """Write in a room at all: everybody, but for an auditor, who changes nothing, and a program's key."""
    return not actor.only_reads and not actor.is_system and actor.token_id is None


def may_join_without_code(actor: Actor, meeting_id: int) -> bool:
    """Come in from the meeting's page, without the code on the wall: who takes part or arranges it."""
    return actor.is_staff or takes_part(actor, meeting_id)


def why_not_open(actor: Actor, room: Room, on: date) -> str | None:
    """The code of the sentence that says why nobody comes into the room on this day; None while it is open.

    Those who lead it may try it before the others. Nobody becomes one of those who were there by the code
    when the minutes lie open for them.
    """
    if room.status in _OFF and not (room.status == "draft" and may_lead_room(actor, room.meeting_id)):
        return "attendance_called_off"
    if on < room.opens_on and not may_lead_room(actor, room.meeting_id):
        return "attendance_too_early"
    return "attendance_over" if room.status in DONE or on > room.closes_on else None


def may_be_open(held_on: date, on: date) -> bool:
    """Whether a meeting on this day can have an open room at all, so that it is worth asking for."""
    return timedelta(0) <= on - (held_on - OPENS_BEFORE) <= LONGEST_OPEN


def ways_to_be_shown(names: str) -> tuple[ShownAs, ...]:
    """How somebody in a room of this kind can be shown, the most open first."""
    return _CHOICES[names]


def shown_in(names: str, wanted: str) -> ShownAs:
    """How somebody is shown who wanted this: never more than the room allows now."""
    ways = ways_to_be_shown(names)
    return next((way for way in ways if way == wanted), ways[0])


def has_seat() -> ColumnElement[bool]:
    """The attendees who are in the room, in SQL: joined, and neither left nor shown out."""
    return and_(Attendee.joined_at.is_not(None), Attendee.left_at.is_(None), Attendee.removed_at.is_(None))
