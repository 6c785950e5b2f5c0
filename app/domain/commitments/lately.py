"""What has happened of late to promises under some themes, told once by what happened last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.commitments.models import Commitment, DeadlineChange
from app.domain.commitments.queries import MOST, CommitmentLine, _line, _lines, _tagged

X = Commitment


@dataclass(frozen=True, slots=True)
class PromiseNews:
    """What happened last to a promise, and those of the themes that it stands under."""

    at: datetime
    what: Literal["published", "moved", "judged"]
    line: CommitmentLine
    theme_ids: tuple[int, ...]


def list_promise_news(
    session: Session, actor: Actor, theme_ids: Sequence[int], since: datetime
) -> list[PromiseNews]:
    """What was promised, moved or judged under these themes since a moment, the newest first; a statement."""
    if not theme_ids:
        return []
    tagged = _tagged(actor)
    under = (
        select(tagged.c.commitment_id, func.array_agg(tagged.c.theme_id).label("theme_ids"))
        .where(tagged.c.theme_id.in_(theme_ids))
        .group_by(tagged.c.commitment_id)
        .subquery("under")
    )
    moved_at = (
        select(func.max(DeadlineChange.changed_at))
        .where(DeadlineChange.commitment_id == X.id, DeadlineChange.milestone_id.is_(None))
        .correlate(X)
        .scalar_subquery()
    )
    at = func.greatest(X.published_at, moved_at, X.verdict_at)
    rows = session.execute(
        _lines(actor)
        .add_columns(under.c.theme_ids, moved_at.label("moved_at"), at.label("at"))
        .join(under, under.c.commitment_id == X.id)
        .where(X.published_at.is_not(None), at >= since)
        .order_by(at.desc(), X.id.desc())
        .limit(MOST)
    )
    return [PromiseNews(row.at, _what(row), _line(row), tuple(row.theme_ids)) for row in rows]


def _what(row: Any) -> Literal["published", "moved", "judged"]:
    if row.at == row.verdict_at:
        return "judged"
    return "moved" if row.at == row.moved_at else "published"
