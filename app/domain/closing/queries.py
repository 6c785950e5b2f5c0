"""Reading what is missing at a meeting, and which meetings are not closed yet. One statement each."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, today
from app.core.policy import Actor, require
from app.domain.closing.gaps import KINDS, all_gaps
from app.domain.closing.models import GapReason
from app.domain.closing.policy import may_close_meetings
from app.domain.meetings.models import Meeting
from app.domain.meetings.statuses import NOT_COMING
from app.domain.users.models import User

SHOWN: Final = 12
MOST_REASONS: Final = 200
MOST_MEETINGS: Final = 12


@dataclass(frozen=True, slots=True)
class MissingThing:
    """One thing that is missing. `about`: of the address where it is mended, what is not its own id."""

    id: int
    title: str
    title_en: str
    reference: str
    about: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of one kind and has no reason: how many, and the first of them."""

    kind: str
    count: int
    things: tuple[MissingThing, ...]

    @property
    def more(self) -> int:
        return self.count - len(self.things)


@dataclass(frozen=True, slots=True)
class ReasonGiven:
    """Why things of one kind stay as they are. `count`: for how many it was given."""

    id: int
    kind: str
    count: int
    reason: str
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class NotClosed:
    """A meeting that was held and whose minutes are not approved."""

    key: str
    number: int | None
    title: str
    title_en: str
    held_on: date
    status: str


def list_gaps(session: Session, actor: Actor, meeting_id: int) -> list[Gap]:
    """What is missing at the meeting and has no reason, in the order in which it is mended."""
    require(may_close_meetings(actor))
    missing = all_gaps(meeting_id).subquery("missing")
    numbered = (
        select(
            missing,
            func.count().over(partition_by=missing.c.kind).label("count"),
            func.row_number()
            .over(partition_by=missing.c.kind, order_by=(missing.c.place, missing.c.thing_id))
            .label("number"),
        )
        .where(~missing.c.is_explained)
        .subquery("numbered")
    )
    rows = session.execute(select(numbered).where(numbered.c.number <= SHOWN).order_by(numbered.c.number))
    found: dict[str, list[MissingThing]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        thing = MissingThing(row.thing_id, row.title, row.title_en, row.reference, row.about, row.text)
        found.setdefault(row.kind, []).append(thing)
        counts[row.kind] = row.count
    return [Gap(kind, counts[kind], tuple(found[kind])) for kind in KINDS if kind in found]


def find_open_things(session: Session, meeting_id: int, kind: str | None = None) -> dict[str, list[int]]:
    """The ids of all that is missing at the meeting and has no reason, by kind."""
    missing = all_gaps(meeting_id).subquery("missing")
    statement = (
        select(missing.c.kind, func.array_agg(missing.c.thing_id).label("ids"))
        .where(~missing.c.is_explained)
        .group_by(missing.c.kind)
    )
    if kind is not None:
        statement = statement.where(missing.c.kind == kind)
    return {row.kind: sorted(row.ids) for row in session.execute(statement)}


def list_reasons(session: Session, actor: Actor, meeting_id: int) -> list[ReasonGiven]:
    """The reasons that were given at the meeting, the oldest first."""
    require(may_close_meetings(actor))
    rows = session.execute(
        select(
            GapReason.id,
            GapReason.kind,
            func.cardinality(GapReason.thing_ids).label("count"),
            GapReason.reason,
            func.coalesce(User.name, "").label("given_by"),
            GapReason.given_at,
        )
        .outerjoin(User, User.id == GapReason.given_by_id)
        .where(GapReason.meeting_id == meeting_id)
        .order_by(GapReason.given_at, GapReason.id)
        .limit(MOST_REASONS)
    )
    return [ReasonGiven(**row._mapping) for row in rows]


def list_not_closed(session: Session, actor: Actor) -> list[NotClosed]:
    """The meetings that were held and are not closed, the oldest first; for staff.

    What was written into the archive long after its day waits for no minutes: a meeting counts from when its
    page was made before it was held, or its minutes have been sent round.
    """
    require(may_close_meetings(actor))
    made_on = func.date(func.timezone(COPENHAGEN.key, Meeting.created_at))
    was_planned = or_(made_on <= Meeting.held_on, Meeting.status == "minutes_in_review")
    rows = session.execute(
        select(Meeting.key, Meeting.number, Meeting.title, Meeting.title_en, Meeting.held_on, Meeting.status)
        .where(
            or_(Meeting.held_on < today(), Meeting.status.in_(("closed", "minutes_in_review"))),
            Meeting.status.not_in(NOT_COMING | {"approved"}),
            Meeting.published_at.is_not(None),
            was_planned,
        )
        .order_by(Meeting.held_on, Meeting.id)
        .limit(MOST_MEETINGS)
    )
    return [NotClosed(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """The meeting of the same series that comes next; it may still be a draft."""

    key: str
    number: int | None
    title: str
    title_en: str
    held_on: date


def find_next_in_series(session: Session, actor: Actor, meeting_id: int) -> NextMeeting | None:
    """The first meeting of the series after this one that has not been held yet; for staff."""
    require(may_close_meetings(actor))
    of_series = select(Meeting.series_id).where(Meeting.id == meeting_id).scalar_subquery()
    row = session.execute(
        select(Meeting.key, Meeting.number, Meeting.title, Meeting.title_en, Meeting.held_on)
        .where(
            Meeting.series_id == of_series,
            Meeting.id != meeting_id,
            Meeting.held_on >= today(),
            Meeting.status.not_in(("cancelled", "closed", "minutes_in_review", "approved")),
        )
        .order_by(Meeting.held_on, Meeting.id)
        .limit(1)
    ).one_or_none()
    return NextMeeting(**row._mapping) if row else None
