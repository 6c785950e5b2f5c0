"""Reading in the child process: pages, words, pictures, and what a hostile file may cost."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from app.core.documents.check import check_upload
from app.core.documents.limits import Limits, Refused
from app.core.documents.office import find_office
from app.core.documents.pages import Document
from app.core.documents.reading import read_document
from app.core.documents.surroundings import child_environment
from tests.core.documents.hostile import (
    change_pptx,
    change_zip,
    write_bomb_pdf,
    write_encrypted_pdf,
    write_endless_pdf,
)
from tests.core.documents.samples import (
    make_odp,
    make_pdf,
    make_pptx,
    make_rich_pptx,
    write_plain_pdf,
)

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@pytest.fixture(autouse=True)
def modest() -> Iterator[None]:
    """Whatever is read, this process grows by less than 100 MB and waits less than 10 seconds."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * _PEAK_UNIT
    assert (grown < 100_000_000, time.monotonic() - start < 10) == (True, True)


def read(path: Path, limits: Limits | None = None, office: str | None = None) -> Document:
    """The document by both steps of an upload, pictures beside the file; LibreOffice only if asked for."""
    return read_document(
        path, check_upload(path, path.name), path.parent / "pages", limits or Limits(), office=office
    )


def refusal(path: Path, limits: Limits | None = None) -> str:
    """The code that the reader refuses with, when the quick look took the file. No picture is left."""
    kind = check_upload(path, path.name)
    with pytest.raises(Refused) as caught:
        read_document(path, kind, path.parent / "pages", limits or Limits(), office=None)
    assert list((path.parent / "pages").iterdir()) == []
    return caught.value.code


