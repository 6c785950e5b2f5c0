"""Meetings with decks for tests: rows put straight into the tables, as if the files had been read."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.storage import Storage
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, Series
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.service import name_pictures

_number = count(1)

PageText = tuple[str, str]
TWO_PAGES: Sequence[PageText] = (("Første side", "Første side\nEt punkt"), ("", ""))


def add_meeting_row(
    session: Session, key: str = "10", *, held_on: date = date(2020, 10, 28), is_published: bool = True
) -> Meeting:
    series = session.query(Series).filter_by(key="dialogforum").one_or_none()
    if series is None:
        series = Series(key="dialogforum", name="Dialogforum")
        session.add(series)
        session.flush()
    meeting = Meeting(
        series_id=series.id,
        key=key,
        number=int(key) if key.isdigit() else None,
        title=f"Om emne {key}",
        status="closed",
        held_on=held_on,
        published_at=now() if is_published else None,
        created_at=now(),
    )
    session.add(meeting)
    session.flush()
    return meeting


def add_talk_row(
    session: Session,
    meeting: Meeting,
    title: str = "Status",
    *,
    speaker: str = "Oda Oplæg",
    post: str = "kontorchef",
    employer: str = "Eksempelforeningen",
) -> AgendaItem:
    """A talk with one speaker, as what she was that day."""
    number = next(_number)
    item = AgendaItem(meeting_id=meeting.id, key=f"punkt-{number}", position=number, kind="talk", title=title)
    session.add(item)
    session.flush()
    session.add(
        Appearance(item_id=item.id, position=1, person_name=speaker, title=post, organisation_name=employer)
    )
    session.flush()
    return item


def add_deck_row(
    session: Session,
    meeting: Meeting,
    *,
    item: AgendaItem | None = None,
    title: str = "Et oplæg",
    access: str = "public",
    **values: object,
) -> Deck:
    """A deck that no file has been sent for."""
    number = next(_number)
    deck = Deck(
        meeting_id=meeting.id,
        item_id=item.id if item else None,
        key=f"oplaeg-{number}",
        position=number,
        title=title,
        access=access,
        created_at=now(),
        **values,
    )
    session.add(deck)
    session.flush()
    return deck


def add_revision_row(session: Session, deck: Deck, number: int = 1, **values: object) -> DeckRevision:
    given: dict[str, object] = {
        "filename": "oplæg på ærø.pdf",
        "kind": "pdf",
        "size": len(b"%PDF-original"),
        "sha256": "0" * 64,
        "file_key": f"decks/{deck.id}/{number}/original.pdf",
        "state": "waiting",
        "created_at": now(),
    }
    revision = DeckRevision(deck_id=deck.id, number=number, **(given | values))
    session.add(revision)
    session.flush()
    return revision


def add_read_deck(
    session: Session,
    meeting: Meeting,
    pages: Sequence[PageText] = TWO_PAGES,
    storage: Storage | None = None,
    **values: object,
) -> Deck:
    """A deck with its pages; with a storage, its file and pictures lie there too."""
    deck = add_deck_row(session, meeting, **values)  # type: ignore[arg-type]
    revision = add_revision_row(
        session, deck, state="ready", page_count=len(pages), pages_read=len(pages), picture_source="pdf"
    )
    if storage:
        storage.put(revision.file_key, b"%PDF-original")
    for number, (title, words) in enumerate(pages, 1):
        picture_key, thumbnail_key = name_pictures(revision.file_key, number)
        if storage:
            storage.put(picture_key, f"stort {number}".encode())
            storage.put(thumbnail_key, f"lille {number}".encode())
        session.add(
            SlidePage(
                revision_id=revision.id,
                number=number,
                title=title,
                text=words,
                notes="Kun til oplægsholderen",
                has_text=bool(words),
                picture_key=picture_key,
                thumbnail_key=thumbnail_key,
                width=960,
                height=540,
            )
        )
    deck.current_revision_id = revision.id
    session.flush()
    return deck


def file_fields(path: Path, name: str) -> dict[str, tuple[str, bytes]]:
    """The file of a form, for `Browser.post(…, files=…)`."""
    return {"file": (name, path.read_bytes())}


def list_waiting(session: Session, job: str) -> list[dict[str, Any]]:
    """The arguments of the jobs of this name that wait."""
    rows = session.execute(
        text("select args from procrastinate_jobs where task_name = :name and status = 'todo' order by id"),
        {"name": job},
    )
    return [row.args for row in rows]


def list_entries(session: Session) -> list[tuple[str, int | None, Any, Any]]:
    """The log of decks: verb, user, before, after."""
    rows = session.scalars(select(AuditEntry).where(AuditEntry.thing == "deck").order_by(AuditEntry.id))
    return [(row.verb, row.user_id, row.before, row.after) for row in rows]
