"""Papers of a page of ours: what is read, and what Word, LibreOffice and screen readers find."""

import ctypes
import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import docx
import pypdfium2
import pytest
from pypdfium2 import raw

from app.core.documents.blocks import (
    Document,
    Facts,
    Imprint,
    PageBreak,
    Paragraph,
    Run,
    Table,
    Title,
    text_of,
)
from app.core.documents.markup import Unreadable, read_html
from app.core.documents.office import find_office
from app.core.documents.print import write_pdf
from app.core.documents.word import write_docx
from bench.tagged_pdf import Name, Pdf, read_tags

SITE = "https://forum.example"
PAGE = """
<header><h1 id="top">Rapport fra Ærø</h1>
<p class="note">Et <strong>eksempel</strong>.</p><dl><dt>Sted</dt><dd>Rådhuset</dd></dl></header>
<nav aria-labelledby="i"><h2 id="i">Indhold</h2><ol><li><a href="#program">Program</a></li></ol></nav>
<section id="del-1" aria-labelledby="program"><h2 id="program">Program</h2>
<table><caption>Dagens punkter</caption>
<thead><tr><th scope="col">Punkt</th><th scope="col" class="number">Minutter</th></tr></thead>
<tbody><tr><th scope="row">Velkomst</th><td class="number">10</td></tr></tbody></table></section>
<section aria-labelledby="indspil"><h2 id="indspil">Indspil</h2><h3 id="tema">Klima</h3>
<h4 id="oe-0001">OE-0001: Åbne snitflader</h4>
<p class="meta">På vegne af <a href="/organisationer/1">Blåt A/S</a></p>
<blockquote lang="en"><p>Open <em>interfaces</em></p><p>for all</p></blockquote>
<ol><li>et</li><li>to</li></ol><ol><li>forfra</li></ol><ul><li>punkt</li></ul>
<p>Se <a href="#del-1">programmet</a>.</p><h3 id="uden">Uden tema</h3></section>
"""
IMPRINT = Imprint(
    title="Rapport fra Ærø",
    language="da",
    author="Dialogforum",
    reference="Dialogforum 10 · 2020-10-28",
    made_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    subject="Rapport",
    keywords=("klima", "data"),
)
HEADINGS = [(1, "Program"), (1, "Indspil"), (2, "Klima"), (3, "OE-0001: Åbne snitflader"), (2, "Uden tema")]


@pytest.fixture(scope="module")
def paper() -> Document:
    return read_html(PAGE, SITE)


@pytest.fixture(scope="module")
def word_file(paper: Document) -> bytes:
    return write_docx(paper, IMPRINT)


@pytest.fixture(scope="module")
def pdf_file(paper: Document) -> bytes:
    return write_pdf(paper, IMPRINT)


# --- reading


def test_a_page_is_read_into_blocks(paper: Document) -> None:
    assert paper.blocks[:4] == (
        Title((Run("Rapport fra Ærø"),), "top"),
        Paragraph((Run("Et "), Run("eksempel", is_strong=True), Run(".")), "note"),
        Facts((((Run("Sted"),), (Run("Rådhuset"),)),)),
        PageBreak(),
    )
    tables = [block for block in paper.blocks if isinstance(block, Table)]
    assert [(text_of(one.caption), len(one.rows), one.numbers) for one in tables] == [
        ("Dagens punkter", 1, frozenset({1}))
    ]
    assert [(one.level, text_of(one.line)) for one in paper.headings()] == HEADINGS


def test_blanks_and_line_breaks_between_words_are_one_blank() -> None:
    page = "<p>\n  to \n\t <em> ord </em>\n og<br>\n  en linje \x07</p>"
    assert read_html(page).blocks == (
        Paragraph((Run("to "), Run("ord ", is_emphasis=True), Run("og"), Run("\n"), Run("en linje"))),
    )


@pytest.mark.parametrize(
    "page",
    [
        "<div><p>x</p></div>",
        "<p>x</p> løse ord",
        "<p style='color: red'>x</p>",
        "<p class='fremmed'>x</p>",
        "<p><img src='x.png' alt=''></p>",
        "<h2>a</h2><h4>b</h4>",
        "<p><a href='#ingen'>x</a></p>",
        "<p><a href='javascript:alert(1)'>x</a></p>",
        "<p><a href='//andre.example'>x</a></p>",
        "<ul><li>a<ul><li>b</li></ul></li></ul>",
        "<dl><dt>a</dt></dl>",
        "<table><caption>c</caption><tbody><tr><td>1</td></tr></tbody></table>",
        "<h1>a</h1><h1>b</h1>",
        "<p>x<!-- ikke med --></p>",
    ],
)
def test_what_is_not_of_the_subset_is_an_error_and_is_never_left_out(page: str) -> None:
    with pytest.raises(Unreadable):
        read_html(page)


# --- DOCX


def test_python_docx_finds_the_headings_in_order(word_file: bytes) -> None:
    opened = docx.Document(io.BytesIO(word_file))
    found = [
        (p.style.name, p.text) for p in opened.paragraphs if p.style.name.startswith(("Heading", "Title"))
    ]
    assert found == [("Title", "Rapport fra Ærø"), *((f"Heading {level}", text) for level, text in HEADINGS)]


