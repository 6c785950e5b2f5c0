"""Work on rounds that nobody waits for."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, now
from app.core.events import announce
from app.core.job_runs import find_last_done
from app.core.jobs import Tools, is_done_before, job
from app.domain.priorities.events import RoundNears, RoundOverdue
from app.domain.priorities.models import Decider, PriorityRound

JOB = "priorities.notice_overdue"
# Deciders are reminded so many days before the last one.
DAYS_BEFORE = 3
MORNING = 5  # the clock in Denmark


@job(JOB, cron="50 * * * *", alone=True)
def notice_overdue_rounds(tools: Tools) -> None:
    """Each morning: tell of the open rounds whose last day is past, and of those that end soon, each once.

    Looked at each hour, from the last time that it went well: a morning that nobody was at work for is made
    up for by the next hour.
    """
    day = morning_of(now())
    with tools.database.unit() as session:
        done_at = find_last_done(session, JOB)
        since = morning_of(done_at) if done_at is not None else day - timedelta(days=1)
        if since < day and not is_done_before(session):
            notice_overdue(session, day, since)
            notice_near(session, day, since)


def morning_of(moment: datetime) -> date:
    """The day whose morning was the last one then."""
    here = moment.astimezone(COPENHAGEN)
    return here.date() if here.hour >= MORNING else here.date() - timedelta(days=1)


def notice_overdue(session: Session, day: date, since: date) -> list[int]:
    """The rounds that are open still, and whose last day is past on this one and was not on the other, when
    they were last told of."""
    ended = PriorityRound.closes_on.between(since, day - timedelta(days=1))
    late = _list_open(session, ended)
    for round_id in late:
        announce(session, RoundOverdue(round_id))
    return late


def notice_near(session: Session, day: date, since: date) -> list[int]:
    """The open rounds that end within `DAYS_BEFORE` days from this one and did not from the other, and in
    which somebody has not handed in."""
    waits = select(Decider.round_id).where(Decider.replaced_at.is_(None), Decider.handed_in_at.is_(None))
    first = max(day, since + timedelta(days=DAYS_BEFORE + 1))
    ends = PriorityRound.closes_on.between(first, day + timedelta(days=DAYS_BEFORE))
    near = _list_open(session, ends & PriorityRound.id.in_(waits))
    for round_id in near:
        announce(session, RoundNears(round_id))
    return near


def _list_open(session: Session, which: ColumnElement[bool]) -> list[int]:
    return list(
        session.scalars(
            select(PriorityRound.id)
            .where(
                which,
                PriorityRound.opened_at.is_not(None),
                PriorityRound.closed_at.is_(None),
                PriorityRound.cancelled_at.is_(None),
            )
            .order_by(PriorityRound.id)
        )
    )
