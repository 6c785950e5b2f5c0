"""Strategies on a time line, a strategy with its tree of themes, and a theme with everything under it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from fastapi.responses import Response

from app.core.asking import Asking, beside, read
from app.core.clock import today
from app.core.policy import Actor, NotFound
from app.domain.commitments.queries import (
    CommitmentLine,
    IndicatorView,
    indicators_of,
    promised_under,
    ways_of,
)
from app.domain.contributions.heat import SAID, WISHED, counted_by_aspect
from app.domain.contributions.queries import AnswerView, Listing, found_among
from app.domain.contributions.under_themes import (
    DeckUnderTheme,
    MeetingUnderTheme,
    answers_under,
    count_by_theme,
    decks_under,
    first_of_each_kind,
    meetings_under,
)
from app.domain.projects.queries import ProjectCard, projects_under
from app.domain.strategies import queries
from app.domain.strategies.crosswalk import (
    Link,
    ThemeLinkView,
    ThemeMeaning,
    crosswalk,
    links_of,
    links_with,
    put_names,
)
from app.domain.strategies.policy import may_edit_strategies
from app.domain.strategies.queries import StrategyView, ThemePlace, ThemeView
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web.contributions import FilterBar, Ways, make_filter_bar, name_ways, read_filters
from app.web.crosswalk import Line, name_lines
from app.web.filters import chosen, page_number
from app.web.following import FollowState, follow_of
from app.web.labels import LABELS
from app.web.sources import SourceLink, name_sources
from app.web.summary_blocks import Shown, theme_summary

router = Router()

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
# What a list under a theme can be narrowed to; those that a map or a sum counts together too.
NARROWED: dict[str, tuple[str, ...]] = {word: (kind,) for word, kind in KINDS.items()} | {
    "oensker-og-behov": WISHED
}
# The menus of that list: its theme and its kind stand in the address.
FACETS = ("aspect", "meeting", "year", "status", "organisation")
FIRST = 6
FIRST_PROMISES = 12
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


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a promise: a figure of it, from where to where, and what was measured at the end."""

    line: CommitmentLine
    indicator: IndicatorView


@dataclass
class ThemePage(Page):
    """A theme with everything under it, and under the themes that became it.

    `said`: (word in the address, kind, the first contributions). `aspects`: (code, wishes and needs).
    `became`, `came_from`: the lines of the crosswalk. `ways`, `ways_of_promises`: the links through which
    something stands here, of what does so by links only.
    """

    template: ClassVar[str] = "themes/theme.html"
    place: ThemePlace
    came_from: list[Line]
    became: list[Line]
    said: list[tuple[str, str, Listing]]
    ways: Ways
    aspects: list[tuple[str, int]]
    promises: list[CommitmentLine]
    promise_count: int
    ways_of_promises: Mapping[int, tuple[ThemeLinkView, ...]]
    effects: list[Told]
    projects: list[ProjectCard]
    meetings: list[MeetingUnderTheme]
    decks: list[DeckUnderTheme]
    answers: list[AnswerView]
    answer_count: int
    follow: FollowState
    summary: Shown | None
    may_link: bool


@dataclass
class SaidPage(Page):
    """All that was said under a theme, with filters; `kind` is empty for all kinds."""

    template: ClassVar[str] = "themes/said.html"
    place: ThemePlace
    kind: str
    kinds: list[str]
    listing: Listing
    bar: FilterBar


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


def find_place(visit: Visit, strategy_key: str, key: str) -> ThemePlace:
    """The theme, or NotFound."""
    place = queries.find_theme(visit.session, visit.actor, strategy_key, key)
    if place is None:
        raise NotFound
    return place


