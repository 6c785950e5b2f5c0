"""The crosswalk: which theme became which, so that what was said under an old one is found under a new one.

Looking from a theme one follows the lines back in time (what went into it, what it was split off from) or on
(what it was split into), and never turns around: what else an old theme was split into is another matter.
Two themes that are the same are one, both ways. Whatever hangs below a theme belongs to it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import (
    BigInteger,
    Select,
    Subquery,
    bindparam,
    cast,
    column,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.core.audit import record, snapshot
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.strategies.models import Strategy, Theme, ThemeLink
from app.domain.strategies.policy import (
    OWN_LEVEL,
    may_edit_strategies,
    may_read_own_policy,
    may_write_policy,
)
from app.domain.strategies.queries import ThemeRef, find_theme_ids, find_themes
from app.domain.strategies.schemas import LinkKind, ThemeLinkInput

MOST_LINKS = 2_000
MOST_TREES = 20_000

Way = Literal["back", "on"]
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the crosswalk, without its words. `to_id` is missing where the theme has ended."""

    id: int
    kind: LinkKind
    from_id: int
    to_id: int | None


@dataclass(frozen=True, slots=True)
class ThemeLinkView:
    """A line of the crosswalk as pages show it."""

    id: int
    kind: LinkKind
    theme: ThemeRef
    becomes: ThemeRef | None
    note: str
    note_en: str
    source_urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThemeMeaning:
    """What some themes mean: by the id of each theme that belongs to them, the links by which it does.

    No links for the themes themselves and those that hang below them; of several ways the shortest, the link
    nearest to them first.
    """

    links: dict[int, tuple[Link, ...]]

    @property
    def ids(self) -> list[int]:
        return sorted(self.links)

    @property
    def linked_ids(self) -> list[int]:
        """Those that belong to them through a link only."""
        return [theme_id for theme_id in self.ids if self.links[theme_id]]

    def is_linked(self, theme_ids: Iterable[int]) -> bool:
        """Whether something with these themes belongs to them through a link only."""
        held = [theme_id for theme_id in theme_ids if theme_id in self.links]
        return bool(held) and all(self.links[theme_id] for theme_id in held)

    def via(self, theme_ids: Iterable[int]) -> tuple[Link, ...]:
        """The links through which something with these themes is found; none where it stands there itself."""
        ways = [self.links[theme_id] for theme_id in theme_ids if theme_id in self.links]
        return min(ways, key=len, default=())


# --- reading


def themes_meaning(session: Session, theme_ids: Iterable[int]) -> ThemeMeaning:
    """All themes that these mean, with all that hangs below them; circles do no harm. One statement."""
    asked = list(dict.fromkeys(theme_ids))
    return _Crosswalk(session).find_meaning(asked) if asked else ThemeMeaning({})


def themes_meaning_each(session: Session, theme_ids: Iterable[int]) -> dict[int, ThemeMeaning]:
    """The same for each of them by itself, {theme id: meaning}; one statement for all."""
    asked = list(dict.fromkeys(theme_ids))
    if not asked:
        return {}
    crosswalk = _Crosswalk(session)
    return {theme_id: crosswalk.find_meaning([theme_id]) for theme_id in asked}


def mean_theme(session: Session, path: str) -> ThemeMeaning:
    """What a theme named "strategy-key/theme-key" means, with all below it; nothing where there is none. Two
    statements."""
    if "/" not in path:
        return ThemeMeaning({})
    return themes_meaning(session, find_theme_ids(session, [path]).values())


def themes_meant(session: Session) -> Subquery:
    """Pairs (row_id, theme_id) of each theme and all that it means, for counting in the database; one
    statement."""
    crosswalk = _Crosswalk(session)
    pairs = pair_up({theme_id: crosswalk.find_meaning([theme_id]).ids for theme_id in crosswalk.ids})
    themselves = select(Theme.id.label("row_id"), Theme.id.label("theme_id"))
    return select(pairs.c.row_id, pairs.c.theme_id).union(themselves).subquery("meant")


