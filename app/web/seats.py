"""A person's own seat: an offer answered, a swap with a colleague, and the links that need no login."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused, is_person
from app.domain.meetings.queries import MeetingView
from app.domain.registrations import by_link, service, swaps
from app.domain.registrations.by_link import LinkedSignUp
from app.domain.registrations.policy import may_sign_up
from app.domain.registrations.queries import RegistrationView, find_own
from app.domain.registrations.schemas import SwapInput
from app.domain.registrations.swaps import SwapView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.meetings import open_meeting

router = Router()

CANCEL_LINK = "/tilmelding/{registration_id:int}/afmeld/{sealed}"
OFFER_LINK = "/tilmelding/{registration_id:int}/plads/{sealed}"
SWAP = "/moeder/{key}/tilmelding/byt"
ANSWER_SWAP = "/pladsbytte/{swap_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "offer_gone": _("Tilbuddet gælder ikke længere. Pladsen er gået videre til den næste i køen."),
        "swap_no_seat": _("Du har ikke en plads, du kan give videre."),
        "swap_no_organisation": _("Vælg først, hvem du repræsenterer. Pladsen kan kun gives til en kollega."),
        "swap_oneself": _("Det er din egen mailadresse. Skriv din kollegas."),
        "swap_not_colleague": _(
            "Skriv en mailadresse hos {organisation}. "
            "Pladsen kan kun gives til en kollega fra samme organisation."
        ),
        "swap_has_seat": _("Der er allerede en plads til den mailadresse."),
        "swap_asked": _("Du har allerede spurgt en kollega. Træk det tilbage, før du spørger en anden."),
        "swap_too_many": _(
            "Du har spurgt {most} gange det sidste døgn. Prøv igen i morgen, eller ring til os."
        ),
        "swap_gone": _(
            "Pladsen kan ikke overtages længere. Din kollega har trukket det tilbage eller meldt fra."
        ),
        "swap_needs_membership": _(
            "Vælg først, at du repræsenterer {organisation}. Kom derefter tilbage til linket i mailen."
        ),
        "notice_offer_accepted": _("Pladsen er din. Vi har sendt dig en mail."),
        "notice_offer_declined": _("Du har sagt nej tak. Pladsen går videre til den næste i køen."),
        "notice_swap_asked": _(
            "Vi har skrevet til din kollega. Du beholder pladsen, til din kollega siger ja."
        ),
        "notice_swap_withdrawn": _("Du beholder pladsen."),
        "notice_swap_accepted": _("Pladsen er din. Vi har sendt jer begge en mail."),
        "notice_swap_declined": _("Du har sagt nej tak. Din kollega beholder pladsen og har fået en mail."),
    }
)


@dataclass
class CancelLinkPage(Page):
    """What a link cancels. `problem`: why it cannot, in a sentence, else empty."""

    template: ClassVar[str] = "seats/cancel.html"
    meeting: MeetingView
    linked: LinkedSignUp
    path: str
    problem: str


@dataclass
class OfferLinkPage(Page):
    """The offer that a link answers. `problem`: why it cannot, in a sentence, else empty."""

    template: ClassVar[str] = "seats/offer.html"
    meeting: MeetingView
    linked: LinkedSignUp
    path: str
    problem: str


@dataclass
class SwapPage(Page):
    """Giving one's seat away. `asked`: the colleague who has not answered yet."""

    template: ClassVar[str] = "seats/swap.html"
    meeting: MeetingView
    own: RegistrationView
    asked: SwapView | None
    form: Form


@dataclass
class AnswerSwapPage(Page):
    """A colleague's seat, for the one who is asked."""

    template: ClassVar[str] = "seats/answer_swap.html"
    meeting: MeetingView
    swap: SwapView
    problem: str


# --- an offer, signed in


@router.post("/moeder/{key}/tilmelding/plads", dependencies=[only(may_sign_up)])
def answer_own_offer(visit: AVisit, key: str, form: SentForm) -> Response:
    """Yes or no to the seat that is kept for oneself."""
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    if form.value("answer") == "yes":
        service.accept_offer(visit.session, visit.actor, own.id)
        return visit.done(form, f"/moeder/{meeting.key}/tilmelding", "offer_accepted")
    service.decline_offer(visit.session, visit.actor, own.id)
    return visit.done(form, f"/moeder/{meeting.key}", "offer_declined")


def _open_own(visit: Visit, key: str) -> tuple[MeetingView, RegistrationView]:
    meeting = open_meeting(visit, key)
    own = find_own(visit.session, visit.actor, meeting.id)
    if own is None:
        raise NotFound
    return meeting, own


# --- links from mails


@router.get(CANCEL_LINK, dependencies=[anyone])
def show_cancel_link(visit: AVisit, registration_id: int, sealed: str) -> Response:
    """What it means, and the button. Opening it changes nothing: scanners of mail open every link."""
    linked = _linked(by_link.find_cancelling(visit.session, registration_id, sealed))
    return _show_cancelling(visit, linked, sealed)


