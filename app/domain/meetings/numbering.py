"""The numbers of the main series: which are missing, and how an address names a meeting."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.core.text import slug

_NUMBER_FIRST = re.compile(r"0*([1-9]\d{0,3})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class MissingNumberView:
    """A number of which no page was found, and between which days it was held, as far as that is known."""

    number: int
    held_after: date | None
    held_before: date | None
    before_is_month: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers in a row that are missing. `was_sought`: no page was found; else they are not recorded yet."""

    first: int
    last: int
    was_sought: bool
    held_after: date | None = None
    held_before: date | None = None
    before_is_month: bool = False


def find_gaps(numbers: Iterable[int], missing: Iterable[MissingNumberView]) -> list[Gap]:
    """The missing numbers below the highest, lowest first; neighbours with the same story together."""
    known = set(numbers)
    sought = {row.number: row for row in missing}
    gaps: list[Gap] = []
    for number in range(1, max(known, default=0)):
        if number in known:
            continue
        row = sought.get(number)
        story = (True, row.held_after, row.held_before, row.before_is_month) if row else (False,)
        gap = Gap(number, number, *story)
        if gaps and gaps[-1].last == number - 1 and gap == _moved(gaps[-1], number):
            gaps[-1] = Gap(gaps[-1].first, number, *story)
        else:
            gaps.append(gap)
    return gaps


def _moved(gap: Gap, number: int) -> Gap:
    return Gap(number, number, gap.was_sought, gap.held_after, gap.held_before, gap.before_is_month)


def read_key(part: str) -> str:
    """The key that a part of an address means: where it begins with a number, the number decides."""
    number = _NUMBER_FIRST.fullmatch(part)
    return number[1] if number else part.lower()


def make_key(series_key: str, year: int, title: str, taken: Iterable[str]) -> str:
    """A readable key for a meeting without a number, such as "folkemoedet-2017-disruption"."""
    stem = f"{series_key}-{year}-{slug(title, 40)}"
    known = set(taken)
    return next(key for key in _numbered(stem) if key not in known)


def _numbered(stem: str) -> Iterable[str]:
    yield stem
    for number in range(2, 10_000):
        yield f"{stem}-{number}"
