"""Reading strategies and their trees of themes. Everything here is public."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.strategies.models import Initiative, Strategy, Theme
from app.domain.strategies.policy import visible_to

MOST_STRATEGIES = 200
MOST_THEMES = 1000


@dataclass(frozen=True, slots=True)
class StrategyView:
    """A strategy as pages show it. `municipality_key` names the municipality whose own it is."""

    id: int
    key: str
    name: str
    name_en: str | None
    title: str
    title_en: str | None
    level: str
    period_from: int | None
    period_to: int | None
    owner: str
    owner_en: str
    facts: list[str]
    facts_en: list[str]
    completeness: str
    completeness_en: str
    source_note: str
    source_urls: list[str]
    municipality_key: str | None
    municipality_name: str | None
    edition: int
    theme_count: int


@dataclass(frozen=True, slots=True)
class InitiativeView:
    name: str
    name_en: str | None
    note: str
    note_en: str
    certainty: str
    source_url: str | None


@dataclass(frozen=True, slots=True)
class ThemeView:
    """A theme with its initiatives; `below` holds the themes that hang under it.

    `ended_at`: the policy that it belongs to is without it now.
    """

    id: int
    parent_id: int | None
    key: str
    code: str
    name: str
    name_en: str | None
    description: str
    description_en: str
    certainty: str
    initiatives: tuple[InitiativeView, ...]
    below: tuple["ThemeView", ...] = ()
    target_groups: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ThemeRef:
    """What is needed to name a theme and link to it."""

    id: int
    key: str
    name: str
    name_en: str | None
    strategy_key: str
    strategy_title: str
    strategy_title_en: str | None
    period_from: int | None
    period_to: int | None
    parent_id: int | None = None

    @property
    def path(self) -> str:
        return f"/temaer/{self.strategy_key}/{self.key}"


@dataclass(frozen=True, slots=True)
class ThemePlace:
    """A theme where it hangs: `above` it (the nearest last), below it, and beside it (itself included)."""

    theme: ThemeView
    ref: ThemeRef
    above: tuple[ThemeView, ...]
    beside: tuple[ThemeView, ...]

    @property
    def ids(self) -> list[int]:
        """The theme and everything below it."""
        return [theme.id for theme in walk([self.theme])]


@dataclass(frozen=True, slots=True)
class StrategyChoices:
    """A strategy and its themes, for menus; a theme under another one comes right after it."""

    title: str
    title_en: str | None
    themes: tuple[ThemeRef, ...]


def ref_columns(theme: Any, strategy: Any) -> list[Any]:
    """What a `ThemeRef` is made of; `theme` and `strategy` may be other names for the tables."""
    return [theme.id, theme.parent_id, theme.key, theme.name, theme.name_en, *_of_strategy(strategy)]


def _of_strategy(strategy: Any) -> list[Any]:
    return [
        strategy.key.label("strategy_key"),
        func.coalesce(strategy.short_name, strategy.name).label("strategy_title"),
        func.coalesce(strategy.short_name_en, strategy.name_en).label("strategy_title_en"),
        strategy.period_from,
        strategy.period_to,
    ]


_TITLE = func.coalesce(Strategy.short_name, Strategy.name)
_TITLE_EN = func.coalesce(Strategy.short_name_en, Strategy.name_en)
# Those that began first stand first; what has no period stands last.
_BY_PERIOD = (Strategy.period_from.asc().nulls_last(), Strategy.period_to.asc().nulls_last(), Strategy.key)


def _strategies() -> Select[Any]:
    themes = select(func.count()).where(Theme.strategy_id == Strategy.id, Theme.ended_at.is_(None))
    count = themes.correlate(Strategy).scalar_subquery()
    return (
        select(
            Strategy.id,
            Strategy.key,
            Strategy.name,
            Strategy.name_en,
            _TITLE.label("title"),
            _TITLE_EN.label("title_en"),
            Strategy.level,
            Strategy.period_from,
            Strategy.period_to,
            Strategy.owner,
            Strategy.owner_en,
            Strategy.facts,
            Strategy.facts_en,
            Strategy.completeness,
            Strategy.completeness_en,
            Strategy.source_note,
            Strategy.source_urls,
            Organisation.key.label("municipality_key"),
            Organisation.name.label("municipality_name"),
            Strategy.edition,
            count.label("theme_count"),
        )
        .outerjoin(Organisation, Organisation.id == Strategy.municipality_id)
        .order_by(*_BY_PERIOD)
        .limit(MOST_STRATEGIES)
    )


def list_strategies(session: Session, actor: Actor) -> list[StrategyView]:
    """All strategies, the earliest first."""
    rows = session.execute(_strategies().where(visible_to(actor)))
    return [StrategyView(**row._mapping) for row in rows]


def find_strategy(session: Session, actor: Actor, key: str) -> StrategyView | None:
    row = session.execute(_strategies().where(visible_to(actor), Strategy.key == key)).one_or_none()
    return StrategyView(**row._mapping) if row else None


def list_strategies_of(session: Session, actor: Actor, organisation_id: int) -> list[StrategyView]:
    """A municipality's own strategies."""
    return read(session, strategies_of(actor, organisation_id))