def color_at(picture: Path, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place given as fractions, each part as 0, 1 or 2."""
    with Image.open(picture) as image:
        pixel = image.convert("RGB").getpixel((int(x * image.width), int(y * image.height)))
    return tuple(round(part / 127.5) for part in pixel)  # type: ignore[union-attr]


TWELVE = [
    (f"Side {n}: økonomi på Ærø", [f"Ål, blåbær og øl nummer {n}", "Vi måler effekten"]) for n in range(1, 13)
]


def test_a_pdf_of_twelve_pages_becomes_twelve_pages(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = make_pdf(tmp_path / "a.pdf", TWELVE)
    document = read_document(path, "pdf", tmp_path / "pages", on_page=lambda n, m: seen.append((n, m)))
    assert [(page.number, page.title, page.text, page.notes, page.has_text) for page in document.pages] == [
        (n, title, "\n".join([title, *lines]), "", True) for n, (title, lines) in enumerate(TWELVE, start=1)
    ]
    assert (document.title, document.language_hint, document.picture_source) == (
        "Side 1: økonomi på Ærø",
        "da",
        "pdf",
    )
    assert seen == [(n, 12) for n in range(1, 13)]


def test_each_page_has_two_pictures_of_the_stated_size(tmp_path: Path) -> None:
    page = read(make_pdf(tmp_path / "a.pdf")).pages[0]
    found = []
    for path in (page.picture, page.thumbnail):
        with Image.open(path) as image:
            found.append((path.name, image.format, image.size))
    assert found == [("001.webp", "WEBP", (960, 540)), ("001-small.webp", "WEBP", (320, 180))]
    assert (page.width, page.height) == (960, 540)


def test_the_title_is_what_is_written_largest(tmp_path: Path) -> None:
    stream = b"BT /F1 12 Tf 50 500 Td (Dialogforum 2026) Tj ET"
    stream += b" BT /F1 40 Tf 50 400 Td (Det store) Tj 0 -44 Td (sporg) Tj ET"
    stream += b" BT /F1 14 Tf 50 200 Td (En lang linje med ord der fylder siden ud) Tj ET"
    page = read(write_plain_pdf(tmp_path / "a.pdf", stream=stream)).pages[0]
    assert page.title == "Det store sporg"


def test_the_title_is_the_first_line_where_all_letters_are_alike(tmp_path: Path) -> None:
    lines = [
        f"({text}) Tj 0 -20 Td" for text in ("12", "Forst", "Anden linje", "Tredje linje", "Fjerde linje")
    ]
    stream = f"BT /F1 14 Tf 50 400 Td {' '.join(lines)} ET".encode()
    assert read(write_plain_pdf(tmp_path / "a.pdf", stream=stream)).pages[0].title == "Forst"


def test_a_page_scaled_by_its_matrix_has_the_right_title(tmp_path: Path) -> None:
    stream = (
        b"BT /F1 1 Tf 12 0 0 12 50 450 Tm (Lille skrift foerst) Tj 40 0 0 40 50 300 Tm (Stor skrift) Tj ET"
    )
    assert read(write_plain_pdf(tmp_path / "a.pdf", stream=stream)).pages[0].title == "Stor skrift"


def test_a_page_of_only_a_drawing_has_no_text(tmp_path: Path) -> None:
    document = read(write_plain_pdf(tmp_path / "a.pdf", stream=b"1 0 0 rg 0 0 960 540 re f"))
    page = document.pages[0]
    assert (page.title, page.text, page.has_text, color_at(page.picture, 0.5, 0.5)) == (
        "",
        "",
        False,
        (2, 0, 0),
    )
    assert (document.title, document.language_hint) == ("", None)


def test_a_huge_page_is_scaled_down(tmp_path: Path) -> None:
    page = read(write_plain_pdf(tmp_path / "a.pdf", box="0 0 1440000 1440000")).pages[0]
    assert (page.width, page.height) == (960, 960)


def test_a_very_high_page_keeps_within_the_height(tmp_path: Path) -> None:
    page = read(write_plain_pdf(tmp_path / "a.pdf", box="0 0 100 100000")).pages[0]
    assert (page.width, page.height) == (2, 1920)


def test_text_over_the_limit_is_cut(tmp_path: Path) -> None:
    page = read(make_pdf(tmp_path / "a.pdf", [("Å", ["å" * 40] * 100)]), Limits(page_text=501)).pages[0]
    assert len(page.text.encode()) in (500, 501)


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    assert refusal(write_encrypted_pdf(tmp_path / "a.pdf", b"hemmelig")) == "encrypted"


def test_a_pdf_that_only_forbids_changes_is_read(tmp_path: Path) -> None:
    assert read(write_encrypted_pdf(tmp_path / "a.pdf", b"")).pages[0].text == "Hemmeligt"


def test_400_pages_are_read_and_401_refused(tmp_path: Path) -> None:
    small = Limits(picture_width=20, thumbnail_width=10)
    assert len(read(write_plain_pdf(tmp_path / "a.pdf", count=400), small).pages) == 400
    (tmp_path / "b").mkdir()
    assert refusal(write_plain_pdf(tmp_path / "b" / "b.pdf", count=401)) == "too_many_pages"


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    assert refusal(write_plain_pdf(tmp_path / "a.pdf", count=0)) in ("no_pages", "broken")


def test_a_pdf_of_rubbish_between_good_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\n" + os.urandom(20_000) + b"\nstartxref\n77\n%%EOF\n")
    assert refusal(path) == "broken"


def test_a_stream_that_inflates_to_two_gigabytes_ends_only_the_child(tmp_path: Path) -> None:
    path = write_bomb_pdf(tmp_path / "a.pdf")
    assert (path.stat().st_size < 100_000, refusal(path, Limits(memory=600_000_000))) == (True, "bomb")


def test_a_drawing_without_end_is_stopped_by_its_processor_time(tmp_path: Path) -> None:
    assert refusal(write_endless_pdf(tmp_path / "a.pdf"), Limits(cpu=1)) == "bomb"


def test_a_drawing_without_end_is_stopped_by_the_clock(tmp_path: Path) -> None:
    start = time.monotonic()
    assert (refusal(write_endless_pdf(tmp_path / "a.pdf"), Limits(wall=1)), time.monotonic() - start < 5) == (
        "bomb",
        True,
    )


def test_nothing_is_left_running_or_lying_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    refusal(write_endless_pdf(tmp_path / "a.pdf"), Limits(wall=1))
    read(make_pptx(tmp_path / "b.pptx"))
    children = [
        entry for entry in Path("/proc").glob("[0-9]*/cmdline") if b"core.documents.child" in _bytes(entry)
    ]
    mine = [entry for entry in children if str(tmp_path).encode() in _bytes(entry)]
    assert (list((tmp_path / "tmp").iterdir()), mine) == ([], [])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_caller_that_breaks_off_takes_the_child_with_it(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(number: int, count: int) -> None:
        raise Stop

    path = make_pdf(tmp_path / "a.pdf", TWELVE)
    with pytest.raises(Stop):
        read_document(path, "pdf", tmp_path / "pages", on_page=stop)
    assert list((tmp_path / "pages").iterdir()) == []


def test_the_child_knows_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/name")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "secret" not in str(child_environment("/tmp"))


SLIDES = [
    ("Fælles mål på Ærø", ["Økonomi i kommunerne", "Åben for alle"], "Sig det til Søren"),
    ("Næste skridt", ["#set page(fill: red)", '$x$ *fed* `kode` #read("/etc/passwd")'], ""),
]


def test_a_powerpoint_file_becomes_pages_with_notes(tmp_path: Path) -> None:
    document = read(make_pptx(tmp_path / "a.pptx", SLIDES))
    assert [(page.number, page.title, page.text, page.notes, page.has_text) for page in document.pages] == [
        (n, title, "\n".join([title, *lines]), notes, True)
        for n, (title, lines, notes) in enumerate(SLIDES, start=1)
    ]
    assert (document.title, document.picture_source) == ("Fælles mål på Ærø", "simplified")


def test_tables_groups_and_hidden_slides_are_told_apart(tmp_path: Path) -> None:
    document = read(make_rich_pptx(tmp_path / "a.pptx"))
    assert [(page.title, page.text, page.notes) for page in document.pages] == [
        (
            "Måling af økonomi på Ærø",
            "Måling af økonomi på Ærø\nKommune | Effekt\nÅbenrå | 14 %\nInderst i en gruppe: blå bær",
            "Sig det højt: åh ja",
        )
    ]


def test_the_simplified_picture_has_fills_and_pictures_in_their_places(tmp_path: Path) -> None:
    page = read(make_rich_pptx(tmp_path / "a.pptx")).pages[0]
    places = {"red box": (0.7, 0.67), "blue picture": (0.25, 0.67), "paper": (0.97, 0.97)}
    assert {name: color_at(page.picture, *place) for name, place in places.items()} == {
        "red box": (2, 0, 0),
        "blue picture": (0, 0, 2),
        "paper": (2, 2, 2),
    }


def test_words_of_a_slide_never_become_program_text(tmp_path: Path) -> None:
    page = read(make_pptx(tmp_path / "a.pptx", [SLIDES[1]])).pages[0]
    assert color_at(page.picture, 0.98, 0.98) == (2, 2, 2)


def test_libreoffice_draws_where_it_is_installed_and_typst_where_not(tmp_path: Path) -> None:
    document = read(make_pptx(tmp_path / "a.pptx", SLIDES), office="find")
    assert (document.picture_source, len(document.pages)) == (
        "libreoffice" if find_office() else "simplified",
        2,
    )


def test_a_failing_office_program_gives_way_to_the_simplified_picture(tmp_path: Path) -> None:
    assert read(make_pptx(tmp_path / "a.pptx", SLIDES), office="/bin/false").picture_source == "simplified"


def test_a_hanging_office_program_is_ended(tmp_path: Path) -> None:
    hanging = tmp_path / "office"
    hanging.write_text("#!/bin/sh\nsleep 600 & sleep 600\n")
    hanging.chmod(0o755)
    document = read(make_pptx(tmp_path / "a.pptx", SLIDES), Limits(office_wall=1), office=str(hanging))
    assert document.picture_source == "simplified"


def test_an_opendocument_file_becomes_pages(tmp_path: Path) -> None:
    document = read(make_odp(tmp_path / "a.odp"))
    assert [(page.title, page.text, page.notes, page.has_text) for page in document.pages] == [
        (
            "Fælles mål på Ærø",
            "Fælles mål på Ærø\nFørste punkt\nUnderpunkt: åben\nI en gruppe\nKommune | Effekt",
            "Husk at hilse på Søren",
            True,
        ),
        ("", "", "", False),
    ]
    assert (document.title, document.language_hint, document.picture_source) == (
        "Vejen frem",
        "da",
        "simplified",
    )
    assert color_at(document.pages[0].picture, 0.75, 0.5) == (2, 0, 0)


def test_a_deck_with_a_missing_part_is_refused(tmp_path: Path) -> None:
    path = change_pptx(tmp_path / "a.pptx", lambda parts: parts.pop("ppt/slideLayouts/slideLayout2.xml"))
    assert refusal(path) == "broken"


def test_a_deck_of_broken_xml_is_refused(tmp_path: Path) -> None:
    path = change_pptx(
        tmp_path / "a.pptx", lambda parts: parts.update({"ppt/slides/slide1.xml": b"<p:sld><"})
    )
    odp = make_odp(tmp_path / "b.odp", "<x><draw:page </x>")
    assert [refusal(path), refusal(odp)] == ["broken", "broken"]


def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    broken = {"ppt/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(50)}
    path = change_zip(make_rich_pptx(tmp_path / "a.pptx"), lambda parts: parts.update(broken))
    assert color_at(read(path).pages[0].picture, 0.25, 0.67) == (2, 2, 2)
