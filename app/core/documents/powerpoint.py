"""PowerPoint files (pptx): words, notes, and what stands where on each slide."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from lxml import etree
from lxml.etree import QName, _Element
from pptx import Presentation
from pptx.exc import PythonPptxError

from app.core.documents.colors import A, Theme, read_theme
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

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_EMU = 12_700
_HUNDREDTH = 100
_DEGREE = 60_000
_DEEPEST_GROUP = 20
_MOST_BOXES = 1_500
_DEFAULT_SIZE = 18.0
_FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)
_QUIET = {"dt", "ftr", "sldNum", "hdr"}
_TITLES = {"title", "ctrTitle"}
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
_ANCHORS: dict[str, Anchor] = {"t": "top", "ctr": "horizon", "b": "bottom"}
_ALIGNS: dict[str, Align] = {"l": "left", "ctr": "center", "r": "right"}
_POLYGONS: dict[str, list[tuple[float, float]]] = {
    "triangle": [(0.5, 0), (1, 1), (0, 1)],
    "rtTriangle": [(0, 0), (1, 1), (0, 1)],
    "diamond": [(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)],
    "chevron": [(0, 0), (0.75, 0), (1, 0.5), (0.75, 1), (0, 1), (0.25, 0.5)],
    "homePlate": [(0, 0), (0.8, 0), (1, 0.5), (0.8, 1), (0, 1)],
    "hexagon": [(0.2, 0), (0.8, 0), (1, 0.5), (0.8, 1), (0.2, 1), (0, 0.5)],
    "parallelogram": [(0.2, 0), (1, 0), (0.8, 1), (0, 1)],
    "rightArrow": [(0, 0.25), (0.65, 0.25), (0.65, 0), (1, 0.5), (0.65, 1), (0.65, 0.75), (0, 0.75)],
    "leftArrow": [(1, 0.25), (0.35, 0.25), (0.35, 0), (0, 0.5), (0.35, 1), (0.35, 0.75), (1, 0.75)],
    "downArrow": [(0.25, 0), (0.75, 0), (0.75, 0.65), (1, 0.65), (0.5, 1), (0, 0.65), (0.25, 0.65)],
    "upArrow": [(0.25, 1), (0.75, 1), (0.75, 0.35), (1, 0.35), (0.5, 0), (0, 0.35), (0.25, 0.35)],
}


def read_powerpoint(path: Path, pictures: PictureFolder, limits: Limits) -> SlideShow:
    """All shown slides. Raises Refused: broken, too_many_pages or no_pages."""
    try:
        deck = Presentation(str(path))
        slides = [slide for slide in deck.slides if slide.element.get("show") not in ("0", "false")]
        if len(slides) > limits.pages:
            raise Refused("too_many_pages", f"{len(slides)} slides")
        if not slides:
            raise Refused("no_pages")
        languages: Counter[str] = Counter()
        show = SlideShow(
            width=_points(deck.slide_width or 12_192_000),
            height=_points(deck.slide_height or 6_858_000),
            title=deck.core_properties.title or "",
            language="",
            slides=[_SlideReader(slide, pictures, languages).read() for slide in slides],
        )
    except Refused:
        raise
    except (
        PythonPptxError,
        BadZipFile,
        etree.XMLSyntaxError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        AssertionError,
    ) as error:
        # A part that is missing or not of the expected kind shows itself anywhere in the library.
        raise Refused("broken", f"{type(error).__name__}: {error}") from error
    show.language = languages.most_common(1)[0][0] if languages else deck.core_properties.language or ""
    if not (_HUNDREDTH > show.width / show.height > 1 / _HUNDREDTH):
        raise Refused("broken", f"slides of {show.width} x {show.height}")
    return show


@dataclass(frozen=True, slots=True)
class _Frame:
    """From a group's inner measures (EMU) to points on the slide."""

    scale_x: float = 1 / _EMU
    scale_y: float = 1 / _EMU
    x: float = 0.0
    y: float = 0.0

    def inner(self, xfrm: _Element | None) -> "_Frame":
        """The frame inside a group."""
        if xfrm is None:
            return self
        off, ext = _pair(xfrm, "off", "x", "y"), _pair(xfrm, "ext", "cx", "cy")
        child_off, child_ext = _pair(xfrm, "chOff", "x", "y"), _pair(xfrm, "chExt", "cx", "cy")
        if not (off and ext and child_off and child_ext and child_ext[0] and child_ext[1]):
            return self
        scale_x = self.scale_x * ext[0] / child_ext[0]
        scale_y = self.scale_y * ext[1] / child_ext[1]
        return _Frame(
            scale_x,
            scale_y,
            self.x + off[0] * self.scale_x - child_off[0] * scale_x,
            self.y + off[1] * self.scale_y - child_off[1] * scale_y,
        )

    def place(self, xfrm: _Element | None) -> tuple[float, float, float, float] | None:
        if xfrm is None:
            return None
        off, ext = _pair(xfrm, "off", "x", "y"), _pair(xfrm, "ext", "cx", "cy")
        if not off or not ext:
            return None
        x, y = self.x + off[0] * self.scale_x, self.y + off[1] * self.scale_y
        return x, y, abs(ext[0] * self.scale_x), abs(ext[1] * self.scale_y)


