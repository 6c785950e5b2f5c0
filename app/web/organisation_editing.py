"""Changing an organisation's facts: its own admin the public ones, staff all; and saying yes to a new one."""

from dataclasses import dataclass, field
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotAllowed, Refused
from app.domain.organisations.models import Organisation
from app.domain.organisations.policy import (
    NEW_KINDS,
    may_edit,
    may_edit_organisations,
    may_edit_some_organisation,
)
from app.domain.organisations.queries import find_alike
from app.domain.organisations.schemas import AllFacts, OwnFacts
from app.domain.organisations.service import EDITED, confirm_organisation, decide_domain, edit_organisation
from app.domain.users.memberships import refuse_organisation
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.filters import whole_number
from app.web.memberships import Reason
from app.web.organisations import find_organisation

router = Router()

# Where a refusal of the verb is shown; the rest stand above the form.
FIELDS = {"cvr_taken": "cvr", "domain_taken": "mail_domains", "new_name": "name"}


def _(text: str) -> str:
    return text


add_sentences(
    {
        "free_mail": _("Her kan alle få en mailadresse. Domænet kan ikke pege på en organisation."),
        "domain_taken": _("{domain} hører allerede til en anden organisation."),
        "new_name": _(
            "Det er et helt andet navn. Skriv til sekretariatet, hvis organisationen har skiftet navn."
        ),
        "notice_organisation_saved": _("Gemt. Det gamle står i revisionsloggen."),
        "notice_organisation_confirmed": _("Organisationen er bekræftet og står nu på listerne."),
        "notice_organisation_refused": _(
            "Afvist. De, der bad om at tale for den, får begrundelsen med mail."
        ),
        "not_new": _("Organisationen venter ikke længere på et ja eller nej."),
        "notice_domain_approved": _("Domænet peger nu på organisationen."),
        "notice_domain_refused": _("Domænet er afvist."),
    }
)


@dataclass
class EditOrganisationPage(Page):
    """`all_facts`: staff's form. `alike`: what a new one may be already. `is_stale`: changed meanwhile, and
    `organisation` as it stands now."""

    template: ClassVar[str] = "organisations/edit.html"
    form: Form
    organisation: Organisation
    all_facts: bool
    alike: list[Organisation] = field(default_factory=list)
    is_stale: bool = False
    kinds: tuple[str, ...] = NEW_KINDS


def _find(visit: Visit, number: str) -> Organisation:
    organisation = find_organisation(visit, number)
    if not may_edit(visit.actor, organisation):
        raise NotAllowed("not_allowed")
    return organisation


def _page(
    visit: Visit, form: Form, organisation: Organisation, status: int = 200, is_stale: bool = False
) -> Response:
    is_new = may_edit_organisations(visit.actor) and not organisation.is_confirmed
    page = EditOrganisationPage(
        form=form,
        organisation=organisation,
        all_facts=may_edit_organisations(visit.actor),
        alike=find_alike(visit.session, organisation.name, but=organisation.id) if is_new else [],
        is_stale=is_stale,
    )
    return visit.page(page, status)


def _as_typed(organisation: Organisation) -> dict[str, object]:
    """The facts as they stand in the fields: domains one a line."""
    values = {name: getattr(organisation, name) for name in (*EDITED, "version")}
    for name in ("mail_domains", "asked_domains"):
        values[name] = "\n".join(values[name])
    return values


@router.get("/organisationer/{number}/rediger", dependencies=[only(may_edit_some_organisation)])
def edit_page(visit: AVisit, number: str) -> Response:
    organisation = _find(visit, number)
    return _page(visit, visit.blank(**_as_typed(organisation)), organisation)


@router.post("/organisationer/{number}/rediger", dependencies=[only(may_edit_some_organisation)])
def save(visit: AVisit, number: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    organisation = _find(visit, number)
    given = form.read(AllFacts if may_edit_organisations(visit.actor) else OwnFacts)
    if given is None:
        return _page(visit, form, organisation, 422)
    version = form.value("version")
    try:
        edit_organisation(
            visit.session, visit.actor, organisation.id, whole_number(version, digits=9) or 0, given
        )
    except Refused as refusal:
        if refusal.code == "stale":
            form.typed["version"] = [str(organisation.version)]
        form.refuse(FIELDS.get(refusal.code, "form"), refusal.code, **refusal.values)
        is_stale = refusal.code == "stale"
        return _page(visit, form, organisation, 409 if is_stale else 422, is_stale)
    is_municipality = organisation.kind == "municipality"
    shown = f"/kommuner/{organisation.key}" if is_municipality else f"/organisationer/{organisation.id}"
    return visit.done(form, shown, "organisation_saved")


@router.post("/organisationer/{number}/bekraeft", dependencies=[only(may_edit_organisations)])
def confirm(visit: AVisit, number: str, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    organisation = confirm_organisation(visit.session, visit.actor, find_organisation(visit, number).id)
    return visit.done(form, f"/organisationer/{organisation.id}/rediger", "organisation_confirmed")


@router.post("/organisationer/{number}/afvis", dependencies=[only(may_edit_organisations)])
def refuse(visit: AVisit, number: str, form: SentForm) -> Response:
    """Say no to a new organisation and to all who ask to speak for it."""
    if before := visit.done_before(form):
        return before
    organisation = find_organisation(visit, number)
    given = form.read(Reason)
    if given is None:
        form.typed |= visit.blank(**_as_typed(organisation)).typed
        return _page(visit, form, organisation, 422)
    refuse_organisation(visit.session, visit.actor, organisation.id, given.reason)
    return visit.done(form, "/medlemskaber", "organisation_refused")


@router.post("/organisationer/{number}/domaene", dependencies=[only(may_edit_organisations)])
def decide(visit: AVisit, number: str, form: SentForm) -> Response:
    """Yes (`svar` is ja) or no to a mail domain that the organisation asks to be known by."""
    if before := visit.done_before(form):
        return before
    organisation = find_organisation(visit, number)
    is_approved = form.value("svar") == "ja"
    decide_domain(visit.session, visit.actor, organisation.id, form.value("domaene"), is_approved=is_approved)
    notice = "domain_approved" if is_approved else "domain_refused"
    return visit.done(form, f"/organisationer/{organisation.id}/rediger", notice)
