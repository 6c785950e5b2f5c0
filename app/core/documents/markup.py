"""Reading a page of ours into blocks: a small subset of HTML, and nothing beside it.

What the subset is stands in docs/decisions/0037-reports-and-papers.md. Whatever else a template says is an
error, so that no paper ever leaves out a thing that the page shows.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from lxml import etree, html

from app.core.documents.blocks import (
    Block,
    Contents,
    Document,
    Facts,
    Heading,
    Items,
    Line,
    PageBreak,
    Paragraph,
    Quote,
    Run,
    Table,
    Title,
)

_BLANKS = re.compile(r"[ \t\r\n\f]+")
# What XML, and with it every DOCX, cannot hold.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INLINE = {"a", "strong", "em", "br", "span", "time"}
_ATTRIBUTES = {
    "section": {"id", "aria-labelledby"},
    "nav": {"aria-labelledby", "aria-label", "id"},
    "h1": {"id"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "p": {"class"},
    "th": {"scope", "class"},
    "td": {"class"},
    "a": {"href"},
    "time": {"datetime"},
}


def writable(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNWRITABLE.sub("", text)


class Unreadable(ValueError):
    """The page says something that is not of the subset."""


def read_html(page: str, site_address: str = "") -> Document:
    """The blocks of a page. `site_address` goes before links that begin with a slash. Raises Unreadable."""
    root = html.document_fromstring(f"<!doctype html><html><body>{writable(page)}</body></html>")
    body = root.find("body")
    assert body is not None
    document = Document(tuple(_Reader(site_address, _find_sections(body)).read(body)))
    _check_levels(document)
    _check_targets(document)
    return document


def _find_sections(body: etree._Element) -> dict[str, str]:
    """{id of a section: id of the heading that names it}: a link to the one leads to the other."""
    found = {section.get("id"): section.get("aria-labelledby") for section in body.iter("section")}
    return {own: named for own, named in found.items() if own and named}


def _check_levels(document: Document) -> None:
    before = 0
    for heading in document.headings():
        if heading.level > before + 1:
            raise Unreadable(f"a level is skipped before {heading}")
        before = heading.level
    if sum(isinstance(block, Title) for block in document.blocks) > 1:
        raise Unreadable("more than one h1")


def _check_targets(document: Document) -> None:
    named = (block for block in document.blocks if isinstance(block, Title | Heading))
    targets = [block.anchor for block in named if block.anchor]
    if len(targets) != len(set(targets)):
        raise Unreadable("an id stands twice")
    for block in document.blocks:
        for line in _lines_of(block):
            for run in line:
                if run.link and run.link.startswith("#") and run.link[1:] not in targets:
                    raise Unreadable(f"nothing stands at {run.link}")


def _lines_of(block: Block) -> Iterator[Line]:
    match block:
        case Items() | Quote():
            yield from block.lines
        case Facts():
            for pair in block.pairs:
                yield from pair
        case Table():
            yield block.caption
            yield from block.columns
            for row in block.rows:
                yield from row
        case PageBreak():
            return
        case _:
            yield block.line


class _Reader:
    def __init__(self, site_address: str, sections: dict[str, str]) -> None:
        self._site_address = site_address.rstrip("/")
        self._sections = sections

    def read(self, element: etree._Element, language: str | None = None) -> Iterator[Block]:
        self._check_no_words(element)
        for child in _elements(element):
            yield from self._read_block(child, _language_of(child, language))

    def _read_block(self, element: etree._Element, language: str | None) -> Iterator[Block]:
        tag = _tag_of(element)
        _check_attributes(element, tag)
        match tag:
            case "section":
                yield from self.read(element, language)
            case "header":
                yield from self.read(element, language)
                yield PageBreak()
            case "nav":
                yield self._read_contents(element, language)
            case "h1":
                yield Title(self._line(element, language), element.get("id"))
            case "h2" | "h3" | "h4" | "h5":
                yield Heading(int(tag[1]) - 1, self._line(element, language), element.get("id"))
            case "p":
                line = self._line(element, language)
                if line:
                    yield Paragraph(line, _manner_of(element))
            case "ul" | "ol":
                yield Items(tuple(self._lines(element, "li", language)), tag == "ol")
            case "dl":
                yield self._read_facts(element, language)
            case "blockquote":
                yield Quote(tuple(self._lines(element, "p", language)))
            case "table":
                yield self._read_table(element, language)
            case _:
                raise Unreadable(f"<{tag}> as a block")

    def _read_contents(self, element: etree._Element, language: str | None) -> Contents:
        heading = element.find("h2")
        if heading is None:
            raise Unreadable("a nav without h2")
        # No section of its own, so that it does not stand in the contents itself.
        return Contents(self._line(heading, _language_of(heading, language)))

    def _lines(self, element: etree._Element, tag: str, language: str | None) -> Iterator[Line]:
        self._check_no_words(element)
        for child in _elements(element):
            if _tag_of(child) != tag:
                raise Unreadable(f"<{_tag_of(child)}> in <{_tag_of(element)}>")
            _check_attributes(child, tag)
            yield self._line(child, _language_of(child, language))

    def _read_facts(self, element: etree._Element, language: str | None) -> Facts:
        self._check_no_words(element)
        children = list(_elements(element))
        if [_tag_of(child) for child in children] != ["dt", "dd"] * (len(children) // 2):
            raise Unreadable("a dl of something else than pairs of dt and dd")
        lines = []
        for child in children:
            _check_attributes(child, _tag_of(child))
            lines.append(self._line(child, _language_of(child, language)))
        return Facts(tuple(zip(lines[::2], lines[1::2], strict=True)))

    def _read_table(self, element: etree._Element, language: str | None) -> Table:
        self._check_no_words(element)
        parts = {_tag_of(child): child for child in _elements(element)}
        if list(parts) != ["caption", "thead", "tbody"]:
            raise Unreadable(f"a table of {list(parts)}")
        caption = self._line(parts["caption"], _language_of(parts["caption"], language))
        heads = list(self._rows(parts["thead"], language))
        if len(heads) != 1:
            raise Unreadable("a table without one row of headings")
        head_cells, columns = heads[0]
        rows = []
        for cells, row in self._rows(parts["tbody"], language):
            if len(row) != len(columns):
                raise Unreadable("a row as long as no other")
            if [_tag_of(cell) for cell in cells] != ["th"] + ["td"] * (len(cells) - 1):
                raise Unreadable("a row that is not a th and its td")
            rows.append(row)
        numbers = frozenset(at for at, cell in enumerate(head_cells) if cell.get("class") == "number")
        return Table(caption, columns, tuple(rows), numbers)

    def _rows(
        self, part: etree._Element, language: str | None
    ) -> Iterator[tuple[list[etree._Element], tuple[Line, ...]]]:
        self._check_no_words(part)
        for row in _elements(part):
            if _tag_of(row) != "tr":
                raise Unreadable(f"<{_tag_of(row)}> in a table")
            self._check_no_words(row)
            own = _language_of(row, language)
            cells = list(_elements(row))
            for cell in cells:
                if _tag_of(cell) not in ("th", "td"):
                    raise Unreadable(f"<{_tag_of(cell)}> in a row")
                _check_attributes(cell, _tag_of(cell))
            yield cells, tuple(self._line(cell, _language_of(cell, own)) for cell in cells)

    def _line(self, element: etree._Element, language: str | None) -> Line:
        return _tidied(self._runs(element, Run("", language=language)))

    def _runs(self, element: etree._Element, looks: Run) -> Iterator[Run]:
        if element.text:
            yield _like(looks, element.text)
        for child in element:
            if isinstance(child, etree._Comment):
                raise Unreadable("a comment")
            tag = _tag_of(child)
            if tag not in _INLINE:
                raise Unreadable(f"<{tag}> among words")
            _check_attributes(child, tag)
            if tag == "br":
                yield Run("\n")
            else:
                yield from self._runs(child, self._look(child, tag, looks))
            if child.tail:
                yield _like(looks, child.tail)

    def _look(self, element: etree._Element, tag: str, looks: Run) -> Run:
        return Run(
            "",
            is_strong=looks.is_strong or tag == "strong",
            is_emphasis=looks.is_emphasis or tag == "em",
            link=self._address_of(element) if tag == "a" else looks.link,
            language=_language_of(element, looks.language),
        )

    def _address_of(self, element: etree._Element) -> str:
        address = element.get("href", "")
        if address.startswith("/") and not address.startswith("//"):
            return self._site_address + address
        if address.startswith("#"):
            return "#" + self._sections.get(address[1:], address[1:])
        if address.startswith(("https://", "http://", "mailto:")):
            return address
        raise Unreadable(f"a link to {address!r}")

    @staticmethod
    def _check_no_words(element: etree._Element) -> None:
        loose = [element.text, *(child.tail for child in element)]
        if any(text and text.strip() for text in loose):
            raise Unreadable(f"words outside of a block in <{_tag_of(element)}>: {loose}")


def _like(looks: Run, text: str) -> Run:
    return Run(
        _BLANKS.sub(" ", text), looks.is_strong, looks.is_emphasis, link=looks.link, language=looks.language
    )


def _tidied(runs: Iterable[Run]) -> Line:
    """Runs of the same looks as one; one blank where there were many, none at the ends of lines."""
    tidy: list[Run] = []
    for run in runs:
        text = run.text
        if text != "\n" and (not tidy or tidy[-1].text.endswith((" ", "\n"))):
            text = text.lstrip(" ")
        if text == "\n":
            _strip_end(tidy)
        if not text:
            continue
        last = tidy[-1] if tidy else None
        is_same = last is not None and _like(last, "") == _like(run, "") and "\n" not in (text, last.text)
        if last is not None and is_same:
            tidy[-1] = _with_text(last, last.text + text)
        else:
            tidy.append(_with_text(run, text))
    while tidy and not tidy[-1].text.strip():
        tidy.pop()
    _strip_end(tidy)
    return tuple(tidy)


def _strip_end(runs: list[Run]) -> None:
    while runs and runs[-1].text != "\n":
        stripped = runs[-1].text.rstrip(" ")
        if stripped:
            runs[-1] = _with_text(runs[-1], stripped)
            return
        runs.pop()


def _with_text(run: Run, text: str) -> Run:
    return Run(text, run.is_strong, run.is_emphasis, run.link, run.language)


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if not isinstance(child.tag, str):
            raise Unreadable(f"something that is no element: {child!r}")
        yield child


def _tag_of(element: etree._Element) -> str:
    return str(element.tag)


def _language_of(element: etree._Element, inherited: str | None) -> str | None:
    return element.get("lang") or inherited


def _check_attributes(element: etree._Element, tag: str) -> None:
    unknown = set(map(str, element.attrib)) - _ATTRIBUTES.get(tag, set()) - {"lang"}
    if unknown:
        raise Unreadable(f"{sorted(unknown)} at <{tag}>")


def _manner_of(element: etree._Element) -> Literal["plain", "meta", "note"]:
    match element.get("class"):
        case None:
            return "plain"
        case "meta":
            return "meta"
        case "note":
            return "note"
        case other:
            raise Unreadable(f"a paragraph of the class {other!r}")
