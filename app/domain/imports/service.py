"""Taking in a file: looked at first, and nothing is written but what was found; then, when somebody says so,
each row in a transaction of its own."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import in_silence
from app.core.jobs import defer
from app.core.policy import SYSTEM, Actor, NotFound, Refused, Stopped, require
from app.core.storage import Storage
from app.core.text import fold
from app.domain.imports.columns import KINDS, Kind
from app.domain.imports.looking import Found, Taking, Wrong, problem, read_cells
from app.domain.imports.models import DataImport, DataImportRow, ImportThemeWord
from app.domain.imports.policy import may_import
from app.domain.imports.rows import DeckRow
from app.domain.imports.tables import ReadRow, read_file, read_slides
from app.domain.imports.taking import do_deck, look, look_at_decks
from app.domain.meetings.models import Meeting
from app.domain.meetings.service import publish_meeting
from app.domain.strategies.models import Theme

# What is done to a row that is taken in.
DONE: Final = {"new": "added", "changed": "edited"}
# Nobody comes back to a dry run after so many days.
DAYS_KEPT: Final = 30
_FOLDER: Final = "imports"


# --- looking at a file


def check_file(
    session: Session, path: Path, filename: str, slides: Path | None, publishes: bool
) -> list[DataImportRow]:
    """What would become of each row. Writes nothing. Refused: import_… and deck_batch_… codes."""
    rows = read_file(path, filename)
    if slides is not None:
        rows += read_slides(slides)
    taking = Taking(session, SYSTEM, filename, publishes)
    return _look_at_all(taking, list(_with_decks(rows)), slides)


def _with_decks(rows: Iterable[ReadRow]) -> Iterator[ReadRow]:
    """The rows, and for each item of a programme with a file the deck that it is."""
    for row in rows:
        yield row
        if row.kind == "programme" and "file" in row.cells:
            cells = {
                field: row.cells[field]
                for field in ("file", "meeting", "language", "access")
                if field in row.cells
            }
            title = row.cells.get("title", "")
            yield ReadRow(row.sheet, row.line, "deck", cells | {"item": title, "title": title})


def _rank(kind: Kind | None) -> int:
    return KINDS.index(kind) if kind else len(KINDS)


def _look_at_all(taking: Taking, rows: Sequence[ReadRow], slides: Path | None) -> list[DataImportRow]:
    """In the order in which they will be taken in, as rows hang on earlier ones; given back in the file's."""
    _count_parts(taking, rows)
    found: dict[int, Found] = {}
    decks: dict[int, DeckRow] = {}
    for number, row in sorted(enumerate(rows, 1), key=lambda one: (_rank(one[1].kind), one[0])):
        found[number] = look(taking, row.kind, row.cells)
        if row.kind == "deck" and found[number].state == "new":
            deck = read_cells("deck", row.cells)
            assert isinstance(deck, DeckRow)
            decks[number] = deck
    if decks:
        found |= look_at_decks(taking, slides, decks)
    return [_as_row(number, row, found[number]) for number, row in enumerate(rows, 1)]


def _count_parts(taking: Taking, rows: Iterable[ReadRow]) -> None:
    """How often somebody stands at one item: who stands there twice has two titles, and none is corrected."""
    for row in rows:
        if row.kind not in ("programme", "person"):
            continue
        place = taking.find_place(row.cells.get("meeting", ""))
        item = row.cells.get("title" if row.kind == "programme" else "item", "")
        if place is not None:
            mark = (place.mark, fold(item), fold(row.cells.get("person", "")))
            taking.parts_named[mark] = taking.parts_named.get(mark, 0) + 1


def _as_row(number: int, row: ReadRow, found: Found) -> DataImportRow:
    return DataImportRow(
        number=number,
        sheet=row.sheet[:150],
        line=row.line,
        rank=_rank(row.kind),
        kind=row.kind or "",
        cells=row.cells,
        **_told(found),
    )


def _told(found: Found) -> dict[str, Any]:
    return {
        "state": found.state,
        "title": found.title[:200],
        "problems": found.problems,
        "remarks": found.remarks,
        "changes": found.changes,
        "path": found.path,
    }


