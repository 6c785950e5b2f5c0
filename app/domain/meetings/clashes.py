"""What does not fit in a programme: overlaps, overruns, a wrong order, somebody in two places at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from app.domain.meetings.queries import ItemView


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing that does not fit. `code`: overlap, out_of_order, two_places, too_early, too_late.

    `item` and `other` are the items it is about, `name` the person; `minutes` how much is too much.
    """

    code: str
    item: ItemView
    other: ItemView | None = None
    name: str = ""
    minutes: int = 0


def find_clashes(
    starts_at: datetime | None, ends_at: datetime | None, items: Sequence[ItemView]
) -> list[Clash]:
    """All that does not fit, in the order of the programme. Items without a time clash with nothing."""
    timed = [item for item in items if item.starts_at is not None]
    found = [clash for item in timed for clash in _outside(starts_at, ends_at, item)]
    for first, second in combinations(timed, 2):
        found += _between(first, second)
    return found


def _outside(starts_at: datetime | None, ends_at: datetime | None, item: ItemView) -> Iterator[Clash]:
    end = _end(item)
    if starts_at and item.starts_at and item.starts_at < starts_at:
        yield Clash("too_early", item, minutes=_minutes(item.starts_at, starts_at))
    if ends_at and end and end > ends_at:
        yield Clash("too_late", item, minutes=_minutes(ends_at, end))


def _between(first: ItemView, second: ItemView) -> Iterator[Clash]:
    """`first` stands before `second` in the programme."""
    minutes = _shared_minutes(first, second)
    if minutes and not _run_side_by_side(first, second):
        yield Clash("overlap", first, second, minutes=minutes)
    if minutes:
        names = {part.name for part in first.people if part.name}
        for name in sorted(names & {part.name for part in second.people}):
            yield Clash("two_places", first, second, name=name)
    is_against_clock = first.starts_at and second.starts_at and second.starts_at < first.starts_at
    if is_against_clock and not _run_side_by_side(first, second):
        yield Clash("out_of_order", first, second)


def _run_side_by_side(first: ItemView, second: ItemView) -> bool:
    return bool(first.track and second.track and first.track != second.track)


def _end(item: ItemView) -> datetime | None:
    return item.ends_at or item.starts_at


def _shared_minutes(first: ItemView, second: ItemView) -> int:
    """How long both run at once; an item without an end takes no time."""
    first_end, second_end = _end(first), _end(second)
    if not (first.starts_at and second.starts_at and first_end and second_end):
        return 0
    return max(0, _minutes(max(first.starts_at, second.starts_at), min(first_end, second_end)))


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // 60
