"""Reporting a contribution, for everybody, and answering a hiding, for who wrote it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.audit import current_client
from app.core.policy import NotFound, Refused, is_person, require
from app.core.text import MailAddress
from app.domain.contributions.queries import ContributionView
from app.domain.moderation import service
from app.domain.moderation.policy import may_object, may_report
from app.domain.moderation.queries import HidingView, find_hidings, find_own_report
from app.domain.moderation.schemas import ObjectionInput, ReportInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.limits import TooMany, count_against
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.identity.codes import name_client
from app.web.contributions import PATHS, path_of
from app.web.filters import chosen
from app.web.labels import LABELS
from app.web.sending import find_rules, refuse_for_now, show_brake, take_rules
from app.web.wishes import find_said

router = Router()

REPORTS_PER_HOUR = 20
# Of strangers behind one address; a whole town hall may be behind it.
STRANGERS_REPORTS_PER_HOUR = 10


def _(text: str) -> str:
    return text


add_sentences(
    {
        "choose_what_is_wrong": _("Vælg, hvad der er galt."),
        "not_to_report": _("Det kan ikke anmeldes."),
        "reported_already": _("Du har allerede anmeldt det. Sekretariatet ser på det."),
        "nothing_to_object_to": _("Der er ikke noget at gøre indsigelse imod."),
        "objected_already": _("Der er allerede gjort indsigelse én gang."),
        "notice_reported": _(
            "Tak. Anmeldelsen er modtaget, og sekretariatet ser på den. Den, der har skrevet det, får ikke "
            "at vide, hvem der har anmeldt det."
        ),
        "notice_objected": _("Indsigelsen er modtaget. Du får en mail, når sekretariatet har set på den."),
    }
)


class MailInput(BaseModel):
    mail: MailAddress | None = None


@dataclass
class ReportPage(Page):
    """`reported_at`: when this person reported it already."""

    template: ClassVar[str] = "moderation/report.html"
    one: ContributionView
    path: str
    form: Form
    reported_at: datetime | None


@dataclass
class ObjectionPage(Page):
    template: ClassVar[str] = "moderation/objection.html"
    one: ContributionView
    path: str
    form: Form
    hiding: HidingView
    rules: int | None


def _find(visit: Visit, folder: str, reference: str) -> ContributionView:
    said = find_said(visit, reference)
    if PATHS[said.kind] != f"/{folder}/":
        raise NotFound
    return said


# --- reporting


def _report_page(visit: Visit, said: ContributionView, form: Form) -> ReportPage:
    user_id = visit.actor.user_id
    reported_at = find_own_report(visit.session, user_id, said.id) if user_id is not None else None
    return ReportPage(one=said, path=path_of(said), form=form, reported_at=reported_at)


def _find_reportable(visit: Visit, folder: str, reference: str) -> ContributionView:
    said = _find(visit, folder, reference)
    require(may_report(visit.actor, said), "not_to_report")
    return said


@router.get("/{folder}/{reference}/anmeld", dependencies=[anyone])
def new_report(visit: AVisit, folder: str, reference: str) -> Response:
    """?grund= has chosen the reason already."""
    form = visit.blank(reason=chosen(visit, "grund", {code: code for code in LABELS["report_reason"]}))
    return visit.page(_report_page(visit, _find_reportable(visit, folder, reference), form))


@router.post("/{folder}/{reference}/anmeld", dependencies=[anyone])
def send_report(visit: AVisit, form: SentForm, folder: str, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = _find_reportable(visit, folder, reference)
    given, address = form.read(ReportInput), form.read(MailInput)
    if "reason" in form.errors:
        form.errors["reason"] = visit.say("choose_what_is_wrong")
    if given is None or address is None:
        return visit.page(_report_page(visit, said, form), 422)
    try:
        _count_report(visit)
        service.report(visit.session, visit.actor, said.id, given, address.mail or "", visit.language)
    except TooMany as stop:
        refuse_for_now(form, stop)
        return show_brake(visit, _report_page(visit, said, form), stop)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(_report_page(visit, said, form), 422)
    return visit.done(form, path_of(said), "reported")


def _count_report(visit: Visit) -> None:
    if visit.actor.is_signed_in:
        count_against(visit.session, f"report:{visit.actor.user_id}", REPORTS_PER_HOUR, timedelta(hours=1))
        return
    client = name_client(current_client.get())
    count_against(visit.session, f"report-from:{client}", STRANGERS_REPORTS_PER_HOUR, timedelta(hours=1))


# --- objecting


def _objection_page(visit: Visit, said: ContributionView, form: Form) -> ObjectionPage:
    hiding = find_hidings(visit.session, [said.id]).get(said.id)
    if hiding is None or not may_object(visit.actor, said):
        raise NotFound
    return ObjectionPage(one=said, path=path_of(said), form=form, hiding=hiding, rules=find_rules(visit))


@router.get("/{folder}/{reference}/indsigelse", dependencies=[only(is_person)])
def new_objection(visit: AVisit, folder: str, reference: str) -> Response:
    return visit.page(_objection_page(visit, _find(visit, folder, reference), visit.blank()))


@router.post("/{folder}/{reference}/indsigelse", dependencies=[only(is_person)])
def send_objection(visit: AVisit, form: SentForm, folder: str, reference: str) -> Response:
    if before := visit.done_before(form):
        return before
    said = _find(visit, folder, reference)
    page = _objection_page(visit, said, form)
    given = form.read(ObjectionInput)
    take_rules(visit, form, page.rules)
    if given is None or form.errors:
        return visit.page(page, 422)
    try:
        service.object_to_hiding(visit.session, visit.actor, said.id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        return visit.page(page, 422)
    return visit.done(form, path_of(said), "objected")
