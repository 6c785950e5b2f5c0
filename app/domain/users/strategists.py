"""Who acts for a network of municipalities, and who was told of in public as one of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.organisations.networks import lock_network
from app.domain.organisations.policy import may_act_for_network, may_lead_network
from app.domain.organisations.queries import danish_order
from app.domain.users.models import Membership, Person, User
from app.domain.users.network_models import NetworkPerson, NetworkStrategist

MOST_STRATEGISTS = 50
MOST_PERSONS = 50


@dataclass(frozen=True, slots=True)
class StrategistView:
    """Somebody who acts for a network: by name and title, in an organisation."""

    membership_id: int
    user_id: int
    name: str
    title: str
    organisation: str
    named_at: datetime


@dataclass(frozen=True, slots=True)
class NetworkPersonView:
    """Somebody told of in public as one of a network, with the title of that time."""

    person_id: int
    name: str
    title: str


# --- who acts


def find_strategist_ids(session: Session, network_id: int) -> frozenset[int]:
    """The memberships in force that the network has named, in who leads it and in its municipalities; none
    of one that is over."""
    named = (
        select(NetworkStrategist.membership_id)
        .join(Network, Network.id == NetworkStrategist.network_id)
        .join(Membership, Membership.id == NetworkStrategist.membership_id)
        .where(
            NetworkStrategist.network_id == network_id,
            Network.closed_at.is_(None),
            _is_in_force(),
            _is_of_network(Membership.organisation_id),
        )
    )
    return frozenset(session.scalars(named))


def acts_for_network(session: Session, actor: Actor, network_id: int) -> bool:
    """Whether the actor acts for this network, as `may_act_for_network` says."""
    return may_act_for_network(actor, find_strategist_ids(session, network_id))


def networks_of(actor: Actor) -> Select[tuple[int]]:
    """The ids of the networks that the actor acts for, for a statement; the same rule."""
    is_known = actor.is_confirmed and actor.membership_id is not None
    return (
        select(NetworkStrategist.network_id)
        .join(Network, Network.id == NetworkStrategist.network_id)
        .where(
            NetworkStrategist.membership_id == actor.membership_id if is_known else false(),
            Network.closed_at.is_(None),
            _is_of_network(actor.organisation_id),
        )
    )


def _is_of_network(organisation_id: Any) -> ColumnElement[bool]:
    """Whether it leads the network of the statement, or has said yes to it and not left: who was named from
    a municipality acts only while that is there."""
    is_member = (
        select(NetworkMember.id)
        .where(
            NetworkMember.network_id == Network.id,
            NetworkMember.organisation_id == organisation_id,
            NetworkMember.answer == "yes",
        )
        .correlate_except(NetworkMember)
        .exists()
    )
    return or_(Network.organisation_id == organisation_id, is_member)


def _is_in_force() -> ColumnElement[bool]:
    return and_(Membership.confirmed_at.is_not(None), Membership.ended_at.is_(None))


def list_networks_of(session: Session, actor: Actor) -> list[Network]:
    """The networks that the actor acts for, by name. One statement."""
    return list(
        session.scalars(
            select(Network)
            .where(Network.id.in_(networks_of(actor)))
            .order_by(danish_order(Network.name), Network.id)
        )
    )


def list_strategists(session: Session, network_id: int) -> list[StrategistView]:
    """Who acts for a network, by name. Open to whoever may read the network. One statement."""
    rows = session.execute(
        select(
            Membership.id.label("membership_id"),
            Membership.user_id,
            User.name,
            Membership.title,
            func.coalesce(Organisation.short_name, Organisation.name).label("organisation"),
            NetworkStrategist.named_at,
        )
        .select_from(NetworkStrategist)
        .join(Membership, Membership.id == NetworkStrategist.membership_id)
        .join(User, User.id == Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Network, Network.id == NetworkStrategist.network_id)
        .where(
            NetworkStrategist.network_id == network_id,
            _is_in_force(),
            _is_of_network(Membership.organisation_id),
        )
        .order_by(danish_order(User.name), Membership.id)
        .limit(MOST_STRATEGISTS)
    )
    return [StrategistView(**row._mapping) for row in rows]


def list_nameable(session: Session, actor: Actor, network_id: int) -> list[StrategistView]:
    """Whom the network may name: confirmed people of who leads it and of its municipalities, by name. For
    whoever leads the network; one statement beside the network's row."""
    network = session.get(Network, network_id)
    if network is None or not may_lead_network(actor, network):
        raise NotFound
    rows = session.execute(
        select(
            Membership.id.label("membership_id"),
            Membership.user_id,
            User.name,
            Membership.title,
            func.coalesce(Organisation.short_name, Organisation.name).label("organisation"),
            Membership.created_at.label("named_at"),
        )
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(_is_in_force(), Membership.organisation_id.in_(_organisations_of(network)))
        .order_by(danish_order(User.name), Membership.id)
        .limit(500)
    )
    return [StrategistView(**row._mapping) for row in rows]


