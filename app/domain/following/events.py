"""What happens to those who follow something."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class NewsDue(Event):
    """One person is to be told now of all that waits for them at a pace, by one mail: of these news."""

    user_id: int
    pace: str
    news_ids: tuple[int, ...]
