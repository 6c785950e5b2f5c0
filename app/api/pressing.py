"""Pressure tests: beginning them, assessing what one is asked to, agreeing, publishing."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import AskedPlain, Words
from app.api.pressed import WholePressedOut, find_test, show
from app.api.verbs import Doors, Upon, pick
from app.core.policy import NotFound, require
from app.domain.contributions.schemas import Given, Id
from app.domain.pressure_tests import service, tasks
from app.domain.pressure_tests.assessors import count_candidates, list_candidates
from app.domain.pressure_tests.policy import may_assess_somewhere, may_test, may_test_privately
from app.domain.pressure_tests.queries import TestView
from app.domain.pressure_tests.schemas import (
    AgreementInput,
    AloneInput,
    AssessmentInput,
    CancelInput,
    DeclarationInput,
    PressureTestInput,
    RetestInput,
)
from app.http.visit import AVisit, Visit, only

router = make_router("trykproever")
TEST = "/trykproever/{test_id}"
TASK = "/mig/trykproever/{test_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class CandidateOut(Out):
    """Somebody who can be asked to assess."""

    user_id: int = Field(description="The number of the person, for assessor_ids.")
    name: str
    organisation_id: int
    organisation_name: str = Field(description="For which organisation.")


class CandidatesOut(Out):
    """Who can be asked to assess."""

    items: list[CandidateOut] = Field(description="By name, so many as a list holds.")
    total: int = Field(description="How many there are; `q` narrows them.")


class OtherIn(Given):
    """Who assesses instead."""

    user_id: Id


class TaskLineOut(Out):
    """A test that one is asked to assess."""

    test_id: int = Field(description="The number of the test.")
    kind: str
    title: str
    state: str = Field(description="Of one's own part: asked, conflict, declared or finished.")
    named_at: datetime = Field(description="When one was asked.")


class ThemeTaskOut(Out):
    """A theme with what one has written of it so far."""

    id: int = Field(description="The number that it has in this test.")
    strategy_title: str = Field(description="Of which strategy.")
    above: str = Field(description="The theme that it stands under; empty at the top.")
    name: str
    description: str = Field(description="What the theme is.")
    value: str | None
    reason: str


class CriterionTaskOut(Out):
    """A criterion with what one has given so far."""

    id: int = Field(description="The number that it has in this test.")
    name: str
    help: str = Field(description="What is meant by it.")
    weight: int = Field(description="How much it counts.")
    score: int | None = Field(description="What one has given, or null.")
    reason: str


class TaskOut(Out):
    """What one has to assess; themes and criteria only once one has declared oneself."""

    test_id: int = Field(description="The number of the test.")
    title: str
    text: str
    behind: list[str] = Field(description="The organisations that stand behind it.")
    state: str = Field(description="Of one's own part: asked, conflict, declared or finished.")
    is_open: bool = Field(description="Whether it can still be written.")
    themes: list[ThemeTaskOut] = Field(description="What is assessed.")
    criteria: list[CriterionTaskOut] = Field(description="What is scored.")
    version: int


def show_task(visit: Visit, name: str) -> tuple[TaskOut, int]:
    task = tasks.find_task(visit.session, visit.actor, int(name))
    if task is None:
        raise NotFound
    told = {key: getattr(task, key) for key in TaskOut.model_fields if key not in ("title", "text")}
    told |= {"title": task.subject.title, "text": task.subject.text}
    return TaskOut.model_validate(told), task.version


doors = Doors(router, WholePressedOut, show, at="/trykproever/{}", worded="press_")
parts = Doors(router, TaskOut, show_task, worded="press_")


def _find_led(visit: Visit, test_id: int) -> TestView:
    test = find_test(visit, test_id)
    require(test.may_lead)
    return test


@router.get("/trykproever/bedoemmere", dependencies=[only(may_test)], response_model=CandidatesOut)
def list_assessors(visit: AVisit, q: Annotated[Words, Query(description="Of a name.")] = "") -> Response:
    """Who can be asked to assess a test that one begins."""
    is_private = not visit.actor.is_staff
    found = list_candidates(visit.session, visit.actor, is_private=is_private, text=q)
    total = count_candidates(visit.session, visit.actor, is_private=is_private, text=q)
    items = [CandidateOut.model_validate(one) for one in found]
    return answer(visit, CandidatesOut(items=items, total=total))


@doors.post("/trykproever", may_test, makes=True)
def begin_test(visit: Visit, given: PressureTestInput) -> str:
    """Begin a test; what a municipality begins is its own."""
    return str(service.begin_test(visit.session, visit.actor, given).id)


@doors.post("/trykproever/alene", may_test_privately, makes=True)
def press_alone(visit: Visit, given: AloneInput) -> str:
    """A municipality's own test in one go."""
    return str(service.press_alone(visit.session, visit.actor, given).id)


