"""The board of ideas and projects, stage by stage, and which barrier stops most under which theme."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, ThemeOut, answer
from app.api.asking import make_router
from app.api.paging import Key, ThemeKey, Year
from app.api.stages import KINDS, KindWord
from app.core.policy import NotFound
from app.core.text import ShortLine
from app.domain.pipeline import queries
from app.domain.pipeline.queries import PER_PAGE, BarrierCell, Choice
from app.domain.pipeline.things import STAGES, ThingCard
from app.domain.strategies.queries import find_strategy, find_theme_ids
from app.http.visit import AVisit, Visit, anyone

router = make_router("projekter")
BOARD = "/projekter/vej"
HELD = "/projekter/barrierer"
StageWord = Literal["ide", "trykproevet", "soeger-partnere", "pilot", "maalt", "udbredt", "stoppet"]
STAGE_OF = dict(
    zip(
        ("ide", "trykproevet", "soeger-partnere", "pilot", "maalt", "udbredt", "stoppet"), STAGES, strict=True
    )
)
BarrierWord = Literal["data", "infrastruktur", "jura", "kompetencer", "oekonomi", "andet"]
BARRIER_OF = {
    "data": "data",
    "infrastruktur": "infrastructure",
    "jura": "law",
    "kompetencer": "skills",
    "oekonomi": "money",
    "andet": "other",
}
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ThingOut(Out):
    """An idea or a project where it stands."""

    id: int
    kind: str
    title: str
    title_en: str | None = Field(description="In English, or null.")
    owner: str
    owner_id: int | None = Field(description="The number of the organisation whose it is, or null.")
    stage: str = Field(description="Where it stands.")
    since: date | None = Field(description="Since when, where that is known.")
    day_certainty: str = Field(description="day, year or unknown.")
    certainty: str = Field(description="Whether the stage was stated, or is inferred.")
    stopped_by: str | None = Field(description="The barrier that stopped it, or null.")
    lesson: str = Field(description="What was learnt; empty where nothing is said.")
    theme_ids: list[int] = Field(description="The numbers of the themes that it stands under.")
    barriers: list[str] = Field(description="What is in its way, by code.")
    round_barriers: list[str] = Field(description="Those of them that are said of its whole round only.")
    is_example: bool
    page: str = ""


class ColumnOut(Out):
    """A stage of the board."""

    stage: str = Field(description="The stage.")
    total: int = Field(description="How many stand there.")
    items: list[ThingOut] = Field(description="Those that came last, a few of them.")


class BoardOut(Out):
    """All stages, from an idea to what is spread or stopped."""

    columns: list[ColumnOut] = Field(description="The stages in their order.")


class StageOut(Out):
    """What stands at one stage, page by page."""

    stage: str = Field(description="The stage.")
    total: int = Field(description="How many stand there.")
    pages: int = Field(description="On how many pages.")
    items: list[ThingOut] = Field(description="Those that came last first.")


class CellOut(Out):
    """How many things a barrier holds up."""

    barrier: str = Field(description="The barrier, by code.")
    theme_id: int | None = Field(description="Under this theme; null for those under none, and in totals.")
    held: int = Field(description="How many it holds up.")
    said: int = Field(description="Of how many that is said of the thing itself, not of its whole round.")
    stopped: int = Field(description="How many it has stopped for good.")


class BarriersOut(Out):
    """Which barrier stops most, by theme."""

    cells: list[CellOut] = Field(description="Each thing once in a cell.")
    totals: list[CellOut] = Field(description="Of each barrier, each thing once, whatever its themes.")
    themes: list[ThemeOut] = Field(description="The themes of the cells.")
    most: list[CellOut] = Field(description="The cells that hold up most, all that are alike.")


class HeldThingOut(Out):
    """A thing behind a number, and what is said of its barrier."""

    thing: ThingOut = Field(description="The idea or the project.")
    scope: str = Field(description="Whether it was said of the thing itself or of its whole round.")
    is_stop: bool = Field(description="Whether the barrier stopped it for good.")
    notes: list[str] = Field(description="What is said of it.")
    source_urls: list[str]


class HeldThingsOut(Out):
    """What a barrier holds up, page by page."""

    barrier: str = Field(description="The barrier, by code.")
    total: int = Field(description="How many.")
    pages: int = Field(description="On how many pages.")
    items: list[HeldThingOut] = Field(description="What it stopped for good first.")


class BoardAsked(BaseModel):
    """What the board is narrowed to, as on its page."""

    model_config = ConfigDict(extra="forbid")

    slags: KindWord | None = Field(None, description="Only this kind.")
    tema: ThemeKey | None = Field(None, description="Only under this theme, as strategy-key/theme-key.")
    organisation: Number | None = Field(None, description="Only of this organisation, by its number.")
    aar: Year | None = Field(None, description="Only what came where it stands in this year.")
    region: ShortLine | None = Field(None, description="Only of owners in this region, by its name.")
    barriere: BarrierWord | None = Field(None, description="Only what this barrier is in the way of.")


class StageAsked(BoardAsked):
    """One stage, page by page."""

    trin: StageWord = Field(description="The stage.")
    side: int = Field(1, ge=1, le=500, description="The page.")


class BarriersAsked(BaseModel):
    """What is counted."""

    model_config = ConfigDict(extra="forbid")

    strategi: Key | None = Field(None, description="The themes of this strategy; without it all of them.")
    slags: KindWord | None = Field(None, description="Only this kind.")


class HeldAsked(BaseModel):
    """Which things behind a number."""

    model_config = ConfigDict(extra="forbid")

    tema: ThemeKey | None = Field(None, description="Only under this theme, as strategy-key/theme-key.")
    side: int = Field(1, ge=1, le=500, description="The page.")


def _find_theme(visit: Visit, path: str | None) -> int | None:
    """The number of the theme; 0, which none has, for one that is not there."""
    return find_theme_ids(visit.session, [path]).get(path, 0) if path else None


def _choose(visit: Visit, asked: BoardAsked) -> Choice:
    return Choice(
        kind=KINDS[asked.slags] if asked.slags else None,
        theme_id=_find_theme(visit, asked.tema),
        barrier=BARRIER_OF[asked.barriere] if asked.barriere else None,
        organisation_id=asked.organisation,
        year=asked.aar,
        region=asked.region or None,
    )


def _thing(visit: Visit, card: ThingCard) -> ThingOut:
    told: dict[str, Any] = {name: getattr(card, name) for name in ThingOut.model_fields if name != "page"}
    return ThingOut.model_validate(told | {"page": visit.kit.site.base_url + card.path})


def _pages(total: int) -> int:
    return max(1, -(-total // PER_PAGE))


@router.get(BOARD, dependencies=[anyone], response_model=BoardOut)
def show_board(visit: AVisit, asked: Annotated[BoardAsked, Query()]) -> Response:
    """Every stage with how many stand there and the first of them."""
    columns = [
        ColumnOut(stage=one.stage, total=one.total, items=[_thing(visit, card) for card in one.things])
        for one in queries.find_board(visit.session, visit.actor, _choose(visit, asked))
    ]
    return answer(visit, BoardOut(columns=columns))


@router.get(BOARD + "/trin", dependencies=[anyone], response_model=StageOut)
def show_stage(visit: AVisit, asked: Annotated[StageAsked, Query()]) -> Response:
    """All that stands at one stage, page by page."""
    stage = STAGE_OF[asked.trin]
    found = queries.list_stage(visit.session, visit.actor, stage, _choose(visit, asked), asked.side)
    items = [_thing(visit, card) for card in found.things]
    return answer(visit, StageOut(stage=stage, total=found.total, pages=_pages(found.total), items=items))


@router.get(HELD, dependencies=[anyone], response_model=BarriersOut)
def show_barriers(visit: AVisit, asked: Annotated[BarriersAsked, Query()]) -> Response:
    """Which barrier stops most under which theme."""
    strategy_id = None
    if asked.strategi:
        strategy = find_strategy(visit.session, visit.actor, asked.strategi)
        if strategy is None:
            raise NotFound
        strategy_id = strategy.id
    kind = KINDS[asked.slags] if asked.slags else None
    matrix = queries.count_barriers(visit.session, visit.actor, strategy_id=strategy_id, kind=kind)
    shown = {cell.theme_id for cell in matrix.cells}
    themes = [ThemeOut.model_validate(one) for one in matrix.themes.values() if one.id in shown]
    return answer(
        visit,
        BarriersOut(
            cells=_cells(matrix.cells),
            totals=_cells(matrix.totals),
            themes=sorted(themes, key=lambda one: one.id),
            most=_cells(matrix.most),
        ),
    )


def _cells(cells: tuple[BarrierCell, ...]) -> list[CellOut]:
    return [CellOut.model_validate(one) for one in cells]


@router.get(HELD + "/{word}", dependencies=[anyone], response_model=HeldThingsOut)
def show_held(visit: AVisit, word: BarrierWord, asked: Annotated[HeldAsked, Query()]) -> Response:
    """What a barrier holds up, under a theme if one is named."""
    barrier, theme_id = BARRIER_OF[word], _find_theme(visit, asked.tema)
    if theme_id == 0:
        raise NotFound
    held, total = queries.list_held(visit.session, visit.actor, barrier, theme_id, asked.side)
    items = [
        HeldThingOut(
            thing=_thing(visit, one.card),
            scope=one.scope,
            is_stop=one.is_stop,
            notes=list(one.notes),
            source_urls=list(one.source_urls),
        )
        for one in held
    ]
    return answer(visit, HeldThingsOut(barrier=barrier, total=total, pages=_pages(total), items=items))
