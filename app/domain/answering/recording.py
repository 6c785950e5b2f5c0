"""Answering as the archive knows it: who looks after what, what was asked, what waits. Put in once; what
people have had their hands on stays as they left it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN, day_of
from app.core.policy import Actor, require
from app.domain.answering.clock import set_rule
from app.domain.answering.models import (
    AnswerBatch,
    AnswerObjection,
    AnswerTemplate,
    BatchAnswer,
    Case,
    Pause,
    StaffNote,
)
from app.domain.answering.policy import moved_by_pause
from app.domain.answering.recording_schemas import CaseFacts, ObjectionFacts, PauseFacts
from app.domain.answering.schemas import RuleInput, TemplateInput
from app.domain.contributions.answer_clock import find_rule
from app.domain.contributions.models import Contribution


def put_case(session: Session, actor: Actor, given: CaseFacts) -> None:
    """Who looks after a contribution, with notes between colleagues. Only for the house, as all here."""
    require(actor.is_system)
    if session.get(Case, given.contribution_id) is not None:
        return
    session.add(
        Case(
            contribution_id=given.contribution_id,
            owner_id=given.owner_id,
            organisation_id=given.organisation_id,
            claimed_at=given.claimed_at if given.owner_id is not None else None,
        )
    )
    session.flush()
    session.add_all(
        StaffNote(
            contribution_id=given.contribution_id,
            text=note,
            written_by_id=given.owner_id,
            written_at=given.claimed_at,
        )
        for note in given.notes
    )
    after = {"owner_id": given.owner_id, "notes": len(given.notes)}
    record(session, actor, "claim", "contribution", given.contribution_id, after=after)


def put_pause(session: Session, actor: Actor, given: PauseFacts) -> None:
    """What the asker was asked, with the reply where there is one; without it the clock stands still."""
    require(actor.is_system)
    known = select(Pause.id).where(Pause.contribution_id == given.contribution_id)
    if session.scalar(select(known.exists())):
        return
    said = session.get_one(Contribution, given.contribution_id, with_for_update=True)
    asked_on = given.asked_at.astimezone(COPENHAGEN).date()
    pause = Pause(
        contribution_id=said.id,
        question=given.question,
        asked_at=given.asked_at,
        reply_by=given.reply_by,
        answer_by_before=said.answer_by,
        status_before=said.status,
        reply=given.reply,
        ended_at=given.replied_at,
        ended_as="reply" if given.replied_at is not None else None,
    )
    session.add(pause)
    ends_on = day_of(given.replied_at) or given.reply_by
    said.answer_by = moved_by_pause(said.answer_by, asked_on, ends_on)
    if given.replied_at is None:
        said.status = "needs_info"
    session.flush()
    record(session, actor, "ask_more", "contribution", said.id, after={"pause_id": pause.id})


def put_objection(session: Session, actor: Actor, given: ObjectionFacts) -> None:
    """The asker's word that an answer is none."""
    require(actor.is_system)
    if session.get(AnswerObjection, given.contribution_id) is not None:
        return
    session.add(AnswerObjection(**given.model_dump()))
    session.flush()
    after = {"answer_id": given.answer_id}
    record(session, actor, "find_no_answer", "contribution", given.contribution_id, after=after)


def put_template(session: Session, actor: Actor, given: TemplateInput) -> None:
    """Words to begin from; a title that was taken away by people does not come back."""
    require(actor.is_system)
    known = select(AnswerTemplate.id).where(AnswerTemplate.title == given.title)
    if session.scalar(select(known.exists())):
        return
    template = AnswerTemplate(**given.model_dump(exclude={"version"}))
    session.add(template)
    session.flush()
    record(session, actor, "put", "answer_template", template.id, after={"title": given.title})


def put_rule(session: Session, actor: Actor, given: RuleInput) -> None:
    """By when what is sent is answered, until staff sets another rule."""
    require(actor.is_system)
    if find_rule(session, given.at_most_days).version == 0:
        set_rule(session, actor, given)


def put_waiting_batch(
    session: Session, actor: Actor, name: str, answer_ids: Sequence[int], created_at: datetime
) -> None:
    """Answers that wait to go out together; nothing is published, and nobody is told."""
    require(actor.is_system)
    known = select(AnswerBatch.id).where(AnswerBatch.name == name)
    if session.scalar(select(known.exists())):
        return
    batch = AnswerBatch(name=name, created_at=created_at)
    session.add(batch)
    session.flush()
    session.add_all(BatchAnswer(answer_id=one, batch_id=batch.id) for one in answer_ids)
    record(session, actor, "put", "answer_batch", batch.id, after={"name": name})
