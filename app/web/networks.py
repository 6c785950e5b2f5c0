"""Networks of municipalities: what they are, who is in them, who acts for them, and saying yes."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, require
from app.domain.contributions.needs.queries import NeedFilters, NeedList, list_needs
from app.domain.organisations import networks as service
from app.domain.organisations.models import Organisation
from app.domain.organisations.networks import (
    NetworkInput,
    NetworkMemberView,
    NetworkView,
)
from app.domain.organisations.policy import (
    may_answer_for_municipality,
    may_found_networks,
    may_lead_network,
    may_lead_some_network,
)
from app.domain.users import strategists
from app.domain.users.strategists import NetworkPersonView, StrategistView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import whole_number
from app.web.need_words import refuse_need

router = Router()


@dataclass
class NetworksPage(Page):
    """`asked`: those that ask the reader's municipality and wait for its answer."""

    template: ClassVar[str] = "networks/list.html"
    networks: list[NetworkView]
    asked: list[tuple[NetworkView, NetworkMemberView]]
    may_found: bool


@dataclass
class NetworkPage(Page):
    """`member`: the row of the reader's municipality, where it is asked or in it. `nameable`: whom the
    network may let act for it; `askable`: municipalities that it may ask; both for who leads it."""

    template: ClassVar[str] = "networks/show.html"
    network: NetworkView
    members: list[NetworkMemberView]
    waiting: list[NetworkMemberView]
    persons: list[NetworkPersonView]
    strategists: list[StrategistView]
    member: NetworkMemberView | None
    may_lead: bool
    nameable: list[StrategistView]
    askable: list[Organisation]
    needs: NeedList
    form: Form


@dataclass
class NetworkFormPage(Page):
    """A new network, or one that is changed. `leads`: organisations that may lead a new one."""

    template: ClassVar[str] = "networks/form.html"
    network: NetworkView | None
    form: Form
    leads: list[Organisation]
    theirs: bool = False


@router.get("/netvaerk", dependencies=[anyone])
def list_networks(visit: AVisit) -> Response:
    asked = service.list_asked(visit.session, visit.actor)
    return visit.page(
        NetworksPage(
            networks=service.list_networks(visit.session, visit.actor),
            asked=[one for one in asked if one[1].answer is None],
            may_found=may_found_networks(visit.actor),
        )
    )


# --- founding and changing


@router.get("/netvaerk/nyt", dependencies=[only(may_found_networks)])
def new_network(visit: AVisit) -> Response:
    return visit.page(_form_page(visit, visit.blank()))


def _form_page(
    visit: Visit, form: Form, network: NetworkView | None = None, *, theirs: bool = False
) -> NetworkFormPage:
    leads = [] if network else service.list_leads(visit.session)
    return NetworkFormPage(network, form, leads, theirs)


