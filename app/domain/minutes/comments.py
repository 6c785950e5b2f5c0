"""Reading what participants say of minutes, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, bindparam, case, false, func, literal, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.attendance.policy import shown_in
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import heard_by
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.models import Minutes, MinutesEdition, MinutesSection
from app.domain.minutes.policy import comments_visible_to, own_comments
from app.domain.organisations.models import Organisation
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import ACTIVE

MOST_COMMENTS: Final = 2_000  # of one meeting on one page
MOST_OWN: Final = 20
C = MinutesComment
_IS_OPEN = (C.decision == "open") & C.withdrawn_at.is_(None) & C.hidden_at.is_(None)


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody as the one who comments: whose it is, and what the others read of them."""

    user_id: int | None
    attendee_id: int | None
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment as the actor may read it. `place`: the title of its section, empty for opening and closing
    words, which `part` tells. `hidden_reason` is for its author and staff."""

    id: int
    meeting_id: int
    meeting_key: str
    meeting_title: str
    meeting_title_en: str
    meeting_status: str
    section_id: int
    part: str
    place: str
    edition: int
    user_id: int | None
    attendee_id: int | None
    name: str
    organisation: str
    text: str
    proposed: str
    made_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None
    decision: str
    reply: str
    decided_at: datetime | None
    hidden_at: datetime | None
    hidden_reason: str
    is_example: bool
    version: int
    is_own: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for those who write the minutes."""
        return self.decision == "open" and self.withdrawn_at is None and self.hidden_at is None

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/referat/bemaerkninger"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Minutes that lie open for the actor's comments until the end of a day. `said`: how many the actor has
    made."""

    meeting_id: int
    meeting_key: str
    meeting_number: int | None
    meeting_title: str
    meeting_title_en: str
    comment_until: date
    said: int

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/referat/bemaerkninger"


def _select_comments(actor: Actor) -> Select[Any]:
    # The rule of the room may have become stricter since it was written.
    rule = func.coalesce(LiveRoom.names, "free")
    return (
        select(
            C.id,
            C.meeting_id,
            Meeting.key.label("meeting_key"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Meeting.status.label("meeting_status"),
            C.section_id,
            MinutesSection.part,
            MinutesSection.title.label("place"),
            C.edition,
            C.user_id,
            C.attendee_id,
            case((rule == "free", C.name), else_="").label("name"),
            case((rule == "chatham", ""), else_=C.organisation).label("organisation"),
            C.text,
            C.proposed,
            C.made_at,
            C.edited_at,
            C.withdrawn_at,
            C.decision,
            C.reply,
            C.decided_at,
            C.hidden_at,
            C.hidden_reason,
            C.is_example,
            C.version,
            # Of a guest's comment the account is unknown, and so would be whether it is one's own.
            func.coalesce(own_comments(actor), false()).label("is_own"),
        )
        .join(Meeting, Meeting.id == C.meeting_id)
        .join(MinutesSection, MinutesSection.id == C.section_id)
        .outerjoin(LiveRoom, LiveRoom.meeting_id == C.meeting_id)
        .where(comments_visible_to(actor), meeting_visible_to(actor))
    )


def list_comments(session: Session, actor: Actor, meeting_id: int) -> list[CommentView]:
    """What was said of a meeting's minutes, the first to come first. One statement."""
    rows = session.execute(
        _select_comments(actor).where(C.meeting_id == meeting_id).order_by(C.id).limit(MOST_COMMENTS)
    )
    return [CommentView(**row._mapping) for row in rows]


def find_comment(session: Session, actor: Actor, meeting_id: int, comment_id: int) -> CommentView | None:
    row = session.execute(
        _select_comments(actor).where(C.meeting_id == meeting_id, C.id == comment_id)
    ).one_or_none()
    return CommentView(**row._mapping) if row else None


