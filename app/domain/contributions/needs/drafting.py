"""What somebody is typing in the form of a need is kept as it stands, and found again.

It is theirs alone: neither colleagues nor staff read it, no list, search, count or log holds it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.contributions.needs.models import TypedNeed
from app.domain.contributions.needs.policy import may_type_needs, typed_by
from app.domain.contributions.needs.schemas import TypedNeedInput

MOST_KEPT = 20
KEPT_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class TypedNeedView:
    """A form as it was left."""

    key: str
    title: str
    fields: dict[str, str]
    saved_at: datetime
    version: int


def keep_typed(session: Session, actor: Actor, given: TypedNeedInput) -> TypedNeed:
    """Keep what is typed under the form's key; the same key goes on where it was left.

    Only the first time stands in the log. Refused: stale (with the `version` that is kept) where another
    window was faster, too_many_typed.
    """
    require(may_type_needs(actor))
    row = _lock(session, actor, given.key)
    if row is None:
        return _begin(session, actor, given)
    if row.version != given.version:
        raise Refused("stale", version=row.version)
    row.fields, row.saved_at = given.fields, now()
    row.version += 1
    session.flush()
    return row


def _begin(session: Session, actor: Actor, given: TypedNeedInput) -> TypedNeed:
    kept = session.scalar(select(func.count()).select_from(TypedNeed).where(typed_by(actor))) or 0
    if kept >= MOST_KEPT:
        raise Refused("too_many_typed", most=MOST_KEPT)
    # Two windows that begin under one key at once: the second finds the place taken.
    row = session.scalars(
        insert(TypedNeed)
        .values(
            user_id=actor.user_id,
            organisation_id=actor.organisation_id,
            key=given.key,
            fields=given.fields,
            saved_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["user_id", "key"])
        .returning(TypedNeed)
    ).one_or_none()
    if row is None:
        raise Refused("stale", version=None)
    record(session, actor, "draft", "typed_need", row.id)
    return row


def _lock(session: Session, actor: Actor, key: str) -> TypedNeed | None:
    own = select(TypedNeed).where(typed_by(actor), TypedNeed.key == key)
    return session.scalars(own.with_for_update()).one_or_none()


def find_typed(session: Session, actor: Actor, key: str) -> TypedNeedView | None:
    """What the actor left under this key; None for anybody else's."""
    row = session.scalars(select(TypedNeed).where(typed_by(actor), TypedNeed.key == key)).one_or_none()
    return _view(row) if row is not None else None


def list_typed(session: Session, actor: Actor) -> list[TypedNeedView]:
    """What the actor has begun and not sent, the last first."""
    rows = session.scalars(
        select(TypedNeed)
        .where(typed_by(actor))
        .order_by(TypedNeed.saved_at.desc(), TypedNeed.id.desc())
        .limit(MOST_KEPT)
    )
    return [_view(row) for row in rows]


def _view(row: TypedNeed) -> TypedNeedView:
    return TypedNeedView(row.key, row.fields.get("title", ""), dict(row.fields), row.saved_at, row.version)


def drop_typed(session: Session, actor: Actor, key: str) -> None:
    """Throw away what was typed. Raises NotFound where the actor has nothing under the key."""
    row = _lock(session, actor, key)
    if row is None:
        raise NotFound
    record(session, actor, "discard", "typed_need", row.id)
    session.delete(row)
    session.flush()


def finish_typed(session: Session, actor: Actor, key: str) -> None:
    """Forget what was typed, as it is sent; nothing happens where nothing was kept."""
    session.execute(delete(TypedNeed).where(typed_by(actor), TypedNeed.key == key))


def forget_old_typed_needs(session: Session) -> int:
    """Forget what nobody has gone on with for a year; how many."""
    gone = session.execute(delete(TypedNeed).where(TypedNeed.saved_at < now() - KEPT_FOR))
    return int(gone.rowcount)  # type: ignore[attr-defined]
