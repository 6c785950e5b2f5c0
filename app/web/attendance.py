"""The door on the day: who has come, ticked off by a press or by the ticket; and who was there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.policy import Actor, NotFound, is_person, require
from app.domain.attendance import checking_in, service
from app.domain.attendance.checking_in import (
    Arrival,
    Attendance,
    count_attendance,
    find_arrival,
    is_ticket,
    list_arrivals,
    seal_ticket,
)
from app.domain.attendance.policy import may_check_in, may_check_in_somewhere
from app.domain.attendance.queries import RoomView, Sitting, find_room, list_sitting
from app.domain.attendance.schemas import DoorInput, WalkInInput
from app.domain.meetings.queries import MeetingView
from app.domain.registrations.queries import RegistrationView, find_own
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.live import add_topic, answer_block
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.formats import Ending, send_table
from app.web.labels import label
from app.web.meetings import open_meeting
from app.web.qr import draw_code
from app.web.sealed import hide

router = Router()

DOOR = "/moeder/{key}/indtjekning"
WHO = "/moeder/{key}/fremmoede"


def _(text: str) -> str:
    return text


COLUMNS = {
    "name": _("Navn"),
    "title": _("Titel"),
    "organisation": _("Organisation"),
    "kind": _("Slags organisation"),
    "signed_up": _("Tilmelding"),
    "checked_in": _("Tjekket ind"),
    "in_room": _("I lokalet"),
    "email": _("Mail"),
}

add_sentences(
    {
        "attendance_off": _("Mødet er aflyst eller udskudt, så ingen kan tjekkes ind."),
        "attendance_not_today": _("Indtjekningen åbner dagen før mødet."),
        "notice_checked_in": _("Tjekket ind."),
        "notice_check_in_undone": _("Indtjekningen er fortrudt."),
        "notice_walked_in": _("Personen er skrevet på listen og tjekket ind."),
        "notice_shown_out": _("Personen er vist ud og kan ikke skrive mere i lokalet."),
        "notice_let_in_again": _("Personen kan skrive i lokalet igen."),
    }
)


@dataclass
class DoorBlock(Page):
    """The list at the door, the same for all who stand there."""

    template: ClassVar[str] = "attendance/door_block.html"
    meeting_key: str
    people: list[Arrival]


@dataclass
class DoorPage(Page):
    """`words`: what is looked for, without JavaScript; `closed`: why nobody is checked in, in a sentence."""

    template: ClassVar[str] = "attendance/door.html"
    meeting: MeetingView
    people: list[Arrival]
    words: str
    form: Form
    closed: str
    who: str


@dataclass
class TicketPage(Page):
    """One's own ticket: the code that is shown at the door. `room`: whose code is on the wall."""

    template: ClassVar[str] = "attendance/ticket.html"
    meeting: MeetingView
    own: RegistrationView
    code: Markup
    room: RoomView | None


@dataclass
class ScannedPage(Page):
    """What a scanned ticket opens. `person`: None for who does not check in."""

    template: ClassVar[str] = "attendance/scanned.html"
    meeting: MeetingView
    person: Arrival | None
    path: str
    problem: str


@dataclass
class AttendancePage(Page):
    template: ClassVar[str] = "attendance/show.html"
    meeting: MeetingView
    counts: Attendance
    in_room: list[Sitting]
    removed: list[Sitting]


def may_hear_attendance(session: Session, actor: Actor, meeting_id: int) -> bool:
    """Who checks in at the meeting."""
    return may_check_in(actor, meeting_id)


add_topic("attendance", may_hear_attendance)


# --- the list


def _open_door(visit: Visit, key: str) -> MeetingView:
    meeting = open_meeting(visit, key)
    require(may_check_in(visit.actor, meeting.id))
    return meeting


@router.get(DOOR, dependencies=[only(may_check_in_somewhere)])
def show_door(visit: AVisit, key: str, q: str = "") -> Response:
    return visit.page(_door_page(visit, _open_door(visit, key), visit.blank(), q))


