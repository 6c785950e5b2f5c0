"""Maps of themes against meetings and aspects, and the themes under which something is wished for and nothing
is promised."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.clock import today
from app.domain.commitments.of_themes import select_promised
from app.domain.contributions.heat import (
    SAID,
    WISHED,
    Cell,
    Unpromised,
    count_by_aspect,
    count_by_meeting,
    count_unpromised,
)
from app.domain.meetings.queries import MeetingLine, get_meeting_line
from app.domain.strategies.crosswalk import themes_meaning_each
from app.domain.strategies.queries import StrategyChoices, ThemeRef, list_theme_choices
from app.http.doors import Router
from app.http.pages import Page, prefixed
from app.http.visit import AVisit, Visit, anyone
from app.web.filters import address, chosen, typed
from app.web.labels import LABELS

router = Router()

# What stands across the map, with its word in the address.
ACROSS: Final = {"moeder": "meeting", "aspekter": "aspect"}
# What is counted; None is everything.
COUNTED: Final = {
    "oensker-og-behov": WISHED,
    "oensker": ("wish",),
    "ideer": ("idea",),
    "behov": ("need",),
    "indspil": ("card",),
    "spoergsmaal": ("question",),
}
ALL: Final = "alle"
MOST_ROWS: Final = 200
MOST_MEETINGS: Final = 24
STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A meeting, or the code of an aspect; `value` is its word in the address."""

    value: str
    meeting: MeetingLine | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell of the map: how many, how dark (0 to 5), and the way to the list."""

    column: Column
    count: int
    step: int
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """A theme across the map. `spots`: one for each column."""

    theme: ThemeRef
    spots: tuple[Spot, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Band:
    """The themes of one strategy on the map."""

    strategy: ThemeRef
    rows: list[Row]


@dataclass
class HeatPage(Page):
    """`silent`: the themes under which nothing of what is counted was said. `strategy`: a key, "alle", or
    empty for those that run now. `is_cut`: there are more meetings than the newest that are shown."""

    template: ClassVar[str] = "themes/heat.html"
    across: str
    word: str
    words: Sequence[tuple[str, str, str]]
    columns: list[Column]
    bands: list[Band]
    silent: list[ThemeRef]
    strategy: str
    strategies: list[StrategyChoices]
    counted: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A theme with its wishes and needs, how many are promised something, and the way to them."""

    theme: ThemeRef
    counted: Unpromised
    href: str


@dataclass
class UnpromisedPage(Page):
    """`without`: the themes of which nothing is promised, the most wishes first. `some`: the others."""

    template: ClassVar[str] = "themes/unpromised.html"
    without: list[Gap]
    some: list[Gap]
    strategy: str
    strategies: list[StrategyChoices]


@dataclass(frozen=True, slots=True)
class Choice:
    """The strategies that are looked at, and their themes."""

    word: str
    strategies: list[StrategyChoices]
    themes: list[ThemeRef]


def choose_themes(visit: Visit) -> Choice:
    """The themes of the strategy in the address, of all, or of those that run this year. One statement."""
    strategies = list_theme_choices(visit.session)
    known = {one.themes[0].strategy_key: one for one in strategies if one.themes}
    word = typed(visit, "strategi")
    if word in known:
        taken = [known[word]]
    elif word == ALL:
        taken = list(known.values())
    else:
        word = ""
        taken = [one for one in known.values() if _is_running(one.themes[0])]
        if not taken:
            word, taken = ALL, list(known.values())
    themes = [theme for one in taken for theme in one.themes][:MOST_ROWS]
    return Choice(word, list(known.values()), themes)


def _is_running(theme: ThemeRef) -> bool:
    year = today().year
    return theme.period_from is not None and theme.period_from <= year <= (theme.period_to or year)


