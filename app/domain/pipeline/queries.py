"""Reading the pipeline: the board by stage, one thing's story, which barrier stops most in which theme."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, beside, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.organisations.models import Organisation
from app.domain.pipeline.models import StageChange, ThingBarrier
from app.domain.pipeline.schemas import Kind
from app.domain.pipeline.service import COLUMNS, Thing
from app.domain.pipeline.things import (
    STAGES,
    ThingCard,
    is_in_the_way,
    make_card,
    read_cards,
    subject_of,
    themes_of_things,
    things_visible_to,
)
from app.domain.projects.models import Project
from app.domain.projects.queries import get_programme
from app.domain.projects.schemas import Evaluation
from app.domain.strategies.crosswalk import pair_up, themes_meaning, themes_meaning_each
from app.domain.strategies.models import Theme
from app.domain.strategies.queries import ThemeRef, find_themes, themes_of

PER_STAGE = 6
PER_PAGE = 30
MOST_STEPS = 200
MOST_CELLS = 2_000
# What an id in the database can have.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Choice:
    """What the board is narrowed to. `theme_id` means what the crosswalk has it mean; `year` is that in which
    things came where they stand, `region` that of their owner."""

    kind: str | None = None
    theme_id: int | None = None
    barrier: str | None = None
    organisation_id: int | None = None
    year: int | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose things stand in the pipeline. `key` and `kind` of the organisation."""

    id: int
    key: str
    name: str
    kind: str
    region: str | None


