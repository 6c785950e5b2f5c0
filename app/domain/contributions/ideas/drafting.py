"""What somebody is typing in the form of an idea is kept as it stands, and found again.

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
from app.domain.contributions.ideas.models import TypedIdea
from app.domain.contributions.ideas.policy import may_type_ideas, typed_by
from app.domain.contributions.ideas.schemas import TypedInput
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import may_edit_draft, may_read_confidential
from app.domain.contributions.service import get_seen

MOST_KEPT = 20
KEPT_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class TypedView:
    """A form as it was left. `fields` holds both halves; `reference`: of the draft that it changes."""

    key: str
    title: str
    fields: dict[str, str]
    contribution_id: int | None
    reference: str | None
    saved_at: datetime
    version: int


def keep_typed(session: Session, actor: Actor, given: TypedInput) -> TypedIdea:
    """Keep what is typed under the form's key; the same key goes on where it was left.

    Only the first time stands in the log. Refused: stale (with the `version` that is kept) where another
    window was faster, typed_gone where it has been sent or thrown away meanwhile, too_many_typed.
    """
    require(may_type_ideas(actor))
    if given.contribution_id is not None:
        draft = get_seen(session, actor, given.contribution_id)
        require(may_edit_draft(actor, draft) and may_read_confidential(actor, draft))
    row = _lock(session, actor, given.key)
    if row is None and given.version:
        raise Refused("typed_gone")
    if row is None:
        return _begin(session, actor, given)
    if row.version != given.version:
        raise Refused("stale", version=row.version)
    row.open_half, row.secret_half = given.open_half, given.secret_half
    row.saved_at = now()
    row.version += 1
    session.flush()
    return row


def _begin(session: Session, actor: Actor, given: TypedInput) -> TypedIdea:
    kept = session.scalar(select(func.count()).select_from(TypedIdea).where(typed_by(actor))) or 0
    if kept >= MOST_KEPT:
        raise Refused("too_many_typed", most=MOST_KEPT)
    # Two windows that begin under one key at once: the second finds the place taken.
    row = session.scalars(
        insert(TypedIdea)
        .values(
            user_id=actor.user_id,
            organisation_id=actor.organisation_id,
            key=given.key,
            contribution_id=given.contribution_id,
            open_half=given.open_half,
            secret_half=given.secret_half,
            begun_at=now(),
            saved_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["user_id", "key"])
        .returning(TypedIdea)
    ).one_or_none()
    if row is None:
        raise Refused("stale", version=None)
    record(session, actor, "draft", "typed_idea", row.id, after={"contribution_id": given.contribution_id})
    return row


def _lock(session: Session, actor: Actor, key: str) -> TypedIdea | None:
    own = select(TypedIdea).where(typed_by(actor), TypedIdea.key == key)
    return session.scalars(own.with_for_update()).one_or_none()


def find_typed(session: Session, actor: Actor, key: str) -> TypedView | None:
    """What the actor left under this key; None for anybody else's."""
    found = _views(session, actor, TypedIdea.key == key)
    return found[0] if found else None


def list_typed(session: Session, actor: Actor) -> list[TypedView]:
    """What the actor has begun and not sent, the last first."""
    return _views(session, actor)


def _views(session: Session, actor: Actor, *conditions: object) -> list[TypedView]:
    rows = session.execute(
        select(TypedIdea, Contribution.reference)
        .outerjoin(Contribution, Contribution.id == TypedIdea.contribution_id)
        .where(typed_by(actor), *conditions)  # type: ignore[arg-type]
        .order_by(TypedIdea.saved_at.desc(), TypedIdea.id.desc())
        .limit(MOST_KEPT)
    )
    return [
        TypedView(
            key=row.key,
            title=row.open_half.get("title", ""),
            fields={**row.open_half, **row.secret_half},
            contribution_id=row.contribution_id,
            reference=reference,
            saved_at=row.saved_at,
            version=row.version,
        )
        for row, reference in rows
    ]


def drop_typed(session: Session, actor: Actor, key: str) -> None:
    """Throw away what was typed. Raises NotFound where the actor has nothing under the key."""
    row = _lock(session, actor, key)
    if row is None:
        raise NotFound
    record(session, actor, "discard", "typed_idea", row.id)
    session.delete(row)
    session.flush()


def finish_typed(session: Session, actor: Actor, key: str) -> None:
    """Forget what was typed, as it is saved or sent; nothing happens where nothing was kept."""
    session.execute(delete(TypedIdea).where(typed_by(actor), TypedIdea.key == key))


def forget_old_typed(session: Session) -> int:
    """Forget what nobody has gone on with for a year; how many."""
    gone = session.execute(delete(TypedIdea).where(TypedIdea.saved_at < now() - KEPT_FOR))
    return int(gone.rowcount)  # type: ignore[attr-defined]
