"""Registering a need: what is like it first, one form that keeps itself; and changing its words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi.responses import Response
from pydantic import Field, ValidationError

from app.core import i18n
from app.core.clock import now
from app.core.policy import NotFound, Refused, require
from app.domain.contributions.needs import drafting, service
from app.domain.contributions.needs.alike import SimilarNeed, find_similar
from app.domain.contributions.needs.drafting import TypedNeedView
from app.domain.contributions.needs.policy import (
    is_confidential,
    may_edit_need,
    may_enter_needs,
    may_register_needs,
    may_type_needs,
)
from app.domain.contributions.needs.queries import NeedView, NeedWording, list_wordings
from app.domain.contributions.needs.schemas import (
    MOST_REPRESENTED,
    NeedEdit,
    NeedFacts,
    NeedInput,
    NeedWords,
    SimilarInput,
    TypedNeedInput,
)
from app.domain.contributions.policy import is_own, may_send
from app.domain.contributions.queries import ContributionView
from app.domain.contributions.schemas import Id
from app.domain.organisations.networks import NetworkMemberView, list_members
from app.domain.organisations.queries import get_organisation
from app.domain.organisations.sizes import size_of
from app.domain.users.strategists import list_networks_of
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import TooMany, count_against
from app.http.pages import Page
from app.http.queued import stop_response, taken_response
from app.http.visit import AVisit, Visit, only
from app.web.contributions import ThemeMenu, answer_by, list_theme_menus, path_of
from app.web.filters import typed as typed_in_address
from app.web.filters import whole_number
from app.web.need_words import refuse_need
from app.web.needs import find_need_of
from app.web.sending import count_sending, find_rules, refuse_for_now, show_brake, take_repetition, take_rules

router = Router()

TYPED_PER_HOUR = 3000
_HOUR = timedelta(hours=1)


class NeedForm(NeedWords, NeedFacts):
    """The whole form of a new need: its words, the own municipality's facts, and for whom."""

    network_id: Id | None = None
    organisation_ids: Annotated[list[Id], Field(max_length=MOST_REPRESENTED)] = []


@dataclass(frozen=True, slots=True)
class Represented:
    """A network that the reader acts for, with the municipalities that have said yes to it."""

    id: int
    name: str
    members: tuple[NetworkMemberView, ...]


@dataclass
class NewNeedPage(Page):
    """`own`: the municipality that the need is registered for; empty for who only acts for networks.

    `rules`: the version to be agreed to, or None. `before`: the number of the same text sent before.
    """

    template: ClassVar[str] = "needs/new.html"
    form: Form
    own: str
    asks_size: bool
    networks: list[Represented]
    menus: list[ThemeMenu]
    similar: list[SimilarNeed]
    is_typed: bool
    answer_by: date
    rules: int | None
    may_wish: bool
    before: str | None = None
    begun: list[TypedNeedView] = field(default_factory=list)


@dataclass
class SimilarPage(Page):
    """Only the block of needs like the one that is typed; fetched while somebody writes."""

    template: ClassVar[str] = "needs/similar.html"
    similar: list[SimilarNeed]
    own: str
    is_typed: bool
    is_alone: bool = True


@dataclass
class EditNeedPage(Page):
    """`theirs`: the need as a colleague saved it meanwhile."""

    template: ClassVar[str] = "needs/edit.html"
    said: ContributionView
    need: NeedView
    form: Form
    menus: list[ThemeMenu]
    wordings: list[NeedWording]
    theirs: bool = False


@dataclass
class ReceiptPage(Page):
    template: ClassVar[str] = "needs/receipt.html"
    said: ContributionView
    need: NeedView
    may_look: bool


# --- a new one


@router.get("/behov/nyt", dependencies=[only(may_enter_needs)])
def new_need(visit: AVisit) -> Response:
    wanted = typed_in_address(visit, "kladde")
    kept = drafting.find_typed(visit.session, visit.actor, wanted) if wanted else None
    if kept is None:
        theme = whole_number(typed_in_address(visit, "tema"))
        form = visit.blank(theme_ids=[theme] if theme else [], typed_version=0, visibility="public")
        return visit.page(_new_page(visit, form, find_rules(visit), with_begun=True))
    fields: dict[str, object] = dict(kept.fields)
    for name in ("theme_ids", "organisation_ids", "hidden"):
        fields[name] = kept.fields.get(name, "").split()
    form = visit.blank(**fields, key=kept.key, typed_version=kept.version)
    return visit.page(_new_page(visit, form, find_rules(visit)))


