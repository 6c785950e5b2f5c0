"""What is taken out of the ledger for the file of a tender: numbered and dated, as a page, PDF and DOCX."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from fastapi.responses import Response

from app.core.made_files import MadeView, Wanted, find_made, list_made
from app.core.policy import NotFound
from app.core.text import slug
from app.domain.ledger.exporting import (
    FOLDER,
    PAPER,
    ExportReport,
    Exports,
    export_ledger,
    find_export,
    list_exports,
    read_export,
    tell_export,
    write_down,
)
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.queries import TenderView, find_tender
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.printing import stamp_with_press
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.handing_out import lead_on, send_file, stop_asking
from app.web.ledger import Waiting, count_waiting
from app.web.report_files import Ending, FileLine

router = Router()

EXPORTS = "/ligebehandling/udtraek"
EXPORT = EXPORTS + "/{number:int}"
ENDINGS: tuple[Ending, ...] = ("docx", "pdf")
MOST_SHOWN = 200  # of each kind, on the page; the files hold all


@dataclass
class ExportsPage(Page):
    """`tender`: the one whose exports they are, None for all."""

    template: ClassVar[str] = "ledger/exports.html"
    exports: Exports
    tender: TenderView | None
    address: str
    waiting: Waiting


@dataclass
class ExportPage(Page):
    """`site_address`: what goes before the addresses in the paper. `most_shown`: of each kind."""

    template: ClassVar[str] = "ledger/export.html"
    report: ExportReport
    files: Sequence[FileLine]
    site_address: str
    most_shown: int


@dataclass
class ProgressPage(Page):
    template: ClassVar[str] = "ledger/export_progress.html"
    export_number: int
    file: FileLine


@dataclass
class ProgressBlock(Page):
    template: ClassVar[str] = "meeting_reports/progress_block.html"
    file: FileLine


@router.get(EXPORTS, dependencies=[only(may_keep_ledger)])
def show_exports(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    tender_id = filters.whole_number(filters.typed(visit, "udbud"))
    tender = find_tender(session, actor, tender_id) if tender_id is not None else None
    page = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    chosen = tender.id if tender is not None else None
    return visit.page(
        ExportsPage(
            exports=list_exports(session, actor, chosen, page),
            tender=tender,
            address=filters.address_of_page(EXPORTS, udbud=chosen),
            waiting=count_waiting(visit),
        )
    )


@router.post(EXPORTS, dependencies=[only(may_keep_ledger)])
def make_export(visit: AVisit, form: SentForm) -> Response:
    """Of the whole ledger."""
    return _make(visit, form, None)


@router.post("/udbud/{tender_id:int}/udtraek", dependencies=[only(may_keep_ledger)])
def make_export_of_tender(visit: AVisit, form: SentForm, tender_id: int) -> Response:
    return _make(visit, form, tender_id)


def _make(visit: Visit, form: Any, tender_id: int | None) -> Response:
    if before := visit.done_before(form):
        return before
    export = export_ledger(visit.session, visit.actor, tender_id)
    return visit.done(form, f"{EXPORTS}/{export.number}", "ledger_exported")


@router.get(EXPORT + ".docx", dependencies=[only(may_keep_ledger)])
def send_docx(visit: AVisit, number: int) -> Response:
    return _send(visit, number, "docx")


@router.get(EXPORT + ".pdf", dependencies=[only(may_keep_ledger)])
def send_pdf(visit: AVisit, number: int) -> Response:
    return _send(visit, number, "pdf")


@router.get(EXPORT + ".json", dependencies=[only(may_keep_ledger)])
def send_content(visit: AVisit, number: int) -> Response:
    """The very bytes that the hash is of, so that anybody can count it again."""
    export = find_export(visit.session, visit.actor, number)
    filename = f"dialogforum-ligebehandling-{number}.json"
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-store",
    }
    return Response(write_down(export.content), headers=headers, media_type="application/json")


@router.get(EXPORT, dependencies=[only(may_keep_ledger)])
def show_export(visit: AVisit, number: int) -> Response:
    report = tell_export(visit.session, find_export(visit.session, visit.actor, number))
    several = {ending: _wanted(visit, number, ending) for ending in ENDINGS}
    stamp = stamp_with_press(report.stamp, FOLDER)
    made = {
        one.form: one
        for one in list_made(visit.session, list(several.values()))
        if one.state != "ready" or one.is_fresh(stamp)
    }
    files = [_line_of(report.number, ending, made.get(ending)) for ending in ENDINGS]
    return visit.page(ExportPage(report, files, visit.kit.site.base_url, MOST_SHOWN))


@router.get(EXPORT + "/fil", dependencies=[only(may_keep_ledger)])
def show_progress(visit: AVisit, number: int) -> Response:
    """How far a file is, and once it is there the way to it."""
    ending = visit.request.query_params.get("som")
    if ending not in ENDINGS:
        raise NotFound
    export = read_export(visit.session, visit.actor, number)
    wanted = _wanted(visit, export.number, cast(Ending, ending))
    file = _line_of(export.number, cast(Ending, ending), find_made(visit.session, wanted))
    if "hx-request" in visit.request.headers:
        return stop_asking(file, visit.page(ProgressBlock(file=file)))
    return lead_on(visit, file, visit.page(ProgressPage(export_number=export.number, file=file)))


def _send(visit: Visit, number: int, ending: Ending) -> Response:
    report = tell_export(visit.session, find_export(visit.session, visit.actor, number))
    wanted = _wanted(visit, number, ending)
    file = _line_of(number, ending, find_made(visit.session, wanted))
    return send_file(visit, file, wanted, stamp_with_press(report.stamp, FOLDER), is_for_all=False)


def _wanted(visit: Visit, number: int, ending: Ending) -> Wanted:
    return Wanted(PAPER, number, ending, {"language": visit.language})


def _line_of(number: int, ending: Ending, made: MadeView | None) -> FileLine:
    filename = f"{slug(f'dialogforum-ligebehandling-udtraek-{number}')}.{ending}"
    return FileLine(
        ending, f"{EXPORTS}/{number}.{ending}", f"{EXPORTS}/{number}/fil?som={ending}", filename, made
    )
