"""Wishes: the list, one wish, sending one with what is like it in sight, the receipt, taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import beside, read
from app.core.policy import NotFound, Refused, is_person
from app.domain.contributions import queries, service
from app.domain.contributions.policy import is_own, may_send
from app.domain.contributions.queries import ContributionView, Listing
from app.domain.contributions.schemas import WishInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import TooMany
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import (
    Around,
    FilterBar,
    Reading,
    ThemeMenu,
    answer_by,
    interest_form,
    list_theme_menus,
    look_around,
    make_filter_bar,
    merge_accepted,
    path_of,
    read_filters,
    read_text,
    take_refusal,
)
from app.web.filters import page_number
from app.web.held import Held, look_at_held, show_mark
from app.web.life import Life, life_of
from app.web.sending import (
    count_sending,
    find_rules,
    refuse_for_now,
    show_brake,
    take_repetition,
    take_rules,
)
from app.web.tile_maps import TileMap, find_tile_map

router = Router()

MOST_PAGES = 100_000


@dataclass
class WishesPage(Page):
    template: ClassVar[str] = "wishes/list.html"
    listing: Listing
    bar: FilterBar
    may_send: bool


@dataclass
class WishPage(Page):
    template: ClassVar[str] = "wishes/show.html"
    wish: ContributionView
    around: Around
    form: Form
    held: Held
    rules: int | None
    life: Life
    country: TileMap | None


@dataclass
class NewWishPage(Page):
    """`rules`: the version to be agreed to, or None. `before`: the number of the same text sent before."""

    template: ClassVar[str] = "wishes/new.html"
    form: Form
    menus: list[ThemeMenu]
    reading: Reading
    answer_by: date
    is_confirmed: bool
    rules: int | None
    is_preview: bool = False
    before: str | None = None


@dataclass
class ReadingPage(Page):
    """Only the block of what is like the text; fetched while somebody writes."""

    template: ClassVar[str] = "wishes/reading.html"
    reading: Reading
    is_alone: bool = True


@dataclass
class ReceiptPage(Page):
    template: ClassVar[str] = "wishes/receipt.html"
    contribution: ContributionView


@router.get("/oensker", dependencies=[anyone])
def list_wishes(visit: AVisit) -> Response:
    asked = read_filters(visit)
    page = page_number(visit, MOST_PAGES)
    found = queries.list_wishes(visit.session, visit.actor, asked, page)
    bar = make_filter_bar(visit, "/oensker", asked, found)
    return visit.page(WishesPage(listing=found.listing, bar=bar, may_send=may_send(visit.actor)))


@router.get("/oensker/nyt", dependencies=[only(may_send)])
def new_wish(visit: AVisit) -> Response:
    return visit.page(_new_page(visit, visit.blank(), find_rules(visit)))


@router.post("/oensker/nyt", dependencies=[only(may_send)])
def send_wish(visit: AVisit, form: SentForm) -> Response:
    merge_accepted(form)
    rules, act = find_rules(visit), form.value("handling")
    if act == "lignende":
        return visit.page(_new_page(visit, form, rules))
    given = form.read(WishInput)
    if act == "vis":
        is_whole = given is not None
        return visit.page(_new_page(visit, form, rules, is_preview=is_whole), 200 if is_whole else 422)
    if given is not None and (before := visit.done_before(form)):
        return before
    take_rules(visit, form, rules)
    if given is None or form.errors:
        return visit.page(_new_page(visit, form, rules), 422)
    try:
        count_sending(visit)
        wish = service.send_wish(visit.session, visit.actor, given, visit.kit.site.answer_within_days)
    except TooMany as stop:
        refuse_for_now(form, stop)
        return show_brake(visit, _new_page(visit, form, rules), stop)
    except Refused as refusal:
        before_it = take_repetition(form, refusal)
        take_refusal(form, refusal)
        return visit.page(_new_page(visit, form, rules, before=before_it), 422)
    return visit.done(form, f"/oensker/{wish.reference}/kvittering")


def _new_page(
    visit: Visit,
    form: Form,
    rules: int | None,
    *,
    is_preview: bool = False,
    before: str | None = None,
) -> NewWishPage:
    return NewWishPage(
        form=form,
        menus=list_theme_menus(visit),
        reading=_read(visit, form.value("title"), form.value("body"), form.values("theme_ids")),
        answer_by=answer_by(visit),
        is_confirmed=visit.actor.is_confirmed,
        rules=rules,
        is_preview=is_preview,
        before=before,
    )


def _read(
    visit: Visit, title: str, body: str, chosen: Sequence[str], accepted: Sequence[str] = ()
) -> Reading:
    return read_text(visit, f"{title}\n{body}", chosen, accepted)


@router.get("/oensker/lignende", dependencies=[only(may_send)])
def read_while_writing(visit: AVisit) -> Response:
    """The block beside the form, for the text as it stands now; wishes and ideas both fetch it here."""
    typed = visit.request.query_params
    text = "\n".join(typed.get(name, "") for name in ("title", "body", "problem", "proposal"))
    reading = read_text(visit, text, typed.getlist("theme_ids"), typed.getlist("accepted_theme_ids"))
    return visit.page(ReadingPage(reading=reading))


@router.get("/oensker/{reference}", dependencies=[anyone])
def show_wish(visit: AVisit, reference: str) -> Response:
    wish = queries.find_contribution(visit.session, visit.actor, reference)
    if wish is None:
        return show_mark(visit, reference)
    if wish.kind != "wish" or wish.reference != reference:
        return visit.go(path_of(wish))
    return visit.page(make_wish_page(visit, wish))


def find_said(visit: Visit, reference: str) -> ContributionView:
    """The contribution, whatever its kind. Raises NotFound."""
    found = queries.find_contribution(visit.session, visit.actor, reference)
    if found is None:
        raise NotFound
    return found


def find_around(visit: Visit, contribution: ContributionView) -> Around:
    """Interest, and what this reader may do."""
    interests = queries.list_interests(visit.session, visit.actor, contribution.id)
    return look_around(visit.actor, contribution, interests)


def make_wish_page(visit: Visit, wish: ContributionView, form: Form | None = None, **forms: Form) -> WishPage:
    """The page of a wish; `form` is a municipality's mark that was refused, `forms` those of its life."""
    interests, life = read(
        visit.session, beside(queries.interests_in(visit.actor, wish.id), life_of(visit, wish, **forms))
    )
    around = look_around(visit.actor, wish, interests)
    return WishPage(
        wish=wish,
        around=around,
        form=form or interest_form(visit, around),
        held=look_at_held(visit, wish),
        rules=find_rules(visit) if around.may_mark else None,
        life=life,
        country=find_tile_map(visit, wish.id) if around.interests else None,
    )