def comments_by(actor: Actor) -> Asking[list[CommentView]]:
    """What the actor said of minutes, the last first, whatever became of it; also of meetings that the actor
    does not come to any more. One statement."""
    return [CommentView(**row._mapping) for row in (yield from asked(_own_comments(actor)))]


@kept
def _own_comments(actor: Actor) -> Select[Any]:
    return _select_comments(actor).where(own_comments(actor)).order_by(C.id.desc()).limit(MOST_OWN)


def count_open(session: Session, meeting_id: int) -> int:
    """How many comments wait for those who write the minutes; asked of nobody."""
    return session.scalars(select(func.count()).where(C.meeting_id == meeting_id, _IS_OPEN)).one()


def are_shown(session: Session, meeting_id: int) -> bool:
    """Whether the minutes of the meeting were ever shown to anybody; asked of nobody."""
    shown = select(MinutesEdition.id).where(MinutesEdition.meeting_id == meeting_id)
    return bool(session.scalar(select(shown.exists())))


def list_waiting(session: Session, actor: Actor, meeting_id: int | None = None) -> list[Waiting]:
    """The minutes, of all meetings or of one, that wait for the actor's comments, the first to end first. One
    statement; none for who has been to no meeting."""
    return read(session, waiting_for(actor, meeting_id))


def waiting_for(actor: Actor, meeting_id: int | None = None) -> Asking[list[Waiting]]:
    """The same, to be asked beside others."""
    heard = sorted(heard_by(actor) if meeting_id is None else heard_by(actor) & {meeting_id})
    if not heard:
        return []
    return [Waiting(**row._mapping) for row in (yield from asked(_waiting(actor), {"heard": heard}))]


@kept
def _waiting(actor: Actor) -> Select[Any]:
    said = (
        select(func.count())
        .where(C.meeting_id == Meeting.id, own_comments(actor), C.withdrawn_at.is_(None))
        .correlate(Meeting)
        .scalar_subquery()
    )
    return (
        select(
            Meeting.id.label("meeting_id"),
            Meeting.key.label("meeting_key"),
            Meeting.number.label("meeting_number"),
            Meeting.title.label("meeting_title"),
            Meeting.title_en.label("meeting_title_en"),
            Minutes.comment_until,
            said.label("said"),
        )
        .join(Minutes, Minutes.meeting_id == Meeting.id)
        .where(
            Meeting.id.in_(bindparam("heard", expanding=True)),
            Meeting.status == "minutes_in_review",
            Minutes.comment_until >= today(),
            meeting_visible_to(actor),
        )
        .order_by(Minutes.comment_until, Meeting.id)
        .limit(MOST_OWN)
    )


def find_voice(session: Session, actor: Actor, meeting_id: int) -> Voice:
    """The actor as the one who comments: by name and organisation as they signed up, or came in; never by
    more than the rule of the room allows. One statement."""
    seat = actor.seat_at(meeting_id)
    signed_up = (
        select(Registration.organisation_name)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.user_id == (actor.user_id or 0),
            Registration.status.in_(ACTIVE),
        )
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        select(
            func.coalesce(LiveRoom.names, "free").label("rule"),
            signed_up.label("signed_up"),
            func.coalesce(Attendee.name, "").label("name"),
            func.coalesce(func.nullif(Attendee.organisation_name, ""), Organisation.name, "").label(
                "came_as"
            ),
        )
        .select_from(select(literal(1).label("one")).subquery())
        .outerjoin(LiveRoom, LiveRoom.meeting_id == meeting_id)
        .outerjoin(Attendee, Attendee.id == (seat or 0))
        .outerjoin(Organisation, Organisation.id == Attendee.organisation_id)
    ).one()
    shown_as = shown_in(row.rule, "name")
    name = actor.name if actor.is_signed_in else row.name
    organisation = row.signed_up or row.came_as or actor.organisation_name
    return Voice(
        user_id=actor.user_id,
        attendee_id=None if actor.is_signed_in else seat,
        name=name if shown_as == "name" else "",
        organisation="" if shown_as == "anonymous" else organisation,
    )
