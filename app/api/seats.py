"""Signing up for a meeting: how it stands, one's own place, answers to the organisers, giving a seat on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.meetings import MeetingKey, find_meeting
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound, Refused
from app.domain.contributions.schemas import Given
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.schemas import RowId
from app.domain.registrations import queries, service, swaps
from app.domain.registrations.answers import answer_questions, find_own_answers
from app.domain.registrations.policy import may_manage, may_sign_up
from app.domain.registrations.queries import RegistrationView
from app.domain.registrations.questions import MOST_QUESTIONS, list_questions
from app.domain.registrations.queue import get_places
from app.domain.registrations.schemas import MOST_OPTIONS, SignUpInput, SwapInput, WrittenAnswer
from app.http.visit import AVisit, Visit, only

router = make_router("tilmelding")
PATH = "/moeder/{key}/tilmelding"
Answers = Annotated[
    dict[RowId, Annotated[list[WrittenAnswer], Field(max_length=MOST_OPTIONS)]],
    Field(max_length=MOST_QUESTIONS, description="By the number of the question."),
]


class AskedOut(Out):
    """A question of the organisers to whoever signs up."""

    id: int
    kind: str = Field(description="text, choice, many or yes_no.")
    text: str
    help: str = Field(description="What helps to answer it; empty where nothing is said.")
    options: list[str] = Field(description="What there is to choose between.")
    is_required: bool = Field(description="Whether it has to be answered.")


class OwnSeatOut(Out):
    """One's own sign-up, with what was said of food and access, and the answers."""

    id: int
    status: str
    title: str = Field(description="What one is, as on the list of participants.")
    organisation_id: int | None
    organisation_name: str = Field(description="For whom one comes; empty for nobody.")
    is_listed: bool = Field(description="Whether the others who come see the name.")
    place: int | None = Field(description="The place in the queue, from 1; null outside it.")
    offered_until: datetime | None = Field(description="Till when a seat is kept for an answer, or null.")
    diets: list[str] = Field(description="What one does not eat, as codes.")
    diet_note: str = Field(description="The same in words.")
    access_needs: str = Field(description="What it takes to come in and to follow.")
    answers: dict[int, list[str]] = Field(description="To the organisers, by the number of the question.")
    version: int


class SeatsOut(Out):
    """How it stands with signing up for a meeting, seen by who asks."""

    meeting_key: str
    closed: str | None = Field(description="Why one cannot sign up, by a code; null while one can.")
    hindrance: str | None = Field(description="Why it is the queue and no seat, by a code, or null.")
    taken: int = Field(description="How many seats are taken.")
    left: int | None = Field(description="Seats that one could have; null without a ceiling.")
    waiting: int = Field(description="How many are in the queue.")
    needs_approval: bool = Field(description="Whether the organisers say yes to each.")
    questions: list[AskedOut] = Field(description="What is asked, in order.")
    own: OwnSeatOut | None = Field(description="One's own sign-up, or null.")


class SignUpIn(SignUpInput):
    """A sign-up. `organisation`: the one that the key speaks for, or none. What is said of food and access
    asks for `agrees_to_needs`, and is erased some days after the meeting."""

    answers: Answers = {}


class ListedIn(Given):
    """Whether the others who come see the name."""

    is_listed: bool


class OfferIn(Given):
    """Yes or no to the seat that is kept."""

    accept: bool


def find_own(visit: Visit, key: str) -> tuple[MeetingView, RegistrationView]:
    meeting = find_meeting(visit, key)
    own = queries.find_own(visit.session, visit.actor, meeting.id)
    if own is None:
        raise NotFound
    return meeting, own


def show(visit: Visit, key: str) -> tuple[SeatsOut, int | None]:
    meeting = find_meeting(visit, key)
    booking = queries.get_booking(visit.session, visit.actor, meeting)
    own = queries.find_own(visit.session, visit.actor, meeting.id)
    told: dict[str, Any] = {
        name: getattr(booking, name)
        for name in ("closed", "hindrance", "taken", "left", "waiting", "needs_approval")
    }
    questions = [AskedOut.model_validate(one) for one in list_questions(visit.session, meeting.id)]
    thing = SeatsOut(
        **told, meeting_key=meeting.key, questions=questions, own=_tell_own(visit, own) if own else None
    )
    return thing, own.version if own else None


