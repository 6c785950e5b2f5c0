"""Two editions beside each other: what came in and what went out, word by word."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from app.domain.minutes.queries import Section

How = Literal["same", "in", "out"]
_WORDS = re.compile(r"\s+|[^\s]+")
# With the space after it, as a space by itself is like every other: two long lines would take seconds.
_WORDS_OF_LONG = re.compile(r"\s+|[^\s]+\s*")
LONG: Final = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stand in both editions, or only in the later (in) or the earlier one (out)."""

    how: How
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A section in two editions. `section` is the later one's, where it has it."""

    section: Section
    title: tuple[Piece, ...]
    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        return any(piece.how != "same" for piece in (*self.title, *self.pieces))

    @property
    def came(self) -> int:
        """How many words came in."""
        return _count(self.pieces, "in")

    @property
    def went(self) -> int:
        """How many words went out."""
        return _count(self.pieces, "out")


Split = Callable[[str, str], Iterator[Piece]]


def compare_editions(earlier: Sequence[Section], later: Sequence[Section]) -> list[Change]:
    """Every section that stands in one or the other, in the order of the later; what only the earlier has
    stands where it stood."""
    before = {section.id: section for section in earlier}
    after = {section.id for section in later}
    gone = [(n, section) for n, section in enumerate(earlier) if section.id not in after]
    changes = [_compare(before.get(section.id), section) for section in later]
    for place, section in gone:
        changes.insert(min(place, len(changes)), _compare(section, None))
    return [change for change in changes if change.pieces or change.is_changed]


def _compare(earlier: Section | None, later: Section | None) -> Change:
    section = later or earlier
    assert section is not None
    if earlier is None or later is None:
        title: tuple[Piece, ...] = (Piece("same", section.title),) if section.title else ()
    else:
        title = compare_texts(earlier.title, later.title)
    return Change(section, title, compare_texts(earlier.text if earlier else "", later.text if later else ""))


def compare_texts(earlier: str, later: str) -> tuple[Piece, ...]:
    """The words of both in order. Lines first, and words only in lines that differ: to match all words of two
    long texts takes the square of their length."""
    found = _pieces(earlier.splitlines(keepends=True), later.splitlines(keepends=True), _by_words)
    return tuple(_join(found))


def _by_words(earlier: str, later: str) -> Iterator[Piece]:
    def whole(old: str, new: str) -> Iterator[Piece]:
        yield Piece("out", old)
        yield Piece("in", new)

    words = _WORDS_OF_LONG if min(len(earlier), len(later)) > LONG else _WORDS
    return _pieces(words.findall(earlier), words.findall(later), whole)


def _pieces(earlier: list[str], later: list[str], split: Split) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, earlier, later, autojunk=False)
    for how, first, last, start, end in matcher.get_opcodes():
        old, new = "".join(earlier[first:last]), "".join(later[start:end])
        if how == "equal":
            yield Piece("same", new)
        elif how == "replace":
            yield from split(old, new)
        else:
            yield Piece("out", old) if old else Piece("in", new)


def _join(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """What changed side by side as one, so that "en ny" for "den gamle" is read as two words and not as two
    changes; a space between changed words belongs to them."""
    same = out = came = space = ""
    for piece in pieces:
        if piece.how == "same" and (piece.text.strip() or not (out or came)):
            tail = _tail(out, came)
            yield from _change(out.removesuffix(tail), came.removesuffix(tail))
            same, space = same + tail + space + piece.text, ""
            out = came = ""
        elif piece.how == "same":
            space += piece.text
        else:
            if same:
                yield Piece("same", same)
                same = ""
            out += space + (piece.text if piece.how == "out" else "")
            came += space + (piece.text if piece.how == "in" else "")
            space = ""
    yield from _change(out, came)
    if same + space:
        yield Piece("same", same + space)


def _tail(out: str, came: str) -> str:
    """The space that both end in: it has not changed."""
    tail = came[len(came.rstrip()) :]
    return tail if out.endswith(tail) else ""


def _change(out: str, came: str) -> Iterator[Piece]:
    if out.strip():
        yield Piece("out", out)
    if came.strip():
        yield Piece("in", came)
    elif came:
        yield Piece("same", came)


def _count(pieces: Sequence[Piece], how: How) -> int:
    return sum(len(piece.text.split()) for piece in pieces if piece.how == how)
