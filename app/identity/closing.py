"""Closing an account, and opening it again: for admins. Whoever is signed in is out at once."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.users.events import AccountDisabled, AccountEnabled
from app.domain.users.memberships import check_not_last_admin
from app.domain.users.models import Membership, User
from app.identity.models import SignInSession
from app.identity.policy import may_close_accounts
from app.identity.token_models import ApiToken


def disable_account(session: Session, actor: Actor, user_id: int) -> User:
    """Nobody signs in to the account any more; its sessions and keys end now. Its words stay.

    Refused: own_account, last_admin. Raises NotFound.
    """
    user = _hold(session, actor, user_id)
    if user.id == actor.user_id:
        raise Refused("own_account")
    if user.disabled_at is not None:
        return user
    for membership, organisation in session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
    ):
        check_not_last_admin(session, membership, organisation)
    user.disabled_at = now()
    ended = _end(session, SignInSession, user.id)
    _end(session, ApiToken, user.id)
    record(session, actor, "disable", "user", user.id, after={"sessions_ended": ended})
    announce(session, AccountDisabled(user.id))
    return user


def enable_account(session: Session, actor: Actor, user_id: int) -> User:
    """Let somebody sign in again. Refused: account_gone, where it was erased or joined with another."""
    user = _hold(session, actor, user_id)
    if user.erased_at is not None or user.joined_into_id is not None:
        raise Refused("account_gone")
    if user.disabled_at is not None:
        user.disabled_at = None
        record(session, actor, "enable", "user", user.id)
        announce(session, AccountEnabled(user.id))
    return user


def _hold(session: Session, actor: Actor, user_id: int) -> User:
    require(may_close_accounts(actor))
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    return user


def _end(session: Session, table: type[SignInSession] | type[ApiToken], user_id: int) -> int:
    open_rows = update(table).where(table.user_id == user_id, table.ended_at.is_(None))
    return len(session.execute(open_rows.values(ended_at=now()).returning(table.id)).all())
