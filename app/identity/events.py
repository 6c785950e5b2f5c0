"""What happens at sign-in."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class CodeMade(Event):
    """A code to be mailed. The only event that carries more than ids: the code is stored nowhere else."""

    email: str
    code: str
    language: str
