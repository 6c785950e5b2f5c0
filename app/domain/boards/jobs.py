"""Work on boards that nobody waits for."""

from app.core.jobs import Tools, job
from app.domain.boards.planning import close_due_boards


@job("boards.close_due", cron="*/5 * * * *")
def close_boards_in_time(tools: Tools) -> None:
    """Close the boards whose last day is over."""
    with tools.database.unit() as session:
        close_due_boards(session)
