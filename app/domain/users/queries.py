"""Reading people. Users are private: what is given here about them goes only to themselves and to staff."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.domain.organisations.models import Organisation
from app.domain.users.models import Membership, Person, User


@dataclass(frozen=True, slots=True)
class MembershipView:
    """A membership with the name of its organisation. Waiting while `confirmed_at` is empty.

    `ended_as` and `end_reason` as in Membership.
    """

    id: int
    user_id: int
    organisation_id: int
    organisation_key: str
    organisation_name: str
    organisation_kind: str
    title: str
    role: str
    confirmed_at: datetime | None
    is_organisation_confirmed: bool
    ended_at: datetime | None
    ended_as: str | None
    end_reason: str


def matching(text: str) -> str:
    """The pattern for ILIKE that finds the text anywhere, with its own wildcards taken as they stand."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def find_person_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """{id: name}; none without ids. The caller has seen that they may be named."""
    if not ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def find_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """{id of an account: name}, of those that are left; none without ids. The caller has seen that they may
    be named."""
    if not ids:
        return {}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def get_person(session: Session, person_id: int) -> Person | None:
    return session.get(Person, person_id)


def find_persons_by_name(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Name to id, of those who are known; of people with the same name the one known longest."""
    rows = session.execute(
        select(Person.name, Person.id).where(Person.name.in_(set(names))).order_by(Person.id.desc())
    )
    return {row.name: row.id for row in rows}


def get_email(session: Session, user_id: int) -> str:
    """The mail address of a user; private. Empty for nobody."""
    return session.scalars(select(User.email).where(User.id == user_id)).one_or_none() or ""


def find_user_by_email(session: Session, email: str) -> User | None:
    return session.scalars(select(User).where(User.email == email.lower())).one_or_none()


def list_memberships(session: Session, user_id: int) -> list[MembershipView]:
    """Who the user speaks for, in the order in which it came about; ended ones are left out."""
    return read(session, memberships_of(user_id))


def memberships_of(user_id: int) -> Asking[list[MembershipView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_memberships_in_force(), {"speaking": user_id})
    return [MembershipView(**row._mapping) for row in rows]


@kept
def _memberships_in_force() -> Select[Any]:
    own = (Membership.user_id == bindparam("speaking"), Membership.ended_at.is_(None))
    return _memberships(*own, order=Membership.id)


def list_ended_memberships(session: Session, user_id: int) -> list[MembershipView]:
    """Who the user has spoken for or asked to, the last first."""
    ended = (Membership.user_id == user_id, Membership.ended_at.is_not(None))
    rows = session.execute(_memberships(*ended, order=Membership.ended_at.desc()))
    return [MembershipView(**row._mapping) for row in rows]


def _memberships(*conditions: ColumnElement[bool], order: Any) -> Select[Any]:
    return (
        select(
            Membership.id,
            Membership.user_id,
            Organisation.id.label("organisation_id"),
            Organisation.key.label("organisation_key"),
            Organisation.name.label("organisation_name"),
            Organisation.kind.label("organisation_kind"),
            Membership.title,
            Membership.role,
            Membership.confirmed_at,
            Organisation.is_confirmed.label("is_organisation_confirmed"),
            Membership.ended_at,
            Membership.ended_as,
            Membership.end_reason,
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(*conditions)
        .order_by(order)
        .limit(100)
    )
