"""What happens to the data about people."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class CopyReady(Event):
    """A copy of somebody's data can be fetched."""

    copy_id: int


@dataclass(frozen=True, slots=True)
class AccountWarned(Event):
    """An account that nobody uses will be erased, unless its person signs in before."""

    user_id: int


@dataclass(frozen=True, slots=True)
class FeedbackGiven(Event):
    """Somebody cannot use a page. It carries the words: they are stored nowhere but in the mail."""

    words: str
    page: str
    mail: str
    language: str


@dataclass(frozen=True, slots=True)
class DayBegan(Event):
    """A new day, for what is due on some date."""
