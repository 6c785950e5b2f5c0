"""The verbs of following."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.following.fields import FIELDS
from app.domain.following.models import Follow
from app.domain.following.policy import may_follow
from app.domain.following.schemas import MOST_FOLLOWED, InterestsInput
from app.domain.strategies.models import Theme
from app.domain.users.models import User


def choose_interests(session: Session, actor: Actor, given: InterestsInput) -> None:
    """Exactly these fields and themes from now on. Refused: unknown_theme."""
    require(may_follow(actor))
    user = session.get_one(User, actor.user_id, with_for_update=True)
    wanted = set(given.theme_ids)
    known = set(session.scalars(select(Theme.id).where(Theme.id.in_(wanted)))) if wanted else set()
    if known != wanted:
        raise Refused("unknown_theme")
    before = {"fields": list(user.fields), "theme_ids": _followed_ids(session, user.id)}
    user.fields = [code for code in FIELDS if code in given.fields]
    after = {"fields": list(user.fields), "theme_ids": sorted(wanted)}
    session.execute(
        delete(Follow).where(
            Follow.user_id == user.id, Follow.kind == "theme", Follow.thing_id.not_in(wanted)
        )
    )
    _add(session, user.id, sorted(wanted))
    if before != after:
        record(session, actor, "choose_interests", "user", user.id, before=before, after=after)


def follow_theme(session: Session, actor: Actor, theme_id: int) -> None:
    """Follow one more theme; nothing happens if it is followed already.

    Raises NotFound. Refused: too_many_followed.
    """
    require(may_follow(actor))
    user = session.get_one(User, actor.user_id, with_for_update=True)
    if session.get(Theme, theme_id) is None:
        raise NotFound
    followed = _followed_ids(session, user.id)
    if theme_id in followed:
        return
    if len(followed) >= MOST_FOLLOWED:
        raise Refused("too_many_followed")
    _add(session, user.id, [theme_id])
    record(session, actor, "follow", "theme", theme_id)


def unfollow_theme(session: Session, actor: Actor, theme_id: int) -> None:
    """Let a theme go; nothing happens if it is not followed."""
    require(may_follow(actor))
    gone = session.execute(
        delete(Follow)
        .where(Follow.user_id == actor.user_id, Follow.kind == "theme", Follow.thing_id == theme_id)
        .returning(Follow.id)
    ).all()
    if gone:
        record(session, actor, "unfollow", "theme", theme_id)


def _followed_ids(session: Session, user_id: int) -> list[int]:
    return sorted(
        session.scalars(select(Follow.thing_id).where(Follow.user_id == user_id, Follow.kind == "theme"))
    )


def _add(session: Session, user_id: int, theme_ids: list[int]) -> None:
    if theme_ids:
        rows = [{"user_id": user_id, "kind": "theme", "thing_id": i, "created_at": now()} for i in theme_ids]
        session.execute(insert(Follow).values(rows).on_conflict_do_nothing())
