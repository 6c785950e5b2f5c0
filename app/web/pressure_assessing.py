"""What one has to assess oneself: saying whether one has an interest, then every theme on one page."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound, Refused
from app.domain.pressure_tests import service, tasks
from app.domain.pressure_tests.policy import may_assess_somewhere
from app.domain.pressure_tests.queries import find_test
from app.domain.pressure_tests.schemas import AssessmentInput, DeclarationInput
from app.domain.pressure_tests.tasks import Task, TaskLine, ThemeTask
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.visit import AVisit, Visit, only
from app.web.filters import typed, whole_number
from app.web.pressure_marks import LIST
from app.web.pressure_words import read_fits, read_scores, take_refusal

router = Router()

TASKS = "/mit/trykproever"


@dataclass
class TasksPage(Page):
    template: ClassVar[str] = "pressure_tests/tasks.html"
    waiting: list[TaskLine]
    finished: list[TaskLine]
    page: int
    pages: int


@dataclass
class TaskPage(Page):
    """`chapters`: the themes under the names of their strategies, in Danish and English."""

    template: ClassVar[str] = "pressure_tests/task.html"
    form: Form
    task: Task
    chapters: list[tuple[str, str, list[ThemeTask]]]
    is_readable: bool


@router.get(TASKS, dependencies=[only(may_assess_somewhere)])
def list_tasks(visit: AVisit) -> Response:
    page = whole_number(typed(visit, "side"), 6) or 1
    found = tasks.list_tasks(visit.session, visit.actor, page)
    return visit.page(
        TasksPage(
            waiting=[one for one in found.rows if one.state != "finished"],
            finished=[one for one in found.rows if one.state == "finished"],
            page=found.page,
            pages=found.pages,
        )
    )


@router.get(TASKS + "/{test_id:int}", dependencies=[only(may_assess_somewhere)])
def show_task(visit: AVisit, test_id: int) -> Response:
    task = _find_task(visit, test_id)
    return visit.page(_make_page(visit, visit.blank(**_saved(task)), task))


def _find_task(visit: Visit, test_id: int) -> Task:
    task = tasks.find_task(visit.session, visit.actor, test_id)
    if task is None:
        raise NotFound
    return task


def _saved(task: Task) -> dict[str, object]:
    """What is written so far, as fields."""
    fields: dict[str, object] = {"version": task.version}
    for theme in task.themes:
        fields |= {f"fit-{theme.id}": theme.value, f"why-{theme.id}": theme.reason}
    for one in task.criteria:
        fields |= {f"score-{one.id}": one.score, f"score-why-{one.id}": one.reason}
    return fields


def _make_page(visit: Visit, form: Form, task: Task) -> TaskPage:
    def name(theme: ThemeTask) -> tuple[str, str]:
        return theme.strategy_title, theme.strategy_title_en

    return TaskPage(
        form=form,
        task=task,
        chapters=[(*names, list(themes)) for names, themes in groupby(task.themes, key=name)],
        is_readable=task.state != "asked" and find_test(visit.session, visit.actor, task.test_id) is not None,
    )


@router.post(TASKS + "/{test_id:int}/habil", dependencies=[only(may_assess_somewhere)])
def declare(visit: AVisit, form: SentForm, test_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    task = _find_task(visit, test_id)
    given = form.read(DeclarationInput)
    if given is not None:
        try:
            service.declare(visit.session, visit.actor, test_id, given)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            if given.has_conflict:
                return visit.done(form, TASKS, "press_conflict")
            return visit.done(form, f"{TASKS}/{test_id}", "press_free")
    return visit.page(_make_page(visit, form, task), 422)


@router.post(TASKS + "/{test_id:int}", dependencies=[only(may_assess_somewhere)])
def assess(visit: AVisit, form: SentForm, test_id: int) -> Response:
    """Keep what is written so far, also as it is typed; or be done."""
    if before := visit.done_before(form):
        return before
    task = _find_task(visit, test_id)
    is_last = form.value("handling") == "faerdig"
    raw: dict[str, Any] = {
        "themes": read_fits(form, [one.id for one in task.themes], whole=is_last),
        "scores": read_scores(form, [one.id for one in task.criteria], whole=is_last),
        "version": whole_number(form.value("version"), 9) or 1,
    }
    if form.errors:
        return visit.page(_make_page(visit, form, task), 422)
    try:
        own = service.save_assessment(visit.session, visit.actor, test_id, AssessmentInput(**raw))
        version = own.version
        if is_last:
            test = service.finish(visit.session, visit.actor, test_id, version)
            if test.done_at is not None:
                return visit.done(form, f"{LIST}/{test_id}", "press_result")
            return visit.done(form, TASKS, "press_finished")
    except Refused as refusal:
        if refusal.code == "stale":
            form.refuse("form", "press_stale")
            # What stands in the fields is the reader's own; the next press says that it is to count.
            form.typed["version"] = [str(task.version)]
            return visit.page(_make_page(visit, form, task), 409)
        take_refusal(form, refusal)
        return visit.page(_make_page(visit, form, task), 422)
    return visit.taken(form, f"{TASKS}/{test_id}", "press_saved", version=version)
