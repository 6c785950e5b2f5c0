"""What happens to organisations."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class OrganisationChanged(Event):
    organisation_id: int
