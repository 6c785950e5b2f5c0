"""Reading who takes part; by name always through `visible_to`."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, and_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array_agg
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.types import BigInteger

from app.core.asking import Asking, asked, read
from app.core.clock import day_of_in_sql, today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import MeetingLine, get_meeting_line
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.outbox.schemas import Recipient
from app.domain.registrations.models import Registration, RegistrationNeeds
from app.domain.registrations.policy import Seated, listed, visible_to, why_closed
from app.domain.registrations.queue import is_moving
from app.domain.registrations.schemas import ACTIVE, ENDED, Status
from app.domain.registrations.seats import Hindrance, SeatGroupView, make_room, select_room
from app.domain.users.models import Membership, User

PER_PAGE = 30
MOST = 5000


@dataclass(frozen=True, slots=True)
class Booking:
    """How it stands with signing up for a meeting, seen by one person.

    `closed`: the code of the sentence that says why one cannot, not even for the queue; None while one can.
    `left`: seats that this person could have, None without a ceiling. `hindrance`: why signing up now gives a
    place in the queue and no seat (full, reserved, organisation). `waiting`: how many are in the queue.
    `groups`: the seats that are reserved, and `kept` those that are still. `own_id`, `own_status`: the
    person's own sign-up.
    """

    closed: str | None
    taken: int
    left: int | None
    own_id: int | None
    own_status: Status | None = None
    hindrance: Hindrance | None = None
    waiting: int = 0
    needs_approval: bool = False
    groups: tuple[SeatGroupView, ...] = ()

    @property
    def kept(self) -> tuple[SeatGroupView, ...]:
        return tuple(group for group in self.groups if group.is_kept)

    @property
    def is_open(self) -> bool:
        return self.closed is None

    @property
    def is_queue(self) -> bool:
        """Whether whoever signs up now is put in the queue."""
        return self.is_open and self.hindrance is not None and not self.needs_approval


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """Somebody's sign-up. `is_listed`: agreed to be seen by the others. `standing`: confirmed, waiting (to
    be confirmed), named (staff wrote whom they come for), ended (speaks for the organisation no more) or
    alone (speaks for nobody)."""

    id: int
    meeting_id: int
    user_id: int
    name: str
    title: str
    organisation_id: int | None
    organisation_key: str
    organisation_kind: str
    organisation_name: str
    status: str
    seat_group_id: int | None
    is_extra: bool
    offered_until: datetime | None
    ended_as: str
    is_listed: bool
    standing: str
    created_at: datetime
    cancelled_at: datetime | None
    version: int

    @property
    def is_confirmed(self) -> bool:
        return self.standing == "confirmed"


@dataclass(frozen=True, slots=True)
class SignUpLine(RegistrationView):
    """A sign-up as those see it who arrange the meeting: with the address."""

    email: str


@dataclass(frozen=True, slots=True)
class Participants:
    """One page of those whom the actor may see, and how many others there are of each kind."""

    rows: list[RegistrationView]
    total: int
    others: dict[str, int]


@dataclass(frozen=True, slots=True)
class SignUpCounts:
    """How many have signed up: of each kind of organisation, and in all."""

    registered: int
    waiting: int
    offered: int
    requested: int
    declined: int
    cancelled: int
    unconfirmed: int
    listed: int
    by_kind: dict[str, int]


@dataclass(frozen=True, slots=True)
class NeedsView:
    diets: list[str]
    diet_note: str
    access_needs: str


@dataclass(frozen=True, slots=True)
class OwnSignUp:
    """One of one's own sign-ups with its meeting; None where the meeting is a draft again."""

    registration: RegistrationView
    meeting: MeetingLine | None
    is_past: bool


# --- whether somebody is known to speak for the organisation of the sign-up

_IN_FORCE = and_(
    Membership.user_id == Registration.user_id,
    Membership.organisation_id == Registration.organisation_id,
    Membership.ended_at.is_(None),
)
_Former = aliased(Membership)
_SPOKE_FOR_IT = (
    select(_Former.id)
    .where(
        _Former.user_id == Registration.user_id,
        _Former.organisation_id == Registration.organisation_id,
    )
    .correlate(Registration)
    .exists()
)
_STANDING = case(
    (and_(Registration.organisation_id.is_(None), Registration.organisation_name == ""), "alone"),
    (and_(Membership.id.is_(None), _SPOKE_FOR_IT), "ended"),
    # Staff wrote whom they come for, and they have never asked to speak for it themselves.
    (Membership.id.is_(None), "named"),
    (Membership.confirmed_at.is_(None), "waiting"),
    else_="confirmed",
)


