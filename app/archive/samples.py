"""Example decks for the demonstration, made on the spot: no real speaker's slides are shipped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Pt

from app.core.documents.typesetting import FONTS, typeset

_PROGRAM = Path(__file__).with_name("samples.typ")
_BLUE, _GREEN, _PAPER = RGBColor(0x0B, 0x4F, 0x71), RGBColor(0x2F, 0x7D, 0x5B), RGBColor(0xFB, 0xFA, 0xF7)
_INK, _YELLOW, _BROWN = RGBColor(0x1D, 0x2A, 0x33), RGBColor(0xFF, 0xD1, 0x66), RGBColor(0x3D, 0x2C, 0x00)
_WHITE = RGBColor(0xFF, 0xFF, 0xFF)
_LANGUAGES = {"da": "da-DK", "en": "en-GB", "sv": "sv-SE"}
_LETTERS_ON_A_LINE = 1_500  # at one point of size
_POINTS_OF_HEIGHT = 320
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
# What PowerPoint says of a shape that is there for the eye alone, so that nobody is read its name.
_ADEC = "{http://schemas.microsoft.com/office/drawing/2017/decorative}"
_DECORATIVE = "{C183D7F6-B498-43B3-948B-1728B52AA6E4}"


class SampleSlide(TypedDict):
    """One slide: the first of a deck is its cover, with the bullets as lines under the title."""

    title: str
    bullets: NotRequired[Sequence[str]]
    notes: NotRequired[str]


def make_pdf(
    path: Path, slides: Sequence[SampleSlide], *, title: str, language: str = "da", mark: str = "Eksempel"
) -> None:
    """Write the deck as a tagged PDF (PDF/UA-1), 16:9. A PDF has no place for the notes."""
    data = {
        "title": title,
        "language": language,
        "mark": mark,
        "fonts": FONTS,
        "slides": [{"title": slide["title"], "bullets": list(slide.get("bullets", ()))} for slide in slides],
    }
    path.write_bytes(typeset(_PROGRAM, data, standard="ua-1"))


def make_pptx(
    path: Path, slides: Sequence[SampleSlide], *, title: str, language: str = "da", mark: str = "Eksempel"
) -> None:
    """Write the deck as a PowerPoint file, 16:9, with titles in title placeholders and the notes as notes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Pt(960), Pt(540)
    deck.core_properties.title = title
    deck.core_properties.subject = mark
    deck.core_properties.author = mark
    deck.core_properties.language = _LANGUAGES.get(language, language)
    for at, slide in enumerate(slides):
        _add_slide(deck, slide, mark, is_cover=at == 0)
    for slide in deck.slides:
        for element in (slide.element, *([slide.notes_slide.element] if slide.has_notes_slide else [])):
            _tag_language(element, _LANGUAGES.get(language, language))
    deck.save(str(path))


def _add_slide(deck: Any, content: SampleSlide, mark: str, *, is_cover: bool) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = _PAPER
    bar = 330 if is_cover else 104
    # Behind the title: what stands first is painted first.
    for shape in (
        _add_block(slide, 0, bar, 8 if is_cover else 5, _GREEN),
        _add_block(slide, 0, 0, bar, _BLUE),
    ):
        slide.shapes._spTree.remove(shape.element)
        slide.shapes._spTree.insert(2, shape.element)
    heading = slide.shapes.title
    heading.left, heading.top, heading.width, heading.height = (
        Pt(48), Pt(110 if is_cover else 0), Pt(864), Pt(200 if is_cover else 104)
    )  # fmt: skip
    _write(heading.text_frame, [content["title"]], 52 if is_cover else 37, _WHITE, bold=True)
    heading.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM if is_cover else MSO_ANCHOR.MIDDLE
    bullets = list(content.get("bullets", ()))
    size = 25 if is_cover else _size_for(bullets)
    if bullets:
        body = slide.shapes.add_textbox(
            Pt(48), Pt(372 if is_cover else 138), Pt(864), Pt(110 if is_cover else 330)
        )
        _write(body.text_frame, bullets, size, _INK, marked=not is_cover)
    sign = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, Pt(56), Pt(492), Pt(96), Pt(30))
    sign.fill.solid()
    sign.fill.fore_color.rgb = _YELLOW
    sign.line.fill.background()
    _write(sign.text_frame, [mark], 15, _BROWN, bold=True, align="ctr")
    if content.get("notes"):
        slide.notes_slide.notes_text_frame.text = content["notes"]


def _size_for(bullets: list[str]) -> int:
    """The largest letters, in points, that leave all lines on the slide."""
    for size in (36, 32, 29, 26, 23, 20, 17):
        lines = sum(1 + len(bullet) * size // _LETTERS_ON_A_LINE for bullet in bullets)
        if size * (1.2 * lines + 0.5 * len(bullets)) <= _POINTS_OF_HEIGHT:
            return size
    return 14


def _add_block(slide: Any, left: int, top: int, height: int, color: RGBColor) -> Any:
    block = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Pt(left), Pt(top), Pt(960), Pt(height))
    block.fill.solid()
    block.fill.fore_color.rgb = color
    block.line.fill.background()
    known = block.element.find(f".//{_P}cNvPr")
    held = etree.SubElement(etree.SubElement(known, f"{_A}extLst"), f"{_A}ext", uri=_DECORATIVE)
    etree.SubElement(held, f"{_ADEC}decorative", nsmap={"adec": _ADEC[1:-1]}, val="1")
    return block


def _write(
    frame: Any,
    lines: list[str],
    size: int,
    color: RGBColor,
    *,
    bold: bool = False,
    marked: bool = False,
    align: str = "l",
) -> None:
    frame.word_wrap = True
    for at, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, color
        properties = paragraph._p.get_or_add_pPr()
        properties.set("algn", align)
        if marked:
            paragraph.space_after = Pt(size * 0.5)
            properties.set("marL", str(Pt(28)))
            properties.set("indent", str(-Pt(28)))
            etree.SubElement(properties, f"{_A}buChar", char="•")


def _tag_language(element: Any, language: str) -> None:
    for properties in element.iter(f"{_A}rPr"):
        properties.set("lang", language)
