"""Work on evaluations that nobody waits for."""

from app.core.jobs import Tools, job
from app.domain.evaluations.service import count_due


@job("evaluations.count_due", cron="3 * * * *")
def count_in_time(tools: Tools) -> None:
    """Count the evaluations whose last day is over; once an hour, so that it happens soon after midnight."""
    with tools.database.unit() as session:
        count_due(session)
