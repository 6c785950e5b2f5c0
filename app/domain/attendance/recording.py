"""Who was in a room of the examples."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.policy import Actor, require
from app.domain.attendance.models import Attendee
from app.domain.organisations.models import Organisation
from app.domain.registrations.models import Registration
from app.domain.users.models import User


def put_attendee(session: Session, actor: Actor, registration_id: int, at: datetime) -> int:
    """Somebody who had signed up, and came; the id as an attendee. One who is there stays as they are. Only
    for the house."""
    require(actor.is_system)
    known = session.scalar(select(Attendee.id).where(Attendee.registration_id == registration_id))
    if known is not None:
        return known
    row = session.execute(
        select(Registration, User.name, Organisation.kind)
        .outerjoin(User, User.id == Registration.user_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .where(Registration.id == registration_id)
    ).one()
    signed_up: Registration = row.Registration
    attendee = Attendee(
        meeting_id=signed_up.meeting_id,
        registration_id=signed_up.id,
        user_id=signed_up.user_id,
        name=row.name or "",
        organisation_id=signed_up.organisation_id,
        organisation_name=signed_up.organisation_name,
        organisation_kind=row.kind or "",
        joined_at=at,
        checked_in_at=at,
        created_at=at,
    )
    session.add(attendee)
    session.flush()
    record(session, actor, "put", "attendee", attendee.id)
    return attendee.id
