"""What a new version of a deck changed, page by page: told by words, and by what the pages look like."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from app.core.documents.marks import looks_different

MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class PageWords:
    """A page as it is compared."""

    number: int
    title: str
    text: str
    mark: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(" ".join(line.split()) for line in self.text.split("\n") if line.strip())


@dataclass(frozen=True, slots=True)
class PageChange:
    """One page that is not as it was. `old` and `new`: its numbers before and after; None where it was not.

    `added` and `removed`: the first lines that came and went. `redrawn`: the words are the same, and it looks
    different; so may one that is `changed` or `moved`, with `is_redrawn`.
    """

    kind: Literal["new", "gone", "changed", "moved", "redrawn"]
    old: int | None
    new: int | None
    title: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    is_redrawn: bool = False


def compare_pages(before: Sequence[PageWords], after: Sequence[PageWords]) -> list[PageChange]:
    """What is new, gone, changed or elsewhere, in the order of the pages now; those gone stand last."""
    changes = list(_changes(before, after))
    gone = {_key(page): page for page in before if _is_in(changes, "gone", page.number)}
    told = []
    moved: set[int] = set()
    for change in changes:
        page = after[change.new - 1] if change.kind == "new" and change.new else None
        was = gone.get(_key(page)) if page is not None and _key(page) != ("", ()) else None
        if page is not None and was is not None and was.number not in moved:
            moved.add(was.number)
            is_redrawn = looks_different(was.mark, page.mark)
            told.append(PageChange("moved", was.number, page.number, page.title, is_redrawn=is_redrawn))
        else:
            told.append(change)
    told = [change for change in told if not (change.kind == "gone" and change.old in moved)]
    return sorted(told, key=lambda change: (change.new is None, change.new or 0, change.old or 0))


def _changes(before: Sequence[PageWords], after: Sequence[PageWords]) -> Iterator[PageChange]:
    matcher = SequenceMatcher(None, [_key(page) for page in before], [_key(page) for page in after], False)
    for how, first, last, new_first, new_last in matcher.get_opcodes():
        if how == "equal":
            pairs = zip(before[first:last], after[new_first:new_last], strict=True)
            yield from (
                PageChange("redrawn", was.number, page.number, page.title, is_redrawn=True)
                for was, page in pairs
                if looks_different(was.mark, page.mark)
            )
            continue
        olds, news = before[first:last], after[new_first:new_last]
        paired = min(len(olds), len(news))
        for was, page in zip(olds[:paired], news[:paired], strict=True):
            if _is_alike(was, page):
                yield _changed(was, page)
            else:
                yield PageChange("gone", was.number, None, was.title)
                yield PageChange("new", None, page.number, page.title)
        yield from (PageChange("gone", page.number, None, page.title) for page in olds[paired:])
        yield from (PageChange("new", None, page.number, page.title) for page in news[paired:])


def _key(page: PageWords) -> tuple[str, tuple[str, ...]]:
    return " ".join(page.title.split()), page.lines


def _is_in(changes: Sequence[PageChange], kind: str, old: int) -> bool:
    return any(change.kind == kind and change.old == old for change in changes)


def _is_alike(was: PageWords, page: PageWords) -> bool:
    """Whether it is still the same page: the same title, or a good part of the same words."""
    if was.title and was.title == page.title:
        return True
    words, new_words = set(was.text.lower().split()), set(page.text.lower().split())
    return bool(words & new_words) and len(words & new_words) * 2 >= min(len(words), len(new_words))


def _changed(was: PageWords, page: PageWords) -> PageChange:
    old, new = set(was.lines), set(page.lines)
    return PageChange(
        "changed",
        was.number,
        page.number,
        page.title or was.title,
        tuple(line for line in page.lines if line not in old)[:MOST_LINES],
        tuple(line for line in was.lines if line not in new)[:MOST_LINES],
        looks_different(was.mark, page.mark),
    )
