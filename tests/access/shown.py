"""What there is of decks besides their pages: versions, tombstones, themes, and many taken over together."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.storage import Storage
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, MeetingRole
from app.domain.presentations import batches
from app.domain.presentations.models import Deck, DeckRevision, SlidePage
from app.domain.presentations.service import name_pictures, withdraw_deck, withdraw_revision
from tests.core.documents.samples import make_pdf
from tests.decks import add_read_deck, add_revision_row
from tests.people import People

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]

LIST = "fil;møde\r\neksempel.pdf;10\r\n"


def show_things(session: Session, people: People, meeting: Meeting, storage: Storage) -> Things:
    """Decks of the meeting in two versions, of which the old one is asked for."""
    decks = {
        f"old {access} version": _add_two(session, meeting, storage, access)
        for access in ("public", "participants", "staff")
    }
    things: dict[str, Place] = {
        name: {"deck_id": deck.id, "version": 1, "number": 1} for name, deck in decks.items()
    }
    gone = _add_two(session, meeting, storage, "public")
    withdraw_revision(session, people.staff, gone.id, 1)
    things["withdrawn version"] = {"deck_id": gone.id, "version": 1, "number": 1}
    things["version that is shown"] = things["old public version"] | {"version": 2}
    for access in ("public", "participants", "staff"):
        deck = add_read_deck(session, meeting, storage=storage, access=access)
        withdraw_deck(session, people.staff, deck.id, "Lagt op ved en fejl")
        things[f"withdrawn {access} deck"] = {"deck_id": deck.id, "version": 1, "number": 1}
    for access in ("public", "participants", "staff"):
        things[f"{access} slides"] = {"deck_id": _add_slides(session, meeting, storage, access).id}
    things["deck of the own talk"] = {"deck_id": _add_own(session, people, storage).id, "version": 1}
    things |= _take_over(session, people, storage)
    return things, {name: {"why": "Lagt op ved en fejl"} for name in things}


def _add_two(session: Session, meeting: Meeting, storage: Storage, access: str) -> Deck:
    deck = add_read_deck(session, meeting, storage=storage, access=access)
    newer = add_revision_row(
        session, deck, 2, state="ready", page_count=1, pages_read=1, picture_source="pdf"
    )
    storage.put(newer.file_key, b"%PDF-original")
    pictures: Sequence[str] = name_pictures(newer.file_key, 1)
    for key in pictures:
        storage.put(key, b"billede")
    page = {"title": "Ny", "text": "Ny", "has_text": True, "width": 960, "height": 540}
    picture, small = pictures
    session.add(SlidePage(revision_id=newer.id, number=1, picture_key=picture, thumbnail_key=small, **page))
    deck.current_revision_id = newer.id
    session.flush()
    return deck


def _add_slides(session: Session, meeting: Meeting, storage: Storage, access: str) -> Deck:
    """Sent as PPTX: the PDF that was made of it lies beside it."""
    deck = add_read_deck(session, meeting, storage=storage, access=access)
    revision = session.get_one(DeckRevision, deck.current_revision_id)
    revision.kind, revision.filename = "pptx", "oplæg.pptx"
    revision.pdf_key, revision.pdf_size = f"{revision.file_key}.pdf", len(b"%PDF-made")
    storage.put(revision.pdf_key, b"%PDF-made")
    session.flush()
    return deck


def _add_own(session: Session, people: People, storage: Storage) -> Deck:
    """A public deck at the item at which the vendor speaks."""
    speaker = select(MeetingRole).where(
        MeetingRole.user_id == people.vendor.user_id, MeetingRole.role == "speaker"
    )
    role = session.scalars(speaker).one()
    item = session.scalars(
        select(AgendaItem).join(Appearance).where(Appearance.person_id == role.person_id)
    ).one()
    meeting = session.get_one(Meeting, role.meeting_id)
    return add_read_deck(session, meeting, storage=storage, item=item, access="public")


def _take_over(session: Session, people: People, storage: Storage) -> dict[str, Place]:
    with TemporaryDirectory() as folder:
        pdf = make_pdf(Path(folder) / "eksempel", [("Eksempel", ["Et eksempel"])])
        path = Path(folder) / "mange.zip"
        with ZipFile(path, "w") as archive:
            archive.write(pdf, "eksempel.pdf")
            archive.writestr("liste.csv", LIST)
        batch = batches.add_batch(session, people.staff, storage, path, "mange.zip")
    return {"batch of decks": {"batch_id": batch.id}}
