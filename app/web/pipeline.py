"""How far ideas and projects have come, from idea to spread or stopped, and which barrier stops most."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.asking import Asking, read
from app.core.policy import NotFound
from app.domain.pipeline.policy import may_note
from app.domain.pipeline.queries import (
    PER_PAGE,
    BarrierCell,
    BarrierMatrix,
    Choice,
    Column,
    HeldThing,
    Story,
    count_barriers,
    find_board,
    find_thing,
    list_board_choices,
    list_held,
    list_stage,
    story_of,
)
from app.domain.pipeline.schemas import Kind
from app.domain.pipeline.service import Thing
from app.domain.pipeline.things import STAGES, ThingCard
from app.domain.strategies.queries import (
    StrategyChoices,
    ThemeRef,
    find_strategy,
    find_theme_ids,
    find_themes,
    list_theme_choices,
)
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import (
    Menu,
    address,
    address_of_page,
    chosen,
    count_pages,
    make_menu,
    page_number,
    typed,
)
from app.web.sources import SourceLink, name_sources

router = Router()

BOARD: Final = "/projekter/vej"
HELD: Final = "/projekter/barrierer"
ONE: Final = BOARD + "/{kind}/{name}"
# The words of the addresses.
KIND_WORDS: Final[Mapping[str, Kind]] = {
    "ideer": "idea",
    "signaturprojekter": "project",
    "egne": "own_project",
}
STAGE_WORDS: Final = dict(
    zip(
        ("ide", "trykproevet", "soeger-partnere", "pilot", "maalt", "udbredt", "stoppet"),
        STAGES,
        strict=True,
    )
)
BARRIER_WORDS: Final = {
    "data": "data",
    "infrastruktur": "infrastructure",
    "jura": "law",
    "kompetencer": "skills",
    "oekonomi": "money",
    "andet": "other",
}
HEAT_STEPS: Final = 5
MOST_BEST: Final = 6


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one thing, for its own page and for the page of the way. `path`: of the latter."""

    story: Story
    path: str
    may_note: bool


@dataclass
class BoardPage(Page):
    """`themes`: the names of those that things stand under. `without`: the addresses with one filter less."""

    template: ClassVar[str] = "pipeline/board.html"
    columns: list[Column]
    words: Mapping[str, str]
    total: int
    themes: Mapping[int, ThemeRef]
    menus: Sequence[Menu]
    theme_menu: tuple[str, list[tuple[str, ThemeRef]]]
    owner_menu: tuple[str, list[tuple[str, str, int]]]
    without: Mapping[str, str]
    query: str


@dataclass
class StagePage(Page):
    template: ClassVar[str] = "pipeline/stage.html"
    stage: str
    things: list[ThingCard]
    total: int
    themes: Mapping[int, ThemeRef]
    page: int
    pages: int
    page_address: str
    back: str


