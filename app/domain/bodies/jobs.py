"""Work on bodies that nobody waits for."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce
from app.core.jobs import Tools, is_done_before, job
from app.domain.bodies.events import ReadingsWait
from app.domain.bodies.models import Reading

# What was being put on the list as its morning was planned is counted too.
IN_FLIGHT = timedelta(seconds=10)


@job("bodies.tell_of_readings")
def tell_of_readings(tools: Tools, body_id: int, since: str | None = None) -> None:
    """The morning after something came on a body's list, or later where nobody was at work: one mail to each
    member, however much it was. `since`: when the first of it came; without it, from before it was told."""
    first = datetime.fromisoformat(since) - IN_FLIGHT if since else now() - timedelta(days=1, hours=1)
    with tools.database.unit() as session:
        if not is_done_before(session):
            count_new_readings(session, body_id, first)


def count_new_readings(session: Session, body_id: int, since: datetime) -> int:
    """How many have come since then and still stand; announced where there are any."""
    count = (
        session.scalar(
            select(func.count()).where(
                Reading.body_id == body_id, Reading.added_at > since, Reading.removed_at.is_(None)
            )
        )
        or 0
    )
    if count:
        announce(session, ReadingsWait(body_id, count))
    return count
