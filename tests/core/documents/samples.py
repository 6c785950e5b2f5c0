"""Makers of good decks, for any test that needs one."""

import io
import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import typst
from PIL import Image
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches

PdfPage = tuple[str, Sequence[str]]
PptxSlide = tuple[str, Sequence[str], str]

_PROGRAM = """
#let pages = json(bytes(sys.inputs.pages))
#set page(width: 960pt, height: 540pt, margin: 50pt)
#set text(font: "Libertinus Serif", size: 20pt, lang: "da", hyphenate: false)
#for (at, content) in pages.enumerate() {
  if at > 0 { pagebreak() }
  block(text(size: 36pt, content.at(0)))
  for line in content.at(1) { block(line) }
}
"""


def make_pdf(path: Path, pages: Sequence[PdfPage] = (("Én side", ["Ærø, Åbenrå og Ørsted"]),)) -> Path:
    """A good PDF with a title in large letters and lines on each page."""
    data = typst.compile(
        _PROGRAM.encode(),
        sys_inputs={"pages": json.dumps([[title, list(lines)] for title, lines in pages])},
        ignore_system_fonts=True,
        format="pdf",
    )
    path.write_bytes(data)
    return path


def make_pptx(path: Path, slides: Sequence[PptxSlide] = (("Én side", ["Ærø, Åbenrå"], ""),)) -> Path:
    """A good PowerPoint file: title, lines and notes for each slide."""
    deck = Presentation()
    for title, lines, notes in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    deck.save(str(path))
    return path


def make_rich_pptx(path: Path) -> Path:
    """One slide with a table, nested groups, a picture and a coloured box; a second that is hidden."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Måling af økonomi på Ærø"
    table = slide.shapes.add_table(2, 2, Inches(0.5), Inches(1.8), Inches(4), Inches(1)).table
    for row, cells in enumerate((("Kommune", "Effekt"), ("Åbenrå", "14 %"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    outer = slide.shapes.add_group_shape()
    inner = outer.shapes.add_group_shape()
    inner.shapes.add_textbox(
        Inches(5), Inches(2), Inches(3), Inches(1)
    ).text_frame.text = "Inderst i en gruppe: blå bær"
    box = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(5), Inches(4), Inches(4), Inches(2))
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor(0xFF, 0, 0)
    box.line.fill.background()
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), (0, 0, 255)).save(picture, "PNG")
    slide.shapes.add_picture(picture, Inches(0.5), Inches(4), Inches(4), Inches(2))
    slide.notes_slide.notes_text_frame.text = "Sig det højt: åh ja"
    hidden = deck.slides.add_slide(deck.slide_layouts[5])
    hidden.shapes.title.text = "Skjult"
    hidden.element.set("show", "0")
    deck.save(str(path))
    return path


def make_odp(path: Path, content: str | None = None, entries: Iterable[tuple[str, bytes]] = ()) -> Path:
    """A small OpenDocument deck of two slides: title, list, table, notes; the second has no words."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.presentation", ZIP_STORED)
        archive.writestr("content.xml", content or ODP_CONTENT)
        archive.writestr("styles.xml", ODP_STYLES)
        archive.writestr("meta.xml", ODP_META)
        archive.writestr("META-INF/manifest.xml", ODP_MANIFEST)
        for name, data in entries:
            archive.writestr(name, data)
    return path


def write_pdf(path: Path, objects: Sequence[bytes], trailer: bytes = b"") -> Path:
    """A PDF of the given objects (numbered from 1, the first is the catalogue) with a right table."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    path.write_bytes(bytes(out))
    return path


def write_plain_pdf(
    path: Path,
    count: int = 1,
    box: str = "0 0 960 540",
    stream: bytes = b"BT /F1 24 Tf 50 400 Td (Hej) Tj ET",
    filters: str = "",
    trailer: bytes = b"",
) -> Path:
    """A PDF of `count` pages that all show the same content stream."""
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + count))
    fonts = "/Resources << /Font << /F1 3 0 R >> >>"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R {fonts} >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), filters.encode(), stream),
        *[page.encode()] * count,
    ]
    return write_pdf(path, objects, trailer)


def deflate_zeros(size: int) -> bytes:
    """A zlib stream of `size` zero bytes (whole megabytes), made without packing more than one of them."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (size % 65_521) << 16 | 1
    return b"\x78\x9c" + block * (size >> 20) + b"\x03\x00" + checksum.to_bytes(4, "big")


_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"), ("draw", "drawing"), ("text", "text"), ("table", "table"), ("style", "style"),
        ("presentation", "presentation"), ("svg", "svg-compatible"), ("fo", "xsl-fo-compatible"),
        ("manifest", "manifest"), ("meta", "meta"),
    )
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip

ODP_CONTENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content {_NAMES}>
<office:automatic-styles>
<style:style style:name="red" style:family="graphic">
<style:graphic-properties draw:fill="solid" draw:fill-color="#ff0000" draw:stroke="none"/></style:style>
<style:style style:name="hide" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>
</office:automatic-styles>
<office:body><office:presentation>
<draw:page draw:name="page1" draw:master-page-name="Default">
<draw:frame presentation:class="title" svg:x="1cm" svg:y="1cm" svg:width="26cm" svg:height="3cm">
<draw:text-box><text:p>Fælles <text:span>mål</text:span><text:s/>på Ærø</text:p></draw:text-box></draw:frame>
<draw:frame presentation:class="outline" svg:x="1cm" svg:y="5cm" svg:width="12cm" svg:height="6cm">
<draw:text-box><text:list><text:list-item><text:p>Første punkt</text:p>
<text:list><text:list-item><text:p>Underpunkt: åben</text:p></text:list-item></text:list>
</text:list-item></text:list></draw:text-box></draw:frame>
<draw:g><draw:custom-shape draw:style-name="red" svg:x="14cm" svg:y="5cm" svg:width="10cm" svg:height="4cm">
<text:p>I en gruppe</text:p></draw:custom-shape></draw:g>
<draw:frame svg:x="14cm" svg:y="10cm" svg:width="10cm" svg:height="3cm"><table:table>
<table:table-row><table:table-cell><text:p>Kommune</text:p></table:table-cell>
<table:table-cell><text:p>Effekt</text:p></table:table-cell></table:table-row></table:table></draw:frame>
<presentation:notes><draw:frame presentation:class="notes"><draw:text-box>
<text:p>Husk at hilse på Søren</text:p></draw:text-box></draw:frame></presentation:notes>
</draw:page>
<draw:page draw:name="page2" draw:master-page-name="Default"/>
<draw:page draw:name="page3" draw:style-name="hide" draw:master-page-name="Default"/>
</office:presentation></office:body></office:document-content>
"""
ODP_STYLES = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-styles {_NAMES}>
<office:styles><style:default-style style:family="graphic">
<style:text-properties fo:language="da" fo:country="DK"/></style:default-style></office:styles>
<office:automatic-styles><style:page-layout style:name="PM1">
<style:page-layout-properties fo:page-width="28cm" fo:page-height="15.75cm" fo:margin-top="0cm"/>
</style:page-layout></office:automatic-styles>
<office:master-styles>
<style:master-page style:name="Default" style:page-layout-name="PM1"/></office:master-styles>
</office:document-styles>
"""
ODP_META = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-meta {_NAMES}>
<office:meta><dc:title>Vejen frem</dc:title></office:meta></office:document-meta>
"""
ODP_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest {_NAMES}>
<manifest:file-entry manifest:full-path="/"
  manifest:media-type="application/vnd.oasis.opendocument.presentation"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
