"""What happens to meetings."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MeetingChanged(Event):
    """A meeting came or was changed, published or withdrawn."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class ProgrammeChanged(Event):
    """These items of a programme came, were changed, or are gone."""

    meeting_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MeetingRoleGiven(Event):
    role_id: int


@dataclass(frozen=True, slots=True)
class MeetingRoleTaken(Event):
    """The row is gone; what it said stands here."""

    user_id: int
    meeting_id: int
    role: str
