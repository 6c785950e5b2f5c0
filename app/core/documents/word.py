"""Papers as DOCX: real styles, so that Word, LibreOffice and a case system find the headings.

python-docx makes the package. The body is built element by element: a table of python-docx takes the square
of its rows.
"""

import io
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import docx
from docx.document import Document as Package
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.shared import Cm
from lxml import etree

from app.core.documents.blocks import (
    CONTENTS_LEVELS,
    Block,
    Contents,
    Document,
    Facts,
    Heading,
    Imprint,
    Items,
    Line,
    PageBreak,
    Paragraph,
    Quote,
    Run,
    Table,
    Title,
    text_of,
)
from app.core.documents.markup import writable

LOCALES = {"da": "da-DK", "en": "en-GB", "sv": "sv-SE"}

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_STYLES = Path(__file__).with_name("paper_styles.xml")
_MANNERS = {"plain": None, "meta": "Meta", "note": "Note"}
_BULLETS, _NUMBERS = 1, 2
_PAGE_WIDTH = 9070  # twentieths of a point between the margins


def write_docx(document: Document, imprint: Imprint) -> bytes:
    """The document as a DOCX file."""
    package = docx.Document()
    imprint = _in_xml(imprint)
    locale = LOCALES.get(imprint.language, imprint.language)
    _set_styles(package, locale)
    _set_imprint(package, imprint, locale)
    _set_page(package, imprint)
    writer = _Writer(package, document)
    body = package.element.body
    end = body.find(_name("sectPr"))
    for element in writer.write(document.blocks):
        end.addprevious(element)
    _set_numbering(package, writer.lists)
    file = io.BytesIO()
    package.save(file)
    return file.getvalue()


def _name(tag: str) -> str:
    return f"{{{_W}}}{tag}"


def _make(tag: str, *children: etree._Element, **attributes: str | int) -> etree._Element:
    element = etree.Element(_name(tag), nsmap={"w": _W})
    for name, value in attributes.items():
        element.set(_name(name), str(value))
    element.extend(children)
    return element


# --- the package around the words


@cache
def _read_styles() -> bytes:
    return _STYLES.read_bytes()


def _set_styles(package: Package, locale: str) -> None:
    own = etree.fromstring(_read_styles())
    for language in own.iter(_name("lang")):
        language.set(_name("val"), locale)
        language.set(_name("eastAsia"), locale)
    theirs = package.styles.element
    theirs[:] = [element for element in own if isinstance(element.tag, str)]


def _in_xml(imprint: Imprint) -> Imprint:
    """Names and topics come as somebody typed them; the words of the document have been read by now."""
    return replace(
        imprint,
        title=writable(imprint.title),
        author=writable(imprint.author),
        reference=writable(imprint.reference),
        keywords=tuple(map(writable, imprint.keywords)),
    )


def _set_imprint(package: Package, imprint: Imprint, locale: str) -> None:
    known = package.core_properties
    known.title, known.subject, known.author = (
        imprint.title[:255],
        imprint.subject[:255],
        imprint.author[:255],
    )
    known.last_modified_by = imprint.author[:255]
    known.keywords = ", ".join(imprint.keywords)[:255]
    known.language, known.identifier, known.comments = locale, imprint.reference[:255], ""
    known.created = known.modified = imprint.made_at.replace(microsecond=0)
    settings = package.settings.element
    for element in settings.iter(_name("compatSetting")):
        if element.get(_name("name")) == "compatibilityMode":
            element.set(_name("val"), "15")
    for element in settings.iter(_name("themeFontLang")):
        element.set(_name("val"), locale)
    for key, relation in list(package.part.package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.part.package.rels[key]


def _set_page(package: Package, imprint: Imprint) -> None:
    section = package.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.2)
    head = section.header.paragraphs[0]._p
    head.extend([_words(imprint.reference), _make("r", _make("tab")), _words(imprint.author)])
    foot = section.footer.paragraphs[0]._p
    page, of = imprint.page_words
    foot.extend([_make("r", _make("tab")), _words(f"{page} "), *_field("PAGE", "1")])
    foot.extend([_words(f" {of} "), *_field("NUMPAGES", "1")])


