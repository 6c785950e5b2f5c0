"""Packs: many files in one, written to the disk piece by piece so that no large one stands in memory."""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app.core.clock import COPENHAGEN
from app.core.jobs import Tools
from app.core.made_files import Wanted
from app.core.storage import Storage
from app.http.spreadsheets import write_csv
from app.papers.press import Press

# Packs what is wanted into a file, telling each step that is done; the stamp of it, or None where it is gone.
Pack = Callable[[Tools, Press, Wanted, Path, Callable[[int], None]], str | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of data. `name`: of its files; `about`: what stands in it, for who opens the pack."""

    name: str
    about: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, object]]


def add_sheet(archive: zipfile.ZipFile, sheet: Sheet) -> None:
    """The table as CSV for a spreadsheet and as JSON for a program."""
    archive.writestr(f"data/{sheet.name}.csv", write_csv(sheet.columns, map(_flat, sheet.rows)))
    plain = [{column: _as_json(row[column]) for column in sheet.columns} for row in sheet.rows]
    archive.writestr(f"data/{sheet.name}.json", json.dumps(plain, ensure_ascii=False, indent=1))


def add_stored(archive: zipfile.ZipFile, name: str, storage: Storage, file_key: str) -> bool:
    """A file of the storage, chunk by chunk; False where it is not there any more."""
    try:
        chunks = storage.stream(file_key)
    except FileNotFoundError:
        return False
    # Slides are packed already.
    entry = zipfile.ZipInfo(name, date_time=_STILL)
    entry.compress_type = zipfile.ZIP_STORED
    with archive.open(entry, "w", force_zip64=True) as file:
        for chunk in chunks:
            file.write(chunk)
    return True


_STILL = (1980, 1, 1, 0, 0, 0)


def _flat(row: Mapping[str, object]) -> dict[str, object]:
    return {name: _as_cell(value) for name, value in row.items()}


def _as_cell(value: object) -> object:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return _as_json(value)


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(COPENHAGEN).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else value
