"""Reading decks, their pages and their files; always what the actor may see."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, extract, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.policy import STRANGER, SYSTEM, Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.policy import in_force
from app.domain.meetings.queries import MeetingLine, PartView, get_meeting_line, list_appearances
from app.domain.meetings.roles import list_own_item_ids
from app.domain.presentations.comparing import PageWords
from app.domain.presentations.models import Deck, DeckRevision, DeckTheme, SlidePage
from app.domain.presentations.policy import (
    may_add_deck_at,
    may_put_back,
    may_read_notes,
    tombstones_visible_to,
    visible_to,
)

PER_PAGE = 30
# Points on a page whose longer side is 960: less cannot be read from the back of a room.
SMALLEST_TYPE = 12
MOST_PAGES = 1000
_LARGEST_ID = 2**53
_BATCH = 200


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One file of a deck; for the words of `state` and `picture_source` see the model. `size` in bytes."""

    id: int
    number: int
    filename: str
    kind: str
    size: int
    state: str
    refusal: str | None
    pages_read: int
    page_count: int | None
    picture_source: str | None
    pdf_size: int | None
    own_title: str
    declared_language: str
    is_tagged: bool | None
    scan_state: str
    created_at: datetime

    @property
    def is_underway(self) -> bool:
        return self.state in ("waiting", "reading")


@dataclass(frozen=True, slots=True)
class DeckView:
    """A deck with the meeting and item it belongs to, and those who spoke as what they were that day.

    `current` is the file whose pages are shown, `newest` the one sent last; both may be None. `is_public`:
    everybody may see it, so its pictures may be kept by caches.
    """

    id: int
    title: str
    note: str
    language: str
    access: str
    shows_notes: bool
    is_example: bool
    version: int
    is_public: bool
    meeting: MeetingLine
    item_id: int | None
    item_title: str
    item_title_en: str
    speakers: tuple[PartView, ...]
    current: RevisionView | None
    newest: RevisionView | None

    @property
    def page_count(self) -> int:
        return (self.current.page_count or 0) if self.current else 0


@dataclass(frozen=True, slots=True)
class PageLine:
    """One page in small."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What the shown file lacks for who cannot see it, in numbers of pages: pictures without words, words
    without a title, pictures without an alternative text, letters that are too small. And of the file as a
    whole: no title of its own, no language said (or another one than the deck's), a PDF without tags.
    """

    without_text: tuple[int, ...] = ()
    without_title: tuple[int, ...] = ()
    without_alt: tuple[int, ...] = ()
    tiny: tuple[int, ...] = ()
    has_no_title: bool = False
    has_no_language: bool = False
    other_language: str = ""
    is_untagged: bool = False

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stands in the place of a deck that was taken away."""

    id: int
    title: str
    language: str
    meeting: MeetingLine
    withdrawn_at: datetime
    why: str
    may_put_back: bool


@dataclass(frozen=True, slots=True)
class PageView:
    """One page. Sizes of its picture in pixels; `notes` only for who may read them."""

    number: int
    title: str
    text: str
    notes: str
    has_text: bool
    is_machine_read: bool
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Something of a deck that lies in storage."""

    key: str
    is_public: bool
    revision_id: int


@dataclass(frozen=True, slots=True)
class StoredDeck(StoredFile):
    """The file that was sent. `size` in bytes."""

    filename: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class MeetingCount:
    """A meeting and how many decks of it the actor may see."""

    meeting: MeetingLine
    decks: int


@dataclass(frozen=True, slots=True)
class PageDocument:
    """The words of a page, for the search index. Notes stay out: they were not shown to anybody."""

    id: int
    title: str
    text: str
    deck_title: str
    people: str
    organisation_ids: tuple[int, ...]
    person_ids: tuple[int, ...]
    theme_ids: tuple[int, ...]
    language: str
    year: int
    meeting_id: int


# --- decks

_Current = aliased(DeckRevision, name="current")
_Newest = aliased(DeckRevision, name="newest")
_NEWEST_NUMBER = (
    select(func.max(DeckRevision.number))
    .where(DeckRevision.deck_id == Deck.id)
    .correlate(Deck)
    .scalar_subquery()
)
_NEWEST_MEETING_FIRST = (Meeting.held_on.desc(), Meeting.id.desc(), Deck.position, Deck.id)


