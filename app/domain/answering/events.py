"""What happens to answers and to those who wait for them."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MoreAsked(Event):
    """The asker is asked to tell more; the clock stands still."""

    pause_id: int


@dataclass(frozen=True, slots=True)
class MoreTold(Event):
    """The asker has replied, and the clock goes on. `owner_id`: who looks after it, if anybody."""

    pause_id: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class AnswersPublished(Event):
    """All answers of a batch are open, at one moment."""

    batch_id: int


@dataclass(frozen=True, slots=True)
class AnswersDue(Event):
    """One person is to be told of answers of a batch now, by one mail."""

    telling_id: int


@dataclass(frozen=True, slots=True)
class AnswerCorrected(Event):
    """A published answer reads otherwise than it did; `number`: the version that it was."""

    answer_id: int
    number: int


@dataclass(frozen=True, slots=True)
class AnswerObjected(Event):
    """The asker says that the answer does not answer."""

    contribution_id: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class AnswerBecameLate(Event):
    """The day of the answer is past. Once for each day that passes so."""

    contribution_id: int
    owner_id: int | None
