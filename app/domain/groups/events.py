"""What happens to groups."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class GroupChanged(Event):
    """A group of a meeting came, was changed, or is gone."""

    meeting_id: int
    group_id: int
