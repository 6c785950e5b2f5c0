"""A logo as it is shown: drawn anew, so that nothing of the file that was sent is given to readers."""

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, UnidentifiedImageError

from app.core.policy import Refused

MOST_BYTES: Final = 1_000_000
HEIGHT: Final = 48
WIDEST: Final = 4  # times as wide as it is high
_MOST_PIXELS: Final = 4_000_000
_LEAST: Final = 48  # pixels of its height, or it would be blurred


@dataclass(frozen=True, slots=True)
class Drawn:
    """PNG in two sizes; `width` in pixels of the small one."""

    width: int
    small: bytes
    large: bytes


def draw_logo(picture: bytes) -> Drawn:
    """A PNG or WebP picture, 48 and 96 pixels high.

    Refused: site_logo_large, site_logo_kind, site_logo_small, site_logo_shape.
    """
    if len(picture) > MOST_BYTES:
        raise Refused("site_logo_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(picture), formats=("PNG", "WEBP"))
            width, height = opened.size
            if width * height > _MOST_PIXELS:
                raise Refused("site_logo_large")
            if height < _LEAST:
                raise Refused("site_logo_small")
            if not height // 2 <= width <= height * WIDEST:
                raise Refused("site_logo_shape")
            drawn = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        raise Refused("site_logo_kind") from None
    small = round(width * HEIGHT / height)
    return Drawn(small, _as_png(drawn, small, HEIGHT), _as_png(drawn, small * 2, HEIGHT * 2))


def _as_png(picture: Image.Image, width: int, height: int) -> bytes:
    held = io.BytesIO()
    picture.resize((width, height), Image.Resampling.LANCZOS).save(
        held, "PNG", optimize=True, icc_profile=None
    )
    return held.getvalue()
