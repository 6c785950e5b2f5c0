"""Reading meetings, their programmes, and who spoke as what."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import STRANGER, Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.meetings.models import (
    AgendaItem,
    Appearance,
    Correction,
    Meeting,
    MeetingOrganiser,
    MissingNumber,
    PanelTask,
    Series,
)
from app.domain.meetings.numbering import MissingNumberView, read_key
from app.domain.meetings.policy import in_force, is_old, visible_to
from app.domain.meetings.schemas import MAIN_SERIES
from app.domain.meetings.statuses import HELD, NOT_COMING, OFF, state_of
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.users.models import Person
from app.domain.users.queries import matching

MOST_MEETINGS = 500
MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """What other rooms show of a meeting in one line."""

    id: int
    key: str
    number: int | None
    title: str
    title_en: str
    series_key: str
    series_name: str
    held_on: date
    date_certainty: str
    is_example: bool


@dataclass(frozen=True, slots=True)
class MeetingCard(MeetingLine):
    """A meeting in a list."""

    status: str
    status_reason: str
    moved_from: date | None
    moved_from_starts_at: datetime | None
    calendar_sequence: int
    format: str
    format_certainty: str
    venue: str
    topics: list[str]
    topics_en: list[str]
    starts_at: datetime | None
    ends_at: datetime | None
    participants_approx: int | None
    participants_text: str
    published_at: datetime | None

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_old(self) -> bool:
        return is_old(self.held_on, today())

    @property
    def is_past(self) -> bool:
        return self.held_on < today()

    @property
    def shown_status(self) -> str:
        """The status to read: what was announced is over when its day is."""
        return state_of(self.status, self.held_on, today())

    @property
    def is_held(self) -> bool:
        """Whether it has taken place: it was closed, or its day is over and it was not called off."""
        return self.status not in OFF and (self.is_past or self.status in HELD)

    @property
    def written_day(self) -> str:
        """The day for programs and in names of files; of what is only known to a month, the month."""
        return self.held_on.isoformat()[: 7 if self.date_certainty == "month" else 10]


@dataclass(frozen=True, slots=True)
class OrganiserView:
    id: int
    key: str
    name: str
    short_name: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class CorrectionView:
    item_id: int | None
    original: str
    corrected: str
    note: str


@dataclass(frozen=True, slots=True)
class MeetingView(MeetingCard):
    """A meeting on its own page."""

    date_note: str
    format_note: str
    join_url: str
    introduction: str
    introduction_en: str
    vendor_companies: int | None
    seats: int | None
    seats_per_organisation: int | None
    registration_closes_on: date | None
    participants_note: str
    completeness: str
    completeness_en: str
    source_urls: list[str]
    source_note: str
    status_before: str | None
    status_changed_at: datetime | None
    edited_at: datetime | None
    version: int
    organisers: tuple[OrganiserView, ...]
    corrections: tuple[CorrectionView, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """Somebody's part in an item, with the title and organisation of that day. `name` is empty where it is
    not known; `organisation_key` and `organisation_kind` where the organisation is text only."""

    id: int
    item_id: int
    person_id: int | None
    name: str
    title: str
    title_en: str
    organisation_id: int | None
    organisation_key: str
    organisation_kind: str
    organisation_name: str
    role: str
    is_former: bool
    version: int


@dataclass(frozen=True, slots=True)
class TaskView:
    id: int
    title: str
    text: str
    text_en: str
    answer_limit: int | None
    version: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """A line of the programme with its people and tasks, each in order."""

    id: int
    key: str
    kind: str
    title: str
    title_en: str
    title_certainty: str
    summary: str
    summary_en: str
    note: str
    note_en: str
    track: str
    starts_at: datetime | None
    ends_at: datetime | None
    version: int
    people: tuple[PartView, ...]
    tasks: tuple[TaskView, ...]


@dataclass(frozen=True, slots=True)
class SpeakerFound:
    """Somebody who has spoken, with the latest title and organisation that is known."""

    id: int
    name: str
    title: str
    organisation_name: str
    held_on: date | None


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """What somebody did at a meeting, seen from the organisation."""

    name: str
    title: str
    title_en: str
    role: str
    is_former: bool
    item_title: str
    item_title_en: str
    meeting: MeetingLine


_LINE = (
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
)
_CARD = (
    *_LINE,
    Meeting.status,
    Meeting.status_reason,
    Meeting.moved_from,
    Meeting.moved_from_starts_at,
    Meeting.calendar_sequence,
    Meeting.format,
    Meeting.format_certainty,
    Meeting.venue,
    Meeting.topics,
    Meeting.topics_en,
    Meeting.starts_at,
    Meeting.ends_at,
    Meeting.participants_approx,
    Meeting.participants_text,
    Meeting.published_at,
)
# Of two meetings on the same day the one recorded last comes first.
_NEWEST_FIRST = (Meeting.held_on.desc(), Meeting.id.desc())


def _rows_as_json(statement: Select[Any], *order: ColumnElement[Any]) -> ScalarSelect[Any]:
    """A subquery whose rows become one JSON list of objects, so that parts need no statement of their own."""
    pairs = [part for column in statement.selected_columns for part in (column.name, column)]
    line = func.jsonb_build_object(*pairs)
    listed = func.jsonb_agg(aggregate_order_by(line, *order))
    empty = cast([], JSONB)
    return statement.with_only_columns(
        func.coalesce(listed, empty), maintain_column_froms=True
    ).scalar_subquery()


_PART = (
    Appearance.id,
    Appearance.item_id,
    Appearance.person_id,
    Appearance.person_name.label("name"),
    Appearance.title,
    Appearance.title_en,
    Appearance.organisation_id,
    func.coalesce(Organisation.key, "").label("organisation_key"),
    func.coalesce(Organisation.kind, "").label("organisation_kind"),
    Appearance.organisation_name,
    Appearance.role,
    Appearance.is_former,
    Appearance.version,
)
_PARTS = (
    select(*_PART)
    .outerjoin(Organisation, Organisation.id == Appearance.organisation_id)
    .where(in_force(Appearance))
)
_PEOPLE_OF_ITEM = _rows_as_json(
    _PARTS.where(Appearance.item_id == AgendaItem.id).correlate(AgendaItem),
    Appearance.position,
    Appearance.id,
)
_TASKS_OF_ITEM = _rows_as_json(
    select(
        PanelTask.id,
        PanelTask.title,
        PanelTask.text,
        PanelTask.text_en,
        PanelTask.answer_limit,
        PanelTask.version,
    )
    .where(PanelTask.item_id == AgendaItem.id, in_force(PanelTask))
    .correlate(AgendaItem),
    PanelTask.position,
)
_ORGANISERS_OF_MEETING = _rows_as_json(
    select(Organisation.id, Organisation.key, Organisation.name, Organisation.short_name, Organisation.kind)
    .join(MeetingOrganiser, MeetingOrganiser.organisation_id == Organisation.id)
    .where(MeetingOrganiser.meeting_id == Meeting.id)
    .correlate(Meeting),
    danish_order(Organisation.name),
)
_CORRECTIONS_OF_MEETING = _rows_as_json(
    select(Correction.item_id, Correction.original, Correction.corrected, Correction.note)
    .where(Correction.meeting_id == Meeting.id)
    .correlate(Meeting),
    Correction.id,
)


def _cards(actor: Actor) -> Select[Any]:
    return select(*_CARD).join(Series, Series.id == Meeting.series_id).where(visible_to(actor))


def _card(row: Row[Any] | None) -> MeetingCard | None:
    return MeetingCard(**row._mapping) if row is not None else None


@kept
def _by_key(actor: Actor) -> Select[Any]:
    return (
        _cards(actor)
        .add_columns(
            Meeting.date_note,
            Meeting.format_note,
            Meeting.join_url,
            Meeting.introduction,
            Meeting.introduction_en,
            Meeting.vendor_companies,
            Meeting.seats,
            Meeting.seats_per_organisation,
            Meeting.registration_closes_on,
            Meeting.participants_note,
            Meeting.completeness,
            Meeting.completeness_en,
            Meeting.source_urls,
            Meeting.source_note,
            Meeting.status_before,
            Meeting.status_changed_at,
            Meeting.edited_at,
            Meeting.version,
            _ORGANISERS_OF_MEETING.label("organisers"),
            _CORRECTIONS_OF_MEETING.label("corrections"),
        )
        .where(Meeting.key == bindparam("named"))
    )


def find_meeting(session: Session, actor: Actor, key: str) -> MeetingView | None:
    """The meeting that a part of an address names; the number decides. Its own `key` is the right address."""
    row = session.execute(_by_key(actor), {"named": read_key(key)}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    values["organisers"] = tuple(OrganiserView(**found) for found in values["organisers"])
    values["corrections"] = tuple(CorrectionView(**found) for found in values["corrections"])
    return MeetingView(**values)


def list_meetings(
    session: Session, actor: Actor, words: str = "", limit: int = MOST_MEETINGS
) -> list[MeetingCard]:
    """The meetings that the actor may see, newest first. With `words`, those that hold each of them in the
    title, the topics, the programme or the names of those who spoke."""
    statement = _cards(actor).order_by(*_NEWEST_FIRST).limit(limit)
    for word in words.split()[:8]:
        statement = statement.where(_holds(matching(word)))
    return [MeetingCard(**row._mapping) for row in session.execute(statement)]


def read_meetings(
    session: Session,
    actor: Actor,
    after: Place | None,
    most: int,
    *,
    words: str = "",
    series_key: str | None = None,
    year: int | None = None,
    format: str | None = None,
    ids: Collection[int] | None = None,
) -> Slice[MeetingCard]:
    """So many meetings after a place, the newest first. `ids`: of these alone. One statement."""
    statement = _cards(actor)
    if year is not None:
        statement = statement.where(Meeting.held_on.between(date(year, 1, 1), date(year, 12, 31)))
    if format is not None:
        statement = statement.where(Meeting.format == format)
    if ids is not None:
        statement = statement.where(Meeting.id.in_(ids))
    if series_key is not None:
        statement = statement.where(Series.key == series_key)
    for word in words.split()[:8]:
        statement = statement.where(_holds(matching(word)))
    found = read_slice(
        session, statement, (By(Meeting.held_on, date, True), By(Meeting.id, int, True)), after, most
    )
    names = [column.key for column in _CARD]
    cards = (MeetingCard(**{name: getattr(row, name) for name in names}) for row in found.rows)
    return Slice(tuple(cards), found.last)


def _holds(pattern: str) -> ColumnElement[bool]:
    in_programme = (
        select(AgendaItem.id)
        .outerjoin(Appearance, and_(Appearance.item_id == AgendaItem.id, in_force(Appearance)))
        .where(
            AgendaItem.meeting_id == Meeting.id,
            in_force(AgendaItem),
            or_(
                AgendaItem.title.ilike(pattern),
                AgendaItem.summary.ilike(pattern),
                Appearance.person_name.ilike(pattern),
                Appearance.organisation_name.ilike(pattern),
            ),
        )
        .exists()
    )
    return or_(
        Meeting.title.ilike(pattern),
        Meeting.introduction.ilike(pattern),
        func.array_to_string(Meeting.topics, " ").ilike(pattern),
        in_programme,
    )


def next_meeting(session: Session, actor: Actor) -> MeetingCard | None:
    """The published meeting that comes first from today on; also staff is not shown drafts here."""
    return _card(
        session.execute(
            _cards(actor)
            .where(
                Meeting.published_at.is_not(None),
                Meeting.held_on >= today(),
                Meeting.status.not_in(NOT_COMING),
            )
            .order_by(Meeting.held_on, Meeting.id)
            .limit(1)
        ).one_or_none()
    )


def latest_meeting(session: Session, actor: Actor) -> MeetingCard | None:
    """The published meeting that was held last before today."""
    return _card(
        session.execute(
            _cards(actor)
            .where(
                Meeting.published_at.is_not(None),
                Meeting.held_on < today(),
                Meeting.status.not_in(NOT_COMING),
            )
            .order_by(*_NEWEST_FIRST)
            .limit(1)
        ).one_or_none()
    )


def get_meeting_line(session: Session, ids: Iterable[int], actor: Actor = STRANGER) -> dict[int, MeetingLine]:
    """Meetings by id, for the lists of other rooms; what the actor may not see is left out."""
    return read(session, meeting_lines_of(ids, actor))


def meeting_lines_of(ids: Iterable[int], actor: Actor = STRANGER) -> Asking[dict[int, MeetingLine]]:
    """The same, to be asked beside others."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = yield from asked(_lines(actor), {"meetings": wanted})
    return {row.id: MeetingLine(**row._mapping) for row in rows}


