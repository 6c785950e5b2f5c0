"""What happens in bodies."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class BodyChanged(Event):
    """A body came, or its name, its mandate or who sees it is other."""

    body_id: int


@dataclass(frozen=True, slots=True)
class RecommendationSent(Event):
    """Something waits to be treated by the body."""

    recommendation_id: int


@dataclass(frozen=True, slots=True)
class RecommendationTreated(Event):
    """The body has had it on its table at a meeting."""

    recommendation_id: int


@dataclass(frozen=True, slots=True)
class RecommendationDecided(Event):
    """It has been followed, partly, not, or it was sent back."""

    recommendation_id: int


@dataclass(frozen=True, slots=True)
class RecommendationTakenBack(Event):
    """It was withdrawn, or its last step was noted by mistake."""

    recommendation_id: int


@dataclass(frozen=True, slots=True)
class ReadingAdded(Event):
    """There is something more to read for the members."""

    body_id: int
    reading_id: int


@dataclass(frozen=True, slots=True)
class ReadingsWait(Event):
    """So many things came on a body's list; its members have not been told."""

    body_id: int
    count: int
