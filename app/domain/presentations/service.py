"""The verbs of decks, and the steps by which a file becomes pages."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.documents import limits as documents
from app.core.documents.check import check_upload
from app.core.documents.limits import LIMITS, Kind, Limits
from app.core.documents.marks import mark_picture
from app.core.documents.pages import PDF_NAME, Document, picture_name, thumbnail_name
from app.core.documents.scans import find_scan_reader
from app.core.documents.wording import clean_line
from app.core.events import announce
from app.core.jobs import defer
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.core.storage import Storage
from app.core.text import CPR_NUMBER
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.roles import list_own_item_ids
from app.domain.presentations.events import DeckAdded, DeckPagesChanged
from app.domain.presentations.models import Deck, DeckRevision, DeckTheme, SlidePage
from app.domain.presentations.policy import (
    may_add_deck_at,
    may_add_decks,
    may_add_decks_somewhere,
    may_put_back,
    tombstones_visible_to,
    visible_to,
)
from app.domain.presentations.schemas import Access, DeckEdit, DeckInput, DeckRecord

_LONGEST_NAME = 150
_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)


# --- decks


def add_deck(session: Session, actor: Actor, given: DeckInput) -> Deck:
    """A new deck, yet without a file. Refused with `unknown_deck_item` when it is not on the programme."""
    seen = select(Meeting.id).where(Meeting.id == given.meeting_id, meetings.visible_to(actor))
    if session.scalars(seen).one_or_none() is None:
        raise NotFound
    _check_right(session, actor, given.meeting_id, given.item_id)
    _check_item(session, given.meeting_id, given.item_id)
    return _add(session, actor, uuid4().hex, given.model_dump())


def put_deck(session: Session, actor: Actor, given: DeckRecord) -> Deck:
    """The archive's deck, added unless the meeting has one under its key already; that one stays as it is."""
    require(may_add_decks(actor))
    known = session.scalars(
        select(Deck).where(Deck.meeting_id == given.meeting_id, Deck.key == given.key)
    ).one_or_none()
    if known is not None:
        return known
    _check_item(session, given.meeting_id, given.item_id)
    return _add(session, actor, given.key, given.model_dump(exclude={"key"}))


def edit_deck(session: Session, actor: Actor, deck_id: int, given: DeckEdit) -> Deck:
    """Change what stands about a deck. Refused with `stale` when somebody changed it in the meantime."""
    deck = lock_own_deck(session, actor, deck_id)
    _check_right(session, actor, deck.meeting_id, given.item_id)
    if deck.version != given.version:
        raise Refused("stale")
    _check_item(session, deck.meeting_id, given.item_id)
    after = given.model_dump(exclude={"version"})
    before = {name: getattr(deck, name) for name in after}
    for name, value in after.items():
        setattr(deck, name, value)
    deck.version += 1
    record(session, actor, "edit", "deck", deck.id, before=before, after=after)
    announce(session, DeckPagesChanged(deck.id, _page_ids(session, deck.current_revision_id)))
    return deck


def open_deck_to(session: Session, actor: Actor, deck_id: int, access: Access) -> None:
    """Say who may see a deck; nothing happens where they may already, and no others."""
    deck = lock_own_deck(session, actor, deck_id)
    if deck.access == access:
        return
    before, deck.access = {"access": deck.access}, access
    deck.version += 1
    record(session, actor, "edit", "deck", deck.id, before=before, after={"access": access})
    announce(session, DeckPagesChanged(deck.id, _page_ids(session, deck.current_revision_id)))


def show_notes(session: Session, actor: Actor, deck_id: int, shows: bool) -> None:
    """Say whether the speaker's notes may be read beside the pages; nothing happens where it is so."""
    deck = lock_own_deck(session, actor, deck_id)
    if deck.shows_notes == shows:
        return
    before, deck.shows_notes = {"shows_notes": deck.shows_notes}, shows
    deck.version += 1
    record(session, actor, "edit", "deck", deck.id, before=before, after={"shows_notes": shows})


def withdraw_deck(session: Session, actor: Actor, deck_id: int, why: str, for_good: bool = False) -> None:
    """Take a deck away: nobody sees its pages and files any more, a tombstone with the reason stays.

    It can be put back until it is emptied, when it has lain for its period; `for_good`: it is emptied now.
    """
    deck = lock_own_deck(session, actor, deck_id)
    gone = _page_ids(session, deck.current_revision_id)
    deck.laid_revision_id, deck.current_revision_id = deck.current_revision_id, None
    deck.withdrawn_at, deck.withdrawn_by_id, deck.withdrawn_why = now(), actor.user_id, why
    deck.withdrawn_by_speaker = not actor.is_staff
    deck.version += 1
    session.flush()
    record(session, actor, "withdraw", "deck", deck.id, after={"why": why, "for_good": for_good})
    announce(session, DeckPagesChanged(deck.id, gone))
    if for_good:
        _empty_deck(session, deck)


