"""OpenDocument presentations (odp): words, notes, and what stands where on each slide."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from lxml.etree import QName, _Element

from app.core.documents.archives import Archive
from app.core.documents.limits import Limits, Refused
from app.core.documents.slides import (
    Align,
    Anchor,
    Box,
    Outline,
    Paragraph,
    PictureFolder,
    Run,
    Slide,
    SlideShow,
)

_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_DC = "{http://purl.org/dc/elements/1.1/}"

_UNITS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_LENGTH = re.compile(r"(-?[\d.]{1,12})(cm|mm|in|pt|pc|px)")
_COLOR = re.compile("#[0-9a-fA-F]{6}")
_DEFAULT_SIZES = {"title": 40.0, "subtitle": 28.0, "outline": 26.0}
_QUIET = {"date-time", "footer", "page-number", "header", "notes"}
_DEEPEST = 40
_MOST_BOXES = 1_500
_MOST_PARENTS = 20
_MOST_SPACES = 100
_LARGEST_PART = 48_000_000
_LARGEST_PICTURE = 60_000_000
_ANCHORS: dict[str, Anchor] = {"top": "top", "middle": "horizon", "bottom": "bottom"}
_ALIGNS: dict[str, Align] = {"center": "center", "end": "right", "right": "right"}
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def read_opendocument(path: Path, pictures: PictureFolder, limits: Limits) -> SlideShow:
    """All shown slides. Raises Refused: broken, bomb, too_many_pages or no_pages."""
    with Archive(path, limits) as archive:
        content = _parse(archive, "content.xml")
        if content is None:
            raise Refused("broken", "no content.xml")
        styles = _Styles([_parse(archive, "styles.xml"), content])
        pages = [page for page in content.iter(f"{_DRAW}page") if not styles.hides(page)]
        if len(pages) > limits.pages:
            raise Refused("too_many_pages", f"{len(pages)} pages")
        if not pages:
            raise Refused("no_pages")
        width, height = styles.page_size()
        meta = _parse(archive, "meta.xml")
        return SlideShow(
            width=width,
            height=height,
            title=(meta.findtext(f".//{_DC}title") or "") if meta is not None else "",
            language=styles.language(),
            slides=[_PageReader(page, styles, archive, pictures).read() for page in pages],
        )


def _parse(archive: Archive, name: str) -> _Element | None:
    entry = next((entry for entry in archive.entries if entry.filename == name), None)
    if entry is None:
        return None
    try:
        return etree.fromstring(archive.read(entry, _LARGEST_PART), _PARSER)
    except etree.XMLSyntaxError as error:
        raise Refused("broken", f"{name}: {error}") from error


class _Styles:
    """Named looks, each with a parent to ask when it says nothing itself; content's come first."""

    def __init__(self, sources: list[_Element | None]) -> None:
        self._named: dict[tuple[str, str], _Element] = {}
        self._defaults: dict[str, _Element] = {}
        self._sources = [source for source in sources if source is not None]
        self.masters: dict[str, _Element] = {}
        for source in self._sources:
            for style in source.iter(f"{_STYLE}style"):
                self._named[style.get(f"{_STYLE}family", ""), style.get(f"{_STYLE}name", "")] = style
            for style in source.iter(f"{_STYLE}default-style"):
                self._defaults[style.get(f"{_STYLE}family", "")] = style
            for master in source.iter(f"{_STYLE}master-page"):
                self.masters[master.get(f"{_STYLE}name", "")] = master

    def chain(self, family: str, name: str | None) -> Iterator[_Element]:
        for _ in range(_MOST_PARENTS):
            style = self._named.get((family, name or ""))
            if style is None:
                break
            yield style
            name = style.get(f"{_STYLE}parent-style-name")
        if family in self._defaults:
            yield self._defaults[family]

    def find(self, family: str, name: str | None, properties: str, attribute: str) -> str | None:
        """The attribute on the nearest style's `properties` element, such as graphic-properties."""
        for style in self.chain(family, name):
            for element in style.findall(f"{_STYLE}{properties}"):
                value = element.get(attribute)
                if value is not None:
                    return value
        return None

    def hides(self, page: _Element) -> bool:
        name = page.get(f"{_DRAW}style-name")
        visible = self.find("drawing-page", name, "drawing-page-properties", f"{_PRESENTATION}visibility")
        return visible == "hidden"

    def page_size(self) -> tuple[float, float]:
        for source in self._sources:
            for layout in source.iter(f"{_STYLE}page-layout-properties"):
                width, height = (
                    _length(layout.get(f"{_FO}page-width")),
                    _length(layout.get(f"{_FO}page-height")),
                )
                if width > height > 0 and width < 100 * height:
                    return width, height
        return 28 * _UNITS["cm"], 15.75 * _UNITS["cm"]

    def language(self) -> str:
        for style in (self._defaults.get("graphic"), self._defaults.get("paragraph")):
            for element in style.iter(f"{_STYLE}text-properties") if style is not None else ():
                if element.get(f"{_FO}language") not in (None, "none"):
                    return element.get(f"{_FO}language", "")
        return ""


