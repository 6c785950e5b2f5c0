"""The quick look at an upload: every kind of file ends in its kind or in the right refusal."""

import resource
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from app.core.documents.check import check_upload
from app.core.documents.limits import CODES, Limits, Refused
from tests.core.documents.hostile import (
    add_entry,
    add_lying_entry,
    add_zip_bomb,
    change_pptx,
    change_zip,
    write_crowded_zip,
    write_encrypted_pdf,
    write_overlapping_zip,
)
from tests.core.documents.samples import (
    ODP_CONTENT,
    ODP_MANIFEST,
    make_odp,
    make_pdf,
    make_pptx,
    write_plain_pdf,
)

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@pytest.fixture(autouse=True)
def modest() -> Iterator[None]:
    """No check takes 10 seconds or 100 MB."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * _PEAK_UNIT
    assert (grown < 100_000_000, time.monotonic() - start < 10) == (True, True)


def refusal(path: Path, filename: str, limits: Limits | None = None) -> str:
    """The code that the file is refused with, or the kind that it is taken as."""
    try:
        return check_upload(path, filename, limits) if limits else check_upload(path, filename)
    except Refused as refused:
        assert refused.code in CODES
        return refused.code


def test_good_files_are_taken_as_what_they_are(tmp_path: Path) -> None:
    assert [
        check_upload(make_pdf(tmp_path / "a"), "Oplæg på Ærø.PDF"),
        check_upload(make_pptx(tmp_path / "b"), "oplæg.pptx"),
        check_upload(make_odp(tmp_path / "c"), " oplæg.odp "),
    ] == ["pdf", "pptx", "odp"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    assert refusal(tmp_path / "a.pdf", "a.pdf") == "empty"


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    assert refusal(make_pdf(tmp_path / "a.pdf"), "a.pdf", Limits(upload=1_000)) == "too_big"


@pytest.mark.parametrize("name", ["a.docx", "a", "a.ppt", "a.pdf.exe", ".pdf", "a.html", "pdf", "a.key"])
def test_a_name_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(make_pdf(tmp_path / "a"), name) == "unknown_kind"


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><body>Hej</body></html>",
        b"GIF89a" + bytes(100),
        b"MZ" + bytes(2000) + b"%PDF-1.7 %%EOF startxref",
        b"tekst",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    ],
)
def test_other_content_named_as_a_deck_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert [refusal(tmp_path / "a", name) for name in ("a.pdf", "a.pptx", "a.odp")] == [
        "not_what_it_says"
    ] * 3


def test_a_good_file_under_another_kinds_name_is_refused(tmp_path: Path) -> None:
    pdf, pptx, odp = make_pdf(tmp_path / "a"), make_pptx(tmp_path / "b"), make_odp(tmp_path / "c")
    wrong = [
        (pdf, "a.pptx"),
        (pdf, "a.odp"),
        (pptx, "a.pdf"),
        (pptx, "a.odp"),
        (odp, "a.pdf"),
        (odp, "a.pptx"),
    ]
    assert [refusal(path, name) for path, name in wrong] == ["not_what_it_says"] * 6


def test_another_office_kind_in_a_zip_is_refused(tmp_path: Path) -> None:
    document = change_pptx(
        tmp_path / "a.pptx",
        lambda parts: parts.update(
            {
                "[Content_Types].xml": parts["[Content_Types].xml"].replace(
                    b"presentationml.presentation.main", b"wordprocessingml.document.main"
                )
            }
        ),
    )
    drawing = tmp_path / "b.odp"
    with ZipFile(drawing, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.graphics")
        archive.writestr("content.xml", ODP_CONTENT)
    assert [refusal(document, "a.pptx"), refusal(drawing, "b.odp")] == ["not_what_it_says"] * 2


def test_a_pdf_after_a_byte_order_mark_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + make_pdf(tmp_path / "b.pdf").read_bytes())
    assert check_upload(path, "a.pdf") == "pdf"


def test_a_file_that_is_two_things_at_once_is_refused(tmp_path: Path) -> None:
    pdf, pptx = make_pdf(tmp_path / "a").read_bytes(), make_pptx(tmp_path / "b").read_bytes()
    for name, content in {
        "zip after.pdf": pdf + pptx,
        "page before.pdf": b"<html><script>alert(1)</script>" + pdf,
        "page after.pdf": pdf + b"<script>alert(1)</script>",
        "picture before.pdf": b"GIF89a" + pdf,
        "header inside.pptx": pptx[:30] + b"%PDF-1.7" + pptx[38:],
    }.items():
        (tmp_path / name).write_bytes(content)
        assert (name, refusal(tmp_path / name, name)) == (name, "not_what_it_says")


def test_a_zip_with_something_before_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pptx").write_bytes(b"#!/bin/sh\n" + make_pptx(tmp_path / "b").read_bytes())
    (tmp_path / "c.pptx").write_bytes(b"PK\x03\x04" + bytes(60) + make_pptx(tmp_path / "b").read_bytes())
    assert [refusal(tmp_path / "a.pptx", "a.pptx"), refusal(tmp_path / "c.pptx", "c.pptx")] == [
        "not_what_it_says",
        "broken",
    ]


@pytest.mark.parametrize("share", [0.3, 0.9, 0.995])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    made = {
        "a.pdf": make_pdf(tmp_path / "a"),
        "a.pptx": make_pptx(tmp_path / "b"),
        "a.odp": make_odp(tmp_path / "c"),
    }
    for path in made.values():
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
    assert [refusal(path, name) for name, path in made.items()] == ["broken"] * 3


def test_damage_inside_a_zip_is_seen(tmp_path: Path) -> None:
    path = make_pptx(tmp_path / "a.pptx")
    content = bytearray(path.read_bytes())
    for place in range(2_000, 2_040):
        content[place] ^= 0x5A
    path.write_bytes(bytes(content))
    assert refusal(path, "a.pptx") == "broken"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = add_zip_bomb(tmp_path / "a.pptx")
    start = time.monotonic()
    assert (refusal(path, "a.pptx"), time.monotonic() - start < 0.5) == ("bomb", True)


def test_an_entry_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    larger = add_lying_entry(tmp_path / "a.pptx", really=50_000_000, said=10)
    smaller = add_lying_entry(tmp_path / "b.pptx", really=10, said=5_000)
    assert [refusal(larger, "a.pptx"), refusal(smaller, "b.pptx")] == ["bomb", "broken"]


def test_many_entries_over_one_kernel_are_refused(tmp_path: Path) -> None:
    path = write_overlapping_zip(tmp_path / "a.pptx")
    assert (path.stat().st_size < 100_000, refusal(path, "a.pptx")) == (True, "bomb")


def test_a_zip_of_very_many_entries_is_refused(tmp_path: Path) -> None:
    assert refusal(write_crowded_zip(tmp_path / "a.pptx", 20_000), "a.pptx") == "bomb"


def test_too_much_xml_is_refused(tmp_path: Path) -> None:
    path = make_pptx(tmp_path / "a.pptx")
    assert refusal(path, "a.pptx", Limits(unpacked_xml=50_000)) == "bomb"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "ppt/../../x", "..\\x", "C:/x", "ppt/a\nb"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = add_entry(make_pptx(tmp_path / "a.pptx"), ZipInfo(name), b"x")
    assert refusal(path, "a.pptx") == "unsafe"


def test_a_link_in_the_archive_is_refused(tmp_path: Path) -> None:
    link = ZipInfo("ppt/media/image9.png")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = add_entry(make_pptx(tmp_path / "a.pptx"), link, b"/etc/passwd")
    assert refusal(path, "a.pptx") == "unsafe"


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    path = add_entry(make_pptx(tmp_path / "a.pptx"), ZipInfo("PPT/presentation.xml"), b"<x/>")
    assert refusal(path, "a.pptx") == "broken"


_DECLARATION = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["ppt/slides/slide9.xml", "ppt/slides/slide9.bin", "docProps/x.rels"])
def test_a_document_type_declaration_is_refused(tmp_path: Path, encoding: str, name: str) -> None:
    path = change_pptx(tmp_path / "a.pptx", lambda parts: parts.update({name: _DECLARATION.encode(encoding)}))
    assert refusal(path, "a.pptx") == "unsafe"


def test_a_declaration_across_two_pieces_is_refused(tmp_path: Path) -> None:
    late = b"<x>" + b" " * (65_536 - 6) + b'<!DOCTYPE x [<!ENTITY a "a">]></x>'
    path = change_pptx(tmp_path / "a.pptx", lambda parts: parts.update({"ppt/slides/slide9.xml": late}))
    assert refusal(path, "a.pptx") == "unsafe"


def test_xml_in_an_odd_encoding_is_refused(tmp_path: Path) -> None:
    odd = b'<?xml version="1.0" encoding="UTF-7"?><x/>'
    path = change_pptx(tmp_path / "a.pptx", lambda parts: parts.update({"ppt/slides/slide9.xml": odd}))
    assert refusal(path, "a.pptx") == "unsafe"


def test_a_declaration_in_a_drawing_that_is_only_carried_along_is_no_harm(tmp_path: Path) -> None:
    drawing = b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg/>'
    path = change_pptx(tmp_path / "a.pptx", lambda parts: parts.update({"ppt/media/icon.svg": drawing}))
    assert check_upload(path, "a.pptx") == "pptx"


@pytest.mark.parametrize("name", ["ppt/vbaProject.bin", "ppt/embeddings/book.xlsm"])
def test_program_code_inside_is_refused(tmp_path: Path, name: str) -> None:
    path = change_pptx(tmp_path / "a.pptx", lambda parts: parts.update({name: b"code"}))
    assert refusal(path, "a.pptx") == "macros"


def test_a_deck_declared_with_macros_is_refused_by_name_and_by_content(tmp_path: Path) -> None:
    path = change_pptx(
        tmp_path / "a.pptx",
        lambda parts: parts.update(
            {
                "[Content_Types].xml": parts["[Content_Types].xml"].replace(
                    b"vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
                    b"vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
                )
            }
        ),
    )
    basic = make_odp(tmp_path / "b.odp", entries=[("Basic/Standard/Module1.xml", b"<x/>")])
    assert [refusal(path, "a.pptx"), refusal(path, "a.pptm"), refusal(basic, "b.odp")] == ["macros"] * 3


def test_a_deck_under_a_password_is_refused(tmp_path: Path) -> None:
    office = tmp_path / "a.pptx"
    office.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1_000)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(1_000)
    )
    locked = make_pptx(tmp_path / "b.pptx")
    content = bytearray(locked.read_bytes())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(bytes(content))
    manifest = ODP_MANIFEST.replace('path="content.xml"', 'path="content.xml" manifest:encryption-data="x"')
    open_document = change_zip(
        make_odp(tmp_path / "c.odp"), lambda parts: parts.update({"META-INF/manifest.xml": manifest.encode()})
    )
    assert [refusal(office, "a.pptx"), refusal(locked, "b.pptx"), refusal(open_document, "c.odp")] == [
        "encrypted"
    ] * 3


def test_too_many_slides_are_refused(tmp_path: Path) -> None:
    slides = change_pptx(
        tmp_path / "a.pptx",
        lambda parts: parts.update({f"ppt/slides/slide{n}.xml": b"<x/>" for n in range(2, 402)}),
    )
    page = '<draw:page draw:name="p" draw:master-page-name="Default"/>'
    pages = make_odp(tmp_path / "b.odp", ODP_CONTENT.replace(page, page * 401))
    content = ODP_CONTENT.replace(
        "</office:presentation>", '<draw:page draw:name="p"/>' * 401 + "</office:presentation>"
    )
    many = make_odp(tmp_path / "c.odp", content)
    assert [refusal(slides, "a.pptx"), check_upload(pages, "b.odp"), refusal(many, "c.odp")] == [
        "too_many_pages",
        "odp",
        "too_many_pages",
    ]


def test_a_deck_without_slides_is_refused(tmp_path: Path) -> None:
    path = make_pptx(tmp_path / "a.pptx", slides=[])
    assert refusal(path, "a.pptx") == "no_pages"


def test_a_pdf_that_anyone_may_open_is_taken(tmp_path: Path) -> None:
    assert check_upload(write_encrypted_pdf(tmp_path / "a.pdf", b""), "a.pdf") == "pdf"


def test_a_pdf_with_a_zip_as_an_attachment_is_taken(tmp_path: Path) -> None:
    attachment = make_pptx(tmp_path / "b.pptx").read_bytes()
    assert check_upload(write_plain_pdf(tmp_path / "a.pdf", stream=attachment), "a.pdf") == "pdf"
