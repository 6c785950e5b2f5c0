"""What happens in the pipeline. `kind`: idea, project or own_project."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class StageNoted(Event):
    """A thing came to a stage, or a step of it was taken back."""

    kind: str
    thing_id: int


@dataclass(frozen=True, slots=True)
class BarriersNoted(Event):
    """A barrier of a thing came, changed, was solved or was taken out."""

    kind: str
    thing_id: int
