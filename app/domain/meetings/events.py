"""What happens to meetings."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MeetingChanged(Event):
    """A meeting came or was changed, published or withdrawn."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class MeetingCancelled(Event):
    """The meeting will not be held; its row says why."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class MeetingPostponed(Event):
    """The meeting will be held another day, not known yet."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class MeetingMoved(Event):
    """A meeting that all could see has another day, time or place. What it was stands here."""

    meeting_id: int
    held_on: date
    starts_at: datetime | None
    venue: str


@dataclass(frozen=True, slots=True)
class MeetingResumed(Event):
    """It was cancelled or postponed, and is held as it was planned all the same."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class ProgrammeChanged(Event):
    """These items of a programme came, were changed, or are gone."""

    meeting_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProgrammePublished(Event):
    """A programme was published anew. `person_ids`: those at the changed items who are to be told;
    `tells_all`: everybody who is signed up too."""

    meeting_id: int
    edition_id: int
    person_ids: tuple[int, ...]
    tells_all: bool


@dataclass(frozen=True, slots=True)
class MeetingRoleGiven(Event):
    role_id: int


@dataclass(frozen=True, slots=True)
class MeetingRoleTaken(Event):
    """The row is gone; what it said stands here."""

    user_id: int
    meeting_id: int
    role: str
