"""What a draft changes in a programme, as a list that can be read aloud."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from app.core.clock import clock_of
from app.domain.meetings.queries import ItemView, PartView, TaskView

ChangeCode = Literal[
    "item_added",
    "item_removed",
    "item_retitled",
    "item_moved",
    "item_timed",
    "item_untimed",
    "item_ends",
    "item_reordered",
    "item_track",
    "item_kind",
    "item_text",
    "person_added",
    "person_removed",
    "person_changed",
    "people_reordered",
    "task_added",
    "task_removed",
    "task_changed",
    "tasks_reordered",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is other than it was. `item`: the title of the item that it is about, as it is now;
    `name`: the person or task; `was` and `now`: clock times as "09:30", codes, or words."""

    code: ChangeCode
    item_id: int
    item: str
    was: str = ""
    now: str = ""
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_changes(rows: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Changes out of `as_json`."""
    return [Change(**row) for row in rows]


def find_changes(published: Sequence[ItemView], drafted: Sequence[ItemView]) -> list[Change]:
    """All that the draft makes other, item by item in its order; what is taken off comes last."""
    before = {item.id: item for item in published}
    kept = {item.id for item in drafted}
    moved = {
        item.id
        for item in drafted
        if item.id in before and _clock(before[item.id].starts_at) != _clock(item.starts_at)
    }
    reordered = _find_reordered_in_tracks(
        [item for item in published if item.id in kept and item.id not in moved],
        [item for item in drafted if item.id in before and item.id not in moved],
    )
    found: list[Change] = []
    for item in drafted:
        if item.id not in before:
            found.append(Change("item_added", item.id, item.title, now=_clock(item.starts_at)))
            found += _people_of(item, (), item.people)
        else:
            found += _between(before[item.id], item, item.id in reordered)
    for item in published:
        if item.id not in kept:
            found.append(Change("item_removed", item.id, item.title, was=_clock(item.starts_at)))
    return found


def list_concerned(
    changes: Iterable[Change], published: Iterable[ItemView], drafted: Iterable[ItemView]
) -> frozenset[int]:
    """The persons who stand at a changed item, before or after, by id."""
    changed = {change.item_id for change in changes}
    return frozenset(
        part.person_id
        for item in (*published, *drafted)
        if item.id in changed
        for part in item.people
        if part.person_id is not None
    )


def _between(old: ItemView, new: ItemView, is_reordered: bool) -> Iterator[Change]:
    def change(code: ChangeCode, was: str = "", now: str = "") -> Change:
        return Change(code, new.id, new.title, was, now)

    if old.title != new.title:
        yield change("item_retitled", old.title, new.title)
    yield from _times(old, new, change)
    if is_reordered:
        yield change("item_reordered")
    if old.track != new.track:
        yield change("item_track", old.track, new.track)
    if old.kind != new.kind:
        yield change("item_kind", old.kind, new.kind)
    if old.summary != new.summary:
        yield change("item_text")
    yield from _people_of(new, old.people, new.people)
    yield from _tasks_of(new, old.tasks, new.tasks)


def _times(old: ItemView, new: ItemView, change: Callable[..., Change]) -> Iterator[Change]:
    was, now = _clock(old.starts_at), _clock(new.starts_at)
    if was != now:
        yield change("item_moved" if was and now else "item_timed" if now else "item_untimed", was, now)
    # An item that is only moved ends later too, which goes without saying.
    if _clock(old.ends_at) != _clock(new.ends_at) and (was == now or _length(old) != _length(new)):
        if new.ends_at:
            yield change("item_ends", _clock(old.ends_at), _clock(new.ends_at))
        elif was == now:
            yield change("item_ends", _clock(old.ends_at))


def _people_of(item: ItemView, old: Sequence[PartView], new: Sequence[PartView]) -> Iterator[Change]:
    before, after = {part.id: part for part in old}, {part.id: part for part in new}
    for part in new:
        if part.id not in before:
            yield Change("person_added", item.id, item.title, now=_beside_name(part), name=_name(part))
        elif _told(before[part.id]) != _told(part):
            yield Change("person_changed", item.id, item.title, name=_name(part))
    for part in old:
        if part.id not in after:
            yield Change("person_removed", item.id, item.title, name=_name(part))
    if _is_turned(before, after):
        yield Change("people_reordered", item.id, item.title)


def _tasks_of(item: ItemView, old: Sequence[TaskView], new: Sequence[TaskView]) -> Iterator[Change]:
    before, after = {task.id: task for task in old}, {task.id: task for task in new}
    for task in new:
        if task.id not in before:
            yield Change("task_added", item.id, item.title, name=task.title)
        elif _asked(before[task.id]) != _asked(task):
            yield Change("task_changed", item.id, item.title, name=task.title)
    for task in old:
        if task.id not in after:
            yield Change("task_removed", item.id, item.title, name=task.title)
    if _is_turned(before, after):
        yield Change("tasks_reordered", item.id, item.title)


def _is_turned(before: Mapping[int, object], after: Mapping[int, object]) -> bool:
    """Whether what was there and is there still stands in another order."""
    return [known for known in before if known in after] != [known for known in after if known in before]


def _told(part: PartView) -> tuple[object, ...]:
    return (part.title, part.organisation_name, part.role, part.is_former)


def _asked(task: TaskView) -> tuple[object, ...]:
    return (task.title, task.text, task.answer_limit)


def _name(part: PartView) -> str:
    return part.name or part.organisation_name


def _beside_name(part: PartView) -> str:
    return part.organisation_name if part.name else ""


def _clock(moment: datetime | None) -> str:
    clock = clock_of(moment)
    return clock.strftime("%H:%M") if clock else ""


def _length(item: ItemView) -> object:
    return item.ends_at - item.starts_at if item.starts_at and item.ends_at else None


def _find_reordered_in_tracks(published: Sequence[ItemView], drafted: Sequence[ItemView]) -> set[int]:
    """As `_find_reordered`; how items of different tracks stand to one another says nothing."""
    tracks = {item.id: item.track for item in drafted}
    found: set[int] = set()
    for track in set(tracks.values()):
        seen = {known for known, where in tracks.items() if where in ("", track)}
        found |= _find_reordered(
            [item.id for item in published if item.id in seen],
            [item.id for item in drafted if item.id in seen],
        )
    return found


def _find_reordered(before: Sequence[int], after: Sequence[int]) -> set[int]:
    """The fewest that must have been moved to make one order of the other: those outside the longest row
    that kept its order."""
    place = {known: n for n, known in enumerate(before)}
    ends: list[int] = []  # the smallest place at which a row of each length can end
    rows: list[list[int]] = []
    for known in after:
        length = bisect_left(ends, place[known])
        row = [*(rows[length - 1] if length else []), known]
        ends[length : length + 1] = [place[known]]
        rows[length : length + 1] = [row]
    return set(after) - set(rows[-1] if rows else [])
