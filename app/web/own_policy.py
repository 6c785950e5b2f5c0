"""A municipality's own policy, with all its editions, for everybody to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi.responses import Response

from app.core.policy import NotAllowed, NotFound
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import find_municipality
from app.domain.strategies.crosswalk import list_links
from app.domain.strategies.own_policy import (
    DraftView,
    EditionView,
    PolicyChange,
    compare_editions,
    list_editions,
    list_policy_drafts,
)
from app.domain.strategies.policy import (
    OWN_LEVEL,
    may_choose_writers,
    may_write_policy,
    own_municipality,
)
from app.domain.strategies.queries import (
    StrategyView,
    ThemeRef,
    ThemeView,
    list_strategies_of,
    list_themes,
    walk,
)
from app.http.doors import Router
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web.sources import SourceLink, name_sources

router = Router()

PLACE: Final = "/kommuner/{key}/politik"


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """A policy in force. `links`: by the id of a theme, the joint themes that it is part of."""

    policy: StrategyView
    themes: tuple[ThemeView, ...]
    links: Mapping[int, tuple[ThemeRef, ...]]
    editions: Sequence[EditionView]
    sources: Sequence[SourceLink]


@dataclass
class PolicyPage(Page):
    """`drafts`: what is being written, for the municipality's own."""

    template: ClassVar[str] = "own_policy/show.html"
    municipality: Organisation
    policies: list[PolicyShown]
    drafts: list[DraftView]
    is_own: bool
    may_write: bool
    may_choose: bool


@dataclass
class EditionPage(Page):
    """An edition as it was. `changes`: what it has other than `before`, the one before it."""

    template: ClassVar[str] = "own_policy/edition.html"
    municipality: Organisation
    policy: StrategyView
    edition: EditionView
    before: EditionView | None
    after: EditionView | None
    changes: list[PolicyChange]


# --- reading


def get_municipality(visit: Visit, key: str) -> Organisation:
    municipality = find_municipality(visit.session, key)
    if municipality is None:
        raise NotFound
    return municipality


def get_own_municipality(visit: Visit, key: str) -> Organisation:
    """The municipality, by one of its own confirmed people."""
    municipality = get_municipality(visit, key)
    if own_municipality(visit.actor) != municipality.id:
        raise NotAllowed("not_allowed")
    return municipality


def list_policies(visit: Visit, municipality: Organisation) -> list[StrategyView]:
    found = list_strategies_of(visit.session, visit.actor, municipality.id)
    return [one for one in found if one.level == OWN_LEVEL]


@router.get(PLACE, dependencies=[anyone])
def show_policy(visit: AVisit, key: str) -> Response:
    municipality = get_municipality(visit, key)
    is_own = own_municipality(visit.actor) == municipality.id
    return visit.page(
        PolicyPage(
            municipality=municipality,
            policies=[_show(visit, policy) for policy in list_policies(visit, municipality)],
            drafts=list_policy_drafts(visit.session, visit.actor) if is_own else [],
            is_own=is_own,
            may_write=is_own and may_write_policy(visit.session, visit.actor),
            may_choose=is_own and may_choose_writers(visit.actor),
        )
    )


def _show(visit: Visit, policy: StrategyView) -> PolicyShown:
    themes = tuple(walk(list_themes(visit.session, policy.id)))
    links: dict[int, tuple[ThemeRef, ...]] = {}
    for link in list_links(visit.session, [theme.id for theme in themes]) if themes else ():
        if link.becomes is not None and link.kind == "part_of":
            links[link.theme.id] = (*links.get(link.theme.id, ()), link.becomes)
    return PolicyShown(
        policy,
        themes,
        links,
        list_editions(visit.session, visit.actor, policy.id),
        name_sources(policy.source_urls),
    )


@router.get(PLACE + "/{policy_key}/udgaver/{number:int}", dependencies=[anyone])
def show_edition(visit: AVisit, key: str, policy_key: str, number: int) -> Response:
    municipality = get_municipality(visit, key)
    policy = find_policy_of(visit, municipality, policy_key)
    editions = {one.number: one for one in list_editions(visit.session, visit.actor, policy.id)}
    if number not in editions:
        raise NotFound
    before = editions.get(number - 1)
    return visit.page(
        EditionPage(
            municipality=municipality,
            policy=policy,
            edition=editions[number],
            before=before,
            after=editions.get(number + 1),
            changes=compare_editions(before.words, editions[number].words) if before else [],
        )
    )


def find_policy_of(visit: Visit, municipality: Organisation, policy_key: str) -> StrategyView:
    for policy in list_policies(visit, municipality):
        if policy.key == policy_key:
            return policy
    raise NotFound
