"""Keys for programs: made, found, ended. The program holds 256 random bits, the database their hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, DateTime, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, Refused, Scope, require
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, User
from app.http.bearer import PREFIX
from app.identity.actors import ACTOR_COLUMNS, read_actor
from app.identity.codes import hash_secret
from app.identity.events import TokenMade
from app.identity.policy import may_give_staff_scope, may_make_tokens
from app.identity.token_models import ApiToken

LIFETIMES = (7, 30, 90, 365)  # days
MOST = 20
PER_MINUTE = 600  # requests of one key
SHOWN = 50
_USED_EVERY = timedelta(minutes=1)
State = Literal["live", "powerless", "expired", "ended"]


def make_token(session: Session, actor: Actor, name: str, scopes: frozenset[Scope], days: int) -> str:
    """A new key for the actor's present membership. What is returned is shown once and kept nowhere."""
    require(may_make_tokens(actor))
    require("staff" not in scopes or may_give_staff_scope(actor))
    if days not in LIFETIMES or "read" not in scopes:
        raise Refused("literal_error")
    # Two at once must not both be the twentieth.
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update())
    if count_open_tokens(session, actor.user_id or 0) >= MOST:
        raise Refused("too_many_tokens", most=MOST)
    secret = PREFIX + secrets.token_urlsafe(32)
    moment = now()
    token = ApiToken(
        secret_hash=hash_secret(secret),
        ending=secret[-4:],
        user_id=actor.user_id,
        membership_id=actor.membership_id,
        role=actor.role,
        is_strong=actor.is_strong,
        name=name,
        scopes=sorted(scopes),
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    after = {"name": name, "scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
    record(session, actor, "add", "api_token", token.id, after=after)
    announce(session, TokenMade(token.id))
    return secret


def count_open_tokens(session: Session, user_id: int) -> int:
    """How many keys a user has that have neither ended nor expired."""
    return session.scalar(select(func.count()).where(ApiToken.user_id == user_id, _is_open(now()))) or 0


def end_token(session: Session, actor: Actor, token_id: int) -> bool:
    """End one of one's own keys at once; false where there is none such, or it has ended already."""
    ended = session.scalar(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == actor.user_id, ApiToken.ended_at.is_(None))
        .values(ended_at=now())
        .returning(ApiToken.id)
    )
    if ended is not None:
        record(session, actor, "end", "api_token", token_id)
    return ended is not None


def _is_open(moment: datetime | ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(ApiToken.ended_at.is_(None), ApiToken.expires_at > moment)


# The membership is still what it was when the key was made: the same person's, in force, in the same role.
# Who was confirmed after that has come back after an end, and makes new keys.
_HAS_POWER = and_(
    Membership.user_id == ApiToken.user_id,
    Membership.ended_at.is_(None),
    Membership.role == ApiToken.role,
    Membership.confirmed_at <= ApiToken.created_at,
)
_FIND = (
    select(ApiToken.id, ApiToken.scopes, ApiToken.is_strong, ApiToken.last_used_at, *ACTOR_COLUMNS)
    .join(User, User.id == ApiToken.user_id)
    .join(Membership, Membership.id == ApiToken.membership_id)
    .join(Organisation, Organisation.id == Membership.organisation_id)
    .where(
        ApiToken.secret_hash == bindparam("secret_hash"),
        _is_open(bindparam("moment", type_=DateTime(timezone=True))),
        _HAS_POWER,
        User.disabled_at.is_(None),
    )
)


def find_token_actor(session: Session, secret: str) -> Actor | None:
    """The actor behind a key, or None where it is unknown, ended, expired or has lost its power.

    It is found by its hash, so that the time the search takes tells nothing of the key. A key never speaks
    as admin, and as staff only where its scopes say so and it was made by more than a mailed code. What
    somebody does at a meeting is given to the person, not to the person's programs.
    """
    moment = now()
    row = session.execute(_FIND, {"secret_hash": hash_secret(secret), "moment": moment}).one_or_none()
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at < moment - _USED_EVERY:
        session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=moment))
    as_staff = "staff" in row.scopes and row.is_strong and row.role in ("staff", "admin")
    fields = read_actor(row) | {
        "role": "staff" if as_staff else "member",
        "is_strong": as_staff,
        "meeting_roles": frozenset(),
        "token_id": row.id,
        "scopes": frozenset(row.scopes),
    }
    return Actor(**fields)


@dataclass(frozen=True, slots=True)
class TokenView:
    """One key as its owner sees it. `ending` is the last four letters."""

    id: int
    name: str
    ending: str
    organisation_name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    ended_at: datetime | None
    state: State


def list_tokens(session: Session, user_id: int) -> list[TokenView]:
    """The keys of a user: those that work first, then the newest; at most fifty."""
    moment = now()
    found = session.execute(
        select(ApiToken, Organisation.name, _HAS_POWER.label("has_power"))
        .join(Membership, Membership.id == ApiToken.membership_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(ApiToken.user_id == user_id)
        .order_by(_is_open(moment).desc(), ApiToken.id.desc())
        .limit(SHOWN)
    )
    return [_view(row.ApiToken, row.name, bool(row.has_power), moment) for row in found]


def find_token(session: Session, actor: Actor) -> TokenView | None:
    """The key that the actor came with."""
    row = session.execute(
        select(ApiToken, Organisation.name)
        .join(Membership, Membership.id == ApiToken.membership_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(ApiToken.id == actor.token_id)
    ).one_or_none()
    return _view(row.ApiToken, row.name, True, now()) if row else None


def _view(token: ApiToken, organisation_name: str, has_power: bool, moment: datetime) -> TokenView:
    state: State = "live" if has_power else "powerless"
    if token.expires_at <= moment:
        state = "expired"
    if token.ended_at is not None:
        state = "ended"
    return TokenView(
        id=token.id,
        name=token.name,
        ending=token.ending,
        organisation_name=organisation_name,
        scopes=cast(list[Scope], token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        ended_at=token.ended_at,
        state=state,
    )
