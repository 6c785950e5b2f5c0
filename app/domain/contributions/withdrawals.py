"""Who took a contribution back, which its sender alone brings back then; and what it is when it is back."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import ORGANISER_KINDS
from app.domain.attendance.models import Attendee
from app.domain.contributions.models import Answer, AnswerContribution, Contribution
from app.domain.contributions.policy import OPEN_STATUSES, STATUS_OF, is_sent_in_sql
from app.domain.organisations.models import Organisation


def is_withdrawn_by_staff(session: Session, contribution_id: int) -> bool:
    """Whether somebody of staff took it back last; not where nobody is told of, or it stands."""
    last = (
        select(taken_back_by_staff(AuditEntry.user_id, AuditEntry.on_behalf_of_id))
        .join(Contribution, Contribution.id == AuditEntry.thing_id)
        .where(
            AuditEntry.thing == "contribution",
            AuditEntry.thing_id == contribution_id,
            AuditEntry.verb == "withdraw",
            AuditEntry.outcome == "done",
            Contribution.status == "withdrawn",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return bool(session.scalar(last))


def status_by_answer(session: Session, contribution_id: int, otherwise: str) -> str:
    """The status that the newest answer to it gives what is brought back, or `otherwise`.

    What had been answered and was open again when it was taken back, as when its asker found that no answer,
    is open still.
    """
    answered = (
        select(Answer.verdict, Answer.published_at)
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .where(
            AnswerContribution.contribution_id == contribution_id,
            Answer.published_at.is_not(None),
            Answer.verdict.is_not(None),
        )
        .order_by(Answer.published_at.desc(), Answer.id.desc())
        .limit(1)
    )
    newest = session.execute(answered).one_or_none()
    if newest is None:
        return otherwise
    taken_back = (
        select(AuditEntry.at, AuditEntry.before["status"].as_string().label("status"))
        .where(
            AuditEntry.thing == "contribution",
            AuditEntry.thing_id == contribution_id,
            AuditEntry.verb == "withdraw",
            AuditEntry.outcome == "done",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    last = session.execute(taken_back).one_or_none()
    if last is not None and last.status in OPEN_STATUSES and newest.published_at < last.at:
        return "under_review"
    return STATUS_OF[newest.verdict]


def taken_back_by_staff(
    user_id: ColumnElement[Any], on_behalf_of_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether who took back the contribution that stands beside it did so for an organiser, and is not who
    sent it. From the entry of the log: for whom they acted that day, whomever they speak for today. An entry
    that tells of nobody is none of staff's.
    """
    organisers = select(Organisation.id).where(Organisation.kind.in_(ORGANISER_KINDS))
    is_sender = or_(
        Contribution.on_behalf_of_id == on_behalf_of_id,
        and_(Contribution.on_behalf_of_id.is_(None), Contribution.entered_by_id == user_id),
        exists().where(Attendee.id == Contribution.attendee_id, Attendee.user_id == user_id),
    )
    is_own = and_(is_sent_in_sql(), func.coalesce(is_sender, false()))
    return func.coalesce(and_(on_behalf_of_id.in_(organisers), not_(is_own)), false())
