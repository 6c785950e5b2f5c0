"""What an identity provider's word gives a user: a confirmed membership and a role, and their end."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, Role, require
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import is_organiser
from app.domain.users.events import MembershipConfirmed, MembershipEnded, RoleGranted
from app.domain.users.models import Membership, User
from app.domain.users.policy import ORGANISER_ROLES, OWN_ROLES


def add_provided_user(
    session: Session, actor: Actor, name: str, language: str, email: str | None
) -> User | None:
    """A new user, with the address that the provider vouches for, if any; None where the address is taken."""
    require(actor.is_system)
    user_id = session.scalar(
        insert(User)
        .values(email=email, name=name, language=language, created_at=now())
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    if user_id is None:
        return None
    record(session, actor, "add", "user", user_id, after={"language": language, "is_example": False})
    return session.get_one(User, user_id)


def provide_membership(session: Session, actor: Actor, user_id: int, organisation_id: int) -> Membership:
    """The user speaks for the organisation, confirmed; one who asked before needs to wait no longer."""
    require(actor.is_system)
    session.execute(
        insert(Membership)
        .values(user_id=user_id, organisation_id=organisation_id, title="", role="member", created_at=now())
        .on_conflict_do_nothing()
    )
    membership = session.scalars(
        select(Membership)
        .where(
            Membership.user_id == user_id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
        .with_for_update()
    ).one()
    if membership.confirmed_at is None:
        membership.confirmed_at = now()
        after = {"organisation_id": organisation_id, "user_id": user_id, "role": membership.role}
        record(session, actor, "confirm", "membership", membership.id, after=after)
        announce(session, MembershipConfirmed(membership.id))
    return membership


def provide_role(session: Session, actor: Actor, membership: Membership, role: Role) -> bool:
    """Let the membership have this role; false where its organisation knows no such role.

    A role is taken even from the last admin: whoever looks after the provider has said so.
    """
    require(actor.is_system)
    kind = session.get_one(Organisation, membership.organisation_id).kind
    if role not in (ORGANISER_ROLES if is_organiser(kind) else OWN_ROLES):
        return False
    if membership.role != role:
        before, membership.role = membership.role, role
        named = {"organisation_id": membership.organisation_id, "user_id": membership.user_id}
        record(
            session,
            actor,
            "grant",
            "membership",
            membership.id,
            before=named | {"role": before},
            after=named | {"role": role},
        )
        announce(session, RoleGranted(membership.id, None))
    return True


def withdraw_membership(session: Session, actor: Actor, membership: Membership) -> None:
    """End a membership that the provider gave and no longer vouches for."""
    require(actor.is_system)
    if membership.ended_at is not None:
        return
    membership.ended_at, membership.ended_as = now(), "removed"
    before = {"organisation_id": membership.organisation_id, "role": membership.role}
    record(session, actor, "end", "membership", membership.id, before=before, after={"ended_as": "removed"})
    announce(session, MembershipEnded(membership.id))
