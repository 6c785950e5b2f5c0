"""The verbs of the pipeline: the steps of a thing, and what stands in its way."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotAllowed, NotFound, Refused, require
from app.domain.contributions.models import Contribution
from app.domain.pipeline.events import BarriersNoted, StageNoted
from app.domain.pipeline.models import StageChange, ThingBarrier
from app.domain.pipeline.policy import ideas_visible_to, may_follow_up, may_note_own
from app.domain.pipeline.schemas import (
    BarrierEdit,
    BarrierInput,
    Kind,
    SolvedInput,
    StageFacts,
    StageInput,
    TakeBackInput,
)
from app.domain.projects.models import Project
from app.domain.projects.own_models import OwnProject
from app.domain.projects.policy import may_see_own, visible_to
from app.domain.strategies.models import Strategy, Theme

COLUMNS: dict[Kind, str] = {
    "idea": "contribution_id",
    "project": "project_id",
    "own_project": "own_project_id",
}


class Thing(NamedTuple):
    """What a row of the pipeline is about."""

    kind: Kind
    id: int

    @property
    def column(self) -> dict[str, int]:
        """The column that points to it, for a new row."""
        return {COLUMNS[self.kind]: self.id}


def thing_of(row: StageChange | ThingBarrier) -> Thing:
    """What the row is about."""
    for kind, column in COLUMNS.items():
        thing_id = getattr(row, column)
        if thing_id is not None:
            return Thing(kind, thing_id)
    raise AssertionError("a row about nothing")


# --- steps


def note_stage(session: Session, actor: Actor, thing: Thing, given: StageInput) -> StageChange:
    """Note that a thing came to a stage. An earlier day than the last one's fills in its history.

    Refused: same_stage (it stood there already on that day).
    """
    _lock_thing(session, actor, thing)
    if _stage_before(session, thing, given.happened_on) == given.stage:
        raise Refused("same_stage")
    change = StageChange(
        **thing.column,
        **given.model_dump(),
        day_certainty="day",
        certainty="stated",
        made_at=now(),
        made_by_id=actor.user_id,
    )
    session.add(change)
    session.flush()
    _note(session, actor, "note_stage", thing, stage_id=change.id, stage=change.stage)
    announce(session, StageNoted(thing.kind, thing.id))
    return change


def take_stage_back(session: Session, actor: Actor, change_id: int, given: TakeBackInput) -> None:
    """Say that a step was noted by mistake: it does not count, and can be read still."""
    change = session.get(StageChange, change_id)
    if change is None:
        raise NotFound
    thing = thing_of(change)
    _lock_thing(session, actor, thing)
    session.refresh(change, with_for_update=True)
    if change.taken_back_at is not None:
        raise NotFound
    change.taken_back_at, change.taken_back_reason = now(), given.reason
    _note(session, actor, "take_stage_back", thing, stage_id=change.id, stage=change.stage)
    announce(session, StageNoted(thing.kind, thing.id))


def put_stage(session: Session, actor: Actor, given: StageFacts) -> None:
    """A step of a signature project by its sources; nothing where it has stood at that stage already, also
    where somebody has taken that back.

    Refused: unknown_project.
    """
    require(may_follow_up(actor))
    project_id = session.scalar(select(Project.id).where(Project.key == given.project))
    if project_id is None:
        raise Refused("unknown_project", key=given.project)
    known = select(StageChange.id).where(
        StageChange.project_id == project_id, StageChange.stage == given.stage
    )
    if session.scalar(select(known.exists())):
        return
    day = given.happened_on or (date(given.year, 1, 1) if given.year is not None else None)
    certainty = "day" if given.happened_on else "year" if day is not None else "unknown"
    change = StageChange(
        project_id=project_id,
        happened_on=day,
        day_certainty=certainty,
        made_at=now(),
        made_by_id=actor.user_id,
        **given.model_dump(exclude={"project", "happened_on", "year"}),
    )
    session.add(change)
    session.flush()
    thing = Thing("project", project_id)
    _note(session, actor, "note_stage", thing, stage_id=change.id, stage=change.stage)


def _stage_before(session: Session, thing: Thing, day: date) -> str | None:
    """The stage at the end of that day."""
    return session.scalars(
        select(StageChange.stage)
        .where(
            getattr(StageChange, COLUMNS[thing.kind]) == thing.id,
            StageChange.taken_back_at.is_(None),
            StageChange.happened_on.is_(None) | (StageChange.happened_on <= day),
        )
        .order_by(StageChange.happened_on.desc().nulls_last(), StageChange.id.desc())
        .limit(1)
    ).one_or_none()


# --- barriers


def add_barrier(session: Session, actor: Actor, thing: Thing, given: BarrierInput) -> ThingBarrier:
    """Note something that stands in the way. Refused: unknown_theme."""
    _lock_thing(session, actor, thing)
    _refuse_unknown_theme(session, thing, given.theme_id)
    barrier = ThingBarrier(
        **thing.column, **given.model_dump(), scope="thing", added_at=now(), added_by_id=actor.user_id
    )
    session.add(barrier)
    session.flush()
    _note(session, actor, "add_barrier", thing, barrier_id=barrier.id, code=barrier.code)
    announce(session, BarriersNoted(thing.kind, thing.id))
    return barrier


def edit_barrier(session: Session, actor: Actor, barrier_id: int, given: BarrierEdit) -> ThingBarrier:
    """Word it otherwise; what was said of a whole round becomes said of the thing itself.

    Refused: stale, unknown_theme, solved_before (it was solved before that day).
    """
    barrier, thing = _own_barrier(session, actor, barrier_id, given.version)
    _refuse_unknown_theme(session, thing, given.theme_id)
    if barrier.solved_on is not None and given.since is not None and barrier.solved_on < given.since:
        raise Refused("solved_before")
    for field, value in given.model_dump(exclude={"version"}).items():
        setattr(barrier, field, value)
    barrier.scope, barrier.version = "thing", barrier.version + 1
    _note(session, actor, "edit_barrier", thing, barrier_id=barrier.id, code=barrier.code)
    announce(session, BarriersNoted(thing.kind, thing.id))
    return barrier


def solve_barrier(session: Session, actor: Actor, barrier_id: int, given: SolvedInput) -> ThingBarrier:
    """It is out of the way. Refused: stale, solved_before (it stood there since a later day)."""
    barrier, thing = _own_barrier(session, actor, barrier_id, given.version)
    if barrier.since is not None and given.solved_on < barrier.since:
        raise Refused("solved_before")
    barrier.solved_on, barrier.solved_note = given.solved_on, given.solved_note
    barrier.solved_by_id, barrier.version = actor.user_id, barrier.version + 1
    _note(session, actor, "solve_barrier", thing, barrier_id=barrier.id, code=barrier.code)
    announce(session, BarriersNoted(thing.kind, thing.id))
    return barrier


def reopen_barrier(session: Session, actor: Actor, barrier_id: int, version: int) -> ThingBarrier:
    """It stands in the way after all. Refused: stale."""
    barrier, thing = _own_barrier(session, actor, barrier_id, version)
    barrier.solved_on, barrier.solved_note, barrier.solved_by_id = None, "", None
    barrier.version += 1
    _note(session, actor, "reopen_barrier", thing, barrier_id=barrier.id, code=barrier.code)
    announce(session, BarriersNoted(thing.kind, thing.id))
    return barrier


def remove_barrier(session: Session, actor: Actor, barrier_id: int, version: int) -> None:
    """It was noted by mistake. Refused: stale."""
    barrier, thing = _own_barrier(session, actor, barrier_id, version)
    barrier.removed_at, barrier.version = now(), barrier.version + 1
    _note(session, actor, "remove_barrier", thing, barrier_id=barrier.id, code=barrier.code)
    announce(session, BarriersNoted(thing.kind, thing.id))


def put_back_barrier(session: Session, actor: Actor, barrier_id: int) -> ThingBarrier:
    """It stands in the way after all: what `remove_barrier` took out. Raises NotFound."""
    barrier = session.get(ThingBarrier, barrier_id)
    if barrier is None:
        raise NotFound
    thing = thing_of(barrier)
    _lock_thing(session, actor, thing)
    session.refresh(barrier, with_for_update=True)
    if barrier.removed_at is None:
        raise NotFound
    barrier.removed_at, barrier.version = None, barrier.version + 1
    _note(session, actor, "put_back", thing, barrier_id=barrier.id, code=barrier.code)
    announce(session, BarriersNoted(thing.kind, thing.id))
    return barrier


def put_known_barriers(session: Session, actor: Actor) -> None:
    """The barriers that the archive names of the signature projects; each of a project once for all, also
    when somebody has worded, solved or removed it since."""
    require(may_follow_up(actor))
    known = {
        tuple(row)
        for row in session.execute(
            select(ThingBarrier.project_id, ThingBarrier.code).where(ThingBarrier.project_id.is_not(None))
        )
    }
    for project in session.scalars(select(Project).order_by(Project.id)):
        is_of_round = project.barriers_certainty == "round_evaluation"
        codes = [code for code in project.barriers if (project.id, code) not in known]
        session.add_all(
            ThingBarrier(
                project_id=project.id,
                code=code,
                scope="round" if is_of_round else "thing",
                note=project.barrier_note,
                source_url=None if is_of_round else project.source_url,
                added_at=now(),
                added_by_id=actor.user_id,
            )
            for code in codes
        )
        if codes:
            _note(session, actor, "add_barrier", Thing("project", project.id), codes=codes)
    session.flush()


def _own_barrier(session: Session, actor: Actor, barrier_id: int, version: int) -> tuple[ThingBarrier, Thing]:
    barrier = session.get(ThingBarrier, barrier_id)
    if barrier is None:
        raise NotFound
    thing = thing_of(barrier)
    _lock_thing(session, actor, thing)
    session.refresh(barrier, with_for_update=True)
    if barrier.removed_at is not None:
        raise NotFound
    if barrier.version != version:
        raise Refused("stale")
    return barrier, thing


def _refuse_unknown_theme(session: Session, thing: Thing, theme_id: int | None) -> None:
    """A theme of a joint strategy, or of the policy of the municipality whose own project it is."""
    if theme_id is None:
        return
    owner = select(OwnProject.municipality_id).where(OwnProject.id == thing.id).scalar_subquery()
    is_open = Strategy.municipality_id.is_(None)
    if thing.kind == "own_project":
        is_open |= Strategy.municipality_id == owner
    found = select(Theme.id).join(Strategy, Strategy.id == Theme.strategy_id)
    if session.scalar(found.where(Theme.id == theme_id, is_open)) is None:
        raise Refused("unknown_theme")


# --- both


def _lock_thing(session: Session, actor: Actor, thing: Thing) -> None:
    """Hold the thing, so that two who note something of it come one after the other.

    Missing where the actor may not see it, not allowed where the actor sees it and does not note it.
    """
    if thing.kind == "own_project":
        own = session.get(OwnProject, thing.id, with_for_update=True, populate_existing=True)
        if own is None or not may_see_own(actor, own):
            raise NotFound
        require(may_note_own(session, actor, own))
        return
    table: Any = Contribution if thing.kind == "idea" else Project
    rule = ideas_visible_to(actor) if thing.kind == "idea" else visible_to(actor)
    seen = select(table.id).where(table.id == thing.id, rule)
    if session.scalar(seen) is None:
        raise NotFound
    if not may_follow_up(actor):
        raise NotAllowed("not_allowed")
    session.execute(select(table.id).where(table.id == thing.id).with_for_update())


_LOGGED = {"idea": "contribution", "project": "project", "own_project": "own_project"}


def _note(session: Session, actor: Actor, verb: str, thing: Thing, **after: Any) -> None:
    # No words: what people wrote can be made to go from the row, and never from the log.
    record(session, actor, verb, _LOGGED[thing.kind], thing.id, after=after)