def attended_by(user_id: InstrumentedAttribute[int]) -> ScalarSelect[Any]:
    """The ids of the meetings that the user of the statement around it takes part in: signed up, and known
    to speak for the organisation of the sign-up."""
    ids = array_agg(Registration.meeting_id, type_=ARRAY(BigInteger))
    return (
        select(ids)
        .join(Membership, and_(_IN_FORCE, Membership.confirmed_at.is_not(None)))
        .where(Registration.user_id == user_id, Registration.status == "registered")
        .correlate(user_id.class_)
        .scalar_subquery()
    )


# --- seats


def get_booking(session: Session, actor: Actor, meeting: Seated) -> Booking:
    """How it stands with signing up for a meeting that the actor may see; one statement."""
    return read(session, booking_of(actor, meeting))


def booking_of(actor: Actor, meeting: Seated) -> Asking[Booking]:
    """The same, to be asked beside others."""
    (row,) = yield from asked(_booking(), {"of_meeting": meeting.id, "signed_up": actor.user_id or 0})
    room = make_room(row)
    group_id = room.group_for(actor.organisation_id, actor.organisation_kind)
    hindrance = room.why_not(actor.organisation_id, group_id)
    closed = why_closed(meeting, today())
    if closed is None and hindrance is not None and not is_moving(meeting):
        closed = "signup_begun"
    own_id, own_status = row.own or (None, None)
    return Booking(
        closed=closed,
        taken=room.all_taken,
        left=room.left_for(group_id),
        own_id=own_id,
        own_status=own_status,
        hindrance=hindrance,
        waiting=room.waiting,
        needs_approval=room.needs_approval,
        groups=room.groups,
    )


@kept
def _booking() -> Select[Any]:
    own = (
        select(func.jsonb_build_array(Registration.id, Registration.status))
        .where(
            Registration.meeting_id == bindparam("of_meeting"),
            Registration.user_id == bindparam("signed_up"),
            Registration.status.in_(ACTIVE),
        )
        .scalar_subquery()
    )
    return select_room().add_columns(own.label("own"))


# --- by name


