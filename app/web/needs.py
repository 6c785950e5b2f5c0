"""The needs of municipalities: the list, one need with who has it and how far it is, joining, leaving."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response

from app.core import i18n
from app.core.clock import today
from app.core.policy import NotFound, Refused, is_person, require
from app.domain.contributions.needs import queries, service
from app.domain.contributions.needs.policy import (
    acts_for,
    is_confidential,
    may_edit_need,
    may_enter_needs,
    may_note_some_state,
    may_note_state,
    may_register_needs,
)
from app.domain.contributions.needs.queries import (
    NeedFilters,
    NeedList,
    NeedMunicipalityView,
    NeedStateView,
    NeedView,
)
from app.domain.contributions.needs.schemas import (
    STATES,
    SYSTEM_TYPES,
    NeedFacts,
    NeedFactsEdit,
    NeedStateInput,
)
from app.domain.contributions.policy import is_out
from app.domain.contributions.queries import ContributionView, find_contribution
from app.domain.organisations.networks import NetworkMemberView, find_network, list_members
from app.domain.organisations.queries import get_organisation, list_municipalities
from app.domain.organisations.sizes import SIZES, size_of
from app.domain.strategies.crosswalk import mean_theme
from app.domain.strategies.queries import find_themes
from app.domain.users.strategists import list_networks_of
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import Around, Group, interest_form, path_of
from app.web.filters import address, address_of_page, page_number, typed, whole_number
from app.web.held import Held, look_at_held, show_mark
from app.web.labels import label
from app.web.life import Life, look_at_life
from app.web.need_words import refuse_need
from app.web.sending import find_rules
from app.web.wishes import bring_back, find_around, take_back

router = Router()

MOST_PAGES = 100_000
# Within how many months a contract ends, as it stands in the address.
ENDS = ("6", "12", "24", "36")
INTEREST_KINDS = ("pilot", "co_fund", "solved")


def _(text: str) -> str:
    """Marks words for translation; they are translated when they are shown."""
    return text


@dataclass
class NeedsPage(Page):
    template: ClassVar[str] = "needs/list.html"
    found: NeedList
    groups: list[Group]
    active: list[tuple[str, str]]
    words: str
    pages_at: str
    may_register: bool
    is_mine: bool
    may_look_for_mine: bool


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """A network that the reader acts for, and its municipalities that are not named yet."""

    id: int
    key: str
    name: str
    members: tuple[NetworkMemberView, ...]


@dataclass
class NeedPage(Page):
    """`is_theirs`: the reader's municipality has it. `networks`: those that the reader may enter for."""

    template: ClassVar[str] = "needs/show.html"
    said: ContributionView
    need: NeedView
    held_by: list[NeedMunicipalityView]
    states: list[NeedStateView]
    is_theirs: bool
    networks: list[NetworkChoice]
    around: Around
    form: Form
    held: Held
    rules: int | None
    life: Life
    state_form: Form
    network_form: Form
    may_join: bool
    may_edit: bool
    may_note: bool
    may_look: bool
    next_states: Sequence[str]
    today: date


@dataclass
class FactsPage(Page):
    """A municipality joins, or changes what it has said. `asks_size`: it does not follow from its number."""

    template: ClassVar[str] = "needs/facts.html"
    said: ContributionView
    need: NeedView
    form: Form
    municipality: str
    row: NeedMunicipalityView | None
    asks_size: bool
    theirs: bool = False


# --- the list


def read_need_filters(visit: Visit) -> NeedFilters:
    """What the address asks for; what cannot be is passed over."""
    asked = {name: typed(visit, name) for name in ("system", "stand", "stoerrelse", "region", "udloeber")}
    theme = typed(visit, "tema")
    network = typed(visit, "netvaerk")
    found = find_network(visit.session, network) if network else None
    return NeedFilters(
        theme_ids=tuple(mean_theme(visit.session, theme).ids) if theme else (),
        system_type=asked["system"] if asked["system"] in SYSTEM_TYPES else None,
        state=asked["stand"] if asked["stand"] in STATES else None,
        size=asked["stoerrelse"] if asked["stoerrelse"] in SIZES else None,
        region=asked["region"] or None,
        kle=typed(visit, "kle"),
        q=typed(visit, "q"),
        mine=typed(visit, "kun") == "vores" and may_register_needs(visit.actor),
        ends_by=_months_ahead(int(asked["udloeber"])) if asked["udloeber"] in ENDS else None,
        network_id=found.id if found else None,
    )


