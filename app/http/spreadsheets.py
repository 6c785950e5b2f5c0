"""Lists as files for a spreadsheet: CSV that a Danish one opens by a double click."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from fastapi.responses import Response

# Of the data that the forum hands out to all, in files of every kind.
LICENCE = "CC BY 4.0"


def guard_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """The rows with semicolons and a byte-order mark. Each row has every column."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guard_cell(row[column]) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def csv_response(filename: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """The rows as a file to download."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    body = write_csv(columns, rows)
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)
