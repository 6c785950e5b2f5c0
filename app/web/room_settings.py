"""How a room works, for those who arrange the meeting: its rules, its code, and the sign for the wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from markupsafe import Markup

from app.core.policy import NotFound, Refused
from app.domain.attendance import service
from app.domain.attendance.policy import may_keep_room
from app.domain.attendance.queries import RoomView, find_room
from app.domain.attendance.schemas import RoomInput
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, compare
from app.web.qr import draw_code

router = Router()

SETTINGS = "/moeder/{key}/rediger/lokale"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_room_opened": _("Lokalet er lavet. Koden gælder fra dagen før mødet."),
        "notice_room_saved": _("Gemt. Det gælder fra nu af."),
        "notice_room_code_renewed": _("Lokalet har fået en ny kode. Den gamle virker ikke mere."),
    }
)


@dataclass
class RoomSettingsPage(Page):
    """`room`: None where it is not made yet. `differences`: what somebody else has saved meanwhile."""

    template: ClassVar[str] = "planning/room.html"
    meeting: MeetingView
    room: RoomView | None
    form: Form
    address: str
    differences: Sequence[Difference] = ()


@dataclass
class SignPage(Page):
    """A sign to print. `address`: where the code leads, as it is typed."""

    template: ClassVar[str] = "planning/room_sign.html"
    meeting: MeetingView
    room: RoomView
    code: Markup
    address: str


@router.get(SETTINGS, dependencies=[only(may_keep_room)])
def show_settings(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    room = find_room(visit.session, meeting.id)
    return visit.page(_page(visit, meeting, room, visit.blank(**_values(room))))


@router.post(SETTINGS + "/lav", dependencies=[only(may_keep_room)])
def make_room(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    service.open_room(visit.session, visit.actor, meeting.id)
    return visit.done(form, _path(meeting), "room_opened")


@router.post(SETTINGS, dependencies=[only(may_keep_room)])
def edit_room(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, room = _open(visit, key)
    given = form.read(RoomInput)
    if given is None:
        return visit.page(_page(visit, meeting, room, form), 422)
    try:
        service.edit_room(visit.session, visit.actor, meeting.id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        differences = compare(form, _values(room))
        return visit.page(_page(visit, meeting, room, form, differences), 409)
    return visit.done(form, _path(meeting), "room_saved")


@router.post(SETTINGS + "/kode", dependencies=[only(may_keep_room)])
def renew_code(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting, _room = _open(visit, key)
    service.renew_code(visit.session, visit.actor, meeting.id)
    return visit.done(form, _path(meeting), "room_code_renewed")


@router.get(SETTINGS + "/skilt", dependencies=[only(may_keep_room)])
def show_sign(visit: AVisit, key: str) -> Response:
    meeting, room = _open(visit, key)
    address = f"{visit.kit.site.base_url}/k/{room.code}"
    return visit.page(SignPage(meeting, room, draw_code(address), address.partition("://")[2]))


def _open(visit: Visit, key: str) -> tuple[MeetingView, RoomView]:
    meeting = open_meeting(visit, key)
    room = find_room(visit.session, meeting.id)
    if room is None:
        raise NotFound
    return meeting, room


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/lokale"


def _values(room: RoomView | None) -> dict[str, object]:
    if room is None:
        return {}
    return {
        "names": room.names,
        "lets_guests": "1" if room.lets_guests else None,
        "checks_in": "1" if room.checks_in else None,
        "stays_open_days": room.stays_open_days,
        "version": room.version,
    }


def _page(
    visit: Visit,
    meeting: MeetingView,
    room: RoomView | None,
    form: Form,
    differences: Sequence[Difference] = (),
) -> RoomSettingsPage:
    address = f"{visit.kit.site.base_url}/k".partition("://")[2]
    return RoomSettingsPage(meeting, room, form, address, differences)