def _organisations_of(network: Network) -> Select[tuple[int]]:
    members = select(NetworkMember.organisation_id).where(
        NetworkMember.network_id == network.id, NetworkMember.answer == "yes"
    )
    return select(Organisation.id).where(
        (Organisation.id == network.organisation_id) | Organisation.id.in_(members)
    )


def name_strategist(session: Session, actor: Actor, network_id: int, membership_id: int) -> None:
    """Name somebody to act for the network, in that membership; nothing happens if they do already.

    Refused: unknown_strategist (not confirmed in who leads it or in one of its municipalities),
    network_closed, too_many_strategists.
    """
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    if network.closed_at is not None:
        raise Refused("network_closed")
    fit = select(Membership.id).where(
        Membership.id == membership_id,
        _is_in_force(),
        Membership.organisation_id.in_(_organisations_of(network)),
    )
    if session.scalar(fit) is None:
        raise Refused("unknown_strategist")
    if session.get(NetworkStrategist, (network_id, membership_id)) is not None:
        return
    named = select(func.count()).where(NetworkStrategist.network_id == network_id)
    if (session.scalar(named) or 0) >= MOST_STRATEGISTS:
        raise Refused("too_many_strategists", most=MOST_STRATEGISTS)
    session.add(
        NetworkStrategist(
            network_id=network_id, membership_id=membership_id, named_by_id=actor.user_id, named_at=now()
        )
    )
    record(session, actor, "name_strategist", "network", network_id, after={"membership_id": membership_id})
    session.flush()


def unname_strategist(session: Session, actor: Actor, network_id: int, membership_id: int) -> None:
    """Let somebody act for the network no longer; what they registered stays. Nothing happens otherwise."""
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    row = session.get(NetworkStrategist, (network_id, membership_id))
    if row is not None:
        session.delete(row)
        before = {"membership_id": membership_id}
        record(session, actor, "unname_strategist", "network", network_id, before=before)
        session.flush()


def title_of(session: Session, actor: Actor) -> str:
    """The actor's title in the membership that they act in now; empty where none was given."""
    if actor.membership_id is None:
        return ""
    return session.scalar(select(Membership.title).where(Membership.id == actor.membership_id)) or ""


# --- who was told of


def list_network_persons(session: Session, network_id: int) -> list[NetworkPersonView]:
    """Those told of in public as of a network, in the order in which they were. One statement."""
    rows = session.execute(
        select(NetworkPerson.person_id, Person.name, NetworkPerson.title)
        .join(Person, Person.id == NetworkPerson.person_id)
        .where(NetworkPerson.network_id == network_id)
        .order_by(NetworkPerson.id)
        .limit(MOST_PERSONS)
    )
    return [NetworkPersonView(**row._mapping) for row in rows]


def put_network_persons(
    session: Session, actor: Actor, network_id: int, persons: Sequence[tuple[int, str]]
) -> None:
    """(person, title) of those told of in public, from the archive; who stands there already stays."""
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    known = set(
        session.scalars(select(NetworkPerson.person_id).where(NetworkPerson.network_id == network_id))
    )
    new = [one for one in persons if one[0] not in known]
    session.add_all(
        NetworkPerson(network_id=network_id, person_id=person_id, title=title) for person_id, title in new
    )
    if new:
        record(session, actor, "put", "network", network_id, after={"persons": [one[0] for one in new]})
    session.flush()
