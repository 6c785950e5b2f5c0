"""Noting how far a thing has come, ending it with what was learnt, and what stands in its way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel

from app.core.clock import today
from app.core.policy import NotFound, Refused, require
from app.domain.meetings.schemas import Version
from app.domain.pipeline import service
from app.domain.pipeline.policy import may_note_somewhere
from app.domain.pipeline.queries import BarrierView, StepView
from app.domain.pipeline.schemas import BarrierEdit, BarrierInput, SolvedInput, StageInput, TakeBackInput
from app.domain.pipeline.service import Thing
from app.domain.pipeline.things import STAGES
from app.domain.strategies.queries import ThemeRef, find_themes, list_strategies_of, list_themes, walk
from app.http.doors import Router
from app.http.forms import Form, SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences, sentence
from app.http.visit import AVisit, Visit, only
from app.web.pipeline import ONE, Way, get_way
from app.web.plan_pages import Difference, compare

router = Router()

M = TypeVar("M", bound=BaseModel)

STEP: Final = ONE + "/trin"
STOP: Final = ONE + "/stop"
BARRIER: Final = ONE + "/barriere"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "future_day": _("Den dag er ikke kommet endnu. Skriv en dag, der er gået, eller i dag."),
        "stopped_by_what": _("Vælg, hvad der stoppede det."),
        "stopped_lesson": _("Skriv, hvad I lærte. Det er det, andre kan bruge."),
        "not_stopped": _("Kun noget, der er stoppet, er stoppet af en barriere."),
        "same_stage": _("Der stod det allerede den dag. Vælg et andet trin eller en anden dag."),
        "solved_before": _("Barrieren kan ikke være løst, før den kom. Ret en af dagene."),
        "pipeline_unknown_theme": _("Vælg et tema fra listen. Det gamle findes ikke længere."),
        "notice_pipeline_step": _("Trinnet er noteret."),
        "notice_pipeline_stopped": _("Det er noteret, at det er stoppet. Tak for læren."),
        "notice_pipeline_taken_back": _("Trinnet tæller ikke længere. Det kan stadig læses med grunden."),
        "notice_pipeline_barrier": _("Barrieren er gemt."),
        "notice_pipeline_solved": _("Barrieren er noteret som løst."),
        "notice_pipeline_reopened": _("Barrieren står åben igen."),
        "notice_pipeline_removed": _("Barrieren er fjernet."),
    }
)

# The field that a refusal belongs to, and its sentence here where that is another one.
FIELDS: Final = {
    "future_day": "happened_on",
    "stopped_by_what": "barrier",
    "stopped_lesson": "lesson",
    "not_stopped": "barrier",
    "same_stage": "stage",
    "unknown_theme": "theme_id",
    "solved_before": "solved_on",
}
SENTENCES: Final = {"unknown_theme": "pipeline_unknown_theme"}


@dataclass
class StepPage(Page):
    """`is_stop`: the form that ends it."""

    template: ClassVar[str] = "pipeline/step.html"
    way: Way
    form: Form
    is_stop: bool
    stages: Sequence[str] = ()


@dataclass
class TakeBackPage(Page):
    template: ClassVar[str] = "pipeline/take_back.html"
    way: Way
    step: StepView
    form: Form


@dataclass
class BarrierPage(Page):
    """`barrier` is None for a new one."""

    template: ClassVar[str] = "pipeline/barrier.html"
    way: Way
    form: Form
    barrier: BarrierView | None
    themes: Sequence[ThemeRef]
    differences: list[Difference] = field(default_factory=list)


@dataclass
class SolvedPage(Page):
    template: ClassVar[str] = "pipeline/solved.html"
    way: Way
    form: Form
    barrier: BarrierView


# --- steps


@router.get(STEP, dependencies=[only(may_note_somewhere)])
def new_step(visit: AVisit, kind: str, name: str) -> Response:
    return visit.page(_step_page(visit, _own_way(visit, kind, name), None, is_stop=False))


@router.post(STEP, dependencies=[only(may_note_somewhere)])
def note_step(visit: AVisit, form: SentForm, kind: str, name: str) -> Response:
    return _send_step(visit, form, _own_way(visit, kind, name), is_stop=False)


@router.get(STOP, dependencies=[only(may_note_somewhere)])
def new_stop(visit: AVisit, kind: str, name: str) -> Response:
    return visit.page(_step_page(visit, _own_way(visit, kind, name), None, is_stop=True))


@router.post(STOP, dependencies=[only(may_note_somewhere)])
def note_stop(visit: AVisit, form: SentForm, kind: str, name: str) -> Response:
    form.typed["stage"] = ["stopped"]
    return _send_step(visit, form, _own_way(visit, kind, name), is_stop=True)


def _own_way(visit: Visit, kind: str, name: str) -> Way:
    """The way of a thing that the visitor notes of; who may only see it is refused."""
    way = get_way(visit, kind, name)
    require(way.may_note)
    return way


def _step_page(visit: Visit, way: Way, form: Form | None, *, is_stop: bool) -> StepPage:
    at = STAGES.index(way.story.card.stage)
    following = STAGES[min(at + 1, len(STAGES) - 2)]
    blank = visit.blank(happened_on=today().isoformat(), stage=following)
    return StepPage(way=way, form=form or blank, is_stop=is_stop, stages=STAGES[:-1])


def _send_step(visit: Visit, form: Form, way: Way, *, is_stop: bool) -> Response:
    def note(given: StageInput) -> None:
        service.note_stage(visit.session, visit.actor, thing_of(way), given)

    notice = "pipeline_stopped" if is_stop else "pipeline_step"
    if before := visit.done_before(form):
        return before
    status = _carry_out(form, StageInput, note)
    if status is None:
        return visit.done(form, way.path, notice)
    return visit.page(_step_page(visit, way, form, is_stop=is_stop), status)


def thing_of(way: Way) -> Thing:
    return Thing(way.story.card.kind, way.story.card.id)  # type: ignore[arg-type]


def _carry_out(
    form: Form, model: type[M], verb: Callable[[M], object], fields: Mapping[str, str] = FIELDS
) -> int | None:
    """Read the form and do it: None when it is done, else the status of the page to show again."""
    given = form.read(model)
    if given is None:
        for code, place in fields.items():
            # What is said of several fields at once stands at the one that it is mended in.
            if form.errors.get("form") == sentence(form.language, code):
                form.errors[place] = form.errors.pop("form")
        return 422
    try:
        verb(given)
    except Refused as refusal:
        code = refusal.code
        form.refuse(fields.get(code, "form"), SENTENCES.get(code, code), **refusal.values)
        return 409 if code == "stale" else 422
    return None


@router.get(STEP + "/{step_id:int}/tilbage", dependencies=[only(may_note_somewhere)])
def ask_take_back(visit: AVisit, kind: str, name: str, step_id: int) -> Response:
    way = _own_way(visit, kind, name)
    return visit.page(TakeBackPage(way=way, step=_step_of(way, step_id), form=visit.blank()))


@router.post(STEP + "/{step_id:int}/tilbage", dependencies=[only(may_note_somewhere)])
def take_back(visit: AVisit, form: SentForm, kind: str, name: str, step_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    way = _own_way(visit, kind, name)
    step = _step_of(way, step_id)

    def undo(given: TakeBackInput) -> None:
        service.take_stage_back(visit.session, visit.actor, step.id, given)

    status = _carry_out(form, TakeBackInput, undo)
    if status is None:
        return visit.done(form, way.path, "pipeline_taken_back")
    return visit.page(TakeBackPage(way=way, step=step, form=form), status)


def _step_of(way: Way, step_id: int) -> StepView:
    for step in way.story.steps:
        if step.id == step_id and step.taken_back_at is None:
            return step
    raise NotFound


# --- barriers


@router.get(BARRIER, dependencies=[only(may_note_somewhere)])
def new_barrier(visit: AVisit, kind: str, name: str) -> Response:
    way = _own_way(visit, kind, name)
    return visit.page(_barrier_page(visit, way, visit.blank(), None))


@router.post(BARRIER, dependencies=[only(may_note_somewhere)])
def add_barrier(visit: AVisit, form: SentForm, kind: str, name: str) -> Response:
    if before := visit.done_before(form):
        return before
    way = _own_way(visit, kind, name)

    def add(given: BarrierInput) -> None:
        service.add_barrier(visit.session, visit.actor, thing_of(way), given)

    status = _carry_out(form, BarrierInput, add, FIELDS | {"future_day": "since"})
    if status is None:
        return visit.done(form, way.path, "pipeline_barrier")
    return visit.page(_barrier_page(visit, way, form, None), status)


@router.get(BARRIER + "/{barrier_id:int}", dependencies=[only(may_note_somewhere)])
def barrier_page(visit: AVisit, kind: str, name: str, barrier_id: int) -> Response:
    way = _own_way(visit, kind, name)
    barrier = _barrier_of(way, barrier_id)
    return visit.page(_barrier_page(visit, way, visit.blank(**_current(barrier)), barrier))


def _current(barrier: BarrierView) -> dict[str, object]:
    return {
        "code": barrier.code,
        "theme_id": barrier.theme.id if barrier.theme else None,
        "note": barrier.note,
        "since": barrier.since.isoformat() if barrier.since else None,
        "source_url": barrier.source_url,
        "version": barrier.version,
    }


@router.post(BARRIER + "/{barrier_id:int}", dependencies=[only(may_note_somewhere)])
def edit_barrier(visit: AVisit, form: SentForm, kind: str, name: str, barrier_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    way = _own_way(visit, kind, name)
    barrier = _barrier_of(way, barrier_id)

    def edit(given: BarrierEdit) -> None:
        service.edit_barrier(visit.session, visit.actor, barrier.id, given)

    status = _carry_out(form, BarrierEdit, edit, FIELDS | {"future_day": "since", "solved_before": "since"})
    if status is None:
        return visit.done(form, way.path, "pipeline_barrier")
    differences = compare(form, _current(barrier)) if status == 409 else []
    return visit.page(_barrier_page(visit, way, form, barrier, differences), status)


def _barrier_of(way: Way, barrier_id: int) -> BarrierView:
    for barrier in way.story.barriers:
        if barrier.id == barrier_id:
            return barrier
    raise NotFound


def _barrier_page(
    visit: Visit,
    way: Way,
    form: Form,
    barrier: BarrierView | None,
    differences: list[Difference] | None = None,
) -> BarrierPage:
    card = way.story.card
    ids = {*card.theme_ids, *([barrier.theme.id] if barrier and barrier.theme else [])}
    if card.kind == "own_project" and card.owner_id is not None:
        own = list_strategies_of(visit.session, visit.actor, card.owner_id)
        ids |= {theme.id for one in own for theme in walk(list_themes(visit.session, one.id))}
    themes = sorted(
        find_themes(visit.session, ids).values() if ids else (), key=lambda one: (one.strategy_key, one.id)
    )
    return BarrierPage(way=way, form=form, barrier=barrier, themes=themes, differences=differences or [])


@router.get(BARRIER + "/{barrier_id:int}/loest", dependencies=[only(may_note_somewhere)])
def ask_solved(visit: AVisit, kind: str, name: str, barrier_id: int) -> Response:
    way = _own_way(visit, kind, name)
    barrier = _barrier_of(way, barrier_id)
    form = visit.blank(solved_on=today().isoformat(), version=barrier.version)
    return visit.page(SolvedPage(way=way, form=form, barrier=barrier))


@router.post(BARRIER + "/{barrier_id:int}/loest", dependencies=[only(may_note_somewhere)])
def solve_barrier(visit: AVisit, form: SentForm, kind: str, name: str, barrier_id: int) -> Response:
    if before := visit.done_before(form):
        return before
    way = _own_way(visit, kind, name)
    barrier = _barrier_of(way, barrier_id)

    def solve(given: SolvedInput) -> None:
        service.solve_barrier(visit.session, visit.actor, barrier.id, given)

    status = _carry_out(form, SolvedInput, solve, FIELDS | {"future_day": "solved_on"})
    if status is None:
        return visit.done(form, way.path, "pipeline_solved")
    form.typed["version"] = [str(barrier.version)]
    return visit.page(SolvedPage(way=way, form=form, barrier=barrier), status)


@router.post(BARRIER + "/{barrier_id:int}/aabn", dependencies=[only(may_note_somewhere)])
def reopen_barrier(visit: AVisit, form: SentForm, kind: str, name: str, barrier_id: int) -> Response:
    return _press(visit, form, kind, name, barrier_id, "pipeline_reopened", service.reopen_barrier)


@router.post(BARRIER + "/{barrier_id:int}/fjern", dependencies=[only(may_note_somewhere)])
def remove_barrier(visit: AVisit, form: SentForm, kind: str, name: str, barrier_id: int) -> Response:
    return _press(visit, form, kind, name, barrier_id, "pipeline_removed", service.remove_barrier)


def _press(
    visit: Visit,
    form: Form,
    kind: str,
    name: str,
    barrier_id: int,
    notice: str,
    verb: Callable[..., object],
) -> Response:
    """What is one press; a barrier that was changed meanwhile is shown on its form."""
    if before := visit.done_before(form):
        return before
    way = _own_way(visit, kind, name)
    barrier = _barrier_of(way, barrier_id)
    given = form.read(Version)
    try:
        verb(visit.session, visit.actor, barrier.id, given.version if given else 0)
    except Refused as refusal:
        again = visit.blank(**_current(barrier))
        again.refuse("form", refusal.code)
        return visit.page(_barrier_page(visit, way, again, barrier), 409)
    return visit.done(form, way.path, notice)
