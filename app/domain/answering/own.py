"""What staff asks the people behind a contribution to tell, as they read it in the list of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import Actor
from app.domain.answering.models import AnswerObjection, Pause
from app.domain.answering.policy import may_reply
from app.domain.contributions.queries import ContributionView


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """`reply_by`: until when the clock of the answer stands still."""

    question: str
    asked_at: datetime
    reply_by: date


def find_open_questions(
    session: Session, actor: Actor, said: Iterable[ContributionView]
) -> dict[int, OpenQuestion]:
    """{contribution id: what is asked of it and not replied to}, of those whose questions the actor may reply
    to; one statement, and none where nothing is asked."""
    ids = [one.id for one in said if one.status == "needs_info" and may_reply(actor, one)]
    if not ids:
        return {}
    rows = session.execute(
        select(Pause.contribution_id, Pause.question, Pause.asked_at, Pause.reply_by)
        .where(Pause.contribution_id.in_(ids), Pause.ended_at.is_(None))
        .order_by(Pause.contribution_id)
    )
    return {row.contribution_id: OpenQuestion(*row[1:]) for row in rows}


def find_objected(session: Session, actor: Actor, said: Iterable[ContributionView]) -> frozenset[int]:
    """The ids of those whose answer the actor's own people have said to be none; one statement at most."""
    ids = [one.id for one in said if one.answer_count and may_reply(actor, one)]
    if not ids:
        return frozenset()
    objected = select(AnswerObjection.contribution_id).where(AnswerObjection.contribution_id.in_(ids))
    return frozenset(session.scalars(objected))
