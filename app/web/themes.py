"""Strategies on a time line, a strategy with its tree of themes, and a theme with everything under it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.core.clock import today
from app.core.policy import NotFound
from app.domain.contributions.queries import AnswerView, Listing, list_under_theme
from app.domain.contributions.under_themes import (
    DeckUnderTheme,
    GroupUnderTheme,
    count_by_theme,
    list_answers,
    list_decks,
    list_first_of_each_kind,
    list_groups,
)
from app.domain.following.queries import is_following
from app.domain.projects.queries import ProjectCard, list_projects_under
from app.domain.strategies import queries
from app.domain.strategies.queries import StrategyView, ThemePlace, ThemeView
from app.http.pages import Page
from app.http.visit import AVisit, anyone
from app.web.filters import chosen, page_number
from app.web.sources import SourceLink, name_sources

router = APIRouter()

# The levels in the order of the page, with their words in the address.
LEVELS = {
    "faelleskommunal": "municipal",
    "faellesoffentlig": "joint_public",
    "statslig": "state",
    "egen": "single_municipality",
}
TICK_YEARS = 5
# The kinds of contributions in the order of a theme's page, with their words in the address.
KINDS = {
    "oensker": "wish",
    "ideer": "idea",
    "behov": "need",
    "indspil": "card",
    "spoergsmaal": "question",
}
FIRST = 6
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Span:
    """A strategy's stretch of the time line, in percent of its length; none where the years are not known."""

    strategy: StrategyView
    start: float | None = None
    length: float = 0
    is_running_on: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The time line: the first and the last year, the years to write, and where today is, all in percent."""

    first: int
    last: int
    ticks: list[tuple[int, float]]
    today: float

    def place(self, year: float) -> float:
        return round(100 * (year - self.first) / (self.last + 1 - self.first), 2)


@dataclass
class StrategiesPage(Page):
    template: ClassVar[str] = "themes/list.html"
    axis: Axis
    levels: list[tuple[str, list[Span]]]
    menu: list[tuple[str, str, int]]
    level: str | None
    word_of_level: str
    total: int


@dataclass
class StrategyPage(Page):
    template: ClassVar[str] = "themes/strategy.html"
    strategy: StrategyView
    themes: list[ThemeView]
    counts: Mapping[int, int]
    links: list[SourceLink]


@dataclass
class ThemePage(Page):
    """A theme with everything under it. `said`: (word in the address, kind, the first contributions)."""

    template: ClassVar[str] = "themes/theme.html"
    place: ThemePlace
    said: list[tuple[str, str, Listing]]
    projects: list[ProjectCard]
    groups: list[GroupUnderTheme]
    decks: list[DeckUnderTheme]
    answers: list[AnswerView]
    is_followed: bool


@dataclass
class ThemeKindPage(Page):
    """All contributions of one kind under a theme, page by page."""

    template: ClassVar[str] = "themes/kind.html"
    place: ThemePlace
    word: str
    kind: str
    said: Listing


@router.get("/temaer", dependencies=[anyone])
def list_strategies(visit: AVisit) -> Response:
    strategies = queries.list_strategies(visit.session, visit.actor)
    level = chosen(visit, "niveau", LEVELS)
    axis = make_axis(strategies)
    by_level = {
        code: [make_span(axis, strategy) for strategy in strategies if strategy.level == code]
        for code in LEVELS.values()
    }
    return visit.page(
        StrategiesPage(
            axis=axis,
            levels=[(code, spans) for code, spans in by_level.items() if spans and level in (None, code)],
            menu=[(word, code, len(by_level[code])) for word, code in LEVELS.items()],
            level=level,
            word_of_level=next((word for word, code in LEVELS.items() if code == level), ""),
            total=len(strategies),
        )
    )


def make_axis(strategies: Iterable[StrategyView]) -> Axis:
    """From the first year to the last one that any strategy names, this year at least."""
    now = today()
    years = [year for strategy in strategies for year in (strategy.period_from, strategy.period_to) if year]
    first, last = min([*years, now.year]), max([*years, now.year])
    axis = Axis(first, last, [], 0)
    ticks = [year for year in range(first, last + 1) if year % TICK_YEARS == 0 or year == first]
    if len(ticks) > 1 and ticks[1] - first < TICK_YEARS // 2:
        del ticks[1]
    part_of_year = (now.timetuple().tm_yday - 1) / 366
    return Axis(
        first, last, [(year, axis.place(year)) for year in ticks], axis.place(now.year + part_of_year)
    )


def make_span(axis: Axis, strategy: StrategyView) -> Span:
    if strategy.period_from is None:
        return Span(strategy)
    start = axis.place(strategy.period_from)
    end = axis.place((strategy.period_to or axis.last) + 1)
    return Span(strategy, start, round(end - start, 2), strategy.period_to is None)


@router.get("/temaer/{key}", dependencies=[anyone])
def show_strategy(visit: AVisit, key: str) -> Response:
    strategy = queries.find_strategy(visit.session, visit.actor, key)
    if strategy is None:
        raise NotFound
    themes = queries.list_themes(visit.session, strategy.id)
    ids = [theme.id for theme in queries.walk(themes)]
    return visit.page(
        StrategyPage(
            strategy=strategy,
            themes=themes,
            counts=count_by_theme(visit.session, visit.actor, ids) if ids else {},
            links=name_sources(strategy.source_urls),
        )
    )


@router.get("/temaer/{strategy_key}/{key}", dependencies=[anyone])
def show_theme(visit: AVisit, strategy_key: str, key: str) -> Response:
    session, actor = visit.session, visit.actor
    place = queries.find_theme(session, actor, strategy_key, key)
    if place is None:
        raise NotFound
    kind = chosen(visit, "slags", KINDS)
    if kind is not None:
        page = page_number(visit, MOST_PAGES)
        said = list_under_theme(session, actor, place.ids, kinds=[kind], page=page)
        return visit.page(
            ThemeKindPage(place=place, word=visit.request.query_params["slags"], kind=kind, said=said)
        )
    first = list_first_of_each_kind(session, actor, place.ids, FIRST)
    return visit.page(
        ThemePage(
            place=place,
            said=[(word, code, first[code]) for word, code in KINDS.items() if code in first],
            projects=list_projects_under(session, actor, place.ids),
            groups=list_groups(session, actor, place.ids),
            decks=list_decks(session, actor, place.ids),
            answers=list_answers(session, actor, place.ids),
            is_followed=is_following(session, actor, "theme", place.theme.id),
        )
    )
