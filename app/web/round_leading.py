"""Holding a round of priorities: what is weighed, who decides, opening, counting, and why it came out so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, require
from app.domain.meetings.schemas import Version
from app.domain.organisations.network_models import Network
from app.domain.priorities import service
from app.domain.priorities.policy import may_decide_somewhere, may_hold_rounds
from app.domain.priorities.queries import (
    DeciderView,
    FitNeed,
    RoundCard,
    RoundView,
    list_fit_needs,
    list_rounds,
)
from app.domain.priorities.schemas import CancelInput, PublishInput, RoundEdit, RoundInput
from app.domain.users.houses import OfHouse, leads_organisation, list_acting_networks, list_of_house
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
from app.web.plan_pages import Difference, compare
from app.web.round_words import take_refusal
from app.web.rounds import LIST, ONE, get_held, make_round_page

router = Router()

FIRST_CRITERIA: Final = 2
MOST_CRITERIA: Final = 10
_CRITERION = re.compile(r"criterion-(\d{1,2})-(name|help|weight)")


@dataclass(frozen=True, slots=True)
class House:
    """Who holds a round: an organisation or a network, as the address calls it and by name."""

    word: str
    name: str
    organisation_id: int | None
    network_id: int | None


@dataclass
class ChooseHousePage(Page):
    template: ClassVar[str] = "rounds/choose.html"
    houses: list[House]


@dataclass
class WriteRoundPage(Page):
    """`round` is None for a new one. `parts`: the numbers of the criteria in the form. `earlier`: published
    rounds of the same house, which this one may follow."""

    template: ClassVar[str] = "rounds/write.html"
    round: RoundView | None
    house: House
    form: Form
    parts: list[int]
    needs: Sequence[FitNeed]
    people: Sequence[OfHouse]
    earlier: Sequence[RoundCard]
    action: str
    differences: Sequence[Difference] = ()


@dataclass
class EndRoundPage(Page):
    """Publishing, or calling off. `act`: the last word of the address."""

    template: ClassVar[str] = "rounds/end.html"
    round: RoundView
    act: str
    most: int
    form: Form


@dataclass
class ReplacePage(Page):
    template: ClassVar[str] = "rounds/replace.html"
    round: RoundView
    decider: DeciderView
    people: Sequence[OfHouse]
    form: Form


# --- preparing


@router.get(LIST + "/ny", dependencies=[only(may_decide_somewhere)])
def new_round(visit: AVisit) -> Response:
    houses = _list_houses(visit)
    chosen = next((one for one in houses if one.word == typed(visit, "hos")), None)
    house = chosen or (houses[0] if len(houses) == 1 else None)
    if house is None:
        return visit.page(ChooseHousePage(houses))
    form = visit.blank(
        method="ranking", visibility="own", need_ids=[str(n) for n in _came_with(visit, house)]
    )
    return visit.page(_write_page(visit, None, house, form))


def _list_houses(visit: Visit) -> list[House]:
    """For whom the actor may hold a round; at least one, or it is not allowed."""
    require(may_hold_rounds(visit.session, visit.actor))
    led = leads_organisation(visit.actor)
    networks = list_acting_networks(visit.session, visit.actor)
    own = [House("egen", visit.actor.organisation_name, led, None)] if led is not None else []
    return [*own, *(_house_of(one) for one in networks)]


def _house_of(network: Network) -> House:
    return House(network.key, network.name, None, network.id)


def _came_with(visit: Visit, house: House) -> list[int]:
    """The need that the address names, where it fits."""
    reference = typed(visit, "behov")
    if not reference:
        return []
    fit = list_fit_needs(visit.session, visit.actor, house.organisation_id, house.network_id)
    return [one.id for one in fit if one.reference == reference.upper()]


@router.post(LIST + "/ny", dependencies=[only(may_decide_somewhere)])
def make_round(visit: AVisit, form: SentForm) -> Response:
    houses = _list_houses(visit)
    house = next((one for one in houses if one.word == form.value("house")), None)
    if house is None:
        raise NotFound
    if form.value("do") == "kriterium":
        return visit.page(_write_page(visit, None, house, form, one_more=True))
    if before := visit.done_before(form):
        return before
    given = _as_round(form, house).read(RoundInput)
    if given is not None:
        try:
            made = service.make_round(visit.session, visit.actor, given)
            return visit.done(form, f"{LIST}/{made.key}", "round_made")
        except Refused as refusal:
            take_refusal(form, refusal)
    return visit.page(_write_page(visit, None, house, form), 422)


def _as_round(form: Form, house: House) -> Form:
    """The form as it is read: criteria as what they are, and the house put in by us. Errors come to the form
    itself."""
    read = Form(form.language, dict(form.typed), {})
    read.errors = form.errors
    criteria: list[Any] = []
    for number in _numbers_of(form):
        part = {name: form.value(f"criterion-{number}-{name}").strip() for name in ("name", "help", "weight")}
        if part["name"] or part["help"]:
            criteria.append({name: value for name, value in part.items() if value or name == "name"})
    if not criteria:
        form.refuse("criteria", "round_without_criteria")
    read.typed["criteria"] = criteria
    read.typed["network_id"] = [str(house.network_id or "")]
    if form.value("method") != "points":
        read.typed.pop("points", None)
    for name in ("need_ids", "decider_ids"):
        read.typed.setdefault(name, [])
    return read


def _numbers_of(form: Form) -> list[int]:
    """The numbers of the criteria that the form holds, in order."""
    return sorted({int(found[1]) for name in form.typed if (found := _CRITERION.fullmatch(name))})


def _write_page(
    visit: Visit,
    held: RoundView | None,
    house: House,
    form: Form,
    differences: Sequence[Difference] = (),
    *,
    one_more: bool = False,
) -> WriteRoundPage:
    session, actor = visit.session, visit.actor
    rounds, _total = list_rounds(
        session, actor, network_id=house.network_id, organisation_id=house.organisation_id
    )
    own_id = held.card.id if held is not None else None
    parts = _numbers_of(form) or list(range(1, FIRST_CRITERIA + 1))
    if one_more and len(parts) < MOST_CRITERIA:
        parts.append(max(parts) + 1)
    return WriteRoundPage(
        round=held,
        house=house,
        form=form,
        parts=parts,
        needs=list_fit_needs(session, actor, house.organisation_id, house.network_id),
        people=list_of_house(session, house.organisation_id, house.network_id),
        earlier=[one for one in rounds if one.state == "published" and one.id != own_id],
        action=f"{held.card.path}/ret" if held is not None else f"{LIST}/ny",
        differences=differences,
    )


@router.get(ONE + "/ret", dependencies=[only(may_decide_somewhere)])
def edit_page(visit: AVisit, key: str) -> Response:
    held, house = _find_house(visit, key)
    return visit.page(_write_page(visit, held, house, visit.blank(**_current(held))))


def _find_house(visit: Visit, key: str) -> tuple[RoundView, House]:
    held = get_held(visit, key)
    for house in _list_houses(visit):
        if house.word == (held.card.network_key or "egen"):
            return held, house
    raise NotFound


def _current(held: RoundView) -> dict[str, Any]:
    card = held.card
    values: dict[str, Any] = {
        "title": card.title,
        "about": held.about,
        "method": card.method,
        "points": card.points,
        "takes": card.takes,
        "visibility": card.visibility,
        "closes_on": card.closes_on,
        "follows_id": held.earlier.id if held.earlier else None,
        "need_ids": [str(one.id) for one in held.needs],
        "decider_ids": [str(one.user_id) for one in held.deciders],
        "version": held.version,
    }
    for number, one in enumerate(held.criteria, 1):
        values |= {
            f"criterion-{number}-name": one.name,
            f"criterion-{number}-help": one.help,
            f"criterion-{number}-weight": one.weight,
        }
    return values


@router.post(ONE + "/ret", dependencies=[only(may_decide_somewhere)])
def edit_round(visit: AVisit, form: SentForm, key: str) -> Response:
    held, house = _find_house(visit, key)
    if form.value("do") == "kriterium":
        return visit.page(_write_page(visit, held, house, form, one_more=True))
    if before := visit.done_before(form):
        return before
    given = _as_round(form, house).read(RoundEdit)
    if given is None:
        return visit.page(_write_page(visit, held, house, form), 422)
    try:
        service.edit_round(visit.session, visit.actor, held.card.id, given)
        return visit.done(form, held.card.path, "round_saved")
    except Refused as refusal:
        take_refusal(form, refusal)
        is_stale = refusal.code == "stale"
        plain = {name: value for name, value in _current(held).items() if not name.endswith("_ids")}
        differences = compare(form, plain) if is_stale else []
        return visit.page(_write_page(visit, held, house, form, differences), 409 if is_stale else 422)


# --- opening and counting


@router.post(ONE + "/aabn", dependencies=[only(may_decide_somewhere)])
def open_round(visit: AVisit, form: SentForm, key: str) -> Response:
    return _turn(visit, form, key, service.open_round, "round_opened")


@router.post(ONE + "/taelop", dependencies=[only(may_decide_somewhere)])
def close_round(visit: AVisit, form: SentForm, key: str) -> Response:
    return _turn(visit, form, key, service.close_round, "round_closed")


def _turn(visit: Visit, form: Form, key: str, verb: Any, notice: str) -> Response:
    if before := visit.done_before(form):
        return before
    held = get_held(visit, key)
    given = form.read(Version)
    try:
        verb(visit.session, visit.actor, held.card.id, given.version if given else 0)
    except Refused as refusal:
        form.errors.clear()
        # There are no fields on the page of a round.
        take_refusal(form, refusal, at="form")
        return visit.page(make_round_page(held, form), 409)
    return visit.done(form, held.card.path, notice)


# --- who decides


@router.get(ONE + "/deltagere/{decider_id:int}", dependencies=[only(may_decide_somewhere)])
def replace_page(visit: AVisit, key: str, decider_id: int) -> Response:
    return visit.page(_replace_page(visit, key, decider_id, visit.blank()))


def _replace_page(visit: Visit, key: str, decider_id: int, form: Form) -> ReplacePage:
    held, house = _find_house(visit, key)
    decider = next((one for one in held.deciders if one.id == decider_id), None)
    if decider is None:
        raise NotFound
    known = {one.user_id for one in held.deciders}
    people = list_of_house(visit.session, house.organisation_id, house.network_id)
    return ReplacePage(held, decider, [one for one in people if one.user_id not in known], form)


@router.post(ONE + "/deltagere/{decider_id:int}", dependencies=[only(may_decide_somewhere)])
def replace_decider(visit: AVisit, form: SentForm, key: str, decider_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    page = _replace_page(visit, key, decider_id, form)
    user_id = whole_number(form.value("user_id"))
    try:
        service.replace_decider(visit.session, visit.actor, page.round.card.id, decider_id, user_id)
    except Refused as refusal:
        take_refusal(form, refusal, at="user_id")
        return visit.page(page, 422)
    return visit.done(form, page.round.card.path, "round_replaced")


# --- the end of it


@router.get(ONE + "/udgiv", dependencies=[only(may_decide_somewhere)])
def publish_page(visit: AVisit, key: str) -> Response:
    return visit.page(_end_page(visit, key, "udgiv", None))


def _end_page(visit: Visit, key: str, act: str, form: Form | None) -> EndRoundPage:
    held = get_held(visit, key)
    most = max((one.score or 0 for one in held.needs), default=0)
    return EndRoundPage(held, act, most, form or visit.blank(version=held.version))


@router.post(ONE + "/udgiv", dependencies=[only(may_decide_somewhere)])
def publish_round(visit: AVisit, form: SentForm, key: str) -> Response:
    return _end(visit, form, key, "udgiv", PublishInput, service.publish_round, "round_published")


@router.get(ONE + "/aflys", dependencies=[only(may_decide_somewhere)])
def cancel_page(visit: AVisit, key: str) -> Response:
    return visit.page(_end_page(visit, key, "aflys", None))


@router.post(ONE + "/aflys", dependencies=[only(may_decide_somewhere)])
def cancel_round(visit: AVisit, form: SentForm, key: str) -> Response:
    return _end(visit, form, key, "aflys", CancelInput, service.cancel_round, "round_cancelled")


def _end(visit: Visit, form: Form, key: str, act: str, model: Any, verb: Any, notice: str) -> Response:
    if before := visit.done_before(form):
        return before
    page = _end_page(visit, key, act, form)
    given = form.read(model)
    if given is None:
        return visit.page(page, 422)
    try:
        verb(visit.session, visit.actor, page.round.card.id, given)
    except Refused as refusal:
        take_refusal(form, refusal)
        form.typed["version"] = [str(page.round.version)]
        return visit.page(page, 409 if refusal.code == "stale" else 422)
    return visit.done(form, page.round.card.path, notice)