def _set_numbering(package: Package, lists: int) -> None:
    """Bullets, numbers, and one more series of numbers for each numbered list, so that it begins at 1."""
    numbering = package.part.numbering_part.element
    numbering[:] = [_series(0, "bullet", "•"), _series(1, "decimal", "%1.")]
    numbering.append(_make("num", _make("abstractNumId", val=0), numId=_BULLETS))
    for number in range(_NUMBERS, _NUMBERS + lists + 1):
        anew = _make("lvlOverride", _make("startOverride", val=1), ilvl=0)
        numbering.append(_make("num", _make("abstractNumId", val=1), anew, numId=number))


def _series(number: int, form: str, mark: str) -> etree._Element:
    place = _make("pPr", _make("ind", left=454, hanging=341))
    level = _make("lvl", _make("start", val=1), _make("numFmt", val=form), ilvl=0)
    level.extend([_make("lvlText", val=mark), _make("lvlJc", val="left"), place])
    return _make("abstractNum", _make("multiLevelType", val="singleLevel"), level, abstractNumId=number)


# --- the words


def _words(text: str, *looks: etree._Element) -> etree._Element:
    words = _make("t")
    words.text = text
    words.set(_SPACE, "preserve")
    return _make("r", *([_make("rPr", *looks)] if looks else []), words)


def _field(instruction: str, shown: str) -> Iterable[etree._Element]:
    told = _make("instrText")
    told.text = f" {instruction} "
    told.set(_SPACE, "preserve")
    yield _make("r", _make("fldChar", fldCharType="begin"))
    yield _make("r", told)
    yield _make("r", _make("fldChar", fldCharType="separate"))
    yield _words(shown)
    yield _make("r", _make("fldChar", fldCharType="end"))


