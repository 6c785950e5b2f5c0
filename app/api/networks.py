"""Networks of municipalities, and what they and their municipalities do about needs."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.needs import WholeNeedOut
from app.api.needs import show as show_need
from app.api.paging import AskedPlain, Key
from app.api.said import Reference, find_said
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound, is_person, require
from app.domain.contributions import service as contributions
from app.domain.contributions.needs import queries, service
from app.domain.contributions.needs.policy import acts_for, may_enter_needs
from app.domain.contributions.needs.schemas import NeedFacts, NeedFactsEdit
from app.domain.contributions.schemas import Given, Id
from app.domain.organisations import networks
from app.domain.organisations.networks import NetworkInput, NetworkView
from app.domain.organisations.policy import (
    may_answer_for_municipality,
    may_found_networks,
    may_lead_network,
    may_lead_some_network,
)
from app.domain.partners import service as partners
from app.domain.partners.policy import may_ask_for_contact, may_look_for_partners
from app.domain.partners.schemas import ContactInput
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("netvaerk")
NEED = "/behov/{reference}"
NETWORK = "/netvaerk/{key}"
RowId = Annotated[int, Path(ge=1, le=2**53)]


class NetworkOut(Out):
    """A network of municipalities."""

    id: int
    key: str
    name: str
    text: str
    organisation_id: int
    organisation: str = Field(description="The organisation that leads it.")
    country: str = Field(description="Where it works, as two letters.")
    tasks: list[str] = Field(description="What whoever is shared does.")
    financed_by: str = Field(description="Who pays.")
    lasts: str = Field(description="How long, in words.")
    members: int = Field(description="How many municipalities are in it.")
    version: int
    page: str = ""


class NetworkMemberOut(Out):
    """A municipality of a network, or one that is asked."""

    organisation_id: int
    organisation_key: str
    organisation: str
    region: str | None
    answer: str | None = Field(description="yes, no, or null while it is open.")


class WholeNetworkOut(NetworkOut):
    """A network with its municipalities."""

    municipalities: list[NetworkMemberOut] = Field(description="As far as the reader may know of them.")


class NetworksOut(Out):
    """All networks."""

    items: list[NetworkOut] = Field(description="By name.")


class ContactOut(Out):
    """A request for contact between two municipalities."""

    id: int
    need_reference: str = Field(description="The need of who asks.")
    asked_reference: str = Field(description="The need of who is asked.")
    asking: str = Field(description="The municipality that asks.")
    asked: str = Field(description="The municipality that is asked.")
    message: str = Field(description="What is said with it.")
    state: str
    asked_at: datetime = Field(description="When it was asked.")
    answer_by: date = Field(description="Till when it is open.")
    is_own: bool = Field(description="Whether the reader's own municipality asked.")
    contact: str = Field(description="Whom to speak to on the other side, after a yes.")
    contact_mail: str = Field(description="Their address, after a yes.")


class ContactsOut(Out):
    """Requests for contact of and to the own municipality."""

    items: list[ContactOut] = Field(
        description="Those that wait first, then the newest; all of them stand in the list."
    )


class FoundIn(NetworkInput):
    """A new network, and the number of the organisation that leads it."""

    version: SkipJsonSchema[int] = 0
    organisation_id: Id


class AskedIn(Given):
    """Municipalities, by their numbers."""

    organisation_ids: Annotated[list[Id], Field(min_length=1, max_length=98)]


class ForNetworkIn(AskedIn):
    """Municipalities that a network speaks for."""

    network_id: Id


class SaysIn(Given):
    """Yes or no."""

    says_yes: bool


def find_network(visit: Visit, key: str) -> NetworkView:
    """Raises NotFound."""
    found = networks.find_network(visit.session, key)
    if found is None:
        raise NotFound
    return found


def _find_led(visit: Visit, key: str) -> NetworkView:
    """A network that the actor leads. Raises NotFound and NotAllowed."""
    found = find_network(visit, key)
    require(may_lead_network(visit.actor, found))
    return found


def _facts(visit: Visit, network: NetworkView) -> dict[str, object]:
    told = {name: getattr(network, name) for name in NetworkOut.model_fields if name != "page"}
    return told | {"page": f"{visit.kit.site.base_url}/netvaerk/{network.key}"}


def show(visit: Visit, key: str) -> tuple[WholeNetworkOut, int]:
    found = find_network(visit, key)
    rows = networks.list_members(visit.session, visit.actor, found.id)
    told = _facts(visit, found) | {"municipalities": [NetworkMemberOut.model_validate(one) for one in rows]}
    return WholeNetworkOut.model_validate(told), found.version


def show_contacts(visit: Visit, _name: str = "") -> tuple[ContactsOut, None]:
    rows = partners.list_requests(visit.session, visit.actor).rows
    return ContactsOut(items=[ContactOut.model_validate(one) for one in rows]), None


doors = Doors(router, WholeNetworkOut, show, at="/netvaerk/{}")
needs = Doors(router, WholeNeedOut, show_need, at="/behov/{}")
contacts = Doors(router, ContactsOut, show_contacts)


@router.get("/netvaerk", dependencies=[anyone], response_model=NetworksOut)
def list_networks(visit: AVisit) -> Response:
    """All networks of municipalities."""
    rows = networks.list_networks(visit.session, visit.actor)
    return answer(visit, NetworksOut(items=[NetworkOut.model_validate(_facts(visit, one)) for one in rows]))


@doors.post("/netvaerk", may_found_networks, makes=True)
def found(visit: Visit, given: FoundIn) -> str:
    """A new network, led by an organisation."""
    network = NetworkInput.model_validate(given.model_dump(exclude={"organisation_id"}))
    return networks.found_network(visit.session, visit.actor, given.organisation_id, network).key


@router.get(NETWORK, dependencies=[anyone], response_model=WholeNetworkOut)
def show_network(visit: AVisit, key: Key) -> Response:
    """One network with its municipalities."""
    thing, version = show(visit, key)
    return answer(visit, thing, version=version)


@doors.put(NETWORK, may_lead_some_network)
def change(visit: Visit, upon: Upon, key: Key, given: NetworkInput) -> str:
    """Change what a network says of itself."""
    network = _find_led(visit, key)
    networks.edit_network(visit.session, visit.actor, network.id, upon(network.version, given))
    return network.key


@doors.post(NETWORK + "/luk", may_lead_some_network)
def close(visit: Visit, key: Key) -> str:
    """Say that a network is over."""
    network = _find_led(visit, key)
    networks.close_network(visit.session, visit.actor, network.id)
    return network.key


@doors.post(NETWORK + "/genaabn", may_lead_some_network)
def reopen(visit: Visit, key: Key) -> str:
    """Say that a network is at work again."""
    network = _find_led(visit, key)
    networks.reopen_network(visit.session, visit.actor, network.id)
    return network.key


@doors.post(NETWORK + "/kommuner", may_lead_some_network)
def ask(visit: Visit, key: Key, given: AskedIn) -> str:
    """Ask municipalities whether the network may speak for them."""
    network = _find_led(visit, key)
    networks.ask_municipalities(visit.session, visit.actor, network.id, given.organisation_ids)
    return network.key


@doors.delete(NETWORK + "/kommuner/{organisation_id}", may_lead_some_network)
def remove(visit: Visit, key: Key, organisation_id: RowId) -> str:
    """Have a municipality in a network no more."""
    network = _find_led(visit, key)
    networks.remove_member(visit.session, visit.actor, network.id, organisation_id)
    return network.key


@doors.put(NETWORK + "/svar", may_answer_for_municipality)
def say(visit: Visit, key: Key, given: SaysIn) -> str:
    """Say yes or no for the own municipality; no also leaves."""
    network = find_network(visit, key)
    rows = networks.list_members(visit.session, visit.actor, network.id)
    own = next((one for one in rows if one.organisation_id == visit.actor.organisation_id), None)
    if own is None:
        raise NotFound
    networks.answer_network(visit.session, visit.actor, own.id, given.says_yes)
    return network.key


# --- needs: the facts of one municipality, entering those of a network, taking back


def _find_row(visit: Visit, need_id: int, organisation_id: int) -> int:
    """The version of the facts of a municipality that the actor may change. Raises NotFound."""
    rows = queries.list_municipalities_of(visit.session, visit.actor, need_id)
    row = next((one for one in rows if one.organisation_id == organisation_id), None)
    if row is None or not row.may_edit:
        raise NotFound
    return row.version


class FactsIn(NeedFacts):
    """The facts of one municipality, all of them."""

    version: Annotated[int, Field(ge=1, le=2**53, description="That was read, of these facts.")]


@needs.put(NEED + "/kommuner/{organisation_id}", may_enter_needs)
def change_facts(visit: Visit, reference: Reference, organisation_id: RowId, given: FactsIn) -> str:
    """Change what is told of one municipality that has the need: the own one, or one that a network speaks
    for."""
    said = find_said(visit, reference, "need")
    _find_row(visit, said.id, organisation_id)
    edit = NeedFactsEdit.model_validate(given.model_dump())
    service.edit_facts(visit.session, visit.actor, said.id, organisation_id, edit)
    return said.reference


@needs.delete(NEED + "/kommuner/{organisation_id}", may_enter_needs)
def leave(visit: Visit, reference: Reference, organisation_id: RowId) -> str:
    """Say that a municipality has the need no longer."""
    said = find_said(visit, reference, "need")
    _find_row(visit, said.id, organisation_id)
    service.leave_need(visit.session, visit.actor, said.id, organisation_id)
    return said.reference


@needs.post(NEED + "/netvaerk", may_enter_needs)
def join_for_network(visit: Visit, reference: Reference, given: ForNetworkIn) -> str:
    """Say that municipalities which a network speaks for have the need too."""
    said = find_said(visit, reference, "need")
    acted_for = service.find_acted_for(visit.session, visit.actor)
    require(acts_for(visit.actor, given.network_id, acted_for))
    ids = given.organisation_ids
    service.join_for_network(visit.session, visit.actor, said.id, given.network_id, ids)
    return said.reference


@needs.post(NEED + "/traek-tilbage", is_person)
def withdraw(visit: Visit, reference: Reference) -> str:
    """Take a need back, where no others have joined it."""
    said = find_said(visit, reference, "need")
    contributions.withdraw(visit.session, visit.actor, said.id)
    return said.reference


@needs.post(NEED + "/fortryd", is_person)
def restore(visit: Visit, reference: Reference) -> str:
    """Undo that a need was taken back."""
    said = find_said(visit, reference, "need")
    contributions.restore(visit.session, visit.actor, said.id)
    return said.reference


# --- asking for contact


@router.get("/kontakt", dependencies=[only(may_look_for_partners)], response_model=many(ContactOut))
def list_contacts(visit: AVisit, asked: AskedPlain) -> Response:
    """Requests for contact of and to the own municipality; those that wait for its answer first."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: partners.read_requests(session, actor, after, most))
    return answer_list(visit, asked, part, [ContactOut.model_validate(one) for one in part.rows])


@contacts.post(NEED + "/kontakt", may_ask_for_contact)
def ask_for_contact(visit: Visit, reference: Reference, given: ContactInput) -> str:
    """Ask another municipality that has the same need for contact."""
    said = find_said(visit, reference, "need")
    partners.ask_for_contact(visit.session, visit.actor, said.id, given)
    return ""


@contacts.put("/kontakt/{request_id}", may_look_for_partners)
def answer_contact(visit: Visit, request_id: RowId, given: SaysIn) -> str:
    """Say yes or no to a request for contact, once. After a yes both see whom to write to."""
    partners.answer_request(visit.session, visit.actor, request_id, given.says_yes)
    return ""


@contacts.delete("/kontakt/{request_id}", may_ask_for_contact)
def withdraw_contact(visit: Visit, request_id: RowId) -> str:
    """Take a request back that is not answered."""
    partners.withdraw_request(visit.session, visit.actor, request_id)
    return ""
