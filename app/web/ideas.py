"""Ideas for signature projects: the list, one idea, proposing one with drafts and a confidential half."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.policy import NotFound, Refused, is_person
from app.domain.contributions import queries, service
from app.domain.contributions.policy import may_edit_draft, may_read_confidential, may_send
from app.domain.contributions.queries import ContributionView, IdeaView, Listing
from app.domain.contributions.schemas import PARTS, SECRET_PARTS, IdeaDraft, IdeaInput
from app.domain.contributions.service import Confidential
from app.http.forms import Form, SentForm
from app.http.limits import TooMany, count_against
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone, only
from app.web.contributions import (
    Around,
    FilterBar,
    Reading,
    ThemeMenu,
    answer_by,
    interest_form,
    list_theme_menus,
    make_filter_bar,
    merge_accepted,
    path_of,
    read_filters,
    read_text,
    take_refusal,
)
from app.web.filters import page_number
from app.web.held import Held, look_at_held, show_mark
from app.web.life import Life, look_at_life
from app.web.sending import (
    count_sending,
    find_rules,
    refuse_for_now,
    show_brake,
    take_repetition,
    take_rules,
)
from app.web.wishes import (
    MOST_PAGES,
    bring_back,
    find_around,
    find_said,
    show_receipt,
    take_back,
)

router = APIRouter()

SAVED_PER_HOUR = 200


@dataclass
class IdeasPage(Page):
    template: ClassVar[str] = "ideas/list.html"
    listing: Listing
    bar: FilterBar
    may_send: bool


@dataclass
class IdeaPage(Page):
    """`has_confidential` is told only to who may read the confidential half."""

    template: ClassVar[str] = "ideas/show.html"
    idea: ContributionView
    details: IdeaView | None
    parts: tuple[str, ...]
    around: Around
    form: Form
    has_confidential: bool
    may_edit: bool
    held: Held
    rules: int | None
    life: Life


@dataclass
class ConfidentialPage(Page):
    template: ClassVar[str] = "ideas/confidential.html"
    idea: ContributionView
    confidential: Confidential


@dataclass
class IdeaFormPage(Page):
    """A new idea, or a draft that is changed. `theirs` is the draft as a colleague saved it meanwhile.

    `rules`: the version to be agreed to, or None. `before`: the number of the same text sent before.
    """

    template: ClassVar[str] = "ideas/form.html"
    form: Form
    draft: ContributionView | None
    menus: list[ThemeMenu]
    reading: Reading
    answer_by: date
    is_confirmed: bool
    rules: int | None
    is_preview: bool = False
    before: str | None = None
    theirs: dict[str, str] | None = None


@router.get("/ideer", dependencies=[anyone])
def list_ideas(visit: AVisit) -> Response:
    asked = read_filters(visit)
    page = page_number(visit, MOST_PAGES)
    found = queries.list_ideas(visit.session, visit.actor, asked, page)
    bar = make_filter_bar(visit, "/ideer", asked, found)
    return visit.page(IdeasPage(listing=found.listing, bar=bar, may_send=may_send(visit.actor)))


@router.get("/ideer/nyt", dependencies=[only(may_send)])
def new_idea(visit: AVisit) -> Response:
    return visit.page(_form_page(visit, visit.blank(maturity="idea"), None, find_rules(visit)))


@router.post("/ideer/nyt", dependencies=[only(may_send)])
def add_idea(visit: AVisit, form: SentForm) -> Response:
    return _take_idea(visit, form, None)


@router.get("/ideer/{reference}", dependencies=[anyone])
def show_idea(visit: AVisit, reference: str) -> Response:
    idea = queries.find_contribution(visit.session, visit.actor, reference)
    if idea is None:
        return show_mark(visit, reference)
    if idea.kind != "idea" or idea.reference != reference:
        return visit.go(path_of(idea))
    return visit.page(make_idea_page(visit, idea))


def make_idea_page(visit: Visit, idea: ContributionView, form: Form | None = None, **forms: Form) -> IdeaPage:
    """The page of an idea; `form` is a municipality's mark that was refused, `forms` those of its life."""
    around = find_around(visit, idea)
    details = queries.find_idea_details(visit.session, idea.id)
    has_confidential = details is not None and details.has_confidential
    return IdeaPage(
        idea=idea,
        details=details,
        parts=PARTS,
        around=around,
        form=form or interest_form(visit, around),
        has_confidential=has_confidential and may_read_confidential(visit.actor, idea),
        may_edit=may_edit_draft(visit.actor, idea) and idea.status == "draft",
        held=look_at_held(visit, idea),
        rules=find_rules(visit) if around.may_mark else None,
        life=look_at_life(visit, idea, **forms),
    )


@router.get("/ideer/{reference}/fortrolig", dependencies=[only(is_person)])
def show_confidential(visit: AVisit, reference: str) -> Response:
    """The confidential half on a page of its own, so that each reading is one that was asked for."""
    idea = find_said(visit, reference)
    confidential = service.read_confidential(visit.session, visit.actor, idea.id)
    return visit.page(ConfidentialPage(idea=idea, confidential=confidential))


@router.get("/ideer/{reference}/kvittering", dependencies=[only(is_person)])
def idea_receipt(visit: AVisit, reference: str) -> Response:
    return show_receipt(visit, reference, "idea")