@dataclass(slots=True)
class _Sheet:
    """A slide, layout or master: its part and its shapes' tree."""

    part: Any
    element: _Element

    @property
    def tree(self) -> _Element:
        return self.element.find(f"{_P}cSld/{_P}spTree")


class _SlideReader:
    def __init__(self, slide: Any, pictures: PictureFolder, languages: Counter[str]) -> None:
        layout = slide.slide_layout
        master = layout.slide_master
        self._slide = slide
        self._own = _Sheet(slide.part, slide.element)
        self._layout = _Sheet(layout.part, layout.element)
        self._master = _Sheet(master.part, master.element)
        self._pictures = pictures
        self._languages = languages
        self._theme = _find_theme(self._master)
        self._text_styles = master.element.find(f"{_P}txStyles")
        self._title: list[str] = []
        self._texts: list[str] = []
        self._boxes: list[Box] = []
        self._pictures_without_alt = 0

    def read(self) -> Slide:
        shows_master = self._own.element.get("showMasterSp") not in ("0", "false")
        background, picture = self._find_background()
        if picture:
            self._boxes.append(picture)
        if shows_master:
            if self._layout.element.get("showMasterSp") not in ("0", "false"):
                self._walk(self._master, self._master.tree, _Frame(), 0)
            self._walk(self._layout, self._layout.tree, _Frame(), 0)
        self._walk(self._own, self._own.tree, _Frame(), 0)
        title = " ".join(" ".join(self._title).split())
        texts = [*(["\n".join(self._title)] if title else []), *self._texts]
        first = next((line for text in texts for line in text.split("\n") if line.strip()), "")
        return Slide(
            title=title or first,
            text="\n".join(text for text in texts if text.strip()),
            notes=self._read_notes(),
            background=background,
            boxes=self._boxes[:_MOST_BOXES],
            is_titled=bool(title),
            pictures_without_alt=self._pictures_without_alt,
        )

    def _read_notes(self) -> str:
        if not self._slide.has_notes_slide:
            return ""
        frame = self._slide.notes_slide.notes_text_frame
        return frame.text if frame is not None else ""

    def _find_background(self) -> tuple[str, Box | None]:
        for sheet in (self._own, self._layout, self._master):
            background = sheet.element.find(f"{_P}cSld/{_P}bg")
            if background is None:
                continue
            properties, reference = background.find(f"{_P}bgPr"), background.find(f"{_P}bgRef")
            fill = self._theme.find_color(reference) if properties is None else self._find_fill(properties)
            picture = self._picture_of(
                sheet, properties.find(f"{A}blipFill") if properties is not None else None
            )
            page = sheet.part.package.presentation_part.presentation
            cover = picture and Box(
                0,
                0,
                _points(page.slide_width),
                _points(page.slide_height),
                picture=picture,
                inset=(0, 0, 0, 0),
            )
            return (fill or "#ffffff")[:7], cover or None
        return "#ffffff", None

    def _walk(self, sheet: _Sheet, parent: _Element, frame: _Frame, depth: int) -> None:
        if depth > _DEEPEST_GROUP:
            return
        for element in parent:
            if not isinstance(element.tag, str):
                continue
            match QName(element).localname:
                case "grpSp":
                    inner = frame.inner(element.find(f"{_P}grpSpPr/{A}xfrm"))
                    self._walk(sheet, element, inner, depth + 1)
                case "AlternateContent":
                    chosen = element.find(f"{_ALTERNATE}Fallback")
                    if chosen is None or not len(chosen):
                        chosen = element.find(f"{_ALTERNATE}Choice")
                    if chosen is not None:
                        self._walk(sheet, chosen, frame, depth + 1)
                case "sp" | "cxnSp" | "pic":
                    self._read_shape(sheet, element, frame)
                case "graphicFrame":
                    self._read_frame(sheet, element, frame)

    def _read_shape(self, sheet: _Sheet, element: _Element, frame: _Frame) -> None:
        holder = _placeholder(element)
        if holder is not None and sheet is not self._own:
            return
        properties = _child(element, "spPr")
        if properties is None:
            return
        heirs = [element, *self._ancestors(holder)]
        place = next((place for heir in heirs if (place := frame.place(_xfrm(heir)))), None)
        body = _child(element, "txBody")
        kind = holder.get("type", "obj") if holder is not None else ""
        paragraphs = self._read_paragraphs(body, heirs, kind) if body is not None else []
        text = "\n".join(paragraph.text for paragraph in paragraphs if paragraph.text.strip())
        if sheet is self._own and QName(element).localname == "pic" and not _is_described(element):
            self._pictures_without_alt += 1
        if sheet is self._own and text and kind not in _QUIET:
            (self._title if kind in _TITLES and not self._title else self._texts).append(text)
        if place is None or _is_hidden(element):
            return
        self._boxes.append(self._draw(sheet, element, properties, heirs, place, paragraphs))

    def _draw(
        self,
        sheet: _Sheet,
        element: _Element,
        properties: _Element,
        heirs: list[_Element],
        place: tuple[float, float, float, float],
        paragraphs: list[Paragraph],
    ) -> Box:
        style = _child(element, "style")
        has_text = any(paragraph.text.strip() for paragraph in paragraphs)
        outline, points = _outline(properties, has_text, QName(element).localname == "cxnSp")
        stroke, width = self._find_stroke(properties, style)
        blip = _child(element, "blipFill")
        if blip is None:
            blip = properties.find(f"{A}blipFill")
        box = Box(
            *place,
            outline=outline,
            points=points,
            fill=self._find_fill(properties, style) if outline != "line" else None,
            stroke=stroke,
            stroke_width=width,
            picture=self._picture_of(sheet, blip),
            paragraphs=paragraphs if has_text else [],
        )
        xfrm = _xfrm(element)
        if xfrm is not None:
            box.rotation = _number(xfrm.get("rot")) / _DEGREE
            if outline == "line" and (xfrm.get("flipH") in ("1", "true")) != (
                xfrm.get("flipV") in ("1", "true")
            ):
                box.points = [(0, 1), (1, 0)]
        bodies = [body for heir in heirs if (body := heir.find(f"*/{A}bodyPr")) is not None]
        anchor = next((body.get("anchor") for body in bodies if body.get("anchor")), "t")
        box.anchor = _ANCHORS.get(anchor, "top")
        sides = (("lIns", 91_440), ("tIns", 45_720), ("rIns", 91_440), ("bIns", 45_720))
        box.inset = tuple(  # type: ignore[assignment]
            _points(next((_number(body.get(side)) for body in bodies if body.get(side)), default))
            for side, default in sides
        )
        return box

    def _read_frame(self, sheet: _Sheet, element: _Element, frame: _Frame) -> None:
        place = frame.place(element.find(f"{_P}xfrm"))
        data = element.find(f"{A}graphic/{A}graphicData")
        if place is None or data is None:
            return
        is_drawn = any(QName(child).localname != "tbl" for child in data if isinstance(child.tag, str))
        if sheet is self._own and is_drawn and not _is_described(element):
            self._pictures_without_alt += 1
        for child in data:
            if not isinstance(child.tag, str):
                continue
            match child.tag:
                case tag if tag == f"{A}tbl":
                    self._read_table(sheet, child, place)
                case tag if tag == f"{_DIAGRAM}relIds":
                    self._read_diagram(sheet, child, place)
                case tag if tag == f"{_C}chart":
                    self._read_chart(sheet, child, place)
                case tag if tag.startswith(_ALTERNATE) or QName(child).localname == "oleObj":
                    for picture in child.iter(f"{_P}pic"):
                        self._read_shape(sheet, picture, _Frame())
                        break

    def _read_table(self, sheet: _Sheet, table: _Element, place: tuple[float, float, float, float]) -> None:
        widths = [_points(_number(column.get("w"))) for column in table.findall(f"{A}tblGrid/{A}gridCol")]
        properties = table.find(f"{A}tblPr")
        has_header = properties is not None and properties.get("firstRow") in ("1", "true")
        rows = []
        y = place[1]
        for number, row in enumerate(table.findall(f"{A}tr")):
            height = _points(_number(row.get("h")))
            x = place[0]
            texts = []
            for column, cell in enumerate(row.findall(f"{A}tc")):
                width = sum(widths[column : column + max(1, int(_number(cell.get("gridSpan"), 1)))])
                is_merged = cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true")
                body = cell.find(f"{A}txBody")
                paragraphs = self._read_paragraphs(body, [cell], "") if body is not None else []
                is_head = has_header and number == 0
                if not is_merged:
                    fill = self._cell_fill(cell, is_head, number)
                    if is_head and cell.find(f"{A}tcPr/{A}solidFill") is None:
                        _recolor(paragraphs, "#ffffff")
                    self._boxes.append(
                        Box(
                            x,
                            y,
                            width,
                            height,
                            "rect",
                            fill=fill,
                            stroke="#ffffff",
                            stroke_width=1,
                            paragraphs=paragraphs,
                            anchor="horizon",
                        )
                    )
                    texts.append(" ".join(paragraph.text for paragraph in paragraphs).strip())
                x += widths[column] if column < len(widths) else 0
            rows.append(" | ".join(texts))
            y += height
        if sheet is self._own:
            self._texts.append("\n".join(row for row in rows if row.strip(" |")))

    def _cell_fill(self, cell: _Element, is_head: bool, row: int) -> str | None:
        properties = cell.find(f"{A}tcPr")
        if properties is not None:
            if properties.find(f"{A}noFill") is not None:
                return None
            own = self._find_fill(properties)
            if own:
                return own
        if is_head:
            return "#" + self._theme.colors.get("accent1", "4472c4")
        return "#eef1f6" if row % 2 else "#f7f8fb"

    def _read_diagram(self, sheet: _Sheet, ids: _Element, place: tuple[float, float, float, float]) -> None:
        try:
            data = etree.fromstring(sheet.part.related_part(ids.get(f"{_R}dm", "")).blob, _PARSER)
        except (KeyError, ValueError, etree.XMLSyntaxError):
            return
        if sheet is self._own:
            texts = ["".join(paragraph.itertext(f"{A}t")) for paragraph in data.iter(f"{A}p")]
            self._texts.append("\n".join(text for text in texts if text.strip()))
        drawn = next((mark.get("relId") for mark in data.iter() if _local(mark) == "dataModelExt"), None)
        try:
            drawing = etree.fromstring(sheet.part.related_part(drawn or "").blob, _PARSER)
        except (KeyError, ValueError, etree.XMLSyntaxError):
            return
        frame = _Frame(1 / _EMU, 1 / _EMU, place[0], place[1])
        for shape in drawing.iter():
            if _local(shape) != "sp":
                continue
            properties, where = _child(shape, "spPr"), frame.place(_xfrm(shape))
            body = _child(shape, "txBody")
            if properties is not None and where:
                paragraphs = self._read_paragraphs(body, [shape], "") if body is not None else []
                self._boxes.append(self._draw(sheet, shape, properties, [shape], where, paragraphs))

    def _read_chart(self, sheet: _Sheet, chart: _Element, place: tuple[float, float, float, float]) -> None:
        try:
            space = etree.fromstring(sheet.part.related_part(chart.get(f"{_R}id", "")).blob, _PARSER)
        except (KeyError, ValueError, etree.XMLSyntaxError):
            return
        title = " ".join(
            "".join(paragraph.itertext(f"{A}t"))
            for element in space.findall(f"{_C}chart/{_C}title")
            for paragraph in element.iter(f"{A}p")
        ).strip()
        names = [
            value.text or ""
            for series in space.iter(f"{_C}ser")
            for value in series.findall(f"{_C}tx//{_C}v")
        ]
        first = next(space.iter(f"{_C}ser"), None)
        categories = (
            [value.text or "" for value in first.findall(f"{_C}cat//{_C}v")] if first is not None else []
        )
        lines = [line for line in (title, ", ".join(names), ", ".join(categories[:40])) if line.strip()]
        if sheet is self._own and lines:
            self._texts.append("\n".join(lines))
        paragraphs = [
            Paragraph(
                [Run(line, 16.0 if line == title else 12.0, bold=line == title, color="#333333")],
                align="center",
            )
            for line in lines
        ]
        self._boxes.append(
            Box(
                *place,
                "rect",
                fill="#f2f4f8",
                stroke="#c9d0dc",
                stroke_width=1,
                paragraphs=paragraphs,
                anchor="horizon",
            )
        )

    def _ancestors(self, holder: _Element | None) -> list[_Element]:
        """The placeholders on layout and master that a placeholder takes its looks from."""
        if holder is None:
            return []
        found = []
        kind, index = holder.get("type", "obj"), holder.get("idx")
        for sheet in (self._layout, self._master):
            candidates = [(shape, mark) for shape in sheet.tree if (mark := _placeholder(shape)) is not None]
            exact = [
                shape
                for shape, mark in candidates
                if sheet is self._layout and mark.get("idx") == index and index
            ]
            family = [
                shape for shape, mark in candidates if _family(mark.get("type", "obj")) == _family(kind)
            ]
            found += (exact or family)[:1]
        return found

    def _levels(self, heirs: list[_Element], kind: str, level: int) -> list[_Element]:
        """Where a paragraph's looks stand, nearest first."""
        name = f"{A}lvl{level + 1}pPr"
        found = [style for heir in heirs for style in heir.findall(f"*/{A}lstStyle/{name}")]
        if self._text_styles is not None:
            group = (
                "titleStyle"
                if kind in _TITLES
                else "bodyStyle"
                if kind and kind not in _QUIET
                else "otherStyle"
            )
            found += self._text_styles.findall(f"{_P}{group}/{name}")
        return found

    def _read_paragraphs(self, body: _Element, heirs: list[_Element], kind: str) -> list[Paragraph]:
        style = _child(heirs[0], "style")
        style_color = self._theme.find_color(style.find(f"{A}fontRef")) if style is not None else None
        autofit = body.find(f"{A}bodyPr/{A}normAutofit")
        shrink = _number(autofit.get("fontScale"), 100_000) / 100_000 if autofit is not None else 1.0
        paragraphs: list[Paragraph] = []
        count = 0
        for element in body.findall(f"{A}p"):
            own = element.find(f"{A}pPr")
            level = min(max(int(_number(own.get("lvl"))) if own is not None else 0, 0), 8)
            styles = [*([own] if own is not None else []), *self._levels(heirs, kind, level)]
            mark = _bullet(styles)
            count = count + 1 if mark == "1" else 0
            align = next((style.get("algn") for style in styles if style.get("algn")), "l")
            paragraph = Paragraph(
                level=level, mark=f"{count}." if mark == "1" else mark, align=_ALIGNS.get(align, "left")
            )
            defaults = [found for style in styles if (found := style.find(f"{A}defRPr")) is not None]
            for run in element:
                text = "\n" if run.tag == f"{A}br" else _run_text(run)
                if text:
                    paragraph.runs.append(
                        self._read_run(text, run.find(f"{A}rPr"), defaults, style_color, shrink)
                    )
            size = max((run.size for run in paragraph.runs), default=_DEFAULT_SIZE)
            paragraph.before, paragraph.after = _space(styles, "spcBef", size), _space(styles, "spcAft", size)
            paragraphs.append(paragraph)
        while paragraphs and not paragraphs[-1].text.strip():
            paragraphs.pop()
        return paragraphs

    def _read_run(
        self,
        text: str,
        own: _Element | None,
        defaults: list[_Element],
        style_color: str | None,
        shrink: float,
    ) -> Run:
        looks = [*([own] if own is not None else []), *defaults]
        if own is not None and own.get("lang"):
            self._languages[own.get("lang", "")] += len(text)
        size = next((_number(look.get("sz")) / _HUNDREDTH for look in looks if look.get("sz")), _DEFAULT_SIZE)
        fills = [fill for look in looks if (fill := look.find(f"{A}solidFill")) is not None]
        own_fill = own.find(f"{A}solidFill") if own is not None else None
        color = self._theme.find_color(own_fill) or style_color
        color = color or next((found for fill in fills if (found := self._theme.find_color(fill))), None)
        return Run(
            text=text,
            size=min(max(size * shrink, 4.0), 400.0),
            bold=next((look.get("b") in ("1", "true") for look in looks if look.get("b")), False),
            italic=next((look.get("i") in ("1", "true") for look in looks if look.get("i")), False),
            color=color or "#" + self._theme.colors.get(self._theme.names.get("tx1", "dk1"), "000000"),
        )

    def _find_fill(self, properties: _Element, style: _Element | None = None) -> str | None:
        for child in properties:
            if not isinstance(child.tag, str):
                continue
            match QName(child).localname:
                case "noFill" | "blipFill" | "grpFill":
                    return None
                case "solidFill":
                    return self._theme.find_color(child)
                case "gradFill":
                    return self._theme.find_color(child.find(f"{A}gsLst/{A}gs"))
                case "pattFill":
                    return self._theme.find_color(child.find(f"{A}fgClr"))
        reference = style.find(f"{A}fillRef") if style is not None else None
        return (
            self._theme.find_color(reference)
            if reference is not None and reference.get("idx") != "0"
            else None
        )

    def _find_stroke(self, properties: _Element, style: _Element | None) -> tuple[str | None, float]:
        line = properties.find(f"{A}ln")
        reference = style.find(f"{A}lnRef") if style is not None else None
        color = (
            self._theme.find_color(reference)
            if reference is not None and reference.get("idx") != "0"
            else None
        )
        width = 1.0
        if line is not None:
            if line.find(f"{A}noFill") is not None:
                return None, 0.0
            color = self._theme.find_color(line.find(f"{A}solidFill")) or color
            width = _points(_number(line.get("w"), _EMU))
        return color, min(max(width, 0.25), 60.0)

    def _picture_of(self, sheet: _Sheet, fill: _Element | None) -> str | None:
        if fill is None:
            return None
        blip, cut = fill.find(f"{A}blip"), fill.find(f"{A}srcRect")
        try:
            part = sheet.part.related_part(blip.get(f"{_R}embed", "")) if blip is not None else None
        except (KeyError, ValueError):
            part = None
        if part is None:
            return None
        left, top, right, bottom = (_number(cut.get(s)) / 100_000 if cut is not None else 0.0 for s in "ltrb")
        return self._pictures.add(part.blob, (left, top, right, bottom))


