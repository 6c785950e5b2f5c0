"""Taking in, beside the requests; and by night what was only looked at goes."""

from datetime import timedelta

from app.core.clock import now
from app.core.jobs import Tools, job
from app.domain.imports.models import DataImport
from app.domain.imports.service import DAYS_KEPT, fetched, forget_old_checks, take_next


@job("imports.run", attempts=3)
def run(tools: Tools, import_id: int) -> None:
    """Take in a file, one row a transaction; cut off anywhere it goes on where it was."""
    with tools.database.unit() as session:
        taken = session.get(DataImport, import_id)
        if taken is None or taken.state != "running":
            return
        session.expunge(taken)
    with fetched(tools.storage, taken) as (_, slides):
        is_more = True
        while is_more:
            with tools.database.unit() as session:
                is_more = take_next(session, tools.storage, slides, import_id)


@job("imports.forget", cron="40 3 * * *")
def forget(tools: Tools) -> None:
    """Each night: what nobody came back to."""
    with tools.database.unit() as session:
        forget_old_checks(session, now() - timedelta(days=DAYS_KEPT))
