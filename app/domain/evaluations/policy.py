"""Who answers an evaluation and when, and who sees how it went."""

from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, or_

from app.core.clock import COPENHAGEN
from app.core.policy import Actor
from app.domain.evaluations.models import EvaluationAnswer
from app.domain.evaluations.questions import FEWEST
from app.domain.meetings.policy import hears
from app.domain.meetings.statuses import BEFORE_THE_DAY, HELD

# Where nobody has said otherwise.
DAYS_OPEN = 21
MOST_DAYS_OPEN = 90


class Held(Protocol):
    """What the rules look at of a meeting."""

    @property
    def status(self) -> str: ...
    @property
    def held_on(self) -> date: ...
    @property
    def ends_at(self) -> datetime | None: ...


def may_answer(actor: Actor) -> bool:
    """Answer evaluations at all: everybody but an auditor, who changes nothing, and a program's key."""
    return not actor.only_reads and not actor.is_system and actor.token_id is None


def may_answer_at(actor: Actor, meeting_id: int) -> bool:
    """Answer the evaluation of this meeting: who takes part in it or has a seat in its room."""
    return may_answer(actor) and hears(actor, meeting_id)


def own_answers(actor: Actor) -> ColumnElement[bool]:
    """The actor's answers: by the account, by a seat, or by both, where a guest has signed in since."""
    seats = sorted(seat for _, seat in actor.seats)
    return or_(EvaluationAnswer.user_id == (actor.user_id or 0), EvaluationAnswer.attendee_id.in_(seats))


def may_arrange_evaluations(actor: Actor) -> bool:
    """Say how long people can answer, close it, and read what they wrote to the organisers."""
    return actor.is_staff


def is_over(meeting: Held, moment: datetime) -> bool:
    """Whether the meeting has been held and is over."""
    if meeting.status in HELD:
        return True
    if meeting.status not in BEFORE_THE_DAY:
        return False
    ends = meeting.ends_at
    return ends <= moment if ends is not None else meeting.held_on < moment.astimezone(COPENHAGEN).date()


def last_day(meeting: Held, days_open: int) -> date:
    """The last day on which it can be answered."""
    ends = meeting.ends_at
    last_on = max(meeting.held_on, ends.astimezone(COPENHAGEN).date()) if ends else meeting.held_on
    return last_on + timedelta(days=days_open)


def shows(answers: int) -> bool:
    """Whether so many answers may be shown: of fewer it could be told who gave which."""
    return answers >= FEWEST
