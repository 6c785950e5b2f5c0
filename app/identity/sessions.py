"""Sessions on the server: the browser holds a random secret, the database its hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import STRANGER, Actor
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.identity.actors import ACTOR_COLUMNS, read_actor, speaks_as_staff
from app.identity.codes import hash_secret
from app.identity.devices import name_device
from app.identity.models import SignInSession

# However much it is used, and unused; the shorter ones for whoever has a role in an organiser.
ABSOLUTE = timedelta(days=30)
IDLE = timedelta(days=7)
STAFF_ABSOLUTE = timedelta(days=7)
STAFF_IDLE = timedelta(hours=12)
Method = Literal["code", "passkey", "oidc", "demo"]
STRONG_METHODS = frozenset({"passkey", "oidc", "demo"})
_SEEN_EVERY = timedelta(minutes=10)
PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Cookie:
    """How the session cookie is named and set: the __Host- name where the site runs on https."""

    is_https: bool

    @property
    def name(self) -> str:
        return "__Host-dialogforum" if self.is_https else "dialogforum"


def open_session(
    session: Session, user_id: int, method: Method = "code", device: str = "", former: int | None = None
) -> str:
    """A new session for the user; the secret is for the cookie.

    `former` is the session that this browser came with: it ends here, so that a secret known from before a
    sign-in or a second factor opens nothing after it. Where it was the same user's, its membership is kept;
    else the one that was made first. `device` is what the browser calls itself; two words of it are kept.
    """
    membership_id = (_leave_former(session, user_id, former) if former is not None else None) or (
        _find_first_membership(session, user_id)
    )
    secret = secrets.token_urlsafe(32)
    moment = now()
    session.execute(update(User).where(User.id == user_id).values(signed_in_at=moment, warned_at=None))
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
            device=name_device(device),
        )
    )
    return secret


def _leave_former(session: Session, user_id: int, former: int) -> int | None:
    """End the browser's former session; the membership that it spoke for, if it was this user's."""
    left = session.execute(
        update(SignInSession)
        .where(SignInSession.id == former)
        .values(ended_at=now())
        .returning(SignInSession.user_id, SignInSession.membership_id)
    ).one_or_none()
    return left.membership_id if left is not None and left.user_id == user_id else None


def _find_first_membership(session: Session, user_id: int) -> int | None:
    return session.scalars(
        select(Membership.id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()


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


def _is_alive(moment: ColumnElement[Any]) -> ColumnElement[bool]:
    """Neither ended nor too old nor too long unused. For statements that join membership and organisation."""
    as_staff = speaks_as_staff()
    idle = case((as_staff, literal(STAFF_IDLE, Interval)), else_=literal(IDLE, Interval))
    absolute = case((as_staff, literal(STAFF_ABSOLUTE, Interval)), else_=literal(ABSOLUTE, Interval))
    return and_(
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > moment,
        SignInSession.created_at > moment - absolute,
        SignInSession.seen_at > moment - idle,
    )


_MOMENT = bindparam("moment", type_=DateTime(timezone=True))
_FIND = (
    select(
        SignInSession.id.label("session_id"),
        SignInSession.seen_at,
        SignInSession.strong_at,
        *ACTOR_COLUMNS,
    )
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(
        Membership,
        (Membership.id == SignInSession.membership_id) & Membership.ended_at.is_(None),
    )
    .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
    .where(
        SignInSession.secret_hash == bindparam("secret_hash"),
        _is_alive(_MOMENT),
        User.disabled_at.is_(None),
    )
)


def find_actor(session: Session, secret: str | None) -> Actor:
    """The actor behind a cookie; a stranger where it is missing, unknown, ended or too old."""
    if not secret:
        return STRANGER
    moment = now()
    row = session.execute(_FIND, {"secret_hash": hash_secret(secret), "moment": moment}).one_or_none()
    if row is None:
        return STRANGER
    if row.seen_at < moment - _SEEN_EVERY:
        session.execute(
            update(SignInSession).where(SignInSession.id == row.session_id).values(seen_at=moment)
        )
    return Actor(**read_actor(row), is_strong=row.strong_at is not None, session_id=row.session_id)


@dataclass(frozen=True, slots=True)
class SessionView:
    """One live session of a user. `browser` and `system` are empty where they are not known."""

    id: int
    browser: str
    system: str
    method: Method
    organisation_name: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SessionListing:
    """A page of them, the newest use first."""

    rows: list[SessionView]
    page: int
    pages: int


_OWN = (
    select(SignInSession)
    .outerjoin(Membership, (Membership.id == SignInSession.membership_id) & Membership.ended_at.is_(None))
    .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
    .where(_is_alive(_MOMENT))
)


def list_sessions(session: Session, actor: Actor, page: int = 1) -> SessionListing:
    """One's own sessions that still open something, this one first; a page beyond the last is the first."""
    this_first = (SignInSession.id == (actor.session_id or 0)).desc()
    as_staff = speaks_as_staff().label("as_staff")
    found = session.execute(
        _OWN.with_only_columns(SignInSession, Organisation.name, as_staff, func.count().over().label("total"))
        .where(SignInSession.user_id == actor.user_id)
        .order_by(this_first, SignInSession.seen_at.desc(), SignInSession.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE),
        {"moment": now()},
    ).all()
    if not found and page > 1:
        return list_sessions(session, actor)
    total = found[0].total if found else 0
    rows = [_view(row.SignInSession, row.name or "", bool(row.as_staff)) for row in found]
    return SessionListing(rows, page, max(1, -(-total // PER_PAGE)))


def _view(row: SignInSession, organisation_name: str, as_staff: bool) -> SessionView:
    browser, _, system = row.device.partition("/")
    idle, absolute = (STAFF_IDLE, STAFF_ABSOLUTE) if as_staff else (IDLE, ABSOLUTE)
    ends_at = min(row.expires_at, row.created_at + absolute, row.seen_at + idle)
    return SessionView(
        id=row.id,
        browser=browser,
        system=system,
        method=cast(Method, row.method),
        organisation_name=organisation_name,
        created_at=row.created_at,
        seen_at=row.seen_at,
        ends_at=ends_at,
    )


def close_session(session: Session, actor: Actor, session_id: int) -> bool:
    """End one of one's own sessions; false where there is none such, or it has ended already."""
    ended = _end(session, actor, SignInSession.id == session_id)
    if ended:
        record(session, actor, "end", "session", session_id)
    return bool(ended)


def close_other_sessions(session: Session, actor: Actor) -> int:
    """End all of one's own sessions but this one; how many they were."""
    return _close_many(session, actor, SignInSession.id != (actor.session_id or 0), "others")


def close_all_sessions(session: Session, actor: Actor) -> int:
    """End all of one's own sessions, this one too; how many they were."""
    return _close_many(session, actor, true(), "all")


def _close_many(session: Session, actor: Actor, which: ColumnElement[bool], word: str) -> int:
    ended = _end(session, actor, which)
    record(session, actor, "end", "session", None, after={"which": word, "ended": ended})
    return len(ended)


def _end(session: Session, actor: Actor, which: ColumnElement[bool]) -> list[int]:
    own = and_(SignInSession.user_id == actor.user_id, SignInSession.ended_at.is_(None))
    ended = session.scalars(
        update(SignInSession).where(own, which).values(ended_at=now()).returning(SignInSession.id)
    )
    return sorted(ended)
