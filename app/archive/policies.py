"""Example policies of municipalities, their projects, and how far those have come."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.names import Names, Record
from app.core.clock import today
from app.core.policy import SYSTEM
from app.domain.pipeline.models import StageChange, ThingBarrier
from app.domain.pipeline.schemas import BarrierInput, StageInput
from app.domain.pipeline.service import Thing, add_barrier, note_stage
from app.domain.projects.own_projects import put_own_project
from app.domain.projects.schemas import OwnProjectFacts
from app.domain.strategies.crosswalk import put_link
from app.domain.strategies.models import Strategy, Theme
from app.domain.strategies.own_policy import put_writer
from app.domain.strategies.schemas import StrategyInput, ThemeLinkInput
from app.domain.strategies.service import put_strategy
from app.domain.users.models import Membership

_FACTS = Path(__file__).parent / "demo" / "policies.json"


def put_example_policies(session: Session, names: Names) -> None:
    """All of it, after the municipalities. What people have had their hands on stays as they left it."""
    facts: Record = json.loads(_FACTS.read_text("utf-8"))
    for record in facts["policies"]:
        put_strategy(session, SYSTEM, StrategyInput.model_validate(record))
    names.themes |= _list_own_themes(session, [record["key"] for record in facts["policies"]])
    for record in facts["links"]:
        values = {key: value for key, value in record.items() if key not in ("from", "to")}
        values |= {"from_theme_id": names.themes[record["from"]], "to_theme_id": names.themes[record["to"]]}
        put_link(session, SYSTEM, ThemeLinkInput.model_validate(values))
    for user in facts["writers"]:
        membership = select(Membership.id).where(Membership.user_id == names.users[user])
        for membership_id in session.scalars(membership.order_by(Membership.id)):
            put_writer(session, SYSTEM, membership_id)
    for record in facts["projects"]:
        _put_project(session, names, record)


def _list_own_themes(session: Session, keys: list[str]) -> dict[str, int]:
    rows = session.execute(
        select(Strategy.key, Theme.key, Theme.id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(Strategy.key.in_(keys))
    )
    return {f"{strategy}/{theme}": theme_id for strategy, theme, theme_id in rows}


def _put_project(session: Session, names: Names, record: Record) -> None:
    values = {key: record[key] for key in ("key", "municipality", "title", "text", "visibility")}
    values |= {"theme_ids": [names.themes[theme] for theme in record["themes"]], "is_example": True}
    project = put_own_project(session, SYSTEM, OwnProjectFacts.model_validate(values))
    thing = Thing("own_project", project.id)
    if not _is_noted(session, StageChange, project.id):
        for step in record["steps"]:
            note_stage(session, SYSTEM, thing, StageInput.model_validate(_dated(step, "happened_on")))
    if not _is_noted(session, ThingBarrier, project.id):
        for barrier in record["barriers"]:
            add_barrier(session, SYSTEM, thing, BarrierInput.model_validate(_dated(barrier, "since")))


def _is_noted(session: Session, table: type[StageChange] | type[ThingBarrier], project_id: int) -> bool:
    known = select(table.id).where(table.own_project_id == project_id)
    return bool(session.scalar(select(known.exists())))


def _dated(record: Record, field: str) -> dict[str, Any]:
    """The record with its day, counted back from today."""
    given = {key: value for key, value in record.items() if key != "days_ago"}
    return given | {field: today() - timedelta(days=record["days_ago"])}