def _tell_own(visit: Visit, own: RegistrationView) -> OwnSeatOut:
    needs = queries.find_own_needs(visit.session, visit.actor, own.id)
    place = get_places(visit.session, own.meeting_id).get(own.id) if own.status == "waiting" else None
    known = {name: getattr(own, name) for name in OwnSeatOut.model_fields if hasattr(own, name)}
    return OwnSeatOut.model_validate(
        known
        | {name: getattr(needs, name) for name in ("diets", "diet_note", "access_needs")}
        | {
            "answers": find_own_answers(visit.session, visit.actor, own.id),
            "place": place.place if place else None,
        }
    )


doors = Doors(router, SeatsOut, show, at="/moeder/{}/tilmelding", is_kept=False)


@router.get(PATH, dependencies=[only(may_sign_up)], response_model=SeatsOut)
def show_seats(visit: AVisit, key: MeetingKey) -> Response:
    """Whether one can sign up, and one's own sign-up. Nobody keeps the answer."""
    thing, version = show(visit, key)
    response = answer(visit, thing, version=version)
    response.headers["Cache-Control"] = "no-store"
    return response


def _read(visit: Visit, given: SignUpIn) -> SignUpInput:
    """What is signed up. Refused: not_own_organisation, as a key speaks for one organisation alone."""
    if given.organisation not in (None, visit.actor.organisation_id):
        raise Refused("not_own_organisation")
    return SignUpInput.model_validate(given.model_dump(exclude={"answers"}))


@doors.post(PATH, may_sign_up, makes=True)
def sign_up(visit: Visit, key: MeetingKey, given: SignUpIn) -> str:
    """Sign up, or stand in the queue where there is no seat."""
    meeting = find_meeting(visit, key)
    own = service.sign_up(visit.session, visit.actor, meeting.id, _read(visit, given))
    answer_questions(visit.session, visit.actor, own.id, given.answers)
    return meeting.key


@doors.put(PATH, may_sign_up)
def change(visit: Visit, upon: Upon, key: MeetingKey, given: SignUpIn) -> str:
    """Change one's own sign-up: all of it, food, access and answers too."""
    meeting, own = find_own(visit, key)
    version = upon.of(own.version)
    service.edit_sign_up(visit.session, visit.actor, own.id, version, _read(visit, given))
    answer_questions(visit.session, visit.actor, own.id, given.answers)
    return meeting.key


@doors.delete(PATH, may_sign_up)
def cancel(visit: Visit, key: MeetingKey) -> str:
    """Give up one's own place; a seat goes to the next in the queue."""
    meeting, own = find_own(visit, key)
    service.cancel_sign_up(visit.session, visit.actor, own.id)
    return meeting.key


@doors.put(PATH + "/liste", may_sign_up)
def choose_listing(visit: Visit, key: MeetingKey, given: ListedIn) -> str:
    """Stand on the list of participants, or no more; at any time."""
    meeting, own = find_own(visit, key)
    service.set_listed(visit.session, visit.actor, own.id, given.is_listed)
    return meeting.key


@doors.post(PATH + "/plads", may_sign_up)
def answer_offer(visit: Visit, key: MeetingKey, given: OfferIn) -> str:
    """Take the seat that is kept for oneself, or leave it to the next."""
    meeting, own = find_own(visit, key)
    verb = service.accept_offer if given.accept else service.decline_offer
    verb(visit.session, visit.actor, own.id)
    return meeting.key


@doors.post(PATH + "/byt", may_sign_up)
def offer_to_colleague(visit: Visit, key: MeetingKey, given: SwapInput) -> str:
    """Offer one's seat to a colleague, who is asked by mail."""
    meeting, own = find_own(visit, key)
    swaps.ask_colleague(visit.session, visit.actor, own.id, given.email)
    return meeting.key


@doors.delete(PATH + "/byt", may_sign_up)
def take_offer_back(visit: Visit, key: MeetingKey) -> str:
    """Keep the seat after all."""
    meeting, own = find_own(visit, key)
    swaps.withdraw_swap(visit.session, visit.actor, own.id)
    return meeting.key


@doors.post(PATH + "/aabn", may_manage)
def open_sign_up(visit: Visit, key: MeetingKey) -> str:
    """Let people sign up for a meeting that is announced."""
    meeting = find_meeting(visit, key)
    service.open_sign_up(visit.session, visit.actor, meeting.id)
    return meeting.key


@doors.post(PATH + "/luk", may_manage)
def close_sign_up(visit: Visit, key: MeetingKey) -> str:
    """Let nobody more sign up."""
    meeting = find_meeting(visit, key)
    service.close_sign_up(visit.session, visit.actor, meeting.id)
    return meeting.key
