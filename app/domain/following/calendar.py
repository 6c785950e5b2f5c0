"""A calendar of one's own at a secret address, for programs that cannot sign in.

Whoever has the address reads which meetings its person is signed up for, and nothing that is not open to all.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.links import is_sealed, seal
from app.core.policy import STRANGER, Actor, require
from app.domain.contributions.under_themes import find_meetings
from app.domain.following.models import PersonalCalendar
from app.domain.following.policy import may_follow
from app.domain.following.queries import list_followed_themes
from app.domain.meetings.calendar import PENDING, CalendarMeeting, list_in_calendar
from app.domain.meetings.models import MeetingRole
from app.domain.registrations.models import Registration
from app.domain.users.models import User

_PURPOSE = "calendar"


@dataclass(frozen=True, slots=True)
class CalendarKey:
    """What opens somebody's calendar, and since when."""

    user_id: int
    seal: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """A meeting in somebody's calendar. `own`: the status of the sign-up, "role" for who has a role there, ""
    for a meeting under a theme that they follow."""

    meeting: CalendarMeeting
    own: str


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    language: str
    entries: list[OwnEntry]


def change_address(session: Session, actor: Actor) -> None:
    """A new address from now on, the first or instead of the old one, which opens no more."""
    require(may_follow(actor))
    fresh = insert(PersonalCalendar).values(user_id=actor.user_id, number=1, changed_at=now())
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=[PersonalCalendar.user_id],
            set_={"number": PersonalCalendar.number + 1, "changed_at": now(), "closed_at": None},
        )
    )
    record(session, actor, "renew_address", "personal_calendar", actor.user_id)


def close_calendar(session: Session, actor: Actor) -> None:
    """The address opens no more; nothing happens where there is none."""
    require(may_follow(actor))
    calendar = session.get(PersonalCalendar, actor.user_id, with_for_update=True, populate_existing=True)
    if calendar is None or calendar.closed_at is not None:
        return
    calendar.closed_at = now()
    record(session, actor, "disable", "personal_calendar", actor.user_id)


def find_key(session: Session, actor: Actor) -> CalendarKey | None:
    """What opens the actor's own calendar; None while there is none."""
    calendar = session.get(PersonalCalendar, actor.user_id) if actor.user_id is not None else None
    if calendar is None or calendar.closed_at is not None:
        return None
    sealed = seal(session, _PURPOSE, calendar.user_id, calendar.number)
    return CalendarKey(calendar.user_id, sealed, calendar.changed_at)


def read_calendar(session: Session, user_id: int, sealed: str) -> OwnCalendar | None:
    """The calendar that the address opens; None for a wrong, old or closed one, and for a closed account."""
    row = session.execute(
        select(PersonalCalendar.number, User.language)
        .join(User, User.id == PersonalCalendar.user_id)
        .where(
            PersonalCalendar.user_id == user_id,
            PersonalCalendar.closed_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None or not is_sealed(session, sealed, _PURPOSE, user_id, row.number):
        return None
    own = _find_own(session, user_id)
    ids = own.keys() | _find_followed(session, user_id)
    meetings = list_in_calendar(session, ids=ids) if ids else []
    return OwnCalendar(row.language, [OwnEntry(meeting, own.get(meeting.id, "")) for meeting in meetings])


def _find_own(session: Session, user_id: int) -> dict[int, str]:
    """{meeting id: the status of the sign-up, or "role"}"""
    roles = session.scalars(select(MeetingRole.meeting_id).where(MeetingRole.user_id == user_id))
    own = dict.fromkeys(roles, "role")
    signed_up = session.execute(
        select(Registration.meeting_id, Registration.status).where(
            Registration.user_id == user_id, Registration.status.in_(["registered", *PENDING])
        )
    )
    return own | {meeting_id: status for meeting_id, status in signed_up if own.get(meeting_id) != "role"}


def _find_followed(session: Session, user_id: int) -> frozenset[int]:
    """The meetings under the themes that somebody follows, as everybody may see them."""
    theme_ids = list_followed_themes(session, user_id)
    return find_meetings(session, STRANGER, theme_ids) if theme_ids else frozenset()
