"""Access to what is confidential in ideas: requests, the owner is heard, the decision, what is given out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, ClassVar, Final

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.core import i18n
from app.core.clock import now, today
from app.core.documents.blocks import Imprint
from app.core.documents.markup import read_html
from app.core.documents.print import write_pdf
from app.core.policy import NotFound, Refused
from app.core.text import slug
from app.core.workdays import workdays_after
from app.domain.contributions.ideas import hearing
from app.domain.contributions.ideas.attachments import list_attachments
from app.domain.contributions.ideas.extras import name_fields
from app.domain.contributions.ideas.hearing import RequestView
from app.domain.contributions.ideas.policy import may_open_access_requests
from app.domain.contributions.ideas.redacting import FILE, Redacted, redacted
from app.domain.contributions.ideas.schemas import AccessRequestInput, RulingInput
from app.domain.contributions.ideas.secrets import EXTRA
from app.domain.contributions.queries import ContributionView, find_contribution
from app.domain.contributions.service import read_confidential
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web import filters
from app.web.decks import attachment
from app.web.hearing_words import take_refusal

router = Router()

HEARINGS = "/indbakke/hoeringer"
# Offentlighedsloven § 36, stk. 2: who asked is answered within seven workdays.
ANSWER_WITHIN: Final = 7
# What an owner is given unless staff says otherwise: it leaves two workdays to decide.
HEARD_WITHIN: Final = 5


def _(text: str) -> str:
    return text


class DayInput(BaseModel):
    """Another day by which the owner is to answer, seen at this version of the request."""

    model_config = ConfigDict(extra="forbid")

    hear_by: date
    version: Annotated[int, Field(ge=0)]


class VersionInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class HearingLine:
    """A request with the day by which the law asks for an answer to who asked."""

    request: RequestView
    answer_by: date

    @property
    def is_late(self) -> bool:
        return self.request.state == "hearing" and self.answer_by < today()


@dataclass
class HearingsPage(Page):
    """Those that wait and those that are ended, of one page."""

    template: ClassVar[str] = "inbox/hearings.html"
    waiting: Sequence[HearingLine]
    ended: Sequence[HearingLine]
    page: int
    pages: int


@dataclass
class NewHearingPage(Page):
    """`idea`: the one that is asked for, None until its number is known. `before`: requests about it."""

    template: ClassVar[str] = "inbox/hearing_form.html"
    idea: ContributionView | None
    before: Sequence[RequestView]
    form: Form
    answer_within: int = ANSWER_WITHIN


@dataclass
class HearingPage(Page):
    """`names`: of the organisers' own fields, {number: how it is called}."""

    template: ClassVar[str] = "inbox/hearing.html"
    line: HearingLine
    names: dict[int, str]
    day_form: Form
    end_form: Form
    answer_within: int = ANSWER_WITHIN


@dataclass(frozen=True, slots=True)
class PartToDecide:
    """One part with its confidential words. `text` is None where it is gone; of a file its name.

    `reason`: why the owner wants it confidential, as it was given with the idea.
    """

    heard: hearing.HeardView
    text: str | None
    reason: str
    file_id: int | None


@dataclass
class DecidePage(Page):
    template: ClassVar[str] = "inbox/hearing_decide.html"
    line: HearingLine
    names: dict[int, str]
    parts: Sequence[PartToDecide]
    form: Form


@dataclass
class EditionPage(Page):
    """What is given out after a decision. `files`: {part: number of the file} of those that are released."""

    template: ClassVar[str] = "inbox/hearing_edition.html"
    line: HearingLine
    edition: Redacted
    made_on: date
    files: dict[str, int] = field(default_factory=dict)


@router.get(HEARINGS, dependencies=[only(may_open_access_requests)])
def show_hearings(visit: AVisit) -> Response:
    asked = filters.whole_number(filters.typed(visit, "side"), 6) or 1
    found = hearing.list_page(visit.session, visit.actor, asked)
    lines = [_line(one) for one in found.rows]
    return visit.page(
        HearingsPage(
            waiting=[one for one in lines if one.request.state == "hearing"],
            ended=[one for one in lines if one.request.state != "hearing"],
            page=found.page,
            pages=found.pages,
        )
    )


def _line(request: RequestView) -> HearingLine:
    return HearingLine(request, workdays_after(request.received_on, ANSWER_WITHIN))


# --- noting a request


@router.get(HEARINGS + "/ny", dependencies=[only(may_open_access_requests)])
def new_hearing(visit: AVisit) -> Response:
    reference = visit.request.query_params.get("ide", "")
    form = visit.blank(
        reference=reference,
        received_on=today().isoformat(),
        hear_by=workdays_after(today(), HEARD_WITHIN).isoformat(),
    )
    return visit.page(_new_page(visit, form, _find_idea(visit, reference)))


