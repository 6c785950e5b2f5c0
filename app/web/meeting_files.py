"""The files of a meeting: its report as DOCX and PDF, and all of it in one; made when somebody asks."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, cast

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from app.core.made_files import MadeView, Wanted, ask_for, find_made, note_use
from app.core.policy import NotFound
from app.domain.meeting_reports.files import FOLDER, choices_of_pack
from app.domain.meeting_reports.gathering import MeetingReport, gather
from app.domain.meeting_reports.packing import MeetingPack, gather_pack
from app.domain.meeting_reports.schemas import Choices
from app.domain.meetings.queries import MeetingView
from app.http.limits import Limit, count_at_the_door
from app.http.pages import Page, prefixed
from app.http.printing import stamp_with_press
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone
from app.identity.codes import name_client
from app.web.entering import client_of
from app.web.meeting_reports import open_chosen
from app.web.meetings import open_meeting, right_address
from app.web.report_files import ENDINGS, Ending, FileLine, line_of, wanted_for

router = APIRouter()

REPORT = "/moeder/{key}/rapport"
MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
ASKED_AN_HOUR = 40
ASKED_BY_STRANGERS_AN_HOUR = 600
AN_HOUR = timedelta(hours=1)
# Seconds until a program, or a page without scripts, asks again.
ASK_AGAIN_AFTER = 3


def _(text: str) -> str:
    return text


add_sentences({"report_file_underway": _("Filen bliver lavet. Spørg igen om et par sekunder.")})


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
        response = visit.page(ProgressBlock(file=file, back=back))
        if not (file.made and file.made.is_underway):
            response.headers["HX-Refresh"] = "true"
        return response
    response = visit.page(ProgressPage(meeting=meeting, file=file, back=back))
    if file.made and file.made.state == "ready":
        # The file comes by itself, with scripts and without; its words are held against the present there.
        response.headers["Refresh"] = f"0; url={prefixed(visit.language, file.path)}"
    return response


# --- steps of the above


def _send(visit: Visit, key: str, ending: Ending) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key):
        return moved
    choices, query = _chosen(visit, meeting)
    stamp = _stamp(visit, meeting, choices, ending)
    wanted = wanted_for(meeting.id, choices, ending)
    made = find_made(visit.session, wanted)
    file = line_of(meeting, choices, query, ending, made)
    if made is not None and made.is_fresh(stamp):
        try:
            return _hand_out(visit, made, file, choices)
        except FileNotFoundError:
            # Known and not there, as after a store was put back: made anew.
            stamp = ""
    if made is None or not made.is_underway:
        _ask(visit, wanted, stamp)
    if "text/html" in visit.request.headers.get("accept", ""):
        return visit.go(file.progress_path)
    headers = {"Retry-After": str(ASK_AGAIN_AFTER), "Cache-Control": "no-store"}
    return PlainTextResponse(visit.say("report_file_underway"), 202, headers=headers)


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


def _hand_out(visit: Visit, made: MadeView, file: FileLine, choices: Choices) -> Response:
    assert made.file_key is not None
    chunks = visit.kit.storage.stream(made.file_key)
    note_use(visit.session, made)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.filename}"',
        "Content-Length": str(made.size),
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-cache" if choices.audience == "everybody" else "no-store",
    }
    return StreamingResponse(chunks, headers=headers, media_type=MEDIA_TYPES[file.ending])


def _ask(visit: Visit, wanted: Wanted, stamp: str) -> None:
    client = visit.actor.user_id or name_client(client_of(visit))
    limits = [Limit(f"papers:{client}", ASKED_AN_HOUR, AN_HOUR)]
    if not visit.actor.is_signed_in:
        limits.append(Limit("papers of strangers", ASKED_BY_STRANGERS_AN_HOUR, AN_HOUR))
    count_at_the_door(visit.session, *limits)
    ask_for(visit.session, wanted, stamp)