def _find_theme(master: _Sheet) -> Theme:
    for relation in master.part.rels.values():
        if relation.reltype.endswith("/theme") and not relation.is_external:
            theme = etree.fromstring(relation.target_part.blob, _PARSER)
            return read_theme(theme, master.element.find(f"{_P}clrMap"))
    return read_theme(None, None)


def _local(element: _Element) -> str:
    return QName(element).localname if isinstance(element.tag, str) else ""


def _child(element: _Element, name: str) -> _Element | None:
    return next((child for child in element if _local(child) == name), None)


def _xfrm(element: _Element) -> _Element | None:
    properties = _child(element, "spPr")
    return properties.find(f"{A}xfrm") if properties is not None else None


def _placeholder(element: _Element) -> _Element | None:
    return element.find(f"*/{_P}nvPr/{_P}ph") if isinstance(element.tag, str) else None


def _is_described(element: _Element) -> bool:
    """Whether a picture has an alternative text, or is marked as decoration."""
    named = next((mark for mark in element.iter(f"{_P}cNvPr")), None)
    if named is None:
        return True
    marks = (mark for mark in named.iter(etree.Element) if _local(mark) == "decorative")
    if any(mark.get("val") in ("1", "true") for mark in marks):
        return True
    said = (named.get("descr") or named.get("title") or "").strip()
    # Programs put the name of the file there by themselves.
    return bool(said) and not _FILE_NAME.fullmatch(said)


