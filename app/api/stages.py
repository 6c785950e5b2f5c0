"""How far ideas and projects have come: their steps, and what stands in the way of them."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, ThemeOut, answer
from app.api.asking import make_router
from app.api.verbs import Doors, pick
from app.core.policy import NotFound, require
from app.domain.pipeline import queries, service
from app.domain.pipeline.policy import may_note, may_note_somewhere
from app.domain.pipeline.queries import Story
from app.domain.pipeline.schemas import (
    BarrierEdit,
    BarrierInput,
    Kind,
    SolvedInput,
    StageInput,
    TakeBackInput,
)
from app.domain.pipeline.service import Thing
from app.http.visit import AVisit, Visit, anyone

router = make_router("projekter")
WAY = "/projekter/vej/{kind}/{name}"
STEPS = WAY + "/trin"
BARRIERS = WAY + "/barriere"
BARRIER = BARRIERS + "/{barrier_id}"
KindWord = Literal["ideer", "signaturprojekter", "egne"]
KINDS: dict[str, Kind] = {
    "ideer": "idea",
    "signaturprojekter": "project",
    "egne": "own_project",
}
Name = Annotated[str, Path(min_length=1, max_length=100)]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class StepOut(Out):
    """A step, as it was noted."""

    id: int
    stage: str = Field(description="What it came to.")
    happened_on: date | None
    day_certainty: str = Field(description="day, year or unknown.")
    certainty: str = Field(description="Whether it was stated, or is inferred.")
    note: str
    barrier: str | None = Field(description="What stopped it, or null.")
    lesson: str = Field(description="What was learnt; empty where nothing is said.")
    source_url: str | None
    taken_back_reason: str = Field(description="Why it counts no more; empty where it does.")


class BarrierOut(Out):
    """Something that stands or stood in the way."""

    id: int
    code: str = Field(description="Which sort: data, infrastructure, law, skills, money or other.")
    theme: ThemeOut | None = Field(description="The theme that it is about; null for all of them.")
    scope: str = Field(description="Whether it was said of the thing itself or of its whole round.")
    note: str
    since: date | None = Field(description="Since when, where that is known.")
    solved_on: date | None = Field(description="Since when it is out of the way, or null.")
    solved_note: str = Field(description="How that came.")
    source_url: str | None
    version: int


class WayOut(Out):
    """How far an idea or a project has come."""

    kind: str
    title: str
    owner: str = Field(description="Whose it is.")
    stage: str = Field(description="Where it stands.")
    since: date | None = Field(description="Since when, where that is known.")
    steps: list[StepOut] = Field(description="The last first.")
    barriers: list[BarrierOut] = Field(description="What is unsolved first.")
    is_example: bool
    page: str = ""


def find_way(visit: Visit, kind: str, name: str, *, notes: bool = False) -> tuple[Story, Thing]:
    """How far it has come; for who `notes` of it. Raises NotFound and NotAllowed."""
    thing = queries.find_thing(visit.session, KINDS[kind], name)
    story = queries.find_story(visit.session, visit.actor, thing) if thing is not None else None
    if story is None or thing is None:
        raise NotFound
    if notes:
        require(may_note(visit.session, visit.actor, story.card.kind, story.card.owner_id))
    return story, thing


def show(visit: Visit, address: str) -> tuple[WayOut, None]:
    kind, _word, name = address.partition("/")
    story, _thing = find_way(visit, kind, name)
    card = story.card
    told = {key: getattr(card, key) for key in ("kind", "title", "owner", "stage", "since", "is_example")}
    told |= {"steps": story.steps, "barriers": story.barriers}
    told["page"] = f"{visit.kit.site.base_url}/projekter/vej/{kind}/{name}"
    return WayOut.model_validate(told), None


doors = Doors(router, WayOut, show, at="/projekter/vej/{}", worded="pipeline_")


@router.get(WAY, dependencies=[anyone], response_model=WayOut)
def show_way(visit: AVisit, kind: KindWord, name: Name) -> Response:
    """How far an idea or a project has come; `name`: its number or key, as in its address."""
    return answer(visit, show(visit, f"{kind}/{name}")[0])


@doors.post(STEPS, may_note_somewhere, makes=True)
def note_stage(visit: Visit, kind: KindWord, name: Name, given: StageInput) -> str:
    """Note that it came to a stage, or was stopped."""
    _story, thing = find_way(visit, kind, name, notes=True)
    service.note_stage(visit.session, visit.actor, thing, given)
    return f"{kind}/{name}"


@doors.post(STEPS + "/{step_id}/tilbage", may_note_somewhere)
def take_stage_back(visit: Visit, kind: KindWord, name: Name, step_id: RowId, given: TakeBackInput) -> str:
    """Say that a step was noted by mistake."""
    story, _thing = find_way(visit, kind, name, notes=True)
    service.take_stage_back(visit.session, visit.actor, pick(story.steps, step_id).id, given)
    return f"{kind}/{name}"


@doors.post(BARRIERS, may_note_somewhere, makes=True)
def add_barrier(visit: Visit, kind: KindWord, name: Name, given: BarrierInput) -> str:
    """Note something that stands in the way."""
    _story, thing = find_way(visit, kind, name, notes=True)
    service.add_barrier(visit.session, visit.actor, thing, given)
    return f"{kind}/{name}"


@doors.put(BARRIER, may_note_somewhere)
def edit_barrier(visit: Visit, kind: KindWord, name: Name, barrier_id: RowId, given: BarrierEdit) -> str:
    """Word it otherwise."""
    story, _thing = find_way(visit, kind, name, notes=True)
    service.edit_barrier(visit.session, visit.actor, pick(story.barriers, barrier_id).id, given)
    return f"{kind}/{name}"


@doors.delete(BARRIER, may_note_somewhere)
def remove_barrier(visit: Visit, kind: KindWord, name: Name, barrier_id: RowId) -> str:
    """It was noted by mistake."""
    story, _thing = find_way(visit, kind, name, notes=True)
    one = pick(story.barriers, barrier_id)
    service.remove_barrier(visit.session, visit.actor, one.id, one.version)
    return f"{kind}/{name}"


@doors.post(BARRIER + "/loest", may_note_somewhere)
def solve_barrier(visit: Visit, kind: KindWord, name: Name, barrier_id: RowId, given: SolvedInput) -> str:
    """It is out of the way."""
    story, _thing = find_way(visit, kind, name, notes=True)
    service.solve_barrier(visit.session, visit.actor, pick(story.barriers, barrier_id).id, given)
    return f"{kind}/{name}"


@doors.post(BARRIER + "/aabn", may_note_somewhere)
def reopen_barrier(visit: Visit, kind: KindWord, name: Name, barrier_id: RowId) -> str:
    """It stands in the way after all."""
    story, _thing = find_way(visit, kind, name, notes=True)
    one = pick(story.barriers, barrier_id)
    service.reopen_barrier(visit.session, visit.actor, one.id, one.version)
    return f"{kind}/{name}"
