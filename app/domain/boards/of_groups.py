"""The board that a group sits at."""

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from app.domain.boards.models import Board
from app.domain.groups.models import Group


def find_board_of_group(
    session: Session, meeting_id: int, *, number: int | None = None, group_id: int | None = None
) -> int | None:
    """The id of the group's board once it has been opened: an open one before one that is closed."""
    of_group = Group.number == number if group_id is None else Group.id == group_id
    return session.scalars(
        select(Board.id)
        .join(Group, Group.id == Board.group_id)
        .where(Board.meeting_id == meeting_id, of_group, Board.state != "planned")
        .order_by(case((Board.state == "open", 0), else_=1), Board.opened_at.desc(), Board.id)
        .limit(1)
    ).first()
