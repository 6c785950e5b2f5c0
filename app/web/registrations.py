"""Signing up for a meeting, one's own sign-ups, and who else takes part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from app.core.clock import today
from app.core.policy import NotFound, Refused, is_person
from app.core.text import RequiredLine
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import Version
from app.domain.registrations import service
from app.domain.registrations.answers import answer_questions, find_own_answers, read_answers
from app.domain.registrations.joining import WayIn, find_way_in
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
from app.domain.registrations.questions import QuestionView, list_questions
from app.domain.registrations.queue import QueuePlace, get_places
from app.domain.registrations.schemas import SignUpInput
from app.domain.users.consents import current_version
from app.domain.users.queries import MembershipView, list_memberships
from app.domain.users.service import name_user
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.privacy.periods import periods_in_force
from app.web.consents import consent_path
from app.web.filters import address_of_page, count_pages, page_number
from app.web.meetings import open_meeting

router = Router()

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
        "signup_postponed": _("Mødet er udskudt. Tilmeldingen åbner, når der er en ny dato."),
        "signup_full": _("Alle pladser er taget."),
        "signup_reserved": _("De pladser, der er tilbage, er holdt fri til andre."),
        "signup_reads_only": _("Du læser med som revisor og kan ikke tilmelde dig."),
        "signup_begun": _("Mødet er begyndt, og alle pladser er taget."),
        "signup_full_organisation": _(
            "{organisation} har allerede brugt sine pladser ({most}). "
            "Aftal med jeres kolleger, hvem der kommer, eller ring til os."
        ),
        "signup_already": _("Du er allerede tilmeldt."),
        "signup_exists": _(
            "Nogen har tilmeldt sig, så mødets side skal blive stående. "
            "Aflys eller udskyd mødet i stedet, så får de besked."
        ),
        "signup_no_day": _("Sæt en dag for mødet, før du åbner for tilmelding."),
        "signup_draft": _("Udgiv mødet, før du åbner for tilmelding."),
        "not_own_organisation": _("Vælg en organisation, du repræsenterer."),
        "needs_agreement": _(
            "Sæt kryds, hvis vi må gemme det, du har skrevet om hensyn. Ellers skal du slette det igen."
        ),
        "answers_wrong": _("Spørgsmålene er ændret, siden du åbnede siden. Se dem igennem, og send igen."),
        "notice_signed_up": _("Du er tilmeldt. Vi har sendt dig en mail."),
        "notice_queued": _("Du står i køen. Vi har sendt dig en mail."),
        "notice_requested": _("Vi har fået din anmodning og har sendt dig en mail."),
        "notice_signed_up_before": _("Du er allerede tilmeldt."),
        "notice_sign_up_saved": _("Din tilmelding er gemt."),
        "notice_sign_up_cancelled": _("Du er meldt fra, og din plads er givet fri."),
        "notice_listed": _("Du står på deltagerlisten."),
        "notice_unlisted": _("Du er taget af deltagerlisten."),
    }
)
# What is said when somebody has got a place, by its status.
PLACE_NOTICES = {"registered": "signed_up", "waiting": "queued", "requested": "requested"}
# The field that a refusal belongs to.
FIELDS = {
    "not_own_organisation": "organisation",
    "signup_full": "organisation",
    "signup_reserved": "organisation",
    "signup_full_organisation": "organisation",
    "needs_agreement": "agrees_to_needs",
}


class NameInput(BaseModel):
    """What somebody is called who has not said so yet."""

    name: RequiredLine


@dataclass
class _SignUpForm(Page):
    """What the form of a sign-up asks for. `organisations`: (id, name) of those one may come for.

    `questions` are the organisers'; `kept`: earlier answers to them, by the question's id.
    """

    meeting: MeetingView
    form: Form
    organisations: list[tuple[str, str]]
    asks_for_food: bool
    list_text: int
    list_path: str
    needs_text: int
    needs_path: str
    kept_days: int
    questions: Sequence[QuestionView]
    kept: Mapping[int, Sequence[str]]


@dataclass
class SignUpPage(_SignUpForm):
    """`closed` is a sentence where one cannot sign up, else empty."""

    template: ClassVar[str] = "registrations/new.html"
    booking: Booking
    closed: str
    asks_for_name: bool


@dataclass
class OwnSignUpPage(_SignUpForm):
    """`may_see_others`: the list of participants is open to the actor. `place` and `booking`: of who waits.
    `way_in`: to the screen, where the meeting has one. `unanswered`: questions that have to be answered."""

    template: ClassVar[str] = "registrations/show.html"
    own: RegistrationView
    place: QueuePlace | None
    booking: Booking | None
    may_see_others: bool
    may_change: bool
    way_in: WayIn | None
    unanswered: bool


@dataclass
class JoinPage(Page):
    """Why one cannot go to the meeting's screen now, and what to do about it."""

    template: ClassVar[str] = "registrations/join.html"
    meeting: MeetingView
    way_in: WayIn
    own: RegistrationView | None
    is_open: bool


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
    questions = list_questions(visit.session, meeting.id) if booking.is_open else []
    return visit.page(_sign_up_page(visit, form, meeting, booking, _choices(memberships), questions))


