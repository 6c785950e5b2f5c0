"""What happens around ideas."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class SignerAsked(Event):
    """An organisation is asked to stand behind an idea; its confirmed members can answer."""

    contribution_id: int
    signer_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class SignerAnswered(Event):
    """It said yes or no, or changed its mind."""

    contribution_id: int
    signer_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class HearingOpened(Event):
    """Somebody asked for access to what is confidential; the idea's people are heard."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class HearingMoved(Event):
    """There is more time to answer."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class HearingNears(Event):
    """Few days are left, and not every part has been spoken of."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class HearingAnswered(Event):
    """The idea's people have said something of every part."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class HearingLapsed(Event):
    """The day has passed without an answer to every part; staff decides without it."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class AccessDecided(Event):
    """Staff has decided of every part; the idea's people are told what is given out and why."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class AccessRequestWithdrawn(Event):
    """Who asked does not want it any more."""

    request_id: int
    contribution_id: int


@dataclass(frozen=True, slots=True)
class IdeaConfirmationAsked(Event):
    """Nobody has said for long that the idea still holds: its owner is asked."""

    contribution_id: int


@dataclass(frozen=True, slots=True)
class IdeaRested(Event):
    """The owner did not answer: the idea rests, until its owner wakes it."""

    contribution_id: int


@dataclass(frozen=True, slots=True)
class IdeaWoken(Event):
    contribution_id: int