def put_back_deck(session: Session, actor: Actor, deck_id: int) -> Deck:
    """Show a withdrawn deck again, as it was. Raises NotFound and NotAllowed. Refused: bin_emptied."""
    deck = session.scalars(
        select(Deck).where(Deck.id == deck_id, tombstones_visible_to(actor)).with_for_update(of=Deck)
    ).one_or_none()
    if deck is None:
        raise NotFound
    own = list_own_item_ids(session, actor, deck.meeting_id)
    require(may_put_back(actor, deck.withdrawn_by_speaker, deck.item_id, own))
    if deck.is_emptied:
        raise Refused("bin_emptied")
    before = {"why": deck.withdrawn_why}
    deck.current_revision_id, deck.laid_revision_id = deck.laid_revision_id, None
    deck.withdrawn_at = deck.withdrawn_by_id = None
    deck.withdrawn_why, deck.withdrawn_by_speaker = "", False
    deck.version += 1
    session.flush()
    record(session, actor, "put_back", "deck", deck.id, before=before)
    announce(session, DeckPagesChanged(deck.id, _page_ids(session, deck.current_revision_id)))
    return deck


def empty_withdrawn_decks(session: Session, before: datetime, most: int) -> int:
    """Delete the files and pages of decks that were withdrawn before then, at most so many; how many."""
    due = select(Deck).where(Deck.withdrawn_at < before, ~Deck.is_emptied).order_by(Deck.id).limit(most)
    decks = session.scalars(due.with_for_update(of=Deck, skip_locked=True)).all()
    for deck in decks:
        _empty_deck(session, deck)
    return len(decks)


def _empty_deck(session: Session, deck: Deck) -> None:
    deck.laid_revision_id, deck.is_emptied = None, True
    session.flush()
    for revision in session.scalars(_revisions_of(deck.id)):
        _empty(session, revision)
    session.execute(delete(DeckTheme).where(DeckTheme.deck_id == deck.id))


def withdraw_revision(session: Session, actor: Actor, deck_id: int, number: int) -> None:
    """Take an old version away; Refused with `deck_version_shown` for the one that is shown."""
    deck = lock_own_deck(session, actor, deck_id)
    revision = session.scalars(_revisions_of(deck.id).where(DeckRevision.number == number)).one_or_none()
    if revision is None or revision.state == "withdrawn":
        raise NotFound
    if revision.id == deck.current_revision_id or revision.state in ("waiting", "reading"):
        raise Refused("deck_version_shown")
    _empty(session, revision)
    record(session, actor, "withdraw_revision", "deck", deck.id, before={"number": number})


def _revisions_of(deck_id: int) -> Select[tuple[DeckRevision]]:
    return select(DeckRevision).where(DeckRevision.deck_id == deck_id).order_by(DeckRevision.number)


def _empty(session: Session, revision: DeckRevision) -> None:
    """Its pages go now, its files when the transaction is committed."""
    session.execute(delete(SlidePage).where(SlidePage.revision_id == revision.id))
    revision.state, revision.pdf_key, revision.pdf_size = "withdrawn", None, None
    defer(session, "presentations.remove_files", folder=folder_of(revision.file_key))


def folder_of(file_key: str) -> str:
    """Where all files of a version lie."""
    return file_key.rpartition("/")[0]


def _add(session: Session, actor: Actor, key: str, values: dict[str, Any]) -> Deck:
    last = session.scalar(select(func.max(Deck.position)).where(Deck.meeting_id == values["meeting_id"]))
    deck = Deck(**values, key=key, position=(last or 0) + 1, created_at=now())
    session.add(deck)
    session.flush()
    record(session, actor, "add", "deck", deck.id, after=values)
    announce(session, DeckAdded(deck.id))
    return deck


def _check_item(session: Session, meeting_id: int, item_id: int | None) -> None:
    if item_id is None:
        return
    item = session.get(AgendaItem, item_id)
    if item is None or item.meeting_id != meeting_id:
        raise Refused("unknown_deck_item")


def _check_right(session: Session, actor: Actor, meeting_id: int, item_id: int | None) -> None:
    """Raises NotAllowed unless the actor may have decks at this item."""
    own = frozenset[int]() if may_add_decks(actor) else list_own_item_ids(session, actor, meeting_id)
    require(may_add_deck_at(actor, item_id, own))


def _lock_deck(session: Session, deck_id: int) -> Deck:
    """The deck, held so that what happens to it happens one after the other."""
    deck = session.get(Deck, deck_id, with_for_update=True)
    if deck is None:
        raise NotFound
    return deck


