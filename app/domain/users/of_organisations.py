"""Reading who speaks for organisations. Names and addresses go to staff and to the organisation's own admins;
everybody else sees how many they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, true
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked
from app.core.clock import COPENHAGEN, today
from app.core.kept import kept
from app.core.policy import ORGANISER_KINDS, Actor
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.users.models import Membership, User
from app.domain.users.policy import may_end, roles_to_give

PER_PAGE = 30
STAFF_ROLES = ("staff", "admin")


@dataclass(frozen=True, slots=True)
class MemberView:
    """Somebody who speaks for an organisation, or asks to (`confirmed_at` is empty).

    `has_own_mail`: the address lies on a domain that the organisation is known by. `roles`: those that the
    reader may give instead of the present one. `may_end`: the reader may end it.
    """

    id: int
    user_id: int
    name: str
    email: str
    title: str
    role: str
    organisation_id: int
    organisation_name: str
    organisation_kind: str
    is_organisation_confirmed: bool
    has_own_mail: bool
    confirmed_at: datetime | None
    created_at: datetime
    roles: tuple[str, ...] = ()
    may_end: bool = False

    @property
    def days(self) -> int:
        """Whole days since it was asked for."""
        return (today() - self.created_at.astimezone(COPENHAGEN).date()).days


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of members, and how many there are."""

    rows: tuple[MemberView, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to. `email` is never empty."""

    name: str
    email: str
    language: str


def list_waiting(session: Session, actor: Actor, page: int = 1) -> MemberPage:
    """Everybody who waits for a yes, in any organisation, the oldest first; for staff."""
    return _page(session, actor, page, Membership.confirmed_at.is_(None), order=(Membership.id,))


def memberships_waiting_for(actor: Actor) -> Asking[int]:
    """How many wait for a yes, of those whom the actor looks after; one statement."""
    ((waiting,),) = yield from asked(_waiting(actor))
    return int(waiting)


@kept
def _waiting(actor: Actor) -> Select[Any]:
    waiting = _rows(actor).where(Membership.confirmed_at.is_(None)).subquery()
    return select(func.count().label("waiting")).select_from(waiting)


def list_members(session: Session, actor: Actor, organisation_id: int, page: int = 1) -> MemberPage:
    """Who asks, and then who speaks, for one organisation, by name; for those who look after it."""
    order = (Membership.confirmed_at.is_not(None), danish_order(User.name), Membership.id)
    return _page(session, actor, page, Membership.organisation_id == organisation_id, order=order)


def find_member(session: Session, actor: Actor, membership_id: int) -> MemberView | None:
    """A membership in force that the actor looks after."""
    found = _page(session, actor, 1, Membership.id == membership_id, order=(Membership.id,))
    return found.rows[0] if found.rows else None


def _page(
    session: Session, actor: Actor, page: int, condition: ColumnElement[bool], order: tuple[Any, ...]
) -> MemberPage:
    statement = _rows(actor).where(condition).order_by(*order).limit(PER_PAGE)
    rows = session.execute(statement.offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        page, rows = 1, session.execute(statement).all()
    return MemberPage(tuple(_view(actor, row._mapping) for row in rows), rows[0].total if rows else 0, page)


def _rows(actor: Actor) -> Select[Any]:
    own = true() if actor.is_staff else Membership.organisation_id == actor.organisation_id
    return (
        select(
            Membership.id,
            Membership.user_id,
            User.name,
            func.coalesce(User.email, "").label("email"),
            Membership.title,
            Membership.role,
            Membership.organisation_id,
            Organisation.name.label("organisation_name"),
            Organisation.kind.label("organisation_kind"),
            Organisation.is_confirmed.label("is_organisation_confirmed"),
            _has_own_mail().label("has_own_mail"),
            Membership.confirmed_at,
            Membership.created_at,
            func.count().over().label("total"),
        )
        .join(User, User.id == Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(own, Membership.ended_at.is_(None), User.disabled_at.is_(None))
    )


def _has_own_mail() -> ColumnElement[bool]:
    """The address lies on one of the organisation's domains, or below one."""
    host = func.split_part(User.email, "@", 2)
    domain = func.unnest(Organisation.mail_domains).column_valued("domain")
    return select(domain).where(or_(host == domain, host.endswith("." + domain))).exists()


def _view(actor: Actor, values: Any) -> MemberView:
    row = {name: value for name, value in values.items() if name != "total"}
    place = (row["organisation_id"], row["organisation_kind"])
    roles = roles_to_give(actor, *place) if row["confirmed_at"] else ()
    return MemberView(
        **row,
        roles=tuple(role for role in roles if role != row["role"]),
        may_end=may_end(actor, *place, row["role"]),
    )


# --- numbers, which are for everybody


def confirmed_in(organisation_id: int) -> Asking[int]:
    """How many are known to speak for an organisation."""
    (row,) = yield from asked(_confirmed(), {"confirmed_in": organisation_id})
    found: int = row.confirmed
    return found


@kept
def _confirmed() -> Select[Any]:
    return select(func.count().label("confirmed")).where(*_in_force(bindparam("confirmed_in")))


def has_own_admin(session: Session, organisation_id: int) -> bool:
    """Whether somebody of the organisation itself says yes and no to those who ask."""
    return session.scalar(select(_own_admins(organisation_id).exists())) or False


def _in_force(organisation_id: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        Membership.organisation_id == organisation_id,
        Membership.confirmed_at.is_not(None),
        Membership.ended_at.is_(None),
    )


def _own_admins(organisation_id: int) -> Select[Any]:
    return (
        select(User.name, User.email, User.language)
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            *_in_force(organisation_id),
            Membership.role == "admin",
            Organisation.kind.not_in(ORGANISER_KINDS),
            _can_read(),
        )
    )


# --- whom to write to


def list_deciders(session: Session, organisation_id: int) -> tuple[list[Recipient], bool]:
    """Those who say yes and no to who asks: the own admins, or all staff where there are none.

    The second value tells whether they are the organisation's own.
    """
    own = session.execute(_own_admins(organisation_id).order_by(User.id).limit(PER_PAGE)).all()
    rows = own or session.execute(_organisers(STAFF_ROLES)).all()
    return [Recipient(*row) for row in rows], bool(own)


def list_other_admins(session: Session, but: int | None) -> list[Recipient]:
    """The admins of the organisers, without the one who acted."""
    return [
        Recipient(*row)
        for row in session.execute(_organisers(("admin",)).where(User.id.is_distinct_from(but)))
    ]


def find_recipient(session: Session, membership_id: int) -> tuple[Recipient, Membership, Organisation] | None:
    """Whose membership it is, with both; None for somebody without a mail address."""
    row = session.execute(
        select(User.name, User.email, User.language, Membership, Organisation)
        .join(Membership, Membership.user_id == User.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.id == membership_id, _can_read())
    ).one_or_none()
    return (Recipient(*row[:3]), row[3], row[4]) if row else None


def _organisers(roles: tuple[str, ...]) -> Select[Any]:
    holders = (
        select(Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Organisation.kind.in_(ORGANISER_KINDS),
            Membership.role.in_(roles),
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    )
    return (
        select(User.name, User.email, User.language)
        .where(User.id.in_(holders), _can_read())
        .order_by(User.id)
        .limit(100)
    )


def _can_read() -> ColumnElement[bool]:
    return User.email.is_not(None) & User.disabled_at.is_(None)
