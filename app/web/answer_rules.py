"""What answers are begun from, and by when they are to come: templates, and the rule of the clock."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound, Refused
from app.domain.answering import clock, drafting
from app.domain.answering.models import AnswerTemplate
from app.domain.answering.policy import may_answer, may_set_rule
from app.domain.answering.schemas import RuleInput, TemplateInput
from app.domain.contributions.answer_clock import Rule, find_answer_by, find_rule
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.answering import VersionInput
from app.web.inbox_words import take_refusal

router = Router()

TEMPLATES = "/indbakke/skabeloner"
RULE = "/indbakke/svarfrist"


@dataclass
class TemplatesPage(Page):
    template: ClassVar[str] = "inbox/templates.html"
    templates: list[AnswerTemplate]


@dataclass
class TemplatePage(Page):
    """`stored`: the template as it stands; None for a new one."""

    template: ClassVar[str] = "inbox/template_form.html"
    stored: AnswerTemplate | None
    form: Form


@dataclass
class RulePage(Page):
    """`answer_by`: the day for what is sent today."""

    template: ClassVar[str] = "inbox/rule.html"
    rule: Rule
    answer_by: date
    form: Form


# --- templates


@router.get(TEMPLATES, dependencies=[only(may_answer)])
def show_templates(visit: AVisit) -> Response:
    return visit.page(TemplatesPage(drafting.list_templates(visit.session, visit.actor)))


@router.get(TEMPLATES + "/ny", dependencies=[only(may_answer)])
def new_template(visit: AVisit) -> Response:
    return visit.page(TemplatePage(None, visit.blank()))


@router.post(TEMPLATES + "/ny", dependencies=[only(may_answer)])
def add_template(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given, status = form.read(TemplateInput), 422
    if given is not None:
        try:
            drafting.add_template(visit.session, visit.actor, given)
            return visit.done(form, TEMPLATES, "inbox_template")
        except Refused as refusal:
            status = take_refusal(form, refusal)
    return visit.page(TemplatePage(None, form), status)


def _open_template(visit: Visit, template_id: int) -> AnswerTemplate:
    templates = drafting.list_templates(visit.session, visit.actor)
    found = next((one for one in templates if one.id == template_id), None)
    if found is None:
        raise NotFound
    return found


@router.get(TEMPLATES + "/{template_id:int}", dependencies=[only(may_answer)])
def show_template(visit: AVisit, template_id: int) -> Response:
    stored = _open_template(visit, template_id)
    words = {name: getattr(stored, name) for name in (*drafting.TEXTS, "title", "verdict", "version")}
    return visit.page(TemplatePage(stored, visit.blank(**words)))


@router.post(TEMPLATES + "/{template_id:int}", dependencies=[only(may_answer)])
def edit_template(visit: AVisit, template_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    _open_template(visit, template_id)
    given, status = form.read(TemplateInput), 422
    if given is not None:
        try:
            drafting.edit_template(visit.session, visit.actor, template_id, given)
            return visit.done(form, TEMPLATES, "inbox_template")
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
            form.typed["version"] = [str(_open_template(visit, template_id).version)]
    stored = _open_template(visit, template_id)
    return visit.page(TemplatePage(stored, form), status)


@router.post(TEMPLATES + "/{template_id:int}/fjern", dependencies=[only(may_answer)])
def retire_template(visit: AVisit, template_id: int, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    _open_template(visit, template_id)
    given = form.read(VersionInput)
    if given is None:
        raise NotFound
    try:
        drafting.retire_template(visit.session, visit.actor, template_id, given.version)
    except Refused as refusal:
        status = take_refusal(form, refusal)
        visit.session.rollback()
        stored = _open_template(visit, template_id)
        form.typed |= {name: [str(getattr(stored, name) or "")] for name in (*drafting.TEXTS, "title")}
        form.typed |= {"verdict": [stored.verdict or ""], "version": [str(stored.version)]}
        return visit.page(TemplatePage(stored, form), status)
    return visit.done(form, TEMPLATES, "inbox_template_gone")


# --- the rule


@router.get(RULE, dependencies=[only(may_set_rule)])
def show_rule(visit: AVisit) -> Response:
    return visit.page(_rule_page(visit, None))


def _rule_page(visit: Visit, sent: Form | None) -> RulePage:
    days = visit.kit.site.answer_within_days
    rule = find_rule(visit.session, days)
    form = sent or visit.blank(
        at_most_days=rule.at_most_days,
        at_least_days=rule.at_least_days,
        before_meeting="1" if rule.before_meeting else "",
        version=rule.version,
    )
    return RulePage(rule, find_answer_by(visit.session, today(), days), form)


@router.post(RULE, dependencies=[only(may_set_rule)])
def set_rule(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given, status = form.read(RuleInput), 422
    if given is not None:
        try:
            clock.set_rule(visit.session, visit.actor, given)
            return visit.done(form, RULE, "inbox_rule")
        except Refused as refusal:
            status = take_refusal(form, refusal)
            visit.session.rollback()
            form.typed["version"] = [str(find_rule(visit.session, visit.kit.site.answer_within_days).version)]
    elif "form" in form.errors:
        form.errors.setdefault("at_least_days", form.errors.pop("form"))
    return visit.page(_rule_page(visit, form), status)
