"""Reading evaluations: how far one is, how it went, and one's own answer. Nobody reads another's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.clock import now, today
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.evaluations.models import Evaluation, EvaluationAnswer, EvaluationRemark
from app.domain.evaluations.policy import (
    DAYS_OPEN,
    MOST_DAYS_OPEN,
    is_over,
    last_day,
    may_answer,
    may_answer_at,
    may_arrange_evaluations,
    own_answers,
    shows,
)
from app.domain.evaluations.questions import CODES, CURRENT, HIGH, STEPS, WORDINGS, Question, Wording
from app.domain.meetings.models import Meeting, Series
from app.domain.meetings.policy import heard_by
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.statuses import OFF

MOST_REMARKS: Final = 1000
MOST_MEETINGS: Final = 500
MOST_SERIES: Final = 100

# As long after its first day as a meeting can be evaluated; one may go on for some days.
_LONGEST = timedelta(days=MOST_DAYS_OPEN + 7)

# coming: not open yet; open; closing: closed and not counted yet; counted; none: nobody answered it in time,
# or the meeting is off.
State = Literal["coming", "open", "closing", "counted", "none"]


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """How one question was answered. `counts`: of the steps 1 to 5."""

    question: Question
    counts: tuple[int, ...]

    @property
    def answers(self) -> int:
        return sum(self.counts)

    @property
    def average(self) -> float:
        """From 1 to 5."""
        return sum(step * count for step, count in zip(STEPS, self.counts, strict=True)) / self.answers

    @property
    def high_share(self) -> int:
        """How many in a hundred answered "to a large extent" or more."""
        return round(100 * sum(self.counts[HIGH - 1 :]) / self.answers)


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """The evaluation of a meeting, the same for all who may see the meeting.

    `answers`: how many people, once it is counted; None until then, and where they are too few to be shown
    (`is_too_few`). `questions` are then empty; a question of its own with too few answers is left out.
    """

    meeting_id: int
    meeting_key: str
    meeting_title: str
    meeting_title_en: str
    number: int | None
    series_key: str
    series_name: str
    held_on: date
    date_certainty: str
    state: State
    closes_on: date
    days_open: int
    wording: int
    answers: int | None
    is_too_few: bool
    questions: tuple[QuestionResult, ...]
    is_example: bool
    version: int

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def words(self) -> Wording:
        """In which words it was asked."""
        return WORDINGS[self.wording]

    @property
    def path(self) -> str:
        return f"/moeder/{self.meeting_key}/evaluering"

    def find_question(self, code: str) -> QuestionResult | None:
        """The result of one question; None where it is not shown."""
        return next((one for one in self.questions if one.question.code == code), None)


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A series, and of how many of its meetings an evaluation was counted."""

    id: int
    key: str
    name: str
    results: int


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What the actor has answered, for changing it."""

    steps: Mapping[str, int]
    remark: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Words to the organisers, of nobody."""

    id: UUID
    text: str


def _rows() -> Select[Any]:
    return (
        select(
            Meeting.id,
            Meeting.key,
            Meeting.title,
            Meeting.title_en,
            Meeting.number,
            Meeting.status,
            Meeting.held_on,
            Meeting.date_certainty,
            Meeting.ends_at,
            Series.key.label("series_key"),
            Series.name.label("series_name"),
            Evaluation.meeting_id.label("evaluated_id"),
            Evaluation.wording,
            Evaluation.days_open,
            Evaluation.answers,
            Evaluation.tally,
            Evaluation.counted_at,
            Evaluation.is_example,
            Evaluation.version,
        )
        .join(Series, Series.id == Meeting.series_id)
        .outerjoin(Evaluation, Evaluation.meeting_id == Meeting.id)
    )


def find_result(session: Session, actor: Actor, meeting_id: int) -> EvaluationView | None:
    """The evaluation of a meeting that the actor may see, whatever its state. One statement."""
    return read(session, result_of(actor, meeting_id))


def result_of(actor: Actor, meeting_id: int) -> Asking[EvaluationView | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_of_meeting(actor), {"of_meeting": meeting_id})
    return _view(rows[0]) if rows else None


@kept
def _of_meeting(actor: Actor) -> Select[Any]:
    return _rows().where(Meeting.id == bindparam("of_meeting"), meeting_visible_to(actor))


def list_results(session: Session, actor: Actor, series_id: int) -> list[EvaluationView]:
    """The counted evaluations of a series' meetings, the oldest first. One statement."""
    rows = session.execute(
        _rows()
        .where(Meeting.series_id == series_id, meeting_visible_to(actor), Evaluation.counted_at.is_not(None))
        .order_by(Meeting.held_on, Meeting.id)
        .limit(MOST_MEETINGS)
    )
    return [_view(row) for row in rows]


def has_results(session: Session, actor: Actor, series_id: int) -> bool:
    """Whether there is anything to read about a series."""
    counted = (
        select(Evaluation.meeting_id)
        .join(Meeting, Meeting.id == Evaluation.meeting_id)
        .where(Meeting.series_id == series_id, meeting_visible_to(actor), Evaluation.counted_at.is_not(None))
    )
    return bool(session.scalar(select(counted.exists())))


