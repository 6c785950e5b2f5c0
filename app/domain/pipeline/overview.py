"""A municipality's projects by the themes of its own policy, its neighbours, and its committee's report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import today
from app.core.i18n import DEFAULT, LANGUAGES
from app.core.policy import Actor
from app.domain.organisations.models import Organisation
from app.domain.pipeline.policy import Audience, reader_of
from app.domain.pipeline.things import ThingCard, read_cards, themes_of_things, things_visible_to
from app.domain.strategies.crosswalk import pair_up, themes_meaning_each
from app.domain.strategies.models import Strategy, Theme, ThemeLink
from app.domain.strategies.policy import OWN_LEVEL
from app.domain.strategies.queries import (
    StrategyView,
    ThemeRef,
    ThemeView,
    find_themes,
    list_strategies_of,
    list_themes,
    walk,
)

# The name of the paper; lasting, as it stands in the database. The folder of the words it is told with.
REPORT: Final = "committee_report"
FOLDER: Final = "committee_reports"
MOST_PROJECTS = 300
MOST_NEIGHBOURS = 200
PER_THEME = 10


@dataclass(frozen=True, slots=True)
class Choices:
    """For whom a committee's report is made, and in which language."""

    audience: Audience = "everybody"
    language: str = DEFAULT

    def as_json(self) -> dict[str, Any]:
        """As plain JSON; `read_choices` makes the same of it."""
        return {"audience": self.audience, "language": self.language}


def read_choices(given: Mapping[str, Any]) -> Choices:
    """Choices from `as_json`."""
    language = given.get("language")
    return Choices(
        "municipality" if given.get("audience") == "municipality" else "everybody",
        language if language in LANGUAGES else DEFAULT,
    )


