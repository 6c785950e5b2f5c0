"""Decks of old meetings taken over together: a zip of files, and a list (CSV) of what they are.

First everything is looked at and nothing kept but the zip and what was found; then, when somebody says so,
what was found to be right is put up, one deck a transaction.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final
from uuid import uuid4
from zipfile import ZipInfo

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import clock_of, now
from app.core.documents import limits as documents
from app.core.documents.archives import Archive
from app.core.documents.limits import LIMITS, Limits
from app.core.jobs import defer
from app.core.policy import Actor, NotFound, Refused, require
from app.core.storage import Storage
from app.core.text import RequiredLine, fold
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import ItemView, MeetingView, find_meeting
from app.domain.presentations.models import Deck, DeckBatch, DeckRevision
from app.domain.presentations.policy import may_add_decks
from app.domain.presentations.schemas import DeckInput
from app.domain.presentations.service import add_deck, add_revision, check_file

MOST_ROWS: Final = 1_000
MOST_LIST: Final = 2_000_000
# What the columns of the list may be called, folded.
COLUMNS: Final = {
    "fil": "file",
    "filnavn": "file",
    "moede": "meeting",
    "moedenummer": "meeting",
    "punkt": "item",
    "programpunkt": "item",
    "titel": "title",
    "sprog": "language",
    "adgang": "access",
}
NEEDED: Final = ("file", "meeting")
LANGUAGES: Final = {
    "da": "da", "dansk": "da", "en": "en", "engelsk": "en", "sv": "sv", "svensk": "sv", "nb": "nb",
    "norsk": "nb",
}  # fmt: skip
ACCESSES: Final = {
    "alle": "public", "offentlig": "public", "deltagere": "participants", "sekretariat": "staff",
    "sekretariatet": "staff",
}  # fmt: skip
_TITLE: Final = TypeAdapter(RequiredLine)


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A line of the list. `state`: ok (can be put up), refused, known (stands there already), taken (put up).

    `problem`: the code of a sentence. `meeting` is the key of its address, or what was written.
    """

    line: int
    file: str
    meeting: str
    item: str = ""
    item_id: int | None = None
    title: str = ""
    language: str = "da"
    access: str = "staff"
    state: str = "ok"
    problem: str = ""
    deck_id: int | None = None


@dataclass(frozen=True, slots=True)
class BatchView:
    """Decks taken over together, with what was found of each line."""

    id: int
    filename: str
    state: str
    rows: tuple[TakenRow, ...]

    def count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)


# --- verbs


def add_batch(
    session: Session, actor: Actor, storage: Storage, path: Path, filename: str, listed: bytes | None = None
) -> DeckBatch:
    """Look at a zip and its list and keep both with what was found; nothing is put up yet.

    `listed`: the list, where it is not the one CSV file in the zip. Refused: deck_batch_… codes.
    """
    require(may_add_decks(actor))
    rows = check_batch(session, actor, path, listed)
    key = f"batches/{uuid4().hex}/decks.zip"
    storage.put(key, path)
    batch = DeckBatch(
        filename=PurePosixPath(filename.replace("\\", "/")).name[:150],
        file_key=key,
        state="checked",
        rows=[asdict(row) for row in rows],
        sent_by_id=actor.user_id,
        created_at=now(),
    )
    session.add(batch)
    session.flush()
    record(session, actor, "check", "deck_batch", batch.id, after=_facts(rows))
    return batch


def start_batch(session: Session, actor: Actor, batch_id: int) -> None:
    """Put up what was found to be right; Refused with `deck_batch_started` the second time."""
    require(may_add_decks(actor))
    batch = session.get(DeckBatch, batch_id, with_for_update=True)
    if batch is None:
        raise NotFound
    if batch.state != "checked":
        raise Refused("deck_batch_started")
    batch.state = "running"
    record(session, actor, "start", "deck_batch", batch.id)
    name = "presentations.take_over"
    defer(session, name, once=f"{name}:{batch.id}", batch_id=batch.id)


def drop_batch(session: Session, actor: Actor, batch_id: int) -> None:
    """Forget a zip that was only looked at."""
    require(may_add_decks(actor))
    batch = session.get(DeckBatch, batch_id, with_for_update=True)
    if batch is None:
        raise NotFound
    if batch.state != "checked":
        raise Refused("deck_batch_started")
    defer(session, "presentations.remove_files", folder=batch.file_key.rpartition("/")[0])
    record(session, actor, "drop", "deck_batch", batch.id, before=_facts(_rows(batch)))
    session.delete(batch)


def find_batch(session: Session, actor: Actor, batch_id: int) -> BatchView | None:
    require(may_add_decks(actor))
    batch = session.get(DeckBatch, batch_id) if 0 < batch_id < 2**53 else None
    return BatchView(batch.id, batch.filename, batch.state, _rows(batch)) if batch else None