class _PageReader:
    def __init__(self, page: _Element, styles: _Styles, archive: Archive, pictures: PictureFolder) -> None:
        self._page = page
        self._styles = styles
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.entries}
        self._pictures = pictures
        self._title = ""
        self._texts: list[str] = []
        self._boxes: list[Box] = []
        self._notes: list[str] = []
        self._pictures_without_alt = 0

    def read(self) -> Slide:
        master = self._styles.masters.get(self._page.get(f"{_DRAW}master-page-name", ""))
        background = None
        if master is not None:
            background = self._page_fill(master)
            for element in master:
                if element.get(f"{_PRESENTATION}class") is None:
                    self._walk(element, 0, is_own=False)
        for element in self._page:
            if _local(element) == "notes":
                self._notes += [_plain(line) for line in _paragraphs_below(element)]
            else:
                self._walk(element, 0, is_own=True)
        texts = [*([self._title] if self._title else []), *self._texts]
        first = next((line for text in texts for line in text.split("\n") if line.strip()), "")
        return Slide(
            title=" ".join(self._title.split()) or first,
            text="\n".join(text for text in texts if text.strip()),
            notes="\n".join(self._notes),
            background=self._page_fill(self._page) or background or "#ffffff",
            boxes=self._boxes[:_MOST_BOXES],
            is_titled=bool(self._title.strip()),
            pictures_without_alt=self._pictures_without_alt,
        )

    def _page_fill(self, page: _Element) -> str | None:
        name = page.get(f"{_DRAW}style-name")
        kind = self._styles.find("drawing-page", name, "drawing-page-properties", f"{_DRAW}fill")
        color = self._styles.find("drawing-page", name, "drawing-page-properties", f"{_DRAW}fill-color")
        return color if kind == "solid" and color and _COLOR.fullmatch(color) else None

    def _walk(self, element: _Element, depth: int, is_own: bool) -> None:
        if depth > _DEEPEST or not isinstance(element.tag, str):
            return
        match _local(element):
            case "g" | "a":
                for child in element:
                    self._walk(child, depth + 1, is_own)
            case "frame":
                self._read_frame(element, is_own)
            case "custom-shape" | "rect" | "ellipse" | "circle" | "caption" | "path" | "polygon":
                self._read_shape(element, element, is_own)
            case "line" | "connector":
                self._read_line(element)

    def _read_frame(self, frame: _Element, is_own: bool) -> None:
        table = frame.find(f"{_TABLE}table")
        if table is not None:
            self._read_table(frame, table, is_own)
            return
        box = frame.find(f"{_DRAW}text-box")
        if box is not None:
            self._read_shape(frame, box, is_own)
            return
        said = "".join("".join(frame.itertext(f"{_SVG}{name}")) for name in ("title", "desc"))
        if is_own and frame.find(f"{_DRAW}image") is not None and not said.strip():
            self._pictures_without_alt += 1
        for image in frame.findall(f"{_DRAW}image"):
            entry = self._entries.get(image.get(f"{_XLINK}href", "").removeprefix("./"))
            if entry is None or not entry.filename.startswith(("Pictures/", "ObjectReplacements/")):
                continue
            picture = self._pictures.add(self._archive.read(entry, _LARGEST_PICTURE))
            if picture:
                self._boxes.append(Box(*_place(frame), picture=picture))
                return

    def _read_shape(self, shape: _Element, holder: _Element, is_own: bool) -> None:
        name = shape.get(f"{_PRESENTATION}class", "")
        family = "presentation" if shape.get(f"{_PRESENTATION}style-name") else "graphic"
        style = shape.get(f"{_PRESENTATION}style-name") or shape.get(f"{_DRAW}style-name")
        paragraphs = self._read_paragraphs(holder, family, style, _DEFAULT_SIZES.get(name, 18.0))
        text = "\n".join(paragraph.text for paragraph in paragraphs if paragraph.text.strip())
        if is_own and text and name not in _QUIET:
            if name == "title" and not self._title:
                self._title = text
            else:
                self._texts.append(text)
        fill = self._graphic(family, style, f"{_DRAW}fill-color")
        stroke = self._graphic(family, style, f"{_SVG}stroke-color")
        has_fill = self._graphic(family, style, f"{_DRAW}fill") == "solid"
        has_stroke = self._graphic(family, style, f"{_DRAW}stroke") in ("solid", "dash")
        width = _length(self._graphic(family, style, f"{_SVG}stroke-width"))
        vertical = self._graphic(family, style, f"{_DRAW}textarea-vertical-align") or "top"
        is_free = _local(shape) in ("path", "polygon")
        self._boxes.append(
            Box(
                *_place(shape),
                outline=_outline(shape),
                fill=fill
                if has_fill and fill and _COLOR.fullmatch(fill) and not (is_free and not text)
                else None,
                stroke=stroke if has_stroke and stroke and _COLOR.fullmatch(stroke) and not is_free else None,
                stroke_width=max(width, 0.5),
                paragraphs=paragraphs if text else [],
                anchor=_ANCHORS.get(vertical, "top"),
            )
        )

    def _graphic(self, family: str, style: str | None, attribute: str) -> str | None:
        return self._styles.find(family, style, "graphic-properties", attribute)

    def _read_line(self, line: _Element) -> None:
        x1, y1, x2, y2 = (_length(line.get(f"{_SVG}{name}")) for name in ("x1", "y1", "x2", "y2"))
        color = self._graphic("graphic", line.get(f"{_DRAW}style-name"), f"{_SVG}stroke-color") or "#000000"
        falls = (x2 - x1) * (y2 - y1) >= 0
        self._boxes.append(
            Box(
                min(x1, x2),
                min(y1, y2),
                abs(x2 - x1),
                abs(y2 - y1),
                outline="line",
                points=[(0, 0), (1, 1)] if falls else [(0, 1), (1, 0)],
                stroke=color if _COLOR.fullmatch(color) else "#000000",
                stroke_width=1,
            )
        )

    def _read_table(self, frame: _Element, table: _Element, is_own: bool) -> None:
        x, y, width, height = _place(frame)
        rows = list(table.iter(f"{_TABLE}table-row"))
        lines = []
        for number, row in enumerate(rows):
            cells = [cell for cell in row if _local(cell) in ("table-cell", "covered-table-cell")]
            texts = []
            for column, cell in enumerate(cells):
                if _local(cell) == "covered-table-cell":
                    continue
                span = min(max(int(_float(cell.get(f"{_TABLE}number-columns-spanned"), 1)), 1), len(cells))
                paragraphs = self._read_paragraphs(cell, "table-cell", cell.get(f"{_TABLE}style-name"), 14.0)
                texts.append(" ".join(paragraph.text for paragraph in paragraphs).strip())
                part, line = width / len(cells), height / len(rows)
                self._boxes.append(
                    Box(
                        x + column * part,
                        y + number * line,
                        span * part,
                        line,
                        "rect",
                        fill="#dfe6f1" if number == 0 else "#f7f8fb",
                        stroke="#ffffff",
                        stroke_width=1,
                        paragraphs=paragraphs,
                        anchor="horizon",
                    )
                )
            lines.append(" | ".join(texts))
        if is_own:
            self._texts.append("\n".join(line for line in lines if line.strip(" |")))

    def _read_paragraphs(
        self, holder: _Element, family: str, style: str | None, size: float
    ) -> list[Paragraph]:
        found = []
        for element, level, mark in _with_levels(holder, -1):
            base = _Looks(self._styles, [("paragraph", element.get(f"{_TEXT}style-name")), (family, style)])
            align = base.paragraph(f"{_FO}text-align") or ""
            paragraph = Paragraph(level=max(level, 0), mark=mark, align=_ALIGNS.get(align, "left"))
            for text, name in _runs(element, None, 0):
                looks = _Looks(self._styles, [("text", name), *base.families])
                color = looks.text(f"{_FO}color") or "#000000"
                paragraph.runs.append(
                    Run(
                        text=text,
                        size=min(max(_font_size(looks, size), 4.0), 400.0),
                        bold=looks.text(f"{_FO}font-weight") == "bold",
                        italic=looks.text(f"{_FO}font-style") == "italic",
                        color=color if _COLOR.fullmatch(color) else "#000000",
                    )
                )
            found.append(paragraph)
        return found


