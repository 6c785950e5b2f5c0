"""Seats for staff: how many, for whom, the rules of the queue, and what is decided about one sign-up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused
from app.domain.meetings.queries import MeetingView
from app.domain.registrations import deciding, seating
from app.domain.registrations.answers import list_answers_by_person
from app.domain.registrations.deciding import DecisionView
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queries import (
    Booking,
    SignUpLine,
    find_sign_up,
    get_booking,
)
from app.domain.registrations.questions import QuestionView, list_questions
from app.domain.registrations.queue import QueuePlace, get_places
from app.domain.registrations.schemas import (
    ACTIVE,
    AddedInput,
    GroupChoice,
    MoveInput,
    ReasonGiven,
    SeatGroupInput,
    SeatsInput,
)
from app.domain.registrations.seating import SeatsView
from app.domain.registrations.seats import SeatGroupView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, compare, read_version

router = Router()

SEATS = "/moeder/{key}/rediger/pladser"
GROUP = SEATS + "/{group_id:int}"
SIGN_UPS = "/moeder/{key}/rediger/tilmeldinger"
SIGN_UP = SIGN_UPS + "/{registration_id:int}"
# The field that a refusal belongs to.
FIELDS = {
    "unknown_seat_organisation": "organisations",
    "group_for_nobody": "kinds",
    "groups_exceed_seats": "seats",
    "signup_already": "email",
    "account_disabled": "email",
    "unknown_seat_group": "group",
    "group_full": "group",
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "already_decided": _(
            "Det er allerede afgjort, eller personen har selv meldt fra. Se, hvordan det står nu."
        ),
        "account_disabled": _("Kontoen er lukket."),
        "group_full": _("Der er ingen ledig plads i den gruppe."),
        "unknown_seat_group": _("Gruppen findes ikke længere."),
        "group_for_nobody": _("Vælg, hvem pladserne er til: mindst én slags eller én organisation."),
        "groups_exceed_seats": _(
            "Der er holdt {kept} pladser fri i alt, og mødet har {seats}. "
            "Hold færre fri, eller giv mødet flere."
        ),
        "unknown_seat_organisation": _(
            "Vi kender ikke »{organisation}«. Skriv navnet, som det står på listen over organisationer."
        ),
        "too_many_groups": _("Der kan højst være {most} grupper."),
        "notice_seats_saved": _("Pladserne er gemt. Nye ledige pladser er tilbudt dem, der venter."),
        "notice_seat_group_saved": _("De reserverede pladser er gemt."),
        "notice_seat_group_removed": _("Pladserne er ikke længere reserveret."),
        "notice_request_approved": _("Du har sagt ja. Personen har fået besked på mail."),
        "notice_request_declined": _("Du har sagt nej. Personen har fået begrundelsen på mail."),
        "notice_queue_moved": _("Køen er ændret, og begrundelsen er skrevet ned."),
        "notice_seat_given": _("Personen har fået en plads og besked på mail."),
        "notice_group_changed": _("Gruppen er ændret, og begrundelsen er skrevet ned."),
        "notice_person_added": _("Personen er tilmeldt og har fået besked på mail."),
        "notice_person_cancelled": _("Personen er meldt fra og har fået begrundelsen på mail."),
    }
)


@dataclass
class SeatsPage(Page):
    """The seats and the rules of the queue. `organisation_names`: of those that groups name, by id."""

    template: ClassVar[str] = "planning/seats.html"
    meeting: MeetingView
    booking: Booking
    form: Form
    organisation_names: Mapping[int, str]
    differences: Sequence[Difference] = ()


@dataclass
class SeatGroupPage(Page):
    """A group of reserved seats, or a new one."""

    template: ClassVar[str] = "planning/seat_group.html"
    meeting: MeetingView
    group: SeatGroupView | None
    form: Form
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that staff may do to a sign-up of these statuses, with what the form has to say."""

    statuses: frozenset[str]
    asks: type[ReasonGiven]
    act: Callable[[Session, Actor, int, Any], object]
    notice: str


