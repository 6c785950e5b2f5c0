"""Reading what somebody follows, and what is new on it. Each person reads only their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, exists, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.contributions.models import AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.policy import visible_to
from app.domain.contributions.queries import AnswerView, ContributionView, ThemeTag, list_under_theme
from app.domain.contributions.under_themes import list_answers
from app.domain.following.models import Follow
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User

NEWS = 20


@dataclass(frozen=True, slots=True)
class Interests:
    """The fields that somebody works in, and the ids of the themes that they follow."""

    fields: tuple[str, ...]
    theme_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """The followed themes, and for every theme at or below them which followed ones it belongs to."""

    themes: tuple[ThemeTag, ...]
    reasons: Mapping[int, tuple[ThemeTag, ...]]


@dataclass(frozen=True, slots=True)
class News:
    """Something new, said or answered (one of the two), and because of which followed themes it is shown."""

    at: datetime
    said: ContributionView | None
    answer: AnswerView | None
    because: tuple[ThemeTag, ...]


def find_interests(session: Session, user_id: int) -> Interests:
    """What somebody has chosen, in two statements."""
    fields = session.scalars(select(User.fields).where(User.id == user_id)).one()
    ids = session.scalars(
        select(Follow.thing_id)
        .where(Follow.user_id == user_id, Follow.kind == "theme")
        .order_by(Follow.thing_id)
    )
    return Interests(tuple(fields), tuple(ids))


def is_following(session: Session, actor: Actor, kind: str, thing_id: int) -> bool:
    """Whether the actor follows this thing; strangers follow nothing, without a statement."""
    if not actor.is_signed_in:
        return False
    own = exists().where(Follow.user_id == actor.user_id, Follow.kind == kind, Follow.thing_id == thing_id)
    return bool(session.scalar(select(own)))


def followed_tree(user_id: int | None) -> CTE:
    """The themes that somebody follows (`root`), each with itself and every theme below it (`id`)."""
    tree = (
        select(Follow.thing_id.label("root"), Follow.thing_id.label("id"))
        .where(Follow.user_id == user_id, Follow.kind == "theme")
        .cte("tree", recursive=True)
    )
    return tree.union(select(tree.c.root, Theme.id).join(tree, Theme.parent_id == tree.c.id))


def find_followed(session: Session, actor: Actor) -> Followed:
    """The themes that the actor follows with all below them, in one statement."""
    if not actor.is_signed_in:
        return Followed((), {})
    tree = followed_tree(actor.user_id)
    rows = session.execute(
        select(tree.c.id.label("below_id"), Theme.id, Theme.key, Strategy.key, Theme.name, Theme.name_en)
        .join(Theme, Theme.id == tree.c.root)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .order_by(Strategy.period_from.desc().nulls_last(), Strategy.key, Theme.position, Theme.id)
    )
    themes: dict[int, ThemeTag] = {}
    reasons: dict[int, tuple[ThemeTag, ...]] = {}
    for below_id, *values in rows:
        theme = themes.setdefault(values[0], ThemeTag(*values))
        reasons[below_id] = (*reasons.get(below_id, ()), theme)
    return Followed(tuple(themes.values()), reasons)


def list_news(session: Session, actor: Actor, followed: Followed, limit: int = NEWS) -> list[News]:
    """What was said and answered under the followed themes, the newest first; three statements at most."""
    ids = list(followed.reasons)
    if not ids:
        return []
    said = list_under_theme(session, actor, ids, per_page=limit).rows
    answers = [one for one in list_answers(session, actor, ids) if one.published_at is not None]
    under = _themes_of_answers(session, actor, [answer.id for answer in answers], ids)
    news = [News(one.received_at, one, None, _because(followed, [t.id for t in one.themes])) for one in said]
    for one in answers:
        if one.published_at is not None:
            news.append(News(one.published_at, None, one, _because(followed, under.get(one.id, []))))
    return sorted(news, key=lambda one: one.at, reverse=True)[:limit]


def _because(followed: Followed, theme_ids: list[int]) -> tuple[ThemeTag, ...]:
    found = {tag.id: tag for theme_id in theme_ids for tag in followed.reasons.get(theme_id, ())}
    return tuple(found.values())


def _themes_of_answers(
    session: Session, actor: Actor, answer_ids: list[int], theme_ids: list[int]
) -> dict[int, list[int]]:
    """{answer id: those of the themes that what it answers stands under}, as far as the actor sees it."""
    found: dict[int, list[int]] = {}
    if not answer_ids:
        return found
    rows = session.execute(
        select(AnswerContribution.answer_id, ContributionTheme.theme_id)
        .join(Contribution, Contribution.id == AnswerContribution.contribution_id)
        .join(ContributionTheme, ContributionTheme.contribution_id == Contribution.id)
        .where(
            visible_to(actor),
            AnswerContribution.answer_id.in_(answer_ids),
            ContributionTheme.theme_id.in_(theme_ids),
        )
        .order_by(ContributionTheme.theme_id)
    )
    for answer_id, theme_id in rows:
        found.setdefault(answer_id, []).append(theme_id)
    return found
