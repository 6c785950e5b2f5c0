"""What happens to strategies."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class StrategyChanged(Event):
    """A strategy came or was changed, and these of its themes with it."""

    strategy_id: int
    theme_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PolicyPublished(Event):
    """A municipality published an edition of its own policy."""

    strategy_id: int
    number: int
