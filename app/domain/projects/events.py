"""What happens to signature projects."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class ProjectChanged(Event):
    project_id: int
