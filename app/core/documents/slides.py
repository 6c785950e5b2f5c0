"""A slide as we know it, whatever program made it: its words, and boxes on a sheet. Measures are points."""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image, UnidentifiedImageError

from app.core.documents.limits import Limits

Outline = Literal["none", "rect", "round", "ellipse", "line", "polygon"]
Align = Literal["left", "center", "right"]
Anchor = Literal["top", "horizon", "bottom"]

_WIDEST_PICTURE = 1_400
_MOST_PICTURES = 1_000
_READABLE = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


@dataclass(slots=True)
class Run:
    """Letters that look alike. `color` is #rrggbb or #rrggbbaa."""

    text: str
    size: float
    bold: bool = False
    italic: bool = False
    color: str = "#000000"


@dataclass(slots=True)
class Paragraph:
    """One paragraph; `mark` is its bullet or number, "" for none."""

    runs: list[Run] = field(default_factory=list)
    level: int = 0
    mark: str = ""
    align: Align = "left"
    before: float = 0.0
    after: float = 0.0

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(slots=True)
class Box:
    """Something on a slide: an outline, a picture or text, at a place. `points` are fractions of the box."""

    x: float
    y: float
    width: float
    height: float
    outline: Outline = "none"
    points: list[tuple[float, float]] = field(default_factory=list)
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0.0
    picture: str | None = None
    paragraphs: list[Paragraph] = field(default_factory=list)
    anchor: Anchor = "top"
    inset: tuple[float, float, float, float] = (7.2, 3.6, 7.2, 3.6)
    rotation: float = 0.0


@dataclass(slots=True)
class Slide:
    """One page: words not yet cleaned, and what stands where. `is_titled`: its title was written as one."""

    title: str = ""
    text: str = ""
    notes: str = ""
    background: str = "#ffffff"
    boxes: list[Box] = field(default_factory=list)
    is_titled: bool = True
    pictures_without_alt: int = 0


@dataclass(slots=True)
class SlideShow:
    """All slides of a file, hidden ones left out."""

    width: float
    height: float
    title: str
    language: str
    slides: list[Slide]


class PictureFolder:
    """Pictures taken out of a file, checked and made small, under names of our own."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._names: dict[tuple[bytes, tuple[float, ...]], str | None] = {}

    def add(self, content: bytes, crop: tuple[float, float, float, float] = (0, 0, 0, 0)) -> str | None:
        """The name of the stored picture; None when it is of no readable kind or too large. `crop` is the
        fraction to cut off at left, top, right and bottom."""
        key = (hashlib.sha256(content).digest(), crop)
        if key not in self._names:
            self._names[key] = self._store(content, crop) if len(self._names) < _MOST_PICTURES else None
        return self._names[key]

    def _store(self, content: bytes, crop: tuple[float, float, float, float]) -> str | None:
        try:
            with Image.open(io.BytesIO(content), formats=_READABLE) as image:
                if image.width * image.height > self._limits.source_pixels:
                    return None
                image.draft("RGB", (_WIDEST_PICTURE, _WIDEST_PICTURE))
                picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
        left, top, right, bottom = (min(max(part, 0.0), 0.99) for part in crop)
        width, height = picture.size
        area = (
            round(left * width),
            round(top * height),
            round((1 - right) * width),
            round((1 - bottom) * height),
        )
        if area[0] < area[2] and area[1] < area[3]:
            picture = picture.crop(area)
        picture.thumbnail((_WIDEST_PICTURE, _WIDEST_PICTURE))
        name = f"{len(self._names):04}.{'png' if picture.mode == 'RGBA' else 'jpg'}"
        picture.save(self._folder / name, quality=88) if picture.mode == "RGB" else picture.save(
            self._folder / name
        )
        return name