def _new_page(
    visit: Visit, form: Form, rules: int | None, *, before: str | None = None, with_begun: bool = False
) -> NewNeedPage:
    session, actor = visit.session, visit.actor
    organisation = None
    if may_register_needs(actor) and actor.organisation_id is not None:
        organisation = get_organisation(session, actor.organisation_id)
    networks = [
        Represented(
            one.id,
            one.name,
            tuple(row for row in list_members(session, actor, one.id) if row.answer == "yes"),
        )
        for one in list_networks_of(session, actor)
    ]
    is_typed, similar = _look_for_similar(visit, form)
    return NewNeedPage(
        form=form,
        own=(organisation.short_name or organisation.name) if organisation else "",
        asks_size=organisation is not None and size_of(organisation.municipality_code) is None,
        networks=networks,
        menus=list_theme_menus(visit),
        similar=similar,
        is_typed=is_typed,
        answer_by=answer_by(visit),
        rules=rules,
        may_wish=may_send(actor),
        before=before,
        begun=drafting.list_typed(session, actor) if with_begun else [],
    )


def _look_for_similar(visit: Visit, form: Form) -> tuple[bool, list[SimilarNeed]]:
    """Whether anything is typed yet, and the needs like it."""
    raw = {name: form.value(name) for name in ("title", "body", "kle")}
    themes = [one for one in map(whole_number, form.values("theme_ids")) if one]
    try:
        given = SimilarInput.model_validate(
            raw | {"theme_ids": themes, "system_type": form.value("system_type") or None}
        )
    except ValidationError:
        given = SimilarInput(title=raw["title"][:400], body=raw["body"][:10_000])
    is_typed = bool(given.title.strip() or given.body.strip() or given.kle or given.system_type)
    return is_typed, find_similar(visit.session, visit.actor, given) if is_typed else []


@router.get("/behov/lignende", dependencies=[only(may_enter_needs)])
def read_while_writing(visit: AVisit) -> Response:
    """The block beside the form, for what is typed as it stands now."""
    asked = visit.request.query_params
    form = visit.blank(
        **{name: asked.get(name, "") for name in ("title", "body", "kle", "system_type")},
        theme_ids=asked.getlist("theme_ids"),
    )
    is_typed, similar = _look_for_similar(visit, form)
    organisation = None
    if may_register_needs(visit.actor):
        organisation = get_organisation(visit.session, visit.actor.organisation_id or 0)
    own = (organisation.short_name or organisation.name) if organisation else ""
    return visit.page(SimilarPage(similar, own, is_typed))


@router.post("/behov/nyt", dependencies=[only(may_enter_needs)])
def register(visit: AVisit, form: SentForm) -> Response:
    if form.value("handling") == "lignende":
        return visit.page(_new_page(visit, form, find_rules(visit)))
    if before := visit.done_before(form):
        return before
    # Asked before they are agreed to: what is refused keeps the box.
    given, rules = form.read(NeedForm), find_rules(visit)
    if given is not None and given.network_id is None and not may_register_needs(visit.actor):
        form.refuse("network_id", "missing")
    take_rules(visit, form, rules)
    if given is None or form.errors:
        return visit.page(_new_page(visit, form, rules), 422)
    try:
        count_sending(visit)
        need = service.register_need(
            visit.session, visit.actor, _as_input(given), visit.kit.site.answer_within_days
        )
        drafting.finish_typed(visit.session, visit.actor, form.key)
    except TooMany as stop:
        refuse_for_now(form, stop)
        return show_brake(visit, _new_page(visit, form, rules), stop)
    except Refused as refusal:
        same = take_repetition(form, refusal)
        if same is None:
            refuse_need(form, refusal)
        return visit.page(_new_page(visit, form, rules, before=same), 422)
    return visit.done(form, f"/behov/{need.reference}/kvittering")


def _as_input(given: NeedForm) -> NeedInput:
    words = {name: getattr(given, name) for name in NeedWords.model_fields}
    facts = NeedFacts()
    if given.network_id is None:
        facts = NeedFacts.model_validate({name: getattr(given, name) for name in NeedFacts.model_fields})
    ids = given.organisation_ids if given.network_id is not None else []
    return NeedInput.model_validate(
        words | {"facts": facts, "network_id": given.network_id, "organisation_ids": ids}
    )


