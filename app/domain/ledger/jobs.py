"""Work on the ledger that nobody waits for."""

from app.core.jobs import Tools, job
from app.domain.ledger.service import notice_late


@job("ledger.notice_late", cron="35 4 * * *")
def notice_late_requests(tools: Tools) -> None:
    """Each night: see which requests for a correction were not answered by their day."""
    noticed = True
    while noticed:
        with tools.database.unit() as session:
            noticed = bool(notice_late(session))