def lock_own_deck(session: Session, actor: Actor, deck_id: int) -> Deck:
    """The same for who may change it. Raises NotFound and NotAllowed."""
    require(may_add_decks_somewhere(actor))
    deck = session.scalars(
        select(Deck).where(Deck.id == deck_id, visible_to(actor)).with_for_update(of=Deck)
    ).one_or_none()
    if deck is None:
        raise NotFound
    _check_right(session, actor, deck.meeting_id, deck.item_id)
    return deck


def _page_ids(session: Session, revision_id: int | None) -> tuple[int, ...]:
    return tuple(
        session.scalars(
            select(SlidePage.id).where(SlidePage.revision_id == revision_id).order_by(SlidePage.number)
        )
    )


# --- files


def check_file(path: Path, filename: str, limits: Limits = LIMITS) -> Kind:
    """What the file is. Refused with `file_…` and the reader's code (see app.core.documents.limits).

    A name that holds a CPR number is refused too: it would stand on the page for all to read.
    """
    if CPR_NUMBER.search(filename):
        raise Refused("file_cpr_number")
    try:
        return check_upload(path, filename, limits)
    except documents.Refused as refused:
        raise Refused(f"file_{refused.code}") from refused


def add_revision(
    session: Session,
    actor: Actor,
    storage: Storage,
    deck_id: int,
    path: Path,
    filename: str,
    limits: Limits = LIMITS,
) -> DeckRevision:
    """A new version of the deck, to be read into pages when this transaction is committed.

    Until then the version before it is shown. The file is stored first: if the transaction is rolled back
    it is left behind under a key that nothing names, which harms nobody. Raises Refused as `check_file` does.
    """
    deck = lock_own_deck(session, actor, deck_id)
    kind = check_file(path, filename, limits)
    last = session.scalar(select(func.max(DeckRevision.number)).where(DeckRevision.deck_id == deck.id))
    file_key = f"decks/{deck.id}/{uuid4().hex}/original.{kind}"
    storage.put(file_key, path)
    revision = DeckRevision(
        deck_id=deck.id,
        number=(last or 0) + 1,
        filename=clean_filename(filename, kind),
        kind=kind,
        size=path.stat().st_size,
        sha256=_hash(path),
        file_key=file_key,
        state="waiting",
        uploaded_by_id=actor.user_id,
        created_at=now(),
    )
    session.add(revision)
    session.flush()
    facts = {name: getattr(revision, name) for name in ("number", "filename", "kind", "size", "sha256")}
    record(session, actor, "add_revision", "deck", deck.id, after=facts)
    _defer_reading(session, revision.id)
    return revision


def read_again(session: Session, actor: Actor, deck_id: int) -> None:
    """Have the newest version read once more, where its reading was left behind. Else nothing happens."""
    deck = lock_own_deck(session, actor, deck_id)
    revision = session.scalars(
        select(DeckRevision)
        .where(DeckRevision.deck_id == deck.id)
        .order_by(DeckRevision.number.desc())
        .limit(1)
    ).one_or_none()
    if revision is None or revision.state not in ("waiting", "reading"):
        return
    record(session, actor, "read_again", "deck", deck.id, after={"number": revision.number})
    _defer_reading(session, revision.id)


def clean_filename(sent: str, kind: Kind) -> str:
    """The sent name without folders and what cannot be seen, ending as the file really is."""
    stem = clean_line(_FOLDERS.sub("", sent), 1000).rpartition(".")[0].strip(" .")
    return f"{stem[:_LONGEST_NAME] or 'oplaeg'}.{kind}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _defer_reading(session: Session, revision_id: int) -> None:
    name = "presentations.read"
    defer(session, name, once=f"{name}:{revision_id}", revision_id=revision_id)


# --- reading


def start_reading(session: Session, revision_id: int) -> DeckRevision | None:
    """The version that is to be read; None when that has been done already, or it is gone."""
    revision = session.get(DeckRevision, revision_id, with_for_update=True)
    if revision is None or revision.state not in ("waiting", "reading"):
        return None
    revision.state, revision.pages_read, revision.page_count = "reading", 0, None
    return revision


def note_progress(session: Session, revision_id: int, pages_read: int, page_count: int) -> None:
    """Tell how far the reading has come."""
    session.execute(
        update(DeckRevision)
        .where(DeckRevision.id == revision_id, DeckRevision.state == "reading")
        .values(pages_read=pages_read, page_count=page_count)
    )


def name_pictures(file_key: str, number: int) -> tuple[str, str]:
    """Where the picture and the thumbnail of a page lie: beside the file that they were made from."""
    folder = folder_of(file_key)
    return f"{folder}/{picture_name(number)}", f"{folder}/{thumbnail_name(number)}"


