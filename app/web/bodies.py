"""Committees and boards: what they are there for, who sits in them, when they meet, what they recommend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotAllowed, NotFound, Refused, require
from app.domain.bodies import service
from app.domain.bodies.policy import may_have_a_place, may_lead, may_make_bodies, may_send_to
from app.domain.bodies.queries import (
    PER_PAGE,
    BodyCard,
    BodyMeetingView,
    BodyView,
    OwnBody,
    ReadingView,
    find_body,
    list_bodies,
    list_meetings,
    list_own_bodies,
    list_readings,
)
from app.domain.bodies.recommended import RecommendationCard, list_recommendations
from app.domain.bodies.schemas import BodyEdit, BodyInput
from app.domain.organisations.network_models import Network
from app.domain.users.houses import leads_organisation, list_acting_networks
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.body_words import take_refusal
from app.web.filters import count_pages, page_number
from app.web.plan_pages import Difference, compare

router = Router()

LIST: Final = "/udvalg"
ONE: Final = LIST + "/{key}"
# So many stand on the body's own page; the rest on theirs.
FIRST_MEETINGS: Final = 3
FIRST_RECOMMENDATIONS: Final = 6


@dataclass
class BodiesPage(Page):
    """`places`: those in which the reader has one."""

    template: ClassVar[str] = "bodies/list.html"
    places: list[OwnBody]
    bodies: list[BodyCard]
    total: int
    page: int
    pages: int
    may_make: bool


@dataclass
class BodyPage(Page):
    """`unread`: how many of `readings` the reader has not marked as read."""

    template: ClassVar[str] = "bodies/show.html"
    body: BodyView
    to_come: Sequence[BodyMeetingView]
    held: Sequence[BodyMeetingView]
    recommendations: Sequence[RecommendationCard]
    recommended: int
    readings: Sequence[ReadingView]
    unread: int
    may_send: bool
    may_read_list: bool


@dataclass
class WriteBodyPage(Page):
    """`body` is None for a new one. `networks`: those that the reader acts for; `own_name`: the organisation
    whose bodies the reader may make, empty for none."""

    template: ClassVar[str] = "bodies/write.html"
    body: BodyView | None
    form: Form
    networks: list[Network]
    own_name: str
    differences: Sequence[Difference] = ()


# --- reading


@router.get(LIST, dependencies=[anyone])
def show_bodies(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    bodies, total = list_bodies(session, actor)
    pages = count_pages(total, PER_PAGE)
    page = page_number(visit, pages)
    if page > 1:
        bodies, total = list_bodies(session, actor, page=page)
    return visit.page(
        BodiesPage(
            places=list_own_bodies(session, actor),
            bodies=bodies,
            total=total,
            page=page,
            pages=pages,
            may_make=may_have_a_place(actor) and may_make_bodies(session, actor),
        )
    )


def get_body(visit: Visit, key: str) -> BodyView:
    """The body, for who may see it."""
    body = find_body(visit.session, visit.actor, key)
    if body is None:
        raise NotFound
    return body


def get_kept_body(visit: Visit, key: str) -> BodyView:
    """The body, by one who keeps its papers. What cannot be seen is missing, before anybody is refused."""
    body = get_body(visit, key)
    if not body.place.keeps_papers:
        raise NotAllowed("not_allowed")
    return body


def get_led_body(visit: Visit, key: str) -> BodyView:
    body = get_body(visit, key)
    if not may_lead(body.place):
        raise NotAllowed("not_allowed")
    return body


@router.get(LIST + "/nyt", dependencies=[only(may_have_a_place)])
def new_body(visit: AVisit) -> Response:
    require(may_make_bodies(visit.session, visit.actor))
    networks = list_acting_networks(visit.session, visit.actor)
    only_network = networks[0].id if networks and leads_organisation(visit.actor) is None else None
    return visit.page(
        _write_page(
            visit, None, visit.blank(kind="section_17_4", visibility="public", network_id=only_network)
        )
    )


@router.get(ONE, dependencies=[anyone])
def show_body(visit: AVisit, key: str) -> Response:
    session, actor = visit.session, visit.actor
    body = get_body(visit, key)
    to_come, held = list_meetings(session, actor, body.card.id)
    recommendations, recommended = list_recommendations(session, actor, body_id=body.card.id)
    readings = list_readings(session, actor, body.card.id) if body.place.is_inside else []
    return visit.page(
        BodyPage(
            body=body,
            to_come=to_come[:FIRST_MEETINGS],
            held=held[:FIRST_MEETINGS],
            recommendations=recommendations[:FIRST_RECOMMENDATIONS],
            recommended=recommended,
            readings=readings,
            unread=sum(one.read_at is None for one in readings),
            may_send=may_send_to(body.place) and not body.card.is_over,
            may_read_list=body.place.is_inside,
        )
    )


# --- what it is


@router.post(LIST + "/nyt", dependencies=[only(may_have_a_place)])
def make_body(visit: AVisit, form: SentForm) -> Response:
    require(may_make_bodies(visit.session, visit.actor))
    if before := visit.done_before(form):
        return before
    given = _with_lines(form).read(BodyInput)
    if given is not None:
        try:
            body = service.make_body(visit.session, visit.actor, given)
            return visit.done(form, f"{LIST}/{body.key}/medlemmer", "body_made")
        except Refused as refusal:
            take_refusal(form, refusal)
    return visit.page(_write_page(visit, None, form), 422)


def _with_lines(form: Form) -> Form:
    """The form whose lines of text are read as the things that they are; errors come to the form itself."""
    read = Form(form.language, dict(form.typed), {})
    for name in ("mandate", "advises"):
        read.typed[name] = [line for line in form.value(name).splitlines() if line.strip()]
    read.errors = form.errors
    return read


def _write_page(
    visit: Visit, body: BodyView | None, form: Form, differences: Sequence[Difference] = ()
) -> WriteBodyPage:
    leads = leads_organisation(visit.actor) is not None
    return WriteBodyPage(
        body=body,
        form=form,
        networks=list_acting_networks(visit.session, visit.actor) if body is None else [],
        own_name=visit.actor.organisation_name if leads else "",
        differences=differences,
    )


@router.get(ONE + "/ret", dependencies=[only(may_have_a_place)])
def edit_page(visit: AVisit, key: str) -> Response:
    body = get_led_body(visit, key)
    return visit.page(_write_page(visit, body, visit.blank(**_current(body))))


def _current(body: BodyView) -> dict[str, Any]:
    card = body.card
    return {
        "kind": card.kind,
        "name": card.name,
        "about": body.about,
        "acts_by": body.acts_by,
        "visibility": card.visibility,
        "since": card.since,
        "ended_on": card.ended_on,
        "source_url": body.source_url,
        "mandate": "\n".join(one.text for one in body.mandate),
        "advises": "\n".join(one.text for one in body.advises),
        "version": body.version,
    }


@router.post(ONE + "/ret", dependencies=[only(may_have_a_place)])
def edit_body(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_led_body(visit, key)
    read = _with_lines(form)
    # It stays whose it is; the form does not ask.
    network_id = service.network_of(visit.session, body.card.id)
    read.typed["network_id"] = [str(network_id)] if network_id is not None else [""]
    given = read.read(BodyEdit)
    if given is None:
        return visit.page(_write_page(visit, body, form), 422)
    try:
        service.edit_body(visit.session, visit.actor, body.card.id, given)
        return visit.done(form, body.card.path, "body_saved")
    except Refused as refusal:
        take_refusal(form, refusal)
        is_stale = refusal.code == "stale"
        differences = compare(form, _current(body)) if is_stale else []
        return visit.page(_write_page(visit, body, form, differences), 409 if is_stale else 422)
