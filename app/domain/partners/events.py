"""What happens between those who look for one another."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class ContactAsked(Event):
    """A municipality is asked for contact: its people get one mail, and answer yes or no."""

    request_id: int


@dataclass(frozen=True, slots=True)
class ContactAnswered(Event):
    """It said yes or no; both know who the other is now where it said yes."""

    request_id: int


@dataclass(frozen=True, slots=True)
class ContactEnded(Event):
    """Nobody answered in time."""

    request_id: int
