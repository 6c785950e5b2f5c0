"""Leading the questions to a panel: letting in, the short list, what the panel has now, what it answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused, require
from app.domain.panels import queries, service
from app.domain.panels.policy import may_lead, may_lead_somewhere
from app.domain.panels.queries import AskedAtSignUp, PanelView, QuestionView
from app.domain.panels.schemas import (
    LONGEST_ANSWER,
    AnsweredInput,
    HiddenInput,
    PanelInput,
    TakenOver,
)
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, only
from app.web.panels import PANEL, find_panel
from app.web.sealed import hide

router = Router()

LEAD = PANEL + "/styr"
ONE = LEAD + "/{question_id:int}"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "panel_nothing_to_undo": _("Der er ikke noget at fortryde ved spørgsmålet."),
        "panel_not_asked": _("Spørgsmålet findes ikke blandt dem fra tilmeldingen mere."),
        "panel_taken_over": _("Spørgsmålet er allerede taget over."),
        "panel_too_long": _("Spørgsmålet er for langt til at tage over. Der er plads til {most} tegn."),
        "notice_panel_opened": _("Der er åbnet for spørgsmål."),
        "notice_panel_shut": _("Der er lukket for spørgsmål."),
        "notice_panel_set_up": _("Reglerne for spørgsmålene er gemt."),
        "notice_panel_let_in": _("Spørgsmålet er lukket ind."),
        "notice_panel_listed": _("Spørgsmålet er på den korte liste."),
        "notice_panel_put_back": _("Spørgsmålet venter igen."),
        "notice_panel_now": _("Panelet har spørgsmålet nu."),
        "notice_panel_answer_noted": _("Spørgsmålet er besvaret."),
        "notice_panel_hidden": _("Spørgsmålet er skjult. Den, der stillede det, kan se hvorfor."),
        "notice_panel_undone": _("Det er fortrudt."),
        "notice_panel_took_over": _("Spørgsmålet er taget over fra tilmeldingen."),
    }
)


@dataclass
class LeadPage(Page):
    """`one_form` holds what came back for the question `refused_id`."""

    template: ClassVar[str] = "panels/lead.html"
    panel: PanelView
    questions: list[QuestionView]
    asked: list[AskedAtSignUp]
    form: Form
    one_form: Form
    refused_id: int = 0
    longest_answer: int = LONGEST_ANSWER


@dataclass
class LeadBlock(Page):
    template: ClassVar[str] = "panels/lead_block.html"
    panel: PanelView
    questions: list[QuestionView]
    one_form: Form
    refused_id: int = 0
    longest_answer: int = LONGEST_ANSWER


def _open(visit: Visit, key: str, item_id: int) -> PanelView:
    """The panel, for who leads its questions. Raises NotFound and NotAllowed."""
    panel = find_panel(visit, key, item_id)
    require(may_lead(visit.actor, panel.meeting_id))
    return panel


def _page(
    visit: Visit,
    panel: PanelView,
    form: Form | None = None,
    one_form: Form | None = None,
    refused_id: int = 0,
) -> LeadPage:
    rules = visit.blank(
        asks_approval="1" if panel.asks_approval else "", visibility=panel.visibility, version=panel.version
    )
    return LeadPage(
        panel=panel,
        questions=queries.list_led(visit.session, visit.actor, panel.item_id),
        asked=queries.list_asked_at_sign_up(visit.session, visit.actor, panel.item_id),
        form=form or rules,
        one_form=one_form or visit.blank(),
        refused_id=refused_id,
    )


@router.get(LEAD, dependencies=[only(may_lead_somewhere)])
def show_leading(visit: AVisit, key: str, item_id: int) -> Response:
    return hide(visit.page(_page(visit, _open(visit, key, item_id))))


@router.get(LEAD + "/blok", dependencies=[only(may_lead_somewhere)])
def show_leading_block(visit: AVisit, key: str, item_id: int) -> Response:
    """The questions as who leads them sees them; fetched again when they change."""
    panel = _open(visit, key, item_id)
    questions = queries.list_led(visit.session, visit.actor, item_id)
    return hide(visit.page(LeadBlock(panel=panel, questions=questions, one_form=visit.blank())))


# --- the panel


@router.post(LEAD, dependencies=[only(may_lead_somewhere)])
def set_up(visit: AVisit, form: SentForm, key: str, item_id: int) -> Response:
    """How the item takes questions."""
    if before := visit.done_before(form):
        return before
    panel = _open(visit, key, item_id)
    given = form.read(PanelInput)
    if given is None:
        return visit.page(_page(visit, panel, form), 422)
    try:
        service.set_up_panel(visit.session, visit.actor, item_id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        form.typed["version"] = [str(panel.version)]
        return visit.page(_page(visit, panel, form), 409)
    return visit.done(form, f"{panel.path}/styr", "panel_set_up")


@router.post(LEAD + "/aabn", dependencies=[only(may_lead_somewhere)])
def open_questions(visit: AVisit, form: SentForm, key: str, item_id: int) -> Response:
    return _turn(visit, form, key, item_id, service.open_panel, "panel_opened")


@router.post(LEAD + "/luk", dependencies=[only(may_lead_somewhere)])
def close_questions(visit: AVisit, form: SentForm, key: str, item_id: int) -> Response:
    return _turn(visit, form, key, item_id, service.close_panel, "panel_shut")


def _turn(
    visit: Visit,
    form: Form,
    key: str,
    item_id: int,
    verb: Callable[[Session, Actor, int], object],
    notice: str,
) -> Response:
    if before := visit.done_before(form):
        return before
    panel = _open(visit, key, item_id)
    try:
        verb(visit.session, visit.actor, item_id)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_page(visit, panel, one_form=form), 409)
    return visit.done(form, f"{panel.path}/styr", notice)


@router.post(LEAD + "/tag-over", dependencies=[only(may_lead_somewhere)])
def take_over(visit: AVisit, form: SentForm, key: str, item_id: int) -> Response:
    """A question from sign-up, word for word."""
    if before := visit.done_before(form):
        return before
    panel = _open(visit, key, item_id)
    given = form.read(TakenOver)
    if given is None:
        raise NotFound
    try:
        question = service.take_over(visit.session, visit.actor, item_id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_page(visit, panel, one_form=form), 409)
    return visit.done(form, f"{panel.path}/styr#spoergsmaal-{question.id}", "panel_took_over")


# --- one question


@router.post(ONE + "/luk-ind", dependencies=[only(may_lead_somewhere)])
def let_in(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    return _lead(visit, form, key, item_id, question_id, service.approve, "panel_let_in")


@router.post(ONE + "/kort-liste", dependencies=[only(may_lead_somewhere)])
def put_on_shortlist(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    return _lead(visit, form, key, item_id, question_id, service.shortlist, "panel_listed")


@router.post(ONE + "/vent", dependencies=[only(may_lead_somewhere)])
def let_wait(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    return _lead(visit, form, key, item_id, question_id, service.put_back, "panel_put_back")


@router.post(ONE + "/nu", dependencies=[only(may_lead_somewhere)])
def give_to_panel(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    return _lead(visit, form, key, item_id, question_id, service.put_now, "panel_now")


@router.post(ONE + "/besvaret", dependencies=[only(may_lead_somewhere)])
def note_answer(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    """Answered, with what was said; where the field is not in the form, what stands there stays."""
    given = form.read(AnsweredInput)
    answer = given.answer if given is not None and form.has("answer") else None
    return _lead(
        visit,
        form,
        key,
        item_id,
        question_id,
        lambda session, actor, id: service.mark_answered(session, actor, id, answer),
        "panel_answer_noted",
        is_wrong=given is None,
    )


@router.post(ONE + "/skjul", dependencies=[only(may_lead_somewhere)])
def hide_question(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    given = form.read(HiddenInput)
    reason = given.reason if given else ""
    return _lead(
        visit,
        form,
        key,
        item_id,
        question_id,
        lambda session, actor, id: service.hide(session, actor, id, reason),
        "panel_hidden",
        is_wrong=given is None,
    )


@router.post(ONE + "/fortryd", dependencies=[only(may_lead_somewhere)])
def undo(visit: AVisit, form: SentForm, key: str, item_id: int, question_id: int) -> Response:
    return _lead(visit, form, key, item_id, question_id, service.undo, "panel_undone")


def _lead(
    visit: Visit,
    form: Form,
    key: str,
    item_id: int,
    question_id: int,
    verb: Callable[[Session, Actor, int], object],
    notice: str,
    *,
    is_wrong: bool = False,
) -> Response:
    """One turn of one question of this panel, and back to the page."""
    if before := visit.done_before(form):
        return before
    panel = _open(visit, key, item_id)
    if all(one.id != question_id for one in queries.list_led(visit.session, visit.actor, item_id)):
        raise NotFound
    if is_wrong:
        return visit.page(_page(visit, panel, one_form=form, refused_id=question_id), 422)
    try:
        verb(visit.session, visit.actor, question_id)
    except Refused as refusal:
        form.refuse("form", refusal.code, **refusal.values)
        return visit.page(_page(visit, panel, one_form=form, refused_id=question_id), 409)
    return visit.done(form, f"{panel.path}/styr#spoergsmaal-{question_id}", notice)
