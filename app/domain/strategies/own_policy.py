"""A municipality's own policy: written in a draft that nobody else sees, published in editions that stay.

A theme that is left out of a new edition has ended: it stands in no menu any more, and what was put under it
stays under it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import slug
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order
from app.domain.strategies.events import PolicyPublished, StrategyChanged
from app.domain.strategies.models import Strategy, Theme
from app.domain.strategies.policy import (
    OWN_LEVEL,
    drafts_visible_to,
    may_choose_writers,
    may_edit_strategies,
    may_read_own_policy,
    may_see_draft,
    may_write_policy,
    visible_to,
)
from app.domain.strategies.policy_models import PolicyDraft, PolicyWriter, StrategyEdition
from app.domain.strategies.schemas import PolicyDraftInput, PolicyPublishInput, PolicyThemeInput
from app.domain.users.models import Membership, User

MOST_DRAFTS = 50
MOST_EDITIONS = 200
MOST_WRITERS = 500


@dataclass(frozen=True, slots=True)
class DraftView:
    """A policy that is being written. `strategy_key`: the published one that it is to replace."""

    id: int
    municipality_id: int
    strategy_id: int | None
    strategy_key: str | None
    words: PolicyDraftInput
    saved_at: datetime
    saved_by: str
    version: int


@dataclass(frozen=True, slots=True)
class EditionView:
    """A policy as it was published; without a day where it came with the archive."""

    number: int
    words: PolicyDraftInput
    note: str
    published_at: datetime | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class WriterView:
    """Somebody of the municipality, and whether they write its policy: as admin, or chosen for it."""

    membership_id: int
    name: str
    title: str
    is_admin: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What one edition has other than the one before. `what` names it: name, owner, period, facts or
    source_urls of the policy; new, ended, renamed, description, target_groups, markers or moved of a theme.

    `theme`: its name now, or the one it had where it has ended. `before`, `after`: the words, where it is
    words that differ.
    """

    what: str
    theme: str = ""
    before: str = ""
    after: str = ""


# --- reading


def compare_editions(before: PolicyDraftInput, after: PolicyDraftInput) -> list[PolicyChange]:
    """What became other from one edition to another: the policy itself, then its themes in their order."""
    changes = [
        PolicyChange(what, before=old, after=new)
        for what, old, new in zip(
            ("name", "owner", "period", "facts", "source_urls"),
            _own_words(before),
            _own_words(after),
            strict=True,
        )
        if old != new
    ]
    known = {theme.key: theme for theme in before.themes if theme.key is not None}
    stayed = [theme.key for theme in after.themes if theme.key in known]
    order_before = [key for key in known if key in stayed]
    for theme in after.themes:
        was = known.get(theme.key) if theme.key is not None else None
        changes += _compare_themes(was, theme)
        if was is not None and stayed.index(theme.key) != order_before.index(theme.key):  # type: ignore[arg-type]
            changes.append(PolicyChange("moved", theme.name))
    return changes + [PolicyChange("ended", theme.name) for key, theme in known.items() if key not in stayed]


def _own_words(words: PolicyDraftInput) -> tuple[str, ...]:
    years = [str(year) if year is not None else "" for year in (words.period_from, words.period_to)]
    period = "–".join(years) if any(years) else ""
    return words.name, words.owner, period, "\n".join(words.facts), "\n".join(words.source_urls)


def _compare_themes(was: PolicyThemeInput | None, theme: PolicyThemeInput) -> list[PolicyChange]:
    if was is None:
        return [PolicyChange("new", theme.name)]
    words = [
        ("renamed", was.name, theme.name),
        ("description", was.description, theme.description),
        ("target_groups", "\n".join(was.target_groups), "\n".join(theme.target_groups)),
        ("markers", "\n".join(was.markers), "\n".join(theme.markers)),
    ]
    return [PolicyChange(what, theme.name, old, new) for what, old, new in words if old != new]


def list_policy_drafts(session: Session, actor: Actor) -> list[DraftView]:
    """What the own municipality is writing, the newest first. One statement."""
    return [_draft_view(row) for row in session.execute(_drafts(actor).limit(MOST_DRAFTS))]


def find_policy_draft(session: Session, actor: Actor, strategy_id: int | None) -> DraftView | None:
    """The draft of that policy, or of a new one."""
    row = session.execute(
        _drafts(actor).where(PolicyDraft.strategy_id.is_not_distinct_from(strategy_id))
    ).one_or_none()
    return _draft_view(row) if row is not None else None


