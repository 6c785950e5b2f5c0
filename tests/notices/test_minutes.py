"""What those who were there are told of the minutes: laid in the outbox, to whom, and what it says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.core.clock import moved_to, now, today
from app.core.mail import Mail
from app.domain.attendance.models import Attendee
from app.domain.evaluations.models import Evaluation
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import ReasonInput
from app.domain.minutes import service
from app.domain.minutes.models import Minutes
from app.domain.minutes.schemas import ApprovalInput, SectionText
from app.domain.outbox.models import Batch, BatchText, Letter
from app.domain.outbox.service import post_some, send_batch
from app.domain.registrations.models import Registration
from app.domain.webhooks.models import Webhook
from app.domain.webhooks.signing import new_salt
from app.main import connect_rooms
from app.settings import Settings
from tests.in_room import open_room, seat
from tests.on_minutes import sections_of, send_round
from tests.people import People, with_role
from tests.said import add_item_row, add_meeting_row
from tests.signing_up import put_sign_up_row

EVERYBODY = ["vera@soft.example", "kim@gaest.example", "konrad@huset.example", "rita@rival.example"]


@pytest.fixture(autouse=True)
def _at_a_known_address() -> Iterator[None]:
    connect_rooms(Settings(base_url="http://testserver"))
    yield


def hold_meeting(session: Session, people: People) -> Meeting:
    """The vendor had signed up and the municipality was turned down; the consultancy and two guests came too,
    one of them with an address; the rival wrote the minutes."""
    meeting = add_meeting_row(session, "31")
    item = add_item_row(session, meeting, "Velkomst")
    open_room(session, meeting)
    put_sign_up_row(session, people.vendor, meeting)
    put_sign_up_row(session, people.municipality, meeting, status="declined", cancelled_at=meeting.created_at)
    seat(session, meeting, people.vendor)
    guest = seat(session, meeting)
    session.get_one(Attendee, guest.seat_at(meeting.id)).email = "kim@gaest.example"
    seat(session, meeting, name="Uden adresse", shown_as="name")
    seat(session, meeting, people.consultancy)
    with_role(session, people.rival, meeting.id, "rapporteur")
    meeting.status = "closed"
    session.flush()
    words = SectionText(place=f"item-{item.id}", text="Goddag.")
    service.write_sections(session, people.staff, meeting.id, [words])
    return meeting


def waiting(session: Session) -> list[tuple[str, str, list[str]]]:
    """(kind, Danish subject, addresses) of what waits in the outbox."""
    return [
        (
            batch.kind,
            session.get_one(BatchText, (batch.id, "da")).subject,
            list(
                session.scalars(select(Letter.email).where(Letter.batch_id == batch.id).order_by(Letter.id))
            ),
        )
        for batch in session.scalars(select(Batch).where(Batch.status == "waiting").order_by(Batch.id))
    ]


def approve(session: Session, people: People, meeting: Meeting) -> None:
    version = session.get_one(Minutes, meeting.id, populate_existing=True).version
    service.approve(session, people.staff, meeting.id, ApprovalInput(version=version, is_early=True))


def mails_of(session: Session, people: People, kind: str) -> dict[str, Mail]:
    """Send what waits of this kind; the mails by address."""
    batch = session.scalars(select(Batch).where(Batch.kind == kind, Batch.status == "waiting")).one()
    send_batch(session, people.staff, batch.id, batch.version)
    post_some(session, batch.id)
    ids = select(Letter.mail_id).where(Letter.batch_id == batch.id)
    return {mail.recipient: mail for mail in session.scalars(select(Mail).where(Mail.id.in_(ids)))}


def test_everybody_who_was_there_is_asked_once_and_nothing_leaves_by_itself(
    session: Session, people: People
) -> None:
    meeting = hold_meeting(session, people)
    send_round(session, people.staff, meeting)
    assert waiting(session) == [("minutes", "Referatet er til kommentering: Møde 31", EVERYBODY)]
    assert session.scalars(select(Mail.id).order_by(Mail.id)).all() == []
    service.take_back(session, people.staff, meeting.id)
    assert waiting(session) == []
    send_round(session, people.staff, meeting, days=7)
    send_round(session, people.staff, meeting, days=8)
    assert [subject for _, subject, _ in waiting(session)] == ["Referatet er til kommentering: Møde 31"]
    mails_of(session, people, "minutes")
    send_round(session, people.staff, meeting, days=9)
    assert waiting(session) == [("minutes", "Referatet er ændret og til kommentering: Møde 31", EVERYBODY)]


def test_the_letter_says_until_when_and_has_ones_own_way_to_the_evaluation(
    session: Session, people: People
) -> None:
    meeting = hold_meeting(session, people)
    session.add(Evaluation(meeting_id=meeting.id, wording=1, tally={}))
    send_round(session, people.staff, meeting)
    session.execute(delete(Registration).where(Registration.user_id == people.municipality.user_id))
    mails = mails_of(session, people, "minutes")
    vera = mails["vera@soft.example"].text
    last = today() + timedelta(days=14)
    assert f"dine bemærkninger senest {last.day}. " in vera
    assert "http://testserver/moeder/31/referat/bemaerkninger" in vera
    place = session.scalars(select(Registration.id)).one()
    assert f"http://testserver/moeder/31/evaluering/t{place}/" in vera
    assert "/afmeld/" not in vera.split("-- ")[0]
    seat_id = session.scalars(select(Attendee.id).where(Attendee.email != "")).one()
    assert f"/moeder/31/evaluering/d{seat_id}/" in mails["kim@gaest.example"].text
    assert "http://testserver/moeder/31/evaluering\n" in mails["rita@rival.example"].text
    assert "Linket er dit eget" not in mails["rita@rival.example"].text


def test_who_has_left_since_gets_no_letter(session: Session, people: People) -> None:
    meeting = hold_meeting(session, people)
    send_round(session, people.staff, meeting)
    registration = session.scalars(select(Registration).where(Registration.status == "registered")).one()
    registration.status, registration.cancelled_at = "cancelled", meeting.created_at
    for attendee in session.scalars(select(Attendee).where(Attendee.email != "")):
        attendee.removed_at = meeting.created_at
    session.flush()
    assert sorted(mails_of(session, people, "minutes")) == ["konrad@huset.example", "rita@rival.example"]


def test_nobody_is_asked_for_comments_when_the_day_for_them_is_over_or_the_minutes_stand(
    session: Session, people: People
) -> None:
    meeting = hold_meeting(session, people)
    send_round(session, people.staff, meeting)
    with moved_to(now() + timedelta(days=15)):
        assert mails_of(session, people, "minutes") == {}
    send_round(session, people.staff, meeting, days=20)
    batch = session.scalars(select(Batch).where(Batch.status == "waiting")).one()
    send_batch(session, people.staff, batch.id, batch.version)
    approve(session, people, meeting)
    post_some(session, batch.id)
    fates = select(Letter.status, Letter.why).where(Letter.batch_id == batch.id).distinct()
    assert session.execute(fates).all() == [("skipped", "dropped")]


def test_the_letter_of_approval_leads_to_the_minutes_alone_as_speakers_read_no_comments(
    session: Session, people: People
) -> None:
    meeting = hold_meeting(session, people)
    send_round(session, people.staff, meeting)
    approve(session, people, meeting)
    vera = mails_of(session, people, "minutes_approved")["vera@soft.example"].text
    assert "http://testserver/moeder/31/referat\n" in vera and "bemaerkninger" not in vera


def test_approving_tells_them_and_a_correction_says_why(session: Session, people: People) -> None:
    meeting = hold_meeting(session, people)
    send_round(session, people.staff, meeting)
    approve(session, people, meeting)
    assert waiting(session) == [("minutes_approved", "Referatet er godkendt: Møde 31", EVERYBODY)]
    reopened = ReasonInput(reason="Et tal var forkert.")
    service.reopen(session, people.staff, meeting.id, reopened)
    approve(session, people, meeting)
    assert [kind for kind, _, _ in waiting(session)] == ["minutes_approved"]
    service.reopen(session, people.staff, meeting.id, reopened)
    send_round(session, people.staff, meeting)
    words = mails_of(session, people, "minutes")["vera@soft.example"]
    assert words.subject == "Referatet er ændret og til kommentering: Møde 31"
    assert (
        "bliver rettet, og rettelsen ligger til kommentering. Begrundelsen: Et tal var forkert.\n"
        in words.text
    )
    section = sections_of(session, meeting)["Velkomst"]
    text = SectionText(place=section.place, text="Godaften.", version=section.version)
    service.write_sections(session, people.staff, meeting.id, [text])
    approve(session, people, meeting)
    assert waiting(session) == [("minutes_approved", "Referatet er rettet: Møde 31", EVERYBODY)]
    vera = mails_of(session, people, "minutes_approved")["vera@soft.example"].text
    assert "Begrundelsen: Et tal var forkert." in vera and "/moeder/31/referat/udgaver" in vera
    assert "evaluering" not in vera


def test_minutes_opened_by_mistake_and_approved_unchanged_are_news_to_nobody_who_follows_or_listens(
    session: Session, people: People
) -> None:
    listening = Webhook(
        organisation_id=people.vendor.organisation_id,
        name="Intranet",
        address="https://modtager.example/",
        happenings=["minutes.approved"],
        salt=new_salt(),
        made_at=now(),
    )
    session.add(listening)
    news = text(
        "select task_name, count(*) from procrastinate_jobs where args->>'what' in ('minutes',"
        " 'minutes.approved') group by 1 order by 1"
    )
    meeting = hold_meeting(session, people)
    send_round(session, people.staff, meeting)
    approve(session, people, meeting)
    told = [("following.note_meeting", 1), ("webhooks.note", 1)]
    assert [tuple(row) for row in session.execute(news)] == told
    service.reopen(session, people.staff, meeting.id, ReasonInput(reason="En fejl."))
    approve(session, people, meeting)
    assert [tuple(row) for row in session.execute(news)] == told
