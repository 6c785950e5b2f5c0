"""Writing on a board: who is named, what is taken once, and under which number."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import Actor, NotAllowed, NotFound, Refused
from app.domain.boards.models import BoardCard
from app.domain.boards.writing import reserve_references, write_card
from app.domain.contributions.models import Contribution
from tests.in_room import seat
from tests.on_boards import add_board, card
from tests.people import People


def test_a_card_is_a_contribution_with_meeting_item_group_and_task(session: Session) -> None:
    meeting, board = add_board(session)
    guest = seat(session, meeting, name="Gitte Gæst", organisation_name="Soft A/S")
    taken = write_card(session, guest, board.id, card(problem="Vi venter", wish="Åbne data"))
    said = session.get_one(Contribution, taken.id)
    assert (said.kind, said.status, said.visibility) == ("card", "received", "participants")
    assert (said.meeting_id, said.item_id, said.group_id) == (meeting.id, board.item_id, board.group_id)
    assert (said.title, said.body, said.task) == (
        "Åbne data", "Problem: Vi venter\nØnske: Åbne data", "Hvad skal vi måle?"
    )
    assert (said.said_by_text, said.on_behalf_of_text) == ("Gitte Gæst", "Soft A/S")
    assert session.get_one(BoardCard, taken.id).parts == {"problem": "Vi venter", "wish": "Åbne data"}
    assert (said.reference, taken.is_new, taken.waits) == (taken.reference, True, False)
