"""What happens to signature projects."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class ProjectChanged(Event):
    project_id: int


@dataclass(frozen=True, slots=True)
class OwnProjectChanged(Event):
    """A municipality registered, changed or took out a project of its own."""

    own_project_id: int
