"""The verbs of evaluations: answering, setting up, counting.

An answer is known to its writer while it can be changed, and then to nobody: it is counted and forgotten.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import SystemRandom
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.core.audit import record
from app.core.clock import now, today
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.attendance.models import Attendee
from app.domain.evaluations.models import Evaluation, EvaluationAnswer, EvaluationRemark
from app.domain.evaluations.policy import (
    MOST_DAYS_OPEN,
    is_over,
    last_day,
    may_answer_at,
    may_arrange_evaluations,
    own_answers,
    shows,
)
from app.domain.evaluations.questions import CODES, CURRENT, STEPS
from app.domain.evaluations.schemas import AnswerInput, SetUpInput
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.statuses import NOT_COMING

MOST_COUNTED_AT_ONCE: Final = 100
_lot = SystemRandom()


# --- answering


def answer(session: Session, actor: Actor, meeting_id: int, given: AnswerInput) -> int:
    """Answer, or answer otherwise while it is open: one answer each, the last one counts. The id of the
    answer, which is the same until it is counted.

    Raises NotFound, NotAllowed, and Refused: evaluation_nothing, evaluation_not_open_yet, evaluation_closed.
    """
    _require_visible(session, actor, meeting_id)
    require(may_answer_at(actor, meeting_id), "evaluation_was_not_there")
    user_id = actor.user_id
    attendee_id = actor.seat_at(meeting_id) if user_id is None else None
    return _keep_answer(session, meeting_id, user_id, attendee_id, own_answers(actor), given)


def answer_for(
    session: Session, meeting_id: int, user_id: int | None, attendee_id: int | None, given: AnswerInput
) -> int:
    """The same for whoever holds an own link, which by_link.py has looked at. Refused as `answer`."""
    own = EvaluationAnswer.user_id == user_id if user_id else EvaluationAnswer.attendee_id == attendee_id
    return _keep_answer(session, meeting_id, user_id, None if user_id else attendee_id, own, given)


def _keep_answer(
    session: Session,
    meeting_id: int,
    user_id: int | None,
    attendee_id: int | None,
    own: ColumnElement[bool],
    given: AnswerInput,
) -> int:
    if not given.steps and not given.remark:
        raise Refused("evaluation_nothing")
    _take_open(session, meeting_id)
    values = {"steps": given.steps, "remark": given.remark}
    who = "user_id" if user_id is not None else "attendee_id"
    kept = insert(EvaluationAnswer).values(
        meeting_id=meeting_id, user_id=user_id, attendee_id=attendee_id, **values
    )
    kept_id = session.scalars(
        kept.on_conflict_do_update(index_elements=["meeting_id", who], set_=values).returning(
            EvaluationAnswer.id
        )
    ).one()
    # What was answered as a guest before signing in.
    session.execute(
        delete(EvaluationAnswer).where(
            EvaluationAnswer.meeting_id == meeting_id, own, EvaluationAnswer.id != kept_id
        )
    )
    # That somebody answered is noted, and neither who nor what.
    record(session, SYSTEM, "evaluate", "evaluation", meeting_id, is_nameless=True)
    return kept_id


def _require_visible(session: Session, actor: Actor, meeting_id: int) -> None:
    seen = select(Meeting.id).where(Meeting.id == meeting_id, meeting_visible_to(actor))
    if session.scalar(seen) is None:
        raise NotFound


def _take_open(session: Session, meeting_id: int) -> None:
    """The evaluation, kept from being counted meanwhile; made with the first answer."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    _make(session, meeting_id)
    evaluation = session.scalars(
        select(Evaluation)
        .where(Evaluation.meeting_id == meeting_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    if evaluation.counted_at is not None:
        raise Refused("evaluation_closed")
    if not is_over(meeting, now()):
        raise Refused("evaluation_not_open_yet")
    if today() > last_day(meeting, evaluation.days_open):
        raise Refused("evaluation_closed")


def _make(session: Session, meeting_id: int) -> None:
    session.execute(
        insert(Evaluation).values(meeting_id=meeting_id, wording=CURRENT, tally={}).on_conflict_do_nothing()
    )


# --- arranging


def set_up(session: Session, actor: Actor, meeting_id: int, given: SetUpInput) -> Evaluation:
    """Say until when it can be answered. Refused: stale, evaluation_counted, evaluation_day_is_past,
    evaluation_day_too_late."""
    evaluation, meeting = _take(session, actor, meeting_id)
    # Before the first answer there is no row, and its version reads 0.
    is_first = given.version == 0 and evaluation.version == 1
    if given.version != evaluation.version and not is_first:
        raise Refused("stale")
    days = (given.closes_on - last_day(meeting, 0)).days
    if given.closes_on < today() or days < 0:
        raise Refused("evaluation_day_is_past")
    if days > MOST_DAYS_OPEN:
        raise Refused("evaluation_day_too_late", most=MOST_DAYS_OPEN)
    before = {"days_open": evaluation.days_open}
    evaluation.days_open = days
    evaluation.version += 1
    record(session, actor, "set_up", "evaluation", meeting_id, before=before, after={"days_open": days})
    session.flush()
    return evaluation


def close(session: Session, actor: Actor, meeting_id: int) -> Evaluation:
    """Close an open evaluation and count it now; it cannot be opened again.
    Refused: evaluation_counted, evaluation_not_open_yet."""
    evaluation, meeting = _take(session, actor, meeting_id)
    if not is_over(meeting, now()):
        raise Refused("evaluation_not_open_yet")
    _count(session, actor, evaluation)
    return evaluation


def remove_remark(session: Session, actor: Actor, meeting_id: int, remark_id: UUID) -> None:
    """Take words to the organisers away for good, such as those that name somebody."""
    require(may_arrange_evaluations(actor))
    gone = delete(EvaluationRemark).where(
        EvaluationRemark.id == remark_id, EvaluationRemark.meeting_id == meeting_id
    )
    if session.scalars(gone.returning(EvaluationRemark.id)).one_or_none() is None:
        raise NotFound
    record(session, actor, "remove_remark", "evaluation", meeting_id)


def _take(session: Session, actor: Actor, meeting_id: int) -> tuple[Evaluation, Meeting]:
    """The evaluation, held and made where there is none, with its meeting. Refused: evaluation_counted."""
    _require_visible(session, actor, meeting_id)
    require(may_arrange_evaluations(actor))
    _make(session, meeting_id)
    evaluation = _lock(session, meeting_id)
    if evaluation.counted_at is not None:
        raise Refused("evaluation_counted")
    return evaluation, session.get_one(Meeting, meeting_id)


def _lock(session: Session, meeting_id: int) -> Evaluation:
    """The row, held: answers that come meanwhile wait, and find it counted."""
    return session.scalars(
        select(Evaluation)
        .where(Evaluation.meeting_id == meeting_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


# --- counting


def count_due(session: Session) -> int:
    """Count the evaluations whose last day is over; how many. Those that others hold wait, and those of
    meetings that were not held: one that is postponed is evaluated when it has been."""
    due = session.execute(
        select(Evaluation, Meeting)
        .join(Meeting, Meeting.id == Evaluation.meeting_id)
        .where(
            Evaluation.counted_at.is_(None),
            Meeting.held_on < today(),
            Meeting.status.not_in(NOT_COMING),
        )
        .order_by(Evaluation.meeting_id)
        .with_for_update(of=Evaluation, skip_locked=True)
        .limit(MOST_COUNTED_AT_ONCE)
        .execution_options(populate_existing=True)
    ).all()
    past = [row.Evaluation for row in due if last_day(row.Meeting, row.Evaluation.days_open) < today()]
    for evaluation in past:
        _count(session, SYSTEM, evaluation)
    return len(past)


def _count(session: Session, actor: Actor, evaluation: Evaluation) -> None:
    """How many gave what is written down, and every answer is forgotten.

    Below the fewest that are shown, the steps are not even kept. Remarks are laid down in the order of a lot.
    """
    meeting_id = evaluation.meeting_id
    _drop_doubles(session, meeting_id)
    gone = delete(EvaluationAnswer).where(EvaluationAnswer.meeting_id == meeting_id)
    rows = session.execute(gone.returning(EvaluationAnswer.steps, EvaluationAnswer.remark)).all()
    evaluation.answers, evaluation.counted_at = len(rows), now()
    evaluation.tally = tally(row.steps for row in rows) if shows(len(rows)) else {}
    evaluation.version += 1
    remarks = [EvaluationRemark(meeting_id=meeting_id, text=row.remark) for row in rows if row.remark]
    _lot.shuffle(remarks)
    session.add_all(remarks)
    record(session, actor, "count", "evaluation", meeting_id, after={"answers": len(rows)})
    session.flush()


def tally(answers: Iterable[Mapping[str, int]]) -> dict[str, list[int]]:
    """How many gave the steps 1 to 5 to each question, for those that enough people answered."""
    counted = Counter((code, step) for steps in answers for code, step in steps.items())
    counts = {code: [counted[code, step] for step in STEPS] for code in CODES}
    return {code: steps for code, steps in counts.items() if shows(sum(steps))}


def _drop_doubles(session: Session, meeting_id: int) -> None:
    """Somebody who answered as a guest and with the account has one answer: the account's."""
    with_account = aliased(EvaluationAnswer)
    is_double = (
        select(Attendee.id)
        .join(with_account, with_account.user_id == Attendee.user_id)
        .where(Attendee.id == EvaluationAnswer.attendee_id, with_account.meeting_id == meeting_id)
        .exists()
    )
    session.execute(delete(EvaluationAnswer).where(EvaluationAnswer.meeting_id == meeting_id, is_double))
