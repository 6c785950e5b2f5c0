"""What happens to decks."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class DeckAdded(Event):
    deck_id: int


@dataclass(frozen=True, slots=True)
class DeckPagesChanged(Event):
    """These pages came, are gone, or are told of in other words (title of the deck, speakers)."""

    deck_id: int
    page_ids: tuple[int, ...]
