"""Reading uploaded decks, beside the requests."""

import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from app.core.documents.limits import Kind, Refused
from app.core.documents.pages import Document
from app.core.documents.reading import read_document
from app.core.jobs import Tools, job
from app.core.storage import Storage
from app.domain.presentations.service import (
    finish_reading,
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
