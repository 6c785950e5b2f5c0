"""What the pages and the papers must agree on: when a file that was made is still what would be made now."""

import hashlib
from functools import cache
from pathlib import Path

from app.core import documents
from app.core.i18n import CATALOGUES
from app.http.pages import TEMPLATES


def stamp_with_press(stamp: str, folder: str) -> str:
    """The stamp of words told by the templates of `folder`: another where the words, the templates, their
    translations or the programs that write papers are others."""
    return hashlib.sha256(f"{stamp} {_mark_of_press(folder)}".encode()).hexdigest()


@cache
def _mark_of_press(folder: str) -> str:
    programs = Path(documents.__file__).parent
    mark = hashlib.sha256()
    for file in sorted([*(TEMPLATES / folder).glob("*"), *CATALOGUES.glob("*.po"), *programs.glob("*")]):
        if file.is_file():
            mark.update(file.read_bytes())
    return mark.hexdigest()
