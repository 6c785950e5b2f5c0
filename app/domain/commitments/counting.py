"""How many promises wait for staff."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor, require
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import OPEN, may_decide


@dataclass(frozen=True, slots=True)
class WaitingPromises:
    """Proposals that wait to be published, and promises whose day has passed without a verdict."""

    proposed: int
    late: int


def count_waiting(session: Session, actor: Actor) -> WaitingPromises:
    """One statement, for staff."""
    require(may_decide(actor))
    row = session.execute(
        select(
            func.count().filter(Commitment.status == "proposed"),
            func.count().filter(Commitment.status.in_(OPEN), Commitment.deadline < today()),
        ).select_from(Commitment)
    ).one()
    return WaitingPromises(*row)
