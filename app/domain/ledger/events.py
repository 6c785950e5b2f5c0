"""What happens to the ledger and to tenders."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MeetingNoted(Event):
    """It is noted on organisations that they were met."""

    entry_id: int


@dataclass(frozen=True, slots=True)
class GapClosed(Event):
    """What some vendor had alone is published for all, or it is said why not."""

    closing_id: int


@dataclass(frozen=True, slots=True)
class CorrectionAsked(Event):
    """An organisation says that what is noted on it is wrong."""

    request_id: int


@dataclass(frozen=True, slots=True)
class CorrectionAnswered(Event):
    """Staff has put it right or says why not."""

    request_id: int


@dataclass(frozen=True, slots=True)
class CorrectionBecameLate(Event):
    """The day of the answer to a request is past. Once for each request."""

    request_id: int


@dataclass(frozen=True, slots=True)
class TenderChanged(Event):
    """A tender was made, changed, published, or got a notice."""

    tender_id: int


@dataclass(frozen=True, slots=True)
class QuestionsShared(Event):
    """Questions about tenders and their answers are open to all, or have got a further answer."""

    question_ids: tuple[int, ...]
