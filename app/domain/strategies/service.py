"""The verbs of strategies."""

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.organisations.queries import find_organisation
from app.domain.strategies.events import StrategyChanged
from app.domain.strategies.models import Initiative, Strategy, Theme
from app.domain.strategies.policy import may_edit_strategies
from app.domain.strategies.schemas import StrategyInput, ThemeInput


def put_strategy(session: Session, actor: Actor, given: StrategyInput) -> Strategy:
    """The strategy with its themes and initiatives, each added unless its key is there already.

    What is there stays as it is, so that the same facts twice add nothing and edits by people remain.
    Refused with `unknown_organisation` when its municipality is not known.
    """
    require(may_edit_strategies(actor))
    strategy = session.scalars(select(Strategy).where(Strategy.key == given.key)).one_or_none()
    is_new = strategy is None
    if strategy is None:
        strategy = _new_strategy(session, given)
        session.add(strategy)
        session.flush()
    new_themes = _add_themes(session, strategy.id, given.themes)
    changed = new_themes | _add_initiatives(session, strategy.id, given.themes)
    if is_new or changed:
        after = given.model_dump(mode="json")
        record(session, actor, "add" if is_new else "extend", "strategy", strategy.id, after=after)
        announce(session, StrategyChanged(strategy.id, tuple(sorted(changed))))
    return strategy


def _new_strategy(session: Session, given: StrategyInput) -> Strategy:
    municipality_id = None
    if given.municipality is not None:
        municipality = find_organisation(session, given.municipality)
        if municipality is None:
            raise Refused("unknown_organisation", key=given.municipality)
        municipality_id = municipality.id
    return Strategy(
        key=given.key,
        name=given.name,
        name_en=given.name_en,
        short_name=given.short_name,
        short_name_en=given.short_name_en,
        level=given.level,
        period_from=given.period_from,
        period_to=given.period_to,
        owner=given.owner,
        owner_en=given.owner_en or "",
        municipality_id=municipality_id,
        facts=given.facts,
        facts_en=given.facts_en,
        completeness=given.completeness or "",
        completeness_en=given.completeness_en or "",
        source_note=given.source_note or "",
        source_urls=given.source_urls,
    )


def _parents_first(themes: Iterable[ThemeInput]) -> Iterator[ThemeInput]:
    """The themes so that each comes after the one it hangs under; `StrategyInput` has seen that it can."""
    done: set[str | None] = {None}
    waiting = list(themes)
    while waiting:
        ready = [theme for theme in waiting if theme.parent in done]
        yield from ready
        done.update(theme.key for theme in ready)
        waiting = [theme for theme in waiting if theme.key not in done]


def _add_themes(session: Session, strategy_id: int, themes: list[ThemeInput]) -> set[int]:
    """Add the themes that are missing; their ids."""
    rows = session.execute(select(Theme.key, Theme.id).where(Theme.strategy_id == strategy_id))
    ids = {row.key: row.id for row in rows}
    positions = {theme.key: position for position, theme in enumerate(themes, 1)}
    added = set()
    for given in _parents_first(themes):
        if given.key in ids:
            continue
        theme = Theme(
            strategy_id=strategy_id,
            parent_id=ids[given.parent] if given.parent else None,
            key=given.key,
            code=given.code,
            position=positions[given.key],
            name=given.name,
            name_en=given.name_en,
            description=given.description or "",
            description_en=given.description_en or "",
            certainty=given.certainty,
            keywords=given.keywords,
            target_groups=given.target_groups,
            markers=given.markers,
        )
        session.add(theme)
        session.flush()
        ids[given.key] = theme.id
        added.add(theme.id)
    return added


def _add_initiatives(session: Session, strategy_id: int, themes: list[ThemeInput]) -> set[int]:
    """Add the initiatives that are missing; the ids of the themes that got one."""
    ids = {}
    known = set()
    rows = session.execute(
        select(Theme.key, Theme.id, Initiative.key)
        .outerjoin(Initiative, Initiative.theme_id == Theme.id)
        .where(Theme.strategy_id == strategy_id)
    )
    for theme_key, theme_id, key in rows:
        ids[theme_key] = theme_id
        known.add((theme_key, key))
    changed = set()
    for theme in themes:
        for position, given in enumerate(theme.initiatives, 1):
            if (theme.key, given.key) in known:
                continue
            session.add(
                Initiative(
                    theme_id=ids[theme.key],
                    key=given.key,
                    position=position,
                    name=given.name,
                    name_en=given.name_en,
                    note=given.note or "",
                    note_en=given.note_en or "",
                    certainty=given.certainty,
                    source_url=given.source_url,
                )
            )
            changed.add(ids[theme.key])
    return changed
