"""A board in a room that is open, for tests."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.core.clock import now
from app.domain.boards.models import Board
from app.domain.boards.schemas import CARD_OF_FORM, CardGiven
from app.domain.meetings.models import Meeting
from tests.in_room import open_room
from tests.said import add_group_row, add_item_row, add_meeting_row


def add_board(session: Session, key: str = "10", **values: Any) -> tuple[Meeting, Board]:
    """A meeting whose room is open, with a group and its open board; `names` is the room's rule."""
    meeting = add_meeting_row(session, key)
    open_room(session, meeting, names=values.pop("names", "free"))
    return meeting, add_group_board(session, meeting, **values)


def add_group_board(session: Session, meeting: Meeting, **values: Any) -> Board:
    """One more group with an open board at the meeting."""
    item = add_item_row(session, meeting)
    group = add_group_row(session, meeting, item, task="Hvad skal vi måle?")
    given = {"task": group.task, "state": "open", "opened_at": now()} | values
    board = Board(meeting_id=meeting.id, item_id=item.id, group_id=group.id, created_at=now(), **given)
    session.add(board)
    session.flush()
    return board


def card(text: str = "Vi mangler åbne data", client_id: UUID | None = None, **given: Any) -> CardGiven:
    """What is sent for a card; with a `problem` or a `wish`, one in parts."""
    form = "parts" if given.keys() & {"problem", "wish"} else "free"
    words = given if form == "parts" else {"text": text} | given
    return CARD_OF_FORM[form].model_validate({"client_id": client_id or uuid4()} | words)
