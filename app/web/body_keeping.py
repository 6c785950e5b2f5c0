"""Keeping the papers of a committee: its seats, its secretaries, its meetings, and what is to be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotAllowed, NotFound, Refused
from app.domain.bodies import reading, service
from app.domain.bodies.policy import may_have_a_place
from app.domain.bodies.queries import (
    BodyMeetingView,
    BodyView,
    MemberView,
    ReadingView,
    list_meetings,
    list_readings,
)
from app.domain.bodies.schemas import (
    BodyMeetingEdit,
    BodyMeetingInput,
    MemberEdit,
    MemberInput,
    ReadingInput,
)
from app.domain.contributions.queries import find_contribution
from app.domain.meetings.queries import find_meeting
from app.domain.meetings.schemas import Version
from app.domain.projects.queries import find_project
from app.domain.strategies.queries import list_strategies
from app.domain.users.houses import OfHouse, list_of_house
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.bodies import ONE, get_body, get_kept_body, get_led_body
from app.web.body_words import take_refusal
from app.web.filters import whole_number
from app.web.plan_pages import Difference, compare

router = Router()

MEMBERS: Final = ONE + "/medlemmer"
MEMBER: Final = MEMBERS + "/{member_id:int}"
MEETINGS: Final = ONE + "/moeder"
MEETING: Final = MEETINGS + "/{meeting_id:int}"
READINGS: Final = ONE + "/laeseliste"
READING: Final = READINGS + "/{reading_id:int}"

# An address of ours as it is copied from the browser: with our host or without, in any language.
_OURS = re.compile(r"(?:(?P<host>https?://[^/\s]+))?(?:/(?:en|sv))?(?P<path>/[^\s?#]+)(?:[?#]\S*)?")
_THINGS: Final = (
    (re.compile(r"/(?:ideer|behov|oensker)/(?P<word>[A-Za-z]{2}-\d{1,8})"), "contribution_id"),
    (re.compile(r"/kommuner/[^/]+/projekter/(?P<word>\d{1,18})"), "own_project_id"),
    (re.compile(r"/projekter/(?P<word>[a-z0-9-]+)"), "project_id"),
    (re.compile(r"/oplaeg/(?P<word>\d{1,18})(?:/side/(?P<page>\d{1,5}))?"), "deck_id"),
    (re.compile(r"/temaer/(?P<word>[a-z0-9-]+)(?:/.*)?"), "strategy_id"),
    (re.compile(r"/moeder/(?P<word>[a-z0-9-]+)(?:/.*)?"), "meeting_id"),
)


@dataclass
class MembersPage(Page):
    """`colleagues`: whom a seat or the papers may be given, for who keeps the papers."""

    template: ClassVar[str] = "bodies/members.html"
    body: BodyView
    form: Form
    colleagues: list[OfHouse]
    may_keep: bool
    may_lead: bool


@dataclass
class MemberPage(Page):
    template: ClassVar[str] = "bodies/member.html"
    body: BodyView
    member: MemberView
    form: Form
    differences: Sequence[Difference] = ()


@dataclass
class MeetingsPage(Page):
    template: ClassVar[str] = "bodies/meetings.html"
    body: BodyView
    to_come: list[BodyMeetingView]
    held: list[BodyMeetingView]
    form: Form
    may_keep: bool


@dataclass
class MeetingPage(Page):
    template: ClassVar[str] = "bodies/meeting.html"
    body: BodyView
    meeting: BodyMeetingView
    form: Form
    differences: Sequence[Difference] = ()


@dataclass
class ReadingsPage(Page):
    template: ClassVar[str] = "bodies/readings.html"
    body: BodyView
    readings: list[ReadingView]
    to_come: list[BodyMeetingView]
    form: Form
    may_keep: bool


# --- who sits in it, and who keeps its papers


@router.get(MEMBERS, dependencies=[anyone])
def show_members(visit: AVisit, key: str) -> Response:
    return visit.page(_members_page(visit, get_body(visit, key), visit.blank(role="member")))


def _members_page(visit: Visit, body: BodyView, form: Form) -> MembersPage:
    place = body.place
    network_id = service.network_of(visit.session, body.card.id) if place.keeps_papers else None
    of_house = list_of_house(visit.session, body.card.organisation_id, network_id)
    return MembersPage(
        body=body,
        form=form,
        colleagues=of_house if place.keeps_papers else [],
        may_keep=place.keeps_papers,
        may_lead=place.is_lead,
    )


@router.post(MEMBERS, dependencies=[only(may_have_a_place)])
def add_member(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_kept_body(visit, key)
    given = form.read(MemberInput)
    if given is not None:
        try:
            service.add_member(visit.session, visit.actor, body.card.id, given)
            return visit.done(form, f"{body.card.path}/medlemmer", "body_member")
        except Refused as refusal:
            take_refusal(form, refusal)
    return visit.page(_members_page(visit, body, form), 422)


@router.get(MEMBER, dependencies=[only(may_have_a_place)])
def member_page(visit: AVisit, key: str, member_id: int) -> Response:
    body, member = _find_member(visit, key, member_id)
    return visit.page(MemberPage(body, member, visit.blank(**_seat(member))))


def _find_member(visit: Visit, key: str, member_id: int) -> tuple[BodyView, MemberView]:
    body = get_kept_body(visit, key)
    for member in (*body.members, *body.earlier_members):
        if member.id == member_id:
            return body, member
    raise NotFound


def _seat(member: MemberView) -> dict[str, Any]:
    names = ("title", "role", "party", "source_url", "since", "ended_on", "version")
    return {name: getattr(member, name) for name in names}


@router.post(MEMBER, dependencies=[only(may_have_a_place)])
def edit_member(visit: AVisit, form: SentForm, key: str, member_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    body, member = _find_member(visit, key, member_id)
    given = form.read(MemberEdit)
    if given is None:
        return visit.page(MemberPage(body, member, form), 422)
    try:
        service.edit_member(visit.session, visit.actor, member_id, given)
        return visit.done(form, f"{body.card.path}/medlemmer", "body_member_saved")
    except Refused as refusal:
        take_refusal(form, refusal)
        differences = _take_stale(form, refusal, _seat(member))
        return visit.page(MemberPage(body, member, form, differences), 409 if differences else 422)


def _take_stale(form: Form, refusal: Refused, now: dict[str, Any]) -> list[Difference]:
    """Where somebody else was first: what is other, and a form that can be saved once more."""
    return compare(form, now) if refusal.code == "stale" else []


@router.post(MEMBER + "/slut", dependencies=[only(may_have_a_place)])
def end_member(visit: AVisit, form: SentForm, key: str, member_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    body, _member = _find_member(visit, key, member_id)
    given = form.read(Version)
    try:
        service.end_member(visit.session, visit.actor, member_id, given.version if given else 0)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_members_page(visit, body, form), 409)
    return visit.done(form, f"{body.card.path}/medlemmer", "body_member_ended")


@router.post(ONE + "/sekretaerer", dependencies=[only(may_have_a_place)])
def name_secretary(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_led_body(visit, key)
    membership_id = whole_number(form.value("membership_id"))
    try:
        if membership_id is None:
            form.refuse("membership_id", "body_choose_colleague")
        else:
            service.name_secretary(visit.session, visit.actor, body.card.id, membership_id)
            return visit.done(form, f"{body.card.path}/medlemmer", "body_secretary")
    except Refused as refusal:
        form.refuse("membership_id", f"body_{refusal.code}")
    return visit.page(_members_page(visit, body, form), 422)


@router.post(ONE + "/sekretaerer/fjern", dependencies=[only(may_have_a_place)])
def dismiss_secretary(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_led_body(visit, key)
    membership_id = whole_number(form.value("membership_id")) or 0
    service.dismiss_secretary(visit.session, visit.actor, body.card.id, membership_id)
    return visit.done(form, f"{body.card.path}/medlemmer", "body_no_secretary")


# --- when it meets


@router.get(MEETINGS, dependencies=[anyone])
def show_meetings(visit: AVisit, key: str) -> Response:
    return visit.page(_meetings_page(visit, get_body(visit, key), visit.blank()))


def _meetings_page(visit: Visit, body: BodyView, form: Form) -> MeetingsPage:
    to_come, held = list_meetings(visit.session, visit.actor, body.card.id)
    return MeetingsPage(body, to_come, held, form, body.place.keeps_papers)


@router.post(MEETINGS, dependencies=[only(may_have_a_place)])
def plan_meeting(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_kept_body(visit, key)
    given = form.read(BodyMeetingInput)
    if given is None:
        return visit.page(_meetings_page(visit, body, form), 422)
    service.plan_body_meeting(visit.session, visit.actor, body.card.id, given)
    return visit.done(form, f"{body.card.path}/moeder", "body_meeting")


@router.get(MEETING, dependencies=[only(may_have_a_place)])
def meeting_page(visit: AVisit, key: str, meeting_id: int) -> Response:
    body, meeting = _find_meeting(visit, key, meeting_id)
    return visit.page(MeetingPage(body, meeting, visit.blank(**_day(meeting))))


def _find_meeting(visit: Visit, key: str, meeting_id: int) -> tuple[BodyView, BodyMeetingView]:
    body = get_kept_body(visit, key)
    to_come, held = list_meetings(visit.session, visit.actor, body.card.id)
    for meeting in (*to_come, *held):
        if meeting.id == meeting_id:
            return body, meeting
    raise NotFound


def _day(meeting: BodyMeetingView) -> dict[str, Any]:
    names = ("held_on", "starts_at", "place", "note", "url", "version")
    return {name: getattr(meeting, name) for name in names}


@router.post(MEETING, dependencies=[only(may_have_a_place)])
def edit_meeting(visit: AVisit, form: SentForm, key: str, meeting_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    body, meeting = _find_meeting(visit, key, meeting_id)
    given = form.read(BodyMeetingEdit)
    if given is None:
        return visit.page(MeetingPage(body, meeting, form), 422)
    try:
        service.edit_body_meeting(visit.session, visit.actor, meeting_id, given)
        return visit.done(form, f"{body.card.path}/moeder", "body_meeting")
    except Refused as refusal:
        take_refusal(form, refusal)
        differences = _take_stale(form, refusal, _day(meeting))
        return visit.page(MeetingPage(body, meeting, form, differences), 409 if differences else 422)


@router.post(MEETING + "/aflys", dependencies=[only(may_have_a_place)])
def cancel_meeting(visit: AVisit, form: SentForm, key: str, meeting_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    body, meeting = _find_meeting(visit, key, meeting_id)
    given = form.read(Version)
    try:
        service.cancel_body_meeting(visit.session, visit.actor, meeting_id, given.version if given else 0)
    except Refused as refusal:
        again = visit.blank(**_day(meeting))
        take_refusal(again, refusal)
        return visit.page(MeetingPage(body, meeting, again), 409)
    return visit.done(form, f"{body.card.path}/moeder", "body_meeting_off")


# --- what is to be read


@router.get(READINGS, dependencies=[only(may_have_a_place)])
def show_readings(visit: AVisit, key: str) -> Response:
    return visit.page(_readings_page(visit, _get_inside(visit, key), visit.blank()))


def _get_inside(visit: Visit, key: str) -> BodyView:
    body = get_body(visit, key)
    if not body.place.is_inside:
        raise NotAllowed("not_allowed")
    return body


def _readings_page(visit: Visit, body: BodyView, form: Form) -> ReadingsPage:
    to_come, _held = list_meetings(visit.session, visit.actor, body.card.id)
    return ReadingsPage(
        body=body,
        readings=list_readings(visit.session, visit.actor, body.card.id),
        to_come=[one for one in to_come if not one.is_cancelled],
        form=form,
        may_keep=body.place.keeps_papers,
    )


@router.post(READINGS, dependencies=[only(may_have_a_place)])
def add_reading(visit: AVisit, form: SentForm, key: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_kept_body(visit, key)
    given = _read_reading(visit, form)
    if given is not None:
        try:
            reading.add_reading(visit.session, visit.actor, body.card.id, given)
            return visit.done(form, f"{body.card.path}/laeseliste", "body_reading")
        except Refused as refusal:
            take_refusal(form, refusal)
    return visit.page(_readings_page(visit, body, form), 422)


def _read_reading(visit: Visit, form: Form) -> ReadingInput | None:
    """What the pasted address leads to: a thing of the forum, or a page elsewhere with a title."""
    address = form.value("address").strip()
    if not address:
        form.refuse("address", "missing")
        return None
    kept = {name: [form.value(name)] for name in ("note", "body_meeting_id")}
    read = Form(form.language, kept, {})
    found = find_thing(visit, address)
    if found is None:
        read.typed |= {"url": [address], "title": [form.value("title")]}
    else:
        read.typed |= {name: [str(value)] for name, value in found.items()}
    given = read.read(ReadingInput)
    for name, words in read.errors.items():
        is_title = found is None and name == "form" and not form.value("title").strip()
        at = "title" if is_title else "address" if name in ("url", "form") else name
        form.errors.setdefault(at, words)
    return given


def find_thing(visit: Visit, address: str) -> dict[str, int] | None:
    """What an address of ours leads to, as fields of `ReadingInput`; None for an address elsewhere. What the
    reader may not see is number 0, so that it is refused as if it were not there."""
    parts = _OURS.fullmatch(address)
    host = parts["host"] if parts else None
    if parts is None or (host is not None and host != visit.kit.site.base_url.rstrip("/")):
        return None
    path = parts["path"].rstrip("/")
    for pattern, name in _THINGS:
        if match := pattern.fullmatch(path):
            found = {name: max(1, _find_id(visit, name, match["word"]))}
            page = match.groupdict().get("page")
            return found | ({"page": int(page)} if page else {})
    return {"contribution_id": _NOTHING}


# No thing has this number.
_NOTHING: Final = 2**63 - 1


def _find_id(visit: Visit, name: str, word: str) -> int:
    session, actor = visit.session, visit.actor
    if name == "contribution_id":
        said = find_contribution(session, actor, word.upper())
        return said.id if said else _NOTHING
    if name == "project_id":
        project = find_project(session, actor, word)
        return project.card.id if project else _NOTHING
    if name == "strategy_id":
        known = {one.key: one.id for one in list_strategies(session, actor)}
        return known.get(word, _NOTHING)
    if name == "meeting_id":
        meeting = find_meeting(session, actor, word)
        return meeting.id if meeting else _NOTHING
    return int(word)


@router.post(READING + "/laest", dependencies=[only(may_have_a_place)])
def mark_read(visit: AVisit, form: SentForm, key: str, reading_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    body = _get_inside(visit, key)
    _check_listed(visit, body, reading_id)
    is_read = form.value("read") != "0"
    reading.mark_read(visit.session, visit.actor, reading_id, is_read=is_read)
    notice = "body_read" if is_read else "body_unread"
    return visit.done(form, f"{body.card.path}/laeseliste#laes-{reading_id}", notice)


def _check_listed(visit: Visit, body: BodyView, reading_id: int) -> list[int]:
    """The list as it stands for the reader, which holds this."""
    listed = [one.id for one in list_readings(visit.session, visit.actor, body.card.id)]
    if reading_id not in listed:
        raise NotFound
    return listed


@router.post(READING + "/fjern", dependencies=[only(may_have_a_place)])
def remove_reading(visit: AVisit, form: SentForm, key: str, reading_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_kept_body(visit, key)
    _check_listed(visit, body, reading_id)
    reading.remove_reading(visit.session, visit.actor, reading_id)
    return visit.done(form, f"{body.card.path}/laeseliste", "body_reading_gone")


@router.post(READING + "/flyt/{way}", dependencies=[only(may_have_a_place)])
def move_reading(visit: AVisit, form: SentForm, key: str, reading_id: int, way: str) -> Response:
    if before := visit.done_before(form):
        return before
    body = get_kept_body(visit, key)
    listed = _check_listed(visit, body, reading_id)
    at = listed.index(reading_id)
    to = {"op": at - 1, "ned": at + 1}.get(way)
    if to is None:
        raise NotFound
    if 0 <= to < len(listed):
        reading.swap_readings(visit.session, visit.actor, reading_id, listed[to])
    return visit.done(form, f"{body.card.path}/laeseliste#laes-{reading_id}")
