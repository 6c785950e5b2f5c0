"""What happens to commitments."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class CommitmentsChanged(Event):
    """Commitments were made, changed, measured, published or judged."""

    commitment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommitmentProposed(Event):
    """Somebody outside the organisers has proposed one, and it waits for staff."""

    commitment_id: int


@dataclass(frozen=True, slots=True)
class ProposalsWait(Event):
    """Staff is to be told now of all proposals that wait, by one mail each."""


@dataclass(frozen=True, slots=True)
class CommitmentsPublished(Event):
    """They are open from now on to those who may read them."""

    commitment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommitmentLate(Event):
    """Its day has passed without a verdict; told once for each day that it was to be done by."""

    commitment_id: int


@dataclass(frozen=True, slots=True)
class DeadlineMoved(Event):
    """A published day was moved, of the commitment or of one of its milestones."""

    commitment_id: int
    change_id: int


@dataclass(frozen=True, slots=True)
class Measured(Event):
    """An indicator has a new measurement, or a corrected one."""

    commitment_id: int
    measurement_id: int


@dataclass(frozen=True, slots=True)
class VerdictGiven(Event):
    commitment_id: int
