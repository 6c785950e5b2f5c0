"""Work of partners that can wait."""

from app.core.jobs import Tools, job
from app.domain.partners.service import end_unanswered


@job("partners.end_unanswered", cron="20 5 * * *")
def end_unanswered_requests(tools: Tools) -> None:
    """Each night: end the requests that nobody answered in time."""
    with tools.database.unit() as session:
        end_unanswered(session)
