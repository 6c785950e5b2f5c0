"""Publishing answers: many at one moment; correcting them later; and the asker's word that one is none."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked
from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.kept import kept
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.answering.cases import find_owner_ids, lock_contributions, take_cases
from app.domain.answering.drafting import WORDS, is_too_late, lacks_reason, list_answered_ids, lock_answer
from app.domain.answering.events import AnswerCorrected, AnswerObjected, AnswersPublished
from app.domain.answering.models import AnswerBatch, AnswerObjection, BatchAnswer
from app.domain.answering.pausing import end_by_answer
from app.domain.answering.policy import (
    ANSWERABLE,
    MOST_AT_ONCE,
    may_answer,
    may_reply,
)
from app.domain.answering.schemas import CorrectionInput, ReplyInput
from app.domain.answering.telling import defer_telling
from app.domain.contributions.answer_clock import find_answer_by
from app.domain.contributions.events import AnswerChanged
from app.domain.contributions.gathered import find_leads, put_status
from app.domain.contributions.in_room import hides_author
from app.domain.contributions.models import (
    Answer,
    AnswerContribution,
    AnswerEdition,
    BlackedText,
    Contribution,
)
from app.domain.contributions.policy import STATUS_OF, answers_visible_to
from app.domain.contributions.service import get_seen, tell_changed

# --- batches


def make_batch(session: Session, actor: Actor, name: str, answer_ids: Sequence[int] = ()) -> AnswerBatch:
    """Answers that are to be published together, under a name that staff knows them by."""
    require(may_answer(actor))
    batch = AnswerBatch(name=name, created_at=now())
    session.add(batch)
    session.flush()
    record(session, actor, "add", "answer_batch", batch.id, after={"name": name})
    if answer_ids:
        put_in_batch(session, actor, batch.id, answer_ids)
    return batch


def put_in_batch(session: Session, actor: Actor, batch_id: int, answer_ids: Sequence[int]) -> None:
    """Have these go out with the batch, also from another one; drafts too, but they hold it back until they
    are ready. Refused: batch_published, answer_published, batch_full (most)."""
    require(may_answer(actor))
    _lock_batch(session, batch_id)
    answers = _lock_answers(session, answer_ids)
    if any(answer.published_at is not None for answer in answers):
        raise Refused("answer_published")
    rows = [{"answer_id": answer.id, "batch_id": batch_id} for answer in answers]
    put = insert(BatchAnswer).values(rows)
    session.execute(put.on_conflict_do_update(index_elements=["answer_id"], set_={"batch_id": batch_id}))
    if len(_list_of_batch(session, batch_id)) > MOST_AT_ONCE:
        raise Refused("batch_full", most=MOST_AT_ONCE)
    after = {"answer_ids": sorted(answer.id for answer in answers)}
    record(session, actor, "fill", "answer_batch", batch_id, after=after)


def take_out_of_batch(session: Session, actor: Actor, batch_id: int, answer_ids: Sequence[int]) -> None:
    """Let these wait while the others go. Refused: batch_published."""
    require(may_answer(actor))
    _lock_batch(session, batch_id)
    session.execute(
        delete(BatchAnswer).where(BatchAnswer.batch_id == batch_id, BatchAnswer.answer_id.in_(answer_ids))
    )
    record(session, actor, "drop", "answer_batch", batch_id, after={"answer_ids": sorted(answer_ids)})


def prepare_batch(session: Session, actor: Actor, batch_id: int) -> int:
    """Say that all answers of the batch are ready; how many were not yet.

    Refused: batch_published, batch_empty, claimed (who), reason_missing (reference), again_by_past
    (reference): then none is.
    """
    require(may_answer(actor))
    _lock_batch(session, batch_id)
    answer_ids = _list_of_batch(session, batch_id)
    if not answer_ids:
        raise Refused("batch_empty")
    answers = [one for one in _lock_answers(session, answer_ids) if one.prepared_at is None]
    take_cases(session, actor, list_answered_ids(session, [one.id for one in answers]))
    for answer in answers:
        if lacks_reason(answer.verdict, answer.reason):
            raise Refused("reason_missing", reference=_reference_of(session, answer.id))
        _check_day(session, answer)
        answer.prepared_at = now()
        answer.version += 1
    if answers:
        after = {"answer_ids": [answer.id for answer in answers]}
        record(session, actor, "make_ready", "answer_batch", batch_id, after=after)
    session.flush()
    return len(answers)


def _check_day(session: Session, answer: Answer) -> None:
    if is_too_late(answer.again_by):
        raise Refused("again_by_past", reference=_reference_of(session, answer.id))


def _reference_of(session: Session, answer_id: int) -> str:
    ids = list_answered_ids(session, [answer_id])[:1]
    return session.scalars(select(Contribution.reference).where(Contribution.id.in_(ids))).first() or ""


def discard_batch(session: Session, actor: Actor, batch_id: int) -> None:
    """Give up publishing these together; the answers stay as they are. Refused: batch_published."""
    require(may_answer(actor))
    batch = _lock_batch(session, batch_id)
    of_batch = (BatchAnswer, BatchAnswer.batch_id == batch_id)
    lay_aside(session, actor, "answer_batch", batch, batch.name, along=[of_batch])
    session.execute(delete(BatchAnswer).where(BatchAnswer.batch_id == batch_id))
    session.delete(batch)
    record(session, actor, "discard", "answer_batch", batch_id, before={"name": batch.name})
    session.flush()


def _lock_batch(session: Session, batch_id: int) -> AnswerBatch:
    batch = session.scalars(
        select(AnswerBatch)
        .where(AnswerBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None:
        raise NotFound
    if batch.published_at is not None:
        raise Refused("batch_published")
    return batch


def _lock_answers(session: Session, answer_ids: Sequence[int]) -> list[Answer]:
    answers = session.scalars(
        select(Answer)
        .where(Answer.id.in_(answer_ids))
        .order_by(Answer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not answers or len(answers) < len(set(answer_ids)):
        raise NotFound
    return list(answers)


def _list_of_batch(session: Session, batch_id: int) -> list[int]:
    return list(session.scalars(select(BatchAnswer.answer_id).where(BatchAnswer.batch_id == batch_id)))


def publish_batch(session: Session, actor: Actor, batch_id: int) -> int:
    """Open all answers of the batch to all at one moment; how many. Who is to be told is told by a job.

    Refused: batch_published, batch_empty, not_ready (count), again_by_past (reference): then none is
    published.
    """
    require(may_answer(actor))
    batch = _lock_batch(session, batch_id)
    answer_ids = _list_of_batch(session, batch_id)
    if not answer_ids:
        raise Refused("batch_empty")
    # Contributions before answers, as everywhere: two who hold the same wait for each other in one order.
    rows = lock_contributions(session, list_answered_ids(session, answer_ids))
    answers = _lock_answers(session, answer_ids)
    # Somebody may have moved one to another batch, or published it, before it could be held here.
    still_there = set(_list_of_batch(session, batch_id))
    answers = [one for one in answers if one.id in still_there and one.published_at is None]
    if not answers:
        raise Refused("batch_empty")
    unready = sum(answer.prepared_at is None for answer in answers)
    if unready:
        raise Refused("not_ready", count=unready)
    for answer in answers:
        _check_day(session, answer)
    batch.published_at = now()
    answer_ids = [one.id for one in answers]
    answered = _list_answered(session, answer_ids)
    rows = {i: rows[i] for i in sorted({i for ids in answered.values() for i in ids})}
    for answer in answers:
        answer.published_at = batch.published_at
        answer.version += 1
        for contribution_id in answered.get(answer.id, ()):
            _follow_verdict(session, rows[contribution_id], answer)
    after = {"answer_ids": sorted(answer_ids), "references": sorted(row.reference for row in rows.values())}
    record(session, actor, "publish", "answer_batch", batch.id, after=after)
    tell_changed(session, rows.values())
    for answer in answers:
        announce(session, AnswerChanged(answer.id))
    announce(session, AnswersPublished(batch.id))
    defer_telling(session, batch.id)
    return len(answers)


def _list_answered(session: Session, answer_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    pairs = session.execute(
        select(AnswerContribution.answer_id, AnswerContribution.contribution_id)
        .where(AnswerContribution.answer_id.in_(answer_ids))
        .order_by(AnswerContribution.answer_id, AnswerContribution.contribution_id)
    )
    for answer_id, contribution_id in pairs:
        found.setdefault(answer_id, []).append(contribution_id)
    return found


def _follow_verdict(session: Session, said: Contribution, answer: Answer) -> None:
    end_by_answer(session, said)
    if answer.verdict is None or not put_status(session, said, ANSWERABLE, STATUS_OF[answer.verdict]):
        return
    if answer.verdict == "later":
        said.answer_by = answer.again_by
    said.version += 1


def publish_answer(session: Session, actor: Actor, answer_id: int, version: int) -> AnswerBatch:
    """Publish one answer by itself, now; takes it out of the batch it was to go with.

    Refused: stale, answer_published, not_ready, again_by_past (reference).
    """
    require(may_answer(actor))
    # Held before the answer, as publish_batch does.
    lock_contributions(session, list_answered_ids(session, [answer_id]))
    answer = lock_answer(session, actor, answer_id, version)
    batch = make_batch(session, actor, "", [answer.id])
    publish_batch(session, actor, batch.id)
    return batch


# --- corrections


def correct_answer(session: Session, actor: Actor, answer_id: int, given: CorrectionInput) -> Answer:
    """Put a published answer otherwise; how it stood, and why it was changed, can be read by all.

    Refused: stale, answer_not_published, verdict_missing, reason_missing, again_by_past, nothing_changed,
    blacked_out (until the words are shown again or erased).
    """
    require(may_answer(actor))
    rows = lock_contributions(session, list_answered_ids(session, [answer_id]))
    answer = lock_answer(session, actor, answer_id, given.version)
    if answer.published_at is None:
        raise Refused("answer_not_published")
    _check_correction(session, answer, given)
    before = {field: getattr(answer, field) for field in WORDS}
    session.add(
        AnswerEdition(answer_id=answer.id, number=answer.version, why=given.why, replaced_at=now(), **before)
    )
    for field in WORDS:
        setattr(answer, field, getattr(given, field))
    answer.version += 1
    session.flush()
    changed = [field for field in WORDS if getattr(answer, field) != before[field]]
    if {"verdict", "again_by"} & set(changed):
        overtaken = _list_overtaken(session, answer)
        for said in rows.values():
            if said.id not in overtaken:
                _follow_verdict(session, said, answer)
    record(
        session,
        actor,
        "correct",
        "answer",
        answer.id,
        before={"verdict": before["verdict"]},
        after={"verdict": answer.verdict, "rewritten": changed},
    )
    tell_changed(session, rows.values())
    announce(session, AnswerChanged(answer.id))
    announce(session, AnswerCorrected(answer.id, answer.version - 1))
    return answer


def _list_overtaken(session: Session, answer: Answer) -> set[int]:
    """What it answers that has been answered anew since: there the newer answer counts."""
    newer, of_newer = aliased(Answer), aliased(AnswerContribution)
    return set(
        session.scalars(
            select(AnswerContribution.contribution_id)
            .join(of_newer, of_newer.contribution_id == AnswerContribution.contribution_id)
            .join(newer, newer.id == of_newer.answer_id)
            .where(
                AnswerContribution.answer_id == answer.id,
                newer.verdict.is_not(None),
                newer.published_at > answer.published_at,
            )
        )
    )


def _check_correction(session: Session, answer: Answer, given: CorrectionInput) -> None:
    if given.verdict is None and answer.verdict is not None:
        raise Refused("verdict_missing")
    if given.verdict not in (None, "yes") and not given.reason:
        raise Refused("reason_missing")
    if given.again_by != answer.again_by and is_too_late(given.again_by):
        raise Refused("again_by_past")
    if all(getattr(given, field) == getattr(answer, field) for field in WORDS):
        raise Refused("nothing_changed")
    blacked = select(BlackedText.id).where(BlackedText.thing == "answer", BlackedText.thing_id == answer.id)
    if session.scalar(select(blacked.exists())):
        raise Refused("blacked_out")


def list_editions(
    session: Session, actor: Actor, answer_ids: Sequence[int]
) -> dict[int, list[AnswerEdition]]:
    """How these answers stood before they were corrected, {answer id: the oldest first}; as the answer itself
    can be seen."""
    found: dict[int, list[AnswerEdition]] = {}
    editions = session.scalars(
        select(AnswerEdition)
        .join(Answer, Answer.id == AnswerEdition.answer_id)
        .where(AnswerEdition.answer_id.in_(answer_ids), answers_visible_to(actor))
        .order_by(AnswerEdition.answer_id, AnswerEdition.number)
        .limit(MOST_AT_ONCE)
    )
    for edition in editions:
        found.setdefault(edition.answer_id, []).append(edition)
    return found


# --- the asker's word


def object_to_answer(
    session: Session,
    actor: Actor,
    contribution_id: int,
    answer_id: int,
    given: ReplyInput,
    answer_within_days: int,
) -> AnswerObjection:
    """Say, once, that the answer does not answer: it is open again, with a new day.

    What hangs under a lead is answered with it, and opens it again.
    Raises NotFound. Refused: objected_before, answer_not_published.
    """
    require(may_reply(actor, get_seen(session, actor, contribution_id)))
    lead_id = find_leads(session, [contribution_id]).get(contribution_id, contribution_id)
    rows = lock_contributions(session, [contribution_id, lead_id])
    said, lead = rows[contribution_id], rows[lead_id]
    published_at = session.execute(
        select(Answer.published_at)
        .join(AnswerContribution, AnswerContribution.answer_id == Answer.id)
        .where(
            Answer.id == answer_id,
            AnswerContribution.contribution_id.in_(rows),
            answers_visible_to(actor),
        )
        .limit(1)
    ).scalar_one_or_none()
    if published_at is None:
        raise NotFound
    objection = session.scalars(
        insert(AnswerObjection)
        .values(contribution_id=contribution_id, answer_id=answer_id, text=given.text, made_at=now())
        .on_conflict_do_nothing()
        .returning(AnswerObjection)
    ).one_or_none()
    if objection is None:
        raise Refused("objected_before")
    before = {"status": lead.status}
    if lead.status in ("answered", "declined"):
        lead.status = "under_review"
        lead.answer_by = find_answer_by(session, today(), answer_within_days, lead.meeting_id)
        lead.version += 1
    record(
        session,
        actor,
        "find_no_answer",
        "contribution",
        contribution_id,
        before=before,
        after={"status": lead.status, "answer_id": answer_id},
        is_nameless=hides_author(actor, said),
    )
    tell_changed(session, rows.values())
    owner_id = find_owner_ids(session, [lead_id]).get(lead_id)
    announce(session, AnswerObjected(contribution_id, owner_id))
    return objection


def objection_of(contribution_id: int) -> Asking[AnswerObjection | None]:
    """What the asker said of the answer, for the asker and staff, as a row with all that it holds; that it
    may be read (`may_read_exchange`) has been asked."""
    rows: list[Any] = yield from asked(_objections(), {"objected": contribution_id})
    return rows[0] if rows else None


@kept
def _objections() -> Select[Any]:
    columns = inspect(AnswerObjection).column_attrs
    return select(*(getattr(AnswerObjection, one.key) for one in columns)).where(
        AnswerObjection.contribution_id == bindparam("objected")
    )
