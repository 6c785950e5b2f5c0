"""Networks of municipalities: who leads them, who is in them, and what they do together.

A municipality is in a network only after it has said so itself. Who acts for a network stands in
`users.strategists`, for that is about people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import STRANGER, Actor, NotFound, Refused, require
from app.core.records import Key
from app.core.text import LongProse, Prose, RequiredLine, ShortLine, WebAddress, slug
from app.domain.organisations.events import NetworkAnswered, NetworkAsked
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network, NetworkMember
from app.domain.organisations.policy import (
    may_act_for_network,
    may_answer_for_municipality,
    may_answer_network,
    may_found_networks,
    may_lead_network,
    members_visible_to,
)
from app.domain.organisations.queries import danish_order

__all__ = ["Network", "NetworkMember", "may_act_for_network"]

MOST_MEMBERS = 200
MOST_NETWORKS = 200
MOST_LEADS = 1_000
LEADING_KINDS = ("municipality", "region", "association", "joint_procurement", "authority", "other")

_Task = Annotated[Prose, StringConstraints(min_length=1, max_length=500)]


class NetworkInput(BaseModel):
    """What a network is. `tasks`: what whoever is shared by its municipalities does."""

    model_config = ConfigDict(extra="forbid")

    name: RequiredLine
    text: LongProse = ""
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] = "DK"
    tasks: Annotated[list[_Task], Field(max_length=30)] = []
    financed_by: ShortLine = ""
    lasts: ShortLine = ""
    programme: ShortLine = ""
    source_url: WebAddress | None = None
    version: int = 0


class NetworkFacts(NetworkInput):
    """A network as the archive knows it. Municipalities of an example may be in it without having said so."""

    key: Key
    organisation_id: int
    certainty_note: LongProse = ""
    is_example: bool = False
    member_ids: list[int] = []


@dataclass(frozen=True, slots=True)
class NetworkView:
    """A network with the name of who leads it; `members`: how many municipalities are in it."""

    id: int
    key: str
    name: str
    text: str
    organisation_id: int
    organisation_key: str
    organisation: str
    country: str
    tasks: tuple[str, ...]
    financed_by: str
    lasts: str
    programme: str
    certainty_note: str
    source_url: str | None
    is_example: bool
    version: int
    closed_at: datetime | None
    members: int


@dataclass(frozen=True, slots=True)
class NetworkMemberView:
    """A municipality of a network, or one that is asked. `answer`: yes, no, or None while it is open."""

    id: int
    network_id: int
    organisation_id: int
    organisation_key: str
    organisation: str
    municipality_code: str | None
    region: str | None
    answer: str | None
    asked_at: datetime
    answered_at: datetime | None


# --- reading


def list_networks(session: Session, actor: Actor = STRANGER) -> list[NetworkView]:
    """All networks, those at work first. Open to all. One statement."""
    rows = session.execute(
        _networks().order_by(Network.closed_at.is_not(None), danish_order(Network.name), Network.id)
    )
    return [_view(row) for row in rows]


def find_network(session: Session, key: str) -> NetworkView | None:
    """A network by its key; open to all."""
    row = session.execute(_networks().where(Network.key == key)).one_or_none()
    return _view(row) if row is not None else None


def _networks() -> Select[Any]:
    members = (
        select(func.count())
        .where(NetworkMember.network_id == Network.id, NetworkMember.answer == "yes")
        .correlate(Network)
        .scalar_subquery()
    )
    shown = func.coalesce(Organisation.short_name, Organisation.name)
    return (
        select(
            Network,
            Organisation.key.label("organisation_key"),
            shown.label("organisation"),
            members.label("members"),
        )
        .join(Organisation, Organisation.id == Network.organisation_id)
        .limit(MOST_NETWORKS)
    )


_COPIED = (
    "id", "key", "name", "text", "organisation_id", "country", "financed_by", "lasts", "programme",
    "certainty_note", "source_url", "is_example", "version", "closed_at",
)  # fmt: skip


def _view(row: Any) -> NetworkView:
    values = {name: getattr(row.Network, name) for name in _COPIED}
    return NetworkView(
        **values,
        tasks=tuple(row.Network.tasks),
        organisation_key=row.organisation_key,
        organisation=row.organisation,
        members=row.members,
    )


def list_members(session: Session, actor: Actor, network_id: int) -> list[NetworkMemberView]:
    """Who is in a network, by name; who is asked or said no only for both sides and staff. One statement."""
    rows = session.execute(
        _members(actor)
        .where(NetworkMember.network_id == network_id)
        .order_by(danish_order(func.coalesce(Organisation.short_name, Organisation.name)), NetworkMember.id)
    )
    return [NetworkMemberView(**row._mapping) for row in rows]


def list_asked(session: Session, actor: Actor) -> list[tuple[NetworkView, NetworkMemberView]]:
    """The networks that ask the actor's municipality or have it, those that wait first. Two statements."""
    if not may_answer_for_municipality(actor):
        return []
    rows = session.execute(
        _members(actor)
        .where(NetworkMember.organisation_id == actor.organisation_id, Network.closed_at.is_(None))
        .order_by(NetworkMember.answer.is_not(None), NetworkMember.asked_at.desc(), NetworkMember.id)
    )
    members = [NetworkMemberView(**row._mapping) for row in rows]
    wanted = _networks().where(Network.id.in_([member.network_id for member in members]))
    by_id = {row.Network.id: _view(row) for row in session.execute(wanted)}
    return [(by_id[member.network_id], member) for member in members]


