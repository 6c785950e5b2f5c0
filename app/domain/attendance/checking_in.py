"""Who has come: ticked off at the door, by the ticket, or coming in unannounced; and what it adds up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.links import is_sealed, seal
from app.core.live import tell
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.attendance.events import CheckedIn
from app.domain.attendance.models import Attendee
from app.domain.attendance.policy import may_check_in
from app.domain.attendance.schemas import WalkInInput
from app.domain.meetings.models import Meeting
from app.domain.meetings.statuses import OFF
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order, find_by_name
from app.domain.registrations.models import Registration
from app.domain.users.models import User

# Those who may turn up at the door, also from the queue.
_COMING = ("registered", "offered", "waiting", "requested")
_TICKET = "ticket"
# The door is tried the evening before; who was there may be put right for as long as it is remembered.
OPENS_BEFORE = timedelta(days=1)
MOST = 2000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody on the list at the door: a sign-up, or an attendee without one (`status` empty), or both.

    `joined_at`: in the room on the screen. `name` is empty of a guest who has not given one.
    """

    registration_id: int | None
    attendee_id: int | None
    name: str
    title: str
    organisation_id: int | None
    organisation_name: str
    organisation_kind: str
    status: str
    is_walk_in: bool
    email: str
    checked_in_at: datetime | None
    joined_at: datetime | None

    @property
    def key(self) -> str:
        """By which a row of the list is known on the page."""
        return f"r{self.registration_id}" if self.registration_id else f"a{self.attendee_id}"