@router.get("/ideer/{reference}/ret", dependencies=[only(may_send)])
def edit_idea(visit: AVisit, reference: str) -> Response:
    draft = _find_draft(visit, reference)
    form = visit.blank(**_saved(visit, draft))
    return visit.page(_form_page(visit, form, draft, find_rules(visit)))


@router.post("/ideer/{reference}/ret", dependencies=[only(may_send)])
def change_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    if before := _sent_before(visit, form):
        return before
    return _take_idea(visit, form, _find_draft(visit, reference))


def _sent_before(visit: Visit, form: Form) -> Response | None:
    """The answer to the first sending; asked before the draft is looked for, as it is no draft any more."""
    return None if form.value("handling") in ("lignende", "vis") else visit.done_before(form)


def _find_draft(visit: Visit, reference: str) -> ContributionView:
    idea = find_said(visit, reference)
    if idea.kind != "idea" or not may_edit_draft(visit.actor, idea) or idea.status != "draft":
        raise NotFound
    return idea


def _saved(visit: Visit, draft: ContributionView) -> dict[str, object]:
    """The draft as fields of the form. Its confidential half is read for it, and that is logged."""
    details = queries.find_idea_details(visit.session, draft.id)
    fields: dict[str, object] = {
        "title": draft.title,
        "body": draft.body,
        "aspect": draft.aspect,
        "theme_ids": [theme.id for theme in draft.themes],
        "version": draft.version,
    }
    if details is not None:
        fields |= {part: getattr(details, part) for part in (*PARTS, "maturity")}
        if details.has_confidential:
            secret = service.read_confidential(visit.session, visit.actor, draft.id)
            fields |= {f"secret_{part}": secret.parts.get(part) for part in SECRET_PARTS}
            fields["confidential_reason"] = secret.reason
    return fields


def _take_idea(visit: Visit, form: Form, draft: ContributionView | None) -> Response:
    merge_accepted(form)
    rules, act = find_rules(visit), form.value("handling")
    if act == "lignende":
        return visit.page(_form_page(visit, form, draft, rules))
    given = form.read(IdeaDraft if act == "gem" else IdeaInput)
    if act == "vis":
        is_whole = given is not None
        page = _form_page(visit, form, draft, rules, is_preview=is_whole)
        return visit.page(page, 200 if is_whole else 422)
    if given is not None and draft is None and (before := visit.done_before(form)):
        return before
    if act != "gem":
        take_rules(visit, form, rules)
    if given is None or form.errors:
        return visit.page(_form_page(visit, form, draft, rules), 422)
    try:
        return _put_idea(visit, form, given, draft)
    except TooMany as stop:
        refuse_for_now(form, stop)
        return show_brake(visit, _form_page(visit, form, draft, rules), stop)
    except Refused as refusal:
        return _refuse(visit, form, draft, rules, refusal)


def _put_idea(visit: Visit, form: Form, given: IdeaDraft, draft: ContributionView | None) -> Response:
    """Send it, or keep it for later."""
    draft_id = draft.id if draft else None
    if isinstance(given, IdeaInput):
        count_sending(visit)
        days = visit.kit.site.answer_within_days
        idea = service.send_idea(visit.session, visit.actor, given, days, draft_id)
        return visit.done(form, f"/ideer/{idea.reference}/kvittering")
    count_against(visit.session, f"save:{visit.actor.user_id}", SAVED_PER_HOUR, timedelta(hours=1))
    idea = service.save_idea_draft(visit.session, visit.actor, given, draft_id)
    return visit.done(form, f"/ideer/{idea.reference}/ret", "draft_saved")


def _refuse(
    visit: Visit, form: Form, draft: ContributionView | None, rules: int | None, refusal: Refused
) -> Response:
    if refusal.code != "stale" or draft is None:
        before = take_repetition(form, refusal)
        take_refusal(form, refusal)
        return visit.page(_form_page(visit, form, draft, rules, before=before), 422)
    form.refuse("form", "stale")
    # The page below rolls back, but that the saved confidential half was read must stay logged.
    visit.session.rollback()
    saved = _saved(visit, draft)
    visit.session.commit()
    form.typed["version"] = [str(draft.version)]
    theirs = {
        name: str(value or "")
        for name, value in saved.items()
        if name not in ("version", "theme_ids") and str(value or "") != form.value(name)
    }
    return visit.page(_form_page(visit, form, draft, rules, theirs=theirs), 409)


def _form_page(
    visit: Visit,
    form: Form,
    draft: ContributionView | None,
    rules: int | None,
    *,
    is_preview: bool = False,
    before: str | None = None,
    theirs: dict[str, str] | None = None,
) -> IdeaFormPage:
    text = "\n".join(form.value(name) for name in ("title", "body", "problem", "proposal"))
    itself = ("idea", draft.id) if draft else None
    return IdeaFormPage(
        form=form,
        draft=draft,
        menus=list_theme_menus(visit),
        reading=read_text(visit, text, form.values("theme_ids"), except_for=itself),
        answer_by=answer_by(visit),
        is_confirmed=visit.actor.is_confirmed,
        rules=rules,
        is_preview=is_preview,
        before=before,
        theirs=theirs,
    )


@router.post("/ideer/{reference}/traek-tilbage", dependencies=[only(is_person)])
def withdraw_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return take_back(visit, form, reference)


@router.post("/ideer/{reference}/fortryd", dependencies=[only(is_person)])
def restore_idea(visit: AVisit, form: SentForm, reference: str) -> Response:
    return bring_back(visit, form, reference)