@router.post("/netvaerk/nyt", dependencies=[only(may_found_networks)])
def found(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    lead = whole_number(form.value("organisation_id"))
    given = _read(form)
    if lead is None:
        form.refuse("organisation_id", "unknown_network_lead")
    if given is None or lead is None:
        return visit.page(_form_page(visit, form), 422)
    try:
        network = service.found_network(visit.session, visit.actor, lead, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_form_page(visit, form), 422)
    return visit.done(form, f"/netvaerk/{network.key}", "network_saved")


def _read(form: Form) -> NetworkInput | None:
    """The form as a network: each line of the tasks is one."""
    lines = form.value("task_lines")
    form.typed["tasks"] = [line.strip() for line in lines.splitlines() if line.strip()]
    given = form.read(NetworkInput)
    if form.error("tasks"):
        form.errors["task_lines"] = form.errors.pop("tasks")
    return given


def _find(visit: Visit, key: str) -> NetworkView:
    network = service.find_network(visit.session, key)
    if network is None:
        raise NotFound
    return network


def _find_led(visit: Visit, key: str) -> NetworkView:
    """A network that the actor leads. Raises NotFound and NotAllowed."""
    network = _find(visit, key)
    require(may_lead_network(visit.actor, network))
    return network


@router.get("/netvaerk/{key}/rediger", dependencies=[only(may_lead_some_network)])
def show_edit(visit: AVisit, key: str) -> Response:
    network = _find_led(visit, key)
    return visit.page(_form_page(visit, _form_of(visit, network), network))


def _form_of(visit: Visit, network: NetworkView) -> Form:
    names = ("name", "text", "country", "financed_by", "lasts", "programme", "source_url", "version")
    values: dict[str, Any] = {name: getattr(network, name) for name in names}
    return visit.blank(**values, task_lines="\n".join(network.tasks))


@router.post("/netvaerk/{key}/rediger", dependencies=[only(may_lead_some_network)])
def save_edit(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    network = _find_led(visit, key)
    given = _read(form)
    if given is None:
        return visit.page(_form_page(visit, form, network), 422)
    try:
        service.edit_network(visit.session, visit.actor, network.id, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        is_stale = refusal.code == "stale"
        if is_stale:
            form.typed["version"] = [str(network.version)]
        page = _form_page(visit, form, network, theirs=is_stale)
        return visit.page(page, 409 if is_stale else 422)
    return visit.done(form, f"/netvaerk/{key}", "network_saved")


@router.post("/netvaerk/{key}/luk", dependencies=[only(may_lead_some_network)])
def close(visit: AVisit, form: SentForm, key: str) -> Response:
    """Over, or (`fortryd`) at work again."""
    if before := visit.done_before(form):
        return before
    network = _find_led(visit, key)
    if form.value("fortryd"):
        service.reopen_network(visit.session, visit.actor, network.id)
        return visit.done(form, f"/netvaerk/{key}", "network_reopened")
    service.close_network(visit.session, visit.actor, network.id)
    return visit.done(form, f"/netvaerk/{key}", "network_ended")


# --- one network


@router.get("/netvaerk/{key}", dependencies=[anyone])
def show_network(visit: AVisit, key: str) -> Response:
    return visit.page(_page(visit, _find(visit, key), visit.blank()))


def _page(visit: Visit, network: NetworkView, form: Form) -> NetworkPage:
    session, actor = visit.session, visit.actor
    rows = service.list_members(session, actor, network.id)
    may_lead = may_lead_network(actor, network)
    own = next((one for one in rows if one.organisation_id == actor.organisation_id), None)
    is_open = network.closed_at is None
    named = strategists.list_strategists(session, network.id)
    acting = {one.membership_id for one in named}
    nameable = strategists.list_nameable(session, actor, network.id) if may_lead and is_open else []
    return NetworkPage(
        network=network,
        members=[one for one in rows if one.answer == "yes"],
        waiting=[one for one in rows if one.answer != "yes"],
        persons=strategists.list_network_persons(session, network.id),
        strategists=named,
        member=own if may_answer_for_municipality(actor) else None,
        may_lead=may_lead,
        nameable=[one for one in nameable if one.membership_id not in acting],
        askable=service.list_askable(session, network) if may_lead and is_open else [],
        needs=list_needs(session, actor, NeedFilters(network_id=network.id)),
        form=form,
    )


@router.post("/netvaerk/{key}/spoerg", dependencies=[only(may_lead_some_network)])
def ask(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    network = _find_led(visit, key)
    ids = [whole_number(one) or 0 for one in form.values("organisation_ids")]
    try:
        service.ask_municipalities(visit.session, visit.actor, network.id, ids)
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_page(visit, network, form), 422)
    return visit.done(form, f"/netvaerk/{key}", "network_asked")


@router.post("/netvaerk/{key}/fjern", dependencies=[only(may_lead_some_network)])
def remove(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    network = _find_led(visit, key)
    organisation_id = whole_number(form.value("organisation_id")) or 0
    service.remove_member(visit.session, visit.actor, network.id, organisation_id)
    return visit.done(form, f"/netvaerk/{key}", "network_removed")


@router.post("/netvaerk/{key}/svar", dependencies=[only(may_answer_for_municipality)])
def answer(visit: AVisit, form: SentForm, key: str) -> Response:
    """Yes or no for the own municipality; no also leaves."""
    if before := visit.done_before(form):
        return before
    network = _find(visit, key)
    rows = service.list_members(visit.session, visit.actor, network.id)
    own = next((one for one in rows if one.organisation_id == visit.actor.organisation_id), None)
    if own is None:
        raise NotFound
    said = form.value("svar")
    if said not in ("ja", "nej"):
        form.refuse("svar", "contact_no_answer")
        return visit.page(_page(visit, network, form), 422)
    try:
        service.answer_network(visit.session, visit.actor, own.id, said == "ja")
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_page(visit, network, form), 422)
    return visit.done(form, f"/netvaerk/{key}", "network_yes" if said == "ja" else "network_no")


# --- who acts for it


@router.post("/netvaerk/{key}/strateg", dependencies=[only(may_lead_some_network)])
def name_strategist(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    network = _find_led(visit, key)
    membership_id = whole_number(form.value("membership_id")) or 0
    try:
        strategists.name_strategist(visit.session, visit.actor, network.id, membership_id)
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_page(visit, network, form), 422)
    return visit.done(form, f"/netvaerk/{key}", "strategist_named")


@router.post("/netvaerk/{key}/strateg/fjern", dependencies=[only(may_lead_some_network)])
def unname_strategist(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    network = _find_led(visit, key)
    membership_id = whole_number(form.value("membership_id")) or 0
    strategists.unname_strategist(visit.session, visit.actor, network.id, membership_id)
    return visit.done(form, f"/netvaerk/{key}", "strategist_gone")
