"""What happens to contributions and answers."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class ContributionsChanged(Event):
    """Contributions of one kind were made, changed, tagged, published or withdrawn."""

    kind: str
    contribution_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContributionSent(Event):
    """Somebody sent a wish or an idea; a draft is not sent."""

    contribution_id: int


@dataclass(frozen=True, slots=True)
class AnswerChanged(Event):
    answer_id: int


@dataclass(frozen=True, slots=True)
class InterestMarked(Event):
    contribution_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class ContributionsLetThrough(Event):
    """What newcomers sent, and what waited for staff, is open to all now."""

    contribution_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WordsTakenAway(Event):
    """Words that could be read are out of sight: the search must not offer them any more."""

    kind: str  # as the search names it: also "answer"
    object_id: int


@dataclass(frozen=True, slots=True)
class WrittenOnBehalf(Event):
    """Others wrote these in on behalf of the organisation, and its members can see them now."""

    organisation_id: int
    contribution_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContributionsGathered(Event):
    """These now stand together under a lead (it is among them when it leads for the first time).

    Whose they are is told, each person once, however many of them are theirs.
    """

    lead_id: int
    contribution_ids: tuple[int, ...]