def _decks(actor: Actor) -> Select[Any]:
    return (
        select(
            Deck,
            AgendaItem.title.label("item_title"),
            AgendaItem.title_en.label("item_title_en"),
            visible_to(STRANGER).label("is_public"),
            _Current,
            _Newest,
        )
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .outerjoin(AgendaItem, and_(AgendaItem.id == Deck.item_id, in_force(AgendaItem)))
        .outerjoin(_Current, _Current.id == Deck.current_revision_id)
        .outerjoin(_Newest, (_Newest.deck_id == Deck.id) & (_Newest.number == _NEWEST_NUMBER))
        .where(visible_to(actor))
    )


def _revision(row: DeckRevision | None) -> RevisionView | None:
    if row is None:
        return None
    return RevisionView(**{name: getattr(row, name) for name in RevisionView.__slots__})


def _read_decks(session: Session, statement: Select[Any]) -> list[DeckView]:
    """Three statements: decks, their meetings, and those who spoke."""
    return _view_decks(session, session.execute(statement).all())


def _view_decks(session: Session, rows: Sequence[Row[Any]]) -> list[DeckView]:
    # Who may see the deck has been asked; the meeting comes along.
    meetings = get_meeting_line(session, {row.Deck.meeting_id for row in rows}, SYSTEM)
    speakers = list_appearances(session, {row.Deck.item_id for row in rows if row.Deck.item_id})
    return [
        DeckView(
            id=row.Deck.id,
            title=row.Deck.title,
            note=row.Deck.note,
            language=row.Deck.language,
            access=row.Deck.access,
            shows_notes=row.Deck.shows_notes,
            is_example=row.Deck.is_example,
            version=row.Deck.version,
            is_public=row.is_public,
            meeting=meetings[row.Deck.meeting_id],
            item_id=row.Deck.item_id,
            item_title=row.item_title or "",
            item_title_en=row.item_title_en or "",
            speakers=tuple(speakers.get(row.Deck.item_id, ())),
            current=_revision(row.current),
            newest=_revision(row.newest),
        )
        for row in rows
    ]


def find_deck(session: Session, actor: Actor, deck_id: int) -> DeckView | None:
    if not 0 < deck_id <= _LARGEST_ID:
        return None
    found = _read_decks(session, _decks(actor).where(Deck.id == deck_id))
    return found[0] if found else None


def list_all_decks(
    session: Session, actor: Actor, meeting_ids: Collection[int] | None = None, page: int = 1
) -> list[DeckView]:
    """One page of all decks (counted from 1), of these meetings or of all; newest meeting first."""
    statement = _decks(actor).order_by(*_NEWEST_MEETING_FIRST).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    if meeting_ids is not None:
        statement = statement.where(Deck.meeting_id.in_(meeting_ids))
    return _read_decks(session, statement)


def read_decks(
    session: Session, actor: Actor, after: Place | None, most: int, meeting_id: int | None = None
) -> Slice[DeckView]:
    """So many decks after a place, those of the newest meeting first. Three statements."""
    statement = _decks(actor)
    if meeting_id is not None:
        statement = statement.where(Deck.meeting_id == meeting_id)
    order = (
        By(Meeting.held_on, date, True),
        By(Meeting.id, int, True),
        By(Deck.position, int),
        By(Deck.id, int),
    )
    found = read_slice(session, statement, order, after, most)
    return Slice(tuple(_view_decks(session, found.rows)), found.last)


def list_decks_of_items(session: Session, actor: Actor, item_ids: Collection[int]) -> list[DeckView]:
    """The decks of these items, in their order."""
    if not item_ids:
        return []
    own = _decks(actor).where(Deck.item_id.in_(item_ids)).order_by(Deck.position, Deck.id)
    return _read_decks(session, own.limit(MOST_PAGES))


