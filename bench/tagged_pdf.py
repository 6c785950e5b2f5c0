"""Reading a PDF as a screen reader does, and what is wrong with it: its tags, its titles, its languages.

Only PDFs whose objects stand in the open, as Typst writes them; another one is said to be unreadable. What
PDF/UA-1 asks beyond this (that the words of a tag are the right ones, say) no program can tell.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

REGIONS = {"da": "DK", "en": "GB", "sv": "SE"}
_TYPES = """
Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct P H1 H2 H3 H4 H5 H6 L LI Lbl LBody
Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Figure Formula Form
"""
STANDARD_TYPES = frozenset(_TYPES.split())
_SHOWING = {b"Tj", b"TJ", b"'", b'"', b"Do", b"f", b"f*", b"F", b"B", b"B*", b"b", b"b*", b"S", b"s", b"sh"}
_TOKEN = re.compile(
    rb"\s*(?:%[^\r\n]*\s*)*("
    rb"<<|>>|\[|\]|/[^\s()<>\[\]{}/%]*|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|<[0-9A-Fa-f\s]*>"
    rb"|\d+\s+\d+\s+R(?![\w*'])|[^\s()<>\[\]{}/%]+)",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class UnreadablePdf(ValueError):
    """Not a PDF, or not one whose objects stand in the open."""


@dataclass(frozen=True, slots=True)
class Name:
    word: str


@dataclass(frozen=True, slots=True)
class Link:
    """Leads to another object."""

    number: int


@dataclass(frozen=True, slots=True)
class Stream:
    about: dict[str, Any]
    raw: bytes

    def content(self) -> bytes:
        is_packed = self.about.get("Filter") == Name("FlateDecode")
        return zlib.decompress(self.raw) if is_packed else self.raw


class Pdf:
    """The objects of a file, by their numbers."""

    def __init__(self, file: bytes) -> None:
        self._file = file
        self._places, self.trailer = _read_places(file)

    def at(self, value: Any) -> Any:
        """What stands at a link; anything else as it is."""
        if not isinstance(value, Link):
            return value
        if value.number not in self._places:
            return None
        start = self._places[value.number]
        begin = re.compile(rb"\s*\d+\s+\d+\s+obj").match(self._file, start)
        if not begin:
            raise UnreadablePdf(f"no object {value.number} at its place")
        found, end = _read_value(self._file, begin.end())
        stream = re.compile(rb"\s*stream\r?\n").match(self._file, end)
        if stream and isinstance(found, dict):
            length = self.at(found.get("Length"))
            return Stream(found, self._file[stream.end() : stream.end() + length])
        return found

    @property
    def catalog(self) -> dict[str, Any]:
        return dict(self.at(self.trailer["Root"]))

    def pages(self) -> list[tuple[Link, dict[str, Any]]]:
        return [*self._pages_below(self.catalog["Pages"])]

    def _pages_below(self, link: Link) -> Iterator[tuple[Link, dict[str, Any]]]:
        node = self.at(link)
        if node.get("Type") == Name("Pages"):
            for kid in self.at(node["Kids"]):
                yield from self._pages_below(kid)
        else:
            yield link, node


def _read_places(file: bytes) -> tuple[dict[int, int], dict[str, Any]]:
    if not file.startswith(b"%PDF-"):
        raise UnreadablePdf("not a PDF")
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", file)
    table = re.compile(rb"xref\s+").match(file, int(start[1])) if start else None
    if not table:
        raise UnreadablePdf("its objects do not stand in the open")
    places: dict[int, int] = {}
    at = table.end()
    while part := re.compile(rb"(\d+) (\d+)\s+").match(file, at):
        first, count, at = int(part[1]), int(part[2]), part.end()
        for number in range(first, first + count):
            line = file[at : at + 20]
            if line[17:18] == b"n":
                places[number] = int(line[:10])
            at += 20
    trailer, _ = _read_value(file, file.index(b"trailer", at) + len(b"trailer"))
    if "Prev" in trailer:
        raise UnreadablePdf("it has been changed after it was written")
    return places, trailer


def _read_value(file: bytes, at: int) -> tuple[Any, int]:
    token, at = _next(file, at)
    if token == b"<<":
        found: dict[str, Any] = {}
        while True:
            name, at = _read_value(file, at)
            if name == ">>":
                return found, at
            found[name.word], at = _read_value(file, at)
    if token == b"[":
        several: list[Any] = []
        while True:
            one, at = _read_value(file, at)
            if one == "]":
                return several, at
            several.append(one)
    return _plain(token), at


def _next(file: bytes, at: int) -> tuple[bytes, int]:
    found = _TOKEN.match(file, at)
    if not found:
        raise UnreadablePdf(f"nothing that can be read at {at}")
    return found[1], found.end()


def _plain(token: bytes) -> Any:
    if token[:1] == b"/":
        return Name(
            re.sub(r"#([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), token[1:].decode("latin-1"))
        )
    if token[:1] == b"(":
        return Text(_unescaped(token[1:-1]))
    if token[:1] == b"<" and token != b"<<":
        return Text(bytes.fromhex(token[1:-1].decode()))
    if token[-1:] == b"R" and b" " in token:
        return Link(int(token.split()[0]))
    if token in (b"true", b"false"):
        return token == b"true"
    word = token.decode("latin-1")
    if re.fullmatch(r"[-+]?\d+", word):
        return int(word)
    return float(word) if re.fullmatch(r"[-+]?\d*\.\d*", word) else word


@dataclass(frozen=True, slots=True)
class Text:
    raw: bytes

    def __str__(self) -> str:
        return self.raw.decode("utf-16") if self.raw.startswith(b"\xfe\xff") else self.raw.decode("latin-1")


def _unescaped(raw: bytes) -> bytes:
    def said(escape: re.Match[str]) -> str:
        word = escape[1]
        return chr(int(word, 8)) if word[0].isdigit() else _ESCAPES.get(word, word)

    return re.sub(r"\\([0-7]{1,3}|.)", said, raw.decode("latin-1"), flags=re.DOTALL).encode("latin-1")


def operators(content: bytes) -> Iterator[tuple[bytes, list[Any]]]:
    """The operators of a page with what each is given."""
    at, given = 0, []
    while _TOKEN.match(content, at):
        value, at = _read_value(content, at)
        if isinstance(value, str) and value not in ("true", "false", "null"):
            yield value.encode("latin-1"), given
            given = []
        else:
            given.append(value)


# --- the tree of tags


@dataclass
class Tag:
    """`kind`: as the standard has it. `marks`: (page, number) of the pieces of content in the tag itself;
    `annotations`: links on the page that belong to it."""

    kind: str
    about: dict[str, Any]
    children: "list[Tag]" = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    annotations: list[int] = field(default_factory=list)

    def walk(self) -> "Iterator[Tag]":
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, *kinds: str) -> "list[Tag]":
        return [tag for tag in self.walk() if tag.kind in kinds]

    def all_marks(self) -> list[tuple[int, int]]:
        return [mark for tag in self.walk() for mark in tag.marks]

    def attributes(self, pdf: Pdf) -> dict[str, Any]:
        given = pdf.at(self.about.get("A")) or []
        return {
            name: value
            for one in (given if isinstance(given, list) else [given])
            for name, value in pdf.at(one).items()
        }


def read_tags(pdf: Pdf) -> Tag | None:
    """The tree from its root, or None where there is none."""
    root = pdf.at(pdf.catalog.get("StructTreeRoot"))
    if root is None:
        return None
    roles = {name: value.word for name, value in (pdf.at(root.get("RoleMap")) or {}).items()}
    top = Tag("StructTreeRoot", root)
    for kid in _kids(pdf, root):
        _hang(pdf, roles, top, kid, None)
    return top


def _kids(pdf: Pdf, node: dict[str, Any]) -> list[Any]:
    kids = pdf.at(node.get("K"))
    return kids if isinstance(kids, list) else [] if kids is None else [kids]


def _hang(pdf: Pdf, roles: dict[str, str], parent: Tag, kid: Any, page: Link | None) -> None:
    found = pdf.at(kid)
    if isinstance(found, int):
        assert page is not None
        parent.marks.append((page.number, found))
        return
    kind = found.get("Type", Name("StructElem")).word
    page = found.get("Pg", page)
    if kind == "MCR":
        parent.marks.append((page.number, found["MCID"]))
    elif kind == "OBJR":
        parent.annotations.append(found["Obj"].number)
    else:
        word = found["S"].word
        while word in roles and word not in STANDARD_TYPES:
            word = roles[word]
        tag = Tag(word, found)
        parent.children.append(tag)
        for one in _kids(pdf, found):
            _hang(pdf, roles, tag, one, page)


# --- what is wrong


def find_pdf_faults(file: bytes, language: str) -> list[str]:
    """What is wrong with a PDF that is written in `language`; nothing where nothing is."""
    try:
        pdf = Pdf(file)
        tree = read_tags(pdf)
    except UnreadablePdf as error:
        return [str(error)]
    faults = [*_of_the_whole(pdf, language)]
    if tree is None:
        return [*faults, "no tags"]
    return [
        *faults,
        *_of_tags(pdf, tree, language),
        *_of_headings(tree),
        *_of_tables(pdf, tree),
        *_of_links(pdf, tree),
        *_of_pages(pdf, tree),
    ]


def _of_the_whole(pdf: Pdf, language: str) -> Iterator[str]:
    catalog = pdf.catalog
    marked = pdf.at(catalog.get("MarkInfo")) or {}
    if marked.get("Marked") is not True or marked.get("Suspects") is True:
        yield "not marked as tagged"
    if (said := str(catalog.get("Lang", ""))) not in _locales(language):
        yield f"its language is {said or 'not told'}, not {language}"
    if (pdf.at(catalog.get("ViewerPreferences")) or {}).get("DisplayDocTitle") is not True:
        yield "the window shows the name of the file in the place of the title"
    title = str((pdf.at(pdf.trailer.get("Info")) or {}).get("Title", "")).strip()
    told = pdf.at(catalog.get("Metadata"))
    words = told.content().decode("utf-8", "replace") if isinstance(told, Stream) else ""
    if not title or not re.search(r"<dc:title>.*\S.*</dc:title>", words, re.DOTALL):
        yield "no title"
    if not re.search(r"pdfuaid:part(?:>|=[\"'])1\b", words):
        yield "does not say that it is PDF/UA-1"


def _locales(language: str) -> tuple[str, str]:
    return language, f"{language}-{REGIONS[language]}"


def _of_tags(pdf: Pdf, tree: Tag, language: str) -> Iterator[str]:
    known = {locale for one in REGIONS for locale in _locales(one)}
    for tag in tree.walk():
        if tag is tree:
            continue
        if tag.kind not in STANDARD_TYPES:
            yield f"a tag of no known kind: {tag.kind}"
        if "Lang" in tag.about and str(tag.about["Lang"]) not in known:
            yield f"words in a language that there is not: {tag.about['Lang']}"
        has_words = bool(
            str(tag.about.get("Alt", "")).strip() or str(tag.about.get("ActualText", "")).strip()
        )
        if tag.kind in ("Figure", "Formula") and not has_words:
            yield f"a {tag.kind} without words in its place"
        if tag.kind == "Figure" and "BBox" not in tag.attributes(pdf):
            yield "a Figure that does not say where it is"
        if tag.kind == "L" and any(child.kind not in ("LI", "L", "Caption") for child in tag.children):
            yield "a list of something else than lines"
        if tag.kind == "LI" and not tag.find("LBody"):
            yield "a line of a list without words"


def _of_headings(tree: Tag) -> Iterator[str]:
    before = 0
    headings = tree.find("H1", "H2", "H3", "H4", "H5", "H6")
    if not headings:
        yield "no headings"
    for tag in headings:
        level, words = int(tag.kind[1]), str(tag.about.get("T", ""))
        if level > before + 1:
            yield f"a level is skipped: {tag.kind} {words!r} after {f'H{before}' if before else 'nothing'}"
        if not tag.all_marks():
            yield f"an empty heading: {tag.kind} {words!r}"
        before = level


def _of_tables(pdf: Pdf, tree: Tag) -> Iterator[str]:
    for number, table in enumerate(tree.find("Table"), start=1):
        rows = table.find("TR")
        heads = table.find("TH")
        if not heads:
            yield f"table {number} has no TH"
        if any("Scope" not in head.attributes(pdf) for head in heads):
            yield f"table {number}: a TH that does not say of what"
        if any(cell.kind not in ("TH", "TD") for row in rows for cell in row.children):
            yield f"table {number}: a row of something else than cells"
        if any(row.children and row.children[0].kind != "TH" for row in rows):
            yield f"table {number}: a row that nothing names"
        if len({len(row.children) for row in rows}) > 1:
            yield f"table {number}: rows of several lengths"
        if not table.find("Caption"):
            yield f"table {number} has no caption"
        if any(not head.all_marks() for head in heads):
            yield f"table {number}: an empty TH"


def _of_links(pdf: Pdf, tree: Tag) -> Iterator[str]:
    links = tree.find("Link")
    tagged = {number for tag in links for number in tag.annotations}
    for tag in links:
        if not tag.annotations or not tag.all_marks():
            yield "a Link without a way or without words"
    for _, page in pdf.pages():
        for one in pdf.at(page.get("Annots")) or []:
            annotation = pdf.at(one)
            if annotation.get("Subtype") != Name("Link"):
                yield f"on a page stands a {annotation.get('Subtype')}"
            elif one.number not in tagged:
                yield "a link that no tag knows"
            elif not str(annotation.get("Contents", "")).strip():
                yield "a link that does not say where it leads"


def _of_pages(pdf: Pdf, tree: Tag) -> Iterator[str]:
    known = set(tree.all_marks())
    for number, (link, page) in enumerate(pdf.pages(), start=1):
        if page.get("Annots") and page.get("Tabs") != Name("S"):
            yield f"page {number}: the tabulator does not follow the tags"
        marks, loose = _marks_of(pdf, page)
        if loose:
            yield f"page {number}: {loose} pieces of content that are neither tagged nor decoration"
        if strange := {mark for mark in marks if (link.number, mark) not in known}:
            yield f"page {number}: {len(strange)} pieces of content that no tag knows"
        fonts = pdf.at(pdf.at(page["Resources"]).get("Font")) or {}
        for font in map(pdf.at, fonts.values()):
            if "ToUnicode" not in font:
                yield f"page {number}: words in {font.get('BaseFont')} that cannot be read out"


def _marks_of(pdf: Pdf, page: dict[str, Any]) -> tuple[set[int], int]:
    """The numbers of the pieces of content on a page, and how much stands outside of any."""
    contents = pdf.at(page.get("Contents"))
    streams = contents if isinstance(contents, list) else [contents]
    content = b"\n".join(pdf.at(one).content() for one in streams)
    marks: set[int] = set()
    within: list[bool] = []
    loose = 0
    for operator, given in operators(content):
        if operator in (b"BDC", b"BMC"):
            about = given[1] if len(given) > 1 and isinstance(given[1], dict) else {}
            if "MCID" in about:
                marks.add(about["MCID"])
            within.append("MCID" in about or given[0] == Name("Artifact"))
        elif operator == b"EMC":
            within.pop()
        elif operator in _SHOWING and not any(within):
            loose += 1
    return marks, loose
