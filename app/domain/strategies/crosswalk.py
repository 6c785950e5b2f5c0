"""The crosswalk: which theme became which, so that what was said under an old one is found under a new one.

Looking from a theme one follows the lines back in time (what went into it, what it was split off from) or on
(what it was split into), and never turns around: what else an old theme was split into is another matter.
Two themes that are the same are one, both ways. Whatever hangs below a theme belongs to it.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
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

from app.core.asking import Asking, asked, beside, read
from app.core.audit import record, snapshot
from app.core.clock import now
from app.core.kept import kept
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.strategies.models import Strategy, Theme, ThemeLink
from app.domain.strategies.policy import (
    OWN_LEVEL,
    may_edit_strategies,
    may_read_own_policy,
    may_write_policy,
)
from app.domain.strategies.queries import ThemeRef, ref_columns, theme_id_at
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

    @property
    def link_ids(self) -> list[int]:
        """The links through which any of them does."""
        return sorted({link.id for links in self.links.values() for link in links})

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
    wanted = list(dict.fromkeys(theme_ids))
    return read(session, crosswalk()).find_meaning(wanted) if wanted else ThemeMeaning({})


def themes_meaning_each(session: Session, theme_ids: Iterable[int]) -> dict[int, ThemeMeaning]:
    """The same for each of them by itself, {theme id: meaning}; one statement for all."""
    wanted = list(dict.fromkeys(theme_ids))
    if not wanted:
        return {}
    known = read(session, crosswalk())
    return {theme_id: known.find_meaning([theme_id]) for theme_id in wanted}


def mean_theme(session: Session, path: str) -> ThemeMeaning:
    """What a theme named "strategy-key/theme-key" means, with all below it; nothing where there is none. One
    statement."""
    known, theme_id = read(session, beside(crosswalk(), theme_id_at(path)))
    return known.find_meaning([theme_id] if theme_id is not None else [])


def themes_meant(session: Session) -> Subquery:
    """Pairs (row_id, theme_id) of each theme and all that it means, for counting in the database; one
    statement."""
    return _with_themselves(pair_up(read(session, crosswalk()).meant))


def meant_as_told() -> Subquery:
    """The same for a statement that is kept: it is asked with what the crosswalk has `told`."""
    lists = (bindparam(name, type_=ARRAY(BigInteger)) for name in ("meaning_themes", "themes_meant"))
    return _with_themselves(pairs_of(*lists))


def _with_themselves(pairs: Subquery) -> Subquery:
    themselves = select(Theme.id.label("row_id"), Theme.id.label("theme_id"))
    return select(pairs.c.row_id, pairs.c.theme_id).union(themselves).subquery("meant")


def themes_meaning_more(session: Session) -> dict[int, ThemeMeaning]:
    """What each theme means that means more than itself; one statement."""
    known = read(session, crosswalk())
    return {theme_id: known.find_meaning([theme_id]) for theme_id in known.ids}


def pair_up(rows: Mapping[int, Sequence[int]]) -> Subquery:
    """The pairs (row_id, theme_id) of {a theme: the ids of all that it means}, as a table."""
    row_ids, theme_ids = split_pairs(rows)
    return pairs_of(
        bindparam("row_ids", row_ids, type_=ARRAY(BigInteger), unique=True),
        bindparam("theme_ids", theme_ids, type_=ARRAY(BigInteger), unique=True),
    )


def split_pairs(rows: Mapping[int, Sequence[int]]) -> tuple[list[int], list[int]]:
    """The same pairs as two lists of equal length."""
    pairs = [(row_id, theme_id) for row_id, theme_ids in rows.items() for theme_id in theme_ids]
    return [row_id for row_id, _ in pairs], [theme_id for _, theme_id in pairs]


def pairs_of(row_ids: BindParameter[Any], theme_ids: BindParameter[Any]) -> Subquery:
    """The same pairs as a table, of two lists that a statement is asked with."""
    given = (
        func.unnest(row_ids, theme_ids)
        .table_valued(column("row_id", BigInteger), column("theme_id", BigInteger), name="given")
        .render_derived()
    )
    return select(given.c.row_id, given.c.theme_id).subquery("under")


def crosswalk() -> Asking["Crosswalk"]:
    """All of it, to walk along more than once, or to be asked beside others."""
    return Crosswalk((yield from asked(_links_and_trees())))


class Crosswalk:
    """The links and the trees, to walk along."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._below: dict[int, list[int]] = {}
        self._steps: dict[int, list[tuple[Link, int, Way | None]]] = {}
        for row in rows:
            if row.kind == "below":
                self._below.setdefault(row.from_id, []).append(row.to_id)
            else:
                self._add(Link(row.id, row.kind, row.from_id, row.to_id))

    @property
    def ids(self) -> list[int]:
        """The themes that mean more than themselves."""
        return sorted({*self._below, *self._steps})

    @property
    def meant(self) -> dict[int, list[int]]:
        """What each of those means."""
        return {theme_id: self.find_meaning([theme_id]).ids for theme_id in self.ids}

    @property
    def told(self) -> dict[str, list[int]]:
        """The same as the values that a statement with `meant_as_told` is asked with."""
        return dict(zip(("meaning_themes", "themes_meant"), split_pairs(self.meant), strict=True))

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


