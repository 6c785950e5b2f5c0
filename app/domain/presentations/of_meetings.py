"""Reading decks from the side of the meetings. Each function sends one statement."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.presentations.models import Deck, DeckRevision
from app.domain.presentations.policy import visible_to

MOST_DECKS = 200


@dataclass(frozen=True, slots=True)
class DeckLine:
    """A deck in the list of its meeting; `page_count` is 0 and `revision_id` None while no page is shown."""

    id: int
    title: str
    note: str
    language: str
    access: str
    item_id: int | None
    revision_id: int | None
    page_count: int
    is_example: bool


def list_deck_lines(session: Session, actor: Actor, meeting_id: int) -> list[DeckLine]:
    """The decks of a meeting that the actor may see, in order."""
    return read(session, deck_lines_of(actor, meeting_id))


def deck_lines_of(actor: Actor, meeting_id: int) -> Asking[list[DeckLine]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_lines_of_meeting(actor), {"of_meeting": meeting_id})
    return [DeckLine(**row._mapping) for row in rows]


@kept
def _lines_of_meeting(actor: Actor) -> Select[Any]:
    return (
        select(
            Deck.id,
            Deck.title,
            Deck.note,
            Deck.language,
            Deck.access,
            Deck.item_id,
            DeckRevision.id.label("revision_id"),
            func.coalesce(DeckRevision.page_count, 0).label("page_count"),
            Deck.is_example,
        )
        .outerjoin(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .where(visible_to(actor), Deck.meeting_id == bindparam("of_meeting"))
        .order_by(Deck.position, Deck.id)
        .limit(MOST_DECKS)
    )


def count_decks_by_meeting(session: Session, actor: Actor) -> dict[int, int]:
    """{meeting id: decks that the actor may see}."""
    rows = session.execute(
        select(Deck.meeting_id, func.count().label("decks"))
        .where(visible_to(actor))
        .group_by(Deck.meeting_id)
    )
    return {row.meeting_id: row.decks for row in rows}


@dataclass(frozen=True, slots=True)
class DeckFile:
    """The file of a deck as it was sent: `file_key` in storage, `size` in bytes."""

    deck_id: int
    title: str
    revision_id: int
    filename: str
    kind: str
    size: int
    file_key: str


def list_deck_files(session: Session, actor: Actor, meeting_id: int) -> list[DeckFile]:
    """The files of a meeting's decks that the actor may fetch, in order; of each the one that is shown."""
    rows = session.execute(
        select(
            Deck.id.label("deck_id"),
            Deck.title,
            DeckRevision.id.label("revision_id"),
            DeckRevision.filename,
            DeckRevision.kind,
            DeckRevision.size,
            DeckRevision.file_key,
        )
        .join(DeckRevision, DeckRevision.id == Deck.current_revision_id)
        .where(visible_to(actor), Deck.meeting_id == meeting_id)
        .order_by(Deck.position, Deck.id)
        .limit(MOST_DECKS)
    )
    return [DeckFile(**row._mapping) for row in rows]
