"""The ledger as the archive knows it: put in once; what people have noted stays as they left it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN, now
from app.core.policy import Actor, require
from app.domain.ledger.models import (
    LedgerEntry,
    LedgerGapClosing,
    LedgerHandout,
    LedgerRequest,
    Tender,
    TenderNotice,
    TenderQuestion,
)
from app.domain.ledger.policy import correction_answer_by
from app.domain.ledger.schemas import EntryFacts, RequestFacts, TenderFacts
from app.domain.ledger.service import write_entry


def put_tender(session: Session, actor: Actor, given: TenderFacts) -> Tender:
    """A tender of the archive with its notices. Only for the house, as all here."""
    require(actor.is_system)
    known = session.scalars(select(Tender).where(Tender.key == given.key)).one_or_none()
    if known is not None:
        return known
    values = given.model_dump(exclude={"notices", "questions", "version"})
    tender = Tender(created_at=given.published_at or now(), **values)
    session.add(tender)
    session.flush()
    session.add_all(
        TenderNotice(tender_id=tender.id, added_at=tender.created_at, **notice.model_dump())
        for notice in given.notices
    )
    session.add_all(
        TenderQuestion(
            tender_id=tender.id,
            number=number,
            linked_at=tender.created_at,
            shared_at=tender.created_at,
            **one.model_dump(),
        )
        for number, one in enumerate(given.questions, 1)
    )
    session.flush()
    record(session, actor, "put", "tender", tender.id, after={"key": given.key})
    return tender


def put_entry(session: Session, actor: Actor, given: EntryFacts) -> LedgerEntry:
    """That organisations were met, with what became of what was handed out."""
    require(actor.is_system)
    known = session.scalars(select(LedgerEntry).where(LedgerEntry.key == given.key)).one_or_none()
    if known is not None:
        return known
    facts = {"key": given.key, "noted_at": given.noted_at, "is_example": given.is_example}
    entry = write_entry(session, actor, given, **facts)
    handouts = session.scalars(
        select(LedgerHandout).where(LedgerHandout.entry_id == entry.id).order_by(LedgerHandout.position)
    )
    for handout, one in zip(handouts, given.handouts, strict=True):
        if one.published_on is None and not one.justified:
            continue
        session.add(
            LedgerGapClosing(
                thing="handout",
                thing_id=handout.id,
                how="justified" if one.published_on is None else "published",
                reason=one.justified,
                url=one.url,
                published_on=one.published_on,
                closed_at=given.noted_at,
            )
        )
    session.flush()
    return entry


def put_request(session: Session, actor: Actor, given: RequestFacts) -> LedgerRequest:
    """That an organisation asked for a correction; what came of it stays as people left it."""
    require(actor.is_system)
    known = session.scalars(
        select(LedgerRequest)
        .where(
            LedgerRequest.entry_id == given.entry_id, LedgerRequest.organisation_id == given.organisation_id
        )
        .order_by(LedgerRequest.id)
        .limit(1)
    ).one_or_none()
    if known is not None:
        return known
    asked_on = given.asked_at.astimezone(COPENHAGEN).date()
    request = LedgerRequest(**given.model_dump(), answer_by=correction_answer_by(asked_on))
    session.add(request)
    session.flush()
    record(session, actor, "put", "ledger_request", request.id)
    return request
