"""What was decided in the seed: through the verbs, so that an example is no different from the real thing."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.policy import Actor, require
from app.core.text import Line, RequiredLine
from app.domain.carry_over.models import AgendaDecision
from app.domain.carry_over.queries import find_agenda
from app.domain.carry_over.service import accept, decline
from app.domain.commitments.models import Commitment
from app.domain.contributions.models import Answer, Contribution
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.queries import MeetingView

TABLES: Final[dict[str, Any]] = {
    "answer": Answer,
    "contribution": Contribution,
    "commitment": Commitment,
}


class DecisionFacts(BaseModel):
    """A decision by the seed's own names of the thing and of the item that it was taken up at."""

    model_config = ConfigDict(extra="forbid")

    thing: Literal["answer", "contribution", "commitment"]
    key: RequiredLine
    item: RequiredLine | None = None
    note: Line = ""


def put_decisions(
    session: Session, actor: Actor, meeting: MeetingView, given: Sequence[DecisionFacts]
) -> None:
    """Of a meeting that people have not touched and of which nothing is decided. Without an item it is a no.
    What does not put itself forward is passed over. Only for the house."""
    require(actor.is_system)
    decided = session.scalar(select(exists().where(AgendaDecision.meeting_id == meeting.id)))
    if decided or meeting.edited_at is not None or meeting.is_past:
        return
    of_meeting = select(AgendaItem.key, AgendaItem.id).where(AgendaItem.meeting_id == meeting.id)
    items = {row.key: row.id for row in session.execute(of_meeting)}
    waiting = {
        (one.proposal.thing, one.proposal.thing_id): one.proposal
        for one in find_agenda(session, actor, meeting).waiting
    }
    for facts in given:
        proposal = waiting.get((facts.thing, _find(session, meeting, facts)))
        if proposal is None:
            continue
        if facts.item is None:
            decline(session, actor, meeting.id, proposal, facts.note)
        elif facts.item in items:
            accept(session, actor, meeting.id, proposal, items[facts.item], facts.note)


def _find(session: Session, meeting: MeetingView, facts: DecisionFacts) -> int:
    """The row that the seed calls so, at a meeting of the same series; 0 where there is none."""
    table = TABLES[facts.thing]
    series = select(Meeting.series_id).where(Meeting.id == meeting.id).scalar_subquery()
    found = session.scalar(
        select(table.id)
        .join(Meeting, Meeting.id == table.meeting_id)
        .where(table.key == facts.key, Meeting.series_id == series)
    )
    return found or 0
