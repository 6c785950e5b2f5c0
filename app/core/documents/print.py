"""Papers as PDF: tagged as PDF/UA-1 asks, so that they can be read aloud and gone through by headings."""

import re
from pathlib import Path
from typing import Any

from app.core.documents.blocks import (
    CONTENTS_LEVELS,
    Block,
    Contents,
    Document,
    Facts,
    Heading,
    Imprint,
    Items,
    Line,
    PageBreak,
    Paragraph,
    Quote,
    Table,
    Title,
)
from app.core.documents.typesetting import FONTS, typeset_apart

REGIONS = {"da": "dk", "en": "gb", "sv": "se"}
STANDARD = "ua-1"
_PROGRAM = Path(__file__).with_name("paper.typ")

# A row of the body of a table, by its number and its first cell's; a cell, and by what it names its headings.
_ROW = re.compile(rb"<</Type/StructElem/S/TR/P (\d+) 0 R[^\n]*?/K\[(\d+) 0 R")
_BODY = re.compile(rb"\n(\d+) 0 obj\n<</Type/StructElem/S/TBody/")
_CELL = re.compile(
    rb"(?P<head>\n(?P<number>\d+) 0 obj\n<</Type/StructElem/S/)TD(?P<between>/P [^\n]*?/O/Table)"
    rb"(?P<by_name>/Headers\[[^\]]*\])"
)
_OF_ROW = b"/Scope/Row"


def write_pdf(document: Document, imprint: Imprint) -> bytes:
    """The document as a tagged PDF. Raises RuntimeError where the standard cannot be kept."""
    day = imprint.made_at
    data = {
        "title": imprint.title,
        "author": imprint.author,
        "subject": imprint.subject,
        "keywords": list(imprint.keywords),
        "reference": imprint.reference,
        "language": imprint.language,
        "region": REGIONS.get(imprint.language),
        "made": [day.year, day.month, day.day],
        "words": list(imprint.page_words),
        "fonts": list(FONTS),
        "blocks": [_block(block) for block in document.blocks],
    }
    return name_rows(typeset_apart(_PROGRAM, data, STANDARD))


def name_rows(pdf: bytes) -> bytes:
    """The same with the first cell of each row as the heading of its row, which the binding of Typst has no
    word for: else a screen reader tells the column of a figure and never whose it is.

    Cells then find their headings by where they stand, so the names of some of them go. Everything keeps its
    length, and with it its place in the file.
    """
    bodies = set(_BODY.findall(pdf))
    firsts = {first for body, first in _ROW.findall(pdf) if body in bodies}

    def named(cell: re.Match[bytes]) -> bytes:
        kind, told = (b"TH", _OF_ROW) if cell["number"] in firsts else (b"TD", b"")
        return cell["head"] + kind + cell["between"] + told.ljust(len(cell["by_name"]))

    return _CELL.sub(named, pdf)


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Title():
            return {"kind": "title", "line": _line(block.line), "anchor": block.anchor}
        case Heading():
            shown = {"kind": "heading", "level": block.level, "line": _line(block.line)}
            return shown | {"anchor": block.anchor}
        case Paragraph():
            return {"kind": block.manner, "line": _line(block.line), "leads": block.leads}
        case Items():
            return {"kind": "items", "numbered": block.is_numbered, "lines": [*map(_line, block.lines)]}
        case Facts():
            return {"kind": "facts", "pairs": [[_line(name), _line(said)] for name, said in block.pairs]}
        case Quote():
            return {"kind": "quote", "lines": [*map(_line, block.lines)]}
        case Table():
            return {
                "kind": "table",
                "caption": _line(block.caption),
                "columns": [*map(_line, block.columns)],
                "rows": [[*map(_line, row)] for row in block.rows],
                "numbers": sorted(block.numbers),
                "widths": block.widths(),
            }
        case Contents():
            return {"kind": "contents", "line": _line(block.line), "depth": CONTENTS_LEVELS}
        case PageBreak():
            return {"kind": "break"}


def _line(line: Line) -> list[dict[str, Any]]:
    return [
        {
            "text": run.text,
            "strong": run.is_strong,
            "emphasis": run.is_emphasis,
            "link": run.link,
            "language": run.language,
            # Else the words would be in the Danish of Britain: a place stays when the language changes.
            "region": REGIONS.get(run.language) if run.language else None,
        }
        for run in line
    ]
