"""Questions to panels out of the archive: put in once, with what was answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.policy import Actor, require
from app.core.text import ShortLine
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import Given
from app.domain.panels.models import Panel, PanelQuestion, PanelSecond
from app.domain.panels.schemas import AnswerWords, State


class QuestionFacts(Given):
    """What became of a question. `key`: of the contribution; `seconds`: the users who backed it."""

    key: ShortLine
    state: State = "waiting"
    answer: AnswerWords = ""
    seconds: list[ShortLine] = []


class PanelFacts(Given):
    """The questions to the panel of an item, by its key."""

    item: ShortLine
    state: Literal["planned", "open", "closed"] = "planned"
    visibility: Literal["public", "participants"] = "participants"
    questions: list[QuestionFacts] = []


def put_panel(
    session: Session,
    actor: Actor,
    meeting_id: int,
    held_at: datetime,
    facts: PanelFacts,
    items: Mapping[str, int],
    contributions: Mapping[str, int],
    attendees: Mapping[str, int],
) -> None:
    """A panel with its questions. One that is there stays as people left it. Only for the house.

    `items`, `contributions` and `attendees`: ids by what the record calls them.
    """
    require(actor.is_system)
    item_id = items.get(facts.item)
    if item_id is None or session.get(Panel, item_id) is not None:
        return
    was_open = facts.state != "planned"
    panel = Panel(
        item_id=item_id,
        meeting_id=meeting_id,
        state=facts.state,
        visibility=facts.visibility,
        opened_at=held_at if was_open else None,
        closed_at=held_at if facts.state == "closed" else None,
    )
    session.add(panel)
    session.flush()
    for question in facts.questions:
        _put_question(session, panel, held_at, question, contributions[question.key], attendees)
    record(session, actor, "put", "panel", item_id, after={"questions": len(facts.questions)})


def _put_question(
    session: Session,
    panel: Panel,
    held_at: datetime,
    facts: QuestionFacts,
    contribution_id: int,
    attendees: Mapping[str, int],
) -> None:
    is_answered = facts.state == "answered"
    session.add(
        PanelQuestion(
            contribution_id=contribution_id,
            item_id=panel.item_id,
            state=facts.state,
            state_changed_at=held_at,
            approved_at=held_at,
            answer=facts.answer,
            answered_at=held_at if is_answered else None,
        )
    )
    session.get_one(Contribution, contribution_id).item_id = panel.item_id
    session.flush()
    session.add_all(
        PanelSecond(contribution_id=contribution_id, attendee_id=attendees[user])
        for user in facts.seconds
        if user in attendees
    )
    session.flush()
