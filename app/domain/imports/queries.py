"""What is taken in, or was: the files, their rows, and the words that no theme is known by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policy import Actor, require
from app.core.slices import By, Place, Slice, read_slice
from app.core.text import fold
from app.domain.imports.models import DataImport, DataImportRow
from app.domain.imports.policy import may_import

PER_PAGE: Final = 100
FILES_PER_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class RowView:
    number: int
    sheet: str
    line: int
    kind: str
    state: str
    title: str
    problems: list[dict[str, Any]]
    remarks: list[dict[str, Any]]
    changes: list[list[str]]
    path: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """A file, and how many of its rows are in which state."""

    id: int
    filename: str
    slides_name: str
    publishes: bool
    state: str
    created_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]

    def count(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def find_import(session: Session, actor: Actor, import_id: int) -> ImportView | None:
    require(may_import(actor))
    row = session.get(DataImport, import_id, populate_existing=True) if 0 < import_id < 2**53 else None
    return _view(row, _count_rows(session, [row.id])[row.id]) if row else None


def count_imports(session: Session, actor: Actor) -> int:
    require(may_import(actor))
    return session.scalar(select(func.count(DataImport.id))) or 0


def list_imports(session: Session, actor: Actor, page: int = 1) -> list[ImportView]:
    """A page of the files, the newest first."""
    require(may_import(actor))
    newest = select(DataImport).order_by(DataImport.id.desc())
    rows = session.scalars(newest.limit(FILES_PER_PAGE).offset((page - 1) * FILES_PER_PAGE)).all()
    counts = _count_rows(session, [row.id for row in rows])
    return [_view(row, counts[row.id]) for row in rows]


def read_imports(session: Session, actor: Actor, after: Place | None, most: int) -> Slice[ImportView]:
    """So many after a place, the newest first. Two statements."""
    require(may_import(actor))
    found = read_slice(session, select(DataImport), [By(DataImport.id, int, is_down=True)], after, most)
    rows = [row.DataImport for row in found.rows]
    counts = _count_rows(session, [row.id for row in rows])
    return Slice(tuple(_view(row, counts[row.id]) for row in rows), found.last)


def _view(row: DataImport, counts: Mapping[str, int]) -> ImportView:
    names = (name for name in ImportView.__slots__ if name != "counts")
    return ImportView(counts=counts, **{name: getattr(row, name) for name in names})


def _count_rows(session: Session, ids: list[int]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = {one: {} for one in ids}
    rows = session.execute(
        select(DataImportRow.import_id, DataImportRow.state, func.count())
        .where(DataImportRow.import_id.in_(ids))
        .group_by(DataImportRow.import_id, DataImportRow.state)
    )
    for import_id, state, count in rows:
        counts[import_id][state] = count
    return counts


def list_rows(
    session: Session, actor: Actor, import_id: int, state: str = "", page: int = 1
) -> list[RowView]:
    """A page of the rows in the order of the file."""
    require(may_import(actor))
    query = select(DataImportRow).where(DataImportRow.import_id == import_id)
    if state:
        query = query.where(DataImportRow.state == state)
    rows = session.scalars(query.order_by(DataImportRow.number).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return [_row(row) for row in rows]


def list_all_rows(session: Session, actor: Actor, import_id: int) -> list[RowView]:
    """Every row, as a file is bounded."""
    require(may_import(actor))
    query = select(DataImportRow).where(DataImportRow.import_id == import_id).order_by(DataImportRow.number)
    return [_row(row) for row in session.scalars(query)]


def _row(row: DataImportRow) -> RowView:
    return RowView(**{name: getattr(row, name) for name in RowView.__slots__})


def list_unknown_words(session: Session, actor: Actor, import_id: int) -> dict[str, int]:
    """The words for themes that nobody has said the meaning of, and in how many rows each stands."""
    require(may_import(actor))
    rows = session.scalars(
        select(DataImportRow.problems)
        .where(DataImportRow.import_id == import_id, DataImportRow.state.in_(("theme", "refused")))
        .order_by(DataImportRow.number)
    )
    words: dict[str, int] = {}
    named: dict[str, str] = {}
    for problems in rows:
        for one in problems:
            if one["code"] == "import_row_theme":
                word = named.setdefault(fold(one["written"]).strip(), one["written"])
                words[word] = words.get(word, 0) + 1
    return words