# --- verbs


def add_import(
    session: Session,
    actor: Actor,
    storage: Storage,
    path: Path,
    filename: str,
    slides: tuple[Path, str] | None = None,
    publishes: bool = False,
) -> DataImport:
    """Look at a file and keep it with what was found; nothing is taken in yet. Refused: as `check_file`."""
    require(may_import(actor))
    name = PurePosixPath(filename.replace("\\", "/")).name[:150]
    rows = check_file(session, path, name, slides[0] if slides else None, publishes)
    folder = f"{_FOLDER}/{uuid4().hex}"
    storage.put(f"{folder}/tables", path)
    if slides:
        storage.put(f"{folder}/slides.zip", slides[0])
    taken = DataImport(
        filename=name,
        slides_name=PurePosixPath(slides[1].replace("\\", "/")).name[:150] if slides else "",
        file_key=f"{folder}/tables",
        slides_key=f"{folder}/slides.zip" if slides else None,
        publishes=publishes,
        state="checked",
        sent_by_id=actor.user_id,
        created_at=now(),
    )
    session.add(taken)
    session.flush()
    _keep_rows(session, taken, rows)
    record(session, actor, "check", "data_import", taken.id, after=_counted(rows) | {"publishes": publishes})
    return taken


def _keep_rows(session: Session, taken: DataImport, rows: Iterable[DataImportRow]) -> None:
    for row in rows:
        row.import_id = taken.id
        session.add(row)
    session.flush()


