"""The account of each year: the list of years, a year as a page, and as DOCX and PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from fastapi.responses import Response

from app.core.clock import today
from app.core.made_files import MadeView, Wanted, find_made, list_made
from app.core.policy import NotAllowed, NotFound
from app.core.text import slug
from app.domain.follow_through.of_years import (
    FIRST_YEAR,
    FOLDER,
    REPORT,
    Choices,
    YearLine,
    YearReport,
    gather_year,
    list_years,
)
from app.domain.follow_through.policy import Audience, may_read_year
from app.http.doors import Router
from app.http.pages import Page
from app.http.printing import stamp_with_press
from app.http.sentences import add_sentences
from app.http.visit import AVisit, SignInFirst, Visit, anyone
from app.web.handing_out import lead_on, send_file, stop_asking
from app.web.report_files import Ending, FileLine

router = Router()

YEARS = "/opfoelgning"
FOR_STAFF = "sekretariatet"
# In the order in which they are offered.
ENDINGS: tuple[Ending, ...] = ("docx", "pdf")


def _(text: str) -> str:
    return text


add_sentences({"year_report_for_staff": _("Den rapport er kun for sekretariatet.")})


@dataclass
class YearsPage(Page):
    template: ClassVar[str] = "follow_through_years/list.html"
    years: list[YearLine]


@dataclass
class YearPage(Page):
    """`before`, `after`: the years beside it, None at the ends. `query`: for whom, as it stands in addresses.
    `site_address`: what goes before the addresses in the report."""

    template: ClassVar[str] = "follow_through_years/show.html"
    report: YearReport
    files: Sequence[FileLine]
    before: int | None
    after: int | None
    query: str
    may_read_staff: bool
    site_address: str


@dataclass
class ProgressPage(Page):
    template: ClassVar[str] = "follow_through_years/progress.html"
    year: int
    file: FileLine
    back: str


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "meeting_reports/progress_block.html"
    file: FileLine
    back: str


@router.get(YEARS, dependencies=[anyone])
def show_years(visit: AVisit) -> Response:
    return visit.page(YearsPage(years=list_years(visit.session)))


@router.get(YEARS + "/{year:int}.docx", dependencies=[anyone])
def send_docx(visit: AVisit, year: int) -> Response:
    return _send(visit, year, "docx")


@router.get(YEARS + "/{year:int}.pdf", dependencies=[anyone])
def send_pdf(visit: AVisit, year: int) -> Response:
    return _send(visit, year, "pdf")


@router.get(YEARS + "/{year:int}", dependencies=[anyone])
def show_year(visit: AVisit, year: int) -> Response:
    report = _gather(visit, year)
    several = {ending: _wanted(year, report.choices, ending) for ending in ENDINGS}
    stamp = stamp_with_press(report.stamp, FOLDER)
    # One that tells what is told no more is to be made anew and is not spoken of.
    made = {
        one.form: one
        for one in list_made(visit.session, list(several.values()))
        if one.state != "ready" or one.is_fresh(stamp)
    }
    return visit.page(
        YearPage(
            report=report,
            files=[_line_of(year, report.choices, ending, made.get(ending)) for ending in ENDINGS],
            before=year - 1 if year > FIRST_YEAR else None,
            after=year + 1 if year < today().year else None,
            query=_query(report.choices),
            may_read_staff=may_read_year(visit.actor, "staff"),
            site_address=visit.kit.site.base_url,
        )
    )


@router.get(YEARS + "/{year:int}/fil", dependencies=[anyone])
def show_progress(visit: AVisit, year: int) -> Response:
    """How far a file is, and once it is there the way to it."""
    ending = visit.request.query_params.get("som")
    if ending not in ENDINGS or not FIRST_YEAR <= year <= today().year:
        raise NotFound
    choices = _choose(visit)
    wanted = _wanted(year, choices, cast(Ending, ending))
    file = _line_of(year, choices, cast(Ending, ending), find_made(visit.session, wanted))
    back = f"{YEARS}/{year}{_query(choices)}"
    if "hx-request" in visit.request.headers:
        return stop_asking(file, visit.page(ProgressBlock(file=file, back=back)))
    return lead_on(visit, file, visit.page(ProgressPage(year=year, file=file, back=back)))


# --- steps of the above


def _send(visit: Visit, year: int, ending: Ending) -> Response:
    report = _gather(visit, year)
    wanted = _wanted(year, report.choices, ending)
    file = _line_of(year, report.choices, ending, find_made(visit.session, wanted))
    stamp = stamp_with_press(report.stamp, FOLDER)
    return send_file(visit, file, wanted, stamp, is_for_all=report.is_for_all)


def _gather(visit: Visit, year: int) -> YearReport:
    """The report that is asked for, by a visitor who may have it."""
    report = gather_year(visit.session, year, _choose(visit))
    if report is None:
        raise NotFound
    return report


def _choose(visit: Visit) -> Choices:
    is_for_staff = visit.request.query_params.get("til") == FOR_STAFF
    audience: Audience = "staff" if is_for_staff else "everybody"
    if not may_read_year(visit.actor, audience):
        if not visit.actor.is_signed_in:
            raise SignInFirst
        raise NotAllowed("year_report_for_staff")
    return Choices(audience, visit.language)


def _query(choices: Choices) -> str:
    return f"?til={FOR_STAFF}" if choices.audience == "staff" else ""


def _wanted(year: int, choices: Choices, ending: Ending) -> Wanted:
    return Wanted(REPORT, year, ending, choices.as_json())


def _line_of(year: int, choices: Choices, ending: Ending, made: MadeView | None) -> FileLine:
    query = _query(choices)
    asked = f"?som={ending}" + (f"&{query[1:]}" if query else "")
    words = ["dialogforum", "opfoelgning", str(year)]
    words += [FOR_STAFF] if choices.audience == "staff" else []
    words += [choices.language] if choices.language != "da" else []
    filename = f"{slug('-'.join(words))}.{ending}"
    return FileLine(ending, f"{YEARS}/{year}.{ending}{query}", f"{YEARS}/{year}/fil{asked}", filename, made)