def themes_meaning_more(session: Session) -> dict[int, ThemeMeaning]:
    """What each theme means that means more than itself; one statement."""
    crosswalk = _Crosswalk(session)
    return {theme_id: crosswalk.find_meaning([theme_id]) for theme_id in crosswalk.ids}


def pair_up(rows: Mapping[int, Sequence[int]]) -> Subquery:
    """The pairs (row_id, theme_id) of {a theme: the ids of all that it means}, as a table."""
    pairs = [(row_id, theme_id) for row_id, theme_ids in rows.items() for theme_id in theme_ids]
    given = (
        func.unnest(
            bindparam("row_ids", [row_id for row_id, _ in pairs], type_=ARRAY(BigInteger), unique=True),
            bindparam("theme_ids", [theme_id for _, theme_id in pairs], type_=ARRAY(BigInteger), unique=True),
        )
        .table_valued(column("row_id", BigInteger), column("theme_id", BigInteger), name="given")
        .render_derived()
    )
    return select(given.c.row_id, given.c.theme_id).subquery("under")


class _Crosswalk:
    """The links and the trees, to walk along."""

    def __init__(self, session: Session) -> None:
        self._below: dict[int, list[int]] = {}
        self._steps: dict[int, list[tuple[Link, int, Way | None]]] = {}
        for row in session.execute(_links_and_trees()):
            if row.kind == "below":
                self._below.setdefault(row.from_id, []).append(row.to_id)
            else:
                self._add(Link(row.id, row.kind, row.from_id, row.to_id))

    @property
    def ids(self) -> list[int]:
        """The themes that mean more than themselves."""
        return sorted({*self._below, *self._steps})

    def _add(self, link: Link) -> None:
        if link.to_id is None:
            return
        back: Way | None = None if link.kind == "same" else "back"
        self._steps.setdefault(link.to_id, []).append((link, link.from_id, back))
        if link.kind in ("same", "split"):
            on: Way | None = None if link.kind == "same" else "on"
            self._steps.setdefault(link.from_id, []).append((link, link.to_id, on))

    def find_meaning(self, theme_ids: Sequence[int]) -> ThemeMeaning:
        found: dict[int, tuple[Link, ...]] = {}
        seen: set[tuple[int, Way | None]] = set()
        # Breadth first, so that the first way to a theme is a shortest one.
        waiting: deque[tuple[int, Way | None, tuple[Link, ...]]] = deque()
        for theme_id in theme_ids:
            waiting.append((theme_id, None, ()))
        while waiting:
            theme_id, way, links = waiting.popleft()
            if (theme_id, way) in seen:
                continue
            seen.add((theme_id, way))
            found.setdefault(theme_id, links)
            for below in self._below.get(theme_id, ()):
                # As near as the theme itself: before all that is a link further away.
                waiting.appendleft((below, way, links))
            for link, other, turn in self._steps.get(theme_id, ()):
                if way is None or turn is None or turn == way:
                    waiting.append((other, way or turn, (*links, link)))
        return ThemeMeaning(found)


def _links_and_trees() -> Select[Any]:
    """Every link, and every theme that hangs under another, as (id, kind, from_id, to_id)."""
    links = select(
        ThemeLink.id,
        ThemeLink.kind,
        ThemeLink.from_theme_id.label("from_id"),
        ThemeLink.to_theme_id.label("to_id"),
    ).where(ThemeLink.removed_at.is_(None))
    trees = select(
        cast(null(), ThemeLink.id.type),
        literal("below"),
        Theme.parent_id,
        Theme.id,
    ).where(Theme.parent_id.is_not(None))
    every = union_all(links, trees).subquery("every")
    return select(every).order_by(every.c.id, every.c.to_id).limit(MOST_LINKS + MOST_TREES)