def _counted(rows: Iterable[DataImportRow]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    return counts


def set_theme_words(
    session: Session, actor: Actor, storage: Storage, import_id: int, words: dict[str, int | None]
) -> None:
    """Say what words in files mean, once and for all, and look at the file again.

    Refused: import_started, unknown_theme.
    """
    require(may_import(actor))
    taken = _take(session, import_id)
    _require_checked(taken)
    ids = {theme_id for theme_id in words.values() if theme_id is not None}
    known = set(session.scalars(select(Theme.id).where(Theme.id.in_(ids)).order_by(Theme.id)))
    if known != ids:
        raise Refused("unknown_theme")
    for word, theme_id in words.items():
        values = {"theme_id": theme_id, "set_by_id": actor.user_id, "set_at": now()}
        row = insert(ImportThemeWord).values(word=fold(word).strip()[:200], **values)
        session.execute(row.on_conflict_do_update(index_elements=["word"], set_=values))
    after = {"words": {word[:200]: theme_id for word, theme_id in words.items()}}
    record(session, actor, "edit", "import_theme_word", taken.id, after=after)
    _look_again(session, storage, taken)


def _look_again(session: Session, storage: Storage, taken: DataImport) -> None:
    with fetched(storage, taken) as (path, slides):
        assert path is not None
        rows = check_file(session, path, taken.filename, slides, taken.publishes)
    session.execute(delete(DataImportRow).where(DataImportRow.import_id == taken.id))
    session.expire_all()
    _keep_rows(session, taken, rows)


def start_import(session: Session, actor: Actor, import_id: int) -> None:
    """Take in what is new or changed. Refused: import_started, the second time."""
    require(may_import(actor))
    taken = _take(session, import_id)
    _require_checked(taken)
    taken.state = "running"
    record(session, actor, "start", "data_import", taken.id)
    defer(session, "imports.run", once=f"imports.run:{taken.id}", import_id=taken.id)


def drop_import(session: Session, actor: Actor, import_id: int) -> None:
    """Forget a file that was only looked at. Refused: import_started."""
    require(may_import(actor))
    taken = _take(session, import_id)
    _require_checked(taken)
    record(session, actor, "drop", "data_import", taken.id, before={"filename": taken.filename})
    _forget(session, taken)


def forget_old_checks(session: Session, before: Any) -> int:
    """Take away the files that were only looked at, and that long ago; how many."""
    old = select(DataImport).where(DataImport.state == "checked", DataImport.created_at < before)
    several = session.scalars(old.order_by(DataImport.id).with_for_update(skip_locked=True)).all()
    for taken in several:
        _forget(session, taken)
    return len(several)


def _forget(session: Session, taken: DataImport) -> None:
    _remove_files(session, taken)
    session.execute(delete(DataImport).where(DataImport.id == taken.id))


def _remove_files(session: Session, taken: DataImport) -> None:
    defer(session, "presentations.remove_files", folder=taken.file_key.rpartition("/")[0])


def _take(session: Session, import_id: int) -> DataImport:
    known = session.get(DataImport, import_id, with_for_update=True) if 0 < import_id < 2**53 else None
    if known is None:
        raise NotFound
    return known


def _require_checked(taken: DataImport) -> None:
    if taken.state != "checked":
        raise Refused("import_started")


# --- taking in


@contextmanager
def fetched(storage: Storage, taken: DataImport) -> Iterator[tuple[Path | None, Path | None]]:
    """The file and the zip of slides, in a folder of their own for as long as they are needed."""
    with TemporaryDirectory(prefix="dialogforum-import-") as folder:
        path, slides = Path(folder) / "tables", Path(folder) / "slides.zip"
        storage.fetch_to(taken.file_key, path)
        if taken.slides_key:
            storage.fetch_to(taken.slides_key, slides)
        yield path, slides if taken.slides_key else None


def take_next(session: Session, storage: Storage, slides: Path | None, import_id: int) -> bool:
    """Take in the next row of a file that is being taken in; False when there is none left."""
    taken = session.get(DataImport, import_id, with_for_update=True)
    if taken is None or taken.state != "running":
        return False
    row = session.scalars(
        select(DataImportRow)
        .where(DataImportRow.import_id == import_id, DataImportRow.state.in_(DONE))
        .order_by(DataImportRow.rank, DataImportRow.number)
        .limit(1)
    ).one_or_none()
    if row is None:
        _finish(session, taken)
        return False
    found = _take_row(session, storage, slides, taken, row)
    for name, value in _told(found).items():
        setattr(row, name, value)
    row.cells = {}
    return True


def _take_row(
    session: Session, storage: Storage, slides: Path | None, taken: DataImport, row: DataImportRow
) -> Found:
    """The row is looked at again, as much may have changed since the dry run, and done. What is refused
    leaves nothing behind."""
    taking = Taking(session, SYSTEM, taken.filename, taken.publishes, is_dry=False)
    kind: Kind = row.kind  # type: ignore[assignment]
    with in_silence(), session.begin_nested() as step:
        try:
            found = look(taking, kind, row.cells)
            if found.state in DONE and kind == "deck":
                deck = read_cells("deck", row.cells)
                assert isinstance(deck, DeckRow)
                found = do_deck(taking, storage, slides, deck, taken.sent_by_id)
            elif found.state in DONE and found.do is not None:
                found.path = found.do()
        except Wrong as wrong:
            found = Found("refused", row.title, wrong.problems)
        except Stopped as stopped:
            found = Found("refused", row.title, [problem(stopped.code, **stopped.values)])
        if found.state in DONE:
            found.state = DONE[found.state]
        elif found.state in ("refused", "theme"):
            step.rollback()
    return found


def _finish(session: Session, taken: DataImport) -> None:
    """Show the meetings that came of it, where that was asked for; then the files are not needed any more."""
    rows = session.scalars(
        select(DataImportRow).where(DataImportRow.import_id == taken.id).order_by(DataImportRow.number)
    ).all()
    if taken.publishes:
        keys = [
            row.path.removeprefix("/moeder/") for row in rows if (row.kind, row.state) == ("meeting", "added")
        ]
        ids = session.scalars(select(Meeting.id).where(Meeting.key.in_(keys)).order_by(Meeting.id)).all()
        with in_silence():
            for meeting_id in ids:
                publish_meeting(session, SYSTEM, meeting_id)
    for row in rows:
        row.cells = {}
    taken.state, taken.finished_at = "done", now()
    record(session, SYSTEM, "end", "data_import", taken.id, after=_counted(rows))
    _remove_files(session, taken)
    defer(session, "search.index_everything", once="index everything")
