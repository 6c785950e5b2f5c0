"""A municipality's own policy: for everybody to read in all its editions, and written by its own people."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, ThemeOut, answer
from app.api.asking import make_router
from app.api.organisations import find_municipality
from app.api.paging import Key
from app.api.verbs import Doors, Upon, pick
from app.core.policy import NotAllowed, NotFound, require
from app.domain.contributions.schemas import Given, Id
from app.domain.organisations.models import Organisation
from app.domain.strategies import own_policy
from app.domain.strategies.crosswalk import ThemeLinkView, link_themes, list_links, unlink_themes
from app.domain.strategies.own_policy import DraftView, EditionView
from app.domain.strategies.policy import OWN_LEVEL, may_read_own_policy, may_write_policy, own_municipality
from app.domain.strategies.queries import StrategyView, list_strategies_of, list_themes, walk
from app.domain.strategies.schemas import PolicyDraftInput, PolicyPublishInput, ThemeLinkInput
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("kommuner")
PLACE = "/kommuner/{key}/politik"
DRAFT = PLACE + "/kladde"
LINKS = PLACE + "/koblinger"
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class PolicyThemeOut(Out):
    """A theme of a policy."""

    key: str | None = Field(description="Its key; null of one that is not published yet.")
    name: str
    description: str = Field(description="What it is about.")
    target_groups: list[str] = Field(description="Whom it is for.")
    markers: list[str] = Field(description="By what one sees that it works.")


class PolicyWordsOut(Out):
    """The words of a policy."""

    name: str
    owner: str = Field(description="Who has approved it.")
    period_from: int | None
    period_to: int | None
    facts: list[str] = Field(description="What else is said of it.")
    source_urls: list[str]
    themes: list[PolicyThemeOut] = Field(description="In their order.")


class EditionLineOut(Out):
    """That a policy was published."""

    number: int = Field(description="The number of the edition.")
    note: str = Field(description="What was new in it.")
    published_at: datetime | None
    is_in_force: bool = Field(description="Whether it is the one in force.")


class PolicyOut(Out):
    """A policy in force; its themes: /temaer/{key}."""

    key: str
    name: str
    name_en: str | None
    owner: str = Field(description="Who has approved it.")
    period_from: int | None
    period_to: int | None
    facts: list[str] = Field(description="What else is said of it.")
    source_urls: list[str]
    editions: list[EditionLineOut] = Field(description="All that was published, the newest first.")
    page: str = ""


class OwnPolicyOut(Out):
    """What a municipality has by way of a policy of its own."""

    municipality_key: str = Field(description="The key of the municipality.")
    items: list[PolicyOut] = Field(description="Its policies in force.")


class ChangeOut(Out):
    """What an edition has other than the one before."""

    what: str = Field(
        description="name, owner, period, facts, source_urls; or of a theme new, ended, moved …"
    )
    theme: str = Field(description="The name of the theme; empty of what is of the policy itself.")
    before: str = Field(description="The words before, where it is words that differ.")
    after: str = Field(description="The words now.")


class WholeEditionOut(EditionLineOut):
    """A policy as it was published, and what was new."""

    words: PolicyWordsOut = Field(description="As it was.")
    changes: list[ChangeOut] = Field(description="What it has other than the one before; empty of the first.")


class PolicyDraftOut(Out):
    """A policy that is being written, for the municipality's own people alone."""

    municipality_key: str = Field(description="The key of the municipality.")
    policy_key: str | None = Field(description="The policy that it is to replace; null for a new one.")
    words: PolicyWordsOut = Field(description="As far as it is written; before that what it begins from.")
    saved_at: datetime | None = Field(description="When it was saved last; null where nothing is written.")
    saved_by: str = Field(description="Who saved it last; empty where nobody did.")
    version: int = Field(description="How often it was saved; 0 where nothing is written.")


