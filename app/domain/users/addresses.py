"""The mail addresses that sign in to an account: the one on it, where mails go, and further ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.users.events import AddressAdded, AddressRemoved
from app.domain.users.models import AddressProof, User, UserEmail

MOST_ADDRESSES = 10
# How long a proof holds: time to read what joining does, not to forget that one began.
PROOF_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Address:
    """A further address of an account."""

    id: int
    email: str
    created_at: datetime


def hold_address(session: Session, email: str) -> None:
    """Let nobody else give this address to an account until the end of the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 1))))


def find_by_address(session: Session, email: str) -> User | None:
    """The user whom this address signs in, the one on the account or a further one; may be disabled."""
    further = select(UserEmail.user_id).where(UserEmail.email == email)
    found = select(User).where((User.email == email) | User.id.in_(further)).order_by(User.id).limit(1)
    return session.scalars(found).one_or_none()


def list_addresses(session: Session, user_id: int) -> list[Address]:
    """The further addresses, the oldest first."""
    rows = session.execute(
        select(UserEmail.id, UserEmail.email, UserEmail.created_at)
        .where(UserEmail.user_id == user_id)
        .order_by(UserEmail.id)
        .limit(MOST_ADDRESSES * 10)
    )
    return [Address(*row) for row in rows]


def _own(session: Session, actor: Actor) -> User:
    user = session.get(User, actor.user_id, with_for_update=True) if actor.user_id is not None else None
    if user is None:
        raise NotAllowed("not_allowed")
    return user


def add_address(session: Session, actor: Actor, email: str) -> None:
    """One more address that signs in; the caller knows that it is the actor's, by a mailed code.

    Refused: address_taken (another account's; see app.identity.joining), too_many_addresses.
    """
    user = _own(session, actor)
    hold_address(session, email)
    holder = find_by_address(session, email)
    if holder is not None and holder.id == user.id:
        return
    if holder is not None:
        raise Refused("address_taken")
    if len(list_addresses(session, user.id)) >= MOST_ADDRESSES:
        raise Refused("too_many_addresses")
    row = UserEmail(user_id=user.id, email=email, created_at=now())
    session.add(row)
    session.flush()
    record(session, actor, "add_address", "user", user.id, after={"address_id": row.id})
    announce(session, AddressAdded(user.id, email))


def remove_address(session: Session, actor: Actor, address_id: int) -> None:
    """Take a further address away: it signs in no more. Raises NotFound for another's."""
    user = _own(session, actor)
    row = session.get(UserEmail, address_id)
    if row is None or row.user_id != user.id:
        raise NotFound
    email = row.email
    session.delete(row)
    record(session, actor, "remove_address", "user", user.id, before={"address_id": address_id})
    announce(session, AddressRemoved(user.id, email))


def use_as_main(session: Session, actor: Actor, address_id: int) -> None:
    """Have mails sent to a further address from now on; the one before stays as a further one."""
    user = _own(session, actor)
    row = session.get(UserEmail, address_id)
    if row is None or row.user_id != user.id:
        raise NotFound
    former, user.email = user.email, row.email
    session.delete(row)
    session.flush()
    if former is not None:
        session.add(UserEmail(user_id=user.id, email=former, created_at=now()))
    record(session, actor, "change_main_address", "user", user.id, after={"address_id": address_id})
    if former is not None:
        announce(session, AddressRemoved(user.id, former, stays=True))


# --- proofs


def keep_proof(session: Session, user_id: int, email: str) -> None:
    """Remember that the user has just shown this address to be theirs; the last one counts."""
    values = {"email": email, "proved_at": now()}
    statement = insert(AddressProof).values(user_id=user_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


def find_proof(session: Session, user_id: int) -> str | None:
    """The address that the user has shown to be theirs within the last quarter of an hour."""
    return session.scalars(
        select(AddressProof.email).where(
            AddressProof.user_id == user_id, AddressProof.proved_at > now() - PROOF_LIFETIME
        )
    ).one_or_none()


def forget_proof(session: Session, user_id: int) -> None:
    session.execute(delete(AddressProof).where(AddressProof.user_id == user_id))