def strategies_of(actor: Actor, organisation_id: int) -> Asking[list[StrategyView]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_strategies_of(actor), {"strategies_of": organisation_id})
    return [StrategyView(**row._mapping) for row in rows]


@kept
def _strategies_of(actor: Actor) -> Select[Any]:
    return _strategies().where(visible_to(actor), Strategy.municipality_id == bindparam("strategies_of"))


def count_strategies_by_municipality(session: Session, actor: Actor) -> dict[int, int]:
    """{organisation id: strategies of its own}."""
    rows = session.execute(
        select(Strategy.municipality_id, func.count().label("strategies"))
        .where(visible_to(actor), Strategy.municipality_id.is_not(None))
        .group_by(Strategy.municipality_id)
    )
    return {row.municipality_id: row.strategies for row in rows}


def list_themes(session: Session, strategy_id: int) -> list[ThemeView]:
    """The tree of a strategy in force: its uppermost themes, each with what hangs below it."""
    rows = session.execute(_themes().where(Theme.strategy_id == strategy_id, Theme.ended_at.is_(None)))
    return _tree(rows)


def find_theme(session: Session, actor: Actor, strategy_key: str, key: str) -> ThemePlace | None:
    """A theme by its own key and its strategy's, with its surroundings; one statement."""
    return read(session, theme_at(actor, strategy_key, key))


def theme_at(actor: Actor, strategy_key: str, key: str) -> Asking[ThemePlace | None]:
    """The same, to be asked beside others."""
    rows = yield from asked(_themes_beside(actor), {"strategy_named": strategy_key})
    row = next((row for row in rows if row.key == key), None)
    if row is None:
        return None
    tree = _tree(rows)
    known = {theme.id: theme for theme in walk(tree)}
    above: list[ThemeView] = []
    parent_id = row.parent_id
    while parent_id is not None:
        above.insert(0, known[parent_id])
        parent_id = known[parent_id].parent_id
    beside = above[-1].below if above else tuple(tree)
    return ThemePlace(
        theme=known[row.id],
        ref=_ref(row),
        above=tuple(above),
        beside=tuple(one for one in beside if one.ended_at is None or one.id == row.id),
    )


@kept
def _themes_beside(actor: Actor) -> Select[Any]:
    return (
        _themes()
        .add_columns(*_of_strategy(Strategy))
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(visible_to(actor), Strategy.key == bindparam("strategy_named"))
    )


def list_theme_choices(session: Session) -> list[StrategyChoices]:
    """All themes in force by strategy, for menus: the strategies that began last come first."""
    return read(session, theme_choices())


def theme_choices(*, with_uncertain: bool = True) -> Asking[list[StrategyChoices]]:
    """The same, to be asked beside others. An uncertain theme has a name of ours in place of its own, which
    nobody can mean by ticking it."""
    by_strategy: dict[str, list[ThemeRef]] = {}
    for row in (yield from asked(_refs_in_force() if with_uncertain else _refs_to_tick())):
        by_strategy.setdefault(row.strategy_key, []).append(_ref(row))
    return [
        StrategyChoices(refs[0].strategy_title, refs[0].strategy_title_en, tuple(_family_order(refs)))
        for refs in by_strategy.values()
    ]


@kept
def _refs_in_force() -> Select[Any]:
    return (
        _refs()
        .where(Theme.ended_at.is_(None))
        .order_by(Strategy.period_from.desc().nulls_last(), Strategy.key, Theme.position, Theme.id)
    )


@kept
def _refs_to_tick() -> Select[Any]:
    return _refs_in_force().where(Theme.certainty != "uncertain")


def find_themes(session: Session, ids: Iterable[int]) -> dict[int, ThemeRef]:
    """The themes with these ids, by id; unknown ids are left out."""
    return read(session, themes_of(ids))


def themes_of(ids: Iterable[int]) -> Asking[dict[int, ThemeRef]]:
    """The same, to be asked beside others."""
    rows = yield from asked(_refs_of(), {"themes": sorted(set(ids))})
    return {row.id: _ref(row) for row in rows}