@dataclass(frozen=True, slots=True)
class BoardChoices:
    """What the board can be narrowed to, each choice with something behind it."""

    kinds: dict[str, int]
    years: dict[int, int]
    regions: dict[str, int]
    owners: tuple[tuple[Owner, int], ...]
    themes: tuple[ThemeRef, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A stage of the board: how many things stand there, and the first of them."""

    stage: str
    total: int
    things: tuple[ThingCard, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and how many there are in all."""

    things: list[ThingCard]
    total: int


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a thing, as it was noted; one that was taken back says why."""

    id: int
    stage: str
    happened_on: date | None
    day_certainty: str
    certainty: str
    note: str
    note_en: str
    barrier: str | None
    lesson: str
    source_url: str | None
    made_at: datetime
    taken_back_at: datetime | None
    taken_back_reason: str


@dataclass(frozen=True, slots=True)
class BarrierView:
    """Something that stands or stood in the way of a thing."""

    id: int
    code: str
    theme: ThemeRef | None
    scope: str
    note: str
    since: date | None
    solved_on: date | None
    solved_note: str
    source_url: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Story:
    """How far one thing has come: its steps, the last first, and its barriers, what is unsolved first."""

    card: ThingCard
    steps: tuple[StepView, ...]
    barriers: tuple[BarrierView, ...]


@dataclass(frozen=True, slots=True)
class BarrierCell:
    """How many things a barrier holds up under a theme. `said` of the thing itself; the others stand here
    only for what is said of all projects of their round. `stopped`: those that it has stopped for good."""

    barrier: str
    theme_id: int | None
    held: int
    said: int
    stopped: int

    @property
    def of_round_only(self) -> int:
        return self.held - self.said


@dataclass(frozen=True, slots=True)
class BarrierMatrix:
    """Barrier by theme, each thing once in a cell. `totals`: of each barrier, each thing once, whatever its
    themes. `most`: the cells that hold up most, all that are alike; `most_said`: the same of what is said of
    the things themselves; empty where nothing is. `sources`: the evaluations of whole rounds."""

    cells: tuple[BarrierCell, ...]
    totals: tuple[BarrierCell, ...]
    themes: dict[int, ThemeRef]
    sources: tuple[Evaluation, ...]

    @property
    def most(self) -> tuple[BarrierCell, ...]:
        return _highest(self.cells, [cell.held for cell in self.cells])

    @property
    def most_said(self) -> tuple[BarrierCell, ...]:
        return _highest(self.cells, [cell.said for cell in self.cells])


@dataclass(frozen=True, slots=True)
class HeldThing:
    """A thing behind a cell, and what is said of its barrier. `is_stop`: the barrier stopped it for good."""

    card: ThingCard
    scope: str
    is_stop: bool
    notes: tuple[str, ...]
    source_urls: tuple[str, ...]


# --- the board


def find_board(session: Session, actor: Actor, choice: Choice) -> list[Column]:
    """Each stage with how many stand there and the first of them, those that came last first.

    Four statements, one more where it is narrowed to a theme.
    """
    things = things_visible_to(actor)
    chosen = _chosen(session, things, choice)
    by_stage = select(things.c.stage, func.count().label("total")).where(chosen).group_by(things.c.stage)
    counts = {row.stage: row.total for row in session.execute(by_stage)}
    place = func.row_number().over(partition_by=things.c.stage, order_by=_order(things)).label("place")
    ranked = select(things, place).where(chosen).subquery("ranked")
    rows = session.execute(
        select(ranked).where(ranked.c.place <= PER_STAGE).order_by(ranked.c.stage, ranked.c.place)
    ).all()
    cards = read_cards(session, rows)
    return [
        Column(stage, counts.get(stage, 0), tuple(card for card in cards if card.stage == stage))
        for stage in STAGES
    ]


def list_stage(session: Session, actor: Actor, stage: str, choice: Choice, page: int = 1) -> Page:
    """All things at a stage, those that came last first. Four statements, one more for a theme."""
    things = things_visible_to(actor)
    chosen = and_(things.c.stage == stage, _chosen(session, things, choice))
    total = session.scalar(select(func.count()).select_from(things).where(chosen)) or 0
    rows = session.execute(
        select(things).where(chosen).order_by(*_order(things)).limit(PER_PAGE).offset(_skip(page))
    )
    return Page(read_cards(session, rows.all()), total)


def list_board_choices(session: Session, actor: Actor) -> BoardChoices:
    """What there is to narrow the board to. Three statements."""
    things = things_visible_to(actor)
    year = func.extract("year", things.c.since).cast(Integer)
    rows = session.execute(
        select(
            things.c.kind,
            year.label("year"),
            Organisation.id,
            Organisation.key,
            Organisation.name,
            Organisation.kind.label("organisation_kind"),
            Organisation.region,
            func.count().label("total"),
        )
        .outerjoin(Organisation, Organisation.id == things.c.owner_id)
        .group_by(things.c.kind, year, Organisation.id)
        .order_by(func.danish_sort_key(Organisation.name).nulls_last(), things.c.kind, year)
        .limit(MOST_CELLS)
    ).all()
    kinds: Counter[str] = Counter()
    years: Counter[int] = Counter()
    regions: Counter[str] = Counter()
    owners: Counter[Owner] = Counter()
    for row in rows:
        kinds[row.kind] += row.total
        if row.year is not None:
            years[row.year] += row.total
        if row.region:
            regions[row.region] += row.total
        if row.id is not None:
            owners[Owner(row.id, row.key, row.name, row.organisation_kind, row.region)] += row.total
    standing = themes_of_things()
    under = select(standing.c.theme_id).join(
        things, (things.c.kind == standing.c.kind) & (things.c.id == standing.c.id)
    )
    themes = find_themes(session, session.scalars(under.distinct()))
    by_period = sorted(themes.values(), key=lambda one: (-(one.period_from or 0), one.strategy_key, one.id))
    return BoardChoices(
        dict(kinds),
        dict(sorted(years.items(), reverse=True)),
        dict(sorted(regions.items())),
        tuple(owners.items()),
        tuple(by_period),
    )


def find_thing(session: Session, kind: Kind, name: str) -> Thing | None:
    """What is named so in addresses: an idea by its number, a signature project by its key, an own project by
    its id. Whether the reader may see it is asked by `find_story` and by the verbs."""
    if kind == "idea":
        rule = (Contribution.reference == name) & (Contribution.kind == "idea")
        found = session.scalar(select(Contribution.id).where(rule))
    elif kind == "project":
        found = session.scalar(select(Project.id).where(Project.key == name))
    else:
        found = int(name) if name.isascii() and name.isdigit() and len(name) <= _DIGITS else None
    return Thing(kind, found) if found is not None else None


def list_barriers_of_projects(session: Session, actor: Actor) -> dict[int, list[str]]:
    """{signature project: codes of what is in its way or has stopped it}, of all that the actor may see. One
    statement."""
    held = _held(things_visible_to(actor), "project")
    rows = session.execute(select(held.c.id, held.c.barrier).distinct().order_by(held.c.id, held.c.barrier))
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row.barrier)
    return found


def find_cards(session: Session, actor: Actor, wanted: Sequence[Thing]) -> dict[Thing, ThingCard]:
    """Those of the things that the actor may see, where they stand. Three statements."""
    things = things_visible_to(actor)
    rows = session.execute(select(things).where(_is_one_of(things, wanted))).all()
    return {Thing(card.kind, card.id): card for card in read_cards(session, rows)}  # type: ignore[arg-type]


def find_story(session: Session, actor: Actor, thing: Thing) -> Story | None:
    """How far a thing has come; None where there is no such thing for the actor. Two statements at most."""
    return read(session, story_of(actor, thing))


def story_of(actor: Actor, thing: Thing) -> Asking[Story | None]:
    """The same, to be asked beside others."""
    column, values = COLUMNS[thing.kind], {"staged": thing.id}
    found, standing, steps, barriers = yield from beside(
        asked(_card_row(actor, thing.kind), values),
        asked(_theme_ids(thing.kind), values),
        asked(_steps(column), values),
        asked(_barriers(column), values),
    )
    if not found:
        return None
    card = make_card(found[0], [row.theme_id for row in standing], barriers)
    ids = {barrier.theme_id for barrier in barriers if barrier.theme_id is not None}
    themes = (yield from themes_of(ids)) if ids else {}
    return Story(
        card,
        tuple(StepView(**{name: getattr(step, name) for name in StepView.__slots__}) for step in steps),
        tuple(_barrier_view(barrier, themes) for barrier in barriers),
    )


@kept
def _card_row(actor: Actor, kind: Kind) -> Select[Any]:
    things = things_visible_to(actor, kind)
    return select(things).where(things.c.id == bindparam("staged"))


@kept
def _theme_ids(kind: Kind) -> Select[Any]:
    standing = themes_of_things()
    return (
        select(standing.c.theme_id)
        .where(standing.c.kind == kind, standing.c.id == bindparam("staged"))
        .order_by(standing.c.theme_id)
    )


@kept
def _steps(column: str) -> Select[Any]:
    return (
        select(*(getattr(StageChange, name) for name in StepView.__slots__))
        .where(getattr(StageChange, column) == bindparam("staged"))
        .order_by(StageChange.happened_on.desc().nulls_last(), StageChange.id.desc())
        .limit(MOST_STEPS)
    )


@kept
def _barriers(column: str) -> Select[Any]:
    names = [name for name in BarrierView.__slots__ if name != "theme"]
    return (
        select(*(getattr(ThingBarrier, name) for name in names), ThingBarrier.theme_id)
        .where(getattr(ThingBarrier, column) == bindparam("staged"), ThingBarrier.removed_at.is_(None))
        .order_by(ThingBarrier.solved_on.is_not(None), ThingBarrier.id)
        .limit(MOST_STEPS)
    )


def _barrier_view(barrier: Any, themes: dict[int, ThemeRef]) -> BarrierView:
    values = {name: getattr(barrier, name) for name in BarrierView.__slots__ if name != "theme"}
    theme = themes[barrier.theme_id] if barrier.theme_id is not None else None
    return BarrierView(**values, theme=theme)


def _chosen(session: Session, things: CTE, choice: Choice) -> ColumnElement[bool]:
    rules = [
        things.c.kind == choice.kind if choice.kind is not None else None,
        things.c.owner_id == choice.organisation_id if choice.organisation_id is not None else None,
        _stands_under(session, things, choice.theme_id) if choice.theme_id is not None else None,
        _is_held_by(things, choice.barrier) if choice.barrier is not None else None,
        func.extract("year", things.c.since) == choice.year if choice.year is not None else None,
        _is_of_region(things, choice.region) if choice.region is not None else None,
    ]
    return and_(literal(True), *(rule for rule in rules if rule is not None))


def _stands_under(session: Session, things: CTE, theme_id: int) -> ColumnElement[bool]:
    standing = themes_of_things()
    ids = themes_meaning(session, [theme_id]).ids
    return exists().where(
        standing.c.kind == things.c.kind, standing.c.id == things.c.id, standing.c.theme_id.in_(ids)
    )


def _is_of_region(things: CTE, region: str) -> ColumnElement[bool]:
    return things.c.owner_id.in_(select(Organisation.id).where(Organisation.region == region))


def _is_held_by(things: CTE, barrier: str) -> ColumnElement[bool]:
    kind, thing_id = subject_of(ThingBarrier)
    in_the_way = exists().where(
        kind == things.c.kind, thing_id == things.c.id, ThingBarrier.code == barrier, is_in_the_way()
    )
    return in_the_way | (things.c.stopped_by == barrier)


def _is_one_of(things: CTE, wanted: Sequence[Thing]) -> ColumnElement[bool]:
    rule: ColumnElement[bool] = false()
    for kind in COLUMNS:
        ids = [thing.id for thing in wanted if thing.kind == kind]
        rule |= (things.c.kind == kind) & things.c.id.in_(ids)
    return rule


def _order(things: CTE) -> tuple[ColumnElement[Any], ...]:
    return things.c.since.desc().nulls_last(), things.c.kind, things.c.id.desc()


def _skip(page: int) -> int:
    return (max(page, 1) - 1) * PER_PAGE


# --- barriers


def count_barriers(
    session: Session, actor: Actor, *, strategy_id: int | None = None, kind: str | None = None
) -> BarrierMatrix:
    """Which barrier stops most in which theme, among what the actor may see.

    Of a strategy its own themes, each with all that the crosswalk has it mean; without one every theme that
    something stands under. At most six statements.
    """
    things = things_visible_to(actor)
    held = _held(things, kind)
    under, themes = _themes_to_count(session, strategy_id)
    standing = held if under is None else _raise_up(held, under)
    cells = _count(session, standing, standing.c.theme_id)
    totals = _count(session, held, None)
    programme = get_programme(session)
    return BarrierMatrix(
        cells,
        totals,
        themes or find_themes(session, {cell.theme_id for cell in cells if cell.theme_id is not None}),
        tuple(programme.evaluations) if programme is not None else (),
    )


def list_held(
    session: Session, actor: Actor, barrier: str, theme_id: int | None = None, page: int = 1
) -> tuple[list[HeldThing], int]:
    """The things behind a cell, and how many: what a barrier holds up, under a theme if one is named.

    At most six statements.
    """
    things = things_visible_to(actor)
    held = _held(things, None)
    rule = held.c.barrier == barrier
    if theme_id is not None:
        rule &= held.c.theme_id.in_(themes_meaning(session, [theme_id]).ids)
    found = (
        select(
            held.c.kind,
            held.c.id,
            func.max(held.c.is_said).label("is_said"),
            func.max(held.c.is_stop).label("is_stop"),
            func.array_agg(held.c.note.distinct()).label("notes"),
            func.array_agg(held.c.source_url.distinct()).label("source_urls"),
        )
        .where(rule)
        .group_by(held.c.kind, held.c.id)
    )
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    # What is said of the thing itself comes first.
    rows = session.execute(
        found.order_by(
            func.max(held.c.is_stop).desc(), func.max(held.c.is_said).desc(), held.c.kind, held.c.id
        )
        .limit(PER_PAGE)
        .offset(_skip(page))
    ).all()
    cards = find_cards(session, actor, [Thing(row.kind, row.id) for row in rows]) if rows else {}
    return [
        HeldThing(
            cards[Thing(row.kind, row.id)],
            "thing" if row.is_said else "round",
            bool(row.is_stop),
            tuple(note for note in row.notes if note),
            tuple(url for url in row.source_urls if url),
        )
        for row in rows
    ], total


def _held(things: CTE, kind: str | None) -> CTE:
    """What is held up by what: (kind, id, barrier, theme_id, is_said, is_stop, note, source_url).

    A barrier under one theme stands there, others under all themes of their thing, or under none.
    """
    of_kind, of_id = subject_of(ThingBarrier)
    in_the_way = select(
        of_kind.label("kind"),
        of_id.label("id"),
        ThingBarrier.code.label("barrier"),
        ThingBarrier.theme_id.label("theme_id"),
        cast(ThingBarrier.scope == "thing", Integer).label("is_said"),
        literal(0).label("is_stop"),
        ThingBarrier.note.label("note"),
        ThingBarrier.source_url.label("source_url"),
    ).where(is_in_the_way())
    stopped = select(
        things.c.kind,
        things.c.id,
        things.c.stopped_by,
        cast(null(), ThingBarrier.theme_id.type),
        literal(1),
        literal(1),
        things.c.lesson,
        cast(null(), String),
    ).where(things.c.stopped_by.is_not(None))
    every = union_all(in_the_way, stopped).subquery("every_barrier")
    themes = themes_of_things()
    return (
        select(
            every.c.kind,
            every.c.id,
            every.c.barrier,
            func.coalesce(every.c.theme_id, themes.c.theme_id).label("theme_id"),
            every.c.is_said,
            every.c.is_stop,
            every.c.note,
            every.c.source_url,
        )
        .join(things, (things.c.kind == every.c.kind) & (things.c.id == every.c.id))
        .outerjoin(
            themes,
            every.c.theme_id.is_(None) & (themes.c.kind == every.c.kind) & (themes.c.id == every.c.id),
        )
        .where(things.c.kind == kind if kind is not None else literal(True))
        .cte("held")
    )


def _themes_to_count(session: Session, strategy_id: int | None) -> tuple[Any, dict[int, ThemeRef]]:
    """The themes of a strategy with what each means, as pairs, and their names."""
    if strategy_id is None:
        return None, {}
    ids = session.scalars(
        select(Theme.id).where(Theme.strategy_id == strategy_id, Theme.ended_at.is_(None))
    ).all()
    meanings = themes_meaning_each(session, ids)
    return pair_up({theme_id: meaning.ids for theme_id, meaning in meanings.items()}), find_themes(
        session, ids
    )


def _raise_up(held: CTE, under: Any) -> Any:
    columns = [column for column in held.c if column.name != "theme_id"]
    raised = select(*columns, under.c.row_id.label("theme_id"))
    return raised.join(under, under.c.theme_id == held.c.theme_id).subquery("raised")


def _count(session: Session, held: Any, theme: ColumnElement[int] | None) -> tuple[BarrierCell, ...]:
    thing = func.concat(held.c.kind, ":", held.c.id)
    by = [held.c.barrier] if theme is None else [held.c.barrier, theme]
    counted: Select[Any] = (
        select(
            held.c.barrier,
            (theme if theme is not None else cast(null(), Theme.id.type)).label("theme_id"),
            func.count(thing.distinct()).label("held"),
            func.count(thing.distinct()).filter(held.c.is_said == 1).label("said"),
            func.count(thing.distinct()).filter(held.c.is_stop == 1).label("stopped"),
        )
        .group_by(*by)
        .order_by(func.count(thing.distinct()).desc(), *by)
        .limit(MOST_CELLS)
    )
    return tuple(BarrierCell(**row._mapping) for row in session.execute(counted))


def _highest(cells: Sequence[BarrierCell], counts: Sequence[int]) -> tuple[BarrierCell, ...]:
    """All cells under a theme with the highest count above nothing."""
    named = [(cell, count) for cell, count in zip(cells, counts, strict=True) if cell.theme_id is not None]
    highest = max((count for _, count in named), default=0)
    return tuple(cell for cell, count in named if count == highest > 0)
