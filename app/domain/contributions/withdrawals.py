"""Who took a contribution back: what its sender took back, the sender alone brings back."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import ORGANISER_KINDS
from app.domain.attendance.models import Attendee
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_sent_in_sql
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
