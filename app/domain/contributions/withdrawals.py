"""Who took a contribution back: what its sender took back, the sender alone brings back."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import ORGANISER_KINDS
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership


def is_withdrawn_by_staff(session: Session, contribution_id: int) -> bool:
    """Whether somebody of staff took it back last; not where nobody is told of, or it stands."""
    is_withdrawn = exists().where(Contribution.id == contribution_id, Contribution.status == "withdrawn")
    by_id = session.scalars(
        select(AuditEntry.user_id)
        .where(
            AuditEntry.thing == "contribution",
            AuditEntry.thing_id == contribution_id,
            AuditEntry.verb == "withdraw",
            AuditEntry.outcome == "done",
            is_withdrawn,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).one_or_none()
    of_staff = (
        select(Membership.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.user_id == by_id,
            Membership.confirmed_at.is_not(None),
            Organisation.kind.in_(ORGANISER_KINDS),
        )
    )
    return by_id is not None and session.scalar(of_staff.limit(1)) is not None
