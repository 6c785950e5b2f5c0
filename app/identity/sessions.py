"""Sessions on the server: the browser holds a random secret, the database its hash."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import STRANGER, Actor
from app.core.text import shorten
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.identity.codes import hash_secret
from app.identity.models import SignInSession

ABSOLUTE = timedelta(days=30)
IDLE = timedelta(days=7)
Method = Literal["code", "passkey", "oidc", "demo"]
STRONG_METHODS = frozenset({"passkey", "oidc", "demo"})
_SEEN_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Cookie:
    """How the session cookie is named and set: the __Host- name where the site runs on https."""

    is_https: bool

    @property
    def name(self) -> str:
        return "__Host-dialogforum" if self.is_https else "dialogforum"


def open_session(session: Session, user_id: int, method: Method = "code", device: str = "") -> str:
    """A new session for the user, in the membership that was made first. The secret is for the cookie.

    `device` is what the browser calls itself, for the user's own list of sessions.
    """
    membership_id = session.scalars(
        select(Membership.id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    secret = secrets.token_urlsafe(32)
    moment = now()
    session.add(
        SignInSession(
            secret_hash=hash_secret(secret),
            user_id=user_id,
            membership_id=membership_id,
            created_at=moment,
            seen_at=moment,
            expires_at=moment + ABSOLUTE,
            method=method,
            strong_at=moment if method in STRONG_METHODS else None,
            device=shorten(device, 200),
        )
    )
    return secret


def use_membership(session: Session, session_id: int, user_id: int, membership_id: int) -> None:
    """Speak for this membership from now on in this session; nothing happens unless it is the user's own."""
    own = select(Membership.id).where(
        Membership.id == membership_id, Membership.user_id == user_id, Membership.ended_at.is_(None)
    )
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.user_id == user_id, own.exists())
        .values(membership_id=membership_id)
    )


def close_session(session: Session, session_id: int) -> None:
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(ended_at=now()))


_FIND = (
    select(
        SignInSession.id.label("session_id"),
        SignInSession.seen_at,
        SignInSession.strong_at,
        User.id.label("user_id"),
        User.name,
        User.language,
        Membership.id.label("membership_id"),
        Membership.role,
        Membership.confirmed_at,
        Organisation.id.label("organisation_id"),
        Organisation.name.label("organisation_name"),
        Organisation.kind,
    )
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(
        Membership,
        (Membership.id == SignInSession.membership_id) & Membership.ended_at.is_(None),
    )
    .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
    .where(
        SignInSession.secret_hash == bindparam("secret_hash"),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > bindparam("moment"),
        SignInSession.seen_at > bindparam("idle_since"),
        User.disabled_at.is_(None),
    )
)


def find_actor(session: Session, secret: str | None) -> Actor:
    """The actor behind a cookie; a stranger where it is missing, unknown, ended or too old."""
    if not secret:
        return STRANGER
    moment = now()
    row = session.execute(
        _FIND,
        {"secret_hash": hash_secret(secret), "moment": moment, "idle_since": moment - IDLE},
    ).one_or_none()
    if row is None:
        return STRANGER
    if row.seen_at < moment - _SEEN_EVERY:
        session.execute(
            update(SignInSession).where(SignInSession.id == row.session_id).values(seen_at=moment)
        )
    return Actor(
        user_id=row.user_id,
        name=row.name,
        language=row.language,
        membership_id=row.membership_id,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name or "",
        organisation_kind=row.kind,
        role=row.role,
        is_confirmed=row.confirmed_at is not None,
        is_strong=row.strong_at is not None,
        session_id=row.session_id,
    )
