"""What happens to reports and what they are about."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class ContributionReported(Event):
    report_id: int


@dataclass(frozen=True, slots=True)
class ContributionDecided(Event):
    """Staff has decided: who wrote it is told, and those whose reports it answers."""

    decision_id: int
