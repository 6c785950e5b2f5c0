"""The verbs of memberships: asking to speak for an organisation, saying yes and no, roles, and the end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotAllowed, NotFound, Refused, Role, require
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import is_organiser
from app.domain.organisations.service import close_organisation
from app.domain.users.events import (
    MembershipConfirmed,
    MembershipEnded,
    MembershipRequested,
    RequestsWait,
    RoleGranted,
)
from app.domain.users.models import Membership, User
from app.domain.users.policy import (
    may_confirm_memberships,
    may_end,
    may_look_after,
    may_look_after_some,
    roles_to_give,
)

TOLD_EVERY = timedelta(days=1)


# --- asking


def request_membership(session: Session, actor: Actor, organisation_id: int, title: str = "") -> Membership:
    """Ask to speak for an organisation: always as a plain member.

    The person can work at once and waits for the organisation's own admin, or staff, to say yes: a mail
    domain alone proves no right to speak for anybody. Asking again changes only the title; whoever was there
    before and comes back waits anew.
    """
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None:
        raise NotAllowed("not_allowed")
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.refused_at is not None:
        raise NotFound
    made = session.scalar(
        insert(Membership)
        .values(
            user_id=user.id, organisation_id=organisation.id, title=title, role="member", created_at=now()
        )
        .on_conflict_do_nothing()
        .returning(Membership.id)
    )
    membership = session.scalars(
        select(Membership)
        .where(
            Membership.user_id == user.id,
            Membership.organisation_id == organisation.id,
            Membership.ended_at.is_(None),
        )
        .with_for_update()
    ).one()
    before = {"title": membership.title} if made is None else None
    membership.title = title or membership.title
    after = {"organisation_id": organisation.id, "title": membership.title}
    record(session, actor, "request", "membership", membership.id, before=before, after=after)
    if membership.confirmed_at is None:
        announce(session, MembershipRequested(membership.id, organisation.id))
    return membership


def when_to_tell(session: Session, organisation_id: int) -> datetime:
    """When those who confirm may hear of more requests: at once, but at most once a day."""
    last = session.scalar(
        select(func.max(Membership.told_at)).where(Membership.organisation_id == organisation_id)
    )
    return now() if last is None else max(now(), last + TOLD_EVERY)


def tell_of_requests(session: Session, organisation_id: int) -> None:
    """Have those who confirm told of all who wait and whom they have not heard of, in one mail."""
    untold = session.scalars(
        select(Membership)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.confirmed_at.is_(None),
            Membership.ended_at.is_(None),
            Membership.told_at.is_(None),
        )
        .with_for_update()
    ).all()
    if not untold:
        return
    moment = now()
    for membership in untold:
        membership.told_at = moment
    announce(session, RequestsWait(organisation_id))


# --- yes and no


def confirm_membership(session: Session, actor: Actor, membership_id: int) -> Membership:
    """Say yes to somebody else who asked to speak for an organisation; it must itself be confirmed."""
    membership, organisation = _find(session, actor, membership_id)
    require(membership.user_id != actor.user_id, "not_oneself")
    if membership.confirmed_at is not None:
        return membership
    if not organisation.is_confirmed:
        raise Refused("organisation_waits")
    membership.confirmed_at = now()
    after = {"organisation_id": organisation.id, "role": membership.role}
    record(session, actor, "confirm", "membership", membership.id, after=after)
    announce(session, MembershipConfirmed(membership.id))
    return membership


def confirm_memberships(session: Session, actor: Actor, membership_ids: Sequence[int]) -> int:
    """Say yes to many at once; what has gone meanwhile, or waits for its organisation, is left. How many."""
    require(may_confirm_memberships(actor))
    confirmed = 0
    for membership_id in sorted(set(membership_ids)):
        try:
            with session.begin_nested():
                confirm_membership(session, actor, membership_id)
        except (NotFound, NotAllowed, Refused):
            continue
        confirmed += 1
    return confirmed


def refuse_membership(session: Session, actor: Actor, membership_id: int, reason: str) -> Membership:
    """Say no to somebody who asked, with a reason that the person is told."""
    membership, organisation = _find(session, actor, membership_id)
    if membership.confirmed_at is not None:
        raise Refused("already_confirmed")
    if not reason:
        raise Refused("missing")
    return _end(session, actor, membership, organisation, "refused", reason)


def refuse_organisation(session: Session, actor: Actor, organisation_id: int, reason: str) -> Organisation:
    """Say no to a new organisation and to all who ask to speak for it, with a reason that they are told."""
    require(may_confirm_memberships(actor))
    if not reason:
        raise Refused("missing")
    organisation = close_organisation(session, actor, organisation_id)
    asking = select(Membership).where(
        Membership.organisation_id == organisation_id, Membership.ended_at.is_(None)
    )
    for membership in session.scalars(asking.order_by(Membership.id).with_for_update()).all():
        _end(session, actor, membership, organisation, "refused", reason)
    return organisation


def end_membership(session: Session, actor: Actor, membership_id: int, reason: str = "") -> Membership:
    """End somebody else's membership: they no longer speak for the organisation, from this moment."""
    membership, organisation = _find(session, actor, membership_id)
    require(may_end(actor, organisation.id, organisation.kind, membership.role))
    return _end(session, actor, membership, organisation, "removed", reason)


