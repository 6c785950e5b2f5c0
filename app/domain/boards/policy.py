"""Who may see, write on, arrange and plan boards."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, true

from app.core.policy import Actor
from app.domain.attendance.policy import may_join
from app.domain.boards.models import Board
from app.domain.contributions.policy import may_record, may_record_at, may_record_somewhere
from app.domain.meetings.policy import heard_by, hears
from app.domain.meetings.statuses import DONE, OFF

# After a board is closed it still takes what was on its way, so that nobody is cut off in a word.
GRACE = timedelta(minutes=2)


class Hung(Protocol):
    """What the rules look at of a board."""

    @property
    def meeting_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...


def may_plan_boards(actor: Actor) -> bool:
    """Make boards, say how they work, and open what was said on them to all."""
    return may_record(actor)


def may_arrange(actor: Actor, meeting_id: int | None) -> bool:
    """Open and close boards, put cards in order, let them through: staff, facilitators and rapporteurs."""
    return may_record_at(actor, meeting_id)


def may_arrange_somewhere(actor: Actor) -> bool:
    """Come in where boards are arranged; at which meetings is asked there."""
    return may_record_somewhere(actor)


def why_shut(meeting_status: str) -> str | None:
    """Why no board of a meeting in this state can be open; None where it can."""
    if meeting_status in OFF:
        return "board_meeting_off"
    return "board_meeting_done" if meeting_status in DONE else None


def is_open(board: Hung, moment: datetime) -> bool:
    """Whether the board takes cards, dots and objections at this moment."""
    return board.state == "open" and (board.closes_at is None or board.closes_at > moment)


def takes_late(board: Hung, moment: datetime) -> bool:
    """Whether what was written before the board closed still comes in time."""
    closed_at = board.closed_at if board.state == "closed" else board.closes_at
    return board.state != "planned" and (closed_at is None or moment <= closed_at + GRACE)


def hears_board(actor: Actor, meeting_id: int) -> bool:
    """Read what is not public on the boards of a meeting: those who hear it, and who writes down there."""
    return hears(actor, meeting_id) or may_arrange(actor, meeting_id)


def may_see_board(actor: Actor, board: Hung) -> bool:
    """Read a board of a meeting that the actor may see: those who hear it and who writes down there; all,
    where its cards are public and it has been opened."""
    if hears_board(actor, board.meeting_id):
        return True
    return board.visibility == "public" and board.state != "planned"


def boards_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see_board`, in SQL."""
    if may_record(actor):
        return true()
    # Who writes down at a meeting has a role there, and so hears it.
    return or_(
        Board.meeting_id.in_(sorted(heard_by(actor))),
        and_(Board.visibility == "public", Board.state != "planned"),
    )


def may_write_on(actor: Actor, board: Hung) -> bool:
    """Write cards, put dots and object, while it is open: who has joined the meeting's room."""
    return may_join(actor) and actor.seat_at(board.meeting_id) is not None
