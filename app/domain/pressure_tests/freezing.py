"""Themes as they are now, and as they were when a test began; what has become other since."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, beside, read
from app.core.kept import kept
from app.domain.pressure_tests.models import HeldStrategy, HeldTheme
from app.domain.strategies.models import Strategy, Theme

MOST_THEMES = 500


@dataclass(frozen=True, slots=True)
class ThemeNow:
    """A theme as it stands in its strategy; `above` is the name of the one it hangs under, or empty."""

    id: int
    strategy_id: int
    key: str
    above: str
    name: str
    name_en: str
    description: str
    target_groups: tuple[str, ...]
    markers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Why a test is out of date. `kind`: added, removed, renamed, reworded (of a theme), or changed where
    something else of the strategy is other. `before` and `after` are names; empty where there is none."""

    kind: Literal["added", "removed", "renamed", "reworded", "changed"]
    strategy_id: int
    before: str
    after: str


def list_themes_now(session: Session, strategy_ids: Collection[int] | None = None) -> list[ThemeNow]:
    """Every theme in force, those that hang under another right after it; one statement. None: of all
    strategies."""
    statement = _themes_now(strategy_ids is not None)
    values = {"strategies_now": sorted(strategy_ids)} if strategy_ids is not None else {}
    return _as_they_hang(session.execute(statement, values).all())


@kept
def _themes_now(is_narrowed: bool) -> Select[Any]:
    statement = select(
        Theme.id,
        Theme.parent_id,
        Theme.strategy_id,
        Theme.key,
        Theme.name,
        func.coalesce(Theme.name_en, "").label("name_en"),
        Theme.description,
        Theme.target_groups,
        Theme.markers,
    ).where(Theme.ended_at.is_(None))
    if is_narrowed:
        statement = statement.where(Theme.strategy_id.in_(bindparam("strategies_now", expanding=True)))
    return statement.order_by(Theme.strategy_id, Theme.position, Theme.id)


def _as_they_hang(rows: Sequence[Any]) -> list[ThemeNow]:
    names = {row.id: row.name for row in rows}
    below: dict[int | None, list[Any]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in names else None, []).append(row)

    def walk(parent_id: int | None) -> Iterable[Any]:
        for row in below.get(parent_id, ()):
            yield row
            yield from walk(row.id)

    return [
        ThemeNow(
            id=row.id,
            strategy_id=row.strategy_id,
            key=row.key,
            above=names.get(row.parent_id, ""),
            name=row.name,
            name_en=row.name_en,
            description=row.description,
            target_groups=tuple(row.target_groups),
            markers=tuple(row.markers),
        )
        for row in walk(None)
    ]


def mark_of(themes: Iterable[ThemeNow]) -> str:
    """The fingerprint of a strategy's themes: of their Danish words, and of where they hang."""
    told = sorted(
        [one.key, one.above, one.name, one.description, list(one.target_groups), list(one.markers)]
        for one in themes
    )
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def list_marks_now(session: Session) -> dict[int, str]:
    """{strategy id: the fingerprint of its themes}, of every strategy; two statements."""
    by_strategy: dict[int, list[ThemeNow]] = {
        strategy_id: [] for strategy_id in session.scalars(select(Strategy.id))
    }
    for theme in list_themes_now(session):
        by_strategy[theme.strategy_id].append(theme)
    return {strategy_id: mark_of(themes) for strategy_id, themes in by_strategy.items()}


def freeze(
    session: Session, test_id: int, titles: Mapping[int, tuple[str, str]], themes: Sequence[ThemeNow]
) -> list[HeldTheme]:
    """Write down the strategies, {id: title and English title}, and all their themes for a test."""
    place = 0
    held: list[HeldTheme] = []
    for position, (strategy_id, (title, title_en)) in enumerate(titles.items(), 1):
        own = [theme for theme in themes if theme.strategy_id == strategy_id]
        session.add(
            HeldStrategy(
                test_id=test_id,
                strategy_id=strategy_id,
                position=position,
                title=title,
                title_en=title_en,
                mark=mark_of(own),
            )
        )
        for theme in own:
            place += 1
            held.append(
                HeldTheme(
                    test_id=test_id,
                    strategy_id=strategy_id,
                    theme_id=theme.id,
                    position=place,
                    above=theme.above,
                    name=theme.name,
                    name_en=theme.name_en,
                    description=theme.description,
                )
            )
    session.add_all(held)
    session.flush()
    return held


def find_changes(session: Session, test_ids: Collection[int]) -> dict[int, tuple[Change, ...]]:
    """What has become other since each of these tests began; two statements however many, none for none."""
    return read(session, changes_of(test_ids))


def changes_of(test_ids: Collection[int]) -> Asking[dict[int, tuple[Change, ...]]]:
    """The same, to be asked beside others."""
    if not test_ids:
        return {}
    tests = {"frozen": list(test_ids)}
    strategies, themes = yield from beside(asked(_strategies_held(), tests), asked(_themes_held(), tests))
    held: dict[tuple[int, int], dict[int, Any]] = {}
    for row in themes:
        held.setdefault((row.test_id, row.strategy_id), {})[row.theme_id] = row
    strategy_ids = sorted({row.strategy_id for row in strategies})
    rows = yield from asked(_themes_now(True), {"strategies_now": strategy_ids})
    now: dict[int, dict[int, ThemeNow]] = {}
    for theme in _as_they_hang(rows):
        now.setdefault(theme.strategy_id, {})[theme.id] = theme
    found: dict[int, tuple[Change, ...]] = {}
    for row in strategies:
        current = now.get(row.strategy_id, {})
        if mark_of(current.values()) == row.mark:
            continue
        changes = tuple(_compare(row.strategy_id, held.get((row.test_id, row.strategy_id), {}), current)) or (
            Change("changed", row.strategy_id, "", ""),
        )
        found[row.test_id] = (*found.get(row.test_id, ()), *changes)
    return found


@kept
def _strategies_held() -> Select[Any]:
    return (
        select(HeldStrategy.test_id, HeldStrategy.strategy_id, HeldStrategy.mark)
        .where(HeldStrategy.test_id.in_(bindparam("frozen", expanding=True)))
        .order_by(HeldStrategy.test_id, HeldStrategy.position)
    )


@kept
def _themes_held() -> Select[Any]:
    return (
        select(
            HeldTheme.test_id,
            HeldTheme.strategy_id,
            HeldTheme.theme_id,
            HeldTheme.name,
            HeldTheme.description,
        )
        .where(HeldTheme.test_id.in_(bindparam("frozen", expanding=True)))
        .order_by(HeldTheme.position)
    )


def _compare(strategy_id: int, held: Mapping[int, Any], now: Mapping[int, ThemeNow]) -> Iterable[Change]:
    for theme_id, before in held.items():
        after = now.get(theme_id)
        if after is None:
            yield Change("removed", strategy_id, before.name, "")
        elif after.name != before.name:
            yield Change("renamed", strategy_id, before.name, after.name)
        elif after.description != before.description:
            yield Change("reworded", strategy_id, before.name, after.name)
    for theme_id, theme in now.items():
        if theme_id not in held:
            yield Change("added", strategy_id, "", theme.name)
