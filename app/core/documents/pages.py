"""What comes out of reading a document."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PictureSource = Literal["pdf", "libreoffice", "simplified"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, counted from 1. Sizes are those of `picture`, in pixels; both pictures are WebP."""

    number: int
    title: str
    text: str
    notes: str
    has_text: bool
    width: int
    height: int
    picture: Path
    thumbnail: Path


@dataclass(frozen=True, slots=True)
class Document:
    """All pages of a file. `language_hint` is a code such as da, or None."""

    pages: list[Page]
    title: str
    language_hint: str | None
    picture_source: PictureSource


def picture_name(number: int) -> str:
    return f"{number:03}.webp"


def thumbnail_name(number: int) -> str:
    return f"{number:03}-small.webp"
