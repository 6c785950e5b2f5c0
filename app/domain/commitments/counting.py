"""How many promises wait for staff."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.core.asking import Asking, asked
from app.core.clock import today
from app.core.kept import kept
from app.core.policy import Actor, require
from app.domain.commitments.models import Commitment
from app.domain.commitments.policy import OPEN, may_decide


@dataclass(frozen=True, slots=True)
class WaitingPromises:
    """Proposals that wait to be published, and promises whose day has passed without a verdict."""

    proposed: int
    late: int


def promises_waiting_for(actor: Actor) -> Asking[WaitingPromises]:
    """One statement, for staff."""
    require(may_decide(actor))
    (row,) = yield from asked(_waiting())
    return WaitingPromises(*row)


@kept
def _waiting() -> Select[Any]:
    return select(
        func.count().filter(Commitment.status == "proposed").label("proposed"),
        func.count().filter(Commitment.status.in_(OPEN), Commitment.deadline < today()).label("late"),
    ).select_from(Commitment)