def list_links(
    session: Session, theme_ids: Sequence[int] | None = None, *, is_removed: bool = False
) -> list[ThemeLinkView]:
    """The lines of the crosswalk that these themes stand in, or all; by the strategies' order in time.

    `is_removed`: those that were taken away instead. Two statements.
    """
    earlier, strategy = aliased(Theme), aliased(Strategy)
    statement = (
        select(ThemeLink)
        .join(earlier, earlier.id == ThemeLink.from_theme_id)
        .join(strategy, strategy.id == earlier.strategy_id)
        .where(ThemeLink.removed_at.is_not(None) if is_removed else ThemeLink.removed_at.is_(None))
        .order_by(
            strategy.period_from.asc().nulls_last(), strategy.key, earlier.position, earlier.id, ThemeLink.id
        )
        .limit(MOST_LINKS)
    )
    if theme_ids is not None:
        statement = statement.where(
            ThemeLink.from_theme_id.in_(theme_ids) | ThemeLink.to_theme_id.in_(theme_ids)
        )
    links = session.scalars(statement).all()
    themes = find_themes(session, _themes_of(links)) if links else {}
    return [_view(link, themes) for link in links]


def find_links(session: Session, ids: Iterable[int]) -> dict[int, ThemeLinkView]:
    """Those lines of the crosswalk, by id, for saying through which one something was found."""
    wanted = set(ids)
    if not wanted:
        return {}
    links = session.scalars(select(ThemeLink).where(ThemeLink.id.in_(wanted))).all()
    themes = find_themes(session, _themes_of(links)) if links else {}
    return {link.id: _view(link, themes) for link in links}


def name_links(session: Session, ways: Mapping[K, Sequence[Link]]) -> dict[K, tuple[ThemeLinkView, ...]]:
    """The links through which things were found, with their words, by the same keys; those that were found
    without are left out. Two statements, none where nothing was found through a link."""
    named = find_links(session, {link.id for links in ways.values() for link in links})
    return {key: tuple(named[link.id] for link in links) for key, links in ways.items() if links}


def _themes_of(links: Sequence[ThemeLink]) -> Iterator[int]:
    for link in links:
        yield link.from_theme_id
        if link.to_theme_id is not None:
            yield link.to_theme_id


def _view(link: ThemeLink, themes: dict[int, ThemeRef]) -> ThemeLinkView:
    return ThemeLinkView(
        link.id,
        link.kind,  # type: ignore[arg-type]
        themes[link.from_theme_id],
        themes[link.to_theme_id] if link.to_theme_id is not None else None,
        link.note,
        link.note_en,
        tuple(link.source_urls),
    )


# --- the verbs


def link_themes(session: Session, actor: Actor, given: ThemeLinkInput) -> ThemeLink:
    """Say what became of a theme. One link of two themes, whichever is the earlier.

    A municipality links the themes of its own policy to those of joint strategies that they are part of.
    Refused: unknown_theme, link_known (there is one already), link_ended (it has ended, or goes on already).
    """
    require(may_link_themes(session, actor, given))
    _lock_themes(session, given)
    known = _find_same(session, given)
    if known is not None and known.removed_at is None:
        raise Refused("link_known")
    if _contradicts(session, given):
        raise Refused("link_ended")
    return _put(session, actor, given, known)


def put_link(session: Session, actor: Actor, given: ThemeLinkInput) -> ThemeLink:
    """A link of the archive; one of the same two themes stays as people left it, also taken away."""
    require(may_edit_strategies(actor))
    known = _find_same(session, given)
    return known if known is not None else _put(session, actor, given, None)


def unlink_themes(session: Session, actor: Actor, link_id: int) -> None:
    """Take a link away; nothing that was said is touched by it. A municipality takes its own away."""
    require(may_edit_strategies(actor) or may_read_own_policy(actor))
    link = session.get(ThemeLink, link_id, with_for_update=True, populate_existing=True)
    if link is None or link.removed_at is not None:
        raise NotFound
    require(may_link_themes(session, actor, link))
    before = snapshot(link)
    link.removed_at = now()
    record(session, actor, "unlink", "theme", link.from_theme_id, before=before)


