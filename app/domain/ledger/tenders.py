"""Tenders, their notices, and the switch that has what is asked about one answered to all."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.core.text import fold
from app.domain.answering.models import BatchAnswer
from app.domain.contributions.gathered import with_lead
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, IdeaDetails
from app.domain.contributions.policy import is_out
from app.domain.ledger.events import QuestionsShared, TenderChanged
from app.domain.ledger.models import (
    LedgerEntry,
    LedgerOrganisation,
    Tender,
    TenderNotice,
    TenderQuestion,
    TenderQuestionEdition,
)
from app.domain.ledger.policy import may_keep_ledger
from app.domain.ledger.schemas import (
    LinkInput,
    NoticeInput,
    QuestionEdit,
    QuestionInput,
    State,
    TenderInput,
)
from app.domain.organisations.models import Organisation
from app.domain.users.models import Person, User

_OWN: Final = ("title", "text", "organisation_id", "expected_on")
# Shorter words of a confidential half are also words of everybody's.
_SECRET_FROM: Final = 12  # characters


# --- tenders


def add_tender(session: Session, actor: Actor, given: TenderInput) -> Tender:
    """A tender that comes, for staff alone until it is published. Refused: unknown_organisation."""
    require(may_keep_ledger(actor))
    _check_buyer(session, given.organisation_id)
    tender = Tender(created_at=now(), **given.model_dump(include=set(_OWN)))
    session.add(tender)
    session.flush()
    record(session, actor, "add", "tender", tender.id, after={"title": tender.title})
    announce(session, TenderChanged(tender.id))
    return tender


def edit_tender(session: Session, actor: Actor, tender_id: int, given: TenderInput) -> Tender:
    """Word a tender otherwise. Raises NotFound. Refused: stale, unknown_organisation."""
    tender = lock_tender(session, actor, tender_id)
    if tender.version != given.version:
        raise Refused("stale")
    _check_buyer(session, given.organisation_id)
    before = _facts(tender)
    for name in _OWN:
        setattr(tender, name, getattr(given, name))
    _note_change(session, actor, "edit", tender, before)
    return tender


def publish_tender(session: Session, actor: Actor, tender_id: int) -> Tender:
    """Have all see it from now on; nothing happens where they do already."""
    tender = lock_tender(session, actor, tender_id)
    if tender.published_at is None:
        tender.published_at = now()
        _note_change(session, actor, "publish", tender, {"published_at": None})
    return tender


def turn_tender(session: Session, actor: Actor, tender_id: int, state: State, version: int) -> Tender:
    """Say that it is coming, open or closed. Raises NotFound. Refused: stale."""
    tender = lock_tender(session, actor, tender_id)
    if tender.version != version:
        raise Refused("stale")
    before = _facts(tender)
    tender.state = state
    _note_change(session, actor, "edit", tender, before)
    return tender


def add_notice(session: Session, actor: Actor, tender_id: int, given: NoticeInput) -> TenderNotice:
    """Where the tender is announced. Raises NotFound. Refused: notice_known."""
    tender = lock_tender(session, actor, tender_id)
    values = {"tender_id": tender.id, "added_at": now(), **given.model_dump()}
    notice = session.scalars(
        insert(TenderNotice).values(values).on_conflict_do_nothing().returning(TenderNotice)
    ).one_or_none()
    if notice is None:
        raise Refused("notice_known")
    record(session, actor, "add_notice", "tender", tender.id, after={"kind": given.kind, "url": given.url})
    announce(session, TenderChanged(tender.id))
    return notice


def remove_notice(session: Session, actor: Actor, notice_id: int) -> None:
    """Take a wrong address away. Raises NotFound."""
    require(may_keep_ledger(actor))
    notice = session.get(TenderNotice, notice_id)
    if notice is None:
        raise NotFound
    tender = lock_tender(session, actor, notice.tender_id)
    path = f"/udbud/{tender.id}"
    lay_aside(session, actor, "tender_notice", notice, notice.url, path=path)
    session.delete(notice)
    record(
        session, actor, "remove_notice", "tender", tender.id, before={"kind": notice.kind, "url": notice.url}
    )
    announce(session, TenderChanged(tender.id))


def lock_tender(session: Session, actor: Actor, tender_id: int) -> Tender:
    """The tender, held. Raises NotFound."""
    require(may_keep_ledger(actor))
    tender = session.get(Tender, tender_id, with_for_update=True, populate_existing=True)
    if tender is None:
        raise NotFound
    return tender


def _check_buyer(session: Session, organisation_id: int | None) -> None:
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        raise Refused("unknown_organisation")


def _facts(tender: Tender) -> dict[str, Any]:
    day = tender.expected_on
    return {
        "title": tender.title,
        "state": tender.state,
        "organisation_id": tender.organisation_id,
        "expected_on": day.isoformat() if day else None,
    }


def _note_change(session: Session, actor: Actor, verb: str, tender: Tender, before: dict[str, Any]) -> None:
    tender.version += 1
    session.flush()
    record(session, actor, verb, "tender", tender.id, before=before, after=_facts(tender))
    announce(session, TenderChanged(tender.id))


# --- the switch


def link_to_tender(
    session: Session, actor: Actor, tender_id: int, contribution_id: int, given: LinkInput
) -> TenderQuestion:
    """Turn the switch on: whatever is answered to this is read by all at the same moment, under a question
    that does not tell who asked. What was answered already is shared now.

    Raises NotFound. Refused: tender_not_out, tender_closed, not_out, linked_before, names_asker,
    holds_confidential.
    """
    tender = _lock_running(session, actor, tender_id)
    said = session.get(Contribution, contribution_id)
    if said is None:
        raise NotFound
    if not is_out(said):
        raise Refused("not_out")
    _check_words(session, [contribution_id], [given.question])
    values = {"tender_id": tender.id, "contribution_id": said.id, "question": given.question}
    question = session.scalars(
        insert(TenderQuestion)
        .values(values | {"linked_at": now()})
        .on_conflict_do_nothing()
        .returning(TenderQuestion)
    ).one_or_none()
    if question is None:
        raise Refused("linked_before")
    after = {"contribution_id": said.id, "question_id": question.id}
    record(session, actor, "link_tender", "tender", tender.id, after=after)
    share_answered(session, actor, said.id)
    return question


def share_answered(session: Session, actor: Actor, contribution_id: int) -> list[int]:
    """What is answered to this already, open to all now if it is linked. Refused: as share_batch."""
    answered = select(AnswerContribution.answer_id).where(
        AnswerContribution.contribution_id.in_(with_lead(contribution_id))
    )
    return _share(session, actor, Answer.id.in_(answered))


def unlink_from_tender(session: Session, actor: Actor, question_id: int) -> None:
    """Turn the switch off, while nothing is shared. Raises NotFound. Refused: shared_before."""
    require(may_keep_ledger(actor))
    question = _lock_question(session, question_id)
    if question.shared_at is not None:
        raise Refused("shared_before")
    before = {"contribution_id": question.contribution_id, "question_id": question.id}
    path = f"/udbud/{question.tender_id}"
    lay_aside(session, actor, "tender_question", question, question.question, path=path)
    session.delete(question)
    record(session, actor, "unlink_tender", "tender", question.tender_id, before=before)
    session.flush()


def add_question(session: Session, actor: Actor, tender_id: int, given: QuestionInput) -> TenderQuestion:
    """A question that was asked in another way, and its answer, for all at once.

    Raises NotFound. Refused: tender_not_out, tender_closed, unknown_entry, and names_asker where it names
    somebody who was met at the entry.
    """
    tender = _lock_running(session, actor, tender_id)
    if given.entry_id is not None and session.get(LedgerEntry, given.entry_id) is None:
        raise Refused("unknown_entry")
    _check_words(session, [], [given.question, given.answer], given.entry_id)
    question = TenderQuestion(
        tender_id=tender.id,
        number=_next_number(session, tender.id),
        entry_id=given.entry_id,
        question=given.question,
        answer=given.answer,
        linked_at=now(),
        shared_at=now(),
    )
    session.add(question)
    session.flush()
    record(session, actor, "share", "tender", tender.id, after={"question_ids": [question.id]})
    announce(session, QuestionsShared((question.id,)))
    return question


def edit_question(session: Session, actor: Actor, question_id: int, given: QuestionEdit) -> TenderQuestion:
    """Put a question otherwise; how a shared one stood, and why it was changed, can be read by all.

    The answer to a contribution is corrected where it was given. Raises NotFound. Refused: stale,
    answer_elsewhere, answer_missing, nothing_changed, names_asker, holds_confidential.
    """
    require(may_keep_ledger(actor))
    question = _lock_question(session, question_id)
    if question.version != given.version:
        raise Refused("stale")
    if question.contribution_id is not None and given.answer:
        raise Refused("answer_elsewhere")
    if question.contribution_id is None and not given.answer:
        raise Refused("answer_missing")
    if (question.question, question.answer) == (given.question, given.answer):
        raise Refused("nothing_changed")
    asked = [question.contribution_id] if question.contribution_id is not None else []
    _check_words(session, asked, [given.question, given.answer], question.entry_id)
    if question.shared_at is not None:
        session.add(
            TenderQuestionEdition(
                question_id=question.id,
                number=question.version,
                question=question.question,
                answer=question.answer,
                why=given.why,
                replaced_at=now(),
            )
        )
    question.question, question.answer = given.question, given.answer
    question.version += 1
    record(session, actor, "edit", "tender_question", question.id)
    session.flush()
    return question


def _lock_running(session: Session, actor: Actor, tender_id: int) -> Tender:
    tender = lock_tender(session, actor, tender_id)
    if tender.published_at is None:
        raise Refused("tender_not_out")
    if tender.state == "closed":
        raise Refused("tender_closed")
    return tender


def _lock_question(session: Session, question_id: int) -> TenderQuestion:
    question = session.get(TenderQuestion, question_id, with_for_update=True, populate_existing=True)
    if question is None:
        raise NotFound
    return question


def _next_number(session: Session, tender_id: int) -> int:
    last = session.scalar(
        select(func.max(TenderQuestion.number)).where(TenderQuestion.tender_id == tender_id)
    )
    return (last or 0) + 1


# --- sharing: what follows when answers are published or corrected


def share_batch(session: Session, actor: Actor, batch_id: int) -> list[int]:
    """The questions whose answers went out with this batch, open to all in the same transaction.

    Refused: names_asker (reference), holds_confidential (reference): then nothing is published to anybody.
    """
    return _share(
        session, actor, Answer.id.in_(select(BatchAnswer.answer_id).where(BatchAnswer.batch_id == batch_id))
    )


def check_corrected(session: Session, answer_id: int) -> None:
    """See that an answer that all read says no more of the asker than it did. Refused: as share_batch."""
    found = _find_linked(session, Answer.id == answer_id)
    _check_answers(session, found)


def _share(session: Session, actor: Actor, which: ColumnElement[bool]) -> list[int]:
    found = _find_linked(session, which)
    _check_answers(session, found)
    if not found:
        return []
    tender_ids = sorted({question.tender_id for question, _ in found})
    # The tender first, as everywhere: its numbers are given one after the other.
    session.execute(select(Tender.id).where(Tender.id.in_(tender_ids)).order_by(Tender.id).with_for_update())
    shared: list[int] = []
    for question in {question.id: question for question, _ in found}.values():
        if question.shared_at is None:
            question.number = _next_number(session, question.tender_id)
            question.shared_at = now()
            session.flush()
        shared.append(question.id)
    for tender_id in tender_ids:
        ids = sorted({question.id for question, _ in found if question.tender_id == tender_id})
        record(session, actor, "share", "tender", tender_id, after={"question_ids": ids})
    announce(session, QuestionsShared(tuple(shared)))
    return shared


def _find_linked(session: Session, which: ColumnElement[bool]) -> list[tuple[TenderQuestion, Answer]]:
    """The questions with the answers to them, and to the leads that they hang under. One statement."""
    rows = session.execute(
        select(TenderQuestion, Answer)
        .distinct()
        .select_from(TenderQuestion)
        .join(
            AnswerContribution,
            AnswerContribution.contribution_id.in_(with_lead(TenderQuestion.contribution_id)),
        )
        .join(Answer, Answer.id == AnswerContribution.answer_id)
        .where(which, Answer.published_at.is_not(None))
        .order_by(TenderQuestion.id, Answer.id)
    )
    return [(row[0], row[1]) for row in rows]


_TEXTS: Final = ("text", "text_en", "text_sv", "reason", "reason_en", "reason_sv")


def _check_answers(session: Session, found: Sequence[tuple[TenderQuestion, Answer]]) -> None:
    texts: dict[int, list[str]] = {}
    for question, answer in found:
        assert question.contribution_id is not None
        mine = texts.setdefault(question.contribution_id, [question.question])
        mine += [getattr(answer, name) for name in _TEXTS]
    for contribution_id, words in texts.items():
        _check_words(session, [contribution_id], words)


def _check_words(
    session: Session, contribution_ids: Sequence[int], texts: Iterable[str], entry_id: int | None = None
) -> None:
    """Refuse words for all that name the asker, or hold what was said in confidence."""
    whole = fold(" ".join(texts))
    for contribution_id in contribution_ids:
        reference, names, secrets = _find_words(session, contribution_id)
        if _holds_name(whole, names):
            raise Refused("names_asker", reference=reference)
        if any(fold(" ".join(secret.split())) in " ".join(whole.split()) for secret in secrets):
            raise Refused("holds_confidential", reference=reference)
    if entry_id is not None:
        rows = session.execute(
            select(Organisation.name, Organisation.short_name)
            .join(LedgerOrganisation, LedgerOrganisation.organisation_id == Organisation.id)
            .where(LedgerOrganisation.entry_id == entry_id)
        )
        if _holds_name(whole, {name for row in rows for name in row if name}):
            raise Refused("names_asker", reference="")


def _holds_name(whole: str, names: Collection[str]) -> bool:
    """Whether one of the names stands in the folded text as words of its own; a company also without its
    form ("Soft" for "Soft A/S")."""
    folded = {fold(name).strip() for name in names}
    folded |= {
        re.sub(r"\s+(a/s|aps|i/s|k/s|p/s|amba|a\.m\.b\.a\.|ivs|ab|gmbh|ltd\.?)$", "", name) for name in folded
    }
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", whole) for name in folded if len(name) > 1
    )


def _find_words(session: Session, contribution_id: int) -> tuple[str, set[str], list[str]]:
    """The reference, what tells who said it, and what was said in confidence. Two statements."""
    by = session.execute(
        select(
            Contribution.reference,
            Contribution.said_by_text,
            Contribution.on_behalf_of_text,
            Organisation.name.label("organisation"),
            Organisation.short_name,
            Organisation.cvr,
            User.name.label("user"),
            Person.name.label("person"),
        )
        .outerjoin(Organisation, Organisation.id == Contribution.on_behalf_of_id)
        .outerjoin(User, User.id == Contribution.said_by_user_id)
        .outerjoin(Person, Person.id == Contribution.said_by_person_id)
        .where(Contribution.id == contribution_id)
    ).one()
    confidential = session.scalar(
        select(IdeaDetails.confidential).where(IdeaDetails.contribution_id == contribution_id)
    )
    secrets = [word for word in _list_texts(confidential) if len(word) >= _SECRET_FROM]
    return by.reference, {word for word in by if word}, secrets


def _list_texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _list_texts(one)]