@kept
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

    `is_removed`: those that were taken away instead. One statement.
    """
    return read(session, links_of(theme_ids, is_removed=is_removed))


def links_of(
    theme_ids: Sequence[int] | None = None, *, is_removed: bool = False
) -> Asking[list[ThemeLinkView]]:
    """The same, to be asked beside others."""
    values = {} if theme_ids is None else {"linked": list(theme_ids)}
    rows = yield from asked(_links_in_order(is_removed, of_some=theme_ids is not None), values)
    return [_view(row) for row in rows]


@kept
def _links_in_order(is_removed: bool, of_some: bool) -> Select[Any]:
    statement = (
        _links_with_themes()
        .where(ThemeLink.removed_at.is_not(None) if is_removed else ThemeLink.removed_at.is_(None))
        .order_by(_Before.period_from.asc().nulls_last(), _Before.key, _From.position, _From.id, ThemeLink.id)
        .limit(MOST_LINKS)
    )
    if of_some:
        themes = bindparam("linked", expanding=True)
        statement = statement.where(ThemeLink.from_theme_id.in_(themes) | ThemeLink.to_theme_id.in_(themes))
    return statement


def links_with(ids: Iterable[int]) -> Asking[dict[int, ThemeLinkView]]:
    """Those lines of the crosswalk, by id, for saying through which one something was found."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = yield from asked(_links_numbered(), {"links": wanted})
    return {row.id: _view(row) for row in rows}


@kept
def _links_numbered() -> Select[Any]:
    return _links_with_themes().where(ThemeLink.id.in_(bindparam("links", expanding=True)))


def name_links(session: Session, ways: Mapping[K, Sequence[Link]]) -> dict[K, tuple[ThemeLinkView, ...]]:
    """The links through which things were found, with their words, by the same keys; those that were found
    without are left out. One statement, none where nothing was found through a link."""
    ids = {link.id for links in ways.values() for link in links}
    return put_names(ways, read(session, links_with(ids)))


def put_names(
    ways: Mapping[K, Sequence[Link]], named: Mapping[int, ThemeLinkView]
) -> dict[K, tuple[ThemeLinkView, ...]]:
    """The same, of links whose words are at hand."""
    return {key: tuple(named[link.id] for link in links) for key, links in ways.items() if links}


_From, _Before = aliased(Theme), aliased(Strategy)
_To, _After = aliased(Theme), aliased(Strategy)


def _links_with_themes() -> Select[Any]:
    """Links with all that names the theme on either side."""
    return (
        select(
            ThemeLink.id,
            ThemeLink.kind,
            ThemeLink.note,
            ThemeLink.note_en,
            ThemeLink.source_urls,
            *(one.label(f"from_{one.key}") for one in ref_columns(_From, _Before)),
            *(one.label(f"to_{one.key}") for one in ref_columns(_To, _After)),
        )
        .join(_From, _From.id == ThemeLink.from_theme_id)
        .join(_Before, _Before.id == _From.strategy_id)
        .outerjoin(_To, _To.id == ThemeLink.to_theme_id)
        .outerjoin(_After, _After.id == _To.strategy_id)
    )


def _view(row: Any) -> ThemeLinkView:
    sides = [{name: getattr(row, f"{side}_{name}") for name in ThemeRef.__slots__} for side in ("from", "to")]
    return ThemeLinkView(
        row.id,
        row.kind,
        ThemeRef(**sides[0]),
        ThemeRef(**sides[1]) if row.to_id is not None else None,
        row.note,
        row.note_en,
        tuple(row.source_urls),
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
