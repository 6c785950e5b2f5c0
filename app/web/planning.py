"""Planning a meeting, for staff; its programme is planned in `programme_planning`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import Refused
from app.domain.meetings import service
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import (
    MeetingCard,
    MeetingView,
    OrganiserView,
    get_next_number,
    list_meetings,
    list_possible_organisers,
    list_series,
)
from app.domain.meetings.schemas import (
    MAIN_SERIES,
    SERIES_NAMES,
    MeetingInput,
)
from app.domain.minutes.withdrawing import withdraw_unrecorded
from app.domain.registrations import seating
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.meeting_copying import copy_page
from app.web.meetings import open_meeting
from app.web.plan_pages import Difference, clock_text, read_version, refuse, refuse_edit
from app.web.programme_planning import refused_programme

router = Router()


def _(text: str) -> str:
    return text


add_sentences(
    {
        "number_taken": _("Der er allerede et møde med nummer {number}. Vælg et andet nummer."),
        "number_fixed": _(
            "Mødet er udgivet, så nummeret kan ikke ændres: andre kan have gemt adressen. "
            "Træk mødet tilbage til kladde først."
        ),
        "unknown_series": _("Vælg en af møderækkerne."),
        "unknown_organiser": _("En af arrangørerne findes ikke længere. Vælg igen."),
        "date_out_of_range": _("Vælg en dato mellem 1990 og 2100."),
        "notice_meeting_added": _("Mødet er gemt som kladde. Kun sekretariatet kan se det."),
        "notice_meeting_saved": _("Mødet er gemt."),
        "notice_meeting_published": _("Mødet er udgivet, og alle kan se det."),
        "notice_meeting_withdrawn": _("Mødet er en kladde igen. Kun sekretariatet kan se det."),
        "ends_before_start": _("Sluttidspunktet skal ligge efter starttidspunktet."),
    }
)


@dataclass
class MeetingFormPage(Page):
    template: ClassVar[str] = "planning/meeting.html"
    form: Form
    meeting: MeetingView | None
    series: list[tuple[str, str]]
    organisers: list[OrganiserView]
    earlier: list[MeetingCard]
    differences: list[Difference] = field(default_factory=list)


def _meeting_page(
    visit: Visit, form: Form, meeting: MeetingView | None, differences: Sequence[Difference] = ()
) -> MeetingFormPage:
    series = {one.key: one.name for one in list_series(visit.session)}
    already = [organiser.id for organiser in meeting.organisers] if meeting else []
    return MeetingFormPage(
        form=form,
        meeting=meeting,
        series=list(({MAIN_SERIES: SERIES_NAMES[MAIN_SERIES]} | series).items()),
        organisers=list_possible_organisers(visit.session, already),
        earlier=[] if meeting else list_meetings(visit.session, visit.actor),
        differences=list(differences),
    )


def _meeting_values(meeting: MeetingView) -> dict[str, object]:
    return {
        "series": meeting.series_key,
        "number": meeting.number,
        "title": meeting.title,
        "held_on": meeting.held_on.isoformat(),
        "date_certainty": meeting.date_certainty,
        "starts": clock_text(meeting.starts_at),
        "ends": clock_text(meeting.ends_at),
        "format": meeting.format,
        "venue": meeting.venue,
        "join_url": meeting.join_url,
        "introduction": meeting.introduction,
        "topics": "\n".join(meeting.topics),
        "organisers": [organiser.id for organiser in meeting.organisers],
        "participants_approx": meeting.participants_approx,
        "vendor_companies": meeting.vendor_companies,
        "seats": meeting.seats,
        "seats_per_organisation": meeting.seats_per_organisation,
        "registration_closes_on": meeting.registration_closes_on,
        "version": meeting.version,
    }


@router.get("/moeder/nyt", dependencies=[only(may_plan_meetings)])
def new_meeting(visit: AVisit) -> Response:
    """A meeting from nothing, or with ?fra= from an earlier one."""
    if source := visit.request.query_params.get("fra"):
        return copy_page(visit, source)
    form = visit.blank(
        series=MAIN_SERIES,
        number=get_next_number(visit.session),
        format="physical",
        date_certainty="stated",
        organisers=[visit.actor.organisation_id],
    )
    return visit.page(_meeting_page(visit, form, None))


@router.post("/moeder/nyt", dependencies=[only(may_plan_meetings)])
def add_meeting(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(MeetingInput)
    if given is not None:
        try:
            meeting = service.add_meeting(visit.session, visit.actor, given)
            return visit.done(form, f"/moeder/{meeting.key}/rediger/program", "meeting_added")
        except Refused as refusal:
            refuse(form, refusal)
    return visit.page(_meeting_page(visit, form, None), 422)


@router.get("/moeder/{key}/rediger", dependencies=[only(may_plan_meetings)])
def edit_meeting_page(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    return visit.page(_meeting_page(visit, visit.blank(**_meeting_values(meeting)), meeting))


@router.post("/moeder/{key}/rediger", dependencies=[only(may_plan_meetings)])
def edit_meeting(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    given = form.read(MeetingInput)
    if given is None:
        return visit.page(_meeting_page(visit, form, meeting), 422)
    try:
        changed = seating.edit_within_seats(visit.session, visit.actor, meeting.id, read_version(form), given)
        return visit.done(form, f"/moeder/{changed.key}", "meeting_saved")
    except Refused as refusal:
        differences, status = refuse_edit(form, refusal, _meeting_values(meeting))
    return visit.page(_meeting_page(visit, form, meeting, differences), status)


@router.post("/moeder/{key}/udgiv", dependencies=[only(may_plan_meetings)])
def publish_meeting(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = open_meeting(visit, key)
    try:
        service.publish_meeting(visit.session, visit.actor, meeting.id)
    except Refused as refusal:
        return refused_programme(visit, meeting, refusal)
    return visit.done(form, f"/moeder/{meeting.key}", "meeting_published")


@router.post("/moeder/{key}/kladde", dependencies=[only(may_plan_meetings)])
def withdraw_meeting(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = withdraw_unrecorded(visit.session, visit.actor, open_meeting(visit, key).id)
    return visit.done(form, f"/moeder/{meeting.key}", "meeting_withdrawn")
