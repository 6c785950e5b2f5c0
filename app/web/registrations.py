"""Signing up for a meeting, one's own sign-ups, and who else takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from app.core.clock import today
from app.core.policy import NotFound, Refused, is_person
from app.core.text import RequiredLine
from app.domain.meetings.policy import takes_part
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import Version
from app.domain.registrations import service
from app.domain.registrations.policy import asks_for_food, may_manage, may_see_participants, may_sign_up
from app.domain.registrations.queries import (
    PER_PAGE,
    Booking,
    OwnSignUp,
    Participants,
    RegistrationView,
    find_own,
    find_own_needs,
    get_booking,
    list_own,
    list_participants,
)
from app.domain.registrations.schemas import SignUpInput
from app.domain.users.consents import current_version
from app.domain.users.queries import MembershipView, list_memberships
from app.domain.users.service import name_user
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.privacy.periods import periods_in_force
from app.web.consents import consent_path
from app.web.filters import address_of_page, count_pages, page_number
from app.web.meetings import open_meeting

router = APIRouter()

MOST_PAGES = 1000


def _(text: str) -> str:
    return text


add_sentences(
    {
        "signup_not_open": _("Tilmeldingen er ikke åbnet endnu."),
        "signup_closed": _(
            "Fristen for tilmelding er udløbet. Ring eller skriv til os, hvis du gerne vil med."
        ),
        "signup_past": _("Mødet er holdt, så tilmeldingen er lukket."),
        "signup_cancelled": _("Mødet er aflyst."),
        "signup_postponed": _("Mødet er udsat. Tilmeldingen åbner, når der er en ny dato."),
        "signup_full": _("Mødet er fyldt. Ring eller skriv til os, hvis du gerne vil med."),
        "signup_full_organisation": _(
            "{organisation} har allerede brugt sine pladser ({most}). "
            "Aftal med jeres kolleger, hvem der kommer, eller ring til os."
        ),
        "signup_already": _("Du er allerede tilmeldt."),
        "signup_draft": _("Udgiv mødet, før du åbner for tilmelding."),
        "not_own_organisation": _("Vælg en organisation, du repræsenterer."),
        "needs_agreement": _(
            "Sæt kryds, hvis vi må gemme det, du har skrevet om mad og adgang. "
            "Ellers skal du slette det igen."
        ),
        "notice_signed_up": _("Du er tilmeldt. Vi har sendt dig en mail."),
        "notice_signed_up_before": _("Du er allerede tilmeldt."),
        "notice_sign_up_saved": _("Din tilmelding er gemt."),
        "notice_sign_up_cancelled": _("Du er meldt fra, og din plads er givet fri."),
        "notice_listed": _("Du står på deltagerlisten."),
        "notice_unlisted": _("Du er taget af deltagerlisten."),
    }
)
# The field that a refusal belongs to.
FIELDS = {
    "not_own_organisation": "organisation",
    "signup_full_organisation": "organisation",
    "needs_agreement": "agrees_to_needs",
}


class NameInput(BaseModel):
    """What somebody is called who has not said so yet."""

    name: RequiredLine


@dataclass
class _SignUpForm(Page):
    """What the form of a sign-up asks for. `organisations`: (id, name) of those one may come for."""

    meeting: MeetingView
    form: Form
    organisations: list[tuple[str, str]]
    asks_for_food: bool
    list_text: int
    list_path: str
    needs_text: int
    needs_path: str
    kept_days: int


@dataclass
class SignUpPage(_SignUpForm):
    """`closed` is a sentence where one cannot sign up, else empty."""

    template: ClassVar[str] = "registrations/new.html"
    booking: Booking
    closed: str
    asks_for_name: bool


@dataclass
class OwnSignUpPage(_SignUpForm):
    """`may_see_others`: the list of participants is open to the actor."""

    template: ClassVar[str] = "registrations/show.html"
    own: RegistrationView
    may_see_others: bool
    may_change: bool
    may_join: bool


@dataclass
class OwnSignUpsPage(Page):
    template: ClassVar[str] = "own/registrations.html"
    coming: list[OwnSignUp]
    past: list[OwnSignUp]


@dataclass
class ParticipantsPage(Page):
    """`own_id`: the actor's own row; `sees_all`: also those who did not agree to be listed."""

    template: ClassVar[str] = "registrations/participants.html"
    meeting: MeetingView
    participants: Participants
    own: RegistrationView | None
    sees_all: bool
    page: int
    pages: int
    href: str


# --- signing up


