"""Answers for tests, and colleagues who write them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.answering.drafting import draft_answer, prepare_answer
from app.domain.answering.schemas import AnswerInput
from app.domain.contributions.models import Answer
from app.domain.organisations.models import Organisation
from tests.people import add_actor


def add_colleague(session: Session, staff: Actor, name: str = "Kaj Kollega") -> Actor:
    """One more on the staff, of the same organiser."""
    return add_actor(session, name, session.get_one(Organisation, staff.organisation_id), "staff")


def add_draft_answer(session: Session, actor: Actor, contribution_ids: Sequence[int], **given: Any) -> Answer:
    values = {
        "verdict": "yes",
        "text": "Det gør vi.",
        "contribution_ids": list(contribution_ids),
        "organisation_ids": [actor.organisation_id],
    }
    return draft_answer(session, actor, AnswerInput.model_validate(values | given))


def add_prepared_answer(
    session: Session, actor: Actor, contribution_ids: Sequence[int], **given: Any
) -> Answer:
    answer = add_draft_answer(session, actor, contribution_ids, **given)
    return prepare_answer(session, actor, answer.id, answer.version)