@dataclass(frozen=True, slots=True)
class Count:
    """Of some who share a kind or an organisation: how many had signed up, and how many were there."""

    code: str
    name: str
    signed_up: int
    came: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who was there. `came`: checked in; `unannounced` of them had not signed up. `online`: came into the
    room on the screen without being checked in. `missing`: had a seat and did not come."""

    signed_up: int
    came: int
    unannounced: int
    online: int
    missing: int
    by_kind: tuple[Count, ...]
    by_organisation: tuple[Count, ...]


# --- reading


def list_arrivals(session: Session, actor: Actor, meeting_id: int) -> list[Arrival]:
    """Everybody who may come or has come, by name, for who checks in at the meeting."""
    require(may_check_in(actor, meeting_id))
    return list_people(session, meeting_id)


def list_people(session: Session, meeting_id: int) -> list[Arrival]:
    """The same, where the caller has asked who may read it."""
    found = _people(meeting_id).subquery()
    rows = session.execute(
        select(found)
        .order_by(
            found.c.name == "", danish_order(found.c.name), found.c.registration_id, found.c.attendee_id
        )
        .limit(MOST)
    )
    return [Arrival(**row._mapping) for row in rows]


def find_arrival(session: Session, actor: Actor, meeting_id: int, registration_id: int) -> Arrival | None:
    """One sign-up as it stands on that list."""
    require(may_check_in(actor, meeting_id))
    row = session.execute(_signed_up(meeting_id).where(Registration.id == registration_id)).one_or_none()
    return Arrival(**row._mapping) if row is not None else None


def count_attendance(session: Session, actor: Actor, meeting_id: int) -> Attendance:
    """Numbers of those who were there, of kinds and of organisations; one statement."""
    people = list_arrivals(session, actor, meeting_id)
    seated = [one for one in people if one.status == "registered"]
    came = [one for one in people if one.checked_in_at is not None]
    return Attendance(
        signed_up=len(seated),
        came=len(came),
        unannounced=sum(one.status != "registered" for one in came),
        online=sum(one.checked_in_at is None and one.joined_at is not None for one in people),
        missing=sum(one.checked_in_at is None and one.joined_at is None for one in seated),
        by_kind=_count(people, lambda one: (one.organisation_kind, "")),
        by_organisation=_count(people, lambda one: (one.organisation_name.casefold(), one.organisation_name)),
    )


def _count(people: Sequence[Arrival], share: Any) -> tuple[Count, ...]:
    """The most who came first; who comes for nobody last."""
    found: dict[str, list[Any]] = {}
    for one in people:
        code, name = share(one)
        counted = found.setdefault(code, [name, 0, 0])
        counted[1] += one.status == "registered"
        counted[2] += one.checked_in_at is not None or one.joined_at is not None
    rows = [Count(code, *counted) for code, counted in found.items()]
    return tuple(
        sorted(
            (row for row in rows if row.signed_up or row.came),
            key=lambda row: (row.code == "", -row.came, -row.signed_up, row.name),
        )
    )


def _people(meeting_id: int) -> Any:
    """Sign-ups with what is known of them at the door, and those who came without one."""
    return union_all(_signed_up(meeting_id), _unannounced(meeting_id))


def _signed_up(meeting_id: int) -> Select[Any]:
    return (
        select(
            Registration.id.label("registration_id"),
            Attendee.id.label("attendee_id"),
            User.name.label("name"),
            Registration.title.label("title"),
            Registration.organisation_id.label("organisation_id"),
            Registration.organisation_name.label("organisation_name"),
            func.coalesce(Organisation.kind, "").label("organisation_kind"),
            Registration.status.label("status"),
            literal(False).label("is_walk_in"),
            literal("").label("email"),
            Attendee.checked_in_at.label("checked_in_at"),
            Attendee.joined_at.label("joined_at"),
        )
        .join(User, User.id == Registration.user_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(Attendee, Attendee.registration_id == Registration.id)
        .where(
            Registration.meeting_id == meeting_id,
            # Who is no longer signed up but was there is still on the list.
            or_(Registration.status.in_(_COMING), Attendee.checked_in_at.is_not(None)),
        )
    )


def _unannounced(meeting_id: int) -> Select[Any]:
    return select(
        null().label("registration_id"),
        Attendee.id,
        Attendee.name,
        literal(""),
        Attendee.organisation_id,
        Attendee.organisation_name,
        Attendee.organisation_kind,
        literal(""),
        Attendee.is_walk_in,
        Attendee.email,
        Attendee.checked_in_at,
        Attendee.joined_at,
    ).where(
        Attendee.meeting_id == meeting_id,
        Attendee.registration_id.is_(None),
        _was_there(),
    )


def _was_there() -> ColumnElement[bool]:
    """Came through the door, or into the room and was not shown out of it."""
    in_room = and_(Attendee.joined_at.is_not(None), Attendee.removed_at.is_(None))
    return or_(Attendee.checked_in_at.is_not(None), in_room)


# --- at the door


def check_in(session: Session, actor: Actor, meeting_id: int, registration_id: int) -> Attendee:
    """Tick off somebody who has signed up; once more does nothing. Refused: attendance_off,
    attendance_not_today."""
    require(may_check_in(actor, meeting_id))
    _require_open(session, meeting_id)
    registration = session.scalars(
        select(Registration)
        .where(Registration.id == registration_id, Registration.meeting_id == meeting_id)
        .with_for_update()
    ).one_or_none()
    # Who cancelled and comes all the same is let in as who comes unannounced.
    if registration is None or registration.status in ("cancelled", "declined"):
        raise NotFound
    attendee = _of_registration(session, registration)
    return _tick(session, actor, attendee)


def check_in_attendee(session: Session, actor: Actor, meeting_id: int, attendee_id: int) -> Attendee:
    """Tick off somebody who is in the room without having signed up. Refused as `check_in`."""
    require(may_check_in(actor, meeting_id))
    _require_open(session, meeting_id)
    return _tick(session, actor, _lock(session, meeting_id, attendee_id))


def undo_check_in(session: Session, actor: Actor, meeting_id: int, attendee_id: int) -> None:
    """It was somebody else. Of who came unannounced, and is not in the room either, nothing is kept."""
    require(may_check_in(actor, meeting_id))
    attendee = _lock(session, meeting_id, attendee_id)
    if attendee.checked_in_at is None:
        return
    attendee.checked_in_at = attendee.checked_in_by_id = None
    record(session, actor, "undo_check_in", "attendee", attendee.id)
    if attendee.is_walk_in and attendee.joined_at is None:
        attendee.name = attendee.email = attendee.organisation_name = ""
    tell(session, f"attendance:{meeting_id}")


def add_walk_in(session: Session, actor: Actor, meeting_id: int, given: WalkInInput) -> Attendee:
    """Somebody who has not signed up is let in at the door. Refused as `check_in`."""
    require(may_check_in(actor, meeting_id))
    _require_open(session, meeting_id)
    organisation = find_by_name(session, given.organisation_name)
    attendee = Attendee(
        meeting_id=meeting_id,
        name=given.name,
        organisation_id=organisation.id if organisation else None,
        organisation_name=organisation.name if organisation else given.organisation_name,
        organisation_kind=organisation.kind if organisation else given.organisation_kind,
        email=given.email,
        is_walk_in=True,
        created_at=now(),
    )
    session.add(attendee)
    session.flush()
    return _tick(session, actor, attendee)


def _tick(session: Session, actor: Actor, attendee: Attendee) -> Attendee:
    if attendee.checked_in_at is None:
        attendee.checked_in_at = now()
        attendee.checked_in_by_id = actor.user_id
        session.flush()
        record(session, actor, "check_in", "attendee", attendee.id, after={"meeting_id": attendee.meeting_id})
        tell(session, f"attendance:{attendee.meeting_id}")
        announce(session, CheckedIn(attendee.meeting_id, attendee.id))
    return attendee


def _of_registration(session: Session, registration: Registration) -> Attendee:
    """The attendee of a sign-up, whose row is held; made where there is none. Who has come into the room with
    the account already is the same."""
    known = session.scalars(
        select(Attendee)
        .where(
            Attendee.meeting_id == registration.meeting_id,
            or_(Attendee.registration_id == registration.id, Attendee.user_id == registration.user_id),
        )
        .order_by(Attendee.registration_id.is_(None))
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if known is not None:
        known.registration_id = known.registration_id or registration.id
        return known
    user = session.get_one(User, registration.user_id)
    kind = session.scalar(select(Organisation.kind).where(Organisation.id == registration.organisation_id))
    attendee = Attendee(
        meeting_id=registration.meeting_id,
        registration_id=registration.id,
        user_id=registration.user_id,
        name=user.name,
        organisation_id=registration.organisation_id,
        organisation_name=registration.organisation_name,
        organisation_kind=kind or "",
        created_at=now(),
    )
    session.add(attendee)
    session.flush()
    return attendee


def _lock(session: Session, meeting_id: int, attendee_id: int) -> Attendee:
    attendee = session.get(Attendee, attendee_id, with_for_update=True, populate_existing=True)
    if attendee is None or attendee.meeting_id != meeting_id:
        raise NotFound
    return attendee


def _require_open(session: Session, meeting_id: int) -> None:
    row = session.execute(
        select(Meeting.status, Meeting.held_on).where(Meeting.id == meeting_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    if closed := why_shut(row):
        raise Refused(closed)


class Dated(Protocol):
    """What decides when a meeting's door is open."""

    @property
    def status(self) -> str: ...
    @property
    def held_on(self) -> date: ...


def why_shut(meeting: Dated) -> str | None:
    """The code of the sentence that says why nobody is checked in today; None where somebody can be."""
    if meeting.status in OFF:
        return "attendance_off"
    return "attendance_not_today" if today() < meeting.held_on - OPENS_BEFORE else None


# --- tickets


def seal_ticket(session: Session, registration_id: int) -> str:
    """The last part of the address on the ticket of a sign-up."""
    return seal(session, _TICKET, registration_id)


def is_ticket(session: Session, registration_id: int, sealed: str) -> bool:
    """Whether the seal is that of the ticket. It proves who has come, and opens nothing by itself."""
    return is_sealed(session, sealed, _TICKET, registration_id)