@router.get("/moeder/{key}/tilmeld", dependencies=[only(may_sign_up)])
def show_sign_up(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    booking = get_booking(visit.session, visit.actor, meeting)
    if booking.own_id is not None:
        return visit.go(_own_path(meeting))
    memberships = list_memberships(visit.session, visit.actor.user_id or 0)
    current = next((one for one in memberships if one.id == visit.actor.membership_id), None)
    form = visit.blank(
        organisation=current.organisation_id if current else None, title=current.title if current else ""
    )
    return visit.page(_sign_up_page(visit, form, meeting, booking, _choices(memberships)))


@router.post("/moeder/{key}/tilmeld", dependencies=[only(may_sign_up)])
def sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(SignUpInput)
    named = None if visit.actor.name else form.read(NameInput)
    if given is not None and not form.errors:
        try:
            if named is not None:
                name_user(visit.session, visit.actor, named.name)
            service.sign_up(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, _own_path(meeting), "signed_up")
        except Refused as refusal:
            if refusal.code == "signup_already":
                return visit.done(form, _own_path(meeting), "signed_up_before")
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    booking = get_booking(visit.session, visit.actor, meeting)
    choices = _choices(list_memberships(visit.session, visit.actor.user_id or 0))
    status = 422 if booking.is_open else 409
    return visit.page(_sign_up_page(visit, form, meeting, booking, choices), status)


def _sign_up_page(
    visit: Visit, form: Form, meeting: MeetingView, booking: Booking, choices: list[tuple[str, str]]
) -> SignUpPage:
    return SignUpPage(
        **_asked(meeting, form, choices),
        booking=booking,
        closed=visit.say(booking.closed) if booking.closed else "",
        asks_for_name=not visit.actor.name,
    )


def _asked(meeting: MeetingView, form: Form, choices: list[tuple[str, str]]) -> dict[str, object]:
    return {
        "meeting": meeting,
        "form": form,
        "organisations": choices,
        "asks_for_food": asks_for_food(meeting.format),
        "list_text": current_version("participant_list"),
        "list_path": consent_path("participant_list"),
        "needs_text": current_version("special_needs"),
        "needs_path": consent_path("special_needs"),
        "kept_days": periods_in_force().needs,
    }


def _choices(memberships: Sequence[MembershipView]) -> list[tuple[str, str]]:
    return [(str(one.organisation_id), one.organisation_name) for one in memberships]


def _own_path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/tilmelding"


# --- one's own


def _open_own(visit: Visit, key: str) -> tuple[MeetingView, RegistrationView]:
    meeting = open_meeting(visit, key)
    own = find_own(visit.session, visit.actor, meeting.id)
    if own is None:
        raise NotFound
    return meeting, own


def _own_page(visit: Visit, form: Form, meeting: MeetingView, own: RegistrationView) -> OwnSignUpPage:
    choices = _choices(list_memberships(visit.session, visit.actor.user_id or 0))
    if own.organisation_id and str(own.organisation_id) not in dict(choices):
        choices.append((str(own.organisation_id), own.organisation_name))
    return OwnSignUpPage(
        **_asked(meeting, form, choices),
        own=own,
        may_see_others=may_see_participants(visit.actor, meeting.id),
        may_change=meeting.held_on >= today(),
        may_join=bool(meeting.join_url) and not meeting.is_past and takes_part(visit.actor, meeting.id),
    )


@router.get("/moeder/{key}/tilmelding", dependencies=[only(is_person)])
def show_own_sign_up(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    own = find_own(visit.session, visit.actor, meeting.id)
    if own is None:
        return visit.go(f"/moeder/{meeting.key}/tilmeld")
    needs = find_own_needs(visit.session, visit.actor, own.id)
    has_needs = bool(needs.diets or needs.diet_note or needs.access_needs)
    form = visit.blank(
        organisation=own.organisation_id,
        title=own.title,
        is_listed="1" if own.is_listed else None,
        diets=needs.diets,
        diet_note=needs.diet_note,
        access_needs=needs.access_needs,
        agrees_to_needs="1" if has_needs else None,
        version=own.version,
    )
    return visit.page(_own_page(visit, form, meeting, own))


@router.post("/moeder/{key}/tilmelding", dependencies=[only(may_sign_up)])
def edit_sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    given, version = form.read(SignUpInput), form.read(Version)
    is_stale = False
    if given is not None and version is not None:
        try:
            service.edit_sign_up(visit.session, visit.actor, own.id, version.version, given)
            return visit.done(form, _own_path(meeting), "sign_up_saved")
        except Refused as refusal:
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
            is_stale = refusal.code == "stale"
    form.typed["version"] = [str(own.version)]
    return visit.page(_own_page(visit, form, meeting, own), 409 if is_stale else 422)


@router.post("/moeder/{key}/tilmelding/liste", dependencies=[only(may_sign_up)])
def change_listing(visit: AVisit, key: str, form: SentForm) -> Response:
    """On the list of participants, or off it, by one button; at any time."""
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    is_listed = form.value("is_listed") == "1"
    service.set_listed(visit.session, visit.actor, own.id, is_listed)
    return visit.done(form, _own_path(meeting), "listed" if is_listed else "unlisted")


@router.post("/moeder/{key}/tilmelding/afmeld", dependencies=[only(may_sign_up)])
def cancel_sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    service.cancel_sign_up(visit.session, visit.actor, own.id)
    return visit.done(form, f"/moeder/{meeting.key}", "sign_up_cancelled")


@router.get("/mit/tilmeldinger", dependencies=[only(is_person)])
def show_own_sign_ups(visit: AVisit) -> Response:
    found = list_own(visit.session, visit.actor)
    return visit.page(
        OwnSignUpsPage(
            coming=[one for one in found if not one.is_past], past=[one for one in found if one.is_past]
        )
    )


# --- who else


@router.get("/moeder/{key}/deltagere", dependencies=[only(is_person)])
def show_participants(visit: AVisit, key: str) -> Response:
    """For those who take part and those who arrange it; for others the list is not there."""
    meeting = open_meeting(visit, key)
    if not may_see_participants(visit.actor, meeting.id):
        raise NotFound
    page = page_number(visit, MOST_PAGES)
    participants = list_participants(visit.session, visit.actor, meeting.id, page)
    return visit.page(
        ParticipantsPage(
            meeting=meeting,
            participants=participants,
            own=find_own(visit.session, visit.actor, meeting.id),
            sees_all=may_manage(visit.actor),
            page=page,
            pages=count_pages(participants.total, PER_PAGE),
            href=address_of_page(f"/moeder/{meeting.key}/deltagere"),
        )
    )
