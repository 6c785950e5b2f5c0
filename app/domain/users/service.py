"""The verbs of people: those who speak, those who sign in, and who they speak for."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotAllowed, NotFound, Role, require
from app.domain.organisations.models import Organisation
from app.domain.users.events import MembershipConfirmed, MembershipRequested
from app.domain.users.models import Membership, Person, User
from app.domain.users.policy import may_add_persons, may_confirm_memberships


def add_person(session: Session, actor: Actor, name: str, is_example: bool = False) -> Person:
    """A new person to name at meetings; also where another one has the same name."""
    require(may_add_persons(actor))
    person = Person(name=name, is_example=is_example, created_at=now())
    session.add(person)
    session.flush()
    record(session, actor, "add", "person", person.id, after={"name": name, "is_example": is_example})
    return person


def add_user(session: Session, email: str, name: str, language: str = "da", is_example: bool = False) -> User:
    """The user with this address, new unless there already. The caller knows that the address is theirs."""
    email = email.lower()
    made = session.execute(
        insert(User)
        .values(email=email, name=name, language=language, is_example=is_example, created_at=now())
        .on_conflict_do_nothing()
        .returning(User.id)
    ).scalar_one_or_none()
    user = session.scalars(select(User).where(User.email == email)).one()
    if made is not None:
        actor = Actor(user_id=user.id, name=name)
        record(session, actor, "add", "user", user.id, after={"language": language, "is_example": is_example})
    return user


def _own_user(session: Session, actor: Actor) -> User:
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None:
        raise NotAllowed("not_allowed")
    return user


def name_user(session: Session, actor: Actor, name: str) -> User:
    """Let somebody say what they are called."""
    user = _own_user(session, actor)
    if user.name != name:
        before, user.name = user.name, name
        record(session, actor, "rename", "user", user.id, before={"name": before}, after={"name": name})
    return user


def request_membership(session: Session, actor: Actor, organisation_id: int, title: str = "") -> Membership:
    """Ask to speak for an organisation: always as a plain member.

    The person can work at once and waits for staff to say yes: a mail domain alone proves no right to speak
    for anybody, and those of the archive are not confirmed by their owners. Asking again changes only the
    title; an ended membership begins anew.
    """
    user = _own_user(session, actor)
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound
    session.execute(
        insert(Membership)
        .values(
            user_id=user.id, organisation_id=organisation.id, title=title, role="member", created_at=now()
        )
        .on_conflict_do_nothing()
    )
    membership = session.scalars(
        select(Membership)
        .where(Membership.user_id == user.id, Membership.organisation_id == organisation.id)
        .with_for_update()
    ).one()
    before = {"title": membership.title, "ended": membership.ended_at is not None}
    membership.title = title or membership.title
    if membership.ended_at is not None:
        membership.ended_at, membership.confirmed_at, membership.role = None, None, "member"
    after = {"organisation_id": organisation.id, "title": membership.title}
    record(session, actor, "request", "membership", membership.id, before=before, after=after)
    announce(session, MembershipRequested(membership.id))
    return membership


def confirm_membership(session: Session, actor: Actor, membership_id: int) -> Membership:
    """Say yes to somebody who asked to speak for an organisation."""
    require(may_confirm_memberships(actor))
    membership = session.get(Membership, membership_id, with_for_update=True)
    if membership is None or membership.ended_at is not None:
        raise NotFound
    if membership.confirmed_at is None:
        membership.confirmed_at = now()
        record(session, actor, "confirm", "membership", membership.id, after={"role": membership.role})
        announce(session, MembershipConfirmed(membership.id))
    return membership


def put_member(
    session: Session, actor: Actor, user: User, organisation_id: int, title: str, role: Role = "member"
) -> Membership:
    """A confirmed membership of the seed; one that is there stays as it is. Only the house gives a role."""
    require(actor.is_system)
    known = session.scalars(
        select(Membership).where(Membership.user_id == user.id, Membership.organisation_id == organisation_id)
    ).one_or_none()
    if known is not None:
        return known
    membership = Membership(
        user_id=user.id,
        organisation_id=organisation_id,
        title=title,
        role=role,
        confirmed_at=now(),
        created_at=now(),
    )
    session.add(membership)
    session.flush()
    after = {"organisation_id": organisation_id, "title": title, "role": role}
    record(session, actor, "add", "membership", membership.id, after=after)
    return membership
