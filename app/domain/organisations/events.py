"""What happens to organisations."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class OrganisationChanged(Event):
    organisation_id: int


@dataclass(frozen=True, slots=True)
class NetworkAsked(Event):
    """A municipality is asked to be in a network; those who are known to speak for it can answer."""

    network_id: int
    member_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class NetworkAnswered(Event):
    """It said yes or no, or left."""

    network_id: int
    member_id: int
    organisation_id: int