class _Writer:
    """Writes blocks one after the other. `lists`: how many numbered lists there were."""

    def __init__(self, package: Package, document: Document) -> None:
        self.lists = 0
        self._rels = package.part.rels
        self._outside: dict[str, str] = {}
        self._breaks = False
        self._places = {
            id(block): number
            for number, block in enumerate(document.blocks, start=1)
            if isinstance(block, Title | Heading)
        }
        named = (block for block in document.blocks if isinstance(block, Title | Heading) and block.anchor)
        self._targets = {f"#{block.anchor}": self._place_of(block) for block in named}
        self._headings = tuple(document.headings())

    def write(self, blocks: Iterable[Block]) -> Iterable[etree._Element]:
        for block in blocks:
            match block:
                case PageBreak():
                    self._breaks = True
                case Title():
                    yield self._named(block, "Title")
                case Heading():
                    yield self._named(block, f"Heading{block.level}")
                case Paragraph():
                    stays = [_make("keepNext")] if block.leads else []
                    yield self._paragraph(block.line, _MANNERS[block.manner], *stays)
                case Items():
                    yield from self._items(block)
                case Facts():
                    for name, said in block.pairs:
                        yield self._fact(name, said)
                case Quote():
                    for line in block.lines:
                        yield self._paragraph(line, "Quote")
                case Table():
                    yield self._paragraph(block.caption, "Caption")
                    yield self._table(block)
                    # Two tables in a row would else grow together.
                    yield _make("p", _make("pPr", _make("spacing", after=0)))
                case Contents():
                    yield from self._contents(block)

    def _place_of(self, block: Title | Heading) -> str:
        return f"_Toc{self._places[id(block)]:08}"

    def _named(self, block: Title | Heading, style: str) -> etree._Element:
        element = self._paragraph(block.line, style)
        number = self._places[id(block)]
        begin = _make("bookmarkStart", id=number, name=self._place_of(block))
        element.find(_name("pPr")).addnext(begin)
        element.append(_make("bookmarkEnd", id=number))
        return element

    def _paragraph(self, line: Line, style: str | None, *looks: etree._Element) -> etree._Element:
        about = _make("pPr")
        if style is not None:
            about.append(_make("pStyle", val=style))
        about.extend(looks)
        if self._breaks:
            self._breaks = False
            # Before the looks of lists and of cells, after those that keep it with the next.
            place = len(about) - sum(look.tag != _name("keepNext") for look in looks)
            about.insert(place, _make("pageBreakBefore"))
        return _make("p", about, *self._runs(line))

    def _runs(self, line: Line) -> Iterable[etree._Element]:
        for run in line:
            element = _written(run)
            if run.link is None:
                yield element
            elif run.link.startswith("#"):
                yield _make("hyperlink", element, anchor=self._targets[run.link], history=1)
            else:
                link = _make("hyperlink", element, history=1)
                link.set(f"{{{_R}}}id", self._relation(run.link))
                yield link

    def _relation(self, address: str) -> str:
        """The package's name for an address. Named here: python-docx looks through all each time."""
        if address not in self._outside:
            name = f"link{len(self._outside) + 1}"
            self._rels.add_relationship(RELATIONSHIP_TYPE.HYPERLINK, address, name, is_external=True)
            self._outside[address] = name
        return self._outside[address]

    def _items(self, block: Items) -> Iterable[etree._Element]:
        if not block.is_numbered:
            for line in block.lines:
                yield self._paragraph(line, "ListBullet")
            return
        self.lists += 1
        for line in block.lines:
            series = _make("numPr", _make("ilvl", val=0), _make("numId", val=_NUMBERS + self.lists))
            yield self._paragraph(line, "ListNumber", series)

    def _fact(self, name: Line, said: Line) -> etree._Element:
        strong = tuple(Run(run.text, True, run.is_emphasis, run.link, run.language) for run in name)
        element = self._paragraph(strong, "Fact")
        element.append(_make("r", _make("tab")))
        element.extend(list(self._runs(said)))
        return element

    def _table(self, block: Table) -> etree._Element:
        widths = [_PAGE_WIDTH * share // 1000 for share in block.widths()]
        about = _make("tblPr", _make("tblStyle", val="PaperTable"), _make("tblW", w=5000, type="pct"))
        about.append(_make("tblLayout", type="fixed"))
        about.append(
            _make("tblLook", firstRow=1, lastRow=0, firstColumn=1, lastColumn=0, noHBand=1, noVBand=1)
        )
        about.append(_make("tblCaption", val=text_of(block.caption)))
        grid = _make("tblGrid", *(_make("gridCol", w=width) for width in widths))
        head = self._row(block.columns, widths, block.numbers, _make("cantSplit"), _make("tblHeader"))
        rows = (self._row(row, widths, block.numbers, _make("cantSplit")) for row in block.rows)
        return _make("tbl", about, grid, head, *rows)

    def _row(
        self,
        cells: Iterable[Line],
        widths: Iterable[int],
        numbers: frozenset[int],
        *about: etree._Element,
    ) -> etree._Element:
        row = _make("tr", _make("trPr", *about))
        for at, (line, width) in enumerate(zip(cells, widths, strict=True)):
            looks = [_make("jc", val="right")] if at in numbers else []
            place = _make("tcPr", _make("tcW", w=width, type="dxa"))
            row.append(_make("tc", place, self._paragraph(line, "TableText", *looks)))
        return row

    def _contents(self, block: Contents) -> Iterable[etree._Element]:
        """The contents as a field, with its lines written out: nobody is asked to update it at the opening.

        The lines lead to their headings but give no page, as only who lays the pages out knows them; a press
        on F9 puts them in.
        """
        yield self._paragraph(block.line, "TOCHeading")
        lines = [heading for heading in self._headings if heading.level <= CONTENTS_LEVELS]
        begin, told, separate, _, end = _field(f'TOC \\o "1-{CONTENTS_LEVELS}" \\h \\z \\u', "")
        paragraphs = []
        for heading in lines:
            # No links of its own in a line that is one.
            words = tuple(Run(run.text, language=run.language) for run in heading.line)
            line = self._paragraph((), f"TOC{heading.level}")
            line.append(_make("hyperlink", *map(_written, words), anchor=self._place_of(heading), history=1))
            paragraphs.append(line)
        if not paragraphs:
            return
        for element in (separate, told, begin):
            paragraphs[0].insert(1, element)
        paragraphs[-1].append(end)
        self._breaks = True
        gallery = _make("docPartGallery", val="Table of Contents")
        about = _make("sdtPr", _make("docPartObj", gallery, _make("docPartUnique")))
        yield _make("sdt", about, _make("sdtContent", *paragraphs))


def _written(run: Run) -> etree._Element:
    if run.text == "\n":
        return _make("r", _make("br"))
    looks = []
    if run.link is not None:
        looks.append(_make("rStyle", val="Hyperlink"))
    if run.is_strong:
        looks += [_make("b"), _make("bCs")]
    if run.is_emphasis:
        looks += [_make("i"), _make("iCs")]
    if run.language is not None:
        looks.append(_make("lang", val=LOCALES.get(run.language, run.language)))
    return _words(run.text, *looks)
