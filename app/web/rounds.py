"""Rounds in which named people put needs in order: what is weighed, one's own ballot, and what it came to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.priorities import service
from app.domain.priorities.policy import may_decide_somewhere, may_hold_rounds
from app.domain.priorities.queries import (
    PER_PAGE,
    CriterionView,
    DeciderView,
    RoundCard,
    RoundNeedView,
    RoundView,
    find_round,
    list_rounds,
    list_tasks,
)
from app.domain.priorities.schemas import VotesInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import count_pages, page_number, whole_number
from app.web.round_words import take_refusal

router = Router()

LIST: Final = "/behov/runder"
ONE: Final = LIST + "/{key}"
BALLOT: Final = ONE + "/min"
_MOVE = re.compile(r"(op|ned)-(\d{1,18})-(\d{1,18})")


@dataclass
class RoundsPage(Page):
    """`tasks`: the rounds that wait for the reader."""

    template: ClassVar[str] = "rounds/list.html"
    tasks: list[RoundCard]
    rounds: list[RoundCard]
    total: int
    page: int
    pages: int
    may_hold: bool


@dataclass
class RoundPage(Page):
    """`most`: the highest score, for the bars. `voters`: those whose votes the reader may read."""

    template: ClassVar[str] = "rounds/show.html"
    round: RoundView
    most: int
    voters: list[DeciderView]
    form: Form


@dataclass(frozen=True, slots=True)
class BallotPart:
    """One criterion on the ballot, its needs in the order that they have in it. `given`: points so far."""

    criterion: CriterionView
    needs: Sequence[RoundNeedView]
    given: int


@dataclass
class BallotPage(Page):
    template: ClassVar[str] = "rounds/ballot.html"
    round: RoundView
    decider: DeciderView
    parts: list[BallotPart]
    form: Form


# --- reading


@router.get(LIST, dependencies=[anyone])
def show_rounds(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    rounds, total = list_rounds(session, actor)
    pages = count_pages(total, PER_PAGE)
    page = page_number(visit, pages)
    if page > 1:
        rounds, total = list_rounds(session, actor, page=page)
    return visit.page(
        RoundsPage(
            tasks=list_tasks(session, actor),
            rounds=rounds,
            total=total,
            page=page,
            pages=pages,
            may_hold=may_decide_somewhere(actor) and may_hold_rounds(session, actor),
        )
    )


def get_round(visit: Visit, key: str) -> RoundView:
    """The round, for who may see it."""
    held = find_round(visit.session, visit.actor, key)
    if held is None:
        raise NotFound
    return held


def get_held(visit: Visit, key: str) -> RoundView:
    """The round, by one who holds it. What cannot be seen is missing, before anybody is refused."""
    held = get_round(visit, key)
    if not held.may_hold:
        raise NotAllowed("not_allowed")
    return held


@router.get(ONE, dependencies=[anyone])
def show_round(visit: AVisit, key: str) -> Response:
    return visit.page(make_round_page(get_round(visit, key), visit.blank()))


def make_round_page(held: RoundView, form: Form) -> RoundPage:
    voters = [one for one in held.deciders if held.sees_result and one.votes is not None]
    most = max((one.score or 0 for one in held.needs), default=0)
    return RoundPage(round=held, most=most, voters=voters, form=form)


# --- one's own ballot


@router.get(BALLOT, dependencies=[only(may_decide_somewhere)])
def show_ballot(visit: AVisit, key: str) -> Response:
    held, own = _find_own(visit, key)
    typed = {
        _field(criterion_id, need_id): value
        for criterion_id, given in (own.votes or {}).items()
        for need_id, value in given.items()
    }
    return visit.page(_ballot_page(held, own, visit.blank(**typed, version=own.version)))


def _find_own(visit: Visit, key: str) -> tuple[RoundView, DeciderView]:
    held = get_round(visit, key)
    if held.own is None:
        raise NotAllowed("not_allowed")
    return held, held.own


def _field(criterion_id: int, need_id: int) -> str:
    return f"v-{criterion_id}-{need_id}"


def _ballot_page(held: RoundView, own: DeciderView, form: Form) -> BallotPage:
    parts = []
    for criterion in held.criteria:
        typed = {
            one.id: whole_number(form.value(_field(criterion.id, one.id)).strip(), 4) for one in held.needs
        }
        needs = _in_order(held.needs, typed) if held.card.method == "ranking" else held.needs
        parts.append(BallotPart(criterion, needs, sum(value or 0 for value in typed.values())))
    return BallotPage(held, own, parts, form)


def _in_order(needs: Sequence[RoundNeedView], places: Mapping[int, int | None]) -> list[RoundNeedView]:
    """By the places given so far; those without one last, as the round has them."""
    return sorted(needs, key=lambda one: places[one.id] or len(needs) + 1)


@router.post(BALLOT, dependencies=[only(may_decide_somewhere)])
def fill_in(visit: AVisit, form: SentForm, key: str) -> Response:
    """Keep what is filled in; hand it in; or move a need one place and keep that."""
    if before := visit.done_before(form):
        return before
    held, own = _find_own(visit, key)
    do = form.value("do")
    anchor = ""
    if (move := _MOVE.fullmatch(do)) and held.card.method == "ranking":
        anchor = _move(held, form, move[1], int(move[2]), int(move[3]))
    given = _read_votes(held, form)
    if given is None:
        return visit.page(_ballot_page(held, own, form), 422)
    is_done = do == "aflever"
    try:
        verb = service.hand_in if is_done else service.save_votes
        verb(visit.session, visit.actor, held.card.id, given)
    except Refused as refusal:
        take_refusal(form, refusal)
        if refusal.code == "stale":
            form.typed["version"] = [str(own.version)]
        return visit.page(_ballot_page(held, own, form), 409 if refusal.code == "stale" else 422)
    if is_done:
        return visit.done(form, held.card.path, "round_handed_in")
    return visit.done(form, f"{held.card.path}/min{anchor}", None if anchor else "round_kept")


def _move(held: RoundView, form: Form, way: str, criterion_id: int, need_id: int) -> str:
    """Give all needs a place on that criterion, this one moved by one. Where on the page to go on from."""
    names = {one.id: _field(criterion_id, one.id) for one in held.needs}
    places = {number: whole_number(form.value(name).strip(), 4) for number, name in names.items()}
    order = [one.id for one in _in_order(held.needs, places)]
    if criterion_id not in {one.id for one in held.criteria} or need_id not in names:
        raise NotFound
    at = order.index(need_id)
    to = max(0, min(len(order) - 1, at - 1 if way == "op" else at + 1))
    order.insert(to, order.pop(at))
    for place, number in enumerate(order, 1):
        form.typed[names[number]] = [str(place)]
    return f"#kriterium-{criterion_id}"


def _read_votes(held: RoundView, form: Form) -> VotesInput | None:
    """What is filled in; None with a sentence at each field that is no number."""
    votes: list[dict[str, Any]] = []
    for criterion in held.criteria:
        for need in held.needs:
            name = _field(criterion.id, need.id)
            word = form.value(name).strip()
            value = whole_number(word, 4)
            if not word:
                continue
            if value is None:
                form.refuse(name, "int_parsing")
            elif value > 1000:
                form.refuse(name, "less_than_equal", le=1000)
            else:
                votes.append({"criterion_id": criterion.id, "need_id": need.id, "value": value})
    version = whole_number(form.value("version"), 9) or 0
    if form.errors:
        return None
    return VotesInput.model_validate({"votes": votes, "version": max(version, 1)})


@router.post(BALLOT + "/tag-tilbage", dependencies=[only(may_decide_somewhere)])
def take_back(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    held, _own = _find_own(visit, key)
    try:
        version = whole_number(form.value("version"), 9) or 0
        service.take_votes_back(visit.session, visit.actor, held.card.id, version)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(make_round_page(held, form), 409)
    return visit.done(form, f"{held.card.path}/min", "round_taken_back")
