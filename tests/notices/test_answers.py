"""What people are told of answers: one mail each with all that concerns them, and why."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.events import announce
from app.core.mail import Mail
from app.domain.answering.cases import claim
from app.domain.answering.clock import note_what_was_late, notice_late
from app.domain.answering.pausing import ask_for_more, reply
from app.domain.answering.publishing import (
    correct_answer,
    make_batch,
    object_to_answer,
    publish_answer,
    publish_batch,
)
from app.domain.answering.schemas import CorrectionInput, MoreInput, ReplyInput
from app.domain.answering.telling import gather_readers, tell_some
from app.domain.attendance.models import Attendee
from app.domain.commitments.events import ProposalsWait
from app.domain.commitments.service import note_late
from app.domain.contributions.gathering import gather
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.domain.outbox.service import opt_out
from app.main import connect_rooms
from app.settings import Settings
from tests.answered import add_prepared_answer
from tests.in_room import open_room, seat
from tests.people import People
from tests.promised import add_commitment, add_proposal
from tests.said import add_meeting_row, add_wish, put_said

STAFF = "stine@vaert.example"
GUEST = "gaest@x.example"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_known_day() -> Iterator[None]:
    connect_rooms(Settings(base_url="http://testserver"))
    with moved_to(NOON):
        yield


def list_mails(session: Session) -> dict[str, Mail]:
    """The mails but for receipts, by receiver; two to the same would hide each other, so that is asked."""
    rows = session.scalars(select(Mail).where(~Mail.subject.contains("modtaget")).order_by(Mail.id)).all()
    found = {mail.recipient: mail for mail in rows}
    assert len(found) == len(rows)
    return found


def publish_together(session: Session, people: People, *answered: Contribution, **given: object) -> int:
    answers = [add_prepared_answer(session, people.staff, [one.id], **given) for one in answered]
    batch = make_batch(session, people.staff, "Runde", [answer.id for answer in answers])
    publish_batch(session, people.staff, batch.id)
    return batch.id


def add_guest(session: Session, meeting: Meeting) -> None:
    guest = seat(session, meeting)
    session.get_one(Attendee, guest.seat_at(meeting.id)).email = GUEST
    session.flush()


def tell_all(session: Session, batch_id: int) -> None:
    gather_readers(session, batch_id)
    while tell_some(session, batch_id):
        pass


def test_one_person_gets_one_mail_with_every_answer_and_why(session: Session, people: People) -> None:
    first, second = (add_wish(session, people.vendor, title) for title in ("Målbilleder", "Snitflader"))
    given = {"verdict": "later", "reason": "Vi venter på loven.", "again_by": date(2027, 6, 1)}
    tell_all(session, publish_together(session, people, first, second, **given))
    mail = list_mails(session)["vera@soft.example"]
    assert mail.subject == "Der er kommet 2 svar – Dialogforum"
    assert mail.text == (
        f"""Kære Vera Vendor

Der er kommet 2 svar:

{first.reference}  Målbilleder

Senere. Det gør vi.
Begrundelse: Vi venter på loven.
I hører fra os igen senest 1. juni 2027.
– Værtsforeningen

Læs det på siden:
http://testserver/oensker/{first.reference}
Du får det at vide, fordi du sagde eller sendte det.

----------------------------------------

{second.reference}  Snitflader

Senere. Det gør vi.
Begrundelse: Vi venter på loven.
I hører fra os igen senest 1. juni 2027.
– Værtsforeningen

Læs det på siden:
http://testserver/oensker/{second.reference}
Du får det at vide, fordi du sagde eller sendte det.

Svarer det ikke på det, du spurgte om? Log ind, og sig det på siden, én gang for hvert bidrag.

