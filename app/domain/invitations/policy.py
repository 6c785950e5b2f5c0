"""Staff invites and reads who was invited; an invitation itself is answered by whoever holds its link."""

from datetime import date
from typing import Protocol

from app.core.policy import Actor
from app.domain.outbox.policy import why_not_send


class Announced(Protocol):
    """What decides whether people can be asked to come."""

    @property
    def status(self) -> str: ...
    @property
    def held_on(self) -> date: ...


def may_invite(actor: Actor) -> bool:
    """Ask people to come, read who was asked and what they answered, remind them, take it back."""
    return actor.is_staff


def why_not_invite(meeting: Announced, on: date) -> str | None:
    """The code of the sentence that says why nobody can be invited on this day; None while they can."""
    return why_not_send("invitation", meeting.status, meeting.held_on, on)
