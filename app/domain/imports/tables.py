"""Reading tables out of files: CSV as spreadsheets write it, XLSX, and zips with such files in them."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from app.core.documents import limits as documents
from app.core.documents.archives import Archive
from app.core.documents.limits import LIMITS
from app.core.policy import Refused
from app.domain.imports.columns import Kind, as_fields, find_kind, is_mixed, kind_of_row, name_column

MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 60
MOST_CELL: Final = 20_000
MOST_TEXT: Final = 8_000_000
MOST_TABLES: Final = 20
_TABLE_ENDINGS: Final = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row by the names of its fields. `kind` is empty where its column "tabel" names none that we know."""

    sheet: str
    line: int
    kind: Kind | None
    cells: dict[str, str]


def read_file(path: Path, filename: str) -> list[ReadRow]:
    """All rows of all tables in the file. Refused: import_… codes, each a sentence about the file."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    rows = list(_read_any(path, name))
    if not rows:
        raise Refused("import_no_rows")
    if len(rows) > MOST_ROWS:
        raise Refused("import_too_many_rows", most=MOST_ROWS)
    return rows


def read_slides(path: Path) -> list[ReadRow]:
    """The rows of the tables that lie among the slides; none is well too. Refused: import_zip."""
    return list(_read_zip(path))


def _read_any(path: Path, name: str) -> Iterator[ReadRow]:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Refused("import_empty")
    if not start.startswith(b"PK"):
        if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
            raise Refused("import_no_table")
        if path.stat().st_size > MOST_TEXT:
            raise Refused("import_too_large")
        yield from _read_csv(path.read_bytes(), name)
    elif zipfile.is_zipfile(path) and _is_workbook(path):
        yield from _read_workbook(path, "")
    else:
        yield from _read_zip(path)


# --- text


def _read_csv(content: bytes, name: str) -> Iterator[ReadRow]:
    """Commas, semicolons or tabs; UTF-8, or what spreadsheets write on Windows."""
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\x00" in text:
        raise Refused("import_no_table")
    if text[:4].lower() == "sep=":
        text = "\n" + text.partition("\n")[2]
    head = next((line for line in io.StringIO(text) if line.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=max(";,\t", key=head.count))
    try:
        # One more than is taken: a file of nothing but short lines has millions.
        numbered = [(reader.line_num, cells) for cells in islice(reader, MOST_ROWS * 2 + 2)]
    except csv.Error as error:
        raise Refused("import_no_table") from error
    yield from _as_rows(numbered, name)


def _as_rows(numbered: Iterable[tuple[int, Sequence[str]]], name: str) -> Iterator[ReadRow]:
    headings: list[str] | None = None
    kind: Kind | None = None
    mixed = False
    for count, (line, cells) in enumerate(numbered):
        if count > MOST_ROWS * 2:
            raise Refused("import_too_many_rows", most=MOST_ROWS)
        if not any(cell.strip() for cell in cells):
            continue
        if headings is None:
            headings = [name_column(cell) for cell in cells[:MOST_COLUMNS]]
            mixed = is_mixed(headings)
            kind = find_kind(headings, PurePosixPath(name).stem)
            if kind is None and not mixed:
                raise Refused("import_columns", sheet=name)
            continue
        told = {
            heading: cell.strip()[:MOST_CELL]
            for heading, cell in zip(headings, cells, strict=False)
            if heading and cell.strip()
        }
        if not told:
            continue
        own = kind_of_row(told) if mixed else kind
        yield ReadRow(name, line, own, as_fields(own, told) if own else {})


# --- workbooks


def _open(path: Path) -> Archive:
    try:
        return Archive(path, replace(LIMITS, unpacked=1_000 * LIMITS.upload))
    except documents.Refused as refused:
        raise Refused("import_zip") from refused


def _is_workbook(path: Path) -> bool:
    with _open(path) as archive:
        return "xl/workbook.xml" in archive.names()


def _read_workbook(path: Path, name: str) -> Iterator[ReadRow]:
    """Each sheet with columns that we know; a sheet of something else (a guide) is passed over."""
    from openpyxl import load_workbook

    try:
        with Archive(path, LIMITS) as archive:
            archive.check_contents({})
        # From memory, as the reader goes by the name's ending, and what is sent has none here.
        content = io.BytesIO(path.read_bytes())
        workbook = load_workbook(content, read_only=True, data_only=True, keep_links=False)
    except documents.Refused as refused:
        raise Refused("import_zip") from refused
    except Exception as broken:
        raise Refused("import_no_table") from broken
    is_known = False
    try:
        for sheet in workbook.worksheets[:MOST_TABLES]:
            numbered = _read_sheet(sheet)
            try:
                yield from _as_rows(numbered, f"{name} · {sheet.title}" if name else sheet.title)
                is_known = True
            except Refused as refusal:
                if refusal.code != "import_columns":
                    raise
    finally:
        workbook.close()
    if not is_known:
        raise Refused("import_columns", sheet=name)


def _read_sheet(sheet: object) -> Iterator[tuple[int, list[str]]]:
    try:
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)  # type: ignore[attr-defined]
        for line, cells in enumerate(rows, 1):
            yield line, [_write_cell(cell) for cell in cells]
    except Refused:
        raise
    except Exception as broken:
        raise Refused("import_no_table") from broken


def _write_cell(value: object) -> str:
    """A typed cell as a person would have written it."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nej"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return repr(value).replace(".", ",")
    return str(value)


# --- zips


def is_table(name: str) -> bool:
    return name.lower().endswith(_TABLE_ENDINGS)


def _read_zip(path: Path) -> Iterator[ReadRow]:
    from tempfile import TemporaryDirectory

    with _open(path) as archive, TemporaryDirectory(prefix="dialogforum-import-") as folder:
        entries = [
            entry
            for entry in archive.entries
            if is_table(entry.filename) and "__MACOSX" not in entry.filename
        ]
        if len(entries) > MOST_TABLES:
            raise Refused("import_too_many_tables", most=MOST_TABLES)
        for entry in entries:
            inner = Path(folder) / "table"
            try:
                inner.write_bytes(archive.read(entry, MOST_TEXT))
            except documents.Refused as refused:
                raise Refused("import_zip") from refused
            name = PurePosixPath(entry.filename).name
            if name.lower().endswith(".xlsx"):
                # Never as a zip of tables again: a zip may hold itself.
                yield from _read_workbook(inner, name)
            elif inner.stat().st_size:
                yield from _read_csv(inner.read_bytes(), name)
