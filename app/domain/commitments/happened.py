"""What has happened under some themes to what is promised there, since a moment."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.commitments.models import Commitment, DeadlineChange
from app.domain.commitments.queries import CommitmentLine, list_themes_each, list_under_themes

MOST_NEW: Final = 60


@dataclass(frozen=True, slots=True)
class Happened:
    """The last that happened to a promise. `theme_ids`: of those asked about, the ones it stands under."""

    at: datetime
    what: Literal["published", "moved", "judged"]
    line: CommitmentLine
    theme_ids: tuple[int, ...]


def list_promise_news(
    session: Session, actor: Actor, theme_ids: Sequence[int], since: datetime
) -> list[Happened]:
    """The promises under these themes that were published, moved or judged since then, each once with the
    last of it, the newest first. Three statements, none without themes."""
    if not theme_ids:
        return []
    moved = (
        select(func.max(DeadlineChange.changed_at))
        .where(DeadlineChange.commitment_id == Commitment.id, DeadlineChange.milestone_id.is_(None))
        .correlate(Commitment)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Commitment.id, moved.label("moved_at")).where(
            Commitment.published_at.is_not(None),
            or_(Commitment.published_at >= since, Commitment.verdict_at >= since, moved >= since),
        )
    )
    moved_at = {row.id: row.moved_at for row in rows}
    lines = list_under_themes(session, actor, theme_ids, among=list(moved_at)) if moved_at else []
    wanted, held = set(theme_ids), defaultdict(list)
    for commitment_id, tags in list_themes_each(session, actor, [line.id for line in lines]).items():
        held[commitment_id] = [tag.id for tag in tags if tag.id in wanted]
    found = [_last(line, moved_at[line.id], tuple(held[line.id])) for line in lines]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_NEW]


def _last(line: CommitmentLine, moved_at: datetime | None, theme_ids: tuple[int, ...]) -> Happened:
    assert line.published_at is not None
    if line.verdict_at is not None:
        return Happened(line.verdict_at, "judged", line, theme_ids)
    if moved_at is not None and moved_at > line.published_at:
        return Happened(moved_at, "moved", line, theme_ids)
    return Happened(line.published_at, "published", line, theme_ids)