@doors.post(TEST + "/igen", may_test, makes=True)
def retest(visit: Visit, test_id: RowId, given: RetestInput) -> str:
    """The same again, against the themes as they are now."""
    return str(service.retest(visit.session, visit.actor, _find_led(visit, test_id).id, given).id)


@doors.put(TEST + "/bedoemmere/{assessor_id}", may_test)
def replace_assessor(visit: Visit, test_id: RowId, assessor_id: RowId, given: OtherIn) -> str:
    """Ask somebody else to assess."""
    test = _find_led(visit, test_id)
    place = pick(test.assessors, assessor_id)
    service.replace_assessor(visit.session, visit.actor, test.id, place.id, given.user_id)
    return str(test.id)


@doors.post(TEST + "/enighed", may_assess_somewhere)
def agree(visit: Visit, upon: Upon, test_id: RowId, given: AgreementInput) -> str:
    """What a talk about one theme came to; `theme_id` is the number that it has in the test."""
    test = find_test(visit, test_id)
    require(test.may_agree)
    service.agree(visit.session, visit.actor, test.id, upon(test.version, given))
    return str(test.id)


@doors.post(TEST + "/udgiv", may_test)
def publish_test(visit: Visit, test_id: RowId) -> str:
    """Let everybody read the result."""
    service.publish_test(visit.session, visit.actor, find_test(visit, test_id).id)
    return str(test_id)


@doors.post(TEST + "/tag-tilbage", may_test)
def take_back_test(visit: Visit, test_id: RowId) -> str:
    """Take a published result back."""
    service.take_back_test(visit.session, visit.actor, find_test(visit, test_id).id)
    return str(test_id)


@doors.post(TEST + "/aabn", may_test)
def open_test(visit: Visit, test_id: RowId) -> str:
    """Let the organisers read a municipality's own test."""
    service.open_test(visit.session, visit.actor, find_test(visit, test_id).id)
    return str(test_id)


@doors.post(TEST + "/luk", may_test)
def close_test(visit: Visit, test_id: RowId) -> str:
    """Let the organisers read it no more."""
    service.close_test(visit.session, visit.actor, find_test(visit, test_id).id)
    return str(test_id)


@doors.post(TEST + "/aflys", may_test)
def cancel_test(visit: Visit, test_id: RowId, given: CancelInput) -> str:
    """Call a test off."""
    service.cancel_test(visit.session, visit.actor, _find_led(visit, test_id).id, given.reason)
    return str(test_id)


# --- one's own part


@router.get("/mig/trykproever", dependencies=[only(may_assess_somewhere)], response_model=many(TaskLineOut))
def list_tasks(visit: AVisit, asked: AskedPlain) -> Response:
    """What one is asked to assess: what waits first, then what one has finished, the last first."""
    session, actor = visit.session, visit.actor
    part = read_part(visit, asked, lambda after, most: tasks.read_tasks(session, actor, after, most))
    return answer_list(visit, asked, part, [TaskLineOut.model_validate(one) for one in part.rows])


@router.get(TASK, dependencies=[only(may_assess_somewhere)], response_model=TaskOut)
def show_own_part(visit: AVisit, test_id: RowId) -> Response:
    """One's own part in a test; nothing of the other's."""
    thing, version = show_task(visit, str(test_id))
    return answer(visit, thing, version=version)


@parts.post(TASK + "/habil", may_assess_somewhere)
def declare(visit: Visit, test_id: RowId, given: DeclarationInput) -> str:
    """Say whether one has an interest of one's own in what is tested; who has is asked no more."""
    show_task(visit, str(test_id))
    service.declare(visit.session, visit.actor, test_id, given)
    return str(test_id)


@parts.put(TASK, may_assess_somewhere)
def save_assessment(visit: Visit, upon: Upon, test_id: RowId, given: AssessmentInput) -> str:
    """Keep what one has written so far; what is not named stays as it is."""
    _task, version = show_task(visit, str(test_id))
    service.save_assessment(visit.session, visit.actor, test_id, upon(version, given))
    return str(test_id)


@parts.post(TASK + "/faerdig", may_assess_somewhere)
def finish(visit: Visit, upon: Upon, test_id: RowId) -> str:
    """Say that one is done; then it stands."""
    _task, version = show_task(visit, str(test_id))
    service.finish(visit.session, visit.actor, test_id, upon.of(version))
    return str(test_id)
