"""Evaluations out of the archive: put in once, counted."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.policy import Actor, require
from app.domain.evaluations.models import Evaluation, EvaluationRemark
from app.domain.evaluations.policy import shows
from app.domain.evaluations.questions import CODES, CURRENT
from app.domain.evaluations.schemas import EvaluationFacts


def put_evaluation(
    session: Session, actor: Actor, meeting_id: int, counted_at: datetime, facts: EvaluationFacts
) -> None:
    """How a meeting was evaluated; one that is there stays as it is. Only for the house."""
    require(actor.is_system)
    if session.get(Evaluation, meeting_id) is not None:
        return
    counts = {code: getattr(facts, code) for code in CODES}
    # As when it is counted: what is too little to be shown is not kept.
    kept = {code: steps for code, steps in counts.items() if shows(sum(steps))}
    session.add(
        Evaluation(
            meeting_id=meeting_id,
            wording=CURRENT,
            answers=facts.answers,
            tally=kept if shows(facts.answers) else {},
            counted_at=counted_at,
            is_example=facts.is_example,
        )
    )
    session.flush()
    session.add_all(EvaluationRemark(meeting_id=meeting_id, text=text) for text in facts.remarks)
    session.flush()
