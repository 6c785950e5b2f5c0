"""Those who have signed up, for those who arrange the meeting: numbers, names, a file, and the food."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response

from app.core.audit import record
from app.core.clock import day_of
from app.domain.meetings.queries import MeetingView
from app.domain.registrations import service
from app.domain.registrations.answers import list_answers_by_person
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
from app.domain.registrations.questions import QuestionView, list_questions
from app.domain.registrations.queue import QueuePlace, get_places
from app.domain.registrations.schemas import ACTIVE, ENDED, Status
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.privacy.periods import periods_in_force
from app.web.filters import address_of_page, count_pages, page_number
from app.web.formats import Ending, send_table
from app.web.labels import label
from app.web.meetings import open_meeting

router = Router()

SIGN_UPS = "/moeder/{key}/rediger/tilmeldinger"
# What ?vis= shows; the first is shown without it.
SHOWN: dict[str, tuple[Status, ...]] = {
    "alle": ACTIVE,
    "plads": ("registered",),
    "tilbud": ("offered",),
    "koe": ("waiting",),
    "svar": ("requested",),
    "slut": ENDED,
}


def _(text: str) -> str:
    return text


# Of the file: what programs know them by, and what stands over them in a spreadsheet.
COLUMNS = {
    "name": _("Navn"),
    "title": _("Titel"),
    "organisation": _("Organisation"),
    "kind": _("Slags organisation"),
    "email": _("Mail"),
    "standing": _("Stilling"),
    "listed": _("På deltagerlisten"),
    "signed_up": _("Tilmeldt"),
    "status": _("Status"),
}

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
    """`places`: where those on this page stand in the queue; `groups`: names of reserved seats, by id.
    `shown`: what is filtered for, and `numbers` how many each filter shows."""

    template: ClassVar[str] = "planning/sign_ups.html"
    meeting: MeetingView
    booking: Booking
    counts: SignUpCounts
    closed: str
    rows: list[SignUpLine]
    places: Mapping[int, QueuePlace]
    groups: Mapping[int | None, str]
    shown: str
    numbers: Mapping[str, int]
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
    numbers = {shown: sum(getattr(counts, one) for one in SHOWN[shown]) for shown in SHOWN}
    asked = visit.request.query_params.get("vis", "")
    shown = asked if asked in SHOWN else "alle"
    pages = count_pages(numbers[shown], PER_PAGE)
    page = page_number(visit, pages)
    booking = get_booking(visit.session, visit.actor, meeting)
    return visit.page(
        SignUpsPage(
            meeting=meeting,
            booking=booking,
            counts=counts,
            closed=visit.say(booking.closed) if booking.closed else "",
            rows=list_sign_ups(visit.session, meeting.id, page, SHOWN[shown]),
            places=get_places(visit.session, meeting.id),
            groups={group.id: group.name for group in booking.groups},
            shown=shown,
            numbers=numbers,
            page=page,
            pages=pages,
            href=address_of_page(_path(meeting), vis=None if shown == "alle" else shown),
        )
    )


@router.get(SIGN_UPS + ".csv", dependencies=[only(may_manage)])
def download_sign_ups(visit: AVisit, key: str) -> Response:
    return _send_sign_ups(visit, key, "csv")


@router.get(SIGN_UPS + ".xlsx", dependencies=[only(may_manage)])
def download_sign_ups_for_excel(visit: AVisit, key: str) -> Response:
    return _send_sign_ups(visit, key, "xlsx")


def _send_sign_ups(visit: Visit, key: str, ending: Ending) -> Response:
    """Everybody who has a place, with what they answered, as a file; noted in the log. What they eat is not
    in it."""
    meeting = open_meeting(visit, key)
    rows = list_sign_ups(visit.session, meeting.id, page=None)
    questions = list_questions(visit.session, meeting.id, with_hidden=True)
    said = list_answers_by_person(visit.session, visit.actor, meeting.id)
    # Numbered, so that two of the same words are two columns, and none is a formula.
    headings = {question.id: f"{number}. {question.text}" for number, question in enumerate(questions, 1)}
    record(visit.session, visit.actor, "export", "registration", meeting.id, after={"rows": len(rows)})
    table = [_as_row(visit, row) | _answers(visit, questions, headings, said.get(row.id, {})) for row in rows]
    columns = [*COLUMNS.items(), *((words, words) for words in headings.values())]
    return send_table(
        visit,
        ending,
        _("Tilmeldinger"),
        _("Alle, der har en plads."),
        columns,
        table,
        f"tilmeldinger-{meeting.key}",
    )


def _answers(
    visit: Visit,
    questions: Sequence[QuestionView],
    headings: Mapping[int, str],
    said: Mapping[int, Sequence[str]],
) -> dict[str, object]:
    return {
        headings[question.id]: ", ".join(
            visit.say(word) if question.kind == "yes_no" else word for word in said.get(question.id, ())
        )
        for question in questions
    }


def _as_row(visit: Visit, row: SignUpLine) -> dict[str, object]:
    return {
        "name": row.name,
        "title": row.title,
        "organisation": row.organisation_name,
        "kind": label(visit.language, "organisation_kind", row.organisation_kind),
        "email": row.email,
        "standing": label(visit.language, "standing", row.standing),
        "listed": visit.say("yes" if row.is_listed else "no"),
        "signed_up": day_of(row.created_at),
        "status": label(visit.language, "sign_up_status", row.status),
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