class OwnLinkOut(Out):
    """A joint theme that a theme of the policy is part of."""

    id: int
    theme: ThemeOut = Field(description="The own theme.")
    becomes: ThemeOut | None = Field(description="The joint theme.")


class OwnLinksOut(Out):
    """What the themes of a municipality's own policy are part of."""

    municipality_key: str = Field(description="The key of the municipality.")
    items: list[OwnLinkOut] = Field(description="In the order of the themes.")


class OwnLinkIn(Given):
    """A theme of the own policy, and the joint theme that it is part of, by their numbers."""

    from_theme_id: Id
    to_theme_id: Id


# --- reading


def list_policies(visit: Visit, place: Organisation) -> list[StrategyView]:
    found = list_strategies_of(visit.session, visit.actor, place.id)
    return [one for one in found if one.level == OWN_LEVEL]


def find_policy(visit: Visit, place: Organisation, policy_key: str) -> StrategyView:
    """Raises NotFound."""
    for one in list_policies(visit, place):
        if one.key == policy_key:
            return one
    raise NotFound


def _list_editions(visit: Visit, policy: StrategyView) -> list[EditionView]:
    return own_policy.list_editions(visit.session, visit.actor, policy.id)


def show(visit: Visit, key: str) -> tuple[OwnPolicyOut, None]:
    place = find_municipality(visit, key)
    names = set(PolicyOut.model_fields) - {"editions", "page"}
    items = [
        PolicyOut.model_validate(
            {name: getattr(one, name) for name in names}
            | {"editions": _list_editions(visit, one)}
            | {"page": f"{visit.kit.site.base_url}/kommuner/{key}/politik"}
        )
        for one in list_policies(visit, place)
    ]
    return OwnPolicyOut(municipality_key=key, items=items), None


@router.get(PLACE, dependencies=[anyone], response_model=OwnPolicyOut)
def show_policy(visit: AVisit, key: Key) -> Response:
    """A municipality's own policy, and the editions before."""
    return answer(visit, show(visit, key)[0])


@router.get(PLACE + "/{policy_key}/udgaver/{number}", dependencies=[anyone], response_model=WholeEditionOut)
def show_edition(visit: AVisit, key: Key, policy_key: Key, number: Number) -> Response:
    """An edition as it was, and what was new in it."""
    policy = find_policy(visit, find_municipality(visit, key), policy_key)
    editions = {one.number: one for one in _list_editions(visit, policy)}
    if number not in editions:
        raise NotFound
    one, before = editions[number], editions.get(number - 1)
    changes = own_policy.compare_editions(before.words, one.words) if before else []
    told = {name: getattr(one, name) for name in EditionLineOut.model_fields}
    told |= {"words": one.words, "changes": changes}
    return answer(visit, WholeEditionOut.model_validate(told))


# --- writing


def _find_draft(visit: Visit, key: str, policy_key: str) -> tuple[StrategyView | None, DraftView | None]:
    """The policy that is to be replaced (None for a new one) and what is written of it, for who writes it."""
    place = find_municipality(visit, key)
    if own_municipality(visit.actor) != place.id:
        raise NotAllowed
    require(may_write_policy(visit.session, visit.actor))
    policy = find_policy(visit, place, policy_key) if policy_key else None
    return policy, own_policy.find_policy_draft(visit.session, visit.actor, policy.id if policy else None)


def _find_begun(visit: Visit, key: str, policy_key: str) -> DraftView:
    """What is written. Raises NotFound where nothing is."""
    _policy, draft = _find_draft(visit, key, policy_key)
    if draft is None:
        raise NotFound
    return draft


