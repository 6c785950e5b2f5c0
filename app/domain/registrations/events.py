"""What happens to sign-ups."""

from dataclasses import dataclass
from typing import Literal

from app.core.events import Event

# How a seat was got: at once, by an offer that was taken, by the yes of staff, from a colleague, by staff.
How = Literal["self", "offer", "approval", "swap", "staff"]


@dataclass(frozen=True, slots=True)
class SignedUp(Event):
    """Somebody has got a seat."""

    registration_id: int
    how: How = "self"


@dataclass(frozen=True, slots=True)
class Queued(Event):
    """Somebody stands in the queue."""

    registration_id: int
    how: How = "self"


@dataclass(frozen=True, slots=True)
class ApprovalRequested(Event):
    """Somebody would like to come, and staff has to say yes."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class RequestDeclined(Event):
    """Staff said no, with a reason."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class SeatOffered(Event):
    """A seat is kept for somebody in the queue until the deadline."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class OfferExpired(Event):
    """Nobody answered in time; the seat has moved on."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class SignUpCancelled(Event):
    """Somebody comes no more; the seat is free. `by_staff`: somebody else decided it, with a reason."""

    registration_id: int
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class SwapAsked(Event):
    """Somebody would like to give the seat to a colleague, who has to say yes."""

    swap_id: int


@dataclass(frozen=True, slots=True)
class SwapAnswered(Event):
    """The colleague has taken the seat, or has said no."""

    swap_id: int
