"""What becomes of somebody's places in bodies when two accounts are one."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core.clock import today
from app.domain.bodies.models import BodyMember, BodySecretary


def move_body_seats(session: Session, from_id: int, to_id: int) -> None:
    """Everything that one account sat in; of two seats in the same body the moved one ends."""
    seated = select(BodyMember.body_id).where(BodyMember.user_id == to_id, BodyMember.ended_on.is_(None))
    twice = BodyMember.user_id == from_id, BodyMember.ended_on.is_(None), BodyMember.body_id.in_(seated)
    for member in session.scalars(select(BodyMember).where(*twice).order_by(BodyMember.id)):
        member.ended_on = max(today(), member.since or today())
    session.flush()
    session.execute(update(BodyMember).where(BodyMember.user_id == from_id).values(user_id=to_id))


def move_secretary(session: Session, from_membership_id: int, to_membership_id: int) -> None:
    """Whose papers were kept in a membership that is joined with another."""
    kept = select(BodySecretary.body_id).where(BodySecretary.membership_id == to_membership_id)
    held = BodySecretary.membership_id == from_membership_id
    session.execute(delete(BodySecretary).where(held, BodySecretary.body_id.in_(kept)))
    session.execute(update(BodySecretary).where(held).values(membership_id=to_membership_id))
