"""The process that reads one document and may die of it.

    python -m app.core.documents.child FILE KIND INTO OFFICE LIMITS

OFFICE is LibreOffice's path or "-"; LIMITS is JSON. Answers in lines of JSON on standard output:
{"page": n, "of": m} while pictures are drawn, at the end {"done": …} or {"refused": code, "detail": …}.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, TextIO, cast

from app.core.documents.limits import Kind, Limits, Refused

_NICE = 5
_FILES = 256
# The order of going: the parent's clock first, then this one, should the parent be gone.
_GRACE = 5


def main(arguments: list[str]) -> int:
    path, kind, into, office, limits_text = arguments
    limits = Limits(**json.loads(limits_text))
    limit_self(limits.wall, limits.cpu, limits.file, limits.memory, limits.office_memory)
    # Libraries may print; the answers go to a copy of standard output that only we know.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        with tempfile.TemporaryDirectory() as work:
            done = _read(Path(path), cast(Kind, kind), Path(into), Path(work), office, limits, answers)
        _answer(answers, {"done": done})
    except Refused as refused:
        _answer(answers, {"refused": refused.code, "detail": refused.detail[:500]})
    except (MemoryError, RecursionError) as error:
        _answer(answers, {"refused": "bomb", "detail": type(error).__name__})
    return 0


def limit_self(wall: int, cpu: int, file: int, memory: int, most_memory: int) -> None:
    """Ceilings for this process and those that it starts: seconds, seconds, bytes, bytes; and how far up its
    own children may go with memory."""
    signal.alarm(wall + _GRACE)
    os.nice(_NICE)
    try:
        import resource
    except ImportError:
        return
    wishes = (
        (resource.RLIMIT_CPU, cpu, cpu),
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_NOFILE, _FILES, _FILES),
        (resource.RLIMIT_CORE, 0, 0),
        # LibreOffice maps more than it uses: it may go up to the hard limit.
        (resource.RLIMIT_AS, memory, max(memory, most_memory)),
    )
    for which, soft, hard in wishes:
        highest = resource.getrlimit(which)[1]
        allowed = [
            value if highest == resource.RLIM_INFINITY else min(value, highest) for value in (soft, hard)
        ]
        # macOS knows limits that it refuses to set; the parent's clock is the net there.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (allowed[0], allowed[1]))


def _read(
    path: Path, kind: Kind, into: Path, work: Path, office: str, limits: Limits, answers: TextIO
) -> dict[str, Any]:
    # Imported only now, under the limits.
    from app.core.documents.pdf import Pdf, draw_pages
    from app.core.documents.readability import find_smallest_type, sizes_of_boxes
    from app.core.documents.wording import clean_line, clean_text, cut_text, guess_language, join_broken_words

    source = "pdf"
    if kind == "pdf":
        pdf = Pdf(path, limits)
        read = [pdf.read_page(index) for index in range(pdf.page_count)]
        count = len(read)
        joined = join_broken_words([page.text for page in read] + [page.title for page in read])
        texts, titles, notes = joined[:count], joined[count:], [""] * count
        title, language = pdf.title(), pdf.language()
        is_tagged: bool | None = pdf.is_tagged()
        measured = [(True, page.pictures_without_alt, page.smallest_type) for page in read]
    else:
        show, pdf, source = _read_slides(path, kind, into, work, office, limits)
        texts = [slide.text for slide in show.slides]
        titles = [slide.title for slide in show.slides]
        notes = [slide.notes for slide in show.slides]
        title, language = show.title, show.language
        is_tagged = None
        longest = max(show.width, show.height)
        measured = [
            (
                slide.is_titled,
                slide.pictures_without_alt,
                find_smallest_type(sizes_of_boxes(slide.boxes), longest),
            )
            for slide in show.slides
        ]
    try:
        count = pdf.page_count
        sizes = draw_pages(pdf, into, limits, lambda number: _answer(answers, {"page": number, "of": count}))
    finally:
        pdf.close()
    texts = [cut_text(clean_text(text), limits.page_text) for text in texts]
    titles = [clean_line(text, limits.title) for text in titles]
    return {
        "title": _document_title(clean_line(title, limits.title), titles),
        "own_title": clean_line(title, limits.title),
        "language": guess_language(texts, language),
        "declared_language": clean_line(language, 20),
        "is_tagged": is_tagged,
        "source": source,
        "pages": [
            {
                "title": title,
                "text": text,
                "notes": cut_text(clean_text(note), limits.page_text),
                "size": size,
                "is_titled": is_titled and bool(title),
                "pictures_without_alt": pictures,
                "smallest_type": smallest,
            }
            for title, text, note, size, (is_titled, pictures, smallest) in zip(
                titles, texts, notes, sizes, measured, strict=True
            )
        ],
    }


def _read_slides(
    path: Path, kind: Kind, into: Path, work: Path, office: str, limits: Limits
) -> tuple[Any, Any, str]:
    from app.core.documents.drawing import draw_slides
    from app.core.documents.office import convert_to_pdf
    from app.core.documents.opendocument import read_opendocument
    from app.core.documents.pages import PDF_NAME
    from app.core.documents.pdf import Pdf
    from app.core.documents.powerpoint import read_powerpoint
    from app.core.documents.slides import PictureFolder

    sheets = work / "sheets"
    sheets.mkdir()
    read = read_powerpoint if kind == "pptx" else read_opendocument
    show = read(path, PictureFolder(sheets, limits), limits)
    if office != "-":
        converted = convert_to_pdf(office, path, kind, work, limits)
        if converted:
            pdf = Pdf(converted, limits)
            if pdf.page_count == len(show.slides):
                shutil.copyfile(converted, into / PDF_NAME)
                return show, pdf, "libreoffice"
            pdf.close()
    drawn = into / PDF_NAME
    drawn.write_bytes(draw_slides(show, sheets))
    return show, Pdf(drawn, limits), "simplified"


def _document_title(own: str, titles: list[str]) -> str:
    """The title the file gives itself, unless a program made it up; else that of the first page."""
    made_up = ("microsoft ", "powerpoint", "untitled", "slide ", "dias ", "præsentation1", "presentation1")
    low = own.lower()
    is_filename = low.endswith((".pdf", ".pptx", ".ppt", ".odp", ".key", ".docx", ".doc"))
    if own and not low.startswith(made_up) and not is_filename:
        return own
    return next((title for title in titles if title), "")


def _answer(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
