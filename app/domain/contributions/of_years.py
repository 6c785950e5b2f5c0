"""Reading how what was said in a year was answered: how much of it, how fast, and with what verdict.

What asks for an answer: wishes, ideas, needs and questions, and whatever else has a day for its answer or has
been answered. What hangs under a lead is answered with its lead.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Integer, Select, and_, case, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.domain.contributions.gathering_models import Gathered
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import OPEN_STATUSES, answers_visible_to, is_listed, visible_to
from app.domain.meetings.models import Meeting

ASKING = ("wish", "idea", "need", "question")

C = Contribution


@dataclass(frozen=True, slots=True)
class AnsweredYear:
    """How what was said in a year was answered until today. `median_days`: from when it came until the first
    answer, of those that are answered; None where none is. `late`: the day of the answer is past."""

    year: int
    asked: int
    answered: int
    late: int
    median_days: float | None

    @property
    def share(self) -> int | None:
        """Percent that are answered; None where nothing was asked."""
        return round(100 * self.answered / self.asked) if self.asked else None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many answers were published in a year, by their verdict; `none`: given before answers had one."""

    yes: int
    partly: int
    no: int
    later: int
    none: int

    @property
    def total(self) -> int:
        return self.yes + self.partly + self.no + self.later + self.none


def list_answered_years(session: Session, actor: Actor, year: int | None = None) -> list[AnsweredYear]:
    """Each year in which something was said that asks for an answer, the oldest first, or this one only; one
    statement."""
    asked = _asked(actor).subquery()
    days = asked.c.answered_on - asked.c.came_on
    statement = (
        select(
            asked.c.year,
            func.count().label("asked"),
            func.count(asked.c.answered_on).label("answered"),
            func.count().filter(asked.c.is_late).label("late"),
            func.percentile_cont(0.5)
            .within_group(func.greatest(days, 0))
            .filter(asked.c.answered_on.is_not(None))
            .label("median_days"),
        )
        .group_by(asked.c.year)
        .order_by(asked.c.year)
    )
    if year is not None:
        statement = statement.where(asked.c.year == year)
    return [AnsweredYear(**row._mapping) for row in session.execute(statement)]


def _asked(actor: Actor) -> Select[Any]:
    came_on = cast(func.timezone("Europe/Copenhagen", C.received_at), Date)
    own = _first_answers(actor).cte("first")
    of_lead = own.alias("of_lead")
    # The earlier of both; an unanswered one counts for nothing.
    answered_on = func.least(own.c.day, of_lead.c.day)
    is_late = and_(C.answer_by < today(), C.status.in_(OPEN_STATUSES), answered_on.is_(None))
    return (
        select(
            cast(extract("year", func.coalesce(Meeting.held_on, came_on)), Integer).label("year"),
            came_on.label("came_on"),
            answered_on.label("answered_on"),
            func.coalesce(is_late, False).label("is_late"),
        )
        .outerjoin(Meeting, Meeting.id == C.meeting_id)
        .outerjoin(own, own.c.contribution_id == C.id)
        .outerjoin(Gathered, Gathered.contribution_id == C.id)
        .outerjoin(of_lead, of_lead.c.contribution_id == Gathered.lead_id)
        .where(
            visible_to(actor),
            is_listed(),
            C.published_at.is_not(None),
            or_(C.kind.in_(ASKING), C.answer_by.is_not(None), answered_on.is_not(None)),
        )
    )


def _first_answers(actor: Actor) -> Select[Any]:
    """Of each that was answered the day of the first answer that everybody can read; thanks are none."""
    published_on = cast(func.timezone("Europe/Copenhagen", Answer.published_at), Date)
    return (
        select(AnswerContribution.contribution_id, func.min(published_on).label("day"))
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(Answer.published_at.is_not(None), Answer.kind != "thanks", answers_visible_to(actor))
        .group_by(AnswerContribution.contribution_id)
    )


def count_verdicts(session: Session, actor: Actor, year: int) -> Verdicts:
    """The answers that were published in a year; thanks are none. One statement."""
    published_in = extract("year", func.timezone("Europe/Copenhagen", Answer.published_at))

    def count(verdict: str | None) -> Any:
        is_so = Answer.verdict == verdict if verdict else Answer.verdict.is_(None)
        return func.coalesce(func.sum(case((is_so, 1), else_=0)), 0)

    row = session.execute(
        select(*(count(None if name == "none" else name).label(name) for name in Verdicts.__slots__)).where(
            answers_visible_to(actor), published_in == year, Answer.kind != "thanks"
        )
    ).one()
    return Verdicts(**row._mapping)
