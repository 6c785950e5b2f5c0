"""What is read of a user and a membership to make an Actor: the same for a browser and for a key."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.engine import Row

from app.core.policy import ORGANISER_KINDS
from app.domain.attendance.models import Attendee
from app.domain.attendance.policy import has_seat
from app.domain.meetings.models import MeetingRole
from app.domain.organisations.models import Organisation
from app.domain.registrations.queries import attended_by
from app.domain.users.models import Membership, User

# What the user does at which meetings, in one column, so that asking who comes stays one statement.
_ROLES = (
    select(func.jsonb_agg(func.jsonb_build_array(MeetingRole.meeting_id, MeetingRole.role)))
    .where(MeetingRole.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)
# The meetings that the user has joined on the day, each with the id as an attendee.
_SEATS = (
    select(func.jsonb_agg(func.jsonb_build_array(Attendee.meeting_id, Attendee.id)))
    .where(Attendee.user_id == User.id, has_seat())
    .correlate(User)
    .scalar_subquery()
)
# Columns of a statement that joins User, Membership and Organisation (the latter two may be missing).
ACTOR_COLUMNS = (
    User.id.label("user_id"),
    User.name,
    User.language,
    Membership.id.label("membership_id"),
    Membership.role,
    Membership.confirmed_at,
    Organisation.id.label("organisation_id"),
    Organisation.name.label("organisation_name"),
    Organisation.kind,
    _ROLES.label("meeting_roles"),
    attended_by(User.id).label("attends"),
    _SEATS.label("seats"),
)


def read_actor(row: Row[Any]) -> dict[str, Any]:
    """The fields of the Actor that stand in such a row; the rest depends on how somebody came in."""
    return {
        "user_id": row.user_id,
        "name": row.name,
        "language": row.language,
        "membership_id": row.membership_id,
        "organisation_id": row.organisation_id,
        "organisation_name": row.organisation_name or "",
        "organisation_kind": row.kind,
        "role": row.role,
        "is_confirmed": row.confirmed_at is not None,
        "meeting_roles": frozenset((meeting_id, role) for meeting_id, role in row.meeting_roles or ()),
        "attends": frozenset(row.attends or ()),
        "seats": frozenset((meeting_id, seat) for meeting_id, seat in row.seats or ()),
    }


def speaks_as_staff() -> ColumnElement[bool]:
    """Whether the joined membership has a role in an organiser: staff, admin or auditor."""
    return and_(Organisation.kind.in_(ORGANISER_KINDS), Membership.role != "member")
