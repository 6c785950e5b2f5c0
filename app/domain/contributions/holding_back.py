"""The verbs of what is held back: letting newcomers' contributions through, hiding, showing again."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.contributions.events import ContributionsLetThrough, WordsTakenAway
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import is_sent_in_sql, may_hold_back
from app.domain.contributions.service import tell_changed
from app.domain.users.models import Membership

C = Contribution


def lock_version(session: Session, actor: Actor, contribution_id: int, version: int) -> Contribution:
    """The contribution as staff saw it, locked and with a new version; "stale" when another was faster."""
    require(may_hold_back(actor))
    row = session.scalars(select(C).where(C.id == contribution_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    if row.version != version:
        raise Refused("stale")
    row.version += 1
    return row


def hide(session: Session, actor: Actor, contribution_id: int, version: int, reason: str) -> Contribution:
    """Take a contribution out of sight for all but its own people and staff. Nothing is erased."""
    contribution = lock_version(session, actor, contribution_id, version)
    if contribution.hidden_at is not None or contribution.status == "draft":
        raise Refused("not_to_hide")
    before = {"hidden": False, "waiting_reason": contribution.waiting_reason}
    contribution.hidden_at, contribution.waiting_reason = now(), None
    after = {"hidden": True, "reason": reason}
    record(session, actor, "hide", "contribution", contribution.id, before=before, after=after)
    announce(session, WordsTakenAway(contribution.kind, contribution.id))
    tell_changed(session, [contribution])
    return contribution


def show(session: Session, actor: Actor, contribution_id: int, version: int) -> Contribution:
    """Show a hidden contribution again; one that was never out comes out now."""
    contribution = lock_version(session, actor, contribution_id, version)
    if contribution.hidden_at is None:
        raise Refused("not_hidden")
    contribution.hidden_at = None
    if contribution.published_at is None:
        contribution.published_at = contribution.let_through_at = now()
    before, after = {"hidden": True}, {"hidden": False}
    record(session, actor, "show", "contribution", contribution.id, before=before, after=after)
    tell_changed(session, [contribution])
    return contribution


def let_through(session: Session, actor: Actor, contribution_ids: Sequence[int]) -> list[Contribution]:
    """Open to all what waits among these; what another has let through or hidden meanwhile is passed over."""
    require(may_hold_back(actor))
    rows = session.scalars(
        select(C).where(C.id.in_(contribution_ids), _is_waiting()).order_by(C.id).with_for_update()
    ).all()
    return _open(session, actor, rows)


def let_through_of_membership(session: Session, membership_id: int) -> list[Contribution]:
    """Open what somebody sent for an organisation, once it is confirmed that they speak for it."""
    membership = session.get(Membership, membership_id)
    if membership is None or membership.confirmed_at is None or membership.ended_at is not None:
        return []
    rows = session.scalars(
        select(C)
        .where(
            C.said_by_user_id == membership.user_id,
            C.on_behalf_of_id == membership.organisation_id,
            is_sent_in_sql(),
            _is_waiting(),
        )
        .order_by(C.id)
        .with_for_update()
    ).all()
    return _open(session, SYSTEM, rows)


def _is_waiting():  # type: ignore[no-untyped-def]
    return C.waiting_reason.is_not(None) & C.hidden_at.is_(None) & (C.status != "withdrawn")


def _open(session: Session, actor: Actor, rows: Sequence[Contribution]) -> list[Contribution]:
    for row in rows:
        before = {"waiting_reason": row.waiting_reason}
        row.waiting_reason = None
        row.published_at = row.let_through_at = now()
        row.version += 1
        record(session, actor, "let_through", "contribution", row.id, before=before, after={"waiting": False})
    if rows:
        tell_changed(session, rows)
        announce(session, ContributionsLetThrough(tuple(row.id for row in rows)))
    return list(rows)
