"""What happens on boards."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class CardsWritten(Event):
    """These cards were written, or changed by who wrote them; those who have the board open know already."""

    contribution_ids: tuple[int, ...]