def relink_themes(session: Session, actor: Actor, link_id: int) -> None:
    """Put a link back that was taken away; nothing happens if it is there. Refused: link_ended."""
    require(may_edit_strategies(actor) or may_read_own_policy(actor))
    link = session.get(ThemeLink, link_id, with_for_update=True, populate_existing=True)
    if link is None:
        raise NotFound
    require(may_link_themes(session, actor, link))
    if link.removed_at is None:
        return
    _lock_themes(session, link)
    if _contradicts(session, link):
        raise Refused("link_ended")
    link.removed_at = None
    record(session, actor, "link", "theme", link.from_theme_id, after=snapshot(link))


def may_link_themes(session: Session, actor: Actor, given: ThemeLinkInput | ThemeLink) -> bool:
    """Staff links what it will. Who writes a municipality's policy says which joint theme an own theme in
    force is a part of, and nothing else: "the same" would let one municipality make two joint themes one.
    """
    if may_edit_strategies(actor):
        return True
    if given.kind != "part_of" or not may_write_policy(session, actor):
        return False
    rows = session.execute(
        select(Theme.id, Strategy.level, Strategy.municipality_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(Theme.id.in_([given.from_theme_id, given.to_theme_id]), Theme.ended_at.is_(None))
    )
    found = {row.id: row for row in rows}
    own, joint = found.get(given.from_theme_id), found.get(given.to_theme_id or 0)
    is_own = own is not None and own.municipality_id == actor.organisation_id and own.level == OWN_LEVEL
    return is_own and joint is not None and joint.level != OWN_LEVEL


def _lock_themes(session: Session, given: ThemeLinkInput | ThemeLink) -> None:
    # Two who link the same themes at once come one after the other.
    ids = [theme_id for theme_id in (given.from_theme_id, given.to_theme_id) if theme_id is not None]
    found = session.scalars(
        select(Theme.id).where(Theme.id.in_(ids)).order_by(Theme.id).with_for_update()
    ).all()
    if len(found) < len(ids):
        raise Refused("unknown_theme")


def _find_same(session: Session, given: ThemeLinkInput) -> ThemeLink | None:
    """The link of the two, in either direction; one that is in force first."""
    one, other = given.from_theme_id, given.to_theme_id
    if other is None:
        same = (ThemeLink.from_theme_id == one) & ThemeLink.to_theme_id.is_(None)
    else:
        same = (ThemeLink.from_theme_id == one) & (ThemeLink.to_theme_id == other)
        same |= (ThemeLink.from_theme_id == other) & (ThemeLink.to_theme_id == one)
    return session.scalars(
        select(ThemeLink)
        .where(same)
        .order_by(ThemeLink.removed_at.is_not(None), ThemeLink.from_theme_id != one, ThemeLink.id)
        .limit(1)
    ).one_or_none()


def _contradicts(session: Session, given: ThemeLinkInput | ThemeLink) -> bool:
    """Whether a theme would both have ended and have become another one."""
    goes_on = select(ThemeLink.id).where(
        ThemeLink.from_theme_id == given.from_theme_id,
        ThemeLink.removed_at.is_(None),
        ThemeLink.to_theme_id.is_not(None) if given.kind == "ended" else ThemeLink.to_theme_id.is_(None),
    )
    return bool(session.scalar(select(goes_on.exists())))


def _put(session: Session, actor: Actor, given: ThemeLinkInput, known: ThemeLink | None) -> ThemeLink:
    link = known if known is not None else ThemeLink()
    for field, value in given.model_dump().items():
        setattr(link, field, value)
    link.linked_by_id, link.linked_at, link.removed_at = actor.user_id, now(), None
    session.add(link)
    session.flush()
    record(session, actor, "link", "theme", link.from_theme_id, after=snapshot(link))
    return link
