"""What a page offers to who cannot see it: measured while it is read, told to who sent it."""

from collections import Counter
from collections.abc import Iterable

import pypdfium2.raw as raw

from app.core.documents.slides import Box

# A slide is told of as if its longer side were so many points, as a PowerPoint page of today is.
WIDE = 960.0
# So many letters make text; fewer are a page number or the axis of a drawing.
FEWEST_LETTERS = 20
_DEEPEST = 40
_MOST_ELEMENTS = 5_000


def find_smallest_type(sized: Iterable[tuple[float, int]], longest_side: float) -> float | None:
    """The smallest size (points) that text is written in; None without text. `sized`: (size, letters)."""
    if longest_side <= 0:
        return None
    letters: Counter[float] = Counter()
    for size, count in sized:
        if size > 0:
            letters[round(size * WIDE / longest_side, 1)] += count
    return min((size for size, count in letters.items() if count >= FEWEST_LETTERS), default=None)


def sizes_of_boxes(boxes: Iterable[Box]) -> Iterable[tuple[float, int]]:
    """(size, letters) of what is written on a slide."""
    for box in boxes:
        for paragraph in box.paragraphs:
            for run in paragraph.runs:
                yield run.size, sum(map(str.isalpha, run.text))


def sizes_of_lines(lines: Iterable[tuple[str, float]]) -> Iterable[tuple[float, int]]:
    """The same of lines of a PDF: (text, size)."""
    for text, size in lines:
        yield size, sum(map(str.isalpha, text))


def count_figures_without_words(page: raw.FPDF_PAGE) -> int:
    """Figures of a tagged PDF's page that have no alternative text."""
    tree = raw.FPDF_StructTree_GetForPage(page)
    if not tree:
        return 0
    try:
        below = [
            (raw.FPDF_StructTree_GetChildAtIndex(tree, index), 0)
            for index in range(min(raw.FPDF_StructTree_CountChildren(tree), _MOST_ELEMENTS))
        ]
        missing = seen = 0
        while below and seen < _MOST_ELEMENTS:
            element, depth = below.pop()
            seen += 1
            if not element or depth > _DEEPEST:
                continue
            if _type_of(element) == "Figure" and raw.FPDF_StructElement_GetAltText(element, None, 0) <= 2:
                missing += 1
            children = min(raw.FPDF_StructElement_CountChildren(element), _MOST_ELEMENTS)
            below += [
                (raw.FPDF_StructElement_GetChildAtIndex(element, index), depth + 1)
                for index in range(children)
            ]
        return missing
    finally:
        raw.FPDF_StructTree_Close(tree)


def _type_of(element: raw.FPDF_STRUCTELEMENT) -> str:
    length = raw.FPDF_StructElement_GetType(element, None, 0)
    if not 2 <= length <= 200:
        return ""
    letters = (raw.FPDF_WCHAR * (length // 2))()
    raw.FPDF_StructElement_GetType(element, letters, length)
    return bytes(letters).decode("utf-16-le", "ignore").rstrip("\x00")