def _drafts(actor: Actor) -> Any:
    return (
        select(PolicyDraft, Strategy.key.label("strategy_key"), User.name.label("saved_by"))
        .outerjoin(Strategy, Strategy.id == PolicyDraft.strategy_id)
        .outerjoin(User, User.id == PolicyDraft.saved_by_id)
        .where(drafts_visible_to(actor))
        .order_by(PolicyDraft.saved_at.desc(), PolicyDraft.id.desc())
    )


def _draft_view(row: Any) -> DraftView:
    draft = row.PolicyDraft
    return DraftView(
        draft.id,
        draft.municipality_id,
        draft.strategy_id,
        row.strategy_key,
        PolicyDraftInput.model_validate(draft.words),
        draft.saved_at,
        row.saved_by or "",
        draft.version,
    )


def read_policy(session: Session, actor: Actor, strategy_id: int) -> PolicyDraftInput | None:
    """A published policy as it stands, to begin a new edition from. Two statements."""
    strategy = session.scalars(
        select(Strategy).where(visible_to(actor), Strategy.id == strategy_id, Strategy.level == OWN_LEVEL)
    ).one_or_none()
    return _words(session, strategy) if strategy is not None else None


def list_editions(session: Session, actor: Actor, strategy_id: int) -> list[EditionView]:
    """All that was published of a policy, the newest first. Open to all, as the policy is. One statement."""
    rows = session.execute(
        select(StrategyEdition, Strategy.edition)
        .join(Strategy, Strategy.id == StrategyEdition.strategy_id)
        .where(visible_to(actor), Strategy.id == strategy_id)
        .order_by(StrategyEdition.number.desc())
        .limit(MOST_EDITIONS)
    )
    return [
        EditionView(
            edition.number,
            PolicyDraftInput.model_validate(edition.words),
            edition.note,
            edition.published_at,
            edition.number == in_force,
        )
        for edition, in_force in rows
    ]


def list_writers(session: Session, actor: Actor) -> list[WriterView]:
    """The confirmed people of the own municipality, and who of them writes its policy. One statement."""
    require(may_read_own_policy(actor))
    rows = session.execute(
        select(Membership.id, User.name, Membership.title, Membership.role, PolicyWriter.chosen_at)
        .join(User, User.id == Membership.user_id)
        .outerjoin(PolicyWriter, PolicyWriter.membership_id == Membership.id)
        .where(
            Membership.organisation_id == actor.organisation_id,
            Membership.confirmed_at.is_not(None),
            Membership.ended_at.is_(None),
        )
        .order_by(danish_order(User.name), Membership.id)
        .limit(MOST_WRITERS)
    )
    return [
        WriterView(row.id, row.name, row.title, row.role == "admin", row.chosen_at is not None)
        for row in rows
    ]


# --- who writes


def choose_writer(session: Session, actor: Actor, membership_id: int) -> None:
    """Let somebody of the own municipality write its policy; nothing happens if they do already."""
    require(may_choose_writers(actor))
    _own_membership(session, actor, membership_id)
    if session.get(PolicyWriter, membership_id) is None:
        session.add(PolicyWriter(membership_id=membership_id, chosen_by_id=actor.user_id, chosen_at=now()))
        record(session, actor, "choose_writer", "membership", membership_id)


def put_writer(session: Session, actor: Actor, membership_id: int) -> None:
    """Somebody of the seed who writes the policy of their municipality; nothing happens if they do."""
    require(may_edit_strategies(actor))
    if session.get(PolicyWriter, membership_id) is None:
        session.add(PolicyWriter(membership_id=membership_id, chosen_by_id=actor.user_id, chosen_at=now()))
        record(session, actor, "choose_writer", "membership", membership_id)


def unchoose_writer(session: Session, actor: Actor, membership_id: int) -> None:
    """Let them write it no longer; nothing happens if they do not."""
    require(may_choose_writers(actor))
    _own_membership(session, actor, membership_id)
    writer = session.get(PolicyWriter, membership_id)
    if writer is not None:
        session.delete(writer)
        record(session, actor, "unchoose_writer", "membership", membership_id)


