"""Work on commitments that nobody waits for."""

from sqlalchemy import select

from app.core.events import announce
from app.core.jobs import Tools, is_done_before, job
from app.core.policy import SYSTEM
from app.domain.answering.models import BatchAnswer
from app.domain.commitments.events import ProposalsWait
from app.domain.commitments.news import note_news
from app.domain.commitments.service import note_late, publish_with_answers
from app.domain.commitments.statuses import follow_commitments


@job("commitments.note_late", cron="9 1 * * *")
def note_late_in_time(tools: Tools) -> None:
    """Note each night what should have been done by yesterday."""
    while True:
        with tools.database.unit() as session:
            if not note_late(session):
                return


@job("commitments.publish_with_answers")
def publish_promised(tools: Tools, batch_id: int) -> None:
    """Open what was promised in the answers of a batch, as soon as those are open."""
    with tools.database.unit() as session:
        in_batch = select(BatchAnswer.answer_id).where(BatchAnswer.batch_id == batch_id)
        publish_with_answers(session, SYSTEM, session.scalars(in_batch).all())


@job("commitments.tell_of_proposals")
def tell_of_proposals(tools: Tools) -> None:
    """Have staff told of the proposals that wait."""
    with tools.database.unit() as session:
        if not is_done_before(session):
            announce(session, ProposalsWait())


@job("commitments.note_news")
def note_what_happened(tools: Tools, what: str, commitment_ids: list[int], detail_id: int = 0) -> None:
    """Note what happened to commitments for those who follow them or what they are about."""
    with tools.database.unit() as session:
        note_news(session, what, commitment_ids, detail_id)


@job("commitments.follow")
def follow(tools: Tools, contribution_ids: list[int]) -> None:
    """Give contributions that people have changed the status that goes with what is promised of them."""
    with tools.database.unit() as session:
        follow_commitments(session, SYSTEM, contribution_ids)
