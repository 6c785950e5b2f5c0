"""A user's passkeys: shown, renamed and taken away, by the user or, where all are lost, by an admin."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.users.models import User
from app.identity.events import PasskeysRemoved
from app.identity.models import Passkey, SignInSession
from app.identity.policy import may_take_passkeys
from app.identity.proof import count_passkeys, is_fresh, speaks_for_organiser
from app.identity.token_models import ApiToken


@dataclass(frozen=True, slots=True)
class PasskeyView:
    id: int
    name: str
    is_synced: bool
    created_at: datetime
    last_used_at: datetime | None


def list_passkeys(session: Session, user_id: int | None) -> list[PasskeyView]:
    """A user's passkeys, the oldest first; for the user and for admins."""
    rows = session.execute(
        select(Passkey.id, Passkey.name, Passkey.is_synced, Passkey.created_at, Passkey.last_used_at)
        .where(Passkey.user_id == user_id)
        .order_by(Passkey.id)
    )
    return [PasskeyView(**row._mapping) for row in rows]


def get_own_passkey(session: Session, actor: Actor, passkey_id: int) -> Passkey:
    """One of the actor's own passkeys, locked; anybody else's is missing."""
    passkey = session.scalars(
        select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == actor.user_id).with_for_update()
    ).one_or_none()
    if passkey is None:
        raise NotFound
    return passkey


def rename_passkey(session: Session, actor: Actor, passkey_id: int, name: str) -> None:
    passkey = get_own_passkey(session, actor, passkey_id)
    if passkey.name != name:
        before, passkey.name = passkey.name, name
        record(session, actor, "rename", "passkey", passkey.id, before={"name": before}, after={"name": name})


def is_needed(session: Session, actor: Actor) -> bool:
    """Whether the actor's last passkey must stay: without one nobody of an organiser can do their work."""
    return count_passkeys(session, actor.user_id) == 1 and speaks_for_organiser(session, actor.user_id)


def remove_passkey(session: Session, actor: Actor, passkey_id: int) -> None:
    """Take one's own passkey away, right after showing one; never the last one of an organiser's people."""
    session.scalar(select(User.id).where(User.id == actor.user_id).with_for_update())
    passkey = get_own_passkey(session, actor, passkey_id)
    require(is_fresh(session, actor), "prove_first")
    if is_needed(session, actor):
        raise Refused("last_passkey")
    session.delete(passkey)
    record(session, actor, "remove", "passkey", passkey.id, before={"name": passkey.name})
    announce(session, PasskeysRemoved(passkey.user_id, (passkey.name,), by_other=False))


def remove_all_passkeys(session: Session, actor: Actor, user_id: int) -> None:
    """Take a user's passkeys away where the device is lost, so that a new first one can be made.

    Ends the user's sessions and API keys as well: who found the device may be using them.
    """
    require(may_take_passkeys(actor) and actor.user_id != user_id)
    require(is_fresh(session, actor), "prove_first")
    removed = session.execute(
        delete(Passkey).where(Passkey.user_id == user_id).returning(Passkey.name)
    ).scalars()
    names = tuple(sorted(removed))
    if not names:
        raise Refused("no_passkeys")
    ended = update(SignInSession).where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
    session.execute(ended.values(ended_at=now()))
    keys = update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.ended_at.is_(None))
    session.execute(keys.values(ended_at=now()))
    record(session, actor, "remove_passkeys", "user", user_id, before={"names": list(names)})
    announce(session, PasskeysRemoved(user_id, names, by_other=True))