@router.get("/oensker/{reference}/kvittering", dependencies=[only(is_person)])
def wish_receipt(visit: AVisit, reference: str) -> Response:
    return show_receipt(visit, reference, "wish")


def show_receipt(visit: Visit, reference: str, kind: str) -> Response:
    """The receipt for what was sent; for its own people only."""
    sent = find_said(visit, reference)
    if sent.kind != kind or not is_own(visit.actor, sent):
        raise NotFound
    if sent.answer_by is None or (sent.is_hidden and not sent.is_waiting):
        return visit.go(path_of(sent))
    return visit.page(ReceiptPage(contribution=sent))


@router.post("/oensker/{reference}/traek-tilbage", dependencies=[only(is_person)])
def withdraw_wish(visit: AVisit, form: SentForm, reference: str) -> Response:
    return take_back(visit, form, reference)


@router.post("/oensker/{reference}/fortryd", dependencies=[only(is_person)])
def restore_wish(visit: AVisit, form: SentForm, reference: str) -> Response:
    return bring_back(visit, form, reference)


def take_back(visit: Visit, form: Form, reference: str) -> Response:
    """Withdraw a wish or an idea, and show it as it is then."""
    if before := visit.done_before(form):
        return before
    said = find_said(visit, reference)
    service.withdraw(visit.session, visit.actor, said.id)
    return visit.done(form, path_of(said), "said_withdrawn")


def bring_back(visit: Visit, form: Form, reference: str) -> Response:
    """Undo a withdrawal."""
    if before := visit.done_before(form):
        return before
    said = find_said(visit, reference)
    service.restore(visit.session, visit.actor, said.id)
    return visit.done(form, path_of(said), "said_restored")