def _door_page(visit: Visit, meeting: MeetingView, form: Form, words: str = "") -> DoorPage:
    people = list_arrivals(visit.session, visit.actor, meeting.id)
    closed = checking_in.why_shut(meeting)
    return DoorPage(
        meeting=meeting,
        people=[one for one in people if _holds(one, words)],
        words=words[:200],
        form=form,
        closed=visit.say(closed) if closed else "",
        who=f"u{visit.actor.user_id}",
    )


def _holds(one: Arrival, words: str) -> bool:
    text = f"{one.name} {one.organisation_name} {one.title}".casefold()
    return all(word in text for word in words.casefold().split())


@router.get(DOOR + "/liste/{meeting_id:int}", dependencies=[anyone])
async def show_list(request: Request, key: str, meeting_id: int) -> Response:
    """The block of the list; the meeting is named by its id, so that no key is looked up."""

    def make(session: Session) -> DoorBlock:
        return DoorBlock(key, checking_in.list_people(session, meeting_id))

    return await answer_block(request, topic=f"attendance:{meeting_id}", variant=f"door {key}", page=make)


@router.post(DOOR, dependencies=[only(may_check_in_somewhere)])
def check_in(visit: AVisit, key: str, form: SentForm) -> Response:
    """Tick off one on the list: by the sign-up, or by the number in the room of who has none."""
    if before := visit.done_before(form):
        return before
    meeting = _open_door(visit, key)
    given = form.read(DoorInput)
    if given is None or (given.registration_id is None) == (given.attendee_id is None):
        raise NotFound
    if given.registration_id is not None:
        checking_in.check_in(visit.session, visit.actor, meeting.id, given.registration_id)
    elif given.attendee_id is not None:
        checking_in.check_in_attendee(visit.session, visit.actor, meeting.id, given.attendee_id)
    return visit.taken(form, _door_path(meeting), "checked_in", say=visit.say("notice_checked_in"))