@kept
def _lines(actor: Actor) -> Select[Any]:
    return (
        select(*_LINE)
        .join(Series, Series.id == Meeting.series_id)
        .where(Meeting.id.in_(bindparam("meetings", expanding=True)), visible_to(actor))
    )


_ITEMS_OF_MEETING = (
    select(
        AgendaItem.id,
        AgendaItem.key,
        AgendaItem.kind,
        AgendaItem.title,
        AgendaItem.title_en,
        AgendaItem.title_certainty,
        AgendaItem.summary,
        AgendaItem.summary_en,
        AgendaItem.note,
        AgendaItem.note_en,
        AgendaItem.track,
        AgendaItem.starts_at,
        AgendaItem.ends_at,
        AgendaItem.version,
        _PEOPLE_OF_ITEM.label("people"),
        _TASKS_OF_ITEM.label("tasks"),
    )
    .where(AgendaItem.meeting_id == bindparam("of_meeting"), in_force(AgendaItem))
    .order_by(AgendaItem.position, AgendaItem.id)
    .limit(MOST_ITEMS)
)


def list_items(session: Session, meeting_id: int) -> list[ItemView]:
    """The published programme in its order. The caller has found the meeting, and so seen that it may be
    read."""
    return read(session, items_of(meeting_id))


def items_of(meeting_id: int) -> Asking[list[ItemView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_ITEMS_OF_MEETING, {"of_meeting": meeting_id})
    return [_item(row) for row in rows]


def _item(row: Row[Any]) -> ItemView:
    values = dict(row._mapping)
    values["people"] = tuple(PartView(**part) for part in values["people"])
    values["tasks"] = tuple(TaskView(**task) for task in values["tasks"])
    return ItemView(**values)


def list_appearances(session: Session, item_ids: Iterable[int]) -> dict[int, list[PartView]]:
    """Those who took part in each of these items, in order. The caller has seen that they may be read."""
    parts: dict[int, list[PartView]] = {item_id: [] for item_id in item_ids}
    if not parts:
        return parts
    rows = session.execute(
        _PARTS.where(Appearance.item_id.in_(parts)).order_by(Appearance.position, Appearance.id)
    )
    for row in rows:
        parts[row.item_id].append(PartView(**row._mapping))
    return parts


def spoken_for(actor: Actor, organisation_id: int, limit: int = 100) -> Asking[list[SpokenPart]]:
    """Who spoke for an organisation at meetings that the actor may see, the newest first."""
    rows = yield from asked(_spoken_for(actor), {"spoken_for": organisation_id, "most_spoken": limit})
    return [
        SpokenPart(
            name=row.person_name,
            title=row.part_title,
            title_en=row.part_title_en,
            role=row.role,
            is_former=row.is_former,
            item_title=row.item_title,
            item_title_en=row.item_title_en,
            meeting=MeetingLine(*row[: len(_LINE)]),
        )
        for row in rows
    ]


@kept
def _spoken_for(actor: Actor) -> Select[Any]:
    return (
        select(
            *_LINE,
            Appearance.person_name,
            Appearance.title.label("part_title"),
            Appearance.title_en.label("part_title_en"),
            Appearance.role,
            Appearance.is_former,
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
        )
        .select_from(Appearance)
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .join(Series, Series.id == Meeting.series_id)
        .where(
            Appearance.organisation_id == bindparam("spoken_for"),
            Appearance.person_name != "",
            in_force(Appearance),
            visible_to(actor),
        )
        .order_by(*_NEWEST_FIRST, AgendaItem.position, Appearance.position, Appearance.id)
        .limit(bindparam("most_spoken", type_=Integer))
    )


def find_speakers(session: Session, text: str, limit: int = 20) -> list[SpeakerFound]:
    """People whose name holds every word of the text, each with the latest title that is known; for staff."""
    words = text.split()[:8]
    return _speakers(session, [Person.name.ilike(matching(word)) for word in words], limit) if words else []


def get_speaker(session: Session, person_id: int) -> SpeakerFound | None:
    """One person with the latest title that is known; for staff."""
    found = _speakers(session, [Person.id == person_id], 1)
    return found[0] if found else None


def _speakers(session: Session, conditions: Sequence[ColumnElement[bool]], limit: int) -> list[SpeakerFound]:
    latest = (
        select(Appearance.title, Appearance.organisation_name, Meeting.held_on)
        .join(AgendaItem, AgendaItem.id == Appearance.item_id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(Appearance.person_id == Person.id)
        .order_by(Meeting.held_on.desc(), Appearance.is_former, Appearance.id)
        .limit(1)
        .lateral()
    )
    rows = session.execute(
        select(Person.id, Person.name, latest.c.title, latest.c.organisation_name, latest.c.held_on)
        .outerjoin(latest, true())
        .where(and_(*conditions))
        .order_by(danish_order(Person.name), Person.id)
        .limit(limit)
    )
    return [
        SpeakerFound(row.id, row.name, row.title or "", row.organisation_name or "", row.held_on)
        for row in rows
    ]


def list_series(session: Session) -> list[Series]:
    """All series, the main one first."""
    return list(
        session.scalars(
            select(Series).order_by(Series.key != MAIN_SERIES, danish_order(Series.name)).limit(100)
        )
    )


def list_public_series(session: Session) -> list[Series]:
    """The series of which something is published; the name of another is not said yet."""
    shown = set(session.scalars(select(Meeting.series_id).where(visible_to(STRANGER)).distinct()))
    return [series for series in list_series(session) if series.id in shown]


def find_series(session: Session, key: str) -> Series | None:
    return session.scalars(select(Series).where(Series.key == key)).one_or_none()


def list_meetings_of_series(session: Session, actor: Actor, key: str) -> list[MeetingCard]:
    """The meetings of a series that the actor may see, newest first."""
    statement = _cards(actor).where(Series.key == key).order_by(*_NEWEST_FIRST).limit(MOST_MEETINGS)
    return [MeetingCard(**row._mapping) for row in session.execute(statement)]


def list_missing_numbers(session: Session) -> list[MissingNumberView]:
    """Numbers of the main series of which no page was found."""
    rows = session.execute(
        select(
            MissingNumber.number,
            MissingNumber.held_after,
            MissingNumber.held_before,
            MissingNumber.before_is_month,
        )
        .join(Series, Series.id == MissingNumber.series_id)
        .where(Series.key == MAIN_SERIES)
        .order_by(MissingNumber.number)
        .limit(MOST_MEETINGS)
    )
    return [MissingNumberView(**row._mapping) for row in rows]


def get_next_number(session: Session) -> int:
    """One more than the highest number of the main series, drafts counted; for staff."""
    highest = session.scalar(
        select(func.max(Meeting.number))
        .join(Series, Series.id == Meeting.series_id)
        .where(Series.key == MAIN_SERIES)
    )
    return (highest or 0) + 1


def list_possible_organisers(session: Session, already: Iterable[int] = ()) -> list[OrganiserView]:
    """Who may hold a meeting: associations and the like, and those who hold this one already."""
    return read(session, possible_organisers(already))


def possible_organisers(already: Iterable[int] = ()) -> Asking[list[OrganiserView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_possible_organisers(), {"organising": sorted(set(already))})
    return [OrganiserView(**row._mapping) for row in rows]


@kept
def _possible_organisers() -> Select[Any]:
    kinds = ("association", "joint_procurement")
    holds_it = Organisation.id.in_(bindparam("organising", expanding=True))
    return (
        select(
            Organisation.id, Organisation.key, Organisation.name, Organisation.short_name, Organisation.kind
        )
        .where(or_(Organisation.kind.in_(kinds), holds_it))
        .order_by(Organisation.is_example, danish_order(Organisation.name))
        .limit(100)
    )
