"""Simplified pictures of slides, where no office program is installed: boxes, pictures, words in place."""

import logging
import math
from dataclasses import asdict
from pathlib import Path

import typst

from app.core.documents.limits import Refused
from app.core.documents.slides import Box, SlideShow
from app.core.documents.typesetting import FONTS, typeset
from app.core.documents.wording import clean_letters

log = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("drawing.typ")
_FARTHEST = 50_000.0
_MOST_LETTERS = 6_000


def draw_slides(show: SlideShow, folder: Path) -> bytes:
    """A PDF with one page a slide. `folder` holds the pictures. Raises Refused("broken")."""
    for with_pictures in (True, False):
        try:
            return typeset(_PROGRAM, _as_data(show, with_pictures), folder)
        except typst.TypstError as error:
            log.warning("Slides could not be drawn (with pictures: %s): %s", with_pictures, str(error)[:500])
    raise Refused("broken", "slides could not be drawn")


def _as_data(show: SlideShow, with_pictures: bool) -> dict[str, object]:
    slides = []
    for slide in show.slides:
        letters = _MOST_LETTERS
        boxes = []
        for box in slide.boxes:
            if not _is_drawable(box):
                continue
            for run in (run for paragraph in box.paragraphs for run in paragraph.runs):
                run.text = clean_letters(run.text)[: max(letters, 0)]
                letters -= len(run.text)
            boxes.append(asdict(box) | ({} if with_pictures else {"picture": None}))
        slides.append({"background": slide.background, "boxes": boxes})
    return {"width": show.width, "height": show.height, "fonts": FONTS, "slides": slides}


def _is_drawable(box: Box) -> bool:
    measures = (box.x, box.y, box.width, box.height, box.rotation)
    return all(math.isfinite(value) and abs(value) < _FARTHEST for value in measures)
