"""Reading uploaded decks, beside the requests."""

import logging
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from sqlalchemy import select

from app.core.clock import now
from app.core.documents.limits import Kind, Refused
from app.core.documents.pages import Document
from app.core.documents.reading import read_document, read_scans
from app.core.jobs import Tools, job
from app.core.policy import SYSTEM
from app.core.storage import Storage
from app.domain.presentations.batches import take_next
from app.domain.presentations.models import DeckBatch, DeckRevision, SlidePage
from app.domain.presentations.service import (
    finish_reading,
    finish_scans,
    folder_of,
    name_pdf,
    name_pictures,
    note_progress,
    refuse_revision,
    start_reading,
)

log = logging.getLogger(__name__)

_TELL_EVERY = 0.5  # seconds between two notes of progress


@job("presentations.read", attempts=3)
def read(tools: Tools, revision_id: int) -> None:
    """Turn an uploaded file into pages with text and pictures.

    Safe to repeat after it was cut off anywhere: pictures have fixed keys, and pages come in one transaction
    at the end. No transaction is open while the file is being read.
    """
    with tools.database.unit() as session:
        revision = start_reading(session, revision_id)
        if revision is None:
            return
        file_key, kind = revision.file_key, cast(Kind, revision.kind)
    with TemporaryDirectory(prefix="dialogforum-deck-") as folder:
        source = Path(folder) / f"original.{kind}"
        try:
            _fetch(tools.storage, file_key, source)
            document = read_document(
                source, kind, Path(folder) / "pages", on_page=_Progress(tools, revision_id)
            )
        except (Refused, _Lost) as reason:
            log.info("deck revision %s refused: %s", revision_id, reason)
            with tools.database.unit() as session:
                refuse_revision(session, revision_id, reason.code)
            return
        _store_pictures(tools.storage, file_key, document)
        with tools.database.unit() as session:
            finish_reading(session, revision_id, document)
    with tools.database.unit() as session:
        state = session.scalar(select(DeckRevision.state).where(DeckRevision.id == revision_id))
    if state == "withdrawn":
        # It was taken away while it was being read.
        remove_files(tools, folder_of(file_key))


@job("presentations.read_scans", attempts=3)
def read_pictures(tools: Tools, revision_id: int) -> None:
    """Read the words off the pages that are only pictures. Safe to repeat."""
    with tools.database.unit() as session:
        revision = session.get(DeckRevision, revision_id)
        if revision is None or revision.scan_state != "waiting" or revision.state != "ready":
            return
        key = revision.file_key if revision.kind == "pdf" else revision.pdf_key or ""
        pages = select(SlidePage.number).where(SlidePage.revision_id == revision_id, ~SlidePage.has_text)
        numbers = list(session.scalars(pages.order_by(SlidePage.number)))
    texts: dict[int, str] = {}
    with TemporaryDirectory(prefix="dialogforum-scans-") as folder:
        source = Path(folder) / "pages.pdf"
        try:
            _fetch(tools.storage, key, source)
            texts = read_scans(source, numbers)
        except _Lost:
            log.info("deck revision %s has no file to read pictures from", revision_id)
    with tools.database.unit() as session:
        finish_scans(session, revision_id, texts)


@job("presentations.remove_files")
def remove_files(tools: Tools, folder: str) -> None:
    """Remove the files of a version that was taken away, its pictures too."""
    for key in list(tools.storage.list_older(folder, now() + timedelta(days=1))):
        tools.storage.delete(key)


class _Lost(Exception):
    """The file is no longer in storage."""

    code = "lost"


def _fetch(storage: Storage, file_key: str, path: Path) -> None:
    try:
        storage.fetch_to(file_key, path)
    except FileNotFoundError as gone:
        raise _Lost(file_key) from gone


class _Progress:
    """Tells how far it has come, each time in a small transaction of its own and not too often."""

    def __init__(self, tools: Tools, revision_id: int) -> None:
        self.tools = tools
        self.revision_id = revision_id
        self.told_at = float("-inf")

    def __call__(self, page: int, of: int) -> None:
        moment = time.monotonic()
        if moment - self.told_at < _TELL_EVERY and page < of:
            return
        self.told_at = moment
        with self.tools.database.unit() as session:
            note_progress(session, self.revision_id, page, of)


def _store_pictures(storage: Storage, file_key: str, document: Document) -> None:
    for page in document.pages:
        picture_key, thumbnail_key = name_pictures(file_key, page.number)
        storage.put(picture_key, page.picture)
        storage.put(thumbnail_key, page.thumbnail)
    if document.pdf is not None:
        storage.put(name_pdf(file_key), document.pdf)


@job("presentations.take_over", attempts=3)
def take_over(tools: Tools, batch_id: int) -> None:
    """Put up the decks of a batch, one a transaction; cut off anywhere it goes on where it was."""
    with tools.database.unit() as session:
        batch = session.get(DeckBatch, batch_id)
        key = batch.file_key if batch is not None and batch.state == "running" else None
    if key is None:
        return
    with TemporaryDirectory(prefix="dialogforum-batch-") as folder:
        path = Path(folder) / "decks.zip"
        _fetch(tools.storage, key, path)
        is_more = True
        while is_more:
            with tools.database.unit() as session:
                is_more = take_next(session, SYSTEM, tools.storage, path, batch_id)
