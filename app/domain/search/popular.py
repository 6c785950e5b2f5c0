"""What there is most of: where to begin for whoever has nothing to search for yet."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.search.models import SearchDocument
from app.domain.search.sources import visible_to
from app.domain.strategies.queries import ThemeRef, find_themes


def list_fullest_themes(session: Session, actor: Actor, limit: int = 8) -> list[tuple[ThemeRef, int]]:
    """The themes under which the actor finds most, and how much; two statements."""
    under = (
        select(func.unnest(SearchDocument.theme_ids).label("theme_id"))
        .where(SearchDocument.kind.not_in(("theme", "strategy")), visible_to(actor))
        .subquery()
    )
    counted = session.execute(
        select(under.c.theme_id, func.count().label("n"))
        .group_by(under.c.theme_id)
        .order_by(func.count().desc(), under.c.theme_id)
        .limit(limit)
    ).all()
    themes = find_themes(session, [row.theme_id for row in counted])
    return [(themes[row.theme_id], row.n) for row in counted if row.theme_id in themes]
