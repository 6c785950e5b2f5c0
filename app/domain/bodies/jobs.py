"""Work on bodies that nobody waits for."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import announce
from app.core.jobs import Tools, is_done_before, job
from app.domain.bodies.events import ReadingsWait
from app.domain.bodies.models import Reading


@job("bodies.tell_of_readings")
def tell_of_readings(tools: Tools, body_id: int) -> None:
    """The morning after something came on a body's list: one mail to each member, however much it was."""
    with tools.database.unit() as session:
        if not is_done_before(session):
            count_new_readings(session, body_id)


def count_new_readings(session: Session, body_id: int) -> int:
    """How many came within a day and still stand; announced where there are any."""
    since = now() - timedelta(days=1, hours=1)
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