Eksempelforeningens sekretariat
kontakt@eksempelforeningen.example · 00 00 00 00
"""
    )


def test_who_was_there_reads_no_title_of_what_was_for_the_room_alone(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    open_room(session, meeting)
    add_guest(session, meeting)
    closed = put_said(session, "k", title="Kun for os", meeting_id=meeting.id, visibility="participants")
    tell_all(session, publish_together(session, people, closed))
    (mail,) = list_mails(session).values()
    assert mail.recipient == GUEST
    assert closed.reference in mail.text and "Kun for os" not in mail.text + mail.subject + (mail.html or "")
    assert "fordi du var med på mødet" in mail.text


def test_what_was_hidden_meanwhile_and_who_wants_no_messages_are_left_out(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    open_room(session, meeting)
    add_guest(session, meeting)
    opt_out(session, GUEST)
    open_one = put_said(session, "a", meeting_id=meeting.id)
    gone = add_wish(session, people.vendor)
    batch_id = publish_together(session, people, open_one, gone)
    gather_readers(session, batch_id)
    gone.hidden_at = NOON
    session.flush()
    while tell_some(session, batch_id):
        pass
    assert list_mails(session) == {}


def test_what_passes_between_the_asker_and_who_looks_after_it(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Målbilleder")
    session.execute(delete(Mail))
    given = MoreInput(question="Hvilke områder?", reply_by=date(2026, 12, 1))
    ask_for_more(session, people.staff, wish.id, given)
    claim(session, people.staff, wish.id)
    reply(session, people.vendor, wish.id, ReplyInput(text="Hemmeligt: de fem største."))
    answer = add_prepared_answer(session, people.staff, [wish.id])
    publish_answer(session, people.staff, answer.id, answer.version)
    values = {
        "verdict": "partly",
        "reason": "Kun to.",
        "why": "Der stod noget forkert.",
        "text": "Vi gør to.",
    }
    correct_answer(
        session,
        people.staff,
        answer.id,
        CorrectionInput.model_validate(values | {"version": answer.version}),
    )
    object_to_answer(session, people.vendor, wish.id, answer.id, ReplyInput(text="Hemmeligt: nej."), 90)
    mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert [(mail.recipient, mail.subject.removesuffix(" – Dialogforum")) for mail in mails] == [
        ("vera@soft.example", f"Vi vil gerne vide lidt mere om {wish.reference}"),
        (STAFF, f"Der er svaret på dit spørgsmål til {wish.reference}"),
        ("vera@soft.example", f"Svaret på {wish.reference} er rettet"),
        (STAFF, f"Svaret på {wish.reference} svarer ikke på spørgsmålet"),
    ]
    assert "Hvilke områder?" in mails[0].text and "senest 1. december 2026" in mails[0].text
    assert "Før var svaret ja. Nu er det delvist." in mails[2].text
    # What asker and staff say to each other is read on the site by who is signed in.
    assert not any("Hemmeligt" in mail.text + (mail.html or "") for mail in mails)
    assert f"http://testserver/indbakke/{wish.reference}" in mails[1].text


def test_each_whose_words_are_gathered_is_told_once_and_of_no_lead_that_they_cannot_read(
    session: Session, people: People
) -> None:
    wishes = [add_wish(session, people.vendor, title) for title in ("Målbilleder", "Klare mål")]
    lead = add_wish(session, people.rival, "Retning")
    session.execute(delete(Mail))
    gather(session, people.staff, lead.id, [wish.id for wish in wishes])
    mails = list_mails(session)
    assert set(mails) == {"vera@soft.example", "rita@rival.example"}
    text = mails["vera@soft.example"].text
    assert all(f"{wish.reference}  {wish.title}" in text for wish in wishes)
    assert f"Se dem samlet ved {lead.reference}:" in text and "Retning" not in text


def test_exactly_the_late_ones_are_one_mail_each_to_who_looks_after_them(
    session: Session, people: People
) -> None:
    late, other, nobodys = (add_wish(session, people.vendor, title) for title in ("En", "To", "Tre"))
    put_said(session, "arkiv", answer_by=date(2020, 1, 1))
    for wish in (late, other):
        claim(session, people.staff, wish.id)
    late.answer_by = nobodys.answer_by = date(2026, 11, 30)
    other.answer_by = date(2026, 12, 1)
    session.execute(delete(Mail))
    assert note_what_was_late(session) != []
    told = []
    for day in (30, 31, 32, 32, 33):
        with moved_to(NOON + timedelta(days=day - 21)):
            notice_late(session)
        told.append(list(session.scalars(select(Mail.subject).order_by(Mail.id))))
    of_late, of_other = (f"Svaret på {one.reference} er forsinket – Dialogforum" for one in (late, other))
    assert told == [[], [of_late], [of_late, of_other], [of_late, of_other], [of_late, of_other]]


def test_staff_hears_of_proposals_once_a_day_and_who_sees_to_a_promise_that_its_day_is_past(
    session: Session, people: People
) -> None:
    for title in ("Åbne snitflader", "Fælles data"):
        add_proposal(session, people.vendor, title=title)
    waiting = session.execute(
        text("select scheduled_at from procrastinate_jobs where queueing_lock = 'proposals wait'")
    )
    assert [row.scheduled_at for row in waiting] == [datetime(2026, 11, 22, 6, tzinfo=UTC)]
    announce(session, ProposalsWait())
    mail = list_mails(session)[STAFF]
    assert mail.subject == "2 foreslåede forpligtelser venter – Dialogforum"
    session.execute(delete(Mail))
    promise = add_commitment(
        session, people.staff, owner_user_id=people.staff.user_id, deadline=date(2026, 12, 1)
    )
    with moved_to(NOON + timedelta(days=11)):
        note_late(session)
        note_late(session)
    (mail,) = list_mails(session).values()
    assert (mail.recipient, mail.subject) == (
        STAFF,
        f"{promise.reference} skulle være holdt nu – Dialogforum",
    )
