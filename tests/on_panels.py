"""Questions to a panel and polls in a room that is open, for tests."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import SYSTEM, Actor
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.panels.models import Panel
from app.domain.panels.queries import QuestionAsked
from app.domain.panels.schemas import QuestionGiven
from app.domain.panels.service import ask
from app.domain.polls.models import Poll
from app.domain.polls.schemas import PollInput, VoteInput
from app.domain.polls.service import add_poll, open_poll, vote
from tests.in_room import open_room
from tests.said import add_item_row, add_meeting_row


def add_panel(session: Session, key: str = "10", **values: Any) -> tuple[Meeting, AgendaItem]:
    """A meeting whose room is open, with a panel that takes questions; `names` is the room's rule."""
    meeting = add_meeting_row(session, key)
    open_room(session, meeting, names=values.pop("names", "free"))
    item = add_item_row(session, meeting, "Paneldebat")
    item.kind = "panel"
    given = {"state": "open", "opened_at": now()} | values
    session.add(Panel(item_id=item.id, meeting_id=meeting.id, **given))
    session.flush()
    return meeting, item


def question(
    text: str = "Hvornår kommer de åbne data?", client_id: UUID | None = None, **given: Any
) -> QuestionGiven:
    return QuestionGiven(client_id=client_id or uuid4(), text=text, **given)


def ask_panel(
    session: Session, actor: Actor, item: AgendaItem, text: str = "Hvornår?", **given: Any
) -> QuestionAsked:
    return ask(session, actor, item.id, question(text, **given))


def add_open_poll(session: Session, meeting: Meeting, kind: str = "one", **given: Any) -> Poll:
    values = {"kind": kind, "question": "Hvad er vigtigst?"} | given
    if kind in ("one", "several"):
        values.setdefault("options", ["Data", "Drift", "Tillid"])
    poll = add_poll(session, SYSTEM, meeting.id, PollInput.model_validate(values))
    return open_poll(session, SYSTEM, poll.id)


def give_vote(session: Session, actor: Actor, poll: Poll, *given: str) -> None:
    vote(session, actor, poll.id, VoteInput(given=list(given)))
