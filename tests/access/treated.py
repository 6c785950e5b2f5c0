"""The ledger of equal treatment: what is noted on whom, gaps, corrections that are asked for, tenders with
their questions, and what is taken out for the file."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.storage import Storage
from app.domain.ledger.exporting import export_ledger
from app.domain.ledger.models import LedgerEntry, LedgerHandout
from app.domain.ledger.schemas import (
    JustifyInput,
    LinkInput,
    NoticeInput,
    PublishInput,
    QuestionInput,
    RequestInput,
    TenderInput,
)
from app.domain.ledger.service import KeptFile, ask_for_correction, justify_gap, publish_gap
from app.domain.ledger.tenders import add_notice, add_question, add_tender, link_to_tender
from tests.noted import MET, NOTE, add_entry, add_open_tender, ask_alone
from tests.people import People

Place = dict[str, object]
Fields = dict[str, str]
Things = tuple[dict[str, Place], dict[str, Fields]]


def treat_things(session: Session, people: People, storage: Storage) -> Things:
    """What is noted on the vendor, and on the rival."""
    made = [_note(session, people, storage), _tender(session, people)]
    return {name: place for things, _fields in made for name, place in things.items()}, {
        name: given for _things, fields in made for name, given in fields.items()
    }


def _note(session: Session, people: People, storage: Storage) -> Things:
    staff, vendor = people.staff, people.vendor
    own = _meet(session, people, storage, "1")
    foreign = _meet(session, people, storage, "2", subject="Et andet system", met_rival=True)
    shared = _meet(session, people, storage, "3", subject="Et tredje system")
    justified = _meet(session, people, storage, "4", subject="Et fjerde system")
    files = {one.id: _find_file(session, one) for one in (own, foreign, shared, justified)}
    publish_gap(session, staff, "handout", files[shared.id], PublishInput(note="Nu for alle"))
    closing = justify_gap(
        session, staff, "handout", files[justified.id], JustifyInput(reason="Kendt af alle")
    )
    request = ask_for_correction(session, vendor, own.id, RequestInput(text="Det var en onsdag"))
    export = export_ledger(session, staff)
    things: dict[str, Place] = {
        "entry": {"entry_id": own.id},
        "rival's entry": {"entry_id": foreign.id},
        "entry without request": {"entry_id": justified.id},
        "handout": {"handout_id": files[own.id]},
        "rival's handout": {"handout_id": files[foreign.id]},
        "shared handout": {"handout_id": files[shared.id]},
        "handed-out words": {"handout_id": _find_words(session, shared)},
        "open gap": {"thing": "handout", "thing_id": files[own.id]},
        "closed gap": {"thing": "handout", "thing_id": files[justified.id]},
        "gap of no kind": {"thing": "findes-ikke", "thing_id": files[own.id]},
        "closing": {"closing_id": closing.id},
        "request for correction": {"request_id": request.id},
        "export": {"number": export.number},
        "entry to note": {},
    }
    fields = {
        "text": "Det var en onsdag",
        "reason": "Det stod i avisen",
        "note": "Nu for alle",
        "happened_on": str(MET["happened_on"]),
        "how": "meeting",
        "subject": "Journalsystem",
        "organisations": "Soft A/S",
        "staff_ids": str(staff.user_id),
        "number": "0",
    }
    return things, dict.fromkeys(things, fields) | {"export": {"som": "docx"}}


def _meet(
    session: Session,
    people: People,
    storage: Storage,
    name: str,
    *,
    subject: str = "Næste års journalsystem",
    met_rival: bool = False,
) -> LedgerEntry:
    """A meeting at which a file and words were handed out."""
    key = f"ledger/{name}/original.pdf"
    storage.put(key, b"%PDF-original")
    file = KeptFile("Kravliste", key, "krav.pdf", len(b"%PDF-original"), "ab" * 32)
    met = people.rival if met_rival else people.vendor
    return add_entry(session, people, met, files=(file,), handouts=[NOTE], subject=subject)


def _find_file(session: Session, entry: LedgerEntry) -> int:
    of_entry = select(LedgerHandout.id).where(LedgerHandout.entry_id == entry.id)
    return session.scalars(of_entry.where(LedgerHandout.kind == "file")).one()


def _find_words(session: Session, entry: LedgerEntry) -> int:
    of_entry = select(LedgerHandout.id).where(LedgerHandout.entry_id == entry.id)
    return session.scalars(of_entry.where(LedgerHandout.kind != "file")).one()


def _tender(session: Session, people: People) -> Things:
    """One that all see, with an announcement, a question that is shared and one that waits; and one that is
    not out yet."""
    staff = people.staff
    tender, other = add_open_tender(session, staff), add_open_tender(session, staff, "Telefoni")
    draft = add_tender(session, staff, TenderInput(title="Nye skærme"))
    url = "https://udbud.dk/Pages/Tenders/ShowTender?tenderid=1"
    notice = add_notice(session, staff, tender.id, NoticeInput(kind="udbud_dk", url=url))
    shared = add_question(session, staff, tender.id, QuestionInput(question="Hvornår?", answer="Til maj."))
    asked, free = ask_alone(session, people.vendor), ask_alone(session, people.vendor, title="Må vi se data?")
    waiting = link_to_tender(session, staff, tender.id, asked.id, LinkInput(question="Er skyen tilladt?"))
    session.refresh(tender)
    things: dict[str, Place] = {
        "tender": {"tender_id": tender.id},
        "draft tender": {"tender_id": draft.id},
        "notice": {"tender_id": tender.id, "notice_id": notice.id},
        "notice of another": {"tender_id": other.id, "notice_id": notice.id},
        "shared question": {"tender_id": tender.id, "question_id": shared.id},
        "linked question": {"tender_id": tender.id, "question_id": waiting.id},
        "question of another": {"tender_id": other.id, "question_id": shared.id},
        "case to link": {"reference": free.reference},
        "linked case": {"reference": asked.reference},
        "tender to add": {},
    }
    fields = {
        "title": "Journalsystem",
        "version": str(tender.version),
        "state": "open",
        "kind": "udbud_dk",
        "url": f"{url}2",
        "question": "Er skyen tilladt for alle?",
        "answer": "Ja.",
        "why": "Det var uklart",
        "reference": free.reference,
        "tender_id": str(tender.id),
        "expected_on": today().isoformat(),
    }
    return things, dict.fromkeys(things, fields)
