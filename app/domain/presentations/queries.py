"""Reading decks, their pages and their files; always what the actor may see."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, extract, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.policy import STRANGER, SYSTEM, Actor
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.policy import in_force
from app.domain.meetings.queries import MeetingLine, PartView, get_meeting_line, list_appearances
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.policy import visible_to

PER_PAGE = 30
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
    """Numbers of pages: pictures without words, and those with words but no title."""

    without_text: tuple[int, ...]
    without_title: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """One page. Sizes of its picture in pixels."""

    number: int
    title: str
    text: str
    has_text: bool
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
    rows = session.execute(statement).all()
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


def list_pages(session: Session, deck: DeckView) -> list[PageLine]:
    """The pages that are shown of a deck that was found, in order."""
    if deck.current is None:
        return []
    rows = session.execute(
        select(SlidePage.number, SlidePage.title)
        .where(SlidePage.revision_id == deck.current.id)
        .order_by(SlidePage.number)
        .limit(MOST_PAGES)
    )
    return [PageLine(**row._mapping) for row in rows]


def find_unreadable_pages(session: Session, deck: DeckView) -> Unreadable:
    """The shown pages that nobody can search, hear or tell apart: without text, and else without title."""
    if deck.current is None:
        return Unreadable((), ())
    rows = session.execute(
        select(SlidePage.number, SlidePage.has_text)
        .where(SlidePage.revision_id == deck.current.id, or_(~SlidePage.has_text, SlidePage.title == ""))
        .order_by(SlidePage.number)
        .limit(MOST_PAGES)
    ).all()
    return Unreadable(
        tuple(row.number for row in rows if not row.has_text),
        tuple(row.number for row in rows if row.has_text),
    )


def find_page(session: Session, deck: DeckView, number: int) -> PageView | None:
    """One page of a deck that was found."""
    if deck.current is None or not 0 < number <= MOST_PAGES:
        return None
    row = session.execute(
        select(
            SlidePage.number,
            SlidePage.title,
            SlidePage.text,
            SlidePage.has_text,
            SlidePage.width,
            SlidePage.height,
        ).where(SlidePage.revision_id == deck.current.id, SlidePage.number == number)
    ).one_or_none()
    return PageView(**row._mapping) if row is not None else None


def find_picture(
    session: Session, actor: Actor, deck_id: int, number: int, is_small: bool
) -> StoredFile | None:
    """The picture or the thumbnail of a page."""
    if not (0 < deck_id <= _LARGEST_ID and 0 < number <= MOST_PAGES):
        return None
    row = session.execute(
        select(
            (SlidePage.thumbnail_key if is_small else SlidePage.picture_key).label("key"),
            visible_to(STRANGER).label("is_public"),
            SlidePage.revision_id,
        )
        .join(Deck, Deck.current_revision_id == SlidePage.revision_id)
        .where(Deck.id == deck_id, SlidePage.number == number, visible_to(actor))
    ).one_or_none()
    return StoredFile(**row._mapping) if row is not None else None


def find_file(session: Session, actor: Actor, deck_id: int) -> StoredDeck | None:
    """The file whose pages are shown, as it was sent."""
    if not 0 < deck_id <= _LARGEST_ID:
        return None
    row = session.execute(
        select(
            DeckRevision.file_key.label("key"),
            visible_to(STRANGER).label("is_public"),
            DeckRevision.id.label("revision_id"),
            DeckRevision.filename,
            DeckRevision.kind,
            DeckRevision.size,
        )
        .join(Deck, Deck.current_revision_id == DeckRevision.id)
        .where(Deck.id == deck_id, visible_to(actor))
    ).one_or_none()
    return StoredDeck(**row._mapping) if row is not None else None


# --- for the search


def list_page_documents(session: Session, ids: Sequence[int] | None) -> Iterator[PageDocument]:
    """The words of these pages, or of all (None), for the search index; only of versions that are shown."""
    statement = (
        select(
            SlidePage.id,
            SlidePage.title,
            SlidePage.text,
            Deck.title.label("deck_title"),
            Deck.language,
            Deck.item_id,
            Deck.meeting_id,
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
            language=row.language,
            year=int(row.year),
            meeting_id=row.meeting_id,
        )


def _parts_by_item(
    session: Session, condition: ColumnElement[bool]
) -> dict[int, list[tuple[str, str, int | None]]]:
    parts: dict[int, list[tuple[str, str, int | None]]] = {}
    rows = session.execute(
        select(
            Appearance.item_id,
            Appearance.person_name,
            Appearance.organisation_name,
            Appearance.organisation_id,
        )
        .where(condition)
        .order_by(Appearance.position, Appearance.id)
    )
    for item_id, *part in rows:
        parts.setdefault(item_id, []).append((part[0], part[1], part[2]))
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