def list_batches(session: Session, actor: Actor, most: int = 10) -> list[BatchView]:
    """The newest first."""
    require(may_add_decks(actor))
    newest = select(DeckBatch).order_by(DeckBatch.id.desc()).limit(most)
    return [BatchView(one.id, one.filename, one.state, _rows(one)) for one in session.scalars(newest)]


# --- looking


def check_batch(
    session: Session, actor: Actor, path: Path, listed: bytes | None = None, limits: Limits = LIMITS
) -> list[TakenRow]:
    """What would become of each line of the list, and of each file that it does not name. Writes nothing.

    Refused: deck_batch_zip (no zip that may be opened), deck_batch_no_list, deck_batch_columns,
    deck_batch_too_long.
    """
    with _opened(path, limits) as archive:
        entries = {name: entry for entry in archive.entries if (name := _plain_name(entry.filename))}
        lists = [name for name in entries if name.lower().endswith(".csv")]
        if listed is None:
            if len(lists) != 1:
                raise Refused("deck_batch_no_list")
            listed = _read_list(archive, entries[lists[0]])
        rows = list(read_list(listed))
        places = _Places(session, actor)
        checked: list[TakenRow] = []
        seen: set[str] = set()
        with TemporaryDirectory(prefix="dialogforum-batch-") as folder:
            for row in rows:
                found = places.find(row)
                if found.state == "ok":
                    found = _check_entry(session, archive, entries, found, seen, Path(folder), limits)
                checked.append(found)
        named = {row.file.lower() for row in rows}
        for name in entries:
            if name not in lists and name.lower() not in named:
                checked.append(TakenRow(0, name, "", state="refused", problem="deck_row_not_listed"))
    return checked


def names_in(path: Path, limits: Limits = LIMITS) -> set[str]:
    """The files in a zip, in lower case and without folders. Refused: deck_batch_zip."""
    with _opened(path, limits) as archive:
        return {name.lower() for entry in archive.entries if (name := _plain_name(entry.filename))}


def read_list(content: bytes) -> Iterator[TakenRow]:
    """The lines of a list: commas, semicolons or tabs; UTF-8 or what Excel writes on Windows."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\x00" in text:
        raise Refused("deck_batch_columns")
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        names = [COLUMNS.get(fold(name).strip().replace(" ", ""), "") for name in next(lines, [])]
        if not all(name in names for name in NEEDED):
            raise Refused("deck_batch_columns")
        for number, cells in enumerate(lines, start=2):
            if number > MOST_ROWS + 1:
                raise Refused("deck_batch_too_long")
            if any(cell.strip() for cell in cells):
                told = {
                    name: " ".join(cell.split()) for name, cell in zip(names, cells, strict=False) if name
                }
                yield _as_row(number, told)
    except csv.Error as error:
        raise Refused("deck_batch_columns") from error


def _as_row(number: int, told: dict[str, str]) -> TakenRow:
    row = TakenRow(
        number,
        _plain_name(told["file"])[:200],
        told.get("meeting", "")[:200],
        told.get("item", "")[:200],
        title=told.get("title", "") or PurePosixPath(told["file"]).stem.replace("_", " ")[:200],
    )
    language = LANGUAGES.get(fold(told.get("language", "") or "da"))
    access = ACCESSES.get(fold(told.get("access", "") or "sekretariat"))
    if not row.file:
        return _refused(row, "deck_row_no_file")
    if language is None:
        return _refused(row, "deck_row_language")
    if access is None:
        return _refused(row, "deck_row_access")
    try:
        title = _TITLE.validate_python(row.title)
    except ValidationError:
        return _refused(row, "deck_row_title")
    return replace(row, title=title, language=language, access=access)


class _Places:
    """Meetings and their items, each looked up once."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._session = session
        self._actor = actor
        self._meetings: dict[str, MeetingView | None] = {}
        self._items: dict[int, list[ItemView]] = {}

    def find(self, row: TakenRow) -> TakenRow:
        if row.state != "ok":
            return row
        key = row.meeting.rstrip(".").lower()
        if key not in self._meetings:
            self._meetings[key] = find_meeting(self._session, self._actor, key) if key else None
        meeting = self._meetings[key]
        if meeting is None:
            return _refused(row, "deck_row_meeting")
        row = replace(row, meeting=meeting.key)
        if not row.item:
            return row
        if meeting.id not in self._items:
            self._items[meeting.id] = list_draft_items(self._session, meeting.id)
        fitting = [item for item in self._items[meeting.id] if _is_meant(item, row.item)]
        if len(fitting) != 1:
            return _refused(row, "deck_row_item")
        return replace(row, item=fitting[0].title, item_id=fitting[0].id)


def _is_meant(item: ItemView, written: str) -> bool:
    """Whether an item is meant by its title, or by the time it begins at (10.30)."""
    begins = clock_of(item.starts_at)
    if begins is not None and written.replace(":", ".").zfill(5) == f"{begins:%H.%M}":
        return True
    return fold(item.title) == fold(written)


