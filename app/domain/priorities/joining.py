"""What becomes of somebody's part in rounds when two accounts are one."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.domain.priorities.models import Decider


def move_deciders(session: Session, from_id: int, to_id: int) -> None:
    """All that one account was named for. Of two places in the same round one counts: the one that has been
    handed in, or else that of the account that is kept."""
    for one in session.scalars(select(Decider).where(*_standing(from_id)).order_by(Decider.id)):
        kept = session.scalars(
            select(Decider).where(*_standing(to_id), Decider.round_id == one.round_id)
        ).one_or_none()
        if kept is None:
            continue
        loses = kept if one.handed_in_at is not None and kept.handed_in_at is None else one
        loses.handed_in_at, loses.replaced_at = None, now()
        session.flush()
    session.execute(update(Decider).where(Decider.user_id == from_id).values(user_id=to_id))


def _standing(user_id: int) -> tuple[object, object]:
    return Decider.user_id == user_id, Decider.replaced_at.is_(None)
