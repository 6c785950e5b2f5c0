"""Whose a row is: the person, and the conditions that find the person's rows in any table."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.database import Base
from app.domain.users.models import Membership, User, UserEmail


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as the tables know them: accounts joined into one, every address, and every organisation
    that they were ever confirmed to speak for."""

    ids: tuple[int, ...]
    emails: tuple[str, ...]
    names: tuple[str, ...]
    language: str
    organisation_ids: tuple[int, ...]


Owner = Callable[[Table, Subject], ColumnElement[bool]]


def table_named(name: str) -> Table:
    return Base.metadata.tables[name]


def find_subject(session: Session, user_id: int) -> Subject | None:
    """The person behind an account; None for an unknown or erased one."""
    user = session.get(User, user_id)
    if user is None or user.erased_at is not None:
        return None
    joined = session.scalars(select(User).where(User.joined_into_id == user_id)).all()
    accounts = (user, *joined)
    ids = tuple(account.id for account in accounts)
    further = session.scalars(select(UserEmail.email).where(UserEmail.user_id.in_(ids))).all()
    # Anybody can ask to speak for anybody: what an organisation said is no business of theirs yet.
    is_own = Membership.user_id.in_(ids) & Membership.confirmed_at.is_not(None)
    spoken_for = select(Membership.organisation_id).where(is_own).distinct()
    return Subject(
        ids=ids,
        emails=tuple(sorted({account.email for account in accounts if account.email} | set(further))),
        names=tuple(sorted({account.name for account in accounts if account.name})),
        language=user.language,
        organisation_ids=tuple(session.scalars(spoken_for)),
    )


def by(*columns: str) -> Owner:
    """Rows in which one of the columns holds the person's number."""
    return lambda table, person: or_(*(table.c[column].in_(person.ids) for column in columns))


def by_mail(column: str) -> Owner:
    """Rows in which the column is one of the person's addresses."""
    return lambda table, person: func.lower(table.c[column]).in_(person.emails)


def by_name(*columns: str) -> Owner:
    """Rows in which one of the columns is the person's name and nothing else."""
    return lambda table, person: or_(*(table.c[column].in_(person.names) for column in columns))


def naming_mail(column: str) -> Owner:
    """Rows whose text ends in one of the person's addresses, after a colon."""
    return lambda table, person: or_(
        false(), *(table.c[column].endswith(f":{mail}", autoescape=True) for mail in person.emails)
    )


def either(*owners: Owner) -> Owner:
    return lambda table, person: or_(*(owner(table, person) for owner in owners))


def through(column: str, parent: str, owner: Owner, key: str = "id") -> Owner:
    """Rows that belong to the person's rows of another table; `key` is the parent's column."""

    def find(table: Table, person: Subject) -> ColumnElement[bool]:
        above = table_named(parent)
        return table.c[column].in_(select(above.c[key]).where(owner(above, person)))

    return find
