"""Everybody who signs in, for admins: found by name or mail, and one account with what hangs on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.policy import Actor, require
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.users.models import Membership, User, UserEmail
from app.domain.users.policy import may_see_users
from app.domain.users.queries import matching

PER_PAGE: Final = 30
IS_KNOWN = (Membership.confirmed_at.is_not(None), Membership.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class UserLine:
    """An account in the list. `organisations`: those that the person is known to speak for, in one line."""

    id: int
    name: str
    email: str | None
    organisations: str
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    is_example: bool


@dataclass(frozen=True, slots=True)
class UserListing:
    rows: tuple[UserLine, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class UserView:
    """One account. Without mail and name it is a shell: erased, or joined with `joined_into_id`."""

    id: int
    name: str
    email: str | None
    language: str
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    erased_at: datetime | None
    joined_into_id: int | None
    is_example: bool

    @property
    def is_shell(self) -> bool:
        return self.erased_at is not None or self.joined_into_id is not None


def known_organisations() -> Any:
    """The organisations that a user is known to speak for, by name, in one text; correlated to User."""
    in_order = aggregate_order_by(literal_column("', '"), danish_order(Organisation.name))
    return (
        select(func.coalesce(func.string_agg(Organisation.name, in_order), ""))
        .select_from(Membership)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id == User.id, *IS_KNOWN)
        .correlate(User)
        .scalar_subquery()
    )


def list_users(session: Session, actor: Actor, text: str = "", page: int = 1) -> UserListing:
    """Accounts whose name or any address holds every word, by name; shells left out. One statement."""
    require(may_see_users(actor))
    total = func.count().over().label("total")
    statement = (
        select(
            User.id,
            User.name,
            User.email,
            known_organisations().label("organisations"),
            User.created_at,
            User.signed_in_at,
            User.disabled_at,
            User.is_example,
            total,
        )
        .where(User.erased_at.is_(None), User.joined_into_id.is_(None), *map(_holds, text.split()[:8]))
        .order_by(danish_order(User.name), User.id)
        .limit(PER_PAGE)
    )
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    lines = tuple(UserLine(*row[:-1]) for row in rows)
    return UserListing(lines, rows[0].total if rows else 0, page)


def _holds(word: str) -> ColumnElement[bool]:
    further = select(UserEmail.id).where(UserEmail.user_id == User.id, UserEmail.email.ilike(matching(word)))
    return or_(
        User.name.ilike(matching(word)), User.email.ilike(matching(word)), further.correlate(User).exists()
    )


def find_user_view(session: Session, actor: Actor, user_id: int) -> UserView | None:
    require(may_see_users(actor))
    row = session.execute(
        select(
            User.id,
            User.name,
            User.email,
            User.language,
            User.created_at,
            User.signed_in_at,
            User.disabled_at,
            User.erased_at,
            User.joined_into_id,
            User.is_example,
        ).where(User.id == user_id)
    ).one_or_none()
    return UserView(*row) if row else None