def _members(actor: Actor) -> Select[Any]:
    return (
        select(
            NetworkMember.id,
            NetworkMember.network_id,
            NetworkMember.organisation_id,
            Organisation.key.label("organisation_key"),
            func.coalesce(Organisation.short_name, Organisation.name).label("organisation"),
            Organisation.municipality_code,
            Organisation.region,
            NetworkMember.answer,
            NetworkMember.asked_at,
            NetworkMember.answered_at,
        )
        .join(Network, Network.id == NetworkMember.network_id)
        .join(Organisation, Organisation.id == NetworkMember.organisation_id)
        .where(members_visible_to(actor))
        .limit(MOST_MEMBERS)
    )


def list_leads(session: Session) -> list[Organisation]:
    """Who may lead a network, by name. One statement."""
    return list(
        session.scalars(
            select(Organisation)
            .where(
                Organisation.kind.in_(LEADING_KINDS),
                Organisation.is_confirmed,
                Organisation.refused_at.is_(None),
            )
            .order_by(danish_order(Organisation.name), Organisation.id)
            .limit(MOST_LEADS)
        )
    )


def list_askable(session: Session, network: NetworkView) -> list[Organisation]:
    """The municipalities that a network may ask, by name: neither in it nor asked. Examples are asked by
    examples alone. One statement."""
    taken = select(NetworkMember.organisation_id).where(
        NetworkMember.network_id == network.id, func.coalesce(NetworkMember.answer, "") != "no"
    )
    return list(
        session.scalars(
            select(Organisation)
            .where(
                Organisation.kind == "municipality",
                Organisation.is_confirmed,
                Organisation.is_example == network.is_example,
                Organisation.id.not_in(taken),
            )
            .order_by(
                danish_order(func.coalesce(Organisation.short_name, Organisation.name)), Organisation.id
            )
            .limit(MOST_MEMBERS)
        )
    )


def find_member_ids(session: Session, network_id: int) -> frozenset[int]:
    """The municipalities that have said themselves that they are in the network."""
    return frozenset(
        session.scalars(
            select(NetworkMember.organisation_id).where(
                NetworkMember.network_id == network_id, NetworkMember.answer == "yes"
            )
        )
    )


# --- founding and changing


def found_network(session: Session, actor: Actor, organisation_id: int, given: NetworkInput) -> Network:
    """A new network, led by an organisation. Refused: unknown_network_lead."""
    require(may_found_networks(actor))
    lead = session.get(Organisation, organisation_id)
    if lead is None or not lead.is_confirmed or lead.refused_at is not None or lead.kind not in LEADING_KINDS:
        raise Refused("unknown_network_lead")
    network = Network(
        key=_new_key(session, given.name),
        organisation_id=organisation_id,
        created_at=now(),
        **given.model_dump(exclude={"version"}),
    )
    session.add(network)
    session.flush()
    after = {"key": network.key, "organisation_id": organisation_id}
    record(session, actor, "add", "network", network.id, after=after)
    return network


def _new_key(session: Session, name: str) -> str:
    stem = slug(name)
    taken = set(session.scalars(select(Network.key).where(Network.key.startswith(stem))))
    return next(
        key for key in (stem, *(f"{stem}-{number}" for number in range(2, 10_000))) if key not in taken
    )


def edit_network(session: Session, actor: Actor, network_id: int, given: NetworkInput) -> Network:
    """Change what a network says of itself. Refused: stale, network_closed."""
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    _refuse_closed(network)
    if network.version != given.version:
        raise Refused("stale")
    values = given.model_dump(exclude={"version"})
    changed = [name for name, value in values.items() if getattr(network, name) != value]
    for name in changed:
        setattr(network, name, values[name])
    if changed:
        network.version += 1
        session.flush()
        after = {"version": network.version, "fields": changed}
        record(session, actor, "edit", "network", network.id, before={"version": given.version}, after=after)
    return network


def close_network(session: Session, actor: Actor, network_id: int) -> Network:
    """Say that a network is over: from now on nobody acts for it, and it stays readable."""
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    if network.closed_at is None:
        network.closed_at = now()
        network.version += 1
        record(session, actor, "close", "network", network.id, after={"version": network.version})
    return network


def reopen_network(session: Session, actor: Actor, network_id: int) -> Network:
    """Take it back that a network is over."""
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    if network.closed_at is not None:
        network.closed_at = None
        network.version += 1
        record(session, actor, "reopen", "network", network.id, after={"version": network.version})
    return network


