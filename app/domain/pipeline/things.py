"""What stands in the pipeline, as statements to read from: the things, where each is, and their themes.

Everything is asked for anew for its reader: a thing that the reader may not see is in no list and no count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core.clock import day_of_in_sql
from app.core.policy import Actor
from app.domain.contributions.models import Contribution, ContributionTheme, IdeaDetails
from app.domain.organisations.models import Organisation
from app.domain.pipeline.models import StageChange, ThingBarrier
from app.domain.pipeline.policy import ideas_visible_to
from app.domain.projects.models import Project, ProjectTheme
from app.domain.projects.own_models import OwnProject, OwnProjectTheme
from app.domain.projects.policy import own_visible_to
from app.domain.projects.policy import visible_to as projects_visible_to

STAGES = ("idea", "tested", "seeking_partners", "pilot", "measured", "spread", "stopped")
KINDS = ("idea", "project", "own_project")


@dataclass(frozen=True, slots=True)
class ThingCard:
    """A thing where it stands. `since` with `day_certainty` (day, year, unknown); `certainty` of the stage:
    stated, inferred, not_known_since. `barriers`: codes of what is in its way; `round_barriers` are those of
    them that are only said of its whole round. `stopped_by`: what stopped it. `is_noted`: whether anybody has
    noted how far it came, else `stage` is where it begins; `maturity`: what the sender of an idea says of it.
    """

    kind: str
    id: int
    path: str
    title: str
    title_en: str | None
    owner: str
    owner_id: int | None
    visibility: str
    is_example: bool
    stage: str
    since: date | None
    day_certainty: str
    certainty: str
    stopped_by: str | None
    lesson: str
    is_noted: bool
    maturity: str | None
    theme_ids: tuple[int, ...]
    barriers: tuple[str, ...]
    round_barriers: tuple[str, ...]


def subject_of(
    table: type[StageChange] | type[ThingBarrier],
) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """The kind and the number of what a row is about."""
    kind = case(
        (table.contribution_id.is_not(None), "idea"),
        (table.project_id.is_not(None), "project"),
        else_="own_project",
    )
    return kind, func.coalesce(table.contribution_id, table.project_id, table.own_project_id)


def things_visible_to(actor: Actor, kind_alone: str | None = None) -> CTE:
    """Every thing that the actor may see, or those of one kind, with where it stands.

    What nobody has noted anything of stands where it begins: a signature project is a trial, others ideas.
    """
    kind, thing_id = subject_of(StageChange)
    latest = (
        select(
            kind.label("kind"),
            thing_id.label("id"),
            StageChange.stage,
            StageChange.happened_on,
            StageChange.day_certainty,
            StageChange.certainty,
            StageChange.barrier,
            StageChange.lesson,
        )
        .where(StageChange.taken_back_at.is_(None))
        .ext(distinct_on(kind, thing_id))
        .order_by(kind, thing_id, StageChange.happened_on.desc().nulls_last(), StageChange.id.desc())
        .subquery("latest")
    )
    parts = {"idea": _ideas, "project": _projects, "own_project": _own_projects}
    if kind_alone is None:
        every = union_all(*(part(actor) for part in parts.values())).subquery("every")
    else:
        names = [one.name for one in _ideas(actor).selected_columns]
        alone = parts[kind_alone](actor).subquery()
        columns = zip(alone.c, names, strict=True)
        every = select(*(one.label(name) for one, name in columns)).subquery("every")
    return (
        select(
            every,
            func.coalesce(latest.c.stage, every.c.first_stage).label("stage"),
            case((latest.c.stage.is_(None), every.c.first_day), else_=latest.c.happened_on).label("since"),
            func.coalesce(latest.c.day_certainty, every.c.first_day_certainty).label("day_certainty"),
            func.coalesce(latest.c.certainty, every.c.first_certainty).label("certainty"),
            latest.c.barrier.label("stopped_by"),
            func.coalesce(latest.c.lesson, "").label("lesson"),
            latest.c.stage.is_not(None).label("is_noted"),
        )
        .outerjoin(latest, (latest.c.kind == every.c.kind) & (latest.c.id == every.c.id))
        .cte("things")
    )


def _ideas(actor: Actor) -> Select[Any]:
    return (
        select(
            literal("idea").label("kind"),
            Contribution.id.label("id"),
            ("/ideer/" + Contribution.reference).label("path"),
            Contribution.title.label("title"),
            cast(null(), String).label("title_en"),
            func.coalesce(Organisation.name, Contribution.on_behalf_of_text).label("owner"),
            Contribution.on_behalf_of_id.label("owner_id"),
            Contribution.visibility.label("visibility"),
            Contribution.is_example.label("is_example"),
            literal("idea").label("first_stage"),
            day_of_in_sql(Contribution.received_at).label("first_day"),
            literal("day").label("first_day_certainty"),
            literal("stated").label("first_certainty"),
            IdeaDetails.maturity.label("maturity"),
        )
        .outerjoin(Organisation, Organisation.id == Contribution.on_behalf_of_id)
        .outerjoin(IdeaDetails, IdeaDetails.contribution_id == Contribution.id)
        .where(ideas_visible_to(actor))
    )


def _projects(actor: Actor) -> Select[Any]:
    return (
        select(
            literal("project"),
            Project.id,
            "/projekter/" + Project.key,
            Project.title,
            Project.title_en,
            func.coalesce(Organisation.name, Project.authority_text),
            Project.authority_id,
            literal("public"),
            literal(False),
            literal("pilot"),
            cast(null(), Date),
            literal("unknown"),
            literal("not_known_since"),
            cast(null(), String),
        )
        .outerjoin(Organisation, Organisation.id == Project.authority_id)
        .where(projects_visible_to(actor))
    )


def _own_projects(actor: Actor) -> Select[Any]:
    return (
        select(
            literal("own_project"),
            OwnProject.id,
            "/kommuner/" + Organisation.key + "/projekter/" + cast(OwnProject.id, String),
            OwnProject.title,
            cast(null(), String),
            Organisation.name,
            OwnProject.municipality_id,
            OwnProject.visibility,
            OwnProject.is_example,
            literal("idea"),
            day_of_in_sql(OwnProject.entered_at),
            literal("day"),
            literal("stated"),
            cast(null(), String),
        )
        .join(Organisation, Organisation.id == OwnProject.municipality_id)
        .where(own_visible_to(actor))
    )


def themes_of_things() -> CTE:
    """(kind, id, theme_id) of every thing; to be joined with those that the reader may see."""
    return union_all(
        select(
            literal("idea").label("kind"),
            ContributionTheme.contribution_id.label("id"),
            ContributionTheme.theme_id.label("theme_id"),
        ),
        select(literal("project"), ProjectTheme.project_id, ProjectTheme.theme_id),
        select(literal("own_project"), OwnProjectTheme.own_project_id, OwnProjectTheme.theme_id),
    ).cte("themes_of_things")


def read_cards(session: Session, rows: Sequence[Any]) -> list[ThingCard]:
    """Rows of `things_visible_to`, with their themes and barriers; two statements for all, none for none."""
    if not rows:
        return []
    wanted = [(row.kind, row.id) for row in rows]
    standing = themes_of_things()
    themes: dict[tuple[str, int], list[int]] = {}
    found = select(standing).where(tuple_(standing.c.kind, standing.c.id).in_(wanted))
    for row in session.execute(found.order_by(standing.c.theme_id)):
        themes.setdefault((row.kind, row.id), []).append(row.theme_id)
    own, of_round = _read_barriers(session, wanted)
    return [_card(row, themes.get((row.kind, row.id), ()), own, of_round) for row in rows]


Codes = dict[tuple[str, int], set[str]]


def _read_barriers(session: Session, wanted: list[tuple[str, int]]) -> tuple[Codes, Codes]:
    kind, thing_id = subject_of(ThingBarrier)
    rows = session.execute(
        select(kind.label("kind"), thing_id.label("id"), ThingBarrier.code, ThingBarrier.scope).where(
            is_in_the_way(), tuple_(kind, thing_id).in_(wanted)
        )
    )
    own: Codes = {}
    of_round: Codes = {}
    for row in rows:
        (own if row.scope == "thing" else of_round).setdefault((row.kind, row.id), set()).add(row.code)
    return own, of_round


def is_in_the_way() -> ColumnElement[bool]:
    """A barrier that is neither solved nor removed."""
    return ThingBarrier.solved_on.is_(None) & ThingBarrier.removed_at.is_(None)


def make_card(row: Any, theme_ids: Iterable[int], barriers: Iterable[Any]) -> ThingCard:
    """A row of `things_visible_to` with what has been read of its themes and barriers, solved ones too."""
    named = (row.kind, row.id)
    own: Codes = {named: {one.code for one in barriers if one.solved_on is None and one.scope == "thing"}}
    rest: Codes = {named: {one.code for one in barriers if one.solved_on is None and one.scope != "thing"}}
    return _card(row, theme_ids, own, rest)


def _card(row: Any, theme_ids: Iterable[int], own: Codes, of_round: Codes) -> ThingCard:
    said = own.get((row.kind, row.id), set())
    only_of_round = of_round.get((row.kind, row.id), set()) - said
    read = ("theme_ids", "barriers", "round_barriers")
    values = {name: getattr(row, name) for name in ThingCard.__slots__ if name not in read}
    return ThingCard(
        **values,
        theme_ids=tuple(theme_ids),
        barriers=tuple(sorted(said | only_of_round)),
        round_barriers=tuple(sorted(only_of_round)),
    )