class _Looks:
    def __init__(self, styles: _Styles, families: list[tuple[str, str | None]]) -> None:
        self._styles = styles
        self.families = families

    def text(self, attribute: str) -> str | None:
        return self._find("text-properties", attribute)

    def paragraph(self, attribute: str) -> str | None:
        return self._find("paragraph-properties", attribute)

    def _find(self, properties: str, attribute: str) -> str | None:
        for family, name in self.families:
            found = self._styles.find(family, name, properties, attribute) if name else None
            if found is not None:
                return found
        return None


def _font_size(looks: _Looks, default: float) -> float:
    value = looks.text(f"{_FO}font-size") or ""
    return _length(value) or default


def _with_levels(holder: _Element, level: int) -> Iterator[tuple[_Element, int, str]]:
    """The paragraphs below, each with its list level (-1 outside lists) and its mark."""
    for child in holder:
        match _local(child):
            case "p" | "h":
                yield child, level, "•" if level >= 0 else ""
            case "list" if level < _DEEPEST:
                for item in child:
                    yield from _with_levels(item, level + 1)


def _runs(element: _Element, style: str | None, depth: int) -> Iterator[tuple[str, str | None]]:
    if element.text:
        yield _folded(element.text), style
    for child in element:
        match _local(child):
            case "s":
                yield " " * min(max(int(_float(child.get(f"{_TEXT}c"), 1)), 1), _MOST_SPACES), style
            case "tab":
                yield "\t", style
            case "line-break":
                yield "\n", style
            case "span" | "a" if depth < _DEEPEST:
                yield from _runs(child, child.get(f"{_TEXT}style-name") or style, depth + 1)
            case "page-number" | "date" | "time" | "file-name" | "page-count":
                if child.text:
                    yield child.text, style
        if child.tail:
            yield _folded(child.tail), style


