"""The verbs of boards: opening and closing them."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import at, now, today
from app.core.live import tell
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.attendance.models import LiveRoom
from app.domain.boards.models import Board, BoardCard
from app.domain.boards.policy import may_arrange, why_shut
from app.domain.boards.writing import index_soon
from app.domain.contributions.models import Contribution
from app.domain.groups.models import Group
from app.domain.meetings.models import Meeting, PanelTask
from app.domain.meetings.policy import in_force
from app.domain.meetings.policy import visible_to as meeting_visible_to

STAYS_OPEN_DAYS = 7  # where the room says nothing else


def open_board(session: Session, actor: Actor, board_id: int) -> Board:
    """Let people write on a board, for the first time or again; one that is open stays so.

    It takes the task of its group, or of its item, unless it has been given one of its own. Refused:
    board_meeting_off, board_meeting_done.
    """
    board, meeting = take_board(session, actor, board_id)
    before = {"state": board.state}
    if start(session, board, meeting):
        after = {"state": "open", "closes_at": board.closes_at.isoformat() if board.closes_at else None}
        record(session, actor, "open", "board", board.id, before=before, after=after)
    return board


def start(session: Session, board: Board, meeting: Meeting) -> bool:
    """Open a board that is held; whether it was not open. Refused as `open_board`."""
    if board.state == "open":
        return False
    if reason := why_shut(meeting.status):
        raise Refused(reason)
    board.state, board.closed_at = "open", None
    board.opened_at = board.opened_at or now()
    board.closes_at = find_closing(session, meeting)
    board.task = board.task or find_task(session, board)
    board.version += 1
    tell_of_board(session, board)
    return True


def close_board(session: Session, actor: Actor, board_id: int) -> Board:
    """Take no more on a board; one that is not open stays as it is. What hangs there stays to be read."""
    board, _meeting = take_board(session, actor, board_id)
    if stop(session, board):
        before, after = {"state": "open"}, {"state": "closed"}
        record(session, actor, "close", "board", board.id, before=before, after=after)
    return board


def stop(session: Session, board: Board) -> bool:
    """Close a board that is held; whether it was open."""
    if board.state != "open":
        return False
    board.state, board.closed_at = "closed", now()
    board.version += 1
    # All that is on it once more, for the search: from now on nothing is on its way.
    index_soon(session, board.id, board.opened_at)
    tell_of_board(session, board)
    return True


def take_board(session: Session, actor: Actor, board_id: int) -> tuple[Board, Meeting]:
    """The board and its meeting, the board held for who arranges it; writing on it goes on meanwhile.

    Raises NotFound where the actor does not see the meeting, NotAllowed where boards there are not theirs.
    """
    row = session.execute(
        select(Board, Meeting)
        .join(Meeting, Meeting.id == Board.meeting_id)
        .where(Board.id == board_id, meeting_visible_to(actor))
        .with_for_update(of=Board, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    board, meeting = row
    require(may_arrange(actor, meeting.id))
    return board, meeting


def find_closing(session: Session, meeting: Meeting) -> datetime:
    """When boards opened now close by themselves: at midnight after the days that the room stays open."""
    days = session.scalar(select(LiveRoom.stays_open_days).where(LiveRoom.meeting_id == meeting.id))
    last = meeting.held_on + timedelta(days=STAYS_OPEN_DAYS if days is None else days)
    midnight = at(max(last, today()) + timedelta(days=1), time())
    assert midnight is not None
    return midnight


def find_task(session: Session, board: Board) -> str:
    """The task of the board's group, or else the tasks of its item; empty where there is none."""
    task = None
    if board.group_id is not None:
        task = session.scalar(select(Group.task).where(Group.id == board.group_id))
    if task:
        return task
    tasks = session.scalars(
        select(PanelTask.title)
        .where(PanelTask.item_id == board.item_id, in_force(PanelTask))
        .order_by(PanelTask.position, PanelTask.id)
    )
    return "\n".join(tasks)


def tell_of_board(session: Session, board: Board) -> None:
    """Tell those who have the board open, and those who have the room or its console open."""
    tell(session, f"board:{board.id}")
    tell(session, f"running:{board.meeting_id}")


def tell_of_cards(session: Session, contribution_ids: Sequence[int]) -> None:
    """Tell those who have the boards open where these hang; those that hang on none are passed over."""
    boards = session.scalars(
        select(Board)
        .where(
            Board.id.in_(select(BoardCard.board_id).where(BoardCard.contribution_id.in_(contribution_ids)))
        )
        .order_by(Board.id)
    )
    waits = False
    for board in boards:
        tell_of_board(session, board)
        waits = waits or board.asks_approval
    if waits:
        _tell_authors(session, contribution_ids)


def _tell_authors(session: Session, contribution_ids: Sequence[int]) -> None:
    """Tell who wrote these that they are seen now, or no longer; each follows the own seat."""
    seats = session.scalars(
        select(Contribution.attendee_id)
        .where(Contribution.id.in_(contribution_ids), Contribution.attendee_id.is_not(None))
        .distinct()
    )
    for seat in seats.all():
        tell(session, f"seat:{seat}")
