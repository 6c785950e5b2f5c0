"""What has happened to followed things, noted for each who follows and is written to: ids and codes alone.

A row waits until its mail is written, at the pace that its person has chosen; then it is asked anew what may
be read of it. Followers may be anybody: they are told of what everybody may read, whoever they speak for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce, is_heard
from app.core.jobs import defer
from app.core.policy import STRANGER
from app.domain.contributions.models import Contribution, ContributionTheme
from app.domain.contributions.policy import is_listed, visible_to
from app.domain.following.events import NewsDue
from app.domain.following.followers import REACHABLE, has_stopped, list_followers
from app.domain.following.models import Follow, FollowNews
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.strategies.crosswalk import Link, themes_meaning_each
from app.domain.users.models import User

KEPT_FOR: Final = timedelta(days=60)
# What was said longer ago than this and is changed now is nothing new.
FRESH_FOR: Final = timedelta(days=3)
MOST_SAID: Final = 2000
CHUNK: Final = 1000

C = Contribution
Things = Mapping[str, Collection[int]]  # {kind: ids}, as they can be followed


@dataclass(frozen=True, slots=True)
class NewsRow:
    """Something to tell one who follows."""

    follow_id: int
    what: str
    object_id: int
    detail_id: int = 0


@dataclass(frozen=True, slots=True)
class Because:
    """Something followed that it happened to."""

    kind: str
    thing_id: int


@dataclass(frozen=True, slots=True)
class NewsItem:
    """Something that somebody is to be told, once, whatever they follow it through."""

    what: str
    object_id: int
    detail_id: int
    happened_at: datetime
    because: tuple[Because, ...]


# --- noting


def note(
    session: Session,
    what: str,
    object_id: int,
    things: Things,
    detail_id: int = 0,
    happened_at: datetime | None = None,
) -> int:
    """Note for everybody who followed one of the things when it happened (now, if no moment is given), and
    wants to be written to; how many. Those who want it at once are written to when this is committed.
    """
    moment = happened_at or now()
    followers = [one for one in list_followers(session, things) if one.since <= moment]
    note_rows(session, [NewsRow(one.follow_id, what, object_id, detail_id) for one in followers])
    if any(one.pace == "at_once" for one in followers):
        defer_at_once(session)
    return len(followers)


def note_rows(session: Session, news: Sequence[NewsRow]) -> None:
    """Note these; what was noted before is not noted again."""
    moment = now()
    for first in range(0, len(news), CHUNK):
        rows = [
            {
                "follow_id": one.follow_id,
                "what": one.what,
                "object_id": one.object_id,
                "detail_id": one.detail_id,
                "happened_at": moment,
            }
            for one in news[first : first + CHUNK]
        ]
        session.execute(insert(FollowNews).on_conflict_do_nothing(), rows)


def defer_at_once(session: Session) -> None:
    """Have those written to who want it at once."""
    defer(session, "following.tell_at_once", once="news at once")


def note_said(session: Session) -> int:
    """Note what has come of late and everybody may read, for who follows where it stands; how many rows of
    contributions were looked at. What was noted before is not noted again."""
    rows = session.execute(
        select(C.id, C.kind, C.meeting_id, C.on_behalf_of_id, C.published_at)
        .where(C.published_at >= now() - FRESH_FOR, visible_to(STRANGER), is_listed())
        .order_by(C.published_at.desc(), C.id)
        .limit(MOST_SAID)
    ).all()
    themes = find_followed_themes(session, [row.id for row in rows])
    series = find_series(session, [row.meeting_id for row in rows])
    for row in rows:
        things = {
            "theme": [theme_id for theme_id, under in themes.items() if row.id in under],
            "series": [one for one, meeting_ids in series.items() if row.meeting_id in meeting_ids],
            "organisation": [one for one in (row.on_behalf_of_id,) if one is not None],
            "meeting": [one for one in (row.meeting_id,) if one is not None],
        }
        if any(things.values()):
            note(session, "said", row.id, things, happened_at=row.published_at)
    return len(rows)


def note_contribution(session: Session, what: str, contribution_id: int) -> int:
    """Note that something happened to a contribution which everybody may read, for who follows it."""
    row = session.execute(
        select(C.id, C.kind).where(C.id == contribution_id, visible_to(STRANGER), is_listed())
    ).one_or_none()
    return note(session, what, row.id, {row.kind: {row.id}}) if row is not None else 0


def note_meeting(session: Session, what: str, meeting_id: int, detail_id: int = 0) -> int:
    """Note that something happened to a published meeting, for who follows it or its series. That it is
    announced is news for some days after it was published."""
    row = session.execute(
        select(Meeting.id, Meeting.series_id, Meeting.published_at).where(
            Meeting.id == meeting_id, meeting_visible_to(STRANGER)
        )
    ).one_or_none()
    is_old = row is not None and what == "announced" and row.published_at < now() - FRESH_FOR
    if row is None or is_old:
        return 0
    return note(session, what, row.id, {"meeting": [row.id], "series": [row.series_id]}, detail_id)


# --- what is followed


def find_followed_themes(session: Session, contribution_ids: Collection[int]) -> dict[int, set[int]]:
    """{a followed theme: those of the contributions that belong to it}, also through the crosswalk."""
    pairs = session.execute(
        select(ContributionTheme.contribution_id, ContributionTheme.theme_id).where(
            ContributionTheme.contribution_id.in_(contribution_ids)
        )
    ).all()
    found: dict[int, set[int]] = {}
    for theme_id, ways in find_ways(session, {theme_id for _, theme_id in pairs}).items():
        under = {contribution_id for contribution_id, held in pairs if held in ways}
        found.setdefault(theme_id, set()).update(under)
    return found


def find_ways(session: Session, theme_ids: Collection[int]) -> dict[int, dict[int, tuple[Link, ...]]]:
    """{a followed theme: {those of the themes that it means: through which links}}."""
    if not theme_ids:
        return {}
    followed = session.scalars(
        select(Follow.thing_id).where(Follow.kind == "theme", Follow.pace != "never").distinct()
    ).all()
    return {
        theme_id: held
        for theme_id, meaning in themes_meaning_each(session, followed).items()
        if (held := {one: meaning.links[one] for one in theme_ids if one in meaning.links})
    }


def find_series(session: Session, meeting_ids: Iterable[int | None]) -> dict[int, set[int]]:
    """{series: those of the meetings that belong to it}"""
    wanted = {meeting_id for meeting_id in meeting_ids if meeting_id is not None}
    found: dict[int, set[int]] = {}
    if wanted:
        rows = session.execute(select(Meeting.series_id, Meeting.id).where(Meeting.id.in_(wanted)))
        for series_id, meeting_id in rows:
            found.setdefault(series_id, set()).add(meeting_id)
    return found


# --- telling


def list_waiting(session: Session, pace: str, until: datetime | None = None) -> list[int]:
    """Who has something to read at this pace; where a moment is given, something from before it."""
    waiting = (
        select(Follow.user_id)
        .join(FollowNews, FollowNews.follow_id == Follow.id)
        .where(Follow.pace == pace, FollowNews.told_at.is_(None))
        .distinct()
        .order_by(Follow.user_id)
    )
    if until is not None:
        waiting = waiting.where(FollowNews.happened_at < until)
    return list(session.scalars(waiting))


def tell(session: Session, user_id: int, pace: str) -> bool:
    """Have one person written to of all that waits at this pace, and note it in the same transaction.

    False: nothing waits, or nothing reacts that would write to them, and then it waits on.
    """
    if not is_heard(NewsDue):
        return False
    # Two workers with the same person: the second finds nothing left.
    reachable = select(User.id).where(User.id == user_id, *REACHABLE, ~has_stopped()).with_for_update()
    can_read = session.scalar(reachable) is not None
    ids = session.scalars(
        select(FollowNews.id)
        .join(Follow, Follow.id == FollowNews.follow_id)
        .where(Follow.user_id == user_id, Follow.pace == pace, FollowNews.told_at.is_(None))
        .order_by(FollowNews.id)
    ).all()
    if not ids:
        return False
    if can_read:
        announce(session, NewsDue(user_id, pace, tuple(ids)))
    _note_told(session, user_id, ids)
    return can_read


def list_news_due(session: Session, news_ids: Collection[int]) -> list[NewsItem]:
    """What somebody is told, by the ids of `NewsDue`: what has come since waits for the next mail. Each thing
    once with all that they follow it through; in the order in which it happened."""
    rows = session.execute(
        select(
            FollowNews.what,
            FollowNews.object_id,
            FollowNews.detail_id,
            FollowNews.happened_at,
            Follow.kind,
            Follow.thing_id,
        )
        .join(Follow, Follow.id == FollowNews.follow_id)
        .where(FollowNews.id.in_(news_ids))
        .order_by(FollowNews.id)
    )
    found: dict[tuple[str, int, int], NewsItem] = {}
    for row in rows:
        key = (row.what, row.object_id, row.detail_id)
        before = found[key].because if key in found else ()
        because = (*before, Because(row.kind, row.thing_id))
        found[key] = NewsItem(row.what, row.object_id, row.detail_id, row.happened_at, because)
    return list(found.values())


def _note_told(session: Session, user_id: int, news_ids: Sequence[int]) -> None:
    """Told: these, and the same through other things that the person follows at other paces."""
    told = select(FollowNews.what, FollowNews.object_id, FollowNews.detail_id).where(
        FollowNews.id.in_(news_ids)
    )
    own = select(Follow.id).where(Follow.user_id == user_id)
    session.execute(
        update(FollowNews)
        .where(
            FollowNews.follow_id.in_(own),
            FollowNews.told_at.is_(None),
            tuple_(FollowNews.what, FollowNews.object_id, FollowNews.detail_id).in_(told),
        )
        .values(told_at=now())
        .execution_options(synchronize_session=False)
    )


def forget_told(session: Session) -> int:
    """Let go of what was told some weeks ago, and of what nobody can be told; how many rows."""
    long_ago = FollowNews.happened_at < now() - KEPT_FOR
    return session.execute(delete(FollowNews).where(long_ago)).rowcount  # type: ignore[attr-defined]