def count_decks(session: Session, actor: Actor) -> list[MeetingCount]:
    """How many decks each meeting has, newest meeting first; only meetings that have any."""
    rows = session.execute(
        select(Deck.meeting_id, func.count())
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .where(visible_to(actor))
        .group_by(Deck.meeting_id, Meeting.held_on, Meeting.id)
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
    ).all()
    meetings = get_meeting_line(session, [row.meeting_id for row in rows], SYSTEM)
    return [MeetingCount(meetings[meeting_id], count) for meeting_id, count in rows]


# --- pages


def list_pages(session: Session, deck: DeckView, revision: RevisionView | None = None) -> list[PageLine]:
    """The pages that are shown of a deck that was found, or of another of its versions, in order."""
    shown = revision or deck.current
    if shown is None:
        return []
    rows = session.execute(
        select(SlidePage.number, SlidePage.title)
        .where(SlidePage.revision_id == shown.id)
        .order_by(SlidePage.number)
        .limit(MOST_PAGES)
    )
    return [PageLine(**row._mapping) for row in rows]


def find_unreadable_pages(session: Session, deck: DeckView) -> Unreadable:
    """What who sent the file may do better, so that all can hear, find and read it. One statement."""
    file = deck.current
    if file is None:
        return Unreadable()
    is_untitled = and_(SlidePage.has_text, or_(~SlidePage.is_titled, SlidePage.title == ""))
    lacks = or_(
        ~SlidePage.has_text,
        is_untitled,
        SlidePage.pictures_without_alt > 0,
        SlidePage.smallest_type < SMALLEST_TYPE,
    )
    rows = session.execute(
        select(
            SlidePage.number,
            SlidePage.has_text,
            is_untitled.label("is_untitled"),
            SlidePage.pictures_without_alt,
            func.coalesce(SlidePage.smallest_type < SMALLEST_TYPE, False).label("is_tiny"),
        )
        .where(SlidePage.revision_id == file.id, lacks)
        .order_by(SlidePage.number)
        .limit(MOST_PAGES)
    ).all()
    said = file.declared_language.partition("-")[0].lower()
    return Unreadable(
        without_text=tuple(row.number for row in rows if not row.has_text),
        without_title=tuple(row.number for row in rows if row.is_untitled),
        without_alt=tuple(row.number for row in rows if row.pictures_without_alt),
        tiny=tuple(row.number for row in rows if row.is_tiny),
        has_no_title=not file.own_title,
        has_no_language=not said,
        other_language=said if said and said != deck.language else "",
        is_untagged=file.is_tagged is False,
    )


def find_page(
    session: Session, actor: Actor, deck: DeckView, number: int, revision: RevisionView | None = None
) -> PageView | None:
    """One page of a deck that was found for the actor, as it is shown or as it was in another version."""
    shown = revision or deck.current
    if shown is None or not 0 < number <= MOST_PAGES:
        return None
    row = session.execute(
        select(
            SlidePage.number,
            SlidePage.title,
            SlidePage.text,
            (SlidePage.notes if may_read_notes(actor, deck) else literal("")).label("notes"),
            SlidePage.has_text,
            SlidePage.is_machine_read,
            SlidePage.width,
            SlidePage.height,
        ).where(SlidePage.revision_id == shown.id, SlidePage.number == number)
    ).one_or_none()
    return PageView(**row._mapping) if row is not None else None


def has_notes(session: Session, deck: DeckView) -> bool:
    """Whether the file that is shown holds notes, read by whomever."""
    if deck.current is None:
        return False
    own = select(SlidePage.id).where(SlidePage.revision_id == deck.current.id, SlidePage.notes != "")
    return session.scalar(own.limit(1)) is not None


def find_page_id(session: Session, deck: DeckView, number: int) -> int:
    """The id of a page that was found."""
    shown = deck.current.id if deck.current else None
    return session.scalars(
        select(SlidePage.id).where(SlidePage.revision_id == shown, SlidePage.number == number)
    ).one()


