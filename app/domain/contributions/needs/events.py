"""What happens to needs."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class NeedRegistered(Event):
    contribution_id: int


@dataclass(frozen=True, slots=True)
class NeedJoined(Event):
    """These municipalities have the need too. `network_id`: who entered them, where it was not themselves."""

    contribution_id: int
    organisation_ids: tuple[int, ...]
    network_id: int | None


@dataclass(frozen=True, slots=True)
class NeedLeft(Event):
    contribution_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class NeedMoved(Event):
    """It has come further, or was dropped: `state` since the last row of its history."""

    contribution_id: int
    state: str
