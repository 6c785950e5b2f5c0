"""Work on boards that nobody waits for."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app.core.clock import now
from app.core.events import announce
from app.core.jobs import Tools, job
from app.domain.boards.events import CardsWritten
from app.domain.boards.models import BoardCard
from app.domain.boards.planning import close_due_boards
from app.domain.boards.writing import index_soon
from app.domain.contributions.models import Contribution

# What was being committed as the job looked is found when it looks the next time.
IN_FLIGHT = timedelta(seconds=10)


@job("boards.close_due", cron="*/5 * * * *")
def close_boards_in_time(tools: Tools) -> None:
    """Close the boards whose last day is over."""
    with tools.database.unit() as session:
        close_due_boards(session)


@job("boards.index")
def index_cards(tools: Tools, board_id: int, since: str) -> None:
    """Tell the search of the cards of a board that are new since then, and of those that were changed."""
    start = datetime.fromisoformat(since) - IN_FLIGHT
    with tools.database.unit() as session:
        rows = session.execute(
            select(Contribution.id, Contribution.received_at)
            .join(BoardCard, BoardCard.contribution_id == Contribution.id)
            .where(
                BoardCard.board_id == board_id,
                or_(Contribution.received_at >= start, Contribution.version > 1),
            )
            .order_by(Contribution.id)
        ).all()
        if rows:
            announce(session, CardsWritten(tuple(row.id for row in rows)))
        if any(row.received_at > now() - IN_FLIGHT for row in rows):
            index_soon(session, board_id)
