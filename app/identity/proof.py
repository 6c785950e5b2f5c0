"""How surely somebody is who they say, and how long ago they showed it."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import STRANGER, Actor
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership
from app.identity.actors import speaks_as_staff
from app.identity.models import Passkey, SignInSession
from app.identity.provider_models import Identity

FRESH = timedelta(minutes=15)


def note_failure(session: Session, user_id: int | None, method: str, actor: Actor = STRANGER) -> None:
    """Note that somebody did not show who they are; `user_id` is who they said, where that is known."""
    verb = "prove" if actor.is_signed_in else "sign_in"
    record(session, actor, verb, "user", user_id, after={"method": method}, outcome="refused")


def is_fresh(session: Session, actor: Actor) -> bool:
    """Whether the actor showed more than a mailed code within the last quarter of an hour.

    For what would hurt most in a browser left open: giving roles, taking passkeys away. The house itself is.
    """
    return actor.is_system or _is_within(session, actor, SignInSession.strong_at)


def is_recent(session: Session, actor: Actor) -> bool:
    """Whether this session began within the last quarter of an hour, in whichever way."""
    return _is_within(session, actor, SignInSession.created_at)


def _is_within(session: Session, actor: Actor, moment: ColumnElement[datetime]) -> bool:
    if actor.session_id is None:
        return False
    found = session.scalar(select(moment).where(SignInSession.id == actor.session_id))
    return found is not None and found > now() - FRESH


def count_passkeys(session: Session, user_id: int | None) -> int:
    """How many passkeys a user has."""
    return session.scalar(select(func.count()).where(Passkey.user_id == user_id)) or 0


def may_add_passkey(session: Session, actor: Actor) -> bool:
    """The first passkey right after signing in; a further one right after showing an older one.

    Whoever has a login at a provider shows that one: a mailed code would else be enough to get past it.
    """
    if count_passkeys(session, actor.user_id) or _has_login_elsewhere(session, actor.user_id):
        return is_fresh(session, actor)
    return is_recent(session, actor)


def _has_login_elsewhere(session: Session, user_id: int | None) -> bool:
    return session.scalar(select(Identity.id).where(Identity.user_id == user_id).limit(1)) is not None


def speaks_for_organiser(session: Session, user_id: int | None) -> bool:
    """Whether the user has a confirmed role in an organiser, and so needs more than a mailed code."""
    found = session.scalar(
        select(Membership.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.user_id == user_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            speaks_as_staff(),
        )
        .limit(1)
    )
    return found is not None
