"""A letter of the outbox as its receiver reads it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.links import seal
from app.core.mail import Mail
from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Letter
from app.domain.outbox.schemas import Kind, Recipient
from app.domain.outbox.service import post_some, prepare, send_batch
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People
from tests.signing_up import add_open_meeting, put_sign_up_row

FACTS = {"subject": "Parkering bag huset", "body": "Der er plads til <40> biler.\n\n- Kør ind ad porten"}


@pytest.fixture(autouse=True)
def _at_a_known_address() -> Iterator[None]:
    connect_rooms(Settings(base_url="http://testserver"))
    yield


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_open_meeting(session)


def send_one(
    session: Session, people: People, meeting: Meeting, kind: Kind, to: Recipient
) -> tuple[Letter, Mail]:
    batch = prepare(session, people.staff, kind=kind, meeting_id=meeting.id, recipients=[to], facts=FACTS)
    assert batch is not None
    send_batch(session, people.staff, batch.id, batch.version)
    post_some(session, batch.id)
    letter = session.scalars(select(Letter).where(Letter.batch_id == batch.id)).one()
    return letter, session.get_one(Mail, letter.mail_id)


def test_a_message_word_for_word(session: Session, people: People, meeting: Meeting) -> None:
    letter, mail = send_one(session, people, meeting, "message", Recipient("anna@x.example", "Anna Ål"))
    address = f"http://testserver/mails/afmeld/{letter.id}/{seal(session, 'unsubscribe', letter.id)}"
    assert (mail.recipient, mail.subject, mail.unsubscribe) == (
        "anna@x.example",
        "Parkering bag huset",
        address,
    )
    assert mail.text == (
        f"""Kære Anna Ål

Der er plads til <40> biler.

- Kør ind ad porten

    Møde 12
    Onsdag den 1. marts 2090
    Salen

Mødets side med programmet:
http://testserver/moeder/12

Eksempelforeningens sekretariat
kontakt@eksempelforeningen.example · 00 00 00 00

-- 
Vil du ikke have flere invitationer, påmindelser og beskeder fra os? Meld fra med ét klik:
{address}
"""
    )
    assert mail.html is not None
    assert "Der er plads til &lt;40&gt; biler." in mail.html
    assert f'<a href="{address}"' in mail.html
    assert "<img" not in mail.html and "http://testserver/static" not in mail.html


def test_a_letter_is_in_its_receivers_language(session: Session, people: People, meeting: Meeting) -> None:
    _, mail = send_one(session, people, meeting, "cancelled", Recipient("bo@x.example", "Bo", "en"))
    assert mail.text.startswith("Dear Bo\n")
    assert "Wednesday, 1 March 2090" in mail.text
    assert "http://testserver/en/moeder/12" in mail.text
    assert mail.html is not None and '<html lang="en">' in mail.html


def test_what_those_who_come_must_know_cannot_be_turned_off(
    session: Session, people: People, meeting: Meeting
) -> None:
    meeting.status = "cancelled"
    _, mail = send_one(session, people, meeting, "cancelled", Recipient("bo@x.example", "Bo"))
    assert mail.unsubscribe is None
    assert "Meld fra med ét klik" not in mail.text
    assert "AFLYST: skulle have været holdt 1. marts 2090" in mail.text
    assert (mail.calendar_method, b"STATUS:CANCELLED" in (mail.calendar or b"")) == ("CANCEL", True)


def test_the_calendar_file_knows_the_receivers_own_place(
    session: Session, people: People, meeting: Meeting
) -> None:
    waiting = put_sign_up_row(session, people.vendor, meeting, status="waiting", queue_place=1)
    to = Recipient("vera@soft.example", "Vera", "da", people.vendor.user_id, "registration", waiting.id)
    _, mail = send_one(session, people, meeting, "change", to)
    assert b"STATUS:TENTATIVE" in (mail.calendar or b"")
    _, message = send_one(session, people, meeting, "message", to)
    assert message.calendar is None


def test_day_and_place_are_those_of_the_moment_of_sending(
    session: Session, people: People, meeting: Meeting
) -> None:
    to = [Recipient("bo@x.example", "Bo")]
    batch = prepare(session, people.staff, kind="change", meeting_id=meeting.id, recipients=to)
    assert batch is not None
    meeting.venue, meeting.date_certainty = "Kælderen", "month"
    send_batch(session, people.staff, batch.id, batch.version)
    post_some(session, batch.id)
    text = session.scalars(select(Mail.text)).one()
    assert "    Marts 2090\n" in text
    assert "    Kælderen\n" in text