def test_a_docx_says_what_it_is(word_file: bytes) -> None:
    known = docx.Document(io.BytesIO(word_file)).core_properties
    assert (known.title, known.author, known.subject, known.keywords, known.language, known.identifier) == (
        "Rapport fra Ærø",
        "Dialogforum",
        "Rapport",
        "klima, data",
        "da-DK",
        "Dialogforum 10 · 2020-10-28",
    )
    assert (known.created, known.comments) == (IMPRINT.made_at, "")


def test_a_docx_repeats_the_headings_of_its_tables_and_begins_each_list_at_one(word_file: bytes) -> None:
    opened = docx.Document(io.BytesIO(word_file))
    (table,) = opened.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Punkt", "Minutter"],
        ["Velkomst", "10"],
    ]
    assert [row._tr.xpath("boolean(w:trPr/w:tblHeader)") for row in table.rows] == [True, False]
    numbered = [p for p in opened.paragraphs if p.style.name == "List Number"]
    series = [p._p.pPr.numPr.numId.val for p in numbered]
    assert ([p.text for p in numbered], series[0] == series[1], series[1] != series[2]) == (
        ["et", "to", "forfra"],
        True,
        True,
    )


def test_links_of_a_docx_lead_to_the_site_and_to_its_own_headings(word_file: bytes) -> None:
    opened = docx.Document(io.BytesIO(word_file))
    outside = {rel.target_ref for rel in opened.part.rels.values() if rel.is_external}
    inside = opened.element.xpath("//w:hyperlink/@w:anchor")
    marks = opened.element.xpath("//w:bookmarkStart/@w:name")
    assert (outside, set(inside) <= set(marks), len(marks) == len(set(marks))) == (
        {f"{SITE}/organisationer/1"},
        True,
        True,
    )


def test_what_is_in_another_language_says_so_in_a_docx(word_file: bytes) -> None:
    opened = docx.Document(io.BytesIO(word_file))
    quoted = [p for p in opened.paragraphs if p.style.name == "Quote"]
    assert [(p.text, p._p.xpath(".//w:lang/@w:val")) for p in quoted] == [
        ("Open interfaces", ["en-GB", "en-GB"]),
        ("for all", ["en-GB"]),
    ]
    styles = ZipFile(io.BytesIO(word_file)).read("word/styles.xml").decode()
    assert 'w:lang w:val="da-DK"' in styles


def test_libreoffice_opens_a_docx_with_its_headings_where_it_is_installed(
    word_file: bytes, tmp_path: Path
) -> None:
    office = find_office("writer")
    (tmp_path / "paper.docx").write_bytes(word_file)
    if office is not None:
        home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
        done = subprocess.run(
            [
                office,
                home,
                "--headless",
                "--convert-to",
                "html",
                "--outdir",
                tmp_path,
                tmp_path / "paper.docx",
            ],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0
        shown = (tmp_path / "paper.html").read_text(encoding="utf-8", errors="replace")
        found = re.findall(r"<h([1-4])[^>]*>(.*?)</h\1>", shown, re.DOTALL)
        headings = [(int(level), " ".join(re.sub(r"<[^>]+>", "", text).split())) for level, text in found]
    else:
        # What LibreOffice goes by: the outline of the styles.
        styles = docx.Document(tmp_path / "paper.docx").styles
        names = [f"Heading {level}" for level in (1, 2, 3)]
        levels = {name: int(styles[name].element.xpath("w:pPr/w:outlineLvl/@w:val")[0]) + 1 for name in names}
        headings = [
            (levels[p.style.name], p.text)
            for p in docx.Document(tmp_path / "paper.docx").paragraphs
            if p.style.name in levels
        ]
    # The name of the paper is a heading of its own to LibreOffice's HTML.
    assert [one for one in headings if one[1] != "Rapport fra Ærø"] == HEADINGS


# --- PDF


def _tags(page: pypdfium2.PdfPage) -> Iterator[str]:
    tree = raw.FPDF_StructTree_GetForPage(page)
    for at in range(raw.FPDF_StructTree_CountChildren(tree)):
        yield from _types(raw.FPDF_StructTree_GetChildAtIndex(tree, at))
    raw.FPDF_StructTree_Close(tree)


def _types(element: object) -> Iterator[str]:
    size = raw.FPDF_StructElement_GetType(element, None, 0)
    name = ctypes.create_string_buffer(size)
    raw.FPDF_StructElement_GetType(element, name, size)
    yield name.raw.decode("utf-16-le").rstrip("\0")
    for at in range(raw.FPDF_StructElement_CountChildren(element)):
        child = raw.FPDF_StructElement_GetChildAtIndex(element, at)
        if child:
            yield from _types(child)


def test_a_pdf_is_tagged_and_says_its_title_and_language(pdf_file: bytes) -> None:
    assert re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", pdf_file) and b"/StructTreeRoot" in pdf_file
    assert re.findall(rb"/Lang\s?\((da-DK)\)", pdf_file)[0] == b"da-DK" and b"pdfuaid:part" in pdf_file
    with pypdfium2.PdfDocument(pdf_file) as opened:
        known = opened.get_metadata_dict()
        tags = [tag for page in opened for tag in _tags(page)]
    assert (known["Title"], known["Author"], known["Subject"]) == (
        "Rapport fra Ærø",
        "Dialogforum",
        "Rapport",
    )
    # The contents have a heading of their own, before those of the words.
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"H[1-6]", tag)]
    assert levels == [1, *(level for level, _text in HEADINGS)]
    assert {"TOC", "Table", "Caption", "THead", "TH", "TD", "BlockQuote", "L", "LI", "Link"} <= set(tags)


