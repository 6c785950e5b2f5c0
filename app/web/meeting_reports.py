"""The report of a meeting as a web page, and the choice of what goes in."""

from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app.core.i18n import LANGUAGES
from app.core.policy import NotAllowed, NotFound, Refused
from app.core.text import Line
from app.domain.meeting_reports.gathering import MeetingReport, gather
from app.domain.meeting_reports.policy import may_read_report, may_set_report
from app.domain.meeting_reports.schemas import AUDIENCES, MOST_THEMES, NO_THEME, PARTS, read_choices
from app.domain.meeting_reports.service import clear_report, set_report
from app.domain.meetings.queries import MeetingView
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page, prefixed
from app.http.sentences import add_sentences
from app.http.visit import AVisit, SignInFirst, Visit, anyone, only
from app.web.meetings import open_meeting, right_address
from app.web.report_choices import LONGEST_THEME, WORDS_OF_PARTS, Chosen, read_chosen
from app.web.report_files import FileLine, list_files

router = Router()

REPORT = "/moeder/{key}/rapport"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "report_setting_stale": _(
            "En anden har ændret, hvad alle får først. Se, hvad der står nu, og tryk igen, hvis du stadig "
            "vil."
        ),
        "report_for_participants": _("Den rapport er kun for dem, der deltog i mødet, og for sekretariatet."),
        "notice_report_set": _("Gemt. Det er nu den rapport, alle får først."),
        "notice_report_cleared": _("Gemt. Alle får nu hele rapporten først."),
    }
)


class ReportSettingInput(BaseModel):
    """What everybody is to get first."""

    model_config = ConfigDict(extra="forbid")

    parts: list[Annotated[Line, Field(max_length=20)]] = Field(min_length=1, max_length=len(PARTS))
    themes: list[Annotated[Line, Field(max_length=LONGEST_THEME)]] = Field(
        default_factory=list, max_length=MOST_THEMES
    )
    names: bool = False
    version: int = Field(ge=0, le=2**31 - 1)


@dataclass(frozen=True, slots=True)
class Option:
    """A tick in the form of choices. `name_en` is None where `name` is to be translated or has no English."""

    value: str
    name: str
    name_en: str | None
    is_chosen: bool


@dataclass
class ReportPage(Page):
    """`site_address`: what goes before the addresses in it. `audiences`: that the reader may ask for."""

    template: ClassVar[str] = "meeting_reports/show.html"
    meeting: MeetingView
    report: MeetingReport
    chosen: Chosen
    parts: list[Option]
    themes: list[Option]
    audiences: list[str]
    may_set: bool
    site_address: str
    files: list[FileLine]
    refusal: str = ""


@router.get(REPORT, dependencies=[anyone])
def show_report(visit: AVisit, key: str) -> Response:
    meeting = open_meeting(visit, key)
    if moved := right_address(visit, meeting, key) or _in_language(visit):
        return moved
    return visit.page(_make_page(visit, meeting))


def _in_language(visit: Visit) -> Response | None:
    """On to the same choices under the address of the language that was chosen among them."""
    given = visit.request.query_params
    language = given.get("sprog")
    if language is None:
        return None
    rest = urlencode([(name, value) for name, value in given.multi_items() if name != "sprog"])
    path = prefixed(language if language in LANGUAGES else visit.language, visit.request.scope["path"])
    return RedirectResponse(f"{path}?{rest}" if rest else path, status_code=303)


def open_chosen(visit: Visit, meeting: MeetingView) -> Chosen:
    """The choices in the address, of a report that the visitor may read; of a meeting that is not published
    there is none. For the page and the files alike."""
    if not meeting.is_published:
        raise NotFound
    chosen = read_chosen(visit, meeting.id)
    if not may_read_report(visit.actor, meeting.id, chosen.choices.audience):
        if not visit.actor.is_signed_in:
            raise SignInFirst
        raise NotAllowed("report_for_participants")
    return chosen


def _make_page(visit: Visit, meeting: MeetingView, refusal: str = "") -> ReportPage:
    chosen = open_chosen(visit, meeting)
    report = gather(visit.session, meeting.key, chosen.choices)
    if report is None:
        raise NotFound
    choices = chosen.choices
    themes = [(path, name, name_en) for path, name, name_en in report.themes]
    return ReportPage(
        meeting=meeting,
        report=report,
        chosen=chosen,
        parts=[Option(WORDS_OF_PARTS[part], part, None, part in choices.parts) for part in PARTS],
        themes=[
            Option(path, name, name_en, path in choices.themes)
            for path, name, name_en in (*themes, (NO_THEME, "", None))
        ],
        audiences=[one for one in AUDIENCES if may_read_report(visit.actor, meeting.id, one)],
        may_set=may_set_report(visit.actor),
        site_address=visit.kit.site.base_url,
        files=list_files(visit, report, chosen.query),
        refusal=refusal,
    )


def _open_published(visit: Visit, key: str) -> MeetingView:
    meeting = open_meeting(visit, key)
    if not meeting.is_published:
        raise NotFound
    return meeting


@router.post(REPORT + "/fast", dependencies=[only(may_set_report)])
def set_first_report(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_published(visit, key)
    given = form.read(ReportSettingInput)
    if given is None:
        return visit.page(_make_page(visit, meeting, next(iter(form.errors.values()))), 422)
    choices = read_choices(given.model_dump())
    try:
        set_report(visit.session, visit.actor, meeting.id, choices, given.version)
    except Refused as refusal:
        return visit.page(_make_page(visit, meeting, visit.say(refusal.code)), 409)
    return visit.done(form, f"/moeder/{meeting.key}/rapport", notice="report_set")


@router.post(REPORT + "/alt", dependencies=[only(may_set_report)])
def clear_first_report(visit: AVisit, key: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    meeting = _open_published(visit, key)
    clear_report(visit.session, visit.actor, meeting.id)
    return visit.done(form, f"/moeder/{meeting.key}/rapport", notice="report_cleared")
