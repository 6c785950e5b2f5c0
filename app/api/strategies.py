"""Strategies with their themes, and one theme with what stands under it."""

from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import AskedPlain, Key
from app.core.policy import NotFound
from app.core.slices import slice_rows
from app.domain.strategies import queries
from app.domain.strategies.queries import StrategyView, ThemeView
from app.domain.strategies.schemas import Level
from app.http.visit import AVisit, Visit, anyone

router = make_router("temaer")


class StrategyOut(Out):
    """A strategy in a list."""

    id: int
    key: str
    name: str
    name_en: str | None
    level: Level = Field(description="Whose strategy it is: of the municipalities together, the state, …")
    period_from: int | None
    period_to: int | None
    owner: str
    municipality_key: str | None = Field(description="The municipality whose own it is, or null.")
    source_note: str
    source_urls: list[str]
    edition: int = Field(description="How often it was rewritten.")
    theme_count: int = Field(description="How many themes it has.")
    page: str = ""


class InitiativeOut(Out):
    """Something that the strategy sets going."""

    name: str
    name_en: str | None
    note: str
    source_url: str | None


class ThemeNodeOut(Out):
    """A theme, and what hangs under it."""

    id: int
    key: str
    code: str = Field(description="What the strategy itself numbers it; empty where it does not.")
    name: str
    name_en: str | None
    description: str = Field(description="What it is about.")
    description_en: str = Field(description="In English; empty where nobody has translated it.")
    target_groups: list[str] = Field(description="Whom it is for.")
    initiatives: list[InitiativeOut] = Field(description="What it sets going.")
    below: list["ThemeNodeOut"] = Field(description="The themes that hang under it.")


class WholeStrategyOut(StrategyOut):
    """A strategy with its tree of themes."""

    facts: list[str] = Field(description="What else is known of it.")
    completeness: str = Field(description="What is known of it, and what is not.")
    tree: list[ThemeNodeOut] = Field(description="Its uppermost themes.")


class WholeThemeOut(Out):
    """A theme where it hangs."""

    strategy_key: str
    strategy_title: str = Field(description="What the strategy is called.")
    period_from: int | None
    period_to: int | None
    theme: ThemeNodeOut = Field(description="The theme itself.")
    above: list[str] = Field(description="The keys of the themes above it, the nearest last.")
    page: str = ""


def _facts(visit: Visit, one: StrategyView) -> dict[str, object]:
    told = {name: getattr(one, name) for name in StrategyOut.model_fields if name != "page"}
    return told | {"page": f"{visit.kit.site.base_url}/temaer/{one.key}"}


def _place(one: StrategyView) -> tuple[int, int, str]:
    # Those without a period stand last, as on the page.
    return (one.period_from or 9999, one.period_to or 9999, one.key)


@router.get("/temaer", dependencies=[anyone], response_model=many(StrategyOut))
def list_strategies(visit: AVisit, asked: AskedPlain) -> Response:
    """Strategies, those that began first stand first."""
    rows = sorted(queries.list_strategies(visit.session, visit.actor), key=_place)
    part = read_part(visit, asked, lambda after, most: slice_rows(rows, _place, after, most))
    items = [StrategyOut.model_validate(_facts(visit, one)) for one in part.rows]
    return answer_list(visit, asked, part, items)


@router.get("/temaer/{key}", dependencies=[anyone], response_model=WholeStrategyOut)
def show_strategy(visit: AVisit, key: Key) -> Response:
    """One strategy with its tree of themes."""
    found = queries.find_strategy(visit.session, visit.actor, key)
    if found is None:
        raise NotFound
    told = _facts(visit, found) | {"facts": found.facts, "completeness": found.completeness}
    tree = [_node(one) for one in queries.list_themes(visit.session, found.id)]
    return answer(visit, WholeStrategyOut.model_validate(told | {"tree": tree}))


def _node(theme: ThemeView) -> ThemeNodeOut:
    return ThemeNodeOut.model_validate(theme)


@router.get("/temaer/{key}/{theme}", dependencies=[anyone], response_model=WholeThemeOut)
def show_theme(visit: AVisit, key: Key, theme: Key) -> Response:
    """One theme. What stands under it: /oensker, /ideer, /behov and /forpligtelser with tema=key/theme."""
    found = queries.find_theme(visit.session, visit.actor, key, theme)
    if found is None:
        raise NotFound
    return answer(
        visit,
        WholeThemeOut(
            strategy_key=found.ref.strategy_key,
            strategy_title=found.ref.strategy_title,
            period_from=found.ref.period_from,
            period_to=found.ref.period_to,
            theme=_node(found.theme),
            above=[one.key for one in found.above],
            page=visit.kit.site.base_url + found.ref.path,
        ),
    )