def list_series(session: Session, actor: Actor) -> list[SeriesLine]:
    """The series of which the actor may see a meeting, the one with the most to read about first."""
    results = func.count(Evaluation.counted_at)
    rows = session.execute(
        select(Series.id, Series.key, Series.name, results.label("results"))
        .join(Meeting, Meeting.series_id == Series.id)
        .outerjoin(Evaluation, Evaluation.meeting_id == Meeting.id)
        .where(meeting_visible_to(actor))
        .group_by(Series.id)
        .order_by(results.desc(), Series.id)
        .limit(MOST_SERIES)
    )
    return [SeriesLine(**row._mapping) for row in rows]


def list_asked(session: Session, actor: Actor) -> list[EvaluationView]:
    """The open evaluations that wait for the actor's answer, the latest meeting first. One statement, and
    none for who was at no meeting."""
    return read(session, evaluations_asked_of(actor))


def evaluations_asked_of(actor: Actor) -> Asking[list[EvaluationView]]:
    """The same, to be asked beside others."""
    heard = sorted(heard_by(actor))
    if not heard or not may_answer(actor):
        return []
    rows = yield from asked(_asked(actor), {"evaluated": heard})
    return [view for view in map(_view, rows) if view.is_open]


@kept
def _asked(actor: Actor) -> Select[Any]:
    answered = select(EvaluationAnswer.id).where(
        EvaluationAnswer.meeting_id == Meeting.id, own_answers(actor)
    )
    return (
        _rows()
        .where(
            Meeting.id.in_(bindparam("evaluated", expanding=True)),
            meeting_visible_to(actor),
            Evaluation.counted_at.is_(None),
            Meeting.held_on.between(today() - _LONGEST, today()),
            ~answered.exists(),
        )
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        .limit(20)
    )


def find_own(session: Session, actor: Actor, meeting_id: int) -> OwnAnswer | None:
    """What the actor has answered and can still change."""
    if not may_answer_at(actor, meeting_id):
        return None
    row = session.scalars(
        select(EvaluationAnswer)
        .where(EvaluationAnswer.meeting_id == meeting_id, own_answers(actor))
        .order_by(EvaluationAnswer.user_id.nulls_last())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return OwnAnswer(dict(row.steps), row.remark) if row is not None else None


def count_answers(session: Session, actor: Actor, meeting_id: int) -> int | None:
    """How many have answered so far, for those who arrange it; None for all others."""
    if not may_arrange_evaluations(actor):
        return None
    return session.scalar(select(func.count()).where(EvaluationAnswer.meeting_id == meeting_id)) or 0


def list_remarks(session: Session, actor: Actor, meeting_id: int) -> list[Remark]:
    """What people wrote to the organisers, once it is counted, in no order that tells anything."""
    if not may_arrange_evaluations(actor):
        return []
    rows = session.execute(
        select(EvaluationRemark.id, EvaluationRemark.text)
        .where(EvaluationRemark.meeting_id == meeting_id)
        .order_by(EvaluationRemark.id)
        .limit(MOST_REMARKS)
    )
    return [Remark(row.id, row.text) for row in rows]


def _view(row: Any) -> EvaluationView:
    found = row if row.evaluated_id is not None else None
    days_open = found.days_open if found is not None else DAYS_OPEN
    closes_on = last_day(row, days_open)
    state = _state(row, found, closes_on, now(), today())
    is_shown = found is not None and state == "counted" and shows(found.answers)
    wording = found.wording if found is not None else CURRENT
    return EvaluationView(
        meeting_id=row.id,
        meeting_key=row.key,
        meeting_title=row.title,
        meeting_title_en=row.title_en,
        number=row.number,
        series_key=row.series_key,
        series_name=row.series_name,
        held_on=row.held_on,
        date_certainty=row.date_certainty,
        state=state,
        closes_on=closes_on,
        days_open=days_open,
        wording=wording,
        answers=found.answers if found is not None and is_shown else None,
        is_too_few=state == "counted" and not is_shown,
        questions=_results(wording, found.tally) if found is not None and is_shown else (),
        is_example=found is not None and found.is_example,
        version=found.version if found is not None else 0,
    )


def _state(meeting: Any, found: Any, closes_on: date, moment: datetime, on: date) -> State:
    if found is not None and found.counted_at is not None:
        return "counted" if found.answers else "none"
    if meeting.status in OFF:
        return "none"
    if not is_over(meeting, moment):
        return "coming"
    if on <= closes_on:
        return "open"
    return "closing" if found is not None else "none"


def _results(wording: int, tally: Mapping[str, Sequence[int]]) -> tuple[QuestionResult, ...]:
    return tuple(
        QuestionResult(question, tuple(tally[question.code]))
        for question in sorted(WORDINGS[wording].questions, key=lambda one: CODES.index(one.code))
        if question.code in tally
    )
