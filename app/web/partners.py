"""Municipalities with the same need; asking one for contact, and answering here or by a mail's link."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.contributions.needs.policy import may_enter_needs
from app.domain.contributions.needs.queries import (
    NeedMunicipalityView,
    NeedView,
    list_municipalities_of,
)
from app.domain.contributions.queries import ContributionView
from app.domain.following.schemas import LARGEST_ID
from app.domain.partners import service
from app.domain.partners.matching import Matches, list_matches
from app.domain.partners.policy import (
    may_answer_request,
    may_ask_for_contact,
    may_look_for_partners,
    may_withdraw_request,
)
from app.domain.partners.schemas import ContactInput
from app.domain.partners.service import Requests, RequestView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import typed, whole_number
from app.web.need_words import refuse_need
from app.web.needs import find_need_of

router = Router()

LINK = "/kontakt/{request_id:int}/{user_id:int}/{sealed}"


@dataclass
class MatchesPage(Page):
    """`for_whom`: whose need it is looked for; `others`: further municipalities that the reader acts for.

    `asked`: the requests of the own municipality about this need, by the id of who was asked.
    """

    template: ClassVar[str] = "partners/matches.html"
    said: ContributionView
    need: NeedView
    found: Matches
    for_whom: NeedMunicipalityView
    others: list[NeedMunicipalityView]
    asked: dict[int, RequestView]
    form: Form
    may_ask: bool


@dataclass
class RequestPage(Page):
    template: ClassVar[str] = "partners/request.html"
    request: RequestView
    form: Form
    may_answer: bool
    may_withdraw: bool


@dataclass
class LinkPage(Page):
    """The page behind the mail's link: for whoever holds it, without signing in."""

    template: ClassVar[str] = "partners/link.html"
    request: RequestView
    path: str
    error: str
    chosen: str


@dataclass
class RequestsPage(Page):
    template: ClassVar[str] = "partners/requests.html"
    found: Requests


# --- looking


@router.get("/behov/{reference}/ligesindede", dependencies=[only(may_enter_needs)])
def show_matches(visit: AVisit, reference: str) -> Response:
    wanted = whole_number(typed(visit, "kommune"))
    return visit.page(_matches_page(visit, reference, visit.blank(), wanted))


def _matches_page(
    visit: Visit, reference: str, form: Form, organisation_id: int | None = None
) -> MatchesPage:
    session, actor = visit.session, visit.actor
    said, need = find_need_of(visit, reference)
    rows = [one for one in list_municipalities_of(session, actor, said.id) if one.may_edit]
    own_first = sorted(rows, key=lambda one: one.organisation_id != actor.organisation_id)
    row = next((one for one in own_first if organisation_id in (None, one.organisation_id)), None)
    if row is None:
        raise NotFound
    found = list_matches(session, actor, said.id, row.organisation_id)
    is_own = row.organisation_id == actor.organisation_id
    requests = service.list_asked_about(session, actor, said.id) if is_own else []
    return MatchesPage(
        said=said,
        need=need,
        found=found,
        for_whom=row,
        others=[one for one in own_first if one.id != row.id],
        asked={one.asked_id: one for one in requests},
        form=form,
        may_ask=is_own and may_ask_for_contact(actor),
    )


@router.post("/behov/{reference}/kontakt", dependencies=[only(may_ask_for_contact)])
def ask(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said, _need = find_need_of(visit, reference)
    given = form.read(ContactInput)
    if given is None:
        return visit.page(_matches_page(visit, reference, form), 422)
    try:
        request = service.ask_for_contact(visit.session, visit.actor, said.id, given)
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_matches_page(visit, reference, form), 422)
    return visit.done(form, f"/kontakt/{request.id}", "contact_sent")


# --- the request


@router.get("/mit/kontakt", dependencies=[only(may_look_for_partners)])
def list_requests(visit: AVisit) -> Response:
    page = whole_number(typed(visit, "side"), 6) or 1
    return visit.page(RequestsPage(service.list_requests(visit.session, visit.actor, page)))


@router.get("/kontakt/{request_id:int}", dependencies=[only(may_look_for_partners)])
def show_request(visit: AVisit, request_id: int) -> Response:
    return visit.page(_request_page(visit, request_id, visit.blank()))


def _request_page(visit: Visit, request_id: int, form: Form) -> RequestPage:
    request = service.find_request(visit.session, visit.actor, min(request_id, LARGEST_ID))
    if request is None:
        raise NotFound
    is_open = request.state == "open"
    return RequestPage(
        request=request,
        form=form,
        may_answer=is_open and may_answer_request(visit.actor, request),
        may_withdraw=is_open and may_withdraw_request(visit.actor, request),
    )


@router.post("/kontakt/{request_id:int}", dependencies=[only(may_look_for_partners)])
def answer(visit: AVisit, form: SentForm, request_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    said = form.value("svar")
    page = _request_page(visit, request_id, form)
    if said not in ("ja", "nej"):
        form.refuse("svar", "contact_no_answer")
        return visit.page(page, 422)
    try:
        service.answer_request(visit.session, visit.actor, min(request_id, LARGEST_ID), said == "ja")
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_request_page(visit, request_id, form), 422)
    return visit.done(form, f"/kontakt/{request_id}", "contact_yes" if said == "ja" else "contact_no")


@router.post("/kontakt/{request_id:int}/traek-tilbage", dependencies=[only(may_ask_for_contact)])
def withdraw(visit: AVisit, form: SentForm, request_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        service.withdraw_request(visit.session, visit.actor, min(request_id, LARGEST_ID))
    except Refused as refusal:
        refuse_need(form, refusal)
        return visit.page(_request_page(visit, request_id, form), 422)
    return visit.done(form, f"/kontakt/{request_id}", "contact_withdrawn")


# --- by the mail's link


@router.get(LINK, dependencies=[anyone])
def show_link(visit: AVisit, request_id: int, user_id: int, sealed: str) -> Response:
    """What is asked, with both answers. Opening it changes nothing: scanners of mail open every link."""
    chosen = typed(visit, "svar")
    return _show_link(visit, request_id, user_id, sealed, chosen=chosen if chosen in ("ja", "nej") else "")


@router.post(LINK, dependencies=[anyone])
def answer_by_link(visit: AVisit, form: SentForm, request_id: int, user_id: int, sealed: str) -> Response:
    """Once; pressed again, the page says how it was answered."""
    said = form.value("svar")
    if said not in ("ja", "nej"):
        return _show_link(visit, request_id, user_id, sealed, error="contact_no_answer", status=422)
    ids = min(request_id, LARGEST_ID), min(user_id, LARGEST_ID)
    try:
        service.answer_by_link(visit.session, *ids, sealed, said == "ja")
    except Refused as refusal:
        return _show_link(visit, request_id, user_id, sealed, error=refusal.code, status=422)
    return _show_link(visit, request_id, user_id, sealed)


def _show_link(
    visit: Visit,
    request_id: int,
    user_id: int,
    sealed: str,
    *,
    chosen: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    ids = min(request_id, LARGEST_ID), min(user_id, LARGEST_ID)
    request = service.find_by_link(visit.session, *ids, sealed)
    page = LinkPage(
        request=request,
        path=f"/kontakt/{request_id}/{user_id}/{sealed}",
        error=visit.say(error) if error else "",
        chosen=chosen,
    )
    response = visit.page(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
