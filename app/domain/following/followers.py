"""Who follows what, for those who have something to tell them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from app.domain.following.models import Follow, FollowStop
from app.domain.users.models import User

REACHABLE = (User.email.is_not(None), User.disabled_at.is_(None))


def has_stopped() -> ColumnElement[bool]:
    """Whether a User wants no mails about what they follow, for a statement."""
    return exists(select(FollowStop.user_id).where(FollowStop.user_id == User.id).correlate(User))


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who follows one thing and can be written to, at what pace, since when."""

    follow_id: int
    pace: str
    since: datetime
    kind: str
    thing_id: int
    user_id: int
    email: str
    name: str
    language: str


def list_followers(session: Session, things: Mapping[str, Collection[int]]) -> list[Follower]:
    """Those who follow any of these, {kind: ids}, once for each, and want to be written to of it.

    One statement.
    """
    followed = [and_(Follow.kind == kind, Follow.thing_id.in_(ids)) for kind, ids in things.items() if ids]
    rows = session.execute(
        select(
            Follow.id,
            Follow.pace,
            Follow.created_at,
            Follow.kind,
            Follow.thing_id,
            User.id,
            User.email,
            User.name,
            User.language,
        )
        .join(User, User.id == Follow.user_id)
        .where(or_(false(), *followed), Follow.pace != "never", ~has_stopped(), *REACHABLE)
        .order_by(Follow.id)
    )
    return [Follower(*row) for row in rows]
