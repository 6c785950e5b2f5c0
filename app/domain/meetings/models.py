"""Tables of meetings, their programme, and who spoke as what on the day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    event,
    false,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.domain.meetings.statuses import get_calendar_status


class Series(Base):
    """A row of meetings. In the main series, Dialogforum, meetings carry numbers."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Meeting(Base):
    """A meeting. What is not known for certain stands as data: `date_certainty`, notes, approximate counts.

    `key` is its part of the address: the number where it has one, else a readable word.
    `status`: draft, announced, open, full, live, closed, minutes_in_review, approved, cancelled, postponed.
    `status_reason`: in words for all, why it is cancelled, postponed or moved; `status_before`: where it can
    go back to (while it is closed: where it was before it began). `moved_from` and `moved_from_starts_at`:
    when it was to be before it was moved.
    `date_certainty`: stated, tentative, month (`held_on` is then the last day of the month), and of old
    meetings year_inferred, article_date. `calendar_sequence` grows with what a calendar shows of it.
    `edited_at`: when a person last changed it or its programme; the archive then leaves it alone.
    `seats`: the most who can sign up, without a ceiling where empty; `registration_closes_on`: the last day
    for it, else the day of the meeting. `needs_approval`: staff says yes or no to each who signs up.
    `offer_hours`: how long a seat is kept for the next in the queue, at most.
    `programme_published_at`: from then on changes of the programme are a draft until they are published too;
    `programme_version` grows with every one of them.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("series_id", "number"),
        Index("ix_meeting_held_on", "held_on"),
        Index("ix_meeting_unpublished", "id", postgresql_where=text("published_at is null")),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("seats_per_organisation > 0", name="seats_per_organisation"),
        CheckConstraint("offer_hours between 1 and 336", name="offer_hours"),
        CheckConstraint(
            "status in ('draft', 'announced', 'open', 'full', 'live', 'closed', 'minutes_in_review', "
            "'approved', 'cancelled', 'postponed')",
            name="status",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    key: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int | None]
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    status_reason: Mapped[str] = mapped_column(default="", server_default="")
    status_before: Mapped[str | None]
    status_changed_at: Mapped[datetime | None]
    held_on: Mapped[date]
    date_certainty: Mapped[str] = mapped_column(default="stated")
    date_note: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    moved_from: Mapped[date | None]
    moved_from_starts_at: Mapped[datetime | None]
    format: Mapped[str] = mapped_column(default="unknown")
    format_certainty: Mapped[str] = mapped_column(default="stated")
    format_note: Mapped[str] = mapped_column(default="")
    venue: Mapped[str] = mapped_column(default="")
    join_url: Mapped[str] = mapped_column(default="")
    introduction: Mapped[str] = mapped_column(default="")
    introduction_en: Mapped[str] = mapped_column(default="")
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    topics_en: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    participants_approx: Mapped[int | None]
    participants_text: Mapped[str] = mapped_column(default="")
    vendor_companies: Mapped[int | None]
    seats: Mapped[int | None]
    seats_per_organisation: Mapped[int | None]
    registration_closes_on: Mapped[date | None]
    needs_approval: Mapped[bool] = mapped_column(default=False, server_default=false())
    offer_hours: Mapped[int] = mapped_column(default=48, server_default="48")
    participants_note: Mapped[str] = mapped_column(default="")
    completeness: Mapped[str] = mapped_column(default="")
    completeness_en: Mapped[str] = mapped_column(default="")
    source_urls: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    source_note: Mapped[str] = mapped_column(default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    calendar_sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    programme_published_at: Mapped[datetime | None]
    programme_version: Mapped[int] = mapped_column(default=1, server_default="1")


_IN_CALENDARS = (
    "title",
    "held_on",
    "date_certainty",
    "starts_at",
    "ends_at",
    "venue",
    "format",
    "published_at",
)


@event.listens_for(Meeting, "before_update")
def _count_in_calendars(mapper: Any, connection: Any, meeting: Meeting) -> None:
    """Whichever verb changes what a calendar shows, its entry gets the next number: no verb can forget it."""
    attributes = inspect(meeting).attrs
    was = attributes.status.history.deleted or [meeting.status]
    is_turned = get_calendar_status(was[0], "stated") != get_calendar_status(meeting.status, "stated")
    if is_turned or any(attributes[name].history.has_changes() for name in _IN_CALENDARS):
        meeting.calendar_sequence += 1


class MeetingOrganiser(Base):
    __tablename__ = "meeting_organiser"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class MissingNumber(Base):
    """A number of which no page was found. Dates between which it was held, the later one a whole month
    where `before_is_month`."""

    __tablename__ = "missing_number"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    held_after: Mapped[date | None]
    held_before: Mapped[date | None]
    before_is_month: Mapped[bool] = mapped_column(default=False)


class Drafted:
    """A row of a programme. Its columns are what is published, and what everybody reads; beside them stands
    what staff has changed and not published yet.

    `draft`: changed values by column, times by the clock as "09:30:00"; `is_new`: the whole row stands only
    in the draft, and nobody else may be shown it; `is_removed`: the draft is without it.
    """

    draft: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_new: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_removed: Mapped[bool] = mapped_column(default=False, server_default=false())


class ProgrammeEdition(Base):
    """A publishing of a programme. `changes`: what it changed, as domain/meetings/changes.py tells it."""

    __tablename__ = "programme_edition"
    __table_args__ = (UniqueConstraint("meeting_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    number: Mapped[int]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class AgendaItem(Drafted, Base):
    """A line of the programme. `kind`: welcome, status, talk, panel, group_session, plenary, break.

    `track` is empty for what everybody attends. `title_certainty` is stated or not_given.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (UniqueConstraint("meeting_id", "key"), Index("ix_agenda_item_meeting_id", "meeting_id"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    key: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    title_certainty: Mapped[str] = mapped_column(default="stated")
    summary: Mapped[str] = mapped_column(default="")
    summary_en: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    note_en: Mapped[str] = mapped_column(default="")
    track: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Correction(Base):
    """The source's own wording beside what stands here. `corrected` is empty where it is only a remark."""

    __tablename__ = "correction"
    __table_args__ = (
        UniqueConstraint("meeting_id", "key"),
        Index("ix_correction_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    key: Mapped[str]
    original: Mapped[str]
    corrected: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")


class PanelTask(Drafted, Base):
    """A task put to a panel or to groups, in order. `answer_limit`: how many answers it asks for."""

    __tablename__ = "panel_task"
    __table_args__ = (Index("ix_panel_task_item_id", "item_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    position: Mapped[int]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    text_en: Mapped[str] = mapped_column(default="")
    answer_limit: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)


class Appearance(Drafted, Base):
    """Somebody's part in an item, with the title and organisation of that day.

    `person_id` is empty for a speaker whose name is not known. `role`: speaker, panellist, moderator, host.
    `is_former` says that the title was a former one on the day. One person may have several rows with
    different titles in the same item.
    """

    __tablename__ = "appearance"
    __table_args__ = (
        Index("ix_appearance_item_id", "item_id"),
        Index("ix_appearance_person_id", "person_id"),
        Index("ix_appearance_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    position: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    title_en: Mapped[str] = mapped_column(default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    organisation_name: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="speaker")
    is_former: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class MeetingRole(Base):
    """What a user does at one meeting: facilitator, rapporteur, speaker or assessor.

    `person_id`: who of the programme a speaker is.
    """

    __tablename__ = "meeting_role"
    __table_args__ = (
        UniqueConstraint("user_id", "meeting_id", "role"),
        CheckConstraint("role in ('facilitator','rapporteur','speaker','assessor')", name="role"),
        Index("ix_meeting_role_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    role: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    given_at: Mapped[datetime]