def _check_entry(
    session: Session,
    archive: Archive,
    entries: dict[str, ZipInfo],
    row: TakenRow,
    seen: set[str],
    folder: Path,
    limits: Limits,
) -> TakenRow:
    entry = next((found for name, found in entries.items() if name.lower() == row.file.lower()), None)
    if entry is None:
        return _refused(row, "deck_row_missing")
    path = folder / "deck"
    try:
        _unpack(archive, entry, path, limits)
        check_file(path, row.file, limits)
    except Refused as refusal:
        return _refused(row, refusal.code)
    except documents.Refused as refusal:
        return _refused(row, f"file_{refusal.code}")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    place = f"{row.meeting}/{sha256}"
    if place in seen:
        return _refused(row, "deck_row_twice")
    seen.add(place)
    known = _find_known(session, row.meeting, sha256)
    return replace(row, state="known", deck_id=known) if known else row


def _find_known(session: Session, meeting_key: str, sha256: str) -> int | None:
    """The deck of this meeting that has the very file already."""
    return session.scalars(
        select(Deck.id)
        .join(DeckRevision, DeckRevision.deck_id == Deck.id)
        .join(Meeting, Meeting.id == Deck.meeting_id)
        .where(Meeting.key == meeting_key, DeckRevision.sha256 == sha256, Deck.withdrawn_at.is_(None))
        .order_by(Deck.id)
        .limit(1)
    ).one_or_none()


# --- putting up


def take_row(
    session: Session, actor: Actor, storage: Storage, path: Path, row: TakenRow, sent_by_id: int | None
) -> TakenRow:
    """Put up the deck of one line; refused with a sentence when it cannot be any more."""
    meeting = find_meeting(session, actor, row.meeting)
    if meeting is None:
        return _refused(row, "deck_row_meeting")
    with _opened(path, LIMITS) as archive, TemporaryDirectory(prefix="dialogforum-batch-") as folder:
        entries = {_plain_name(entry.filename): entry for entry in archive.entries}
        found = _check_entry(session, archive, entries, row, set(), Path(folder), LIMITS)
        if found.state != "ok":
            return found
        try:
            given = DeckInput(
                meeting_id=meeting.id,
                item_id=row.item_id,
                title=row.title,
                language=row.language,  # type: ignore[arg-type]
                access=row.access,  # type: ignore[arg-type]
            )
            deck = add_deck(session, actor, given)
            revision = add_revision(session, actor, storage, deck.id, Path(folder) / "deck", row.file)
        except Refused as refusal:
            return _refused(row, refusal.code)
        revision.uploaded_by_id = sent_by_id
    return replace(row, state="taken", deck_id=deck.id)


def take_next(session: Session, actor: Actor, storage: Storage, path: Path, batch_id: int) -> bool:
    """Put up the next deck of a batch that runs; False when there is none left."""
    batch = session.get(DeckBatch, batch_id, with_for_update=True)
    if batch is None or batch.state != "running":
        return False
    rows = list(_rows(batch))
    at = next((index for index, row in enumerate(rows) if row.state == "ok"), None)
    if at is None:
        batch.state = "done"
        defer(session, "presentations.remove_files", folder=batch.file_key.rpartition("/")[0])
        return False
    # A line that is refused must take nothing of its deck along.
    with session.begin_nested() as step:
        rows[at] = take_row(session, actor, storage, path, rows[at], batch.sent_by_id)
        if rows[at].state == "refused":
            step.rollback()
    batch.rows = [asdict(row) for row in rows]
    return True


# --- steps of the above


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Archive]:
    """The zip, checked as one of many files: each is held to the limits of a deck when it is unpacked."""
    whole = replace(limits, unpacked=MOST_ROWS * limits.upload)
    try:
        archive = Archive(path, whole)
    except documents.Refused as refused:
        raise Refused("deck_batch_zip") from refused
    with archive:
        yield archive


def _plain_name(name: str) -> str:
    """The name of a file without folders; empty for folders and for what systems put there by themselves."""
    path = PurePosixPath(name.replace("\\", "/"))
    is_noise = name.endswith("/") or path.name.startswith(".") or "__MACOSX" in path.parts
    return "" if is_noise else path.name


def _read_list(archive: Archive, entry: ZipInfo) -> bytes:
    try:
        return archive.read(entry, MOST_LIST)
    except documents.Refused as refused:
        raise Refused("deck_batch_zip") from refused


def _unpack(archive: Archive, entry: ZipInfo, path: Path, limits: Limits) -> None:
    if entry.file_size > limits.upload:
        raise documents.Refused("too_big", f"{entry.file_size} bytes")
    with path.open("wb") as file:
        for piece in archive.inflate(entry):
            file.write(piece)


def _refused(row: TakenRow, problem: str) -> TakenRow:
    return replace(row, state="refused", problem=problem, item_id=None)


def _rows(batch: DeckBatch) -> tuple[TakenRow, ...]:
    return tuple(TakenRow(**row) for row in batch.rows)


def _facts(rows: Iterable[TakenRow]) -> dict[str, int]:
    counted: Sequence[str] = [row.state for row in rows]
    return {state: counted.count(state) for state in ("ok", "known", "refused")}
