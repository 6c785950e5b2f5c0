"""The way into a meeting on the screen: for those who take part, shortly before it begins."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol

from app.core.clock import COPENHAGEN, now, today
from app.core.policy import Actor
from app.domain.meetings.policy import may_enter_any_time, may_see_join_link
from app.domain.meetings.statuses import OFF

# How long before the beginning the way is open, and how long after the end.
OPENS_BEFORE = timedelta(minutes=60)
CLOSES_AFTER = timedelta(minutes=60)

# Why not: no link is set; the meeting is off, or over; it is too early; one is not signed up, has no seat
# yet, or is not known to speak for the organisation.
Closed = Literal["missing", "off", "over", "early", "not_signed_up", "no_seat", "unconfirmed"]


class Joinable(Protocol):
    """What decides when the way into a meeting is open."""

    @property
    def id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def held_on(self) -> date: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def join_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class WayIn:
    """`closed` is empty while the way is open; `opens_at`: when it is, for those who come."""

    closed: Closed | None
    opens_at: datetime


def opens_at(meeting: Joinable) -> datetime:
    """When the way in opens; from the first minute of the day where the clock is not known."""
    if meeting.starts_at is None:
        return datetime.combine(meeting.held_on, time(), COPENHAGEN)
    return meeting.starts_at - OPENS_BEFORE


def find_way_in(actor: Actor, meeting: Joinable, own_status: str | None) -> WayIn:
    """Whether the actor can go to the meeting's screen now. `own_status`: of the own sign-up, if any.

    Staff and those with a role at the meeting set it up and try it: for them it is open at any time.
    """
    opens = opens_at(meeting)
    return WayIn(_why_closed(actor, meeting, own_status, opens), opens)


def _why_closed(actor: Actor, meeting: Joinable, own_status: str | None, opens: datetime) -> Closed | None:
    if may_enter_any_time(actor, meeting.id):
        return None if meeting.join_url else "missing"
    if meeting.status in OFF:
        return "off"
    if own_status is None:
        return "not_signed_up"
    if own_status != "registered":
        return "no_seat"
    if _is_over(meeting):
        return "over"
    if not may_see_join_link(actor, meeting.id):
        return "unconfirmed"
    if not meeting.join_url:
        return "missing"
    return "early" if now() < opens else None


def _is_over(meeting: Joinable) -> bool:
    if meeting.ends_at is not None:
        return now() > meeting.ends_at + CLOSES_AFTER
    return meeting.held_on < today()
