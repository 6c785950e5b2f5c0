"""What happens to minutes."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MinutesShown(Event):
    """The minutes of a meeting lie open for comments; `is_again`: a later edition, while they did already."""

    meeting_id: int
    is_again: bool


@dataclass(frozen=True, slots=True)
class MinutesTakenBack(Event):
    """They lie open no more: nobody is to be told that they do."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class MinutesApproved(Event):
    """The minutes of a meeting stand. `is_corrected`: a later change of approved ones; `is_new`: with an
    edition that was not there before."""

    meeting_id: int
    is_corrected: bool
    is_new: bool
