"""What is wrong with a DOCX, PPTX or XLSX for who cannot see it: its title, languages, headings, tables."""

import io
from collections.abc import Iterator
from typing import Any

import docx
import openpyxl
import pptx
from docx.oxml.ns import qn

from bench.tagged_pdf import REGIONS

_TYPED_MARKS = ("• ", "– ", "- ")  # a star is a note's
_LEVELS = {"Title": 0} | {f"Heading {level}": level for level in range(1, 7)}


def locale_of(language: str) -> str:
    return f"{language}-{REGIONS[language]}"


LOCALES = frozenset(map(locale_of, REGIONS))


def _of_properties(known: Any, language: str) -> Iterator[str]:
    if not (known.title or "").strip():
        yield "no title"
    if known.language not in (language, locale_of(language)):
        yield f"its language is {known.language or 'not told'}, not {language}"


# --- DOCX


def find_docx_faults(file: bytes, language: str) -> list[str]:
    """What is wrong with a DOCX that is written in `language`; nothing where nothing is."""
    opened = docx.Document(io.BytesIO(file))
    return [
        *_of_properties(opened.core_properties, language),
        *_of_styles(opened, language),
        *_of_headings(opened),
        *_of_paragraphs(opened),
        *_of_tables(opened),
        *_of_pictures(opened),
    ]


def _of_styles(opened: Any, language: str) -> Iterator[str]:
    (standard,) = opened.styles.element.xpath("w:docDefaults/w:rPrDefault/w:rPr/w:lang/@w:val") or [""]
    if standard != locale_of(language):
        yield f"the language of its styles is {standard or 'not told'}"
    for style in opened.styles:
        level = _LEVELS.get(style.name.title())
        told = style.element.xpath("w:pPr/w:outlineLvl/@w:val")
        if level and told != [str(level - 1)]:
            yield f"the style {style.name} is no heading to a reader of outlines"
    strange = set(opened.element.xpath(".//w:lang/@w:val")) - LOCALES
    if strange:
        yield f"words in languages that there are not: {sorted(strange)}"


def _of_headings(opened: Any) -> Iterator[str]:
    before, titles = 0, 0
    for paragraph in opened.paragraphs:
        level = _LEVELS.get(paragraph.style.name)
        if level is None:
            continue
        titles += level == 0
        if not paragraph.text.strip():
            yield f"an empty {paragraph.style.name}"
        if level > before + 1:
            yield f"a level is skipped before {paragraph.text!r}"
        before = level
    if titles != 1:
        yield f"{titles} titles in the words"
    if not before:
        yield "no headings"


def _of_paragraphs(opened: Any) -> Iterator[str]:
    anchors = set(opened.element.xpath("//w:bookmarkStart/@w:name"))
    for paragraph in opened.paragraphs:
        is_list = paragraph.style.name.startswith("List")
        if not is_list and paragraph.text.startswith(_TYPED_MARKS):
            yield f"a list that is none: {paragraph.text[:40]!r}"
    for link in opened.element.xpath("//w:hyperlink"):
        words = "".join(link.itertext()).strip()
        target, name = link.get(qn("w:anchor")), link.get(qn("r:id"))
        if not words:
            yield "a link without words"
        if target not in anchors and name not in opened.part.rels:
            yield f"a link that leads nowhere: {words!r}"


def _of_tables(opened: Any) -> Iterator[str]:
    for number, table in enumerate(opened.tables, start=1):
        rows = table._tbl.tr_lst
        heads = [row.xpath("boolean(w:trPr/w:tblHeader)") for row in rows]
        if heads != [True] + [False] * (len(rows) - 1):
            yield f"table {number}: its first row is not marked as headings, or another one is"
        cells = rows[0].xpath("w:tc") if rows else []
        if any(not "".join(cell.itertext()).strip() for cell in cells):
            yield f"table {number}: an empty heading"
        if table._tbl.xpath(".//w:gridSpan | .//w:vMerge"):
            yield f"table {number}: cells that are joined"
        if len({len(row.xpath("w:tc")) for row in rows}) > 1:
            yield f"table {number}: rows of several lengths"
        if not table._tbl.xpath("boolean(w:tblPr/w:tblCaption/@w:val[normalize-space()])"):
            yield f"table {number} has no caption"
        if table._tbl.xpath("w:tblPr/w:tblLook/@w:firstRow") != ["1"]:
            yield f"table {number} does not say that its first row is headings"


def _of_pictures(opened: Any) -> Iterator[str]:
    for picture in opened.element.xpath("//wp:docPr"):
        if not (picture.get("descr") or "").strip():
            yield f"a picture without words: {picture.get('name')!r}"
    if opened.element.xpath("//w:pict"):
        yield "a picture of the old kind, which takes no words"


# --- PPTX


def find_pptx_faults(file: bytes, language: str) -> list[str]:
    """What is wrong with slides in `language`; nothing where nothing is."""
    opened = pptx.Presentation(io.BytesIO(file))
    faults = [*_of_properties(opened.core_properties, language)]
    for number, slide in enumerate(opened.slides, start=1):
        faults += [f"slide {number}: {fault}" for fault in _of_slide(slide, language)]
    return faults


def _of_slide(slide: Any, language: str) -> Iterator[str]:
    title = slide.shapes.title
    if title is None or not title.text_frame.text.strip():
        yield "no title"
    for shape in slide.shapes:
        has_words = shape.has_text_frame and shape.text_frame.text.strip()
        told = shape.element.xpath("boolean(.//p:cNvPr/@descr[normalize-space()])")
        is_decoration = shape.element.xpath("boolean(.//p:cNvPr//*[local-name() = 'decorative'][@val = '1'])")
        if not (has_words or told or is_decoration):
            yield f"{shape.name} without words, and not said to be decoration"
    languages = set(slide.element.xpath(".//a:rPr/@lang")) - {locale_of(language)}
    if languages or slide.element.xpath(".//a:r[not(a:rPr/@lang)]"):
        yield f"words in {sorted(languages) or 'no language'}"


# --- XLSX


def find_xlsx_faults(file: bytes) -> list[str]:
    """What is wrong with a workbook; nothing where nothing is."""
    book = openpyxl.load_workbook(io.BytesIO(file))
    faults = [] if (book.properties.title or "").strip() else ["no title"]
    for at, sheet in enumerate(book.worksheets):
        if sheet.title.startswith("Sheet"):
            faults.append(f"a sheet without a name: {sheet.title}")
        if sheet.merged_cells.ranges:
            faults.append(f"{sheet.title}: cells that are joined")
        # A sheet of names and what is said of them has no row of headings.
        is_table = at == 0 or sheet.freeze_panes is not None
        heads = [sheet.cell(1, column).value for column in range(1, sheet.max_column + 1)]
        if is_table and any(head in (None, "") for head in heads):
            faults.append(f"{sheet.title}: a column without a heading")
        if at == 0 and sheet.freeze_panes != "A2":
            faults.append(f"{sheet.title}: the headings do not stay")
    return faults