def name_pdf(file_key: str) -> str:
    """Where the PDF that was made of slides lies."""
    return f"{folder_of(file_key)}/{PDF_NAME}"


def finish_reading(session: Session, revision_id: int, document: Document) -> None:
    """Put the pages in the place of any that a broken reading left, and show this version from now on.

    Nothing happens when another worker has been faster. A newer version that was ready first stays shown.
    Pages without words are then read by machine, where one is installed.
    """
    revision = _lock_revision(session, revision_id)
    if revision is None:
        return
    session.execute(delete(SlidePage).where(SlidePage.revision_id == revision.id))
    session.execute(insert(SlidePage), list(_page_rows(revision, document)))
    revision.state, revision.picture_source = "ready", document.picture_source
    revision.pages_read = revision.page_count = len(document.pages)
    revision.own_title, revision.declared_language = document.own_title, document.declared_language
    revision.is_tagged = document.is_tagged
    if document.pdf is not None:
        revision.pdf_key, revision.pdf_size = name_pdf(revision.file_key), document.pdf.stat().st_size
    if not all(page.has_text for page in document.pages):
        _ask_for_scans(session, revision)
    deck = _lock_deck(session, revision.deck_id)
    shown = deck.current_revision_id or deck.laid_revision_id
    before = session.get(DeckRevision, shown) if shown else None
    facts = {"number": revision.number, "page_count": revision.page_count}
    record(session, SYSTEM, "read", "deck", deck.id, after=facts)
    if before is not None and before.number > revision.number:
        return
    if deck.withdrawn_at is not None:
        # It was taken away while it was being read: this is what is shown if it is put back.
        deck.laid_revision_id = revision.id
        return
    changed = _page_ids(session, before.id if before else None) + _page_ids(session, revision.id)
    deck.current_revision_id = revision.id
    announce(session, DeckPagesChanged(deck.id, changed))


def _ask_for_scans(session: Session, revision: DeckRevision) -> None:
    if find_scan_reader() is None:
        revision.scan_state = "no_reader"
        return
    revision.scan_state = "waiting"
    name = "presentations.read_scans"
    defer(session, name, once=f"{name}:{revision.id}", revision_id=revision.id)


def finish_scans(session: Session, revision_id: int, texts: dict[int, str]) -> None:
    """Keep what was read off the pictures of pages ({number: text}). Nothing happens twice."""
    found = session.get(DeckRevision, revision_id)
    if found is None:
        return
    deck = _lock_deck(session, found.deck_id)
    revision = session.get_one(DeckRevision, revision_id, with_for_update=True, populate_existing=True)
    if revision.scan_state != "waiting" or revision.state != "ready":
        return
    revision.scan_state = "done"
    changed = []
    pages = select(SlidePage).where(SlidePage.revision_id == revision.id, ~SlidePage.has_text)
    for page in session.scalars(pages.order_by(SlidePage.number)):
        text = texts.get(page.number, "").strip()
        if text:
            page.text, page.is_machine_read = text, True
            changed.append(page.id)
    record(session, SYSTEM, "read_scans", "deck", deck.id, after={"pages": len(changed)})
    if deck.current_revision_id == revision.id:
        announce(session, DeckPagesChanged(deck.id, tuple(changed)))


def refuse_revision(session: Session, revision_id: int, code: str) -> None:
    """Note why the file could not be read; the version before it stays shown."""
    revision = _lock_revision(session, revision_id)
    if revision is None:
        return
    revision.state, revision.refusal = "refused", code
    facts = {"number": revision.number, "refusal": code}
    record(session, SYSTEM, "refuse", "deck", revision.deck_id, after=facts)


def _lock_revision(session: Session, revision_id: int) -> DeckRevision | None:
    """The version while it is being read, with its deck held; None when it is read or gone."""
    deck_id = session.scalar(select(DeckRevision.deck_id).where(DeckRevision.id == revision_id))
    if deck_id is None:
        return None
    _lock_deck(session, deck_id)
    revision = session.get(DeckRevision, revision_id, with_for_update=True, populate_existing=True)
    return revision if revision is not None and revision.state == "reading" else None


def _page_rows(revision: DeckRevision, document: Document) -> Iterable[dict[str, Any]]:
    for page in document.pages:
        picture_key, thumbnail_key = name_pictures(revision.file_key, page.number)
        yield {
            "revision_id": revision.id,
            "number": page.number,
            "title": page.title,
            "text": page.text,
            "notes": page.notes,
            "has_text": page.has_text,
            "is_titled": page.is_titled,
            "pictures_without_alt": page.pictures_without_alt,
            "smallest_type": page.smallest_type,
            "picture_key": picture_key,
            "thumbnail_key": thumbnail_key,
            "width": page.width,
            "height": page.height,
            "picture_mark": mark_picture(page.thumbnail),
        }
