"""The example decks that the demonstration is loaded with."""

from pathlib import Path

from pptx import Presentation

from app.archive.samples import SampleSlide, make_pdf, make_pptx
from app.core.documents.check import check_upload
from app.core.documents.reading import read_document

SLIDES: list[SampleSlide] = [
    {"title": "Fælles målbilleder", "bullets": ["Opdigtet oplæg"], "notes": "Velkommen på Ærø"},
    {"title": "Klare mål", "bullets": ["Økonomi", 'Åbne #grænser "én" gang $x$']},
    {"title": "Tak"},
]


def test_an_example_pdf_is_tagged_marked_and_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    make_pdf(path, SLIDES, title="Målbilleder (eksempel)")
    document = read_document(path, check_upload(path, "a.pdf"), tmp_path / "pages")
    assert [(page.title, page.text) for page in document.pages] == [
        ("Fælles målbilleder", "Fælles målbilleder\nOpdigtet oplæg\nEksempel 1 / 3"),
        ("Klare mål", 'Klare mål\n• Økonomi\n• Åbne #grænser "én" gang $x$\nEksempel 2 / 3'),
        ("Tak", "Tak\nEksempel 3 / 3"),
    ]
    content = path.read_bytes()
    assert (document.title, document.language_hint) == ("Målbilleder (eksempel)", "da")
    assert (b"/MarkInfo" in content, b"pdfuaid" in content) == (True, True)


def test_an_example_powerpoint_file_has_titles_notes_and_a_language(tmp_path: Path) -> None:
    path = tmp_path / "a.pptx"
    make_pptx(path, SLIDES, title="Målbilleder (eksempel)")
    document = read_document(path, check_upload(path, "a.pptx"), tmp_path / "pages", office=None)
    assert [(page.title, page.text, page.notes) for page in document.pages] == [
        ("Fælles målbilleder", "Fælles målbilleder\nOpdigtet oplæg\nEksempel", "Velkommen på Ærø"),
        ("Klare mål", 'Klare mål\nØkonomi\nÅbne #grænser "én" gang $x$\nEksempel', ""),
        ("Tak", "Tak\nEksempel", ""),
    ]
    assert (document.title, document.language_hint) == ("Målbilleder (eksempel)", "da")
    properties = Presentation(str(path)).core_properties
    assert (properties.author, properties.language) == ("Eksempel", "da-DK")


def test_many_long_points_stay_on_one_page(tmp_path: Path) -> None:
    long: SampleSlide = {
        "title": "Mange ord om målbilleder",
        "bullets": ["Et langt punkt om økonomi " * 6] * 9,
    }
    make_pdf(tmp_path / "a.pdf", [SLIDES[0], long], title="Ord")
    assert len(read_document(tmp_path / "a.pdf", "pdf", tmp_path / "pages").pages) == 2