def _months_ahead(months: int) -> date:
    """The first day of the month so many months from now."""
    months += today().month - 1
    return date(today().year + months // 12, months % 12 + 1, 1)


@router.get("/behov", dependencies=[anyone])
def list_needs(visit: AVisit) -> Response:
    asked = read_need_filters(visit)
    found = queries.list_needs(visit.session, visit.actor, asked, page_number(visit, MOST_PAGES))
    return visit.page(_list_page(visit, asked, found))


def _list_page(visit: Visit, asked: NeedFilters, found: NeedList) -> NeedsPage:
    language = visit.language
    base = prefixed(language, "/behov")
    chosen: dict[str, object] = {
        "q": asked.q,
        "tema": typed(visit, "tema"),
        "system": asked.system_type,
        "stand": asked.state,
        "stoerrelse": asked.size,
        "region": asked.region,
        "udloeber": typed(visit, "udloeber") if asked.ends_by else None,
        "kle": asked.kle,
        "netvaerk": typed(visit, "netvaerk") if asked.network_id else None,
        "kun": "vores" if asked.mine else None,
    }
    say = i18n.catalogue(language).gettext
    groups = [
        Group("tema", say(_("Tema")), str(chosen["tema"] or ""), _theme_options(visit, chosen)),
        Group(
            "system",
            say(_("Slags system")),
            asked.system_type or "",
            [(one, label(language, "system_type", one), n) for one, n in found.by_system.items()],
        ),
        Group(
            "stand",
            say(_("Hvor langt")),
            asked.state or "",
            [(one, label(language, "need_state", one), n) for one, n in found.by_state.items()],
        ),
        Group(
            "stoerrelse",
            say(_("Kommunens størrelse")),
            asked.size or "",
            [(one, label(language, "municipality_size", one), None) for one in SIZES],  # type: ignore[misc]
        ),
        Group("region", say(_("Region")), asked.region or "", _region_options(visit)),
        Group(
            "udloeber",
            say(_("Kontrakt udløber")),
            str(chosen["udloeber"] or ""),
            [(one, say(_("inden for %s måneder")) % one, None) for one in ENDS],  # type: ignore[misc]
        ),
    ]
    active = []
    for group in groups:
        if group.chosen:
            words = next((name for value, name, _n in group.options if value == group.chosen), group.chosen)
            active.append((words, address(base, **chosen | {group.name: None})))
    for name in ("q", "kle", "netvaerk"):
        if chosen[name]:
            active.append((f"»{chosen[name]}«", address(base, **chosen | {name: None})))
    if asked.mine:
        active.append((say(_("Kun vores egne")), address(base, **chosen | {"kun": None})))
    return NeedsPage(
        found=found,
        groups=groups,
        active=active,
        words=asked.q,
        pages_at=address_of_page(base, **chosen),
        may_register=may_enter_needs(visit.actor),
        is_mine=asked.mine,
        may_look_for_mine=may_register_needs(visit.actor),
    )


def _theme_options(visit: Visit, chosen: Mapping[str, object]) -> list[tuple[str, str, int]]:
    counts = queries.count_themes(visit.session, visit.actor)
    themes = find_themes(visit.session, counts) if counts else {}
    options = [
        (
            f"{one.strategy_key}/{one.key}",
            one.name_en if visit.language == "en" and one.name_en else one.name,
            counts[one.id],
        )
        for one in sorted(themes.values(), key=lambda one: (-(one.period_from or 0), one.name))
    ]
    asked = str(chosen["tema"] or "")
    if asked and asked not in {value for value, _name, _count in options}:
        options.insert(0, (asked, asked, 0))
    return options


def _region_options(visit: Visit) -> list[tuple[str, str, int]]:
    regions = dict.fromkeys(one.region for one in list_municipalities(visit.session) if one.region)
    return [(name, name, None) for name in regions]  # type: ignore[misc]


# --- one need


def find_need_of(visit: Visit, reference: str) -> tuple[ContributionView, NeedView]:
    """A need that the reader sees, by its number. Raises NotFound."""
    said = find_contribution(visit.session, visit.actor, reference)
    need = queries.find_need(visit.session, visit.actor, said.id) if said and said.kind == "need" else None
    if said is None or need is None:
        raise NotFound
    return said, need


@router.get("/behov/{reference}", dependencies=[anyone])
def show_need(visit: AVisit, reference: str) -> Response:
    said = find_contribution(visit.session, visit.actor, reference)
    if said is None:
        return show_mark(visit, reference)
    if said.kind != "need" or said.reference != reference:
        return visit.go(path_of(said))
    return visit.page(make_need_page(visit, said))


def make_need_page(
    visit: Visit,
    said: ContributionView,
    form: Form | None = None,
    *,
    state_form: Form | None = None,
    network_form: Form | None = None,
    **forms: Form,
) -> NeedPage:
    """The page of a need; `form` is a municipality's mark that was refused, `forms` those of its life."""
    session, actor = visit.session, visit.actor
    need = queries.find_need(session, actor, said.id)
    if need is None:
        raise NotFound
    around = find_around(visit, said)
    held_by = queries.list_municipalities_of(session, actor, said.id)
    networks = list_networks_of(session, actor) if may_enter_needs(actor) else []
    acted_for = {one.id for one in networks}
    own = next((one for one in held_by if one.organisation_id == actor.organisation_id), None)
    is_open = is_out(said) and need.state != "dropped"
    is_shared = not is_confidential(said.visibility)
    may_look = is_open and any(one.may_edit for one in held_by)
    return NeedPage(
        said=said,
        need=need,
        held_by=held_by,
        states=queries.list_states(session, actor, said.id),
        is_theirs=own is not None and may_register_needs(actor),
        networks=_network_choices(visit, networks, held_by) if is_open and is_shared else [],
        around=around,
        form=form or interest_form(visit, around),
        held=look_at_held(visit, said),
        rules=find_rules(visit) if around.may_mark else None,
        life=look_at_life(visit, said, **forms),
        state_form=state_form or visit.blank(happened_on=today().isoformat()),
        network_form=network_form or visit.blank(),
        may_join=may_register_needs(actor) and own is None and is_open and is_shared,
        may_edit=may_edit_need(actor, said, need.network_id, acted_for),
        may_note=may_note_state(actor, said, need.network_id, acted_for) and said.status != "withdrawn",
        may_look=may_look,
        next_states=[state for state in STATES if state != need.state],
        today=today(),
    )


def _network_choices(
    visit: Visit, networks: Sequence[object], held_by: Sequence[NeedMunicipalityView]
) -> list[NetworkChoice]:
    there = {one.organisation_id for one in held_by}
    choices = []
    for network in networks:
        members = list_members(visit.session, visit.actor, network.id)  # type: ignore[attr-defined]
        left = tuple(one for one in members if one.answer == "yes" and one.organisation_id not in there)
        if left:
            choices.append(NetworkChoice(network.id, network.key, network.name, left))  # type: ignore[attr-defined]
    return choices


# --- having it


@router.get("/behov/{reference}/gaa-med", dependencies=[only(may_register_needs)])
def ask_to_join(visit: AVisit, reference: str) -> Response:
    said, need = find_need_of(visit, reference)
    if need.is_own:
        return visit.go(path_of(said))
    return visit.page(_facts_page(visit, said, need, visit.blank()))


@router.post("/behov/{reference}/gaa-med", dependencies=[only(may_register_needs)])
def join(visit: AVisit, form: SentForm, reference: str) -> Response:
    """Join; or only look at the form, filled in with what was typed in that of a new need."""
    said, need = find_need_of(visit, reference)
    if form.value("handling") != "gem":
        return visit.page(_facts_page(visit, said, need, form))
    if before := visit.done_before(form):
        return before
    given = form.read(NeedFacts)
    if given is None:
        return visit.page(_facts_page(visit, said, need, form), 422)
    try:
        service.join_need(visit.session, visit.actor, said.id, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_facts_page(visit, said, need, form), 422)
    return visit.done(form, f"{path_of(said)}#hvem", "need_joined")


def _facts_page(
    visit: Visit,
    said: ContributionView,
    need: NeedView,
    form: Form,
    row: NeedMunicipalityView | None = None,
    *,
    theirs: bool = False,
) -> FactsPage:
    organisation = get_organisation(
        visit.session, row.organisation_id if row else visit.actor.organisation_id or 0
    )
    if organisation is None:
        raise NotFound
    return FactsPage(
        said=said,
        need=need,
        form=form,
        municipality=organisation.short_name or organisation.name,
        row=row,
        asks_size=size_of(organisation.municipality_code) is None,
        theirs=theirs,
    )


def _find_row(visit: Visit, said: ContributionView, organisation_id: int) -> NeedMunicipalityView:
    """The row of a municipality that the actor may change. Raises NotFound."""
    rows = queries.list_municipalities_of(visit.session, visit.actor, said.id)
    row = next((one for one in rows if one.organisation_id == organisation_id), None)
    if row is None or not row.may_edit:
        raise NotFound
    return row


@router.get("/behov/{reference}/kommuner/{organisation_id:int}", dependencies=[only(may_enter_needs)])
def show_facts(visit: AVisit, reference: str, organisation_id: int) -> Response:
    said, need = find_need_of(visit, reference)
    row = _find_row(visit, said, organisation_id)
    return visit.page(_facts_page(visit, said, need, _facts_form(visit, row), row))


def _facts_form(visit: Visit, row: NeedMunicipalityView) -> Form:
    return visit.blank(
        size=row.size,
        contract_end=row.contract_end.strftime("%Y-%m") if row.contract_end else None,
        system_name=row.system_name,
        supplier=row.supplier,
        note=row.note,
        hidden=row.hidden,
        version=row.version,
    )


@router.post("/behov/{reference}/kommuner/{organisation_id:int}", dependencies=[only(may_enter_needs)])
def save_facts(visit: AVisit, form: SentForm, reference: str, organisation_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    said, need = find_need_of(visit, reference)
    row = _find_row(visit, said, organisation_id)
    given = form.read(NeedFactsEdit)
    if given is None:
        return visit.page(_facts_page(visit, said, need, form, row), 422)
    try:
        service.edit_facts(visit.session, visit.actor, said.id, organisation_id, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        is_stale = refusal.code == "stale"
        if is_stale:
            form.typed["version"] = [str(row.version)]
        page = _facts_page(visit, said, need, form, row, theirs=is_stale)
        return visit.page(page, 409 if is_stale else 422)
    return visit.done(form, f"{path_of(said)}#hvem", "need_facts_saved")


@router.post("/behov/{reference}/kommuner/{organisation_id:int}/forlad", dependencies=[only(may_enter_needs)])
def leave(visit: AVisit, form: SentForm, reference: str, organisation_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    said, need = find_need_of(visit, reference)
    row = _find_row(visit, said, organisation_id)
    try:
        service.leave_need(visit.session, visit.actor, said.id, organisation_id)
    except Refused as refusal:
        refuse_need(form, refusal)
        again = _facts_form(visit, row)
        again.errors = form.errors
        return visit.page(_facts_page(visit, said, need, again, row), 422)
    return visit.done(form, path_of(said), "need_left")


@router.post("/behov/{reference}/netvaerk", dependencies=[only(may_enter_needs)])
def join_for_network(visit: AVisit, form: SentForm, reference: str) -> Response:
    """Enter municipalities that a network speaks for."""
    if before := visit.done_before(form):
        return before
    said, _need = find_need_of(visit, reference)
    network_id = whole_number(form.value("network_id")) or 0
    require(acts_for(visit.actor, network_id, service.find_acted_for(visit.session, visit.actor)))
    ids = [whole_number(one) or 0 for one in form.values("organisation_ids")]
    try:
        service.join_for_network(visit.session, visit.actor, said.id, network_id, ids)
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(make_need_page(visit, said, network_form=form), 422)
    return visit.done(form, f"{path_of(said)}#hvem", "need_joined_by_network")


# --- how far it has come


@router.post("/behov/{reference}/stand", dependencies=[only(may_note_some_state)])
def note_state(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said, need = find_need_of(visit, reference)
    acted_for = service.find_acted_for(visit.session, visit.actor)
    require(may_note_state(visit.actor, said, need.network_id, acted_for))
    given = form.read(NeedStateInput)
    if given is None:
        return visit.page(make_need_page(visit, said, state_form=form), 422)
    try:
        service.note_state(visit.session, visit.actor, said.id, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        status = 409 if refusal.code == "stale" else 422
        return visit.page(make_need_page(visit, said, state_form=form), status)
    return visit.done(form, f"{path_of(said)}#vejen", "need_state_noted")


# --- taking it back


@router.post("/behov/{reference}/traek-tilbage", dependencies=[only(is_person)])
def withdraw_need(visit: AVisit, form: SentForm, reference: str) -> Response:
    try:
        return take_back(visit, form, reference)
    except Refused as refusal:
        said, _need = find_need_of(visit, reference)
        again = visit.blank()
        refuse_need(again, refusal)
        return visit.page(make_need_page(visit, said, again), 422)


@router.post("/behov/{reference}/fortryd", dependencies=[only(is_person)])
def restore_need(visit: AVisit, form: SentForm, reference: str) -> Response:
    return bring_back(visit, form, reference)
