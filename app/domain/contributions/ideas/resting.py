"""An idea that nobody has stood by for long asks its owner, and rests when no answer comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, Select, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.kept import kept
from app.core.policy import SYSTEM, Actor, Refused, require
from app.domain.contributions.ideas.events import IdeaConfirmationAsked, IdeaRested, IdeaWoken
from app.domain.contributions.ideas.models import IdeaRest
from app.domain.contributions.ideas.policy import may_confirm_idea, resting
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import OF_SAID, is_in_force, is_listed, is_out, visible_to
from app.domain.contributions.service import get_seen, tell_changed
from app.domain.users.models import Membership, User

ASKED_AFTER: Final = timedelta(days=180)
RESTS_AFTER: Final = timedelta(days=30)
# What is decided, gathered under another or taken up goes by that.
LIVELY: Final = ("received", "triage", "needs_info", "under_review", "answered")
AT_A_TIME: Final = 200

C = Contribution


@dataclass(frozen=True, slots=True)
class Standing:
    """`confirmed_at`: when its owner last stood by it, sending it included. `rests_at`: when it will rest."""

    confirmed_at: datetime
    asked_at: datetime | None
    rested_at: datetime | None

    @property
    def rests_at(self) -> datetime | None:
        return self.asked_at + RESTS_AFTER if self.asked_at and not self.rested_at else None


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """An idea whose owner is asked whether it still holds (`rests_at`: what happens without an answer), or
    that rests already."""

    reference: str
    title: str
    language: str
    rests_at: datetime | None
    rested_at: datetime | None


def confirm_idea(session: Session, actor: Actor, contribution_id: int) -> None:
    """Say that an idea still holds; one that rests is woken by it."""
    idea = get_seen(session, actor, contribution_id, lock=True)
    require(may_confirm_idea(actor, idea))
    if not is_out(idea):
        raise Refused("not_out")
    before = session.get(IdeaRest, idea.id)
    was_resting = before is not None and before.rested_at is not None
    values = {"confirmed_at": now(), "asked_at": None, "rested_at": None}
    _put(session, idea.id, values)
    after = {"was_resting": was_resting}
    record(session, actor, "confirm_idea", "contribution", idea.id, after=after)
    if was_resting:
        announce(session, IdeaWoken(idea.id))
        tell_changed(session, [idea])


def _put(session: Session, contribution_id: int, values: dict[str, Any]) -> None:
    statement = insert(IdeaRest).values(contribution_id=contribution_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["contribution_id"], set_=values))
    if (known := session.get(IdeaRest, contribution_id)) is not None:
        session.refresh(known)


def rest_idea(session: Session, actor: Actor, contribution_id: int) -> None:
    """Lay one's own idea to rest without waiting to be asked. Refused: not_out, rests."""
    idea = get_seen(session, actor, contribution_id, lock=True)
    require(may_confirm_idea(actor, idea))
    if not is_out(idea):
        raise Refused("not_out")
    if is_resting(session, idea.id):
        raise Refused("rests")
    _rest(session, actor, idea)


def _rest(session: Session, actor: Actor, idea: Contribution) -> None:
    _put(session, idea.id, {"rested_at": now()})
    record(session, actor, "rest", "contribution", idea.id, after={"rested": True})
    announce(session, IdeaRested(idea.id))
    tell_changed(session, [idea])


def is_resting(session: Session, contribution_id: int) -> bool:
    return bool(session.scalar(select(C.id).where(C.id == contribution_id, resting())))


# --- each night


def ask_owners(session: Session) -> int:
    """Ask the owners of ideas that nobody stood by for 180 days, where there is one; how many."""
    rows = session.scalars(
        select(C)
        .outerjoin(IdeaRest, IdeaRest.contribution_id == C.id)
        .where(
            *_lively(),
            _stood_by() < now() - ASKED_AFTER,
            IdeaRest.asked_at.is_(None),
            IdeaRest.rested_at.is_(None),
            _has_owner(),
        )
        .order_by(C.id)
        .limit(AT_A_TIME)
        .with_for_update(of=C, skip_locked=True)
    ).all()
    for idea in rows:
        _put(session, idea.id, {"asked_at": now()})
        record(session, SYSTEM, "ask_to_confirm", "contribution", idea.id)
        announce(session, IdeaConfirmationAsked(idea.id))
    return len(rows)


