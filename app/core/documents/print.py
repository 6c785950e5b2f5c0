"""Papers as PDF: tagged as PDF/UA-1 asks, so that they can be read aloud and gone through by headings."""

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
    return typeset_apart(_PROGRAM, data, STANDARD)


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