def _registrations() -> Select[Any]:
    return (
        select(
            Registration.id,
            Registration.meeting_id,
            Registration.user_id,
            User.name,
            Registration.title,
            Registration.organisation_id,
            func.coalesce(Organisation.key, "").label("organisation_key"),
            func.coalesce(Organisation.kind, "").label("organisation_kind"),
            Registration.organisation_name,
            Registration.status,
            Registration.seat_group_id,
            Registration.is_extra,
            Registration.offered_until,
            Registration.ended_as,
            listed().label("is_listed"),
            _STANDING.label("standing"),
            Registration.created_at,
            Registration.cancelled_at,
            Registration.version,
        )
        .join(User, User.id == Registration.user_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(Membership, _IN_FORCE)
    )


_FIELDS = tuple(field.name for field in fields(RegistrationView))


def _view(row: Row[Any]) -> RegistrationView:
    return RegistrationView(**{name: getattr(row, name) for name in _FIELDS})


def find_own(session: Session, actor: Actor, meeting_id: int) -> RegistrationView | None:
    """The actor's own sign-up for a meeting, unless it is cancelled."""
    row = session.execute(
        _registrations().where(
            Registration.meeting_id == meeting_id,
            Registration.user_id == (actor.user_id or 0),
            Registration.status.in_(ACTIVE),
        )
    ).one_or_none()
    return _view(row) if row is not None else None


def find_registration(session: Session, actor: Actor, registration_id: int) -> RegistrationView | None:
    row = session.execute(
        _registrations().where(Registration.id == registration_id, visible_to(actor))
    ).one_or_none()
    return _view(row) if row is not None else None


def list_own(session: Session, actor: Actor, limit: int = 100) -> list[OwnSignUp]:
    """What the actor is signed up for, what comes next first, then what has been, the latest first."""
    coming = case((Meeting.held_on >= today(), 0), else_=1)
    days_away = func.abs(Meeting.held_on - today())
    rows = session.execute(
        _registrations()
        .add_columns(and_(Meeting.held_on < today(), Meeting.status != "postponed").label("is_past"))
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(Registration.user_id == (actor.user_id or 0), Registration.status.in_(ACTIVE))
        .order_by(coming, days_away, Registration.id)
        .limit(limit)
    ).all()
    meetings = get_meeting_line(session, [row.meeting_id for row in rows], actor)
    return [OwnSignUp(_view(row), meetings.get(row.meeting_id), row.is_past) for row in rows]


def list_participants(session: Session, actor: Actor, meeting_id: int, page: int = 1) -> Participants:
    """Who takes part: by name those whom the actor may see, the others as a number for each kind.

    The caller has asked `may_see_participants`.
    """
    taking_part = and_(Registration.meeting_id == meeting_id, Registration.status == "registered")
    rows = session.execute(
        _registrations()
        .add_columns(func.count().over().label("total"))
        .where(taking_part, visible_to(actor))
        .order_by(danish_order(Registration.organisation_name), danish_order(User.name), Registration.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    others = _count_by_kind(session, taking_part, ~visible_to(actor))
    return Participants([_view(row) for row in rows], rows[0].total if rows else 0, others)


def _count_by_kind(session: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    kind = func.coalesce(Organisation.kind, "none")
    rows = session.execute(
        select(kind.label("kind"), func.count().label("number"))
        .select_from(Registration)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .where(*conditions)
        .group_by(kind)
        .order_by(func.count().desc(), kind)
    )
    return {row.kind: row.number for row in rows}


# --- for those who arrange the meeting


def list_sign_ups(
    session: Session,
    meeting_id: int,
    page: int | None = 1,
    statuses: Collection[str] = ACTIVE,
) -> list[SignUpLine]:
    """One page of all who have signed up, or all of them (page None): the first to come first, and those in
    the queue last, as they stand in it."""
    statement = (
        _registrations()
        .add_columns(User.email)
        .where(Registration.meeting_id == meeting_id, Registration.status.in_(list(statuses)))
        .order_by(Registration.queue_place.asc().nulls_first(), Registration.created_at, Registration.id)
        .limit(MOST if page is None else PER_PAGE)
        .offset(0 if page is None else (page - 1) * PER_PAGE)
    )
    return [SignUpLine(**row._mapping) for row in session.execute(statement)]


def find_sign_up(session: Session, meeting_id: int, registration_id: int) -> SignUpLine | None:
    """One sign-up of a meeting, ended or not, as those see it who arrange the meeting."""
    row = session.execute(
        _registrations()
        .add_columns(User.email)
        .where(Registration.meeting_id == meeting_id, Registration.id == registration_id)
    ).one_or_none()
    return SignUpLine(**row._mapping) if row is not None else None


def recipients_of(session: Session, meeting_id: int, statuses: Collection[Status]) -> list[Recipient]:
    """Those of these statuses who can be written to, the first to come first; for the outbox."""
    rows = session.execute(
        select(User.email, User.name, User.language, User.id.label("user_id"), Registration.id)
        .join(User, User.id == Registration.user_id)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.status.in_(statuses),
            User.email.is_not(None),
            User.disabled_at.is_(None),
        )
        .order_by(Registration.created_at, Registration.id)
        .limit(MOST)
    )
    return [Recipient(row.email, row.name, row.language, row.user_id, "registration", row.id) for row in rows]


def count_sign_ups(session: Session, meeting_id: int) -> SignUpCounts:
    of_meeting = Registration.meeting_id == meeting_id
    registered = Registration.status == "registered"
    row = session.execute(
        select(
            func.count().filter(registered).label("registered"),
            *(
                func.count().filter(Registration.status == status).label(status)
                for status in ("waiting", "offered", "requested", "declined", "cancelled")
            ),
            func.count().filter(registered, _STANDING != "confirmed").label("unconfirmed"),
            func.count().filter(registered, listed()).label("listed"),
        )
        .select_from(Registration)
        .outerjoin(Membership, _IN_FORCE)
        .where(of_meeting)
    ).one()
    return SignUpCounts(**row._mapping, by_kind=_count_by_kind(session, of_meeting, registered))


# --- what somebody eats and needs


def find_own_needs(session: Session, actor: Actor, registration_id: int) -> NeedsView:
    """What the actor has said about food and access; empty where nothing is kept."""
    row = session.execute(
        select(RegistrationNeeds.diets, RegistrationNeeds.diet_note, RegistrationNeeds.access_needs)
        .join(Registration, Registration.id == RegistrationNeeds.registration_id)
        .where(Registration.id == registration_id, Registration.user_id == (actor.user_id or 0))
    ).one_or_none()
    return NeedsView(*row) if row is not None else NeedsView([], "", "")


def old_needs(held_before: date) -> ColumnElement[bool]:
    """Notes on food and access of meetings held before this day, and of whoever does not come.

    What is postponed is not over, though the day that it had has passed; what is cancelled may be taken up
    again, and waits as long from then."""
    cancelled_on = case((Meeting.status == "cancelled", day_of_in_sql(Meeting.status_changed_at)))
    is_over = (Meeting.status != "postponed") & (func.greatest(Meeting.held_on, cancelled_on) < held_before)
    ids = (
        select(Registration.id)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(is_over | Registration.status.in_(ENDED))
    )
    return RegistrationNeeds.registration_id.in_(ids)
