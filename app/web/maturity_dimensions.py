"""In which dimensions municipalities say how mature they are: naming, asking for them no more, and again."""

from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.priorities import maturity
from app.domain.priorities.maturity import DimensionView
from app.domain.priorities.policy import may_define_maturity
from app.domain.priorities.schemas import DimensionEdit, DimensionInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import whole_number
from app.web.maturity import OVERVIEW
from app.web.plan_pages import Difference, compare

router = Router()

DIMENSIONS: Final = f"{OVERVIEW}/maal"
ONE: Final = DIMENSIONS + "/{dimension_id:int}"


@dataclass
class DimensionsPage(Page):
    template: ClassVar[str] = "maturity/dimensions.html"
    asked: list[DimensionView]
    retired: list[DimensionView]
    form: Form


@dataclass
class DimensionPage(Page):
    """`dimension`: as it is stored; None for a new one."""

    template: ClassVar[str] = "maturity/dimension.html"
    dimension: DimensionView | None
    form: Form
    differences: list[Difference]


@router.get(DIMENSIONS, dependencies=[only(may_define_maturity)])
def list_dimensions(visit: AVisit) -> Response:
    return visit.page(_list_page(visit, visit.blank()))


def _list_page(visit: Visit, form: Form) -> DimensionsPage:
    found = maturity.list_dimensions(visit.session, with_retired=True)
    return DimensionsPage(
        asked=[one for one in found if not one.is_retired],
        retired=[one for one in found if one.is_retired],
        form=form,
    )


@router.get(DIMENSIONS + "/nyt", dependencies=[only(may_define_maturity)])
def new_dimension(visit: AVisit) -> Response:
    return visit.page(DimensionPage(dimension=None, form=visit.blank(), differences=[]))


@router.post(DIMENSIONS + "/nyt", dependencies=[only(may_define_maturity)])
def add_dimension(visit: AVisit, form: SentForm) -> Response:
    if before := visit.done_before(form):
        return before
    given = form.read(DimensionInput)
    if given is None:
        return visit.page(DimensionPage(dimension=None, form=form, differences=[]), 422)
    maturity.add_dimension(visit.session, visit.actor, given)
    return visit.done(form, DIMENSIONS, "maturity_dimension")


def _find(visit: Visit, dimension_id: int) -> DimensionView:
    found = maturity.list_dimensions(visit.session, with_retired=True)
    one = next((one for one in found if one.id == dimension_id), None)
    if one is None:
        raise NotFound
    return one


def _fields_of(one: DimensionView) -> dict[str, object]:
    return {name: getattr(one, name) for name in DimensionEdit.model_fields}


@router.get(ONE, dependencies=[only(may_define_maturity)])
def show_dimension(visit: AVisit, dimension_id: int) -> Response:
    one = _find(visit, dimension_id)
    return visit.page(DimensionPage(dimension=one, form=visit.blank(**_fields_of(one)), differences=[]))


@router.post(ONE, dependencies=[only(may_define_maturity)])
def edit_dimension(visit: AVisit, form: SentForm, dimension_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    one = _find(visit, dimension_id)
    given = form.read(DimensionEdit)
    if given is None:
        return visit.page(DimensionPage(dimension=one, form=form, differences=[]), 422)
    try:
        maturity.edit_dimension(visit.session, visit.actor, dimension_id, given)
    except Refused as refusal:
        form.refuse("form", refusal.code)
        differences = compare(form, _fields_of(one))
        return visit.page(DimensionPage(dimension=one, form=form, differences=differences), 409)
    return visit.done(form, DIMENSIONS, "maturity_dimension")


@router.post(ONE + "/ud", dependencies=[only(may_define_maturity)])
def retire_dimension(visit: AVisit, form: SentForm, dimension_id: int) -> Response:
    return _retire(visit, form, dimension_id, is_retired=True)


@router.post(ONE + "/ind", dependencies=[only(may_define_maturity)])
def bring_back_dimension(visit: AVisit, form: SentForm, dimension_id: int) -> Response:
    return _retire(visit, form, dimension_id, is_retired=False)


def _retire(visit: Visit, form: Form, dimension_id: int, *, is_retired: bool) -> Response:
    if before := visit.done_before(form):
        return before
    version = whole_number(form.value("version"), digits=9) or 0
    try:
        maturity.retire_dimension(visit.session, visit.actor, dimension_id, version, is_retired=is_retired)
    except Refused as refusal:
        again = visit.blank()
        again.refuse("form", refusal.code)
        return visit.page(_list_page(visit, again), 409)
    return visit.done(form, DIMENSIONS, "maturity_retired" if is_retired else "maturity_reopened")
