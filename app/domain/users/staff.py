"""Who is on the staff of an organiser, for rooms that give people something to look after."""

from sqlalchemy import ColumnElement, exists, select

from app.core.policy import ORGANISER_KINDS
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User


def is_on_staff() -> ColumnElement[bool]:
    """Whether a User is on the staff of an organiser now, as a condition of another statement."""
    return exists(
        select(Membership.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.user_id == User.id,
            Membership.role.in_(("staff", "admin")),
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            Organisation.kind.in_(ORGANISER_KINDS),
            User.disabled_at.is_(None),
        )
        .correlate(User)
    )
