"""The coming meetings that somebody waits for a seat at, for those who arrange them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.core.asking import Asking, asked
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor, require
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration
from app.domain.registrations.policy import may_manage

MOST_MEETINGS = 30


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """How many wait for a seat at a meeting, and how many ask for one that staff decides of."""

    meeting_key: str
    meeting_title: str
    held_on: date
    waiting: int
    requested: int

    @property
    def total(self) -> int:
        return self.waiting + self.requested


def waited_for(actor: Actor) -> Asking[list[WaitedFor]]:
    """The next meeting first; one statement, for staff."""
    require(may_manage(actor))
    return [WaitedFor(*row) for row in (yield from asked(_waited_for()))]


@kept
def _waited_for() -> Select[Any]:
    waiting = func.count().filter(Registration.status == "waiting")
    requested = func.count().filter(Registration.status == "requested")
    return (
        select(
            Meeting.key,
            Meeting.title,
            Meeting.held_on,
            waiting.label("waiting"),
            requested.label("requested"),
        )
        .join(Registration, Registration.meeting_id == Meeting.id)
        .where(Meeting.held_on >= today(), Registration.status.in_(("waiting", "requested")))
        .group_by(Meeting.id)
        .order_by(Meeting.held_on, Meeting.id)
        .limit(MOST_MEETINGS)
    )
