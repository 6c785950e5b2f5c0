"""What somebody is typing in the form of an idea is kept as it stands, and found again.

It is theirs alone: neither colleagues nor staff read it, no list, search, count or log holds it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.audit import record
from app.core.clock import now
from app.core.kept import kept
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
    found = session.execute(_typed(actor).where(TypedIdea.key == key)).one_or_none()
    return _view(found) if found is not None else None


def list_typed(session: Session, actor: Actor) -> list[TypedView]:
    """What the actor has begun and not sent, the last first."""
    return read(session, typed_of(actor))


def typed_of(actor: Actor) -> Asking[list[TypedView]]:
    """The same, to be asked beside others."""
    return [_view(row) for row in (yield from asked(_typed(actor)))]


@kept
def _typed(actor: Actor) -> Select[Any]:
    return (
        select(
            TypedIdea.key,
            TypedIdea.open_half,
            TypedIdea.secret_half,
            TypedIdea.contribution_id,
            Contribution.reference,
            TypedIdea.saved_at,
            TypedIdea.version,
        )
        .outerjoin(Contribution, Contribution.id == TypedIdea.contribution_id)
        .where(typed_by(actor))
        .order_by(TypedIdea.saved_at.desc(), TypedIdea.id.desc())
        .limit(MOST_KEPT)
    )


def _view(row: Any) -> TypedView:
    return TypedView(
        key=row.key,
        title=row.open_half.get("title", ""),
        fields={**row.open_half, **row.secret_half},
        contribution_id=row.contribution_id,
        reference=row.reference,
        saved_at=row.saved_at,
        version=row.version,
    )


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
