"""An account's identities at providers: seen, let go by their owner, moved to another account by an admin."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.users.models import Membership, User, UserEmail
from app.domain.users.provided import provide_role, withdraw_membership
from app.identity.events import LoginConnected
from app.identity.models import Passkey, SignInSession
from app.identity.policy import may_relink
from app.identity.provider_models import Identity, ProviderSession


@dataclass(frozen=True, slots=True)
class IdentityView:
    """One identity of an account, as people are told of it."""

    id: int
    provider: str
    created_at: datetime
    used_at: datetime


def list_identities(session: Session, user_id: int) -> list[IdentityView]:
    """The identities that sign in to this account, the oldest first."""
    rows = session.scalars(
        select(Identity).where(Identity.user_id == user_id).order_by(Identity.id).limit(100)
    )
    return [IdentityView(row.id, row.provider, row.created_at, row.used_at) for row in rows]


def find_account(session: Session, text: str) -> User | None:
    """An account by its number or one of its mail addresses; for admins."""
    text = text.strip().lower()
    if text.isdecimal() and len(text) < 19:
        return session.get(User, int(text))
    more = select(UserEmail.user_id).where(UserEmail.email == text)
    return session.scalars(select(User).where((User.email == text) | User.id.in_(more))).one_or_none()


def disconnect(session: Session, actor: Actor, identity_id: int) -> None:
    """Let go of one of one's own identities, unless nothing else would let one in again."""
    identity = session.get(Identity, identity_id, with_for_update=True)
    if identity is None or actor.user_id is None or identity.user_id != actor.user_id:
        raise NotFound
    if not _has_other_way_in(session, actor.user_id, identity.id):
        raise Refused("last_way_in")
    _end_sessions(session, identity.id, SignInSession.id != (actor.session_id or 0))
    _take_role(session, identity)
    before = {"provider": identity.provider, "user_id": identity.user_id}
    record(session, actor, "disconnect", "identity", identity.id, before=before)
    session.delete(identity)


def find_waiting(session: Session, reference: str) -> Identity | None:
    """The identity that waits under this reference, or None."""
    wanted = reference.strip().upper()
    return session.scalars(
        select(Identity).where(Identity.reference == wanted, Identity.user_id.is_(None)).with_for_update()
    ).one_or_none()


def relink(session: Session, actor: Actor, identity: Identity, to_user_id: int, label: str) -> None:
    """Have an identity sign in to this account from now on; what it gave to the former one is taken back.

    The account's owner is told, with `label` as the provider's name.
    """
    require(may_relink(actor))
    target = session.get(User, to_user_id)
    if target is None or target.disabled_at is not None:
        raise NotFound
    before = {"provider": identity.provider, "user_id": identity.user_id}
    if identity.user_id != target.id:
        _end_sessions(session, identity.id)
        _take_membership(session, identity)
    identity.user_id, identity.reference = target.id, None
    record(
        session,
        actor,
        "relink",
        "identity",
        identity.id,
        before=before,
        after=before | {"user_id": target.id},
    )
    announce(session, LoginConnected(target.id, label, by_other=True))


def get_identity(session: Session, identity_id: int, user_id: int) -> Identity:
    """An identity of this account, held until the end of the transaction. Raises NotFound."""
    identity = session.get(Identity, identity_id, with_for_update=True)
    if identity is None or identity.user_id != user_id:
        raise NotFound
    return identity


def _has_other_way_in(session: Session, user_id: int, identity_id: int) -> bool:
    if session.get_one(User, user_id).email is not None:
        return True
    others = (
        select(UserEmail.id).where(UserEmail.user_id == user_id),
        select(Passkey.id).where(Passkey.user_id == user_id),
        select(Identity.id).where(Identity.user_id == user_id, Identity.id != identity_id),
    )
    return any(session.scalar(other.limit(1)) is not None for other in others)


def _end_sessions(session: Session, identity_id: int, *also: ColumnElement[bool]) -> None:
    begun = select(ProviderSession.session_id).where(ProviderSession.identity_id == identity_id)
    session.execute(
        update(SignInSession)
        .where(and_(SignInSession.id.in_(begun), SignInSession.ended_at.is_(None), *also))
        .values(ended_at=now())
    )


def _take_role(session: Session, identity: Identity) -> None:
    membership = session.get(Membership, identity.membership_id) if identity.membership_id else None
    if membership is not None and membership.ended_at is None and membership.role == identity.given_role:
        provide_role(session, SYSTEM, membership, "member")
    identity.given_role = None


def _take_membership(session: Session, identity: Identity) -> None:
    membership = session.get(Membership, identity.membership_id) if identity.membership_id else None
    if membership is not None:
        withdraw_membership(session, SYSTEM, membership)
    identity.membership_id = identity.given_role = None
