"""Those who have signed up, for those who arrange the meeting: numbers, names, a file, and the food."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.audit import record
from app.domain.meetings.queries import MeetingView
from app.domain.registrations import service
from app.domain.registrations.needs import NeedsOfMeeting, read_needs
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queries import (
    PER_PAGE,
    Booking,
    SignUpCounts,
    SignUpLine,
    count_sign_ups,
    get_booking,
    list_sign_ups,
)
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.spreadsheets import csv_response
from app.http.visit import AVisit, Visit, only
from app.privacy.periods import periods_in_force
from app.web.filters import address_of_page, count_pages, page_number
from app.web.labels import label
from app.web.meetings import open_meeting

router = APIRouter()

SIGN_UPS = "/moeder/{key}/rediger/tilmeldinger"
COLUMNS = ("name", "title", "organisation", "kind", "email", "standing", "listed", "signed_up")


def _(text: str) -> str:
    return text


add_sentences(
    {
        "yes": _("ja"),
        "no": _("nej"),
        "notice_sign_up_open": _("Tilmeldingen er åben. Alle kan se det på mødets side."),
        "notice_sign_up_closed": _("Tilmeldingen er lukket. De, der er tilmeldt, beholder deres plads."),
    }
)


@dataclass
class SignUpsPage(Page):
    template: ClassVar[str] = "planning/sign_ups.html"
    meeting: MeetingView
    booking: Booking
    counts: SignUpCounts
    closed: str
    rows: list[SignUpLine]
    page: int
    pages: int
    href: str


@dataclass
class NeedsPage(Page):
    template: ClassVar[str] = "planning/needs.html"
    meeting: MeetingView
    needs: NeedsOfMeeting
    with_names: bool
    kept_days: int


@router.get(SIGN_UPS, dependencies=[only(may_manage)])
def show_sign_ups(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    counts = count_sign_ups(visit.session, meeting.id)
    pages = count_pages(counts.registered + counts.waiting, PER_PAGE)
    page = page_number(visit, pages)
    booking = get_booking(visit.session, visit.actor, meeting)
    return visit.page(
        SignUpsPage(
            meeting=meeting,
            booking=booking,
            counts=counts,
            closed=visit.say(booking.closed) if booking.closed else "",
            rows=list_sign_ups(visit.session, meeting.id, page),
            page=page,
            pages=pages,
            href=address_of_page(_path(meeting)),
        )
    )


@router.get(SIGN_UPS + ".csv", dependencies=[only(may_manage)])
def download_sign_ups(visit: AVisit, key: str) -> Response:
    """Everybody who comes, as a file; noted in the log. What they eat is not in it."""
    meeting = open_meeting(visit, key)
    rows = list_sign_ups(visit.session, meeting.id, page=None)
    record(visit.session, visit.actor, "export", "registration", meeting.id, after={"rows": len(rows)})
    response = csv_response(f"tilmeldinger-{meeting.key}.csv", COLUMNS, [_as_row(visit, row) for row in rows])
    response.headers["Cache-Control"] = "no-store"
    return response


def _as_row(visit: Visit, row: SignUpLine) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "organisation": row.organisation_name,
        "kind": label(visit.language, "organisation_kind", row.organisation_kind),
        "email": row.email,
        "standing": label(visit.language, "standing", row.standing),
        "listed": visit.say("yes" if row.is_listed else "no"),
        "signed_up": row.created_at.date().isoformat(),
    }


@router.get(SIGN_UPS + "/hensyn", dependencies=[only(may_manage)])
def show_needs(visit: AVisit, key: str) -> Response:
    """What those who come eat and need: numbers, and with ?navne=1 who said it. Each reading is logged."""
    meeting = open_meeting(visit, key)
    with_names = visit.request.query_params.get("navne") == "1"
    needs = read_needs(visit.session, visit.actor, meeting.id, with_names)
    return visit.page(
        NeedsPage(meeting=meeting, needs=needs, with_names=with_names, kept_days=periods_in_force().needs)
    )


@router.post(SIGN_UPS + "/aabn", dependencies=[only(may_manage)])
def open_sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    service.open_sign_up(visit.session, visit.actor, meeting.id)
    return visit.done(form, _path(meeting), "sign_up_open")


@router.post(SIGN_UPS + "/luk", dependencies=[only(may_manage)])
def close_sign_up(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    service.close_sign_up(visit.session, visit.actor, meeting.id)
    return visit.done(form, _path(meeting), "sign_up_closed")


def _path(meeting: MeetingView) -> str:
    return f"/moeder/{meeting.key}/rediger/tilmeldinger"