@router.post("/moeder/{key}/tilmeld", dependencies=[only(may_sign_up)])
def sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(SignUpInput)
    named = None if visit.actor.name else form.read(NameInput)
    questions = list_questions(visit.session, meeting.id)
    answered = _read_answers(form, questions)
    if given is not None and not form.errors:
        try:
            if named is not None:
                name_user(visit.session, visit.actor, named.name)
            registration = service.sign_up(visit.session, visit.actor, meeting.id, given)
            answer_questions(visit.session, visit.actor, registration.id, answered)
            return visit.done(form, _own_path(meeting), PLACE_NOTICES[registration.status])
        except Refused as refusal:
            if refusal.code == "signup_already":
                return visit.done(form, _own_path(meeting), "signed_up_before")
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
    booking = get_booking(visit.session, visit.actor, meeting)
    choices = _choices(list_memberships(visit.session, visit.actor.user_id or 0))
    status = 422 if booking.is_open else 409
    return visit.page(_sign_up_page(visit, form, meeting, booking, choices, questions), status)


def _read_answers(
    form: Form, questions: Sequence[QuestionView], kept: Mapping[int, Sequence[str]] | None = None
) -> dict[int, list[str]]:
    """What was answered to the organisers; what is wrong stands at its field."""
    typed = {question.id: form.values(f"question_{question.id}") for question in questions}
    answered, wrong = read_answers(questions, typed, kept)
    for question_id, refusal in wrong.items():
        form.refuse(f"question_{question_id}", refusal.code, **refusal.values)
    return answered


def _sign_up_page(
    visit: Visit,
    form: Form,
    meeting: MeetingView,
    booking: Booking,
    choices: list[tuple[str, str]],
    questions: Sequence[QuestionView],
) -> SignUpPage:
    return SignUpPage(
        **_asked(meeting, form, choices, questions, {}),
        booking=booking,
        closed=visit.say(booking.closed) if booking.closed else "",
        asks_for_name=not visit.actor.name,
    )


def _asked(
    meeting: MeetingView,
    form: Form,
    choices: list[tuple[str, str]],
    questions: Sequence[QuestionView],
    kept: Mapping[int, Sequence[str]],
) -> dict[str, object]:
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
        "questions": questions,
        "kept": kept,
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


def _own_page(
    visit: Visit,
    form: Form,
    meeting: MeetingView,
    own: RegistrationView,
    questions: Sequence[QuestionView],
    kept: Mapping[int, Sequence[str]],
) -> OwnSignUpPage:
    choices = _choices(list_memberships(visit.session, visit.actor.user_id or 0))
    if own.organisation_id and str(own.organisation_id) not in dict(choices):
        choices.append((str(own.organisation_id), own.organisation_name))
    is_waiting = own.status == "waiting"
    places = get_places(visit.session, meeting.id) if is_waiting else {}
    has_screen = bool(meeting.join_url) or meeting.format in ("virtual", "hybrid")
    return OwnSignUpPage(
        **_asked(meeting, form, choices, questions, kept),
        own=own,
        place=places.get(own.id),
        booking=get_booking(visit.session, visit.actor, meeting) if is_waiting else None,
        may_see_others=may_see_participants(visit.actor, meeting.id),
        may_change=meeting.held_on >= today() or meeting.status == "postponed",
        way_in=find_way_in(visit.actor, meeting, own.status) if has_screen else None,
        unanswered=any(one.is_required and one.id not in kept for one in questions),
    )


@router.get("/moeder/{key}/tilmelding", dependencies=[only(is_person)])
def show_own_sign_up(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    own = find_own(visit.session, visit.actor, meeting.id)
    if own is None:
        return visit.go(f"/moeder/{meeting.key}/tilmeld")
    needs = find_own_needs(visit.session, visit.actor, own.id)
    has_needs = bool(needs.diets or needs.diet_note or needs.access_needs)
    kept = find_own_answers(visit.session, visit.actor, own.id)
    form = visit.blank(
        organisation=own.organisation_id,
        title=own.title,
        is_listed="1" if own.is_listed else None,
        diets=needs.diets,
        diet_note=needs.diet_note,
        access_needs=needs.access_needs,
        agrees_to_needs="1" if has_needs else None,
        version=own.version,
        **{f"question_{question_id}": said for question_id, said in kept.items()},
    )
    questions = list_questions(visit.session, meeting.id)
    return visit.page(_own_page(visit, form, meeting, own, questions, kept))


@router.post("/moeder/{key}/tilmelding", dependencies=[only(may_sign_up)])
def edit_sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, own = _open_own(visit, key)
    given, version = form.read(SignUpInput), form.read(Version)
    questions = list_questions(visit.session, meeting.id)
    kept = find_own_answers(visit.session, visit.actor, own.id)
    answered = _read_answers(form, questions, kept)
    is_stale = False
    if given is not None and version is not None and not form.errors:
        try:
            service.edit_sign_up(visit.session, visit.actor, own.id, version.version, given)
            answer_questions(visit.session, visit.actor, own.id, answered)
            return visit.done(form, _own_path(meeting), "sign_up_saved")
        except Refused as refusal:
            form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
            is_stale = refusal.code == "stale"
            if is_stale:
                form.typed["version"] = [str(own.version)]
    return visit.page(_own_page(visit, form, meeting, own, questions, kept), 409 if is_stale else 422)


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


# --- to the screen


@router.get("/moeder/{key}/deltag", dependencies=[only(is_person)])
def join_meeting(visit: AVisit, key: str) -> Response:
    """On to the meeting's screen while the way is open; else why it is not, and when it will be."""
    meeting = open_meeting(visit, key)
    own = find_own(visit.session, visit.actor, meeting.id)
    way_in = find_way_in(visit.actor, meeting, own.status if own else None)
    if way_in.closed is None:
        headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return RedirectResponse(meeting.join_url, status_code=303, headers=headers)
    is_open = own is None and get_booking(visit.session, visit.actor, meeting).is_open
    return visit.page(JoinPage(meeting=meeting, way_in=way_in, own=own, is_open=is_open))


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
