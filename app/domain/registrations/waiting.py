"""The coming meetings that somebody waits for a seat at, for those who arrange them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import today
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


def list_meetings_waited_for(session: Session, actor: Actor) -> list[WaitedFor]:
    """The next meeting first; one statement, for staff."""
    require(may_manage(actor))
    waiting = func.count().filter(Registration.status == "waiting")
    requested = func.count().filter(Registration.status == "requested")
    rows = session.execute(
        select(Meeting.key, Meeting.title, Meeting.held_on, waiting, requested)
        .join(Registration, Registration.meeting_id == Meeting.id)
        .where(Meeting.held_on >= today(), Registration.status.in_(("waiting", "requested")))
        .group_by(Meeting.id)
        .order_by(Meeting.held_on, Meeting.id)
        .limit(MOST_MEETINGS)
    )
    return [WaitedFor(*row) for row in rows]
