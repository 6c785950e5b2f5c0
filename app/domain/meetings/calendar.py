"""Meetings as calendars show them. The door writes the words of an entry, in its reader's language."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.calendars import Entry, Organizer, Status
from app.core.clock import today
from app.core.policy import STRANGER
from app.domain.meetings.models import Meeting, Series
from app.domain.meetings.numbering import read_key
from app.domain.meetings.policy import visible_to
from app.domain.meetings.queries import MeetingLine
from app.domain.meetings.statuses import get_calendar_status, state_of

MOST_ENTRIES = 500
MOST_NEWS = 30
YEARS_BACK = 2
# Sign-ups that may become a seat.
PENDING = frozenset({"waiting", "offered", "requested"})
_MANY_LINES = re.compile(r"\n{3,}")

Part = Literal["summary", "location", "description", "address"]
Write = Callable[[Part], str]


@dataclass(frozen=True, slots=True)
class CalendarMeeting(MeetingLine):
    """A published meeting with what a calendar shows of it. `modified`: when anything of it last changed."""

    status: str
    status_reason: str
    moved_from: date | None
    format: str
    venue: str
    starts_at: datetime | None
    ends_at: datetime | None
    introduction: str
    introduction_en: str
    topics: list[str]
    topics_en: list[str]
    sequence: int
    modified: datetime
    published_at: datetime

    @property
    def is_past(self) -> bool:
        return self.held_on < today()

    @property
    def state(self) -> str:
        """The state to read: what was announced is over when its day is."""
        return state_of(self.status, self.held_on, today())

    @property
    def calendar_status(self) -> Status:
        """Cancelled where it is not held on the day that stands there, certain once its day is fixed and
        sign-up has opened."""
        return get_calendar_status(self.state, self.date_certainty)


_MODIFIED = func.greatest(
    Meeting.created_at, Meeting.published_at, Meeting.edited_at, Meeting.status_changed_at
)
_MEETINGS = (
    select(
        Meeting.id,
        Meeting.key,
        Meeting.number,
        Meeting.title,
        Meeting.title_en,
        Series.key.label("series_key"),
        Series.name.label("series_name"),
        Meeting.held_on,
        Meeting.date_certainty,
        Meeting.is_example,
        Meeting.status,
        Meeting.status_reason,
        Meeting.moved_from,
        Meeting.format,
        Meeting.venue,
        Meeting.starts_at,
        Meeting.ends_at,
        Meeting.introduction,
        Meeting.introduction_en,
        Meeting.topics,
        Meeting.topics_en,
        Meeting.calendar_sequence.label("sequence"),
        _MODIFIED.label("modified"),
        Meeting.published_at,
    )
    .join(Series, Series.id == Meeting.series_id)
    # Calendars are read by programs that nobody is signed in to: they show what everybody may see.
    .where(visible_to(STRANGER))
    .order_by(Meeting.held_on, Meeting.id)
    .limit(MOST_ENTRIES)
)


def find_in_calendar(session: Session, key: str) -> CalendarMeeting | None:
    """The published meeting that a part of an address names."""
    return _first(session, _MEETINGS.where(Meeting.key == read_key(key)))


def get_in_calendar(session: Session, meeting_id: int) -> CalendarMeeting | None:
    """A published meeting by its id; None for a draft, which is in no calendar."""
    return _first(session, _MEETINGS.where(Meeting.id == meeting_id))


def list_in_calendar(
    session: Session, *, series_key: str | None = None, ids: Collection[int] | None = None
) -> list[CalendarMeeting]:
    """All that come and those of the last two years, in their order; of one series, or only these."""
    statement = _MEETINGS.where(Meeting.held_on >= _years_ago(YEARS_BACK))
    if series_key is not None:
        statement = statement.where(Series.key == series_key)
    if ids is not None:
        statement = statement.where(Meeting.id.in_(ids))
    return [CalendarMeeting(**row._mapping) for row in session.execute(statement)]


def list_newest(session: Session) -> list[CalendarMeeting]:
    """The meetings that came or changed last, the newest first."""
    statement = _MEETINGS.order_by(None).order_by(_MODIFIED.desc(), Meeting.id.desc()).limit(MOST_NEWS)
    return [CalendarMeeting(**row._mapping) for row in session.execute(statement)]


def entry_of(
    meeting: CalendarMeeting,
    site_url: str,
    write: Write,
    organizer: Organizer | None = None,
    own: str = "",
) -> Entry:
    """The meeting as an entry. `write` gives the words of each part; the number and the address of the site
    make the name by which programs know it again, so it is the same in every file and feed.

    `own` is the status of the reader's sign-up, or "role": a place in the queue is not certain, and only who
    is to be there has the time taken. Of a meeting whose month alone is known the entry covers the whole
    month, and takes nobody's time.
    """
    starts, ends = _span(meeting)
    is_pending = own in PENDING and meeting.calendar_status == "CONFIRMED"
    return Entry(
        uid=f"moede-{meeting.id}@{urlsplit(site_url).hostname or 'dialogforum'}",
        sequence=meeting.sequence,
        status="TENTATIVE" if is_pending else meeting.calendar_status,
        summary=write("summary").strip(),
        starts=starts,
        ends=ends,
        modified=meeting.modified,
        description=_MANY_LINES.sub("\n\n", write("description").strip()),
        location=" ".join(write("location").split()),
        url=write("address").strip(),
        categories=(meeting.series_name,),
        organizer=organizer,
        is_busy=own in ("registered", "role") and isinstance(starts, datetime),
    )


def _span(meeting: CalendarMeeting) -> tuple[datetime | date, datetime | date | None]:
    """When it begins and ends: moments where the clock is known, else the days that it may be on."""
    if meeting.date_certainty == "month":
        return meeting.held_on.replace(day=1), meeting.held_on
    if meeting.starts_at is None:
        return meeting.held_on, meeting.held_on
    return meeting.starts_at, meeting.ends_at


def _first(session: Session, statement: Select[Any]) -> CalendarMeeting | None:
    row = session.execute(statement).one_or_none()
    return CalendarMeeting(**row._mapping) if row is not None else None


def _years_ago(years: int) -> date:
    now = today()
    return date(now.year - years, now.month, 1)