def leave_organisation(session: Session, actor: Actor, membership_id: int) -> Membership:
    """Stop speaking for an organisation. What was said for it stays with it."""
    membership, organisation = _lock(session, membership_id)
    if actor.user_id is None or membership.user_id != actor.user_id:
        raise NotFound
    return _end(session, actor, membership, organisation, "left", "")


def _end(
    session: Session,
    actor: Actor,
    membership: Membership,
    organisation: Organisation,
    ended_as: str,
    reason: str,
) -> Membership:
    check_not_last_admin(session, membership, organisation)
    membership.ended_at, membership.ended_as, membership.end_reason = now(), ended_as, reason
    before = {"organisation_id": organisation.id, "role": membership.role}
    # The reason is between those two: the log says only that there was one.
    after = {"ended_as": ended_as, "has_reason": bool(reason)}
    record(session, actor, "end", "membership", membership.id, before=before, after=after)
    if ended_as != "left":
        announce(session, MembershipEnded(membership.id))
    return membership


# --- roles


def grant_role(session: Session, actor: Actor, membership_id: int, role: Role) -> Membership:
    """Give somebody who is confirmed another role in the organisation."""
    membership, organisation = _find(session, actor, membership_id)
    require(role in roles_to_give(actor, organisation.id, organisation.kind))
    if membership.confirmed_at is None:
        raise Refused("confirm_first")
    if membership.role == role:
        return membership
    check_not_last_admin(session, membership, organisation)
    before, membership.role = membership.role, role
    values: dict[str, Any] = {"organisation_id": organisation.id, "user_id": membership.user_id}
    record(
        session,
        actor,
        "grant",
        "membership",
        membership.id,
        before=values | {"role": before},
        after=values | {"role": role},
    )
    announce(session, RoleGranted(membership.id, actor.user_id))
    return membership


def check_not_last_admin(session: Session, membership: Membership, organisation: Organisation) -> None:
    """Refuse what would leave an organiser without anybody who can give rights."""
    if not is_organiser(organisation.kind) or membership.role != "admin":
        return
    # The organisation's row is held, so that two admins cannot take each other away at the same moment.
    session.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())
    others = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organisation_id == organisation.id,
            Membership.id != membership.id,
            Membership.role == "admin",
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    if session.scalar(others.limit(1)) is None:
        raise Refused("last_admin")


# --- finding one


def _find(session: Session, actor: Actor, membership_id: int) -> tuple[Membership, Organisation]:
    """A membership in force that the actor looks after, held until the end of this transaction."""
    require(may_look_after_some(actor))
    membership, organisation = _lock(session, membership_id)
    if not may_look_after(actor, organisation.id):
        raise NotFound
    return membership, organisation


def _lock(session: Session, membership_id: int) -> tuple[Membership, Organisation]:
    membership = session.get(Membership, membership_id, with_for_update=True, populate_existing=True)
    if membership is None or membership.ended_at is not None:
        raise NotFound
    return membership, session.get_one(Organisation, membership.organisation_id)
