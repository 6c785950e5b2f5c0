"""Who promises, who sees what is promised, and who says how it went.

Staff promises for the organisers, and writes down what others promised. A vendor's confirmed people promise
for their own organisation: staff publishes it and says how it went, they note what they do on the way.
"""

from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.core.policy import ORGANISER_KINDS, Actor
from app.domain.commitments.models import Commitment

# Promised and not judged yet.
OPEN = ("decided", "in_progress", "late")
VERDICTS = ("kept", "partly_kept", "broken", "replaced")


class Promised(Protocol):
    """What the rules look at: a row, or a view of one."""

    @property
    def organisation_id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def published_at(self) -> datetime | None: ...


def may_commit(actor: Actor) -> bool:
    """Promise something: staff, and confirmed people of vendors and consultancies for their own."""
    return actor.is_staff or (actor.is_vendor and actor.is_confirmed and not actor.only_reads)


def may_commit_for(actor: Actor, organisation_id: int) -> bool:
    """Promise something on behalf of this organisation."""
    return may_commit(actor) and (actor.is_staff or actor.organisation_id == organisation_id)


def may_decide(actor: Actor) -> bool:
    """Publish commitments, word them otherwise afterwards, judge and replace them."""
    return actor.is_staff


def is_own(actor: Actor, promised: Promised) -> bool:
    """Whether the actor is known to speak for who promised it. For the organisers that is staff alone."""
    return promised.organisation_id == _own_organisation(actor)


def _own_organisation(actor: Actor) -> int | None:
    is_outside = actor.organisation_kind not in ORGANISER_KINDS
    return actor.organisation_id if actor.is_confirmed and is_outside else None


def may_see(actor: Actor, promised: Promised) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    is_out = promised.published_at is not None and promised.visibility == "public"
    return is_out or actor.is_staff or is_own(actor, promised)


def may_edit(actor: Actor, promised: Promised) -> bool:
    """Word it otherwise: who promised it while it is a proposal, and then staff alone, with a reason."""
    if promised.status in (*VERDICTS, "withdrawn"):
        return False
    is_draft = promised.published_at is None
    return may_decide(actor) or (is_draft and may_commit(actor) and is_own(actor, promised))


def may_report(actor: Actor, promised: Promised) -> bool:
    """Note steps that are done, measure, and move a day with its reason: staff and who promised it."""
    return may_decide(actor) or (may_commit(actor) and is_own(actor, promised))


def may_withdraw(actor: Actor, promised: Promised) -> bool:
    """Take a proposal back; what is out gets a verdict instead."""
    return promised.status == "proposed" and may_report(actor, promised)


def is_late(deadline: date, status: str, on: date) -> bool:
    """Whether its day has passed and nobody has said how it went."""
    return status in OPEN and deadline < on


def may_see_owner(actor: Actor) -> bool:
    """Read who of staff sees to it."""
    return actor.is_staff


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """What is published to all, and their own to those who promised; proposals and the rest to staff."""
    if actor.is_staff:
        return true()
    organisation_id = _own_organisation(actor)
    own = Commitment.organisation_id == organisation_id if organisation_id is not None else false()
    return or_(and_(Commitment.published_at.is_not(None), Commitment.visibility == "public"), own)