@dataclass
class WayPage(Page):
    template: ClassVar[str] = "pipeline/way.html"
    way: Way
    themes: Mapping[int, ThemeRef]


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of the map. `step`: how dark, 0 to 5."""

    barrier: str
    cell: BarrierCell | None
    step: int
    href: str


@dataclass(frozen=True, slots=True)
class ThemeRow:
    theme: ThemeRef
    spots: tuple[Spot, ...]


@dataclass
class BarriersPage(Page):
    """`bands`: the themes of each strategy. `totals`: each thing once, whatever its themes."""

    template: ClassVar[str] = "pipeline/barriers.html"
    matrix: BarrierMatrix
    bands: list[list[ThemeRow]]
    totals: list[Spot]
    strategy: str
    strategies: list[StrategyChoices]
    kinds: Sequence[tuple[str, str]]
    kind: str
    sources: list[SourceLink]
    most: Sequence[BarrierCell]
    most_said: Sequence[BarrierCell]


@dataclass
class HeldPage(Page):
    template: ClassVar[str] = "pipeline/held.html"
    barrier: str
    theme: ThemeRef | None
    held: list[HeldThing]
    sources: Mapping[str, SourceLink]
    themes: Mapping[int, ThemeRef]
    total: int
    page: int
    pages: int
    page_address: str
    back: str


# --- the board


@router.get(BOARD, dependencies=[anyone])
def show_board(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    there = list_board_choices(session, actor)
    theme_words = {f"{theme.strategy_key}/{theme.key}": theme for theme in there.themes}
    owners = {owner.key: owner for owner, _ in there.owners}
    years = {str(year): year for year in there.years}
    regions = {_region_word(name): name for name in there.regions}
    choice = Choice(
        kind=chosen(visit, "slags", KIND_WORDS),
        theme_id=theme.id if (theme := chosen(visit, "tema", theme_words)) else None,
        organisation_id=owner.id if (owner := chosen(visit, "hvem", owners)) else None,
        year=chosen(visit, "aar", years),
        region=chosen(visit, "region", regions),
        barrier=chosen(visit, "barriere", BARRIER_WORDS),
    )
    menus = [
        make_menu("slags", KIND_WORDS, choice.kind, there.kinds),
        make_menu("aar", years, choice.year, there.years),
        make_menu(
            "region", {_region_word(name): name for name in there.regions}, choice.region, there.regions
        ),
    ]
    barrier_word = next((word for word, code in BARRIER_WORDS.items() if code == choice.barrier), "")
    filters = {menu.name: menu.chosen for menu in menus} | {
        "tema": next((word for word, one in theme_words.items() if one.id == choice.theme_id), ""),
        "hvem": next((key for key, one in owners.items() if one.id == choice.organisation_id), ""),
        "barriere": barrier_word,
    }
    stage = chosen(visit, "trin", STAGE_WORDS)
    if stage is not None:
        return _show_stage(visit, stage, choice, filters)
    columns = find_board(session, actor, choice)
    return visit.page(
        BoardPage(
            columns=columns,
            words={stage: word for word, stage in STAGE_WORDS.items()},
            total=sum(column.total for column in columns),
            themes={theme.id: theme for theme in there.themes},
            menus=menus,
            theme_menu=(filters["tema"], list(theme_words.items())),
            owner_menu=(filters["hvem"], [(one.key, one.name, count) for one, count in there.owners]),
            without={
                name: address(BOARD, **filters | {name: ""}) for name, value in filters.items() if value
            },
            query=address_of_page(BOARD, **filters).removesuffix("side="),
        )
    )


def _region_word(name: str) -> str:
    return name.removeprefix("Region ").lower()


def _show_stage(visit: Visit, stage: str, choice: Choice, filters: Mapping[str, str]) -> Response:
    """All that stand at one stage."""
    page = page_number(visit, 999_999)
    found = list_stage(visit.session, visit.actor, stage, choice, page)
    pages = count_pages(found.total, PER_PAGE)
    if page > pages:
        page = pages
        found = list_stage(visit.session, visit.actor, stage, choice, page)
    word = next(word for word, code in STAGE_WORDS.items() if code == stage)
    return visit.page(
        StagePage(
            stage=stage,
            things=found.things,
            total=found.total,
            themes=name_themes(visit, found.things),
            page=page,
            pages=pages,
            page_address=address_of_page(BOARD, **filters | {"trin": word}),
            back=address(BOARD, **filters),
        )
    )


def name_themes(visit: Visit, cards: Iterable[ThingCard]) -> dict[int, ThemeRef]:
    """The themes of all these; one statement, none for none."""
    ids = {theme_id for card in cards for theme_id in card.theme_ids}
    return find_themes(visit.session, ids) if ids else {}


# --- one thing


def find_way(visit: Visit, thing: Thing, name: str) -> Way | None:
    """The way of a thing for its own page. `name`: as it stands in addresses, its number or key."""
    return read(visit.session, way_of(visit, thing, name))


def way_of(visit: Visit, thing: Thing, name: str) -> Asking[Way | None]:
    """The same, to be asked beside others."""
    story = yield from story_of(visit.actor, thing)
    if story is None:
        return None
    card = story.card
    return Way(
        story, way_path(card.kind, name), may_note(visit.session, visit.actor, card.kind, card.owner_id)
    )


def get_way(visit: Visit, kind: str, name: str) -> Way:
    """The same by its address; what cannot be seen is missing."""
    code = KIND_WORDS.get(kind)
    thing = find_thing(visit.session, code, name) if code is not None else None
    way = find_way(visit, thing, name) if thing is not None else None
    if way is None:
        raise NotFound
    return way


def way_path(kind: str, name: str) -> str:
    word = next(word for word, code in KIND_WORDS.items() if code == kind)
    return f"{BOARD}/{word}/{name}"


@router.get(ONE, dependencies=[anyone])
def show_way(visit: AVisit, kind: str, name: str) -> Response:
    way = get_way(visit, kind, name)
    return visit.page(WayPage(way=way, themes=name_themes(visit, [way.story.card])))


# --- barriers


@router.get(HELD, dependencies=[anyone])
def show_barriers(visit: AVisit) -> Response:
    """Which barrier stops most projects in which theme."""
    strategies = list_theme_choices(visit.session)
    known = {one.themes[0].strategy_key: one for one in strategies if one.themes}
    strategy = word if (word := typed(visit, "strategi")) in known else ""
    kind = chosen(visit, "slags", KIND_WORDS)
    strategy_id = None
    if strategy and (found := find_strategy(visit.session, visit.actor, strategy)):
        strategy_id = found.id
    matrix = count_barriers(visit.session, visit.actor, strategy_id=strategy_id, kind=kind)
    darkest = max((cell.held for cell in matrix.cells if cell.theme_id is not None), default=1)
    by_place = {(cell.theme_id, cell.barrier): cell for cell in matrix.cells}
    kind_word = next((word for word, code in KIND_WORDS.items() if code == kind), "")
    rows = [
        ThemeRow(
            theme,
            tuple(
                _spot(barrier, by_place.get((theme.id, barrier)), darkest, theme)
                for barrier in BARRIER_WORDS.values()
            ),
        )
        for theme in _in_order(matrix)
    ]
    totals = {cell.barrier: cell for cell in matrix.totals}
    longest = max((cell.held for cell in matrix.totals), default=1)
    return visit.page(
        BarriersPage(
            matrix=matrix,
            bands=[list(band) for _, band in groupby(rows, key=lambda row: row.theme.strategy_key)],
            totals=[_spot(code, totals.get(code), longest, None) for code in BARRIER_WORDS.values()],
            strategy=strategy,
            strategies=list(known.values()),
            kinds=list(KIND_WORDS.items()),
            kind=kind_word,
            sources=name_sources([one.url for one in matrix.sources]),
            most=matrix.most[:MOST_BEST],
            most_said=matrix.most_said[:MOST_BEST],
        )
    )


def _in_order(matrix: BarrierMatrix) -> list[ThemeRef]:
    """The themes under which something is held up, those with most first within their strategy."""
    held: dict[int, int] = {}
    for cell in matrix.cells:
        if cell.theme_id is not None:
            held[cell.theme_id] = held.get(cell.theme_id, 0) + cell.held
    themes = [matrix.themes[theme_id] for theme_id in held if theme_id in matrix.themes]
    return sorted(themes, key=lambda one: (-(one.period_from or 0), one.strategy_key, -held[one.id], one.id))


def _spot(barrier: str, cell: BarrierCell | None, darkest: int, theme: ThemeRef | None) -> Spot:
    step = -(-cell.held * HEAT_STEPS // darkest) if cell is not None else 0
    word = next(word for word, code in BARRIER_WORDS.items() if code == barrier)
    under = f"{theme.strategy_key}/{theme.key}" if theme is not None else ""
    return Spot(barrier, cell, step, address(f"{HELD}/{word}", tema=under))


@router.get(HELD + "/{word}", dependencies=[anyone])
def show_held(visit: AVisit, word: str) -> Response:
    """The things behind a number of the page of barriers."""
    barrier = BARRIER_WORDS.get(word)
    if barrier is None:
        raise NotFound
    path = typed(visit, "tema")
    theme_id = find_theme_ids(visit.session, [path]).get(path) if "/" in path else None
    theme = find_themes(visit.session, [theme_id])[theme_id] if theme_id is not None else None
    page = page_number(visit, 999_999)
    held, total = list_held(visit.session, visit.actor, barrier, theme_id, page)
    pages = count_pages(total, PER_PAGE)
    if page > pages:
        page = pages
        held, total = list_held(visit.session, visit.actor, barrier, theme_id, page)
    urls = list(dict.fromkeys(url for one in held for url in one.source_urls))
    return visit.page(
        HeldPage(
            barrier=barrier,
            theme=theme,
            held=held,
            sources=dict(zip(urls, name_sources(urls), strict=True)),
            themes=name_themes(visit, [one.card for one in held]),
            total=total,
            page=page,
            pages=pages,
            page_address=address_of_page(f"{HELD}/{word}", tema=path if theme else ""),
            back=HELD,
        )
    )