def find_picture(
    session: Session, actor: Actor, deck_id: int, number: int, is_small: bool, version: int | None = None
) -> StoredFile | None:
    """The picture or the thumbnail of a page, as shown or of that version."""
    if version is not None and not 0 < version <= MOST_PAGES:
        return None
    if not (0 < deck_id <= _LARGEST_ID and 0 < number <= MOST_PAGES):
        return None
    row = session.execute(
        select(
            (SlidePage.thumbnail_key if is_small else SlidePage.picture_key).label("key"),
            visible_to(STRANGER).label("is_public"),
            SlidePage.revision_id,
        )
        .join(DeckRevision, DeckRevision.id == SlidePage.revision_id)
        .join(Deck, _is_version(version))
        .where(Deck.id == deck_id, SlidePage.number == number, visible_to(actor))
    ).one_or_none()
    return StoredFile(**row._mapping) if row is not None else None


def _is_version(version: int | None) -> ColumnElement[bool]:
    """What joins a deck and its version: the one that is shown, or of this number if it can be read."""
    if version is None:
        return Deck.current_revision_id == DeckRevision.id
    return and_(
        DeckRevision.deck_id == Deck.id, DeckRevision.number == version, DeckRevision.state == "ready"
    )


def find_file(
    session: Session, actor: Actor, deck_id: int, version: int | None = None, is_pdf: bool = False
) -> StoredDeck | None:
    """The file whose pages are shown, or of that version: as it was sent, or as the PDF made of it."""
    if not 0 < deck_id <= _LARGEST_ID or (version is not None and not 0 < version <= MOST_PAGES):
        return None
    row = session.execute(
        select(
            (DeckRevision.pdf_key if is_pdf else DeckRevision.file_key).label("key"),
            visible_to(STRANGER).label("is_public"),
            DeckRevision.id.label("revision_id"),
            DeckRevision.filename,
            DeckRevision.kind,
            (DeckRevision.pdf_size if is_pdf else DeckRevision.size).label("size"),
        )
        .join(Deck, _is_version(version))
        .where(Deck.id == deck_id, visible_to(actor))
    ).one_or_none()
    if row is None or row.key is None:
        return None
    if is_pdf:
        stem = row.filename.rpartition(".")[0]
        return StoredDeck(row.key, row.is_public, row.revision_id, f"{stem}.pdf", "pdf", row.size)
    return StoredDeck(**row._mapping)


# --- versions, and what was taken away


def is_open_to_change(session: Session, actor: Actor, deck: DeckView) -> bool:
    """Whether the actor may change a deck that was found: staff, and who speaks at its item."""
    own = list_own_item_ids(session, actor, deck.meeting.id)
    return may_add_deck_at(actor, deck.item_id, own)


def list_versions(session: Session, actor: Actor, deck: DeckView) -> list[RevisionView]:
    """The versions of a deck that was found, the newest first. What waits, is being read or was refused
    concerns only who may send a better one."""
    readable = DeckRevision.state.in_(("ready", "withdrawn"))
    shown = () if is_open_to_change(session, actor, deck) else (readable,)
    rows = session.scalars(
        select(DeckRevision)
        .where(DeckRevision.deck_id == deck.id, *shown)
        .order_by(DeckRevision.number.desc())
        .limit(MOST_PAGES)
    )
    return [version for row in rows if (version := _revision(row))]


def read_versions(session: Session, versions: Iterable[RevisionView]) -> dict[int, list[PageWords]]:
    """{version id: its pages' words, in order}; one statement."""
    ids = [version.id for version in versions]
    rows = session.execute(
        select(
            SlidePage.revision_id,
            SlidePage.number,
            SlidePage.title,
            SlidePage.text,
            SlidePage.picture_mark,
        )
        .where(SlidePage.revision_id.in_(ids))
        .order_by(SlidePage.revision_id, SlidePage.number)
        .limit(MOST_PAGES)
    )
    found: dict[int, list[PageWords]] = {one: [] for one in ids}
    for revision_id, *words in rows:
        found[revision_id].append(PageWords(*words))
    return found


