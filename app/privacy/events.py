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
