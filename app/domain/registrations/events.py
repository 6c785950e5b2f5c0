"""What happens to sign-ups."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class SignedUp(Event):
    """Somebody has got a seat."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class SignUpCancelled(Event):
    """Somebody comes no more; the seat is free."""

    registration_id: int
