"""What a municipality's committee is given: its policy, what is done under it and what is missing; as a page,
and as DOCX and PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, cast

from fastapi.responses import Response

from app.core.made_files import MadeView, Wanted, find_made, list_made
from app.core.policy import NotAllowed, NotFound
from app.core.text import slug
from app.domain.organisations.models import Organisation
from app.domain.pipeline.overview import FOLDER, REPORT, Choices, CommitteeReport, gather_committee_report
from app.domain.pipeline.policy import Audience, may_read_committee_report
from app.http.doors import Router
from app.http.pages import Page
from app.http.printing import stamp_with_press
from app.http.sentences import add_sentences
from app.http.visit import AVisit, SignInFirst, Visit, anyone
from app.web.handing_out import lead_on, send_file, stop_asking
from app.web.own_policy import get_municipality
from app.web.report_files import Ending, FileLine

router = Router()

PLACE: Final = "/kommuner/{key}/rapport"
FOR_OWN: Final = "kommunen"
# In the order in which they are offered.
ENDINGS: tuple[Ending, ...] = ("docx", "pdf")


def _(text: str) -> str:
    return text


add_sentences({"policy_report_for_own": _("Den rapport er kun for kommunens egne.")})


@dataclass
class ReportPage(Page):
    """`query`: for whom, as it stands in addresses. `site_address`: what goes before those in the report."""

    template: ClassVar[str] = "committee_reports/show.html"
    report: CommitteeReport
    files: Sequence[FileLine]
    query: str
    may_read_own: bool
    site_address: str


@dataclass
class ProgressPage(Page):
    template: ClassVar[str] = "committee_reports/progress.html"
    municipality: Organisation
    file: FileLine
    back: str


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "meeting_reports/progress_block.html"
    file: FileLine
    back: str


@router.get(PLACE + ".docx", dependencies=[anyone])
def send_docx(visit: AVisit, key: str) -> Response:
    return _send(visit, key, "docx")


@router.get(PLACE + ".pdf", dependencies=[anyone])
def send_pdf(visit: AVisit, key: str) -> Response:
    return _send(visit, key, "pdf")


@router.get(PLACE, dependencies=[anyone])
def show_report(visit: AVisit, key: str) -> Response:
    municipality = get_municipality(visit, key)
    choices = _choose(visit, municipality)
    report = gather_committee_report(visit.session, municipality, choices)
    several = {ending: _wanted(municipality, choices, ending) for ending in ENDINGS}
    stamp = stamp_with_press(report.stamp, FOLDER)
    # One that tells what is told no more is to be made anew and is not spoken of.
    made: Mapping[str, MadeView] = {
        one.form: one
        for one in list_made(visit.session, list(several.values()))
        if one.state != "ready" or one.is_fresh(stamp)
    }
    return visit.page(
        ReportPage(
            report=report,
            files=[_line_of(municipality, choices, ending, made.get(ending)) for ending in ENDINGS],
            query=_query(choices),
            may_read_own=may_read_committee_report(visit.actor, municipality.id, "municipality"),
            site_address=visit.kit.site.base_url,
        )
    )


@router.get(PLACE + "/fil", dependencies=[anyone])
def show_progress(visit: AVisit, key: str) -> Response:
    """How far a file is, and once it is there the way to it."""
    ending = visit.request.query_params.get("som")
    if ending not in ENDINGS:
        raise NotFound
    municipality = get_municipality(visit, key)
    choices = _choose(visit, municipality)
    wanted = _wanted(municipality, choices, cast(Ending, ending))
    file = _line_of(municipality, choices, cast(Ending, ending), find_made(visit.session, wanted))
    back = f"/kommuner/{municipality.key}/rapport{_query(choices)}"
    if "hx-request" in visit.request.headers:
        return stop_asking(file, visit.page(ProgressBlock(file=file, back=back)))
    return lead_on(visit, file, visit.page(ProgressPage(municipality=municipality, file=file, back=back)))


# --- steps of the above


def _send(visit: Visit, key: str, ending: Ending) -> Response:
    municipality = get_municipality(visit, key)
    choices = _choose(visit, municipality)
    report = gather_committee_report(visit.session, municipality, choices)
    wanted = _wanted(municipality, choices, ending)
    file = _line_of(municipality, choices, ending, find_made(visit.session, wanted))
    stamp = stamp_with_press(report.stamp, FOLDER)
    return send_file(visit, file, wanted, stamp, is_for_all=report.is_for_all)


def _choose(visit: Visit, municipality: Organisation) -> Choices:
    is_own = visit.request.query_params.get("til") == FOR_OWN
    audience: Audience = "municipality" if is_own else "everybody"
    if not may_read_committee_report(visit.actor, municipality.id, audience):
        if not visit.actor.is_signed_in:
            raise SignInFirst
        raise NotAllowed("policy_report_for_own")
    return Choices(audience, visit.language)


def _query(choices: Choices) -> str:
    return f"?til={FOR_OWN}" if choices.audience == "municipality" else ""


def _wanted(municipality: Organisation, choices: Choices, ending: Ending) -> Wanted:
    return Wanted(REPORT, municipality.id, ending, choices.as_json())


def _line_of(municipality: Organisation, choices: Choices, ending: Ending, made: MadeView | None) -> FileLine:
    query, base = _query(choices), f"/kommuner/{municipality.key}/rapport"
    asked = f"?som={ending}" + (f"&{query[1:]}" if query else "")
    words = [municipality.key, "projekter", "og", "politik"]
    words += [FOR_OWN] if choices.audience == "municipality" else []
    words += [choices.language] if choices.language != "da" else []
    filename = f"{slug('-'.join(words))}.{ending}"
    return FileLine(ending, f"{base}.{ending}{query}", f"{base}/fil{asked}", filename, made)