def _is_hidden(element: _Element) -> bool:
    return any(mark.get("hidden") in ("1", "true") for mark in _first_names(element))


def _first_names(element: _Element) -> Iterator[_Element]:
    for child in element:
        if _local(child).startswith("nv"):
            yield from (name for name in child if _local(name) == "cNvPr")


def _family(kind: str) -> str:
    if kind in _TITLES:
        return "title"
    return kind if kind in _QUIET else "body"


def _outline(
    properties: _Element, has_text: bool, is_connector: bool
) -> tuple[Outline, list[tuple[float, float]]]:
    geometry = properties.find(f"{A}prstGeom")
    if geometry is None:
        # A free form drawn as its bounding box would cover what lies beside it.
        is_free = properties.find(f"{A}custGeom") is not None
        return ("none" if is_free and not has_text else "rect"), []
    name = geometry.get("prst", "rect")
    if is_connector or name in ("line", "straightConnector1") or "Connector" in name:
        return "line", [(0, 0), (1, 1)]
    if name in _POLYGONS:
        return "polygon", _POLYGONS[name]
    if name in ("ellipse", "pie", "donut", "flowChartConnector"):
        return "ellipse", []
    return ("round" if re.search("round", name, re.IGNORECASE) else "rect"), []


def _bullet(styles: list[_Element]) -> str:
    for style in styles:
        for child in style:
            match _local(child):
                case "buNone":
                    return ""
                case "buChar" | "buBlip":
                    return "•"
                case "buAutoNum":
                    return "1"
    return ""