DEEDS: Mapping[str, Deed] = {
    "nej": Deed(
        frozenset({"requested"}),
        ReasonGiven,
        lambda session, actor, id, given: deciding.decline_request(session, actor, id, given.reason),
        "request_declined",
    ),
    "flyt": Deed(
        frozenset({"waiting"}),
        MoveInput,
        lambda session, actor, id, given: deciding.move_in_queue(
            session, actor, id, given.place, given.reason
        ),
        "queue_moved",
    ),
    "plads": Deed(
        frozenset({"waiting", "offered", "requested"}),
        ReasonGiven,
        lambda session, actor, id, given: deciding.give_seat(session, actor, id, given.reason),
        "seat_given",
    ),
    "gruppe": Deed(
        frozenset(ACTIVE),
        GroupChoice,
        lambda session, actor, id, given: deciding.change_group(
            session, actor, id, given.group, given.reason
        ),
        "group_changed",
    ),
    "meld-fra": Deed(
        frozenset(ACTIVE),
        ReasonGiven,
        lambda session, actor, id, given: deciding.cancel_for(session, actor, id, given.reason),
        "person_cancelled",
    ),
}


@dataclass
class PersonPage(Page):
    """One sign-up, with what it is about and what may be done: `deeds` by their part of the address."""

    template: ClassVar[str] = "planning/sign_up.html"
    meeting: MeetingView
    one: SignUpLine
    place: QueuePlace | None
    groups: Mapping[int | None, str]
    questions: Sequence[QuestionView]
    said: Mapping[int, Sequence[str]]
    decisions: Sequence[DecisionView]
    deeds: Sequence[str]


@dataclass
class DeedPage(Page):
    """One thing that staff does to a sign-up, which needs a reason. `groups`: (id, name) to choose from."""

    template: ClassVar[str] = "planning/decide.html"
    meeting: MeetingView
    one: SignUpLine
    place: QueuePlace | None
    deed: str
    form: Form
    groups: Sequence[tuple[str, str]]


@dataclass
class AddPersonPage(Page):
    template: ClassVar[str] = "planning/add_sign_up.html"
    meeting: MeetingView
    booking: Booking
    form: Form


@dataclass
class DecisionsPage(Page):
    template: ClassVar[str] = "planning/decisions.html"
    meeting: MeetingView
    decisions: Sequence[DecisionView]


# --- the seats and whom they are for