def lock_network(session: Session, network_id: int) -> Network:
    """The row, held until this transaction ends. Raises NotFound."""
    network = session.get(Network, network_id, with_for_update=True, populate_existing=True)
    if network is None:
        raise NotFound
    return network


def _refuse_closed(network: Network) -> None:
    if network.closed_at is not None:
        raise Refused("network_closed")


# --- who is in it


def ask_municipalities(
    session: Session, actor: Actor, network_id: int, organisation_ids: Sequence[int]
) -> list[NetworkMember]:
    """Ask municipalities to be in the network; those that are asked or in it are left alone, and one that
    said no may be asked again. Those that are asked now.

    Refused: unknown_municipality, network_closed.
    """
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    _refuse_closed(network)
    wanted = set(organisation_ids)
    known = set(
        session.scalars(
            select(Organisation.id).where(
                Organisation.id.in_(wanted), Organisation.kind == "municipality", Organisation.is_confirmed
            )
        )
    )
    if not wanted or known != wanted:
        raise Refused("unknown_municipality")
    rows = {row.organisation_id: row for row in _lock_members(session, network_id, wanted)}
    asked = []
    for organisation_id in sorted(wanted):
        row = rows.get(organisation_id)
        if row is not None and row.answer != "no":
            continue
        if row is None:
            row = NetworkMember(network_id=network_id, organisation_id=organisation_id)
            session.add(row)
        row.asked_at, row.answer, row.answered_at = now(), None, None
        asked.append(row)
    session.flush()
    if asked:
        after = {"organisation_ids": [row.organisation_id for row in asked]}
        record(session, actor, "ask_municipalities", "network", network_id, after=after)
    for row in asked:
        announce(session, NetworkAsked(network_id, row.id, row.organisation_id))
    return asked


def _lock_members(session: Session, network_id: int, organisation_ids: set[int]) -> list[NetworkMember]:
    return list(
        session.scalars(
            select(NetworkMember)
            .where(
                NetworkMember.network_id == network_id, NetworkMember.organisation_id.in_(organisation_ids)
            )
            .order_by(NetworkMember.id)
            .with_for_update()
        )
    )


def answer_network(session: Session, actor: Actor, member_id: int, says_yes: bool) -> NetworkMember:
    """Say for one's municipality that it is in the network, or is not, or leaves it. Raises NotFound."""
    member = session.get(NetworkMember, member_id, with_for_update=True, populate_existing=True)
    if member is None or not may_answer_network(actor, member):
        raise NotFound
    answer = "yes" if says_yes else "no"
    if says_yes:
        _refuse_closed(session.get_one(Network, member.network_id))
    if member.answer != answer:
        before = {"answer": member.answer}
        member.answer, member.answered_at = answer, now()
        session.flush()
        after = {"answer": answer, "organisation_id": member.organisation_id}
        record(session, actor, "answer_network", "network", member.network_id, before=before, after=after)
        announce(session, NetworkAnswered(member.network_id, member.id, member.organisation_id))
    return member


def remove_member(session: Session, actor: Actor, network_id: int, organisation_id: int) -> None:
    """Take a municipality out of the network, or take the question back; nothing happens without one."""
    network = lock_network(session, network_id)
    require(may_lead_network(actor, network))
    for row in _lock_members(session, network_id, {organisation_id}):
        before = {"organisation_id": organisation_id, "answer": row.answer}
        name = session.get_one(Organisation, organisation_id).name
        title, path = f"{name} · {network.name}", f"/netvaerk/{network.key}"
        lay_aside(session, actor, "network_member", row, title, path=path)
        session.delete(row)
        session.flush()
        record(session, actor, "remove_member", "network", network_id, before=before)


# --- the archive


def put_network(session: Session, actor: Actor, given: NetworkFacts) -> Network:
    """A network from the archive; one with the same key is given back as people left it."""
    require(may_found_networks(actor))
    known = session.scalars(select(Network).where(Network.key == given.key)).one_or_none()
    if known is not None:
        return known
    network = Network(created_at=now(), **given.model_dump(exclude={"version", "member_ids"}))
    session.add(network)
    session.flush()
    if given.member_ids:
        members = [
            {"network_id": network.id, "organisation_id": one, "asked_at": now(), "answer": "yes",
             "answered_at": now()}
            for one in dict.fromkeys(given.member_ids)
        ]  # fmt: skip
        session.execute(insert(NetworkMember).values(members))
    after = {"key": given.key, "is_example": given.is_example}
    record(session, actor, "put", "network", network.id, after=after)
    return network


def is_in(network_id: Any, organisation_id: Any) -> Any:
    """For a statement: whether the municipality has said that it is in that network, which is not over."""
    return (
        select(NetworkMember.id)
        .join(Network, and_(Network.id == NetworkMember.network_id, Network.closed_at.is_(None)))
        .where(
            NetworkMember.network_id == network_id,
            NetworkMember.organisation_id == organisation_id,
            NetworkMember.answer == "yes",
        )
        .exists()
    )
