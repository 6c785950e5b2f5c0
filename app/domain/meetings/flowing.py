"""Times that follow from an order and from how long each item takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.meetings.queries import ItemView

# What an item of this kind most often takes, in minutes, where nobody has said.
USUAL_MINUTES = {
    "welcome": 10,
    "status": 15,
    "talk": 20,
    "panel": 45,
    "group_session": 60,
    "plenary": 20,
    "break": 15,
}


def flow(begins: datetime, items: Sequence[ItemView]) -> dict[int, tuple[datetime, datetime]]:
    """When each item begins and ends, by id: one after the other from `begins`, tracks side by side, and
    what is for all when the last track is done."""
    times: dict[int, tuple[datetime, datetime]] = {}
    all_free, track_free = begins, dict[str, datetime]()
    for item in items:
        if not item.track:
            all_free, track_free = max([all_free, *track_free.values()]), {}
        starts = track_free.get(item.track, all_free) if item.track else all_free
        ends = starts + length_of(item)
        times[item.id] = (starts, ends)
        if item.track:
            track_free[item.track] = ends
        else:
            all_free = ends
    return times


def length_of(item: ItemView) -> timedelta:
    if item.starts_at and item.ends_at and item.ends_at > item.starts_at:
        return item.ends_at - item.starts_at
    return timedelta(minutes=USUAL_MINUTES[item.kind])
