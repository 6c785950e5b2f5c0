"""A written document as typed blocks: what is read of a page of ours, and what papers are made of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Run:
    """Words set in one way. `link` is an address or `#id` of a heading; `language` None is the document's.

    A line break is a run of "\\n".
    """

    text: str
    is_strong: bool = False
    is_emphasis: bool = False
    link: str | None = None
    language: str | None = None


Line = tuple[Run, ...]
CONTENTS_LEVELS = 2


@dataclass(frozen=True, slots=True)
class Title:
    """The name of the document, once."""

    line: Line
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 4; none is skipped on the way down."""

    level: int
    line: Line
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`manner`: plain, meta (small and quiet) or note (in a frame: not to be missed)."""

    line: Line
    manner: Literal["plain", "meta", "note"] = "plain"

    @property
    def leads(self) -> bool:
        """Whether it says what comes next, and so stands on the same page."""
        is_name = bool(self.line) and all(run.is_strong for run in self.line)
        return is_name or text_of(self.line).endswith(":")


@dataclass(frozen=True, slots=True)
class Items:
    """A list of lines, with bullets or numbers."""

    lines: tuple[Line, ...]
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a name and what is said of it."""

    pairs: tuple[tuple[Line, Line], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words as somebody said them."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption. The first cell of a row names it; `numbers`: columns set to the right."""

    caption: Line
    columns: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    numbers: frozenset[int] = frozenset()

    def widths(self) -> list[int]:
        """How wide each column is to be, in thousandths: room for its longest word, and the rest as its cells
        are long."""
        lines = [[text_of(cell) for cell in row] for row in (self.columns, *self.rows)]
        cells = [[line[at] for line in lines] for at in range(len(self.columns))]
        least = [_longest_word(column) + _AROUND for column in cells]
        more = [max(0, _usual_length(column) - room) + 1 for column, room in zip(cells, least, strict=True)]
        left = max(0, _ROW - sum(least))
        wide = [room + left * one / sum(more) for room, one in zip(least, more, strict=True)]
        return [round(1000 * one / sum(wide)) for one in wide]


# In letters: what stands in a row, around the words of a cell, and at most in what is not broken.
_ROW, _AROUND, _WIDEST_WORD, _WIDEST_CELL = 66, 3, 20, 60
# An address is broken at its slashes.
_WORD_ENDS = re.compile(r"[\s/]+")


def _longest_word(cells: list[str]) -> int:
    longest = max((len(word) for cell in cells for word in _WORD_ENDS.split(cell)), default=0)
    return min(longest, _WIDEST_WORD)


def _usual_length(cells: list[str]) -> int:
    """Of the longer half: one long cell among many short ones is broken rather than given a row's room."""
    longer = sorted(map(len, cells))[len(cells) // 2 :]
    return min(sum(longer) // max(1, len(longer)), _WIDEST_CELL)


@dataclass(frozen=True, slots=True)
class Contents:
    """Where the contents stand, under this heading of theirs; writers make them of the headings, as deep as
    `CONTENTS_LEVELS`."""

    line: Line


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Title | Heading | Paragraph | Items | Facts | Quote | Table | Contents | PageBreak


@dataclass(frozen=True, slots=True)
class Document:
    blocks: tuple[Block, ...] = field(default=())

    def headings(self) -> Iterator[Heading]:
        return (block for block in self.blocks if isinstance(block, Heading))

    def title(self) -> str:
        """The words of the title, or nothing."""
        return next((text_of(block.line) for block in self.blocks if isinstance(block, Title)), "")


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a paper says of itself, beside its words.

    `reference` stands at the head of every page and is what the paper is filed under. `page_words`: the two
    around the number of a page, in the paper's language.
    """

    title: str
    language: str
    author: str
    reference: str
    made_at: datetime
    subject: str = ""
    keywords: tuple[str, ...] = ()
    page_words: tuple[str, str] = ("Side", "af")


def text_of(line: Line) -> str:
    """The words of a line without their looks."""
    return "".join(run.text for run in line)
