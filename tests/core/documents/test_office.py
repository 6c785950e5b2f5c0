"""What LibreOffice is given to read points at nothing outside itself."""

from pathlib import Path
from zipfile import ZipFile

from app.core.documents.limits import LIMITS
from app.core.documents.office import convert_to_pdf, write_without_links
from tests.core.documents.hostile import add_lying_entry, change_pptx
from tests.core.documents.samples import ODP_CONTENT, make_odp, make_pptx

_RELATIONS = "ppt/slides/_rels/slide1.xml.rels"
_LINK = (
    '<Relationship Id="{id}" TargetMode="External" Target="http://127.0.0.1:9/x"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/>'
)


def test_linked_parts_of_a_powerpoint_file_lead_nowhere_and_hyperlinks_stay(tmp_path: Path) -> None:
    links = (
        _LINK.format(id="rId8", kind="image") + _LINK.format(id="rId9", kind="hyperlink") + "</Relationships>"
    )

    def link(parts: dict[str, bytes]) -> None:
        parts[_RELATIONS] = parts[_RELATIONS].replace(b"</Relationships>", links.encode())

    write_without_links(change_pptx(tmp_path / "a.pptx", link), tmp_path / "b.pptx", LIMITS)
    with ZipFile(tmp_path / "a.pptx") as before, ZipFile(tmp_path / "b.pptx") as after:
        relations = after.read(_RELATIONS).decode()
        assert before.namelist() == after.namelist()
        assert before.read("ppt/slides/slide1.xml") == after.read("ppt/slides/slide1.xml")
    assert (relations.count("http://127.0.0.1:9/x"), relations.count("about:blank")) == (1, 1)


def test_linked_pictures_of_an_opendocument_file_lose_their_address(tmp_path: Path) -> None:
    image = '<draw:image xlink:href="{}"/>'
    images = "".join(
        image.format(a) for a in ("http://127.0.0.1:9/x", "file:///etc/passwd", "../x", "Pictures/1.png")
    )
    link = '<text:a xlink:href="https://example.org/">x</text:a>'
    content = ODP_CONTENT.replace(
        "<draw:g>", f"<draw:frame>{images}</draw:frame><text:p>{link}</text:p><draw:g>"
    )
    write_without_links(make_odp(tmp_path / "a.odp", content), tmp_path / "b.odp", LIMITS)
    with ZipFile(tmp_path / "b.odp") as archive:
        found = archive.read("content.xml").decode()
    addresses = [part.split('"')[0] for part in found.split('xlink:href="')[1:]]
    assert addresses == ["Pictures/1.png", "https://example.org/"]


def test_a_file_that_lies_is_not_handed_on(tmp_path: Path) -> None:
    lying = add_lying_entry(tmp_path / "a.pptx", really=3_000_000, said=10)
    assert convert_to_pdf("/bin/true", lying, "pptx", tmp_path, LIMITS) is None


def test_an_office_program_that_makes_nothing_gives_nothing(tmp_path: Path) -> None:
    assert convert_to_pdf("/bin/true", make_pptx(tmp_path / "a.pptx"), "pptx", tmp_path, LIMITS) is None
