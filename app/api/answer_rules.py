"""What answers are begun from, and by when they are to come: templates, and the rule of the clock."""

from datetime import date
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.verbs import Doors, Upon, pick
from app.core.clock import today
from app.domain.answering import clock, drafting
from app.domain.answering.models import AnswerTemplate
from app.domain.answering.policy import may_answer, may_set_rule
from app.domain.answering.schemas import RuleInput, TemplateInput
from app.domain.contributions.answer_clock import find_answer_by, find_rule
from app.domain.contributions.schemas import Verdict
from app.http.visit import AVisit, Visit, only

router = make_router("indbakke")
TEMPLATES = "/indbakke/skabeloner"
TEMPLATE = TEMPLATES + "/{template_id}"
RULE = "/indbakke/svarfrist"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class TemplateOut(Out):
    """Words to begin an answer from. {reference} and {title} stand for those of what is answered."""

    id: int
    title: str
    verdict: Verdict | None = Field(description="Yes, partly, no or later, or null.")
    text: str
    text_en: str
    text_sv: str = Field(description="In Swedish; empty where nobody has translated it.")
    reason: str
    reason_en: str = Field(description="Why, in English.")
    reason_sv: str = Field(description="Why, in Swedish.")
    version: int


class TemplatesOut(Out):
    """The templates that are offered."""

    items: list[TemplateOut] = Field(description="By title.")


class RuleOut(Out):
    """By when what is sent from now on is to be answered."""

    at_most_days: int = Field(description="The most days that an answer may take.")
    at_least_days: int = Field(description="The fewest days, where it is due before the next meeting.")
    before_meeting: bool = Field(description="Whether it is due before the next meeting.")
    answer_by: date = Field(description="The day for what is sent today.")
    version: int


def _list(visit: Visit) -> list[AnswerTemplate]:
    return drafting.list_templates(visit.session, visit.actor)


def show(visit: Visit, _name: str = "") -> tuple[TemplatesOut, None]:
    return TemplatesOut(items=[TemplateOut.model_validate(one) for one in _list(visit)]), None


def show_rule(visit: Visit, _name: str = "") -> tuple[RuleOut, int]:
    days = visit.kit.site.answer_within_days
    rule = find_rule(visit.session, days)
    told = RuleOut(
        at_most_days=rule.at_most_days,
        at_least_days=rule.at_least_days,
        before_meeting=rule.before_meeting,
        answer_by=find_answer_by(visit.session, today(), days),
        version=rule.version,
    )
    return told, rule.version


doors = Doors(router, TemplatesOut, show)
rules = Doors(router, RuleOut, show_rule)


@router.get(TEMPLATES, dependencies=[only(may_answer)], response_model=TemplatesOut)
def list_templates(visit: AVisit) -> Response:
    """What answers can be begun from."""
    return answer(visit, show(visit)[0])


@doors.post(TEMPLATES, may_answer)
def add_template(visit: Visit, given: TemplateInput) -> str:
    """Words to begin answers from."""
    drafting.add_template(visit.session, visit.actor, given)
    return ""


@doors.put(TEMPLATE, may_answer)
def edit_template(visit: Visit, template_id: RowId, given: TemplateInput) -> str:
    """Put a template otherwise; answers that began from it stay."""
    one = pick(_list(visit), template_id)
    drafting.edit_template(visit.session, visit.actor, one.id, given)
    return ""


@doors.delete(TEMPLATE, may_answer)
def retire_template(visit: Visit, template_id: RowId) -> str:
    """Offer a template no more."""
    one = pick(_list(visit), template_id)
    drafting.retire_template(visit.session, visit.actor, one.id, one.version)
    return ""


@router.get(RULE, dependencies=[only(may_set_rule)], response_model=RuleOut)
def show_days(visit: AVisit) -> Response:
    """How long an answer may take."""
    thing, version = show_rule(visit)
    return answer(visit, thing, version=version)


@rules.put(RULE, may_set_rule)
def set_rule(visit: Visit, upon: Upon, given: RuleInput) -> str:
    """Say how long an answer may take, from now on; days that were promised stay."""
    _rule, version = show_rule(visit)
    clock.set_rule(visit.session, visit.actor, upon(version, given))
    return ""