def show_draft(visit: Visit, name: str) -> tuple[PolicyDraftOut, int]:
    key, _word, policy_key = name.partition("/")
    policy, draft = _find_draft(visit, key, policy_key)
    words = draft.words if draft else None
    if words is None and policy is not None:
        words = own_policy.read_policy(visit.session, visit.actor, policy.id)
    version = draft.version if draft else 0
    told = PolicyDraftOut(
        municipality_key=key,
        policy_key=policy_key or None,
        words=PolicyWordsOut.model_validate(words or PolicyDraftInput()),
        saved_at=draft.saved_at if draft else None,
        saved_by=draft.saved_by if draft else "",
        version=version,
    )
    return told, version


def show_links(visit: Visit, key: str) -> tuple[OwnLinksOut, None]:
    items = [OwnLinkOut.model_validate(one) for one in _list_own_links(visit, key)]
    return OwnLinksOut(municipality_key=key, items=items), None


def _list_own_links(visit: Visit, key: str) -> list[ThemeLinkView]:
    _find_draft(visit, key, "")
    policies = list_policies(visit, find_municipality(visit, key))
    own = {theme.id for one in policies for theme in walk(list_themes(visit.session, one.id))}
    links = list_links(visit.session, sorted(own)) if own else []
    return [link for link in links if link.kind == "part_of" and link.theme.id in own]


doors = Doors(router, OwnPolicyOut, show)
drafts = Doors(router, PolicyDraftOut, show_draft, worded="policy_")
links = Doors(router, OwnLinksOut, show_links)


@router.get(DRAFT, dependencies=[only(may_read_own_policy)], response_model=PolicyDraftOut)
def show_own_draft(visit: AVisit, key: Key, politik: Key = "") -> Response:
    """What is written of a policy, or of a new one; before anything is, what it begins from."""
    thing, version = show_draft(visit, f"{key}/{politik}")
    return answer(visit, thing, version=version)


@drafts.put(DRAFT, may_read_own_policy)
def save_draft(visit: Visit, upon: Upon, key: Key, given: PolicyDraftInput, politik: Key = "") -> str:
    """Keep what is written so far; nobody else sees it."""
    policy, draft = _find_draft(visit, key, politik)
    version = upon.of(draft.version if draft else 0)
    own_policy.save_policy_draft(visit.session, visit.actor, policy.id if policy else None, given, version)
    return f"{key}/{politik}"


@drafts.delete(DRAFT, may_read_own_policy)
def discard_draft(visit: Visit, upon: Upon, key: Key, politik: Key = "") -> str:
    """Throw the draft away; what is published stays."""
    draft = _find_begun(visit, key, politik)
    own_policy.discard_policy_draft(visit.session, visit.actor, draft.id, upon.of(draft.version))
    return f"{key}/{politik}"


@doors.post(PLACE + "/udgiv", may_read_own_policy)
def publish(visit: Visit, upon: Upon, key: Key, given: PolicyPublishInput, politik: Key = "") -> str:
    """Make the draft the policy in force, for all to read; the edition before stays readable."""
    draft = _find_begun(visit, key, politik)
    own_policy.publish_policy(visit.session, visit.actor, draft.id, upon(draft.version, given))
    return key


# --- what the themes are part of


@router.get(LINKS, dependencies=[only(may_read_own_policy)], response_model=OwnLinksOut)
def list_own_links(visit: AVisit, key: Key) -> Response:
    """The joint themes that those of the own policy are part of."""
    return answer(visit, show_links(visit, key)[0])


@links.post(LINKS, may_read_own_policy)
def link_theme(visit: Visit, key: Key, given: OwnLinkIn) -> str:
    """Say which joint theme an own theme is part of."""
    _find_draft(visit, key, "")
    link_themes(visit.session, visit.actor, ThemeLinkInput(**given.model_dump(), kind="part_of"))
    return key


@links.delete(LINKS + "/{link_id}", may_read_own_policy)
def unlink_theme(visit: Visit, key: Key, link_id: RowId) -> str:
    """Say that an own theme is no part of the joint one."""
    one = pick(_list_own_links(visit, key), link_id)
    unlink_themes(visit.session, visit.actor, one.id)
    return key