def test_columns_and_rows_of_a_table_in_a_pdf_have_their_headings(pdf_file: bytes) -> None:
    pdf = Pdf(pdf_file)
    tree = read_tags(pdf)
    assert tree is not None
    told = [
        [
            (cell.kind, cell.attributes(pdf).get("Scope"), "Headers" in cell.attributes(pdf))
            for cell in row.children
        ]
        for row in tree.find("TR")
    ]
    assert told == [
        [("TH", Name("Column"), True), ("TH", Name("Column"), True)],
        [("TH", Name("Row"), False), ("TD", None, False)],
    ]


def test_a_row_in_another_language_has_its_heading_too() -> None:
    head = '<tr><th scope="col">Point</th><th scope="col">Minutes</th></tr>'
    rows = '<tr lang="da"><th scope="row">Velkomst</th><td>ti</td></tr>'
    table = f"<table><caption>Day</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"
    page = f"<h1>Report</h1><h2>Programme</h2>{table}"
    pdf = Pdf(write_pdf(read_html(page, SITE), replace(IMPRINT, language="en")))
    tree = read_tags(pdf)
    assert tree is not None
    assert [
        [(cell.kind, cell.attributes(pdf).get("Scope")) for cell in row.children] for row in tree.find("TR")
    ] == [
        [("TH", Name("Column")), ("TH", Name("Column"))],
        [("TH", Name("Row")), ("TD", None)],
    ]


def test_what_is_in_another_language_says_so_in_a_pdf(pdf_file: bytes) -> None:
    tree = read_tags(Pdf(pdf_file))
    assert tree is not None
    told = [(tag.kind, str(tag.about["Lang"])) for tag in tree.walk() if "Lang" in tag.about]
    assert told == [("BlockQuote", "en-GB")]


def test_the_bookmarks_of_a_pdf_are_its_headings_and_its_words_can_be_read_out(pdf_file: bytes) -> None:
    with pypdfium2.PdfDocument(pdf_file) as opened:
        marks = [(mark.level + 1, mark.get_title()) for mark in opened.get_toc()]
        words = " ".join(page.get_textpage().get_text_bounded() for page in opened)
    assert [mark for mark in marks if mark[1] != "Indhold"] == HEADINGS
    found = [word in words for word in ("Åbne snitflader", "Side 1 af", "Dialogforum 10", "Rådhuset")]
    assert found == [True] * 4


def test_what_no_font_shows_costs_a_pdf_that_character_and_nothing_else() -> None:
    said = "Flere skærme 👩\u200d💻👍 tak, 試験 og \x9b \u0e01\u0e47 til Ærø"
    page = f'<h1 id="top">Rapport 😀</h1><h2 id="a">OE-1: {said}</h2><p><strong>{said}</strong></p>'
    document = read_html(page)
    imprint = Imprint(
        title=document.title(),
        language="da",
        author="Dialogforum",
        reference="Forum 🎉",
        subject="",
        keywords=("🎉",),
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        page_words=("Side", "af"),
    )
    with pypdfium2.PdfDocument(write_pdf(document, imprint)) as made:
        words = " ".join(made[0].get_textpage().get_text_range().split())
    assert words == (
        "Forum \ufffd Dialogforum Rapport \ufffd "
        "OE-1: Flere skærme \ufffd tak, \ufffd og \ufffd \ufffd til Ærø "
        "Flere skærme \ufffd tak, \ufffd og \ufffd \ufffd til Ærø Side 1 af 1"
    )


def test_a_control_character_in_a_topic_or_in_the_name_of_a_series_costs_no_docx() -> None:
    imprint = Imprint(
        title="Rap\x02port",
        language="da",
        author="Dialog\x01forum",
        reference="Forum\x1b 10",
        subject="",
        keywords=("data\x02rum", "\ufffe"),
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        page_words=("Side", "af"),
    )
    made = docx.Document(io.BytesIO(write_docx(read_html("<h1>Rapport</h1>"), imprint)))
    known = made.core_properties
    told = (known.title, known.author, known.identifier, known.keywords)
    assert told == ("Rapport", "Dialogforum", "Forum 10", "datarum, ")
    assert made.sections[0].header.paragraphs[0].text == "Forum 10\tDialogforum"
