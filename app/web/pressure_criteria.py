"""The criteria that are scored beside the themes: naming, weighing, retiring and bringing back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotFound, Refused
from app.domain.pressure_tests import criteria
from app.domain.pressure_tests.criteria import CriterionView
from app.domain.pressure_tests.policy import may_define_criteria
from app.domain.pressure_tests.schemas import CriterionInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import whole_number
from app.web.pressure_marks import LIST
from app.web.pressure_words import take_refusal

router = Router()

CRITERIA = f"{LIST}/kriterier"
ONE = CRITERIA + "/{criterion_id:int}"


@dataclass
class CriteriaPage(Page):
    template: ClassVar[str] = "pressure_tests/criteria.html"
    in_use: list[CriterionView]
    retired: list[CriterionView]
    form: Form


@dataclass
class CriterionPage(Page):
    """`criterion`: as it is stored; None for a new one."""

    template: ClassVar[str] = "pressure_tests/criterion.html"
    form: Form
    criterion: CriterionView | None


@router.get(CRITERIA, dependencies=[only(may_define_criteria)])
def list_criteria(visit: AVisit) -> Response:
    return visit.page(_list_page(visit, visit.blank()))


def _list_page(visit: Visit, form: Form) -> CriteriaPage:
    found = criteria.list_criteria(visit.session, visit.actor)
    return CriteriaPage(
        in_use=[one for one in found if one.retired_at is None],
        retired=[one for one in found if one.retired_at is not None],
        form=form,
    )


@router.get(CRITERIA + "/nyt", dependencies=[only(may_define_criteria)])
def new_criterion(visit: AVisit) -> Response:
    last = len(_list_page(visit, visit.blank()).in_use) + 1
    return visit.page(CriterionPage(form=visit.blank(weight=1, position=last, version=1), criterion=None))


@router.post(CRITERIA + "/nyt", dependencies=[only(may_define_criteria)])
def add_criterion(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(CriterionInput)
    if given is not None:
        try:
            criteria.add_criterion(visit.session, visit.actor, given)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return visit.done(form, CRITERIA, "press_criterion")
    return visit.page(CriterionPage(form=form, criterion=None), 422)


def _find(visit: Visit, criterion_id: int) -> CriterionView:
    found = criteria.list_criteria(visit.session, visit.actor)
    one = next((one for one in found if one.id == criterion_id), None)
    if one is None:
        raise NotFound
    return one


@router.get(ONE, dependencies=[only(may_define_criteria)])
def show_criterion(visit: AVisit, criterion_id: int) -> Response:
    one = _find(visit, criterion_id)
    names = ("name", "name_en", "help", "help_en", "weight", "position", "version")
    form = visit.blank(**{name: getattr(one, name) for name in names})
    return visit.page(CriterionPage(form=form, criterion=one))


@router.post(ONE, dependencies=[only(may_define_criteria)])
def edit_criterion(visit: AVisit, form: SentForm, criterion_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    one = _find(visit, criterion_id)
    given = form.read(CriterionInput)
    status = 422
    if given is not None:
        try:
            criteria.edit_criterion(visit.session, visit.actor, criterion_id, given)
            return visit.done(form, CRITERIA, "press_criterion")
        except Refused as refusal:
            if refusal.code == "stale":
                # The page shows the stored words beside one's own; the next press counts.
                form.typed["version"] = [str(one.version)]
                form.refuse("form", "stale")
                status = 409
            else:
                take_refusal(form, refusal)
    return visit.page(CriterionPage(form=form, criterion=one), status)


Verb = Callable[[Session, Actor, int, int], Any]


def _do(visit: Visit, form: Form, criterion_id: int, verb: Verb, notice: str) -> Response:
    if before := visit.done_before(form):
        return before
    try:
        verb(visit.session, visit.actor, criterion_id, whole_number(form.value("version"), 9) or 0)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(_list_page(visit, form), 409 if refusal.code == "stale" else 422)
    return visit.done(form, CRITERIA, notice)


@router.post(ONE + "/ud", dependencies=[only(may_define_criteria)])
def retire_criterion(visit: AVisit, form: SentForm, criterion_id: int) -> Response:
    return _do(visit, form, criterion_id, criteria.retire_criterion, "press_retired")


@router.post(ONE + "/ind", dependencies=[only(may_define_criteria)])
def bring_back_criterion(visit: AVisit, form: SentForm, criterion_id: int) -> Response:
    return _do(visit, form, criterion_id, criteria.bring_back_criterion, "press_brought_back")
