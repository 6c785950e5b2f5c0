"""Lists as files: CSV, Excel and JSON from one description of the columns."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Literal

import xlsxwriter
from fastapi.responses import Response, StreamingResponse

from app.core.clock import COPENHAGEN

# Of the data that the forum hands out to all, in files of every kind.
LICENCE = "CC BY 4.0"
LICENCE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON_TYPE: Final = "application/json"

Kind = Literal["text", "number", "date", "moment", "yes", "words", "address"]
Row = Mapping[str, object]

_IN_MEMORY: Final = 1_000_000  # bytes; what is larger waits on disk
_BLOCK: Final = 64_000
_LONGEST_CELL: Final = 32_767  # letters that Excel takes
_WIDTHS: Final[dict[Kind, int]] = {
    "text": 40, "number": 12, "date": 12, "moment": 17, "yes": 10, "words": 32, "address": 44,
}  # fmt: skip
_CODE_WIDTH: Final = 20


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is what programs know it by; `heading` and `means` are Danish, to be translated.

    `kind` says what its values are: words are several of them, a moment has a time zone. `group`: its values
    are codes of that group of labels, which a spreadsheet shows as words.
    """

    name: str
    heading: str
    means: str
    kind: Kind = "text"
    group: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a spreadsheet says of itself: its title, facts on a sheet of their own as (what, value), and how
    texts and codes are said in the reader's language."""

    title: str
    facts_title: str
    facts: Sequence[tuple[str, str]]
    say: Callable[[str], str]
    label: Callable[[str, str], str]


# --- values


def guard_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def _as_text(value: object, with_comma: bool) -> object:
    """A value as it stands in CSV; in a file with semicolons numbers have the comma that goes with them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        plain = f"{Decimal(str(value)):f}"
        return plain.replace(".", ",") if with_comma else plain
    if isinstance(value, datetime):
        return _in_denmark(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return guard_cell("; ".join(map(str, value)))
    return guard_cell(value)


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return _in_denmark(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _in_denmark(moment: datetime) -> datetime:
    return moment.astimezone(COPENHAGEN) if moment.tzinfo else moment


# --- files


def write_csv_file(file: IO[bytes], names: Sequence[str], rows: Iterable[Row], delimiter: str) -> None:
    """The rows with a byte-order mark. Each row has every column."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([guard_cell(name) for name in names])
    for row in rows:
        writer.writerow([_as_text(row[name], delimiter == ";") for name in names])
    text.detach()


def write_json_file(
    file: IO[bytes], head: Mapping[str, object], names: Sequence[str], rows: Iterable[Row]
) -> int:
    """`head` as an object with the rows in it, as `rows`; returns how many they are."""
    opening = json.dumps(dict(head), ensure_ascii=False)[:-1]
    file.write((opening + (", " if head else "") + '"rows": [').encode())
    count = 0
    for row in rows:
        line = json.dumps({name: _as_json(row[name]) for name in names}, ensure_ascii=False)
        file.write(("\n" if count == 0 else ",\n").encode() + line.encode())
        count += 1
    file.write(b"\n]}\n")
    return count


def write_xlsx_file(
    file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row], sheet: Sheet, made_on: datetime
) -> None:
    """A workbook: the rows under a heading that stays, with days as days and codes as words; and a sheet that
    says what the columns mean. Texts are texts, whatever they begin with."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    book.set_properties({"title": sheet.title, "created": made_on})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    page = book.add_worksheet(_sheet_name(sheet.title))
    for place, column in enumerate(columns):
        page.set_column(place, place, _CODE_WIDTH if column.group else _WIDTHS[column.kind])
    page.freeze_panes(1, 0)
    page.write_row(0, 0, [sheet.say(column.heading) for column in columns], bold)
    count = 0
    for count, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            _write_cell(page, count, place, column, row[column.name], sheet, formats)
    if columns:
        page.autofilter(0, 0, count, len(columns) - 1)
    _write_facts(book.add_worksheet(_sheet_name(sheet.facts_title)), columns, sheet, bold, formats["text"])
    book.close()


def _sheet_name(title: str) -> str:
    """As Excel takes it: at most 31 letters, without some signs."""
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "Data"


def _write_cell(
    page: Any, line: int, place: int, column: Column, value: object, sheet: Sheet, formats: Mapping[str, Any]
) -> None:
    if value is None or value == "" or value == ():
        return
    if isinstance(value, bool):
        page.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        page.write_number(line, place, float(value) if isinstance(value, Decimal) else value)
    elif isinstance(value, datetime):
        page.write_datetime(line, place, _in_denmark(value).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(line, place, datetime.combine(value, datetime.min.time()), formats["date"])
    else:
        codes = value if isinstance(value, tuple | list) else (value,)
        words = [sheet.label(column.group, str(code)) for code in codes] if column.group else map(str, codes)
        text = "; ".join(words)[:_LONGEST_CELL]
        if column.kind == "address" and text.startswith(("http://", "https://")) and len(text) < 2000:
            page.write_url(line, place, text)
        else:
            page.write_string(line, place, text, formats["text"])


def _write_facts(page: Any, columns: Sequence[Column], sheet: Sheet, bold: Any, plain: Any) -> None:
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 90)
    means = ((sheet.say(column.heading), sheet.say(column.means)) for column in columns)
    for line, (what, value) in enumerate([*sheet.facts, ("", ""), *means]):
        page.write_string(line, 0, what, bold)
        page.write_string(line, 1, value, plain)


# --- answers


def open_file() -> SpooledTemporaryFile[bytes]:
    """Where a file is written before it is sent: the database is let go before the first byte leaves."""
    return SpooledTemporaryFile(_IN_MEMORY)


def send_file(file: IO[bytes], media_type: str, headers: Mapping[str, str]) -> Response:
    """What was written, in blocks."""
    size = file.tell()
    file.seek(0)
    return StreamingResponse(
        _read_blocks(file), media_type=media_type, headers={**headers, "Content-Length": str(size)}
    )


def _read_blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


def write_csv(columns: Sequence[str], rows: Iterable[Row], delimiter: str = ";") -> bytes:
    """The rows as they lie in a pack, for a double click."""
    with open_file() as file:
        write_csv_file(file, columns, rows, delimiter)
        file.seek(0)
        return file.read()


def csv_response(filename: str, columns: Sequence[str], rows: Iterable[Row]) -> Response:
    """The rows as a file to download, for a double click."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(write_csv(columns, rows), media_type=CSV_TYPE, headers=headers)
