"""Entries of the ledger, tenders and private things for tests, made with as little as they can stand on."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.policy import Actor
from app.domain.answering.publishing import publish_answer
from app.domain.contributions.models import Answer, Contribution
from app.domain.ledger.models import LedgerEntry, LedgerHandout, Tender
from app.domain.ledger.schemas import EntryInput, TenderInput
from app.domain.ledger.service import KeptFile, note_meeting
from app.domain.ledger.tenders import add_tender, publish_tender
from tests.answered import add_prepared_answer
from tests.people import People
from tests.said import put_said

MET = {
    "happened_on": date(2026, 11, 3),
    "how": "meeting",
    "subject": "Næste års journalsystem",
    "text": "Vi fortalte om tidsplanen.",
}
NOTE = {"title": "Tidsplan", "text": "Udbuddet kommer i maj."}
FILE = KeptFile("Kravliste", "ledger/1/original.pdf", "krav.pdf", 1200, "ab" * 32)


def add_entry(
    session: Session, people: People, *met: Actor, files: tuple[KeptFile, ...] = (), **given: Any
) -> LedgerEntry:
    """The vendor was met by staff, unless others are named."""
    values: dict[str, Any] = {
        "organisation_ids": [one.organisation_id for one in met or (people.vendor,)],
        "staff_ids": [people.staff.user_id],
    }
    return note_meeting(session, people.staff, EntryInput.model_validate(MET | values | given), files)


def add_handout(session: Session, people: People, *met: Actor, **given: Any) -> LedgerHandout:
    """Words that were handed out to the vendor, unless others are named."""
    entry = add_entry(session, people, *met, handouts=[NOTE], **given)
    return session.query(LedgerHandout).filter_by(entry_id=entry.id).one()


def add_open_tender(session: Session, actor: Actor, title: str = "Journalsystem") -> Tender:
    """A tender that comes, and that all see."""
    tender = add_tender(session, actor, TenderInput(title=title))
    return publish_tender(session, actor, tender.id)


def ask_alone(session: Session, actor: Actor, **given: Any) -> Contribution:
    """A wish that reaches nobody but the actor's organisation and staff."""
    values = {
        "title": "Må data ligge i skyen?",
        "body": "Vi i Soft A/S spørger.",
        "visibility": "own",
        "on_behalf_of_id": actor.organisation_id,
        "published_at": now(),
    }
    return put_said(session, f"alene-{actor.organisation_id}-{len(given)}", **(values | given))


def answer_alone(session: Session, people: People, said: Contribution, **given: Any) -> Answer:
    """Answered and published; whoever sees the contribution reads it."""
    answer = add_prepared_answer(session, people.staff, [said.id], **given)
    publish_answer(session, people.staff, answer.id, answer.version)
    return answer
