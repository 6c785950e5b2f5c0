"""What a page looks like, in so few numbers that two pages are compared at once.

A mark is the page in 12 × 12 fields, each with the mean of its red, green and blue. Letters that are drawn a
little otherwise hardly move a mean; another picture, another colour or a moved box does.
"""

import base64
from pathlib import Path

from PIL import Image

SIDE = 12
# Of 255: a field that is further off than this looks different.
SEEN = 24


def mark_picture(path: Path) -> str:
    """The mark of a picture that we drew ourselves."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return base64.b64encode(small.tobytes()).decode()


def looks_different(mark: str, other: str) -> bool:
    """Whether somebody would see that the pages are not the same; False where one has no mark."""
    if not mark or not other:
        return False
    pairs = zip(base64.b64decode(mark), base64.b64decode(other), strict=True)
    return any(abs(one - two) > SEEN for one, two in pairs)