def rest_unanswered(session: Session) -> int:
    """Lay to rest what its owner was asked about 30 days ago and has not answered; how many."""
    rows = session.scalars(
        select(C)
        .join(IdeaRest, IdeaRest.contribution_id == C.id)
        .where(*_lively(), IdeaRest.asked_at < now() - RESTS_AFTER, IdeaRest.rested_at.is_(None))
        .order_by(C.id)
        .limit(AT_A_TIME)
        .with_for_update(of=C, skip_locked=True)
    ).all()
    for idea in rows:
        _rest(session, SYSTEM, idea)
    return len(rows)


def _lively() -> tuple[ColumnElement[bool], ...]:
    return (C.kind == "idea", C.status.in_(LIVELY), C.published_at.is_not(None), is_in_force())


def _stood_by() -> ColumnElement[datetime]:
    return func.greatest(
        C.received_at, C.let_through_at, IdeaRest.confirmed_at, type_=DateTime(timezone=True)
    )


def _has_owner() -> ColumnElement[bool]:
    """Whether somebody can be asked: a confirmed member of its organisation, or who sent it."""
    member = exists(
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organisation_id == C.on_behalf_of_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
        .correlate(C)
    )
    sender = exists(
        select(User.id)
        .where(User.id == C.said_by_user_id, User.disabled_at.is_(None), C.on_behalf_of_id.is_(None))
        .correlate(C)
    )
    return or_(member, sender)


# --- reading


def find_standing(session: Session, actor: Actor, contribution_id: int) -> Standing | None:
    """How an idea that is out stands; None where the actor does not see one. That it was asked is for its own
    people and staff."""
    return read(session, standing_of(actor, contribution_id))


def standing_of(actor: Actor, contribution_id: int) -> Asking[Standing | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_standing(actor), {"standing_of": contribution_id})
    if not rows:
        return None
    row = rows[0]
    return Standing(row.stood_by, row.asked_at if may_confirm_idea(actor, row) else None, row.rested_at)


@kept
def _standing(actor: Actor) -> Select[Any]:
    return (
        select(*OF_SAID, _stood_by().label("stood_by"), IdeaRest.asked_at, IdeaRest.rested_at)
        .outerjoin(IdeaRest, IdeaRest.contribution_id == C.id)
        .where(C.id == bindparam("standing_of"), C.kind == "idea", visible_to(actor))
    )


def count_resting(session: Session, actor: Actor) -> int:
    """How many ideas of the list rest, as far as the actor sees them."""
    statement = select(func.count()).where(C.kind == "idea", visible_to(actor), is_listed(), resting())
    return session.scalar(statement) or 0


def ideas_to_confirm_by(actor: Actor) -> Asking[list[ToConfirm]]:
    """The ideas of the actor's own people that wait to hear whether they still hold, and those that rest."""
    if not actor.is_signed_in or actor.organisation_id is None:
        return []
    return [
        ToConfirm(
            reference=row.reference,
            title=row.title,
            language=row.language,
            rests_at=Standing(row.received_at, row.asked_at, row.rested_at).rests_at,
            rested_at=row.rested_at,
        )
        for row in (yield from asked(_to_confirm(actor)))
        if may_confirm_idea(actor, row)
    ]


@kept
def _to_confirm(actor: Actor) -> Select[Any]:
    told = (C.reference, C.title, C.language, C.received_at, IdeaRest.asked_at, IdeaRest.rested_at)
    return (
        select(*OF_SAID, *told)
        .join(IdeaRest, IdeaRest.contribution_id == C.id)
        .where(
            *_lively(),
            C.on_behalf_of_id == actor.organisation_id,
            visible_to(actor),
            or_(IdeaRest.asked_at.is_not(None), IdeaRest.rested_at.is_not(None)),
        )
        .order_by(IdeaRest.rested_at.is_not(None), IdeaRest.asked_at, C.id)
        .limit(AT_A_TIME)
    )
