"""Into the room of a meeting: by the code on the wall or as a participant, with an account or without.

How one is shown there, out again, and whose that is which was written without an account."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from fastapi.responses import Response

from app.core.audit import current_client
from app.core.policy import NotFound, Refused, is_person
from app.domain.attendance import service
from app.domain.attendance.codes import read_code
from app.domain.attendance.policy import may_join, may_join_without_code
from app.domain.attendance.queries import RoomView, Seat, find_room, find_room_by_code, find_seat
from app.domain.attendance.schemas import JoinInput
from app.domain.boards.of_groups import find_board_of_group
from app.domain.groups.queries import find_placement
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import Limit, count_against, require_left
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.identity import seats
from app.identity.codes import name_client
from app.identity.seats import Claim, is_secret, list_claims, make_secret
from app.web.entering import cookie_name, own_path, set_cookie
from app.web.meetings import open_meeting

router = Router()

ROOM = "/moeder/{key}/lokale"
# The word after the name of the session's cookie.
SEAT = seats.WORD
# A whole room sits behind one address, so only codes that are wrong count, and many of them.
WRONG_CODES = 100
WRONG_CODES_WITHIN = timedelta(minutes=10)
# The field that a refusal belongs to.
FIELDS = {
    "attendance_needs_name": "name",
    "attendance_needs_organisation": "organisation_name",
    "attendance_needs_kind": "organisation_kind",
    "attendance_not_shown_so": "shown_as",
}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "attendance_called_off": _("Mødet holdes ikke på den dag, så lokalet er lukket."),
        "attendance_too_early": _("Lokalet åbner dagen før mødet."),
        "attendance_over": _("Lokalet er lukket. Alt, der blev skrevet, står på mødets side."),
        "attendance_no_guests": _("Arrangørerne har bestemt, at man skal logge ind for at være med her."),
        "attendance_removed": _(
            "Du er vist ud af lokalet. Tal med en fra sekretariatet, hvis det er en fejl."
        ),
        "attendance_full": _(
            "Der er så mange med uden konto, at der ikke kan komme flere. Log ind i stedet."
        ),
        "attendance_not_shown_so": _("Sådan kan man ikke vises i dette lokale. Vælg en af de andre måder."),
        "attendance_needs_name": _("Skriv dit navn, eller vælg at blive vist på en anden måde."),
        "attendance_needs_organisation": _("Skriv, hvor du kommer fra, eller vælg en anden måde."),
        "attendance_needs_kind": _("Vælg, hvad I er for nogen, eller vælg at blive vist på en anden måde."),
        "attendance_none": _("Mødet har ikke noget lokale endnu."),
        "attendance_wrong_code": _("Ingen lokaler har den kode. Se efter på skærmen eller skiltet igen."),
        "notice_room_joined": _("Du er med."),
        "notice_room_shown": _("Gemt. Det, du allerede har skrevet, vises som før."),
        "notice_room_left": _("Du har forladt lokalet. Det, du skrev, bliver stående."),
        "notice_room_claimed": _("Det er dit nu og står under dine bidrag."),
        "notice_room_disowned": _("Browseren husker det ikke mere. Det, der er skrevet, bliver stående."),
    }
)


@dataclass
class CodePage(Page):
    """Where the code is typed. `problem`: why it led nowhere, in a sentence."""

    template: ClassVar[str] = "room/code.html"
    typed: str
    problem: str


@dataclass
class JoinPage(Page):
    """How one wants to be shown; or `closed`, why nobody comes in now. `action`: where the form is sent to.
    `claims`: what was written at this meeting in this browser, without an account. `sign_in`: where to."""

    template: ClassVar[str] = "room/join.html"
    room: RoomView
    form: Form
    action: str
    closed: str
    sign_in: str
    needs_account: bool
    claims: list[Claim]
    kind: str
    can_speak: bool


@dataclass
class ShownPage(Page):
    """How one is shown from now on."""

    template: ClassVar[str] = "room/shown.html"
    room: RoomView
    seat: Seat
    form: Form
    kind: str
    can_speak: bool


# --- the code


@router.get("/k", dependencies=[anyone])
def ask_code(visit: AVisit, kode: str = "") -> Response:
    """The field for the code; with one in the address, on to its room."""
    if not kode.strip():
        return visit.page(CodePage("", ""))
    code = read_code(kode)
    if code is None:
        return visit.page(CodePage(kode[:40], visit.say("attendance_wrong_code")), 404)
    return visit.go(_code_path(*code))


@router.get("/k/{typed}", dependencies=[anyone])
def show_join(visit: AVisit, typed: str) -> Response:
    found = _find_by_code(visit, typed)
    if found is None:
        return visit.page(CodePage(typed[:40], visit.say("attendance_wrong_code")), 404)
    room, number = found
    if visit.actor.seat_at(room.meeting_id) is not None:
        return visit.go(_where_to(visit, room, number))
    path = _code_path(room.code, number)
    return visit.page(_join_page(visit, _blank(visit, room), room, path))


@router.post("/k/{typed}", dependencies=[anyone])
def join(visit: AVisit, typed: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    found = _find_by_code(visit, typed)
    if found is None:
        return visit.page(CodePage(typed[:40], visit.say("attendance_wrong_code")), 404)
    room, number = found
    return _join(visit, form, room, number, _code_path(room.code, number))


def _code_path(code: str, number: int | None) -> str:
    return f"/k/{code}-{number}" if number is not None else f"/k/{code}"


def _find_by_code(visit: Visit, typed: str) -> tuple[RoomView, int | None] | None:
    """The room with this code and the group named after it. Only wrong codes are counted: of an account by
    itself, of all others by their address, for a new seat is had for the asking. Who has guessed too often
    waits, and the others behind the same address can sign in; who sits in the room comes back in any case."""
    actor = visit.actor
    guesser = f"user {actor.user_id}" if actor.is_signed_in else name_client(current_client.get())
    guesses = Limit(f"wrong-codes:{guesser}", WRONG_CODES, WRONG_CODES_WITHIN)
    code = read_code(typed)
    room = find_room_by_code(visit.session, actor, code[0]) if code is not None else None
    if room is None or actor.seat_at(room.meeting_id) is None:
        require_left(visit.session, guesses)
    if code is not None and room is not None:
        return room, code[1]
    count_against(visit.session, guesses.subject, guesses.most, guesses.window)
    # Kept although the page is a refusal.
    visit.session.commit()
    return None


# --- the form


def _blank(visit: Visit, room: RoomView, seat: Seat | None = None) -> Form:
    """The way of being shown that is the most open is chosen, or the one that was."""
    if seat is None:
        return visit.blank(shown_as=room.ways[0])
    return visit.blank(
        shown_as=seat.shown_as,
        name=seat.name,
        organisation_name=seat.organisation_name,
        organisation_kind=seat.kind,
    )


def _join_page(visit: Visit, form: Form, room: RoomView, path: str) -> JoinPage:
    closed = room.why_closed(visit.actor) if may_join(visit.actor) else "not_allowed"
    claims = list_claims(visit.session, visit.actor, own_secret(visit))
    return JoinPage(
        room=room,
        form=form,
        action=path,
        closed=visit.say(closed) if closed else "",
        sign_in=path,
        needs_account=not visit.actor.is_signed_in and not room.lets_guests,
        claims=[claim for claim in claims if claim.meeting.id == room.meeting_id],
        kind=visit.actor.organisation_kind or "",
        can_speak=visit.actor.organisation_id is not None,
    )


def own_secret(visit: Visit) -> str | None:
    return visit.request.cookies.get(cookie_name(visit, SEAT))


def _join(visit: Visit, form: Form, room: RoomView, number: int | None, path: str) -> Response:
    given = form.read(JoinInput)
    if given is not None:
        secret = own_secret(visit)
        # A browser that left its seats keeps the secret: they know it no more.
        secret = secret if secret is not None and is_secret(secret) else make_secret()
        try:
            attendee = service.join(visit.session, visit.actor, room.meeting_id, given, secret)
        except Refused as refusal:
            if refusal.code not in FIELDS:
                raise
            form.refuse(FIELDS[refusal.code], refusal.code)
        else:
            others = {(known, place) for known, place in visit.actor.seats if known != room.meeting_id}
            visit.actor = replace(visit.actor, seats=frozenset(others | {(room.meeting_id, attendee.id)}))
            response = visit.done(form, _where_to(visit, room, number), "room_joined")
            if not visit.actor.is_signed_in:
                set_cookie(visit, response, cookie_name(visit, SEAT), secret, seats.LASTS)
            return response
    return visit.page(_join_page(visit, form, room, path), 422)


def _where_to(visit: Visit, room: RoomView, number: int | None) -> str:
    """The board of the group whose code it was, else of the own group, where it is open; else the room."""
    base = f"/moeder/{room.meeting_key}"
    board_id = None
    if number is not None:
        board_id = find_board_of_group(visit.session, room.meeting_id, number=number)
    elif placement := find_placement(visit.session, visit.actor, room.meeting_id):
        board_id = find_board_of_group(visit.session, room.meeting_id, group_id=placement.group_id)
    return f"{base}/tavler/{board_id}" if board_id is not None else f"{base}/lokale"


def open_room(visit: Visit, key: str) -> tuple[MeetingView, RoomView]:
    """The meeting of the address, with its room."""
    meeting = open_meeting(visit, key)
    room = find_room(visit.session, meeting.id)
    if room is None:
        raise NotFound
    return meeting, room


# --- from the meeting's own page


@router.post(ROOM + "/deltag", dependencies=[only(may_join)])
def join_as_participant(visit: AVisit, key: str, form: SentForm) -> Response:
    """Without the code, for who takes part or arranges the meeting."""
    if before := visit.done_before(form):
        return before
    meeting, room = open_room(visit, key)
    if not may_join_without_code(visit.actor, meeting.id):
        return visit.go("/k")
    return _join(visit, form, room, None, f"/moeder/{meeting.key}/lokale/deltag")


@router.get(ROOM + "/vist-som", dependencies=[anyone])
def show_shown(visit: AVisit, key: str) -> Response:
    room, seat = _open_seat(visit, key)
    return visit.page(_shown_page(visit, _blank(visit, room, seat), room, seat))


@router.post(ROOM + "/vist-som", dependencies=[anyone])
def change_shown(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    room, seat = _open_seat(visit, key)
    given = form.read(JoinInput)
    if given is not None:
        try:
            service.join(visit.session, visit.actor, room.meeting_id, given, own_secret(visit))
            return visit.done(form, f"/moeder/{room.meeting_key}/lokale", "room_shown")
        except Refused as refusal:
            if refusal.code not in FIELDS:
                raise
            form.refuse(FIELDS[refusal.code], refusal.code)
    return visit.page(_shown_page(visit, form, room, seat), 422)


def _shown_page(visit: Visit, form: Form, room: RoomView, seat: Seat) -> ShownPage:
    actor = visit.actor
    return ShownPage(room, seat, form, actor.organisation_kind or "", actor.organisation_id is not None)


@router.post(ROOM + "/forlad", dependencies=[anyone])
def leave(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    room, _seat = _open_seat(visit, key)
    service.leave(visit.session, visit.actor, room.meeting_id)
    return visit.done(form, f"/moeder/{room.meeting_key}", "room_left")


def _open_seat(visit: Visit, key: str) -> tuple[RoomView, Seat]:
    meeting, room = open_room(visit, key)
    seat = find_seat(visit.session, visit.actor, meeting.id)
    if seat is None:
        raise NotFound
    return room, seat


# --- whose it is


@router.post("/mit/lokale/{attendee_id:int}/mit", dependencies=[only(is_person)])
def claim(visit: AVisit, attendee_id: int, form: SentForm) -> Response:
    """What was written in this browser without an account is one's own."""
    if before := visit.done_before(form):
        return before
    seats.claim(visit.session, visit.actor, own_secret(visit), attendee_id)
    return visit.done(form, own_path(form.value("videre") or "/mit"), "room_claimed")


@router.post("/mit/lokale/{attendee_id:int}/ikke-mit", dependencies=[only(is_person)])
def disown(visit: AVisit, attendee_id: int, form: SentForm) -> Response:
    """It was somebody else; the question is not asked again here."""
    if before := visit.done_before(form):
        return before
    seats.disown(visit.session, visit.actor, own_secret(visit), attendee_id)
    return visit.done(form, own_path(form.value("videre") or "/mit"), "room_disowned")
