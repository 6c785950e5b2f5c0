"""What waits in the outbox leaves when somebody presses send, once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.policy import NotAllowed, Refused
from app.domain.meetings.models import Meeting
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.problems import code_of, kind_of
from app.domain.outbox.queries import Counts, count_letters, list_texts
from app.domain.outbox.schemas import Kind, Recipient, TextInput
from app.domain.outbox.service import (
    discard_batch,
    drop_letter,
    edit_batch,
    opt_in,
    opt_out,
    post_some,
    prepare,
    send_again,
    send_batch,
    take_back,
    take_letter_in,
)
from tests.people import People
from tests.signing_up import add_open_meeting

MONDAY = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_open_meeting(session)


def add_batch(
    session: Session, people: People, meeting: Meeting, *recipients: Recipient, kind: Kind = "invitation"
) -> Batch:
    given = recipients or (Recipient("anna@x.example", "Anna"), Recipient("bo@x.example", "Bo"))
    batch = prepare(session, people.staff, kind=kind, meeting_id=meeting.id, recipients=given)
    assert batch is not None
    return batch


def list_letters(session: Session, batch: Batch) -> list[Letter]:
    return list(session.scalars(select(Letter).where(Letter.batch_id == batch.id).order_by(Letter.id)))


def list_receivers(session: Session) -> list[str]:
    return list(session.scalars(select(Mail.recipient).order_by(Mail.id)))


def count_of(session: Session, batch: Batch) -> Counts:
    return count_letters(session, [batch.id]).get(batch.id, Counts())


def test_what_is_prepared_waits_and_nothing_leaves(
    session: Session, people: People, meeting: Meeting
) -> None:
    batch = add_batch(session, people, meeting)
    assert (batch.status, count_of(session, batch)) == ("waiting", Counts(waiting=2))
    assert list_receivers(session) == []
    assert post_some(session, batch.id) == 0


def test_one_letter_for_each_address_and_each_account(
    session: Session, people: People, meeting: Meeting
) -> None:
    vera = people.vendor.user_id
    batch = add_batch(
        session,
        people,
        meeting,
        Recipient("vera@soft.example", "Vera", user_id=vera),
        Recipient(" VERA@soft.example "),
        Recipient("vera@hjemme.example", user_id=vera),
        Recipient(""),
        Recipient("bo@x.example"),
    )
    assert [letter.email for letter in list_letters(session, batch)] == ["vera@soft.example", "bo@x.example"]


def test_nobody_to_write_to_makes_no_batch(session: Session, people: People, meeting: Meeting) -> None:
    assert prepare(session, people.staff, kind="message", meeting_id=meeting.id, recipients=[]) is None


def test_first_words_are_written_in_each_language(session: Session, people: People, meeting: Meeting) -> None:
    batch = add_batch(
        session, people, meeting, Recipient("a@x.example", "A", "sv"), Recipient("b@x.example", "B", "fi")
    )
    assert [text.language for text in list_texts(session, batch.id)] == ["da", "sv"]
    assert list_texts(session, batch.id)[0].subject == "Invitation: Møde 12, 1. marts 2090"


def test_only_staff_uses_it(session: Session, people: People, meeting: Meeting) -> None:
    batch = add_batch(session, people, meeting)
    (letter, _) = list_letters(session, batch)
    given = TextInput(language="da", subject="x", body="y", version=1)
    for actor in (people.vendor, people.municipality, people.auditor, people.stranger):
        for verb in (
            lambda actor=actor: prepare(
                session, actor, kind="message", meeting_id=meeting.id, recipients=[Recipient("a@b.example")]
            ),
            lambda actor=actor: edit_batch(session, actor, batch.id, given),
            lambda actor=actor: drop_letter(session, actor, letter.id),
            lambda actor=actor: send_batch(session, actor, batch.id, 1),
            lambda actor=actor: discard_batch(session, actor, batch.id, 1),
        ):
            with pytest.raises(NotAllowed):
                verb()


def test_it_is_sent_once_though_two_press(session: Session, people: People, meeting: Meeting) -> None:
    batch = add_batch(session, people, meeting)
    send_batch(session, people.staff, batch.id, 1)
    for version in (1, 2):
        with pytest.raises(Refused, match="batch_gone"):
            send_batch(session, people.admin, batch.id, version)
    assert [post_some(session, batch.id), post_some(session, batch.id)] == [2, 0]
    assert list_receivers(session) == ["anna@x.example", "bo@x.example"]
    assert (batch.status, batch.sent_by_id) == ("sent", people.staff.user_id)


def test_what_was_read_is_what_is_sent(session: Session, people: People, meeting: Meeting) -> None:
    """Somebody else changed the words, or took one out, after the page was opened."""
    batch = add_batch(session, people, meeting)
    edit_batch(session, people.admin, batch.id, TextInput(language="da", subject="Ny", body="Nye", version=1))
    with pytest.raises(Refused, match="stale"):
        send_batch(session, people.staff, batch.id, 1)
    drop_letter(session, people.admin, list_letters(session, batch)[0].id)
    with pytest.raises(Refused, match="stale"):
        send_batch(session, people.staff, batch.id, 2)
    send_batch(session, people.staff, batch.id, 3)
    post_some(session, batch.id)
    (mail,) = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert (mail.recipient, mail.subject) == ("bo@x.example", "Ny")
    assert "Kære Bo\n\nNye\n\n" in mail.text


def test_who_was_taken_out_can_come_in_again(session: Session, people: People, meeting: Meeting) -> None:
    batch = add_batch(session, people, meeting)
    for letter in list_letters(session, batch):
        drop_letter(session, people.staff, letter.id)
    with pytest.raises(Refused, match="nobody_left"):
        send_batch(session, people.staff, batch.id, batch.version)
    take_letter_in(session, people.staff, list_letters(session, batch)[1].id)
    assert count_of(session, batch) == Counts(waiting=1, skipped=1)


def test_what_is_thrown_away_is_gone_with_its_addresses(
    session: Session, people: People, meeting: Meeting
) -> None:
    batch = add_batch(session, people, meeting)
    discard_batch(session, people.staff, batch.id, 1)
    assert (batch.status, list_letters(session, batch)) == ("discarded", [])
    with pytest.raises(Refused, match="batch_gone"):
        send_batch(session, people.staff, batch.id, 2)


def test_a_planned_batch_leaves_at_its_moment_and_not_before(
    session: Session, people: People, meeting: Meeting
) -> None:
    batch = add_batch(session, people, meeting)
    with moved_to(MONDAY):
        with pytest.raises(Refused, match="past_moment"):
            send_batch(session, people.staff, batch.id, 1, MONDAY)
        send_batch(session, people.staff, batch.id, 1, MONDAY + timedelta(hours=2))
        assert post_some(session, batch.id) == 0
    with moved_to(MONDAY + timedelta(hours=2)):
        assert post_some(session, batch.id) == 2
    assert (batch.status, batch.sent_at) == ("sent", MONDAY + timedelta(hours=2))


def test_a_planned_batch_taken_back_and_planned_anew_leaves_at_the_new_moment_alone(
    session: Session, people: People, meeting: Meeting
) -> None:
    batch = add_batch(session, people, meeting)
    first, second = now() + timedelta(hours=1), now() + timedelta(hours=3)
    send_batch(session, people.staff, batch.id, 1, first)
    take_back(session, people.staff, batch.id, 2)
    send_batch(session, people.staff, batch.id, 3, second)
    planned = session.scalars(text("select scheduled_at from procrastinate_jobs order by id")).all()
    assert planned == [first, second]
    with moved_to(first):
        assert post_some(session, batch.id) == 0
    with moved_to(second):
        assert post_some(session, batch.id) == 2


def test_who_wants_no_mails_gets_none_but_is_told_of_what_is_off(
    session: Session, people: People, meeting: Meeting
) -> None:
    opt_out(session, "Anna@x.example")
    opt_out(session, "anna@x.example")
    invitation = add_batch(session, people, meeting)
    cancelled = add_batch(session, people, meeting, kind="cancelled")
    assert count_of(session, invitation) == Counts(waiting=1, skipped=1)
    assert count_of(session, cancelled) == Counts(waiting=2)
    # Bo says no after it was prepared and before it leaves.
    send_batch(session, people.staff, invitation.id, 1)
    opt_out(session, "bo@x.example")
    post_some(session, invitation.id)
    assert [letter.why for letter in list_letters(session, invitation)] == ["opted_out", "opted_out"]
    opt_in(session, "ANNA@x.example")
    assert count_of(session, add_batch(session, people, meeting)) == Counts(waiting=1, skipped=1)


def test_one_letter_that_cannot_be_written_keeps_no_other(
    session: Session, people: People, meeting: Meeting
) -> None:
    batch = add_batch(session, people, meeting)
    session.execute(text("update batch_text set language = 'xx' where batch_id = :id"), {"id": batch.id})
    send_batch(session, people.staff, batch.id, 1)
    post_some(session, batch.id)
    assert count_of(session, batch) == Counts(failed=2)
    session.execute(text("update batch_text set language = 'da' where batch_id = :id"), {"id": batch.id})
    session.expire_all()
    assert send_again(session, people.staff, batch.id) == 2
    assert post_some(session, batch.id) == 2
    assert count_of(session, batch) == Counts(queued=2)


def test_many_letters_leave_in_pieces_and_each_once(
    session: Session, people: People, meeting: Meeting
) -> None:
    many = [Recipient(f"{number}@x.example") for number in range(60)]
    batch = add_batch(session, people, meeting, *many)
    send_batch(session, people.staff, batch.id, 1)
    assert [post_some(session, batch.id) for _ in range(4)] == [25, 25, 10, 0]
    assert sorted(list_receivers(session)) == sorted(one.email for one in many)


def test_every_verb_is_noted_without_the_words(session: Session, people: People, meeting: Meeting) -> None:
    batch = add_batch(session, people, meeting)
    given = TextInput(language="da", subject="Hemmelig", body="Hemmelig", version=1)
    edit_batch(session, people.staff, batch.id, given)
    send_batch(session, people.staff, batch.id, 2)
    entries = session.execute(
        select(AuditEntry.verb, AuditEntry.thing, AuditEntry.after).order_by(AuditEntry.id)
    ).all()
    prepared = {"kind": "invitation", "meeting_id": meeting.id, "letters": 2}
    assert [tuple(entry) for entry in entries] == [
        ("prepare", "batch", prepared),
        ("edit", "batch", {"language": "da"}),
        ("send", "batch", None),
    ]
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 3


@pytest.mark.parametrize(
    ("problem", "code", "kind"),
    [
        ("550 5.1.1 No such user here", "5.1.1", "no_address"),
        ("550 no such user", "550", "no_address"),
        ("452 4.2.2 Mailbox full", "4.2.2", "full"),
        ("554 5.7.1 Rejected as spam", "5.7.1", "rejected"),
        ("SMTPConnectError", "unknown", "unknown"),
        ("4.4.1 connection timed out", "4.4.1", "unreachable"),
    ],
)
def test_the_servers_number_is_told_in_words(problem: str, code: str, kind: str) -> None:
    assert (code_of(problem), kind_of(code)) == (code, kind)
