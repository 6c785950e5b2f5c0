"""What happens to rooms."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class RoomChanged(Event):
    """How the room of a meeting works was changed."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class CheckedIn(Event):
    """Somebody has come."""

    meeting_id: int
    attendee_id: int
