"""The verbs of people: those who speak, those who sign in, and who they speak for."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import ORGANISER_KINDS, Actor, NotAllowed, Refused, Role, require
from app.domain.organisations.models import Organisation
from app.domain.users.addresses import find_by_address, hold_address
from app.domain.users.models import Membership, Person, User
from app.domain.users.policy import may_add_persons


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
    hold_address(session, email)
    if (known := find_by_address(session, email)) is not None:
        return known
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


def put_member(
    session: Session, actor: Actor, user: User, organisation_id: int, title: str, role: Role = "member"
) -> Membership:
    """A confirmed membership of the seed; one that is there stays as it is. Only the house gives a role."""
    require(actor.is_system)
    known = session.scalars(
        select(Membership)
        .where(Membership.user_id == user.id, Membership.organisation_id == organisation_id)
        .order_by(Membership.id.desc())
        .limit(1)
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


def appoint_admin(session: Session, actor: Actor, user: User, organisation: Organisation) -> Membership:
    """Make somebody an admin of an organiser: for the first one, whom nobody else can appoint.

    Only the house does this. Refused: not_an_organiser.
    """
    require(actor.is_system)
    if organisation.kind not in ORGANISER_KINDS:
        raise Refused("not_an_organiser")
    membership = session.scalars(
        select(Membership)
        .where(
            Membership.user_id == user.id,
            Membership.organisation_id == organisation.id,
            Membership.ended_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if membership is None:
        membership = Membership(user_id=user.id, organisation_id=organisation.id, created_at=now())
        session.add(membership)
    membership.role, membership.confirmed_at = "admin", membership.confirmed_at or now()
    session.flush()
    after = {"organisation_id": organisation.id, "role": "admin"}
    record(session, actor, "appoint", "membership", membership.id, after=after)
    return membership