@dataclass(frozen=True, slots=True)
class PolicyThemes:
    """A municipality's policy with its themes in force."""

    policy: StrategyView
    themes: tuple[ThemeView, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Projects by themes. `hits`: the ids of the own themes that each project supports, in the same order.

    `total`: how many projects there are; more than `projects` holds only where there are very many.
    """

    policies: tuple[PolicyThemes, ...]
    projects: tuple[ThingCard, ...]
    hits: tuple[frozenset[int], ...]
    total: int

    @property
    def themes(self) -> tuple[ThemeView, ...]:
        return tuple(theme for policy in self.policies for theme in policy.themes)

    @property
    def counts(self) -> dict[int, int]:
        """{theme id: its projects}, none left out."""
        counts = Counter(theme_id for hit in self.hits for theme_id in hit)
        return {theme.id: counts[theme.id] for theme in self.themes}

    @property
    def gaps(self) -> tuple[ThemeView, ...]:
        """The themes that no project supports."""
        counts = self.counts
        return tuple(theme for theme in self.themes if not counts[theme.id])

    @property
    def adrift(self) -> tuple[ThingCard, ...]:
        """The projects that support no theme of the policy; none where there is no policy to support."""
        if not self.themes:
            return ()
        return tuple(card for card, hit in zip(self.projects, self.hits, strict=True) if not hit)


@dataclass(frozen=True, slots=True)
class NeighbourTheme:
    """A theme of another municipality's policy that is part of the same joint theme."""

    theme: ThemeRef
    municipality_key: str
    municipality_name: str


@dataclass(frozen=True, slots=True)
class JointTheme:
    """A joint theme, the own themes that are part of it, and what others do under it.

    `things`: the first of the others' ideas and projects under it, by the crosswalk; `total`: how many.
    """

    theme: ThemeRef
    own: tuple[ThemeRef, ...]
    neighbours: tuple[NeighbourTheme, ...]
    things: tuple[ThingCard, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CommitteeReport:
    """What a committee is given: the policy, what is done under it and what is missing, as of a day.

    `holds_own`: projects that are for the municipality alone are in it; it is not to be published.
    """

    municipality_key: str
    municipality_name: str
    made_on: date
    holds_own: bool
    overview: Overview
    stages: dict[str, int]
    barriers: dict[str, int]
    lessons: tuple[ThingCard, ...]
    neighbours: tuple[JointTheme, ...]
    choices: Choices

    @property
    def is_for_all(self) -> bool:
        return self.choices.audience == "everybody"

    @property
    def has_examples(self) -> bool:
        of_others = (card for joint in self.neighbours for card in joint.things)
        return any(card.is_example for card in (*self.overview.projects, *of_others))

    @property
    def stamp(self) -> str:
        """Changes when anything that the report tells does, and with nothing else."""
        hits = [sorted(hit) for hit in self.overview.hits]
        timeless = replace(self, made_on=date.min, overview=replace(self.overview, hits=()))
        return sha256(repr((timeless, hits)).encode()).hexdigest()


def find_overview(
    session: Session, actor: Actor, municipality_id: int, *, only_public: bool = False
) -> Overview:
    """A project supports a theme of the policy where somebody has said so; a joint theme that the two have in
    common does not say it. Five statements, and one more for each policy beyond the first."""
    policies = tuple(
        PolicyThemes(policy, tuple(walk(list_themes(session, policy.id))))
        for policy in list_strategies_of(session, actor, municipality_id)
        if policy.level == OWN_LEVEL
    )
    things = things_visible_to(actor)
    rule = (things.c.owner_id == municipality_id) & things.c.kind.in_(("project", "own_project"))
    if only_public:
        rule &= things.c.visibility == "public"
    # How many there are comes along with each row.
    rows = session.execute(
        select(things, func.count().over().label("total"))
        .where(rule)
        .order_by(things.c.kind, func.danish_sort_key(things.c.title), things.c.id)
        .limit(MOST_PROJECTS)
    ).all()
    projects = tuple(read_cards(session, rows))
    own = {theme.id for policy in policies for theme in policy.themes}
    hits = tuple(frozenset(own.intersection(card.theme_ids)) for card in projects)
    return Overview(policies, projects, hits, rows[0].total if rows else 0)


def list_neighbours(
    session: Session, actor: Actor, municipality_id: int, *, only_public: bool = False
) -> list[JointTheme]:
    """What others do under the joint themes that the municipality's own themes are part of.

    At most seven statements, however many there are.
    """
    own = _list_own_links(session, municipality_id)
    joint_ids = list(dict.fromkeys(joint_id for _, joint_id in own))
    if not joint_ids:
        return []
    others = _list_others(session, municipality_id, joint_ids)
    named = find_themes(session, {*joint_ids, *(one for one, _ in own), *(row[0] for row in others)})
    meanings = themes_meaning_each(session, joint_ids)
    totals, found = _list_things(
        session,
        actor,
        municipality_id,
        {theme_id: meaning.ids for theme_id, meaning in meanings.items()},
        only_public=only_public,
    )
    return [
        JointTheme(
            named[joint_id],
            tuple(named[theme_id] for theme_id, under in own if under == joint_id),
            tuple(
                NeighbourTheme(named[theme_id], key, name)
                for theme_id, under, key, name in others
                if under == joint_id
            ),
            found.get(joint_id, ()),
            totals.get(joint_id, 0),
        )
        for joint_id in joint_ids
    ]


def gather_committee_report(
    session: Session, municipality: Organisation, choices: Choices
) -> CommitteeReport:
    """The report of a municipality as the least of its audience reads it: whoever asks gets the same.

    Statements: those of the overview and of the neighbours.
    """
    reader, only_public = reader_of(choices.audience, municipality), choices.audience == "everybody"
    overview = find_overview(session, reader, municipality.id, only_public=only_public)
    return CommitteeReport(
        municipality.key,
        municipality.name,
        today(),
        any(card.visibility != "public" for card in overview.projects),
        overview,
        dict(Counter(card.stage for card in overview.projects)),
        dict(Counter(code for card in overview.projects for code in card.barriers)),
        tuple(card for card in overview.projects if card.lesson),
        tuple(list_neighbours(session, reader, municipality.id, only_public=only_public)),
        choices,
    )


def _list_own_links(session: Session, municipality_id: int) -> list[tuple[int, int]]:
    """(own theme in force, joint theme), in the order of the policy."""
    rows = session.execute(
        select(Theme.id, ThemeLink.to_theme_id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .join(ThemeLink, ThemeLink.from_theme_id == Theme.id)
        .where(
            Strategy.municipality_id == municipality_id,
            Strategy.level == OWN_LEVEL,
            Theme.ended_at.is_(None),
            ThemeLink.removed_at.is_(None),
            ThemeLink.to_theme_id.is_not(None),
        )
        .order_by(Strategy.key, Theme.position, Theme.id, ThemeLink.id)
        .limit(MOST_NEIGHBOURS)
    )
    return [(theme_id, joint_id) for theme_id, joint_id in rows if joint_id is not None]


def _list_others(
    session: Session, municipality_id: int, joint_ids: Sequence[int]
) -> list[tuple[int, int, str, str]]:
    """(theme, joint theme, its municipality's key and name) of the others' policies."""
    other = aliased(Organisation)
    rows = session.execute(
        select(Theme.id, ThemeLink.to_theme_id, other.key, other.name)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .join(other, other.id == Strategy.municipality_id)
        .join(ThemeLink, ThemeLink.from_theme_id == Theme.id)
        .where(
            Strategy.level == OWN_LEVEL,
            Strategy.municipality_id != municipality_id,
            Theme.ended_at.is_(None),
            ThemeLink.removed_at.is_(None),
            ThemeLink.to_theme_id.in_(joint_ids),
        )
        .order_by(func.danish_sort_key(other.name), Theme.position, Theme.id)
        .limit(MOST_NEIGHBOURS)
    )
    return [(theme_id, joint_id or 0, key, name) for theme_id, joint_id, key, name in rows]


def _list_things(
    session: Session,
    actor: Actor,
    municipality_id: int,
    under: dict[int, list[int]],
    *,
    only_public: bool,
) -> tuple[dict[int, int], dict[int, tuple[ThingCard, ...]]]:
    """{joint theme: how many things of others stand under it}, and the first of them."""
    things, standing, pairs = things_visible_to(actor), themes_of_things(), pair_up(under)
    rule = things.c.owner_id.is_distinct_from(municipality_id)
    if only_public:
        rule &= things.c.visibility == "public"
    hits = (
        select(pairs.c.row_id, things.c.kind, things.c.id, things.c.since)
        .join(standing, standing.c.theme_id == pairs.c.theme_id)
        .join(things, (things.c.kind == standing.c.kind) & (things.c.id == standing.c.id))
        .where(rule)
        .distinct()
        .subquery("hits")
    )
    order = hits.c.since.desc().nulls_last(), hits.c.kind, hits.c.id.desc()
    ranked = select(
        hits,
        func.row_number().over(partition_by=hits.c.row_id, order_by=order).label("place"),
        func.count().over(partition_by=hits.c.row_id).label("total"),
    ).subquery("ranked")
    rows = session.execute(
        select(ranked.c.row_id, ranked.c.total, things)
        .join(things, (things.c.kind == ranked.c.kind) & (things.c.id == ranked.c.id))
        .where(ranked.c.place <= PER_THEME)
        .order_by(ranked.c.row_id, ranked.c.place)
    ).all()
    cards = {(card.kind, card.id): card for card in read_cards(session, rows)}
    totals = {row.row_id: row.total for row in rows}
    found = {
        theme_id: tuple(cards[row.kind, row.id] for row in rows if row.row_id == theme_id)
        for theme_id in totals
    }
    return totals, found