@router.get("/temaer/varmekort", dependencies=[anyone])
def show_heat(visit: AVisit) -> Response:
    """Five statements, however many themes and meetings; four for aspects."""
    session, actor = visit.session, visit.actor
    across = chosen(visit, "efter", ACROSS) or "meeting"
    kinds = chosen(visit, "slags", COUNTED)
    counted = visit.request.query_params["slags"] if kinds else ""
    choice = choose_themes(visit)
    meanings = themes_meaning_each(session, [theme.id for theme in choice.themes])
    rows = {theme_id: meaning.ids for theme_id, meaning in meanings.items()}
    count = count_by_meeting if across == "meeting" else count_by_aspect
    cells = count(session, actor, rows, kinds or SAID)
    columns, is_cut = _list_columns(visit, across, cells)
    made = _make_rows(visit, across, choice.themes, columns, cells, counted)
    here = {"strategi": choice.word, "slags": counted}
    return visit.page(
        HeatPage(
            across=across,
            word=next(word for word, code in ACROSS.items() if code == across),
            words=[
                (
                    word,
                    code,
                    address(prefixed(visit.language, "/temaer/varmekort"), **here | {"efter": word}),
                )
                for word, code in ACROSS.items()
            ],
            columns=columns,
            bands=_by_strategy(row for row in made if row.total),
            silent=[row.theme for row in made if not row.total],
            strategy=choice.word,
            strategies=choice.strategies,
            counted=counted,
            is_cut=is_cut,
        )
    )


def _list_columns(visit: Visit, across: str, cells: Sequence[Cell]) -> tuple[list[Column], bool]:
    """The meetings in order of time, as far as the reader may see them; or the aspects in their order."""
    held = {cell.column for cell in cells}
    if across == "aspect":
        return [Column(code) for code in LABELS["aspect"] if code in held], False
    meetings = get_meeting_line(visit.session, [int(one) for one in held], visit.actor)
    by_day = sorted(meetings.values(), key=lambda meeting: (meeting.held_on, meeting.id))
    return [Column(one.key, one) for one in by_day[-MOST_MEETINGS:]], len(by_day) > MOST_MEETINGS


def _make_rows(
    visit: Visit,
    across: str,
    themes: Sequence[ThemeRef],
    columns: Sequence[Column],
    cells: Sequence[Cell],
    counted: str,
) -> list[Row]:
    counts: Mapping[tuple[int, int | str], int] = {(cell.theme_id, cell.column): cell.count for cell in cells}

    def count_of(theme: ThemeRef, column: Column) -> int:
        return counts.get((theme.id, column.meeting.id if column.meeting else column.value), 0)

    most = max((count_of(theme, column) for theme in themes for column in columns), default=0)
    name = "moede" if across == "meeting" else "aspekt"
    made = []
    for theme in themes:
        base = prefixed(visit.language, f"{theme.path}/sagt")
        spots = tuple(
            Spot(
                column,
                count_of(theme, column),
                darken(count_of(theme, column), most),
                address(base, slags=counted, **{name: column.value}),
            )
            for column in columns
        )
        made.append(Row(theme, spots, sum(spot.count for spot in spots)))
    return made


def _by_strategy(rows: Iterable[Row]) -> list[Band]:
    """In the order in which they come."""
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(row.theme.strategy_key, []).append(row)
    return [Band(found[0].theme, found) for found in by_key.values()]


def darken(count: int, most: int) -> int:
    """How dark a cell is: 0 for none, and 1 to 5 by its share of the fullest."""
    return -(-count * STEPS // most) if count else 0


@router.get("/temaer/uden-loefte", dependencies=[anyone])
def show_unpromised(visit: AVisit) -> Response:
    """Three statements, however many themes and wishes."""
    session, actor = visit.session, visit.actor
    choice = choose_themes(visit)
    meanings = themes_meaning_each(session, [theme.id for theme in choice.themes])
    rows = {theme_id: meaning.ids for theme_id, meaning in meanings.items()}
    themes = {theme.id: theme for theme in choice.themes}
    gaps = [
        Gap(
            themes[one.theme_id],
            one,
            address(prefixed(visit.language, f"{themes[one.theme_id].path}/sagt"), slags="oensker-og-behov"),
        )
        for one in count_unpromised(session, actor, rows, select_promised(actor))
    ]
    return visit.page(
        UnpromisedPage(
            without=[gap for gap in gaps if not gap.counted.promised],
            some=[gap for gap in gaps if gap.counted.promised],
            strategy=choice.word,
            strategies=choice.strategies,
        )
    )
