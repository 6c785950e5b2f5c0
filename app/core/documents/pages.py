"""What comes out of reading a document."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PictureSource = Literal["pdf", "libreoffice", "simplified"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, counted from 1. Sizes are those of `picture`, in pixels; both pictures are WebP.

    `is_titled`: it has a title of its own, not words taken for one. `smallest_type`: points on a page whose
    longer side is 960; None without text.
    """

    number: int
    title: str
    text: str
    notes: str
    has_text: bool
    width: int
    height: int
    picture: Path
    thumbnail: Path
    is_titled: bool = True
    pictures_without_alt: int = 0
    smallest_type: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """All pages of a file. `language_hint` is a code such as da, or None; `declared_language` what the file
    says itself, perhaps nothing. `is_tagged`: None where the file is no PDF. `pdf`: what was made of slides.
    """

    pages: list[Page]
    title: str
    language_hint: str | None
    picture_source: PictureSource
    own_title: str = ""
    declared_language: str = ""
    is_tagged: bool | None = None
    pdf: Path | None = None


PDF_NAME = "pages.pdf"


def picture_name(number: int) -> str:
    return f"{number:03}.webp"


def thumbnail_name(number: int) -> str:
    return f"{number:03}-small.webp"