@router.post(DOOR + "/fortryd", dependencies=[only(may_check_in_somewhere)])
def undo_check_in(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_door(visit, key)
    given = form.read(DoorInput)
    if given is None or given.attendee_id is None:
        raise NotFound
    checking_in.undo_check_in(visit.session, visit.actor, meeting.id, given.attendee_id)
    say = visit.say("notice_check_in_undone")
    return visit.taken(form, _door_path(meeting), "check_in_undone", say=say)


@router.post(DOOR + "/ny", dependencies=[only(may_check_in_somewhere)])
def add_walk_in(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_door(visit, key)
    given = form.read(WalkInInput)
    if given is None:
        return visit.page(_door_page(visit, meeting, form), 422)
    checking_in.add_walk_in(visit.session, visit.actor, meeting.id, given)
    return visit.taken(form, _door_path(meeting), "walked_in", say=visit.say("notice_walked_in"))


def _door_path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/indtjekning"


# --- the ticket


@router.get("/moeder/{key}/tilmelding/billet", dependencies=[only(is_person)])
def show_ticket(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    own = find_own(visit.session, visit.actor, meeting.id)
    if own is None or own.status != "registered":
        raise NotFound
    sealed = seal_ticket(visit.session, own.id)
    address = f"{visit.kit.site.base_url}{_door_path(meeting)}/{own.id}/{sealed}"
    room = find_room(visit.session, meeting.id)
    return visit.page(TicketPage(meeting=meeting, own=own, code=draw_code(address), room=room))


@router.get(DOOR + "/{registration_id:int}/{sealed}", dependencies=[anyone])
def show_scanned(visit: AVisit, key: str, registration_id: int, sealed: str) -> Response:
    """Opened by a telephone's own camera. Only who checks in at the meeting sees whose ticket it is."""
    meeting = _open_ticket(visit, key, registration_id, sealed)
    person = None
    if may_check_in(visit.actor, meeting.id):
        person = find_arrival(visit.session, visit.actor, meeting.id, registration_id)
        if person is None:
            raise NotFound
    closed = checking_in.why_shut(meeting)
    path = f"{_door_path(meeting)}/{registration_id}/{sealed}"
    return hide(visit.page(ScannedPage(meeting, person, path, visit.say(closed) if closed else "")))


@router.post(DOOR + "/{registration_id:int}/{sealed}", dependencies=[only(may_check_in_somewhere)])
def check_in_by_ticket(
    visit: AVisit, key: str, registration_id: int, sealed: str, form: SentForm
) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_ticket(visit, key, registration_id, sealed)
    checking_in.check_in(visit.session, visit.actor, meeting.id, registration_id)
    return visit.done(form, f"{_door_path(meeting)}/{registration_id}/{sealed}", "checked_in")


def _open_ticket(visit: Visit, key: str, registration_id: int, sealed: str) -> MeetingView:
    meeting = open_meeting(visit, key)
    if not is_ticket(visit.session, registration_id, sealed):
        raise NotFound
    return meeting


# --- who was there


@router.get(WHO, dependencies=[only(may_check_in_somewhere)])
def show_attendance(visit: AVisit, key: str) -> Response:
    meeting = _open_door(visit, key)
    sitting = list_sitting(visit.session, visit.actor, meeting.id)
    return visit.page(
        AttendancePage(
            meeting=meeting,
            counts=count_attendance(visit.session, visit.actor, meeting.id),
            in_room=[one for one in sitting if not one.is_removed],
            removed=[one for one in sitting if one.is_removed],
        )
    )


@router.get(WHO + ".csv", dependencies=[only(may_check_in_somewhere)])
def download_attendance(visit: AVisit, key: str) -> Response:
    return _send_attendance(visit, key, "csv")


@router.get(WHO + ".xlsx", dependencies=[only(may_check_in_somewhere)])
def download_attendance_for_excel(visit: AVisit, key: str) -> Response:
    return _send_attendance(visit, key, "xlsx")


def _send_attendance(visit: Visit, key: str, ending: Ending) -> Response:
    """Everybody on the list, as a file; noted in the log. Of nobody it says how they are shown."""
    meeting = _open_door(visit, key)
    people = list_arrivals(visit.session, visit.actor, meeting.id)
    record(visit.session, visit.actor, "export", "attendee", meeting.id, after={"rows": len(people)})
    rows, name = [_as_row(visit, one) for one in people], f"fremmoede-{meeting.key}"
    return send_table(
        visit, ending, _("Fremmøde"), _("Alle på listen, og hvem der kom."), COLUMNS.items(), rows, name
    )


def _as_row(visit: Visit, one: Arrival) -> Mapping[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "organisation": one.organisation_name,
        "kind": label(visit.language, "organisation_kind", one.organisation_kind)
        if one.organisation_kind
        else "",
        "signed_up": label(visit.language, "sign_up_status", one.status) if one.status else "",
        "checked_in": one.checked_in_at,
        "in_room": visit.say("yes" if one.joined_at else "no"),
        "email": one.email,
    }


@router.post(WHO + "/{attendee_id:int}/vis-ud", dependencies=[only(may_check_in_somewhere)])
def show_out(visit: AVisit, key: str, attendee_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_door(visit, key)
    service.show_out(visit.session, visit.actor, meeting.id, attendee_id)
    return visit.done(form, f"/moeder/{meeting.key}/fremmoede#lokalet", "shown_out")


@router.post(WHO + "/{attendee_id:int}/luk-ind", dependencies=[only(may_check_in_somewhere)])
def let_in_again(visit: AVisit, key: str, attendee_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_door(visit, key)
    service.let_in_again(visit.session, visit.actor, meeting.id, attendee_id)
    return visit.done(form, f"/moeder/{meeting.key}/fremmoede#lokalet", "let_in_again")
