"""`bench/documents.py`: what we write has none of the faults that it looks for, and each of them is found."""

import io
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml.ns import qn
from PIL import Image

from app.archive.samples import SampleSlide, make_pdf, make_pptx
from app.core.documents.markup import read_html
from app.core.documents.print import write_pdf
from app.core.documents.word import write_docx
from bench.documents import NOT_OURS, PAPERS, WORKBOOKS, doors, spread
from bench.office_files import find_docx_faults, find_pptx_faults, find_xlsx_faults
from bench.tagged_pdf import find_pdf_faults
from tests.core.documents.test_papers import IMPRINT, PAGE, SITE

SLIDES: list[SampleSlide] = [
    {"title": "Målbilleder", "bullets": ["Et eksempel"]},
    {"title": "Hvad vi gør", "bullets": ["Åbne snitflader", "Fælles data"], "notes": "Kort."},
]


@cache
def paper_as(form: str, language: str = "da") -> bytes:
    write = {"docx": write_docx, "pdf": write_pdf}[form]
    return write(read_html(PAGE, SITE), replace(IMPRINT, language=language))


@cache
def slides_as(form: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"deck.{form}"
        {"pdf": make_pdf, "pptx": make_pptx}[form](path, SLIDES, title="Målbilleder (eksempel)")
        return path.read_bytes()


def test_every_door_that_gives_files_is_looked_at() -> None:
    plain = {path for path in doors() if path.endswith(".xlsx") and "{" not in path}
    assert sorted(doors() - plain - set(PAPERS) - set(WORKBOOKS) - NOT_OURS) == []
    assert sorted((set(PAPERS) | set(WORKBOOKS)) - doors()) == []


@pytest.mark.parametrize(("most", "taken"), [(0, "abcdef"), (1, "a"), (2, "af"), (3, "acf"), (9, "abcdef")])
def test_of_many_the_first_and_the_last_are_looked_at(most: int, taken: str) -> None:
    assert "".join(spread("abcdef", most)) == taken


@pytest.mark.parametrize("language", ["da", "en", "sv"])
def test_papers_have_no_faults(language: str) -> None:
    assert find_pdf_faults(paper_as("pdf", language), language) == []
    assert find_docx_faults(paper_as("docx", language), language) == []


def test_example_decks_have_no_faults() -> None:
    assert find_pdf_faults(slides_as("pdf"), "da") == []
    assert find_pptx_faults(slides_as("pptx"), "da") == []


# What is changed in the file, at the same length so that all stays at its place; and what is said of it.
BROKEN_PDFS = {
    b"/Marked true": (b"/Marked null", ["not marked as tagged"]),
    b"/DisplayDocTitle true": (
        b"/DisplayDocTitle null",
        ["the window shows the name of the file in the place of the title"],
    ),
    b"pdfuaid:part": (b"pdfuaid:tart", ["does not say that it is PDF/UA-1"]),
    b"/StructTreeRoot 8": (b"/StrictTreeRoot 8", ["no tags"]),
    b"/S/H3/": (b"/S/H4/", ["a level is skipped: H4 'OE-0001: Åbne snitflader' after H2"]),
    b"/Lang(en-GB)": (b"/Lang(en-DK)", ["words in a language that there is not: en-DK"]),
    b"/S/THead/": (b"/S/TBeau/", ["a tag of no known kind: TBeau"]),
    b"/S/TH/": (b"/S/TD/", ["table 1 has no TH", "table 1: a row that nothing names"]),
    b"/Scope/Row": (b"/Skope/Row", ["table 1: a TH that does not say of what"]),
    b"/S/Caption/": (b"/S/Section/", ["a tag of no known kind: Section", "table 1 has no caption"]),
    b"/Contents(https": (b"/Cantents(https", ["a link that does not say where it leads"]),
    b"/Tabs/S": (b"/Tabs/R", ["page 2: the tabulator does not follow the tags"]),
    b"/S/BlockQuote/": (b"/S/Figure    /", ["a Figure without words in its place"]),
}


@pytest.mark.parametrize("found", BROKEN_PDFS)
def test_what_is_wrong_with_a_pdf_is_found(found: bytes) -> None:
    file, (put, faults) = paper_as("pdf"), BROKEN_PDFS[found]
    assert found in file and len(found) == len(put)
    told = find_pdf_faults(file.replace(found, put), "da")
    assert [fault for fault in faults if fault not in told] == [], told


def test_a_paper_that_says_another_language_than_its_own_is_found() -> None:
    assert find_pdf_faults(paper_as("pdf"), "sv") == ["its language is da-DK, not sv"]
    assert find_docx_faults(paper_as("docx"), "en") == [
        "its language is da-DK, not en",
        "the language of its styles is da-DK",
    ]


def test_content_that_no_tag_knows_and_what_is_no_pdf_are_found() -> None:
    assert find_pdf_faults(b"no PDF", "da") == ["not a PDF"]
    file = paper_as("pdf")
    page = re.search(rb"/S/Title/P \d+ 0 R/K\[0\]", file)
    assert page is not None
    without = file.replace(page[0], page[0].replace(b"/K[0]", b"/K[9]"))
    assert find_pdf_faults(without, "da") == ["page 1: 1 pieces of content that no tag knows"]


def without_header(opened: docx.document.Document) -> None:
    for mark in opened.element.xpath("//w:tblHeader"):
        mark.getparent().remove(mark)


def with_skipped_level(opened: docx.document.Document) -> None:
    opened.paragraphs[-1].style = opened.styles["Heading 4"]
    opened.add_paragraph("x", "Heading 1")
    opened.add_paragraph("Dybt", "Heading 3")


def without_title(opened: docx.document.Document) -> None:
    opened.core_properties.title = ""


def with_typed_list(opened: docx.document.Document) -> None:
    opened.add_paragraph("• en linje")


def with_picture(opened: docx.document.Document) -> None:
    dot = io.BytesIO()
    Image.new("RGB", (4, 4)).save(dot, "PNG")
    opened.add_picture(dot)


def with_joined_cells(opened: docx.document.Document) -> None:
    row = opened.tables[0].rows[1]
    row.cells[0].merge(row.cells[1])


def with_strange_language(opened: docx.document.Document) -> None:
    opened.element.xpath("//w:lang")[0].set(qn("w:val"), "en-DK")


@pytest.mark.parametrize(
    ("breaking", "fault"),
    [
        (without_title, "no title"),
        (without_header, "table 1: its first row is not marked as headings, or another one is"),
        (with_skipped_level, "a level is skipped before 'Dybt'"),
        (with_typed_list, "a list that is none: '• en linje'"),
        (with_picture, "a picture without words: 'Picture 1'"),
        (with_joined_cells, "table 1: cells that are joined"),
        (with_strange_language, "words in languages that there are not: ['en-DK']"),
    ],
)
def test_what_is_wrong_with_a_docx_is_found(
    breaking: Callable[[docx.document.Document], None], fault: str
) -> None:
    opened = docx.Document(io.BytesIO(paper_as("docx")))
    breaking(opened)
    file = io.BytesIO()
    opened.save(file)
    assert fault in find_docx_faults(file.getvalue(), "da")


def test_what_is_wrong_with_slides_is_found() -> None:
    opened = pptx.Presentation()
    slide = opened.slides.add_slide(opened.slide_layouts[5])
    slide.shapes.add_shape(1, 0, 0, 10, 10)
    file = io.BytesIO()
    opened.save(file)
    assert find_pptx_faults(file.getvalue(), "da") == [
        "no title",
        "its language is not told, not da",
        "slide 1: no title",
        "slide 1: Title 1 without words, and not said to be decoration",
        "slide 1: Rectangle 2 without words, and not said to be decoration",
    ]


def test_what_is_wrong_with_a_workbook_is_found() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["C2"] = "Navn", 1
    sheet.merge_cells("A3:B3")
    file = io.BytesIO()
    book.save(file)
    assert find_xlsx_faults(file.getvalue()) == [
        "no title",
        "a sheet without a name: Sheet",
        "Sheet: cells that are joined",
        "Sheet: a column without a heading",
        "Sheet: the headings do not stay",
    ]