def _folded(text: str) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text)


def _paragraphs_below(element: _Element) -> Iterator[_Element]:
    for box in element.iter(f"{_DRAW}text-box"):
        for paragraph, _, _ in _with_levels(box, -1):
            yield paragraph


def _plain(paragraph: _Element) -> str:
    return "".join(text for text, _ in _runs(paragraph, None, 0))


def _place(element: _Element) -> tuple[float, float, float, float]:
    x, y, width, height = (_length(element.get(f"{_SVG}{name}")) for name in ("x", "y", "width", "height"))
    move = re.search(
        r"translate\s*\(\s*([^\s,)]+)[\s,]+([^\s,)]+)\s*\)", element.get(f"{_DRAW}transform", "")
    )
    if move:
        x, y = x + _length(move.group(1)), y + _length(move.group(2))
    return x, y, abs(width), abs(height)


def _outline(shape: _Element) -> Outline:
    geometry = shape.find(f"{_DRAW}enhanced-geometry")
    kind = (geometry.get(f"{_DRAW}type", "") if geometry is not None else "") + _local(shape)
    if "ellipse" in kind or "circle" in kind:
        return "ellipse"
    return "round" if "round" in kind else "rect"


def _local(element: _Element) -> str:
    return QName(element).localname if isinstance(element.tag, str) else ""


def _length(value: str | None) -> float:
    found = _LENGTH.fullmatch((value or "").strip())
    return _float(found.group(1)) * _UNITS[found.group(2)] if found else 0.0


def _float(value: str | None, default: float = 0.0) -> float:
    try:
        number = float(value) if value is not None else default
    except ValueError:
        return default
    return number if abs(number) < 1e9 else default