@router.get("/temaer/{strategy_key}/{key}", dependencies=[anyone])
def show_theme(visit: AVisit, strategy_key: str, key: str) -> Response:
    place, known = read(visit.session, beside(queries.theme_at(visit.actor, strategy_key, key), crosswalk()))
    if place is None:
        raise NotFound
    kind = chosen(visit, "slags", KINDS)
    if kind is not None:
        # Where these lists stood before they could be narrowed.
        return visit.go(f"{place.ref.path}/sagt?{visit.request.url.query}")
    return visit.page(read(visit.session, _page_of(visit, place, known.find_meaning(place.ids))))


def _page_of(visit: Visit, place: ThemePlace, meaning: ThemeMeaning) -> Asking[ThemePage]:
    actor, ids = visit.actor, meaning.ids
    (
        first,
        (promises, indicators, ways_of_promises),
        links,
        named,
        counted,
        projects,
        meetings,
        decks,
        (answers, answer_count),
        follow,
        summary,
    ) = yield from beside(
        first_of_each_kind(actor, ids, FIRST),
        _promises(actor, meaning),
        links_of(place.ids),
        links_with(meaning.link_ids),
        counted_by_aspect(actor, {place.theme.id: ids}, WISHED),
        projects_under(actor, ids),
        meetings_under(actor, ids),
        decks_under(actor, ids),
        answers_under(actor, ids),
        follow_of(visit, "theme", place.theme.id),
        theme_summary(visit, place.theme.id, place.ref.path),
    )
    own = set(place.ids)
    lines = name_lines(links)
    by_aspect = {str(cell.column): cell.count for cell in counted}
    rows = [row for listing in first.values() for row in listing.rows]
    return ThemePage(
        place=place,
        came_from=[one for one in lines if one.link.becomes and one.link.becomes.id in own],
        became=[one for one in lines if one.link.theme.id in own],
        said=[(word, code, first[code]) for word, code in KINDS.items() if code in first],
        ways=name_ways(rows, meaning, named),
        aspects=[(code, by_aspect[code]) for code in LABELS["aspect"] if code in by_aspect],
        promises=promises[:FIRST_PROMISES],
        promise_count=len(promises),
        ways_of_promises=put_names(ways_of_promises, named),
        effects=[Told(line, one) for line in promises for one in indicators.get(line.id, ()) if one.effect],
        projects=projects,
        meetings=meetings,
        decks=decks,
        answers=answers,
        answer_count=answer_count,
        follow=follow,
        summary=summary,
        may_link=may_edit_strategies(actor),
    )


def _promises(
    actor: Actor, meaning: ThemeMeaning
) -> Asking[
    tuple[list[CommitmentLine], Mapping[int, tuple[IndicatorView, ...]], Mapping[int, tuple[Link, ...]]]
]:
    """What is promised under them; what it is measured by; and of those that are shown, through which links
    they are found."""
    promises = yield from promised_under(actor, meaning.ids)
    shown = [line.id for line in promises[:FIRST_PROMISES]]
    indicators, ways = yield from beside(indicators_of(promises), ways_of(actor, meaning, shown))
    return promises, indicators, ways


@router.get("/temaer/{strategy_key}/{key}/sagt", dependencies=[anyone])
def show_said(visit: AVisit, strategy_key: str, key: str) -> Response:
    """Everything said under a theme, and under those that became it; each says through which link."""
    word = visit.request.query_params.get("slags", "")
    kinds = NARROWED.get(word, SAID)
    asked = replace(read_filters(visit), theme=f"{strategy_key}/{key}")
    place, found = read(
        visit.session,
        beside(
            queries.theme_at(visit.actor, strategy_key, key),
            found_among(visit.actor, kinds, asked, page_number(visit, MOST_PAGES)),
        ),
    )
    if place is None:
        raise NotFound
    keep = {"slags": word} if word in NARROWED else {}
    bar = make_filter_bar(visit, f"{place.ref.path}/sagt", asked, found, facets=FACETS, keep=keep)
    return visit.page(
        SaidPage(place=place, kind=word if keep else "", kinds=list(KINDS), listing=found.listing, bar=bar)
    )