@router.post(CANCEL_LINK, dependencies=[anyone])
def cancel_by_link(visit: AVisit, registration_id: int, sealed: str) -> Response:
    """Cancelled, once; pressed again it stays so."""
    linked = _linked(by_link.find_cancelling(visit.session, registration_id, sealed))
    try:
        by_link.cancel_by_link(visit.session, registration_id, sealed)
    except Refused as refusal:
        return _show_cancelling(visit, linked, sealed, visit.say(refusal.code, **refusal.values))
    return visit.go(f"/tilmelding/{registration_id}/afmeld/{sealed}")


def _show_cancelling(visit: Visit, linked: LinkedSignUp, sealed: str, problem: str = "") -> Response:
    page = CancelLinkPage(
        meeting=open_meeting(visit, linked.meeting_key),
        linked=linked,
        path=f"/tilmelding/{linked.id}/afmeld/{sealed}",
        problem=problem,
    )
    return _unlisted(visit.page(page, 409 if problem else 200))


@router.get(OFFER_LINK, dependencies=[anyone])
def show_offer_link(visit: AVisit, registration_id: int, sealed: str) -> Response:
    return _show_offer(visit, _linked(by_link.find_offer(visit.session, registration_id, sealed)), sealed)


@router.post(OFFER_LINK, dependencies=[anyone])
def answer_offer_by_link(visit: AVisit, registration_id: int, sealed: str, form: SentForm) -> Response:
    linked = _linked(by_link.find_offer(visit.session, registration_id, sealed))
    try:
        by_link.answer_offer(visit.session, registration_id, sealed, form.value("answer") == "yes")
    except Refused as refusal:
        return _show_offer(visit, linked, sealed, visit.say(refusal.code, **refusal.values))
    return visit.go(f"/tilmelding/{registration_id}/plads/{sealed}")


def _show_offer(visit: Visit, linked: LinkedSignUp, sealed: str, problem: str = "") -> Response:
    page = OfferLinkPage(
        meeting=open_meeting(visit, linked.meeting_key),
        linked=linked,
        path=f"/tilmelding/{linked.id}/plads/{sealed}",
        problem=problem,
    )
    return _unlisted(visit.page(page, 409 if problem else 200))


def _linked(found: LinkedSignUp | None) -> LinkedSignUp:
    if found is None:
        raise NotFound
    return found


def _unlisted(response: Response) -> Response:
    """In no cache and in no search engine: the address is the key."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# --- giving the seat to a colleague


@router.get(SWAP, dependencies=[only(may_sign_up)])
def show_swap(visit: AVisit, key: str) -> Response:
    meeting, own = _open_own(visit, key)
    return visit.page(_swap_page(visit, meeting, own, visit.blank()))


@router.post(SWAP, dependencies=[only(may_sign_up)])
def ask_colleague(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    given = form.read(SwapInput)
    if given is not None:
        try:
            swaps.ask_colleague(visit.session, visit.actor, own.id, given.email)
            return visit.done(form, f"/moeder/{meeting.key}/tilmelding/byt", "swap_asked")
        except Refused as refusal:
            form.refuse("email", refusal.code, **refusal.values)
    return visit.page(_swap_page(visit, meeting, own, form), 422)


@router.post(SWAP + "/fortryd", dependencies=[only(may_sign_up)])
def withdraw_swap(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    swaps.withdraw_swap(visit.session, visit.actor, own.id)
    return visit.done(form, f"/moeder/{meeting.key}/tilmelding", "swap_withdrawn")


def _swap_page(visit: Visit, meeting: MeetingView, own: RegistrationView, form: Form) -> SwapPage:
    asked = swaps.find_asked(visit.session, visit.actor, own.id)
    return SwapPage(meeting=meeting, own=own, asked=asked, form=form)


@router.get(ANSWER_SWAP, dependencies=[only(is_person)])
def show_asked_swap(visit: AVisit, swap_id: int) -> Response:
    """For whoever signs in with the address that was asked; for others it is not there."""
    return visit.page(_asked_page(visit, swap_id))


@router.post(ANSWER_SWAP, dependencies=[only(may_sign_up)])
def answer_swap(visit: AVisit, swap_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    page = _asked_page(visit, swap_id)
    try:
        if form.value("answer") != "yes":
            swaps.decline_swap(visit.session, visit.actor, swap_id)
            return visit.done(form, f"/moeder/{page.meeting.key}", "swap_declined")
        swaps.accept_swap(visit.session, visit.actor, swap_id)
        return visit.done(form, f"/moeder/{page.meeting.key}/tilmelding", "swap_accepted")
    except Refused as refusal:
        page.problem = visit.say(refusal.code, **refusal.values)
        return visit.page(page, 409)


def _asked_page(visit: Visit, swap_id: int) -> AnswerSwapPage:
    swap = swaps.find_swap(visit.session, visit.actor, swap_id)
    if swap is None:
        raise NotFound
    return AnswerSwapPage(meeting=open_meeting(visit, swap.meeting_key), swap=swap, problem="")
