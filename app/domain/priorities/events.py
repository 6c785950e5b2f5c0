"""What happens in rounds of priorities, and with maturity."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class RoundOpened(Event):
    """A round waits for its deciders; they are rows of `Decider`."""

    round_id: int
    decider_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DeciderNamed(Event):
    """Somebody came into an open round in the place of another."""

    round_id: int
    decider_id: int


@dataclass(frozen=True, slots=True)
class RoundHandedIn(Event):
    """The last decider of a round has handed in: it can be closed."""

    round_id: int


@dataclass(frozen=True, slots=True)
class RoundClosed(Event):
    """The result is worked out; its own people and the deciders read it."""

    round_id: int


@dataclass(frozen=True, slots=True)
class RoundPublished(Event):
    """The order and the reason for it are open to those who may see the round."""

    round_id: int


@dataclass(frozen=True, slots=True)
class RoundCancelled(Event):
    """A round was called off."""

    round_id: int


@dataclass(frozen=True, slots=True)
class RoundOverdue(Event):
    """The day by which an open round was to be closed has passed."""

    round_id: int


@dataclass(frozen=True, slots=True)
class RoundNears(Event):
    """The last day of an open round is near, and somebody has not handed in."""

    round_id: int