@router.get(SEATS, dependencies=[only(may_manage)])
def show_seats(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    current = seating.get_seats(visit.session, meeting.id)
    return visit.page(_seats_page(visit, meeting, visit.blank(**_typed(current))))


@router.post(SEATS, dependencies=[only(may_manage)])
def set_seats(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(SeatsInput)
    differences: Sequence[Difference] = ()
    status = 422
    if given is not None:
        try:
            seating.set_seats(visit.session, visit.actor, meeting.id, read_version(form), given)
            return visit.done(form, _seats_path(meeting), "seats_saved")
        except Refused as refusal:
            _refuse(form, refusal)
            if refusal.code == "stale":
                status = 409
                current = seating.get_seats(visit.session, meeting.id)
                differences = compare(form, _typed(current) | {"version": current.version})
    page = _seats_page(visit, meeting, form)
    page.differences = differences
    return visit.page(page, status)


def _typed(current: SeatsView) -> dict[str, object]:
    """The values as the form's fields hold them."""
    closes_on = current.registration_closes_on
    return {
        "seats": current.seats,
        "seats_per_organisation": current.seats_per_organisation,
        "registration_closes_on": closes_on.isoformat() if closes_on else None,
        "needs_approval": "1" if current.needs_approval else None,
        "offer_hours": current.offer_hours,
        "version": current.version,
    }


def _seats_page(visit: Visit, meeting: MeetingView, form: Form) -> SeatsPage:
    booking = get_booking(visit.session, visit.actor, meeting)
    named = [organisation_id for group in booking.groups for organisation_id in group.organisation_ids]
    names = seating.get_organisation_names(visit.session, named)
    return SeatsPage(meeting=meeting, booking=booking, form=form, organisation_names=names)


@router.get(SEATS + "/ny", dependencies=[only(may_manage)])
def show_new_group(visit: AVisit, key: str) -> Response:
    return visit.page(SeatGroupPage(meeting=open_meeting(visit, key), group=None, form=visit.blank()))


@router.post(SEATS + "/ny", dependencies=[only(may_manage)])
def add_group(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(SeatGroupInput)
    if given is not None:
        try:
            seating.add_group(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, _seats_path(meeting), "seat_group_saved")
        except Refused as refusal:
            _refuse(form, refusal)
    return visit.page(SeatGroupPage(meeting=meeting, group=None, form=form), 422)


@router.get(GROUP, dependencies=[only(may_manage)])
def show_group(visit: AVisit, key: str, group_id: int) -> Response:
    meeting, group = _open_group(visit, key, group_id)
    return visit.page(
        SeatGroupPage(meeting=meeting, group=group, form=visit.blank(**_group_typed(visit, group)))
    )


@router.post(GROUP, dependencies=[only(may_manage)])
def edit_group(visit: AVisit, key: str, group_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, group = _open_group(visit, key, group_id)
    given = form.read(SeatGroupInput)
    differences: Sequence[Difference] = ()
    status = 422
    if given is not None:
        try:
            seating.edit_group(visit.session, visit.actor, meeting.id, group.id, read_version(form), given)
            return visit.done(form, _seats_path(meeting), "seat_group_saved")
        except Refused as refusal:
            _refuse(form, refusal)
            if refusal.code == "stale":
                status = 409
                differences = compare(form, _group_typed(visit, group))
    page = SeatGroupPage(meeting=meeting, group=group, form=form, differences=differences)
    return visit.page(page, status)


@router.post(GROUP + "/slet", dependencies=[only(may_manage)])
def remove_group(visit: AVisit, key: str, group_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    seating.remove_group(visit.session, visit.actor, meeting.id, group_id)
    return visit.done(form, _seats_path(meeting), "seat_group_removed")


def _open_group(visit: Visit, key: str, group_id: int) -> tuple[MeetingView, SeatGroupView]:
    meeting = open_meeting(visit, key)
    groups = get_booking(visit.session, visit.actor, meeting).groups
    group = next((group for group in groups if group.id == group_id), None)
    if group is None:
        raise NotFound
    return meeting, group


def _group_typed(visit: Visit, group: SeatGroupView) -> dict[str, object]:
    names = seating.get_organisation_names(visit.session, group.organisation_ids)
    return {
        "name": group.name,
        "seats": group.seats,
        "kinds": list(group.kinds),
        "organisations": "\n".join(names.values()),
        "release_on": group.release_on.isoformat() if group.release_on else None,
        "version": group.version,
    }


def _seats_path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/pladser"


def _refuse(form: Form, refusal: Refused) -> None:
    form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)


# --- somebody signed up by staff


@router.get(SIGN_UPS + "/ny", dependencies=[only(may_manage)])
def show_adding(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    booking = get_booking(visit.session, visit.actor, meeting)
    return visit.page(AddPersonPage(meeting=meeting, booking=booking, form=visit.blank()))


@router.post(SIGN_UPS + "/ny", dependencies=[only(may_manage)])
def add_person(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(AddedInput)
    if given is not None:
        try:
            added = deciding.add_sign_up(visit.session, visit.actor, meeting.id, given)
            return visit.done(form, _person_path(meeting, added.id), "person_added")
        except Refused as refusal:
            _refuse(form, refusal)
    booking = get_booking(visit.session, visit.actor, meeting)
    return visit.page(AddPersonPage(meeting=meeting, booking=booking, form=form), 422)


# --- one sign-up


@router.get(SIGN_UPS + "/afgoerelser", dependencies=[only(may_manage)])
def show_decisions(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    decisions = deciding.list_decisions(visit.session, visit.actor, meeting.id)
    return visit.page(DecisionsPage(meeting=meeting, decisions=decisions))


@router.get(SIGN_UP, dependencies=[only(may_manage)])
def show_person(visit: AVisit, key: str, registration_id: int) -> Response:
    meeting, one = _open_person(visit, key, registration_id)
    groups = get_booking(visit.session, visit.actor, meeting).groups
    said = list_answers_by_person(visit.session, visit.actor, meeting.id, [one.id])
    # What is postponed is not over, though the day that it had has passed.
    is_over = meeting.is_past and meeting.status != "postponed"
    return visit.page(
        PersonPage(
            meeting=meeting,
            one=one,
            place=get_places(visit.session, meeting.id).get(one.id),
            groups={group.id: group.name for group in groups},
            questions=list_questions(visit.session, meeting.id, with_hidden=True),
            said=said.get(one.id, {}),
            decisions=deciding.list_decisions(visit.session, visit.actor, meeting.id, one.id),
            deeds=[
                name
                for name, deed in DEEDS.items()
                if one.status in deed.statuses and not is_over and (groups or name != "gruppe")
            ],
        )
    )


@router.post(SIGN_UP + "/ja", dependencies=[only(may_manage)])
def approve(visit: AVisit, key: str, registration_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, one = _open_person(visit, key, registration_id)
    deciding.approve_request(visit.session, visit.actor, one.id)
    return visit.done(form, f"/moeder/{meeting.key}/rediger/tilmeldinger", "request_approved")


@router.get(SIGN_UP + "/{deed}", dependencies=[only(may_manage)])
def show_deed(visit: AVisit, key: str, registration_id: int, deed: str) -> Response:
    meeting, one = _open_person(visit, key, registration_id)
    if deed not in DEEDS:
        raise NotFound
    return visit.page(_deed_page(visit, meeting, one, deed, visit.blank(group=one.seat_group_id)))


@router.post(SIGN_UP + "/{deed}", dependencies=[only(may_manage)])
def do_deed(visit: AVisit, key: str, registration_id: int, deed: str, form: SentForm) -> Response:
    """Do what needs a reason; whoever comes second is told that it is decided."""
    if before := visit.done_before(form):
        return before
    meeting, one = _open_person(visit, key, registration_id)
    if deed not in DEEDS:
        raise NotFound
    given = form.read(DEEDS[deed].asks)
    if given is not None:
        try:
            DEEDS[deed].act(visit.session, visit.actor, one.id, given)
            return visit.done(form, _person_path(meeting, one.id), DEEDS[deed].notice)
        except Refused as refusal:
            _refuse(form, refusal)
    return visit.page(_deed_page(visit, meeting, one, deed, form), 422)


def _open_person(visit: Visit, key: str, registration_id: int) -> tuple[MeetingView, SignUpLine]:
    """A sign-up of this meeting; one of another is not to be reached by this address."""
    meeting = open_meeting(visit, key)
    one = find_sign_up(visit.session, meeting.id, registration_id)
    if one is None:
        raise NotFound
    return meeting, one


def _deed_page(visit: Visit, meeting: MeetingView, one: SignUpLine, deed: str, form: Form) -> DeedPage:
    groups = get_booking(visit.session, visit.actor, meeting).groups
    return DeedPage(
        meeting=meeting,
        one=one,
        place=get_places(visit.session, meeting.id).get(one.id),
        deed=deed,
        form=form,
        groups=[(str(group.id), group.name) for group in groups],
    )


def _person_path(meeting: MeetingView, registration_id: int) -> str:
    return f"/moeder/{meeting.key}/rediger/tilmeldinger/{registration_id}"