@router.get("/behov/{reference}/kvittering", dependencies=[only(may_enter_needs)])
def show_receipt(visit: AVisit, reference: str) -> Response:
    """The receipt; for its own people only."""
    said, need = find_need_of(visit, reference)
    if not is_own(visit.actor, said):
        raise NotFound
    may_look = need.is_own and not is_confidential(said.visibility)
    return visit.page(ReceiptPage(said, need, may_look))


# --- what is being typed


@router.post("/behov/kladde", dependencies=[only(may_type_needs)])
def keep_typed(visit: AVisit, form: SentForm) -> Response:
    """Keep the form as it stands; asked by the page's own script again and again."""
    try:
        count_against(visit.session, f"type:{visit.actor.user_id}", TYPED_PER_HOUR, _HOUR)
        row = drafting.keep_typed(visit.session, visit.actor, _typed_input(form))
    except ValidationError as wrong:
        code = wrong.errors(include_url=False, include_input=False)[0]["type"]
        return _not_kept(visit, "typed_too_much" if code in ("string_too_long", "too_long") else code, 422)
    except Refused as refusal:
        return _not_kept(visit, "typed_elsewhere" if refusal.code == "stale" else refusal.code, 409)
    except TooMany as stop:
        refuse_for_now(form, stop)
        visit.is_refused = True
        return stop_response(form.errors["form"], 429)
    clock = i18n.format_time(now(), visit.language)
    return taken_response(version=row.version, say=visit.say("typed_saved", time=clock))


def _typed_input(form: Form) -> TypedNeedInput:
    fields = {name: form.value(name) for name in form.typed if name in NeedForm.model_fields}
    for name in ("theme_ids", "organisation_ids", "hidden"):
        fields[name] = " ".join(form.values(name))
    version = whole_number(form.value("typed_version"), digits=9) or 0
    return TypedNeedInput(key=form.key, fields=fields, version=version)


def _not_kept(visit: Visit, code: str, status: int) -> Response:
    visit.is_refused = True
    return stop_response(visit.say(code), status)


@router.post("/behov/kladde/slet", dependencies=[only(may_type_needs)])
def throw_away(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    drafting.drop_typed(visit.session, visit.actor, form.value("kladde"))
    return visit.done(form, "/behov/nyt", "need_thrown_away")


# --- changing what it says


def _find_editable(visit: Visit, reference: str) -> tuple[ContributionView, NeedView]:
    said, need = find_need_of(visit, reference)
    acted_for = service.find_acted_for(visit.session, visit.actor)
    require(may_edit_need(visit.actor, said, need.network_id, acted_for))
    return said, need


@router.get("/behov/{reference}/ret", dependencies=[only(may_enter_needs)])
def show_edit(visit: AVisit, reference: str) -> Response:
    said, need = _find_editable(visit, reference)
    form = visit.blank(
        title=said.title,
        body=said.body,
        theme_ids=[theme.id for theme in said.themes],
        system_type=need.system_type,
        system_other=need.system_other,
        kle=need.kle,
        visibility=said.visibility,
        version=said.version,
    )
    return visit.page(_edit_page(visit, said, need, form))


def _edit_page(
    visit: Visit, said: ContributionView, need: NeedView, form: Form, *, theirs: bool = False
) -> EditNeedPage:
    wordings: Sequence[NeedWording] = list_wordings(visit.session, visit.actor, said.id)
    return EditNeedPage(said, need, form, list_theme_menus(visit), list(wordings), theirs)


@router.post("/behov/{reference}/ret", dependencies=[only(may_enter_needs)])
def save_edit(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said, need = _find_editable(visit, reference)
    given = form.read(NeedEdit)
    if given is None:
        return visit.page(_edit_page(visit, said, need, form), 422)
    try:
        days = visit.kit.site.answer_within_days
        service.edit_need(visit.session, visit.actor, said.id, given, days)
    except Refused as refusal:
        refuse_need(form, refusal)
        is_stale = refusal.code == "stale"
        if is_stale:
            form.typed["version"] = [str(said.version)]
        page = _edit_page(visit, said, need, form, theirs=is_stale)
        return visit.page(page, 409 if is_stale else 422)
    return visit.done(form, path_of(said), "need_saved")