def find_tombstone(session: Session, actor: Actor, deck_id: int) -> Tombstone | None:
    """What stands in the place of a deck that the actor could have seen and that was taken away."""
    if not 0 < deck_id <= _LARGEST_ID:
        return None
    deck = session.scalars(select(Deck).where(Deck.id == deck_id, tombstones_visible_to(actor))).one_or_none()
    if deck is None or deck.withdrawn_at is None:
        return None
    meeting = get_meeting_line(session, {deck.meeting_id}, SYSTEM)[deck.meeting_id]
    own = list_own_item_ids(session, actor, deck.meeting_id)
    is_open = not deck.is_emptied and may_put_back(actor, deck.withdrawn_by_speaker, deck.item_id, own)
    return Tombstone(
        deck.id, deck.title, deck.language, meeting, deck.withdrawn_at, deck.withdrawn_why, is_open
    )


# --- for the search


def list_page_documents(session: Session, ids: Sequence[int] | None) -> Iterator[PageDocument]:
    """The words of these pages, or of all (None), for the search index; only of versions that are shown."""
    on_page = select(DeckTheme.theme_id).where(
        DeckTheme.deck_id == Deck.id, DeckTheme.number.in_((0, SlidePage.number)), DeckTheme.is_accepted
    )
    themes = func.array(on_page.correlate(Deck, SlidePage).scalar_subquery())
    statement = (
        select(
            SlidePage.id,
            SlidePage.title,
            SlidePage.text,
            Deck.title.label("deck_title"),
            Deck.language,
            Deck.item_id,
            Deck.meeting_id,
            themes.label("theme_ids"),
            extract("year", Meeting.held_on).label("year"),
        )
        .join(Deck, Deck.current_revision_id == SlidePage.revision_id)
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .order_by(SlidePage.id)
        .execution_options(yield_per=_BATCH)
    )
    shown_with = select(Deck.item_id).where(Deck.item_id.is_not(None))
    if ids is not None:
        statement = statement.where(SlidePage.id.in_(ids))
        of_pages = select(SlidePage.revision_id).where(SlidePage.id.in_(ids))
        shown_with = shown_with.where(Deck.current_revision_id.in_(of_pages))
    parts = _parts_by_item(session, and_(Appearance.item_id.in_(shown_with), in_force(Appearance)))
    for row in session.execute(statement):
        people = parts.get(row.item_id, [])
        yield PageDocument(
            id=row.id,
            title=row.title,
            text=row.text,
            deck_title=row.deck_title,
            people=", ".join(dict.fromkeys(word for part in people for word in part[:2] if word)),
            organisation_ids=tuple(dict.fromkeys(part[2] for part in people if part[2])),
            person_ids=tuple(dict.fromkeys(part[3] for part in people if part[0] and part[3])),
            theme_ids=tuple(row.theme_ids),
            language=row.language,
            year=int(row.year),
            meeting_id=row.meeting_id,
        )


def _parts_by_item(session: Session, condition: ColumnElement[bool]) -> dict[int, list[Row[Any]]]:
    parts: dict[int, list[Row[Any]]] = {}
    rows = session.execute(
        select(
            Appearance.person_name,
            Appearance.organisation_name,
            Appearance.organisation_id,
            Appearance.person_id,
            Appearance.item_id,
        )
        .where(condition)
        .order_by(Appearance.position, Appearance.id)
    )
    for row in rows:
        parts.setdefault(row.item_id, []).append(row)
    return parts


def list_page_ids_of_items(session: Session, item_ids: Collection[int]) -> list[int]:
    """The shown pages of the decks of these items: told of anew when their speakers change."""
    return list(
        session.scalars(
            select(SlidePage.id)
            .join(Deck, Deck.current_revision_id == SlidePage.revision_id)
            .where(Deck.item_id.in_(item_ids))
            .order_by(SlidePage.id)
        )
    )


def list_page_ids_of_meeting(session: Session, meeting_id: int) -> list[int]:
    """The shown pages of all decks of a meeting: told of anew when its day changes."""
    return list(
        session.scalars(
            select(SlidePage.id)
            .join(Deck, Deck.current_revision_id == SlidePage.revision_id)
            .where(Deck.meeting_id == meeting_id)
            .order_by(SlidePage.id)
        )
    )
