"""Needs, networks and municipalities for tests, made with as little as they can stand on."""

from typing import Any

from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.needs.schemas import NeedInput
from app.domain.contributions.needs.service import register_need
from app.domain.organisations.models import Organisation
from app.domain.organisations.network_models import Network
from app.domain.organisations.networks import NetworkInput, answer_network, ask_municipalities, found_network
from app.domain.users.strategists import name_strategist
from tests.people import People, add_actor, add_organisation_row

NEED = {
    "title": "Nyt system til vagtplaner",
    "body": "Vi kan ikke se, hvem der mangler på vagten i morgen.",
    "system_type": "personnel",
}


def add_need(session: Session, actor: Actor, **given: Any) -> Contribution:
    return register_need(session, actor, NeedInput.model_validate(NEED | given), 90)


def add_municipality(session: Session, name: str, **values: Any) -> Actor:
    """Somebody known to speak for a municipality of that name."""
    key = name.split()[0].lower()
    organisation = add_organisation_row(session, key, name, "municipality", **values)
    return add_actor(session, f"{name.split()[0]} Hansen", organisation)


def add_network(session: Session, people: People, *members: Actor) -> tuple[Network, Actor]:
    """A network with these municipalities in it, and who acts for it."""
    lead = add_organisation_row(session, "fyr", "Fyrforbundet", "authority")
    strategist = add_actor(session, "Sara Strateg", lead)
    network = found_network(session, people.staff, lead.id, NetworkInput(name="Fyrnettet"))
    asked = ask_municipalities(
        session, people.staff, network.id, [one.organisation_id or 0 for one in members]
    )
    by_organisation = {one.organisation_id: one for one in members}
    for row in asked:
        answer_network(session, by_organisation[row.organisation_id], row.id, says_yes=True)
    name_strategist(session, people.staff, network.id, strategist.membership_id or 0)
    return network, strategist


def organisation_of(session: Session, actor: Actor) -> Organisation:
    return session.get_one(Organisation, actor.organisation_id)