def _own_membership(session: Session, actor: Actor, membership_id: int) -> None:
    membership = session.get(Membership, membership_id, with_for_update=True, populate_existing=True)
    if (
        membership is None
        or membership.organisation_id != actor.organisation_id
        or membership.confirmed_at is None
        or membership.ended_at is not None
    ):
        raise NotFound


# --- writing


def save_policy_draft(
    session: Session, actor: Actor, strategy_id: int | None, given: PolicyDraftInput, version: int
) -> PolicyDraft:
    """Keep what is written so far. `version`: of the draft as it was read, 0 where there is none yet.

    Refused: stale (somebody saved it meanwhile), unknown_theme (a theme that is not in the policy).
    """
    require(may_write_policy(session, actor))
    if strategy_id is not None:
        _own_strategy(session, actor, strategy_id)
    _refuse_unknown_themes(session, strategy_id, given.themes)
    # Two who begin at once come one after the other.
    session.get(Organisation, actor.organisation_id, with_for_update=True)
    draft = session.scalars(
        select(PolicyDraft)
        .where(drafts_visible_to(actor), PolicyDraft.strategy_id.is_not_distinct_from(strategy_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if (draft.version if draft is not None else 0) != version:
        raise Refused("stale")
    is_new = draft is None
    if draft is None:
        draft = PolicyDraft(municipality_id=actor.organisation_id, strategy_id=strategy_id, version=0)
        session.add(draft)
    draft.words, draft.version = given.model_dump(mode="json"), version + 1
    draft.saved_at, draft.saved_by_id = now(), actor.user_id
    session.flush()
    if is_new:
        record(session, actor, "draft", "policy", draft.id, after={"strategy_id": strategy_id})
    return draft


def discard_policy_draft(session: Session, actor: Actor, draft_id: int, version: int) -> None:
    """Throw the draft away; what is published stays. Refused: stale."""
    draft = _own_draft(session, actor, draft_id, version)
    session.delete(draft)
    record(session, actor, "discard", "policy", draft_id, before={"strategy_id": draft.strategy_id})
    session.flush()


def publish_policy(session: Session, actor: Actor, draft_id: int, given: PolicyPublishInput) -> Strategy:
    """Make the draft the policy in force, for all to read; the edition before stays readable.

    Refused: stale, policy_without_name, policy_without_owner, policy_period, policy_without_themes,
    theme_without_name, theme_named_twice.
    """
    draft = _own_draft(session, actor, draft_id, given.version)
    words = PolicyDraftInput.model_validate(draft.words)
    _refuse_unfinished(words)
    if draft.strategy_id is None:
        strategy = _begin_strategy(session, actor, words)
    else:
        strategy = _own_strategy(session, actor, draft.strategy_id)
        if strategy.edition == 0:
            before = _words(session, strategy).model_dump(mode="json")
            session.add(StrategyEdition(strategy_id=strategy.id, number=1, words=before, published_at=None))
            strategy.edition = 1
    changed = _put_words(session, strategy, words)
    strategy.edition += 1
    session.flush()
    # As it stands now, with the keys that new themes were given.
    edition = StrategyEdition(
        strategy_id=strategy.id,
        number=strategy.edition,
        words=_words(session, strategy).model_dump(mode="json"),
        note=given.note,
        published_at=now(),
        published_by_id=actor.user_id,
    )
    session.add(edition)
    session.delete(draft)
    after = {"edition": strategy.edition, "theme_ids": sorted(changed)}
    record(session, actor, "publish_policy", "strategy", strategy.id, after=after)
    announce(session, StrategyChanged(strategy.id, tuple(sorted(changed))))
    announce(session, PolicyPublished(strategy.id, strategy.edition))
    return strategy


def _refuse_unfinished(words: PolicyDraftInput) -> None:
    names = [theme.name.casefold() for theme in words.themes]
    years = words.period_from, words.period_to
    wrongs = {
        "policy_without_name": not words.name,
        "policy_without_owner": not words.owner,
        "policy_period": None not in years and years[0] > years[1],  # type: ignore[operator]
        "policy_without_themes": not names,
        "theme_without_name": "" in names,
        "theme_named_twice": len(set(names)) < len(names),
    }
    for code, is_wrong in wrongs.items():
        if is_wrong:
            raise Refused(code)


def _own_draft(session: Session, actor: Actor, draft_id: int, version: int) -> PolicyDraft:
    require(may_read_own_policy(actor))
    draft = session.get(PolicyDraft, draft_id, with_for_update=True, populate_existing=True)
    if draft is None or not may_see_draft(actor, draft):
        raise NotFound
    require(may_write_policy(session, actor))
    if draft.version != version:
        raise Refused("stale")
    return draft


def _own_strategy(session: Session, actor: Actor, strategy_id: int) -> Strategy:
    strategy = session.get(Strategy, strategy_id, with_for_update=True, populate_existing=True)
    if strategy is None:
        raise NotFound
    require(strategy.level == OWN_LEVEL and strategy.municipality_id == actor.organisation_id)
    return strategy


def _refuse_unknown_themes(
    session: Session, strategy_id: int | None, themes: Sequence[PolicyThemeInput]
) -> None:
    named = [theme.key for theme in themes if theme.key is not None]
    known = set(session.scalars(select(Theme.key).where(Theme.strategy_id == strategy_id)))
    if len(set(named)) < len(named) or not known.issuperset(named):
        raise Refused("unknown_theme")


def _begin_strategy(session: Session, actor: Actor, words: PolicyDraftInput) -> Strategy:
    municipality = session.get_one(Organisation, actor.organisation_id)
    strategy = Strategy(
        key=_free_key(f"{municipality.key}-{slug(words.name)}", set(session.scalars(select(Strategy.key)))),
        name=words.name,
        level=OWN_LEVEL,
        owner=words.owner,
        municipality_id=municipality.id,
        edition=0,
    )
    session.add(strategy)
    session.flush()
    return strategy


def _put_words(session: Session, strategy: Strategy, words: PolicyDraftInput) -> set[int]:
    """The ids of the themes that came, changed or ended."""
    if strategy.name != words.name:
        # What stands in another language is of the old name.
        strategy.name_en = strategy.short_name = strategy.short_name_en = None
    if strategy.facts != words.facts:
        strategy.facts_en = []
    if strategy.owner != words.owner:
        strategy.owner_en = ""
    strategy.name, strategy.owner = words.name, words.owner
    strategy.period_from, strategy.period_to = words.period_from, words.period_to
    strategy.facts, strategy.source_urls = words.facts, words.source_urls
    strategy.completeness = strategy.completeness_en = strategy.source_note = ""
    known = {
        theme.key: theme
        for theme in session.scalars(select(Theme).where(Theme.strategy_id == strategy.id).with_for_update())
    }
    keys, kept = set(known), []
    for position, given in enumerate(words.themes, 1):
        theme = known.get(given.key or "")
        if theme is None:
            key = _free_key(slug(given.name), keys)
            keys.add(key)
            theme = Theme(strategy_id=strategy.id, key=key, name=given.name, keywords=[])
            session.add(theme)
        _put_theme(theme, position, given)
        kept.append(theme)
    session.flush()
    kept_ids = {theme.id for theme in kept}
    for theme in known.values():
        if theme.id not in kept_ids and theme.ended_at is None:
            theme.ended_at = now()
    return kept_ids | {theme.id for theme in known.values()}


def _put_theme(theme: Theme, position: int, given: PolicyThemeInput) -> None:
    if theme.name != given.name:
        theme.name_en = None
    if theme.description != given.description:
        theme.description_en = ""
    theme.position, theme.code, theme.ended_at = position, str(position), None
    theme.name, theme.description = given.name, given.description
    theme.target_groups, theme.markers = given.target_groups, given.markers


def _words(session: Session, strategy: Strategy) -> PolicyDraftInput:
    themes = session.scalars(
        select(Theme)
        .where(Theme.strategy_id == strategy.id, Theme.ended_at.is_(None))
        .order_by(Theme.position, Theme.id)
    )
    return PolicyDraftInput(
        name=strategy.name,
        owner=strategy.owner,
        period_from=strategy.period_from,
        period_to=strategy.period_to,
        facts=strategy.facts,
        source_urls=strategy.source_urls,
        themes=[
            PolicyThemeInput(
                key=theme.key,
                name=theme.name,
                description=theme.description,
                target_groups=theme.target_groups,
                markers=theme.markers,
            )
            for theme in themes
        ],
    )


def _free_key(wanted: str, taken: set[str]) -> str:
    """The wanted key, or the first of wanted-2, wanted-3 … that is free."""
    if wanted not in taken:
        return wanted
    return next(key for number in range(2, len(taken) + 3) if (key := f"{wanted}-{number}") not in taken)