@kept
def _refs_of() -> Select[Any]:
    return _refs().where(Theme.id.in_(bindparam("themes", expanding=True)))


def find_theme_ids(session: Session, paths: Iterable[str]) -> dict[str, int]:
    """The ids of themes named "strategy/theme", by that name; unknown ones are left out."""
    pairs = [tuple(path.split("/", 1)) for path in paths]
    rows = session.execute(
        select(Strategy.key, Theme.key, Theme.id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(tuple_(Strategy.key, Theme.key).in_(pairs))
    )
    return {f"{strategy}/{theme}": theme_id for strategy, theme, theme_id in rows}


def theme_id_at(path: str) -> Asking[int | None]:
    """The id of the theme named "strategy/theme"; None where there is none."""
    strategy_key, slash, key = path.partition("/")
    if not slash:
        return None
    rows = yield from asked(_id_at(), {"strategy_at": strategy_key, "theme_at": key})
    return rows[0].id if rows else None


@kept
def _id_at() -> Select[Any]:
    return (
        select(Theme.id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(Strategy.key == bindparam("strategy_at"), Theme.key == bindparam("theme_at"))
    )


def list_keywords(session: Session) -> list[tuple[ThemeRef, list[str]]]:
    """Every theme in force with the words and phrases that point to it."""
    rows = session.execute(
        _refs()
        .add_columns(Theme.keywords)
        .where(Theme.ended_at.is_(None))
        .order_by(Strategy.key, Theme.position, Theme.id)
    )
    return [(_ref(row), row.keywords) for row in rows]


def walk(themes: Iterable[ThemeView]) -> Iterator[ThemeView]:
    """The themes and all below them, each before its own."""
    for theme in themes:
        yield theme
        yield from walk(theme.below)


def _themes() -> Select[Any]:
    """Themes in the order of their strategy, their initiatives gathered as JSON."""
    initiative = func.json_build_object(
        "name", Initiative.name, "name_en", Initiative.name_en, "note", Initiative.note,
        "note_en", Initiative.note_en, "certainty", Initiative.certainty, "source_url", Initiative.source_url,
    )  # fmt: skip
    initiatives = (
        select(func.json_agg(aggregate_order_by(initiative, Initiative.position, Initiative.id), type_=JSON))
        .where(Initiative.theme_id == Theme.id)
        .correlate(Theme)
        .scalar_subquery()
    )
    return (
        select(
            Theme.id,
            Theme.parent_id,
            Theme.key,
            Theme.code,
            Theme.name,
            Theme.name_en,
            Theme.description,
            Theme.description_en,
            Theme.certainty,
            Theme.target_groups,
            Theme.markers,
            Theme.ended_at,
            initiatives.label("initiatives"),
        )
        .order_by(Theme.position, Theme.id)
        .limit(MOST_THEMES)
    )


def _tree(rows: Iterable[Any]) -> list[ThemeView]:
    by_parent: dict[int | None, list[Any]] = {}
    for row in rows:
        by_parent.setdefault(row.parent_id, []).append(row)

    def below(parent_id: int | None) -> tuple[ThemeView, ...]:
        return tuple(_theme_view(row, below(row.id)) for row in by_parent.get(parent_id, ()))

    return list(below(None))


def _theme_view(row: Any, below: tuple[ThemeView, ...]) -> ThemeView:
    return ThemeView(
        id=row.id,
        parent_id=row.parent_id,
        key=row.key,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        description=row.description,
        description_en=row.description_en,
        certainty=row.certainty,
        initiatives=tuple(InitiativeView(**initiative) for initiative in row.initiatives or ()),
        below=below,
        target_groups=tuple(row.target_groups),
        markers=tuple(row.markers),
        ended_at=row.ended_at,
    )


def _refs() -> Select[Any]:
    return (
        select(*ref_columns(Theme, Strategy))
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .limit(MOST_THEMES)
    )


def _ref(row: Any) -> ThemeRef:
    return ThemeRef(
        id=row.id,
        key=row.key,
        name=row.name,
        name_en=row.name_en,
        strategy_key=row.strategy_key,
        strategy_title=row.strategy_title,
        strategy_title_en=row.strategy_title_en,
        period_from=row.period_from,
        period_to=row.period_to,
        parent_id=row.parent_id,
    )


def _family_order(refs: Sequence[ThemeRef]) -> Iterator[ThemeRef]:
    """Each theme right after the one it hangs under."""

    def below(parent_id: int | None) -> Iterator[ThemeRef]:
        for ref in refs:
            if ref.parent_id == parent_id:
                yield ref
                yield from below(ref.id)

    return below(None)