def _space(styles: list[_Element], name: str, size: float) -> float:
    """The space before or after a paragraph, in points."""
    found = next((space for style in styles if (space := style.find(f"{A}{name}")) is not None), None)
    if found is None:
        return 0.0
    share, points = found.find(f"{A}spcPct"), found.find(f"{A}spcPts")
    if share is not None:
        return min(max(_number(share.get("val")) / 100_000, 0.0), 3.0) * size
    return min(max(_number(points.get("val")) / _HUNDREDTH, 0.0), 200.0) if points is not None else 0.0


def _run_text(run: _Element) -> str:
    if run.tag not in (f"{A}r", f"{A}fld"):
        return ""
    return (run.findtext(f"{A}t") or "").replace("\v", "\n")


def _recolor(paragraphs: list[Paragraph], color: str) -> None:
    for paragraph in paragraphs:
        for run in paragraph.runs:
            run.color = color
            run.bold = True


def _number(value: str | None, default: float = 0.0) -> float:
    try:
        number = float(value) if value is not None else default
    except ValueError:
        return default
    return number if abs(number) < 1e12 else default


def _points(emu: float) -> float:
    return emu / _EMU


def _pair(xfrm: _Element, name: str, first: str, second: str) -> tuple[float, float] | None:
    found = xfrm.find(f"{A}{name}")
    return (_number(found.get(first)), _number(found.get(second))) if found is not None else None
