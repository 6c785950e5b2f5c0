"""What has happened of late to promises under some themes, told once by what happened last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.commitments.models import Commitment
from app.domain.commitments.queries import MOST, CommitmentLine, _line, _lines, _tagged

X = Commitment


@dataclass(frozen=True, slots=True)
class PromiseNews:
    """A promise that was published or judged, and those of the themes that it stands under."""

    at: datetime
    what: Literal["published", "judged"]
    line: CommitmentLine
    theme_ids: tuple[int, ...]


def list_promise_news(
    session: Session, actor: Actor, theme_ids: Sequence[int], since: datetime
) -> list[PromiseNews]:
    """What was promised or judged under these themes since a moment, the newest first; one statement."""
    if not theme_ids:
        return []
    tagged = _tagged(actor)
    under = (
        select(tagged.c.commitment_id, func.array_agg(tagged.c.theme_id).label("theme_ids"))
        .where(tagged.c.theme_id.in_(theme_ids))
        .group_by(tagged.c.commitment_id)
        .subquery("under")
    )
    at = func.greatest(X.published_at, X.verdict_at)
    rows = session.execute(
        _lines(actor)
        .add_columns(under.c.theme_ids, at.label("at"))
        .join(under, under.c.commitment_id == X.id)
        .where(X.published_at.is_not(None), or_(X.published_at >= since, X.verdict_at >= since))
        .order_by(at.desc(), X.id.desc())
        .limit(MOST)
    )
    return [
        PromiseNews(
            row.at, "judged" if row.at == row.verdict_at else "published", _line(row), tuple(row.theme_ids)
        )
        for row in rows
    ]
