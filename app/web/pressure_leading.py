"""What is done with a pressure test: talking over what is far apart, publishing, opening, calling off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.core.policy import Actor, NotAllowed, Refused
from app.domain.pressure_tests import service
from app.domain.pressure_tests.policy import may_assess_somewhere, may_test
from app.domain.pressure_tests.queries import TestView
from app.domain.pressure_tests.schemas import AgreementInput, CancelInput
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import whole_number
from app.web.pressure_marks import LIST
from app.web.pressure_tests import find_test, make_page
from app.web.pressure_words import read_fits, take_refusal

router = Router()

ONE = LIST + "/{test_id:int}"


@dataclass
class CancelPage(Page):
    template: ClassVar[str] = "pressure_tests/cancel.html"
    form: Form
    test: TestView


@router.post(ONE + "/enighed", dependencies=[only(may_assess_somewhere)])
def agree(visit: AVisit, form: SentForm, test_id: int) -> Response:
    """What a talk about one theme came to; its fields are named as in an assessment."""
    if before := visit.done_before(form):
        return before
    test = find_test(visit, test_id)
    if not test.may_agree:
        raise NotAllowed
    known = {one.id for one in test.themes}
    theme_id = whole_number(form.value("theme_id"))
    said = read_fits(form, [theme_id] if theme_id in known else [], whole=True)
    if said and not form.errors:
        try:
            given = AgreementInput.model_validate(
                said[0].model_dump() | {"version": whole_number(form.value("version"), 9) or 1}
            )
            service.agree(visit.session, visit.actor, test_id, given)
        except Refused as refusal:
            take_refusal(form, refusal)
            status = 409 if refusal.code == "stale" else 422
            return visit.page(make_page(test, form), status)
        return visit.done(form, f"{LIST}/{test_id}#tema-{_place(test, given.theme_id)}", "press_agreed")
    if not said:
        form.refuse("form", "press_unknown_theme")
    return visit.page(make_page(test, form), 422)


def _place(test: TestView, held_id: int) -> int:
    return next(one.theme_id for one in test.themes if one.id == held_id)


Verb = Callable[[Session, Actor, int], Any]


def _do(visit: Visit, form: Form, test_id: int, verb: Verb, notice: str) -> Response:
    """A press of one button; a refusal stands at the top of the test's page."""
    if before := visit.done_before(form):
        return before
    try:
        verb(visit.session, visit.actor, test_id)
    except Refused as refusal:
        take_refusal(form, refusal)
        return visit.page(make_page(find_test(visit, test_id), form), 422)
    return visit.done(form, f"{LIST}/{test_id}", notice)


@router.post(ONE + "/udgiv", dependencies=[only(may_test)])
def publish(visit: AVisit, form: SentForm, test_id: int) -> Response:
    return _do(visit, form, test_id, service.publish_test, "press_published")


@router.post(ONE + "/tag-tilbage", dependencies=[only(may_test)])
def take_back(visit: AVisit, form: SentForm, test_id: int) -> Response:
    return _do(visit, form, test_id, service.take_back_test, "press_taken_back")


@router.post(ONE + "/aabn", dependencies=[only(may_test)])
def open_to_staff(visit: AVisit, form: SentForm, test_id: int) -> Response:
    return _do(visit, form, test_id, service.open_test, "press_opened")


@router.post(ONE + "/luk", dependencies=[only(may_test)])
def close_to_staff(visit: AVisit, form: SentForm, test_id: int) -> Response:
    return _do(visit, form, test_id, service.close_test, "press_closed")


@router.get(ONE + "/aflys", dependencies=[only(may_test)])
def ask_to_cancel(visit: AVisit, test_id: int) -> Response:
    return visit.page(CancelPage(form=visit.blank(), test=_find_led(visit, test_id)))


@router.post(ONE + "/aflys", dependencies=[only(may_test)])
def cancel(visit: AVisit, form: SentForm, test_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    test = _find_led(visit, test_id)
    given = form.read(CancelInput)
    if given is not None:
        try:
            service.cancel_test(visit.session, visit.actor, test_id, given.reason)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return visit.done(form, f"{LIST}/{test_id}", "press_cancelled")
    return visit.page(CancelPage(form=form, test=test), 422)


def _find_led(visit: Visit, test_id: int) -> TestView:
    test = find_test(visit, test_id)
    if not test.may_lead:
        raise NotAllowed
    return test
