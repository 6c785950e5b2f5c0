"""The verbs of planning boards: making them, saying how they work, opening and closing many at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.laid_aside import lay_aside
from app.core.policy import SYSTEM, Actor, NotFound, Refused, require
from app.domain.boards.models import Board, BoardCard
from app.domain.boards.planning_schemas import BoardInput, BoardsInput
from app.domain.boards.policy import may_arrange, may_plan_boards, why_shut
from app.domain.boards.service import find_closing, start, stop, tell_of_board
from app.domain.groups.models import Group
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.policy import in_force
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.service import lock_meeting

_RULES = ("form", "dots", "dots_per", "asks_approval", "visibility")


def make_boards(session: Session, actor: Actor, meeting_id: int, given: BoardsInput) -> list[Board]:
    """A board for each group of an item that has none yet, and one for all together where it is asked for.

    Items without groups have only the one for all. Refused: unknown_item, board_nothing_to_make.
    """
    require(may_plan_boards(actor))
    meeting = lock_meeting(session, meeting_id)
    is_known = exists().where(
        AgendaItem.id == given.item_id, AgendaItem.meeting_id == meeting.id, in_force(AgendaItem)
    )
    if not session.scalar(select(is_known)):
        raise Refused("unknown_item")
    boards = [
        Board(
            meeting_id=meeting.id,
            group_id=group_id,
            created_at=now(),
            **given.model_dump(exclude={"for_groups", "for_all"}),
        )
        for group_id in _list_missing(session, given)
    ]
    if not boards:
        raise Refused("board_nothing_to_make")
    session.add_all(boards)
    session.flush()
    after = {"boards": [board.id for board in boards], **given.model_dump()}
    record(session, actor, "add_boards", "meeting", meeting.id, after=after)
    tell_of_board(session, boards[0])
    return boards


def _list_missing(session: Session, given: BoardsInput) -> list[int | None]:
    """The groups of the item that have no board yet, None for all together; those that are asked for."""
    there = set(session.scalars(select(Board.group_id).where(Board.item_id == given.item_id)))
    wanted: list[int | None] = []
    if given.for_groups:
        groups = select(Group.id).where(Group.item_id == given.item_id).order_by(Group.position, Group.id)
        wanted.extend(session.scalars(groups))
    if given.for_all:
        wanted.append(None)
    return [group_id for group_id in wanted if group_id not in there]


def edit_board(session: Session, actor: Actor, board_id: int, version: int, given: BoardInput) -> Board:
    """Change how a board works. Cards that hang there keep to whom they are open. Refused: stale."""
    board = _lock(session, actor, board_id)
    if board.version != version:
        raise Refused("stale")
    before = _rules_of(board)
    for name, value in given.model_dump().items():
        setattr(board, name, value)
    board.version += 1
    record(session, actor, "edit", "board", board.id, before=before, after=_rules_of(board))
    tell_of_board(session, board)
    return board


def remove_board(session: Session, actor: Actor, board_id: int) -> None:
    """Take away a board on which nothing has been written. Refused: board_in_use."""
    board = _lock(session, actor, board_id)
    if session.scalar(select(exists().where(BoardCard.board_id == board.id))):
        raise Refused("board_in_use")
    before = _rules_of(board) | {"item_id": board.item_id, "group_id": board.group_id}
    tell_of_board(session, board)
    lay_aside(session, actor, "board", board, board.task, meeting_id=board.meeting_id)
    session.delete(board)
    session.flush()
    record(session, actor, "remove", "board", board_id, before=before)


def open_boards(session: Session, actor: Actor, meeting_id: int, item_id: int | None = None) -> list[int]:
    """Open all boards of a meeting, or of one item; which of them were not. Refused as `open_board`."""
    meeting, boards = _take_all(session, actor, meeting_id, item_id)
    opened = [board.id for board in boards if start(session, board, meeting)]
    _record_all(session, actor, "open_boards", meeting.id, opened)
    return opened


def close_boards(session: Session, actor: Actor, meeting_id: int, item_id: int | None = None) -> list[int]:
    """Close all boards of a meeting, or of one item, that are open; which ones."""
    meeting, boards = _take_all(session, actor, meeting_id, item_id)
    closed = [board.id for board in boards if stop(session, board)]
    _record_all(session, actor, "close_boards", meeting.id, closed)
    return closed


def _take_all(
    session: Session, actor: Actor, meeting_id: int, item_id: int | None
) -> tuple[Meeting, Sequence[Board]]:
    """The meeting and its boards, held for who arranges them. Raises NotFound and NotAllowed."""
    meeting = session.scalars(
        select(Meeting).where(Meeting.id == meeting_id, meeting_visible_to(actor))
    ).one_or_none()
    if meeting is None:
        raise NotFound
    require(may_arrange(actor, meeting.id))
    of_item = true() if item_id is None else Board.item_id == item_id
    return meeting, _hold(session, Board.meeting_id == meeting.id, of_item)


def _record_all(session: Session, actor: Actor, verb: str, meeting_id: int, board_ids: list[int]) -> None:
    if board_ids:
        record(session, actor, verb, "meeting", meeting_id, after={"boards": board_ids})


def close_due_boards(session: Session) -> list[int]:
    """Close the boards whose last day is over; which ones."""
    due = _hold(session, Board.state == "open", Board.closes_at <= now())
    _close_by_itself(session, due, "last_day")
    return [board.id for board in due]


def _close_by_itself(session: Session, boards: Iterable[Board], why: str) -> None:
    for board in boards:
        stop(session, board)
        record(session, SYSTEM, "close", "board", board.id, after={"state": "closed", "why": why})


def follow_meeting(session: Session, meeting_id: int) -> None:
    """A meeting has been changed: its open boards close where it is called off or its minutes lie open for
    comments, and else on the day that its date, and its room, now give."""
    boards = _hold(session, Board.meeting_id == meeting_id, Board.state == "open")
    if not boards:
        return
    meeting = session.get_one(Meeting, meeting_id)
    if why := why_shut(meeting.status):
        _close_by_itself(session, boards, why)
        return
    closing = find_closing(session, meeting)
    for board in boards:
        if board.closes_at != closing:
            board.closes_at = closing
            board.version += 1
            tell_of_board(session, board)


def _hold(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Board]:
    # In one order, so that two who close the same boards wait for each other and never in a ring.
    return session.scalars(
        select(Board)
        .where(*conditions)
        .order_by(Board.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _lock(session: Session, actor: Actor, board_id: int) -> Board:
    require(may_plan_boards(actor))
    board = session.scalars(
        select(Board).where(Board.id == board_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if board is None:
        raise NotFound
    return board


def _rules_of(board: Board, names: Iterable[str] = _RULES) -> dict[str, Any]:
    return {name: getattr(board, name) for name in names}
