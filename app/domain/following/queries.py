"""Reading what somebody follows, and what is new on it. Each person reads only their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.kept import kept
from app.core.policy import Actor
from app.domain.contributions.models import AnswerContribution, Contribution, ContributionTheme
from app.domain.contributions.policy import visible_to
from app.domain.contributions.queries import AnswerView, ContributionView, ThemeTag, list_under_theme
from app.domain.contributions.under_themes import list_answers
from app.domain.following.models import Follow, FollowStop
from app.domain.strategies.crosswalk import Link, themes_meaning, themes_meaning_each
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import User

NEWS = 20
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Interests:
    """The fields that somebody works in, and the ids of the themes that they follow."""

    fields: tuple[str, ...]
    theme_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """The followed themes, and for every theme at or below them which followed ones it belongs to; those that
    it belongs to through the crosswalk last. `links`: through which links, of those that only do so.
    """

    themes: tuple[ThemeTag, ...]
    reasons: Mapping[int, tuple[ThemeTag, ...]]
    links: Mapping[int, tuple[Link, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """Something new, said or answered (one of the two), and because of which followed themes it is shown;
    `via`: through which links of the crosswalk, if only so."""

    at: datetime
    said: ContributionView | None
    answer: AnswerView | None
    because: tuple[ThemeTag, ...]
    via: tuple[Link, ...] = ()


def find_interests(session: Session, user_id: int) -> Interests:
    """What somebody has chosen, in two statements."""
    fields = session.scalars(select(User.fields).where(User.id == user_id)).one()
    ids = session.scalars(
        select(Follow.thing_id)
        .where(Follow.user_id == user_id, Follow.kind == "theme")
        .order_by(Follow.thing_id)
    )
    return Interests(tuple(fields), tuple(ids))


def find_pace(session: Session, actor: Actor, kind: str, thing_id: int) -> str | None:
    """At what pace the actor is told of this thing; None if they do not follow it. Strangers follow nothing,
    without a statement."""
    return read(session, pace_of(actor, kind, thing_id))


def pace_of(actor: Actor, kind: str, thing_id: int) -> Asking[str | None]:
    """The same, to be asked beside others."""
    if not actor.is_signed_in:
        return None
    rows = yield from asked(
        _paces(), {"followed_by": actor.user_id, "followed": kind, "follows_id": thing_id}
    )
    return rows[0].pace if rows else None


@kept
def _paces() -> Select[Any]:
    return select(Follow.pace).where(
        Follow.user_id == bindparam("followed_by"),
        Follow.kind == bindparam("followed"),
        Follow.thing_id == bindparam("follows_id"),
    )


@dataclass(frozen=True, slots=True)
class FollowLine:
    """Something that somebody follows, and at what pace they are told of it."""

    kind: str
    thing_id: int
    pace: str


def list_follows(session: Session, actor: Actor) -> list[FollowLine]:
    """All that the actor follows, what they began with last first; strangers nothing."""
    if not actor.is_signed_in:
        return []
    rows = session.execute(
        select(Follow.kind, Follow.thing_id, Follow.pace)
        .where(Follow.user_id == actor.user_id)
        .order_by(Follow.id.desc())
        .limit(MOST_LISTED)
    )
    return [FollowLine(*row) for row in rows]


def has_stopped_mails(session: Session, user_id: int | None) -> bool:
    """Whether somebody wants no mails about what they follow."""
    return user_id is not None and session.get(FollowStop, user_id) is not None


def is_there(session: Session, user_id: int) -> bool:
    """Whether there is such an account, and it is open."""
    return session.scalar(select(User.id).where(User.id == user_id, User.disabled_at.is_(None))) is not None


def list_followed_themes(session: Session, user_id: int | None) -> list[int]:
    """The ids of all themes that somebody follows by following some: these, those below them, and those that
    the crosswalk says they mean. Two statements."""
    followed = session.scalars(_followed_ids(user_id)).all()
    return themes_meaning(session, followed).ids


def _followed_ids(user_id: int | None) -> Select[tuple[int]]:
    return select(Follow.thing_id).where(Follow.user_id == user_id, Follow.kind == "theme")


def find_followed(session: Session, actor: Actor) -> Followed:
    """The themes that the actor follows with all that they mean, in two statements."""
    if not actor.is_signed_in:
        return Followed((), {})
    rows = session.execute(
        select(Theme.id, Theme.key, Strategy.key, Theme.name, Theme.name_en)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(Theme.id.in_(_followed_ids(actor.user_id)))
        .order_by(Strategy.period_from.desc().nulls_last(), Strategy.key, Theme.position, Theme.id)
    )
    themes = {row[0]: ThemeTag(*row) for row in rows}
    ways: dict[int, list[tuple[ThemeTag, tuple[Link, ...]]]] = {}
    for theme_id, meaning in themes_meaning_each(session, themes).items():
        for found, links in meaning.links.items():
            ways.setdefault(found, []).append((themes[theme_id], links))
    for found in ways.values():
        found.sort(key=lambda way: len(way[1]))
    return Followed(
        tuple(themes.values()),
        {theme_id: tuple(tag for tag, _ in found) for theme_id, found in ways.items()},
        {theme_id: found[0][1] for theme_id, found in ways.items() if found[0][1]},
    )


def list_news(session: Session, actor: Actor, followed: Followed, limit: int = NEWS) -> list[News]:
    """What was said and answered under the followed themes, the newest first; three statements at most."""
    ids = list(followed.reasons)
    if not ids:
        return []
    said = list_under_theme(session, actor, ids, per_page=limit).rows
    answers = [one for one in list_answers(session, actor, ids) if one.published_at is not None]
    under = _themes_of_answers(session, actor, [answer.id for answer in answers], ids)
    news = [_tell(followed, one.received_at, [tag.id for tag in one.themes], said=one) for one in said]
    for one in answers:
        if one.published_at is not None:
            news.append(_tell(followed, one.published_at, under.get(one.id, []), answer=one))
    return sorted(news, key=lambda one: one.at, reverse=True)[:limit]


def _tell(
    followed: Followed,
    at: datetime,
    theme_ids: list[int],
    said: ContributionView | None = None,
    answer: AnswerView | None = None,
) -> News:
    held = [theme_id for theme_id in theme_ids if theme_id in followed.reasons]
    because = {tag.id: tag for theme_id in held for tag in followed.reasons[theme_id]}
    via = min((followed.links.get(theme_id, ()) for theme_id in held), key=len, default=())
    return News(at, said, answer, tuple(because.values()), via)


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
