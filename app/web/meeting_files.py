"""The files of a meeting: its report as DOCX and PDF, and all of it in one; made when somebody asks."""

from dataclasses import dataclass
from typing import ClassVar, cast

from fastapi.responses import Response

from app.core.made_files import find_made
from app.core.policy import NotFound
from app.domain.meeting_reports.files import FOLDER, choices_of_pack
from app.domain.meeting_reports.gathering import MeetingReport, gather
from app.domain.meeting_reports.packing import MeetingPack, gather_pack
from app.domain.meeting_reports.schemas import Choices
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.pages import Page
from app.http.printing import stamp_with_press
from app.http.visit import AVisit, Visit, anyone
from app.web.handing_out import lead_on, send_file, stop_asking
from app.web.meeting_reports import open_chosen
from app.web.meetings import open_meeting, right_address
from app.web.report_files import ENDINGS, Ending, FileLine, line_of, wanted_for

router = Router()

REPORT = "/moeder/{key}/rapport"


@dataclass
class ProgressPage(Page):
    template: ClassVar[str] = "meeting_reports/progress.html"
    meeting: MeetingView
    file: FileLine
    back: str


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "meeting_reports/progress_block.html"
    file: FileLine
    back: str


@router.get(REPORT + ".docx", dependencies=[anyone])
def send_docx(visit: AVisit, key: str) -> Response:
    return _send(visit, key, "docx")


@router.get(REPORT + ".pdf", dependencies=[anyone])
def send_pdf(visit: AVisit, key: str) -> Response:
    return _send(visit, key, "pdf")


@router.get("/moeder/{key}/alt.zip", dependencies=[anyone])
def send_pack(visit: AVisit, key: str) -> Response:
    return _send(visit, key, "zip")


@router.get(REPORT + "/fil", dependencies=[anyone])
def show_progress(visit: AVisit, key: str) -> Response:
    """How far a file is, and once it is there the way to it."""
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    ending = visit.request.query_params.get("som")
    if ending not in ENDINGS:
        raise NotFound
    choices, query = _chosen(visit, meeting)
    wanted = wanted_for(meeting.id, choices, cast(Ending, ending))
    file = line_of(meeting, choices, query, cast(Ending, ending), find_made(visit.session, wanted))
    back = f"/moeder/{meeting.key}/rapport{query}"
    if "hx-request" in visit.request.headers:
        return stop_asking(file, visit.page(ProgressBlock(file=file, back=back)))
    return lead_on(visit, file, visit.page(ProgressPage(meeting=meeting, file=file, back=back)))


# --- steps of the above


def _send(visit: Visit, key: str, ending: Ending) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    choices, query = _chosen(visit, meeting)
    wanted = wanted_for(meeting.id, choices, ending)
    file = line_of(meeting, choices, query, ending, find_made(visit.session, wanted))
    stamp = _stamp(visit, meeting, choices, ending)
    return send_file(visit, file, wanted, stamp, is_for_all=choices.audience == "everybody")


def _chosen(visit: Visit, meeting: MeetingView) -> tuple[Choices, str]:
    """What is asked for by a visitor who may have it, and the words for it in an address."""
    chosen = open_chosen(visit, meeting)
    return chosen.choices, chosen.query


def _stamp(visit: Visit, meeting: MeetingView, choices: Choices, ending: Ending) -> str:
    """The stamp that the file has if it tells what is told now, to those for whom it is made."""
    found: MeetingReport | MeetingPack | None
    if ending == "zip":
        found = gather_pack(visit.session, meeting.key, choices_of_pack(choices))
    else:
        found = gather(visit.session, meeting.key, choices)
    if found is None:
        raise NotFound
    return stamp_with_press(found.stamp, FOLDER)