@router.post(HEARINGS + "/ny", dependencies=[only(may_open_access_requests)])
def open_hearing(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    idea = _find_idea(visit, form.value("reference"))
    given, status = form.read(AccessRequestInput), 422
    if idea is None:
        form.refuse("reference", "hearing_no_idea")
    elif given is not None:
        try:
            row = hearing.open_request(visit.session, visit.actor, idea.id, given)
            return visit.done(form, f"{HEARINGS}/{row.id}", "hearing_opened")
        except Refused as refusal:
            status = take_refusal(form, refusal)
    return visit.page(_new_page(visit, form, idea), status)


def _find_idea(visit: Visit, reference: str) -> ContributionView | None:
    asked = reference.strip().upper()
    idea = find_contribution(visit.session, visit.actor, asked) if asked else None
    return idea if idea is not None and idea.kind == "idea" else None


def _new_page(visit: Visit, form: Form, idea: ContributionView | None) -> NewHearingPage:
    before = hearing.list_requests(visit.session, visit.actor, idea.id) if idea else []
    return NewHearingPage(idea=idea, before=before, form=form)


# --- one hearing


@router.get(HEARINGS + "/{request_id:int}", dependencies=[only(may_open_access_requests)])
def show_hearing(visit: AVisit, request_id: int) -> Response:
    return visit.page(_hearing_page(visit, _find(visit, request_id)))


def _find(visit: Visit, request_id: int) -> RequestView:
    found = hearing.find_request(visit.session, visit.actor, request_id)
    if found is None:
        raise NotFound
    return found


def _hearing_page(
    visit: Visit, request: RequestView, day_form: Form | None = None, end_form: Form | None = None
) -> HearingPage:
    return HearingPage(
        line=_line(request),
        names=_name_parts(visit, request),
        day_form=day_form or visit.blank(hear_by=_later(request).isoformat(), version=request.version),
        end_form=end_form or visit.blank(version=request.version),
    )


def _later(request: RequestView) -> date:
    return max(request.hear_by, today()) + timedelta(days=7)


def _name_parts(visit: Visit, request: RequestView) -> dict[int, str]:
    numbers = [int(one.part.removeprefix(EXTRA)) for one in request.parts if one.part.startswith(EXTRA)]
    return name_fields(visit.session, numbers) if numbers else {}


@router.post(HEARINGS + "/{request_id:int}/frist", dependencies=[only(may_open_access_requests)])
def move_hearing(visit: AVisit, request_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given, status = form.read(DayInput), 422
    if given is not None:
        try:
            hearing.move_hearing(visit.session, visit.actor, request_id, given.hear_by, given.version)
            return visit.done(form, f"{HEARINGS}/{request_id}", "hearing_moved")
        except Refused as refusal:
            status = take_refusal(form, refusal)
    request = _see_anew(visit, request_id, form)
    return visit.page(_hearing_page(visit, request, day_form=form), status)


@router.post(HEARINGS + "/{request_id:int}/traek-tilbage", dependencies=[only(may_open_access_requests)])
def withdraw_request(visit: AVisit, request_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given, status = form.read(VersionInput), 422
    if given is not None:
        try:
            hearing.withdraw_request(visit.session, visit.actor, request_id, given.version)
            return visit.done(form, f"{HEARINGS}/{request_id}", "hearing_withdrawn")
        except Refused as refusal:
            status = take_refusal(form, refusal)
    request = _see_anew(visit, request_id, form)
    return visit.page(_hearing_page(visit, request, end_form=form), status)


def _see_anew(visit: Visit, request_id: int, form: Form) -> RequestView:
    """The request as it stands now, which the form goes on from."""
    visit.session.rollback()
    request = _find(visit, request_id)
    form.typed["version"] = [str(request.version)]
    return request


# --- deciding


@router.get(HEARINGS + "/{request_id:int}/afgoer", dependencies=[only(may_open_access_requests)])
def read_to_decide(visit: AVisit, request_id: int) -> Response:
    """The parts in their words, so that they can be decided; that they were read is logged."""
    request = _find(visit, request_id)
    if not request.is_due:
        return visit.go(f"{HEARINGS}/{request_id}")
    return visit.page(_decide_page(visit, request, visit.blank(version=request.version)))


def _decide_page(visit: Visit, request: RequestView, form: Form) -> DecidePage:
    words, reasons = {}, {}
    if any(not one.part.startswith(FILE) for one in request.parts):
        try:
            found = read_confidential(visit.session, visit.actor, request.contribution_id)
        except NotFound:
            # All that was confidential was taken away meanwhile.
            found = None
        if found is not None:
            words, reasons = found.parts, found.reasons
    files = {
        f"{FILE}{one.id}": one
        for one in list_attachments(visit.session, visit.actor, request.contribution_id)
        if one.removed_at is None
    }
    parts = []
    for heard in request.parts:
        file = files.get(heard.part)
        is_file = heard.part.startswith(FILE)
        text = (file.title if file else None) if is_file else words.get(heard.part)
        reason = (file.reason if file else "") if is_file else reasons.get(heard.part, "")
        parts.append(PartToDecide(heard, text, reason, file.id if file else None))
    return DecidePage(line=_line(request), names=_name_parts(visit, request), parts=parts, form=form)


@router.post(HEARINGS + "/{request_id:int}/afgoer", dependencies=[only(may_open_access_requests)])
def decide(visit: AVisit, request_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    request, status = _find(visit, request_id), 422
    rulings, seen = _read_rulings(visit, request, form), form.read(VersionInput)
    if rulings is not None and seen is not None:
        try:
            hearing.decide_access(visit.session, visit.actor, request_id, rulings, seen.version)
            return visit.done(form, f"{HEARINGS}/{request_id}", "hearing_decided")
        except Refused as refusal:
            status = take_refusal(form, refusal)
    request = _see_anew(visit, request_id, form)
    if not request.is_due:
        return visit.page(_hearing_page(visit, request, day_form=form), status)
    page = _decide_page(visit, request, form)
    # The page below rolls back, but that the confidential half was read must stay logged.
    visit.session.commit()
    return visit.page(page, status)


def _read_rulings(visit: Visit, request: RequestView, form: Form) -> list[RulingInput] | None:
    """One of each part, or None with a sentence at each field that is wrong."""
    rulings = []
    for heard in request.parts:
        names = {"decision": f"decision_{heard.part}", "reason": f"reason_{heard.part}"}
        typed = {short: form.values(name) for short, name in names.items() if form.value(name)}
        one = Form(visit.language, typed | {"part": [heard.part]}, {})
        ruling = one.read(RulingInput)
        if ruling is not None:
            rulings.append(ruling)
            continue
        for short, sentence in one.errors.items():
            if short not in typed:
                form.refuse(names[short], "hearing_choose" if short == "decision" else "hearing_why")
            else:
                form.errors.setdefault(names[short], sentence)
    return rulings if not form.errors else None


# --- what is given out


@router.get(HEARINGS + "/{request_id:int}/udgave", dependencies=[only(may_open_access_requests)])
def show_edition(visit: AVisit, request_id: int) -> Response:
    request, edition = _make_edition(visit, request_id)
    files = {
        part.part: int(part.part.removeprefix(FILE))
        for part in edition.parts
        if part.part.startswith(FILE) and part.reason is None
    }
    return visit.page(EditionPage(line=_line(request), edition=edition, made_on=today(), files=files))


def _make_edition(visit: Visit, request_id: int) -> tuple[RequestView, Redacted]:
    """The edition of a decided request; each making is logged as an export."""
    request = _find(visit, request_id)
    return request, redacted(visit.session, visit.actor, request.contribution_id, request.id)


@router.get(HEARINGS + "/{request_id:int}/udgave.pdf", dependencies=[only(may_open_access_requests)])
def send_edition(visit: AVisit, request_id: int) -> Response:
    """The same as a PDF. It is made while one waits and kept nowhere: what one is given is not for others."""
    request, edition = _make_edition(visit, request_id)
    site, say = visit.kit.site, i18n.catalogue(visit.language).gettext
    page = visit.kit.renderer.render_template(
        "inbox/hearing_paper.html",
        visit.language,
        site_address=site.base_url,
        line=_line(request),
        edition=edition,
        made_on=today(),
    )
    document = read_html(page, site.base_url)
    imprint = Imprint(
        title=document.title(),
        language=visit.language,
        author=site.site_name,
        reference=f"{edition.reference} · {say(_('Aktindsigt'))} {request.id}",
        subject=say(_("Det, der udleveres efter en anmodning om aktindsigt")),
        keywords=(edition.reference,),
        made_at=now(),
        page_words=(say(_("Side")), say(_("af"))),
    )
    headers = {
        "Content-Disposition": attachment(f"{slug(f'aktindsigt {request.id} {edition.reference}')}.pdf"),
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "no-store",
    }
    return Response(write_pdf(document, imprint), media_type="application/pdf", headers=headers)
