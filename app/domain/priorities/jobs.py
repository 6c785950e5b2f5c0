"""Work on rounds that nobody waits for."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.events import announce
from app.core.jobs import Tools, job
from app.domain.priorities.events import RoundNears, RoundOverdue
from app.domain.priorities.models import Decider, PriorityRound

# Deciders are reminded so many days before the last one.
DAYS_BEFORE = 3


@job("priorities.notice_overdue", cron="50 4 * * *")
def notice_overdue_rounds(tools: Tools) -> None:
    """Each morning: tell of the open rounds whose last day was yesterday, and of those that end soon."""
    with tools.database.unit() as session:
        notice_overdue(session)
        notice_near(session)


def notice_overdue(session: Session) -> list[int]:
    """The rounds whose last day was yesterday and that are open still; told of once."""
    late = session.scalars(
        select(PriorityRound.id)
        .where(
            PriorityRound.closes_on == today() - timedelta(days=1),
            PriorityRound.opened_at.is_not(None),
            PriorityRound.closed_at.is_(None),
            PriorityRound.cancelled_at.is_(None),
        )
        .order_by(PriorityRound.id)
    ).all()
    for round_id in late:
        announce(session, RoundOverdue(round_id))
    return list(late)


def notice_near(session: Session) -> list[int]:
    """The open rounds whose last day is in `DAYS_BEFORE` days and in which somebody has not handed in."""
    waits = select(Decider.round_id).where(Decider.replaced_at.is_(None), Decider.handed_in_at.is_(None))
    near = session.scalars(
        select(PriorityRound.id)
        .where(
            PriorityRound.closes_on == today() + timedelta(days=DAYS_BEFORE),
            PriorityRound.opened_at.is_not(None),
            PriorityRound.closed_at.is_(None),
            PriorityRound.cancelled_at.is_(None),
            PriorityRound.id.in_(waits),
        )
        .order_by(PriorityRound.id)
    ).all()
    for round_id in near:
        announce(session, RoundNears(round_id))
    return list(near)
