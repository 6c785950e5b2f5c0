"""For whom somebody acts: an organisation, or a network of municipalities; and who belongs to either."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, union
from sqlalchemy.orm import Session

from app.core.policy import Actor, Refused
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.organisations.policy import is_organiser
from app.domain.organisations.queries import danish_order
from app.domain.users.models import Membership, User
from app.domain.users.strategists import networks_of

MOST_OF_HOUSE = 500


@dataclass(frozen=True, slots=True)
class OfHouse:
    """Somebody who is known to speak for an organisation of a house."""

    membership_id: int
    user_id: int
    name: str
    title: str
    organisation: str


def speaks_for(actor: Actor) -> int | None:
    """The organisation that the actor is known to speak for, with a right to more than reading."""
    is_known = actor.is_signed_in and actor.is_confirmed and not actor.only_reads
    return actor.organisation_id if is_known else None


def leads_organisation(actor: Actor) -> int | None:
    """The organisation that the actor looks after: an own admin's, and an organiser's staff's."""
    is_lead = actor.is_organisation_admin or (actor.is_staff and is_organiser(actor.organisation_kind))
    return speaks_for(actor) if is_lead else None


def acting_networks(actor: Actor) -> Select[tuple[int]]:
    """The ids of the networks, not over, for which the actor acts: whom one has named, and who looks after
    the organisation that leads one. For a statement."""
    led = leads_organisation(actor)
    named = networks_of(actor)
    if led is None:
        return named
    leading = select(Network.id).where(Network.organisation_id == led, Network.closed_at.is_(None))
    both = union(named, leading).subquery("acting_networks")
    return select(both.c[0])


def acts_for_some_network(session: Session, actor: Actor) -> bool:
    return session.scalar(acting_networks(actor).limit(1)) is not None


def organisations_in(organisation_id: int | None, network_id: int | None) -> Select[tuple[int]]:
    """The ids of who belongs to a house: the organisation itself; of a network who leads it, and the
    municipalities that have said that they are one of it. For a statement."""
    if network_id is None:
        return select(Membership.organisation_id).where(Membership.organisation_id == organisation_id)
    leads = select(Network.organisation_id).where(Network.id == network_id)
    members = select(NetworkMember.organisation_id).where(
        NetworkMember.network_id == network_id, NetworkMember.answer == "yes"
    )
    both = union(leads, members).subquery("organisations_in")
    return select(both.c[0])


def check_of_house(
    session: Session, organisation_id: int | None, network_id: int | None, who: Any
) -> Membership:
    """The first membership in force, by `who`, in an organisation of the house. Refused: not_of_house."""
    membership = session.scalars(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            who,
            Membership.organisation_id.in_(organisations_in(organisation_id, network_id)),
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    if membership is None:
        raise Refused("not_of_house")
    return membership


def list_of_house(session: Session, organisation_id: int | None, network_id: int | None) -> list[OfHouse]:
    """Who may be chosen in a house, by name; who asks has to be one who chooses there. One statement."""
    rows = session.execute(
        select(
            Membership.id.label("membership_id"),
            Membership.user_id,
            User.name,
            Membership.title,
            func.coalesce(Organisation.short_name, Organisation.name).label("organisation"),
        )
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.organisation_id.in_(organisations_in(organisation_id, network_id)),
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(danish_order(User.name), Membership.id)
        .limit(MOST_OF_HOUSE)
    )
    return [OfHouse(**row._mapping) for row in rows]


def list_acting_networks(session: Session, actor: Actor) -> list[Network]:
    """The networks for which the actor acts, by name. One statement."""
    return list(
        session.scalars(
            select(Network)
            .where(Network.id.in_(acting_networks(actor)))
            .order_by(danish_order(Network.name), Network.id)
        )
    )
