"""The picture of a link to us that somebody shares: words on our ground, 1200 × 630 pixels."""

import io
from bisect import bisect
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from app.core.documents.fonts import font_folders

WIDTH: Final = 1200
HEIGHT: Final = 630
_EDGE: Final = 80
_ROOM: Final = WIDTH - 2 * _EDGE
_GROUND, _WHITE, _AMBER, _PALE = "#07404c", "#ffffff", "#f2b54d", "#c6dede"
# The largest size in which the title keeps to its lines; in the smallest the rest is cut.
_TITLE_SIZES: Final = ((68, 4), (58, 4), (50, 5), (44, 5))
_KEPT: Final = 256  # pictures of some 15 kB
_LONGEST: Final = 300  # letters of a text; no more would fit


@dataclass(frozen=True, slots=True)
class SharePicture:
    """`site`: the name beside the logo; `logo`: a PNG in place of ours; `above` and `below` the title: what
    it is, and its facts; `foot`: where it stands."""

    site: str
    above: str
    title: str
    below: tuple[str, ...]
    foot: str
    logo: bytes | None = None


_drawn: OrderedDict[SharePicture, bytes] = OrderedDict()
_lock = Lock()


def find_drawn(words: SharePicture) -> bytes | None:
    """The picture, where it was drawn lately."""
    with _lock:
        if words in _drawn:
            _drawn.move_to_end(words)
        return _drawn.get(words)


def draw_share_picture(words: SharePicture) -> bytes:
    """A PNG of few colours, kept for a while. Letters that the font lacks are left out."""
    picture = _draw(words)
    with _lock:
        _drawn[words] = picture
        while len(_drawn) > _KEPT:
            _drawn.popitem(last=False)
    return picture


def _draw(words: SharePicture) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, HEIGHT - 14, WIDTH, HEIGHT), fill=_AMBER)
    name, kind, fact, place = _font("Bold", 36), _font("Bold", 32), _font("Regular", 32), _font("Regular", 24)
    beside = _EDGE + _draw_logo(image, draw, words.logo) + 18
    draw.text((beside, 92), _cut(words.site, name, WIDTH - _EDGE - beside), _WHITE, name, "lm")
    draw.text((_EDGE, 168), _cut(words.above, kind, _ROOM), _AMBER, kind)
    font, lines = _fit(words.title)
    y = 218
    for line in lines:
        draw.text((_EDGE, y), line, _WHITE, font)
        y += round(font.size * 1.18)
    y = max(y + 18, 470 if words.below else 0)
    for line in words.below[:2]:
        draw.text((_EDGE, y), _cut(line, fact, _ROOM), _PALE, fact)
        y += 42
    draw.text((WIDTH - _EDGE, HEIGHT - 36), _cut(words.foot, place, _ROOM), _PALE, place, "rs")
    held = io.BytesIO()
    image.quantize(32, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(held, "PNG")
    return held.getvalue()


def _draw_logo(image: Image.Image, draw: ImageDraw.ImageDraw, logo: bytes | None) -> int:
    """The logo at the upper left; its width in pixels."""
    if logo is not None:
        own = Image.open(io.BytesIO(logo), formats=("PNG",)).convert("RGBA")
        own.thumbnail((288, 72))
        plate = (_EDGE, 94 - 44, _EDGE + own.width + 16, 94 + 44)
        draw.rounded_rectangle(plate, 8, fill=_WHITE)
        image.paste(own, (_EDGE + 8, 94 - own.height // 2), own)
        return own.width + 16
    image.paste(_our_logo(), (_EDGE - 14, 50), _our_logo())
    return 70


@cache
def _our_logo() -> Image.Image:
    """As static/img/logo.svg: a speech balloon with a D in it."""
    large = Image.new("RGBA", (48 * 8, 48 * 8))
    draw = ImageDraw.Draw(large)

    def shape(kind: str, colour: str, *places: float) -> None:
        getattr(draw, kind)([place * 8 for place in places], fill=colour)

    shape("rectangle", _WHITE, 8, 4, 24, 37)
    shape("ellipse", _WHITE, 8, 4, 41, 37)
    shape("polygon", _WHITE, 8, 30, 19.5, 36.9, 8, 46)
    shape("rectangle", _GROUND, 16, 12, 24, 29)
    shape("ellipse", _GROUND, 16, 12, 32.5, 29)
    shape("ellipse", _AMBER, 17.5, 16, 26.5, 25)
    return large.resize((84, 84), Image.Resampling.LANCZOS)


def _fit(title: str) -> tuple[FreeTypeFont, list[str]]:
    for size, most in _TITLE_SIZES:
        font = _font("Bold", size)
        lines = list(_wrap(title, font))
        if len(lines) <= most and len(lines) * size * 1.18 <= 252:
            return font, lines
    most = int(252 // (font.size * 1.18))
    return font, [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), font, _ROOM)]


def _wrap(text: str, font: FreeTypeFont) -> Iterator[str]:
    line = ""
    for word in _readable(text).split():
        while font.getlength(word) > _ROOM:
            fits = _count_fitting(word, "-", font, _ROOM)
            if line:
                yield line
                line = ""
            yield word[:fits] + "-"
            word = word[fits:]
        longer = f"{line} {word}".strip()
        if font.getlength(longer) > _ROOM:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line


def _cut(text: str, font: FreeTypeFont, room: float) -> str:
    text = _readable(text)
    if font.getlength(text) <= room:
        return text
    return text[: _count_fitting(text, " …", font, room)].rstrip(" ,.;:–-") + " …"


def _count_fitting(text: str, end: str, font: FreeTypeFont, room: float) -> int:
    """How many letters go into the room with the end behind them; at least one."""
    return max(1, bisect(range(1, len(text)), room, key=lambda n: font.getlength(text[:n] + end)))


def _readable(text: str) -> str:
    """Without what would stand as an empty box, and bounded: nobody reads more of it."""
    known = _letters()
    return " ".join("".join(sign if ord(sign) in known else " " for sign in text[:_LONGEST]).split())


@cache
def _letters() -> frozenset[int]:
    font = _font("Regular", 16)
    missing = bytes(font.getmask("\U0010ffff"))
    ranges = (range(0x20, 0x250), range(0x2000, 0x2070), range(0x20A0, 0x20C0), range(0x2100, 0x2150))
    return frozenset(
        code for some in ranges for code in some if code == 0x20 or bytes(font.getmask(chr(code))) != missing
    )


@cache
def _font(style: str, size: int) -> FreeTypeFont:
    for folder in font_folders():
        file = folder / f"Lato-{style}.ttf"
        if file.is_file():
            return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
    raise FileNotFoundError(f"Lato-{style}.ttf")
