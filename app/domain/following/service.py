"""The verbs of following."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.following.fields import FIELDS
from app.domain.following.models import CONTRIBUTIONS, KINDS, PACES, Follow, FollowStop
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
    _add(session, user.id, sorted(wanted), "theme", usual_pace("theme"))
    if before != after:
        record(session, actor, "choose_interests", "user", user.id, before=before, after=after)


def follow(session: Session, actor: Actor, kind: str, thing_id: int, pace: str | None = None) -> None:
    """Follow a thing at a pace (what is usual for its kind, if none is given), or change the pace of it.

    That the actor may see the thing has been asked by who calls: what it is lies in rooms above this one.
    Raises NotFound for a kind that nobody follows. Refused: too_many_followed, follow_no_pace.
    """
    require(may_follow(actor))
    if kind not in KINDS:
        raise NotFound
    if pace is not None and pace not in PACES:
        raise Refused("follow_no_pace")
    user = session.get_one(User, actor.user_id, with_for_update=True)
    known = session.scalars(
        select(Follow).where(Follow.user_id == user.id, Follow.kind == kind, Follow.thing_id == thing_id)
    ).one_or_none()
    if known is None:
        if len(_followed_ids(session, user.id, kind)) >= MOST_FOLLOWED:
            raise Refused("too_many_followed")
        chosen = pace or usual_pace(kind)
        _add(session, user.id, [thing_id], kind, chosen)
        record(session, actor, "follow", _thing(kind), thing_id, after={"pace": chosen})
    elif pace is not None and pace != known.pace:
        before, known.pace = known.pace, pace
        after = {"pace": pace}
        record(session, actor, "change_pace", _thing(kind), thing_id, before={"pace": before}, after=after)
    session.flush()


def unfollow(session: Session, actor: Actor, kind: str, thing_id: int) -> None:
    """Let a thing go; nothing happens if it is not followed."""
    require(may_follow(actor))
    gone = session.execute(
        delete(Follow)
        .where(Follow.user_id == actor.user_id, Follow.kind == kind, Follow.thing_id == thing_id)
        .returning(Follow.id)
    ).all()
    if gone:
        record(session, actor, "unfollow", _thing(kind), thing_id)


def usual_pace(kind: str) -> str:
    """One thing is told of when it happens, what much happens under once a week."""
    return "at_once" if kind in (*CONTRIBUTIONS, "commitment", "meeting") else "weekly"


def stop_mails(session: Session, user_id: int, actor: Actor = SYSTEM) -> None:
    """No more mails about what somebody follows, whatever pace stands there. Whoever has
    the mail may do it."""
    stop = insert(FollowStop).values(user_id=user_id, stopped_at=now()).on_conflict_do_nothing()
    if session.execute(stop.returning(FollowStop.user_id)).all():
        record(session, actor, "stop_follow_mails", "user", user_id)


def resume_mails(session: Session, user_id: int, actor: Actor = SYSTEM) -> None:
    """The mails again, at the paces that stand there."""
    gone = delete(FollowStop).where(FollowStop.user_id == user_id).returning(FollowStop.user_id)
    if session.execute(gone).all():
        record(session, actor, "resume_follow_mails", "user", user_id)


def _thing(kind: str) -> str:
    """The kind as the log names things."""
    return "contribution" if kind in CONTRIBUTIONS else kind


def _followed_ids(session: Session, user_id: int, kind: str = "theme") -> list[int]:
    return sorted(
        session.scalars(select(Follow.thing_id).where(Follow.user_id == user_id, Follow.kind == kind))
    )


def _add(session: Session, user_id: int, ids: list[int], kind: str, pace: str) -> None:
    if ids:
        rows = [
            {"user_id": user_id, "kind": kind, "thing_id": i, "pace": pace, "created_at": now()} for i in ids
        ]
        session.execute(insert(Follow).values(rows).on_conflict_do_nothing())
