"""What earlier meetings left open: proposals for the agenda of the next one. For staff."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import (
    OPEN_STATUSES,
    answers_visible_to,
    is_in_force,
    is_late,
    visible_to,
)
from app.domain.meetings.models import Meeting, Series

C = Contribution
MOST_OPEN, MOST_PROMISES = 40, 20


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Something said that waits for an answer. `is_late`: the day on which it was due has passed."""

    id: int
    kind: str
    reference: str
    title: str
    body: str
    meeting_number: int | None
    meeting_title: str
    answer_by: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """What an organiser promised at a meeting, or after it."""

    id: int
    text: str
    said_by: str
    meeting_number: int | None
    meeting_title: str


def list_open_matters(session: Session, actor: Actor, series_key: str, on: date) -> list[OpenMatter]:
    """What was said at meetings of the series and has no answer on this day; first what was due first."""
    is_answered = exists(
        select(AnswerContribution.answer_id).where(AnswerContribution.contribution_id == C.id)
    )
    rows = session.execute(
        select(
            C.id,
            C.kind,
            C.reference,
            C.title,
            C.body,
            C.status,
            C.answer_by,
            Meeting.number.label("meeting_number"),
            Meeting.title.label("meeting_title"),
        )
        .join(Meeting, Meeting.id == C.meeting_id)
        .join(Series, Series.id == Meeting.series_id)
        .where(
            Series.key == series_key,
            C.kind.in_(("wish", "question", "idea", "need")),
            C.status.in_(OPEN_STATUSES),
            is_in_force(),
            visible_to(actor),
            ~is_answered,
        )
        .order_by(C.answer_by.asc().nulls_last(), Meeting.held_on.desc(), C.id)
        .limit(MOST_OPEN)
    )
    return [
        OpenMatter(
            row.id,
            row.kind,
            row.reference,
            row.title,
            row.body,
            row.meeting_number,
            row.meeting_title,
            row.answer_by,
            is_late(row.answer_by, row.status, on),
        )
        for row in rows
    ]


def list_promises(session: Session, actor: Actor, series_key: str) -> list[Promise]:
    """What was promised at meetings of the series and is not done with, that of the newest meeting first.

    A promise is done with when all that it answers is carried out.
    """
    carried_out = ("done", "effect_measured", "declined", "withdrawn")
    answered = _answered_by_promise()
    is_open = or_(~exists(answered), exists(answered.where(C.status.not_in(carried_out))))
    rows = session.execute(
        select(
            Answer.id,
            Answer.text,
            func.coalesce(Answer.said_by_text, "").label("said_by"),
            Meeting.number.label("meeting_number"),
            Meeting.title.label("meeting_title"),
        )
        .join(Meeting, Meeting.id == Answer.meeting_id)
        .join(Series, Series.id == Meeting.series_id)
        .where(Series.key == series_key, Answer.kind == "promise", answers_visible_to(actor), is_open)
        .order_by(Meeting.held_on.desc(), Answer.id)
        .limit(MOST_PROMISES)
    )
    return [Promise(**row._mapping) for row in rows]


def _answered_by_promise() -> Select[tuple[int]]:
    return (
        select(C.id)
        .join(AnswerContribution, AnswerContribution.contribution_id == C.id)
        .where(AnswerContribution.answer_id == Answer.id)
        .correlate(Answer)
    )
