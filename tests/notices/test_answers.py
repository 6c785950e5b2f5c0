"""What people are told of answers: one mail each with all that concerns them, and why."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.mail import Mail
from app.domain.answering.publishing import make_batch, publish_batch
from app.domain.answering.telling import gather_readers, tell_some
from app.domain.attendance.models import Attendee
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.domain.outbox.service import opt_out
from app.main import connect_rooms
from app.settings import Settings
from tests.answered import add_prepared_answer
from tests.in_room import open_room, seat
from tests.people import People
from tests.said import add_meeting_row, add_wish, put_said

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
