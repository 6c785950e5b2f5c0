"""Reading the room: how it works, and who sits in it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Date, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import COPENHAGEN, today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.attendance.policy import (
    OPENS_BEFORE,
    has_seat,
    may_lead_room,
    shown_in,
    ways_to_be_shown,
    why_not_open,
)
from app.domain.attendance.schemas import ShownAs
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.outbox.schemas import Recipient
from app.domain.users.models import User

MOST_RECIPIENTS = 5000


@dataclass(frozen=True, slots=True)
class RoomView:
    """A meeting's room. `opens_on` and `closes_on`: the first and the last day on which it takes anything."""

    meeting_id: int
    meeting_key: str
    number: int | None
    title: str
    title_en: str
    held_on: date
    date_certainty: str
    last_on: date
    starts_at: datetime | None
    status: str
    code: str
    names: str
    lets_guests: bool
    checks_in: bool
    stays_open_days: int
    version: int

    @property
    def key(self) -> str:
        """Of the meeting, for what shows a room in the place of one."""
        return self.meeting_key

    @property
    def opens_on(self) -> date:
        return self.held_on - OPENS_BEFORE

    @property
    def closes_on(self) -> date:
        return self.last_on + timedelta(days=self.stays_open_days)

    @property
    def ways(self) -> tuple[ShownAs, ...]:
        """How one can be shown in it."""
        return ways_to_be_shown(self.names)

    def why_closed(self, actor: Actor) -> str | None:
        """The code of the sentence that says why the actor does not come in today; None where it is open."""
        return why_not_open(actor, self, today())

    @property
    def is_on(self) -> bool:
        """Whether the meeting is today."""
        return self.held_on <= today() <= self.last_on


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody in the room, as they themselves and those who look after it know them.

    `id`: of the attendee. `shown_as`: how what they say now is shown, which the room decides too.
    `organisation_id`: only where it is known, not typed.
    """

    id: int
    meeting_id: int
    user_id: int | None
    shown_as: ShownAs
    name: str
    organisation_id: int | None
    organisation_name: str
    kind: str

    @property
    def is_guest(self) -> bool:
        return self.user_id is None


@dataclass(frozen=True, slots=True)
class Sitting:
    """Somebody in the room, for who looks after it. What they have written stands nowhere near."""

    id: int
    name: str
    organisation_name: str
    kind: str
    is_guest: bool
    joined_at: datetime
    is_removed: bool


_LAST_ON = func.greatest(
    Meeting.held_on,
    func.date(func.timezone(str(COPENHAGEN), func.coalesce(Meeting.ends_at, Meeting.starts_at))),
    type_=Date,
)


def hash_secret(secret: str) -> bytes:
    """What is kept of the secret in a guest's cookie."""
    return sha256(secret.encode("utf-8", "replace")).digest()


def _rooms() -> Select[Any]:
    return select(
        Meeting.id.label("meeting_id"),
        Meeting.key.label("meeting_key"),
        Meeting.number,
        Meeting.title,
        Meeting.title_en,
        Meeting.held_on,
        Meeting.date_certainty,
        _LAST_ON.label("last_on"),
        Meeting.starts_at,
        Meeting.status,
        LiveRoom.code,
        LiveRoom.names,
        LiveRoom.lets_guests,
        LiveRoom.checks_in,
        LiveRoom.stays_open_days,
        LiveRoom.version,
    ).join(LiveRoom, LiveRoom.meeting_id == Meeting.id)


def _room(row: Row[Any] | None) -> RoomView | None:
    return RoomView(**row._mapping) if row is not None else None


def find_room(session: Session, meeting_id: int) -> RoomView | None:
    """The room of a meeting that the caller has found; None where there is none yet."""
    return read(session, room_of(meeting_id))


def room_of(meeting_id: int) -> Asking[RoomView | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_room_of_meeting(), {"of_meeting": meeting_id})
    return _room(rows[0] if rows else None)


@kept
def _room_of_meeting() -> Select[Any]:
    return _rooms().where(LiveRoom.meeting_id == bindparam("of_meeting"))


def find_room_by_code(session: Session, actor: Actor, code: str) -> RoomView | None:
    """The room with this code, of a meeting that the actor may see."""
    found = _rooms().where(LiveRoom.code == code, meeting_visible_to(actor))
    return _room(session.execute(found).one_or_none())


def find_seat(session: Session, actor: Actor, meeting_id: int) -> Seat | None:
    """Where the actor sits at this meeting; None for who has not joined."""
    attendee_id = actor.seat_at(meeting_id)
    if attendee_id is None:
        return None
    row = session.execute(
        select(
            Attendee.id,
            Attendee.meeting_id,
            Attendee.user_id,
            Attendee.shown_as,
            Attendee.name,
            Attendee.organisation_id,
            Attendee.organisation_name,
            Attendee.organisation_kind.label("kind"),
            LiveRoom.names,
        )
        .outerjoin(LiveRoom, LiveRoom.meeting_id == Attendee.meeting_id)
        .where(Attendee.id == attendee_id, has_seat())
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    values["shown_as"] = shown_in(values.pop("names") or "free", row.shown_as)
    return Seat(**values)


def list_seats(session: Session, secret: str) -> frozenset[tuple[int, int]]:
    """The seats of the browser that holds this secret: (meeting, attendee)."""
    rows = session.execute(
        select(Attendee.meeting_id, Attendee.id).where(
            Attendee.secret_hash == hash_secret(secret), has_seat()
        )
    )
    return frozenset((row.meeting_id, row.id) for row in rows)


def list_sitting(session: Session, actor: Actor, meeting_id: int, limit: int = 1000) -> list[Sitting]:
    """Who is in the room, or was shown out of it; the last to come first. None for who does not lead it."""
    if not may_lead_room(actor, meeting_id):
        return []
    is_in = Attendee.joined_at.is_not(None) & Attendee.left_at.is_(None)
    rows = session.execute(
        select(
            Attendee.id,
            Attendee.name,
            Attendee.organisation_name,
            Attendee.organisation_kind.label("kind"),
            Attendee.user_id.is_(None).label("is_guest"),
            Attendee.joined_at,
            Attendee.removed_at.is_not(None).label("is_removed"),
        )
        .where(Attendee.meeting_id == meeting_id, is_in)
        .order_by(Attendee.joined_at.desc(), Attendee.id.desc())
        .limit(limit)
    )
    return [Sitting(**row._mapping) for row in rows]


def recipients_of(session: Session, meeting_id: int) -> list[Recipient]:
    """Those who were in the room and can be written to, also who came unannounced and left an address; for
    the outbox. Whoever was shown out is not."""
    email = func.coalesce(User.email, func.nullif(Attendee.email, ""))
    rows = session.execute(
        select(
            email.label("email"),
            func.coalesce(User.name, Attendee.name).label("name"),
            func.coalesce(User.language, "da").label("language"),
            User.id.label("user_id"),
            Attendee.id,
        )
        .outerjoin(User, User.id == Attendee.user_id)
        .where(
            Attendee.meeting_id == meeting_id,
            Attendee.removed_at.is_(None),
            email.is_not(None),
            User.disabled_at.is_(None),
        )
        .order_by(Attendee.id)
        .limit(MOST_RECIPIENTS)
    )
    return [Recipient(row.email, row.name, row.language, row.user_id, "attendee", row.id) for row in rows]
