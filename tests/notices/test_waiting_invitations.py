"""An invitation that waits in the outbox says what is so of the meeting on the day that it is read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.policy import Refused
from app.domain.invitations.models import Invitation
from app.domain.invitations.schemas import Invitee
from app.domain.invitations.service import invite, withdraw
from app.domain.meetings import states
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import NewDateInput, ReasonInput
from app.domain.meetings.service import publish_meeting
from app.domain.minutes.withdrawing import withdraw_unrecorded
from app.domain.outbox import service
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.queries import list_changes, list_texts
from app.domain.outbox.schemas import TextInput
from app.domain.registrations.service import close_sign_up, open_sign_up
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People
from tests.signing_up import add_open_meeting

NOT_OPEN = "Tilmeldingen er ikke åbnet endnu."
WHY = ReasonInput(reason="Salen er oversvømmet.")


@pytest.fixture(autouse=True)
def _at_a_known_address() -> Iterator[None]:
    connect_rooms(Settings(base_url="http://testserver"))
    yield


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_open_meeting(session, status="announced")


@pytest.fixture
def batch(session: Session, people: People, meeting: Meeting) -> Batch:
    return invite(session, people.staff, meeting.id, [Invitee(email="bo@x.example", name="Bo")])


def move(session: Session, people: People, meeting: Meeting, day: date) -> None:
    states.set_new_date(session, people.staff, meeting.id, meeting.version, NewDateInput(held_on=day))


def edit(session: Session, people: People, batch: Batch, subject: str = "Kom nu") -> None:
    given = TextInput(language="da", subject=subject, body="Mine ord.", version=batch.version)
    service.edit_batch(session, people.staff, batch.id, given)


def words_of(session: Session, batch: Batch) -> tuple[str, bool]:
    """The Danish subject, and whether it says that one cannot sign up yet."""
    (text,) = list_texts(session, batch.id)
    return text.subject, NOT_OPEN in text.body


def test_words_that_nobody_edited_follow_the_meeting(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    assert words_of(session, batch) == ("Invitation: Møde 12, 1. marts 2090", True)
    move(session, people, meeting, date(2090, 3, 11))
    assert words_of(session, batch) == ("Invitation: Møde 12, 11. marts 2090", True)
    open_sign_up(session, people.staff, meeting.id)
    assert words_of(session, batch) == ("Invitation: Møde 12, 11. marts 2090", False)
    close_sign_up(session, people.staff, meeting.id)
    assert words_of(session, batch) == ("Invitation: Møde 12, 11. marts 2090", True)
    # Whoever had read them as they were reads them again before they leave.
    with pytest.raises(Refused, match="stale"):
        service.send_batch(session, people.staff, batch.id, 1)


def test_a_receiver_taken_out_or_a_planned_moment_does_not_keep_old_words(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    service.drop_letter(session, people.staff, session.scalars(select(Letter.id)).one())
    service.take_letter_in(session, people.staff, session.scalars(select(Letter.id)).one())
    service.send_batch(session, people.staff, batch.id, batch.version, now() + timedelta(days=1))
    move(session, people, meeting, date(2090, 3, 11))
    assert (batch.status, words_of(session, batch)[0]) == ("planned", "Invitation: Møde 12, 11. marts 2090")


def test_what_changes_nothing_in_the_words_leaves_them_as_they_were_read(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    states.postpone_meeting(session, people.staff, meeting.id, meeting.version, WHY)
    states.resume_meeting(session, people.staff, meeting.id)
    assert batch.version == 1


def test_words_of_somebodys_own_stay_and_what_has_changed_since_is_told(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    edit(session, people, batch)
    assert list_changes(session, batch.id) == []
    move(session, people, meeting, date(2090, 3, 11))
    open_sign_up(session, people.staff, meeting.id)
    assert (words_of(session, batch), list_changes(session, batch.id)) == (
        ("Kom nu", False),
        ["moved", "sign_up_opened"],
    )
    # Saved again, it has been read as the meeting is now.
    edit(session, people, batch)
    assert list_changes(session, batch.id) == []
    close_sign_up(session, people.staff, meeting.id)
    assert list_changes(session, batch.id) == ["sign_up_closed"]


def test_words_of_somebodys_own_leave_by_no_clock_for_another_day_than_they_were_written_for(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    edit(session, people, batch)
    service.send_batch(session, people.staff, batch.id, batch.version, now() + timedelta(days=1))
    move(session, people, meeting, date(2090, 3, 11))
    assert (batch.status, batch.send_at) == ("waiting", None)


def test_saving_the_words_unchanged_does_not_make_them_ones_own(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    (text,) = list_texts(session, batch.id)
    given = TextInput(language="da", subject=text.subject, body=text.body, version=1)
    service.edit_batch(session, people.staff, batch.id, given)
    move(session, people, meeting, date(2090, 3, 11))
    assert words_of(session, batch)[0] == "Invitation: Møde 12, 11. marts 2090"


@pytest.mark.parametrize(
    ("verb", "code"),
    [(states.cancel_meeting, "invite_cancelled"), (states.postpone_meeting, "invite_postponed")],
)
def test_nobody_is_invited_to_a_meeting_that_is_off(
    session: Session, people: People, meeting: Meeting, batch: Batch, verb: Any, code: str
) -> None:
    verb(session, people.staff, meeting.id, meeting.version, WHY)
    for at in (None, now() + timedelta(days=1)):
        with pytest.raises(Refused, match=code):
            service.send_batch(session, people.staff, batch.id, batch.version, at)
    states.resume_meeting(session, people.staff, meeting.id)
    assert service.send_batch(session, people.staff, batch.id, batch.version).status == "sending"


def test_an_invitation_on_its_way_when_the_meeting_is_called_off_is_left_out(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    service.send_batch(session, people.staff, batch.id, batch.version)
    states.cancel_meeting(session, people.staff, meeting.id, meeting.version, WHY)
    service.post_some(session, batch.id)
    letter = session.scalars(select(Letter).where(Letter.batch_id == batch.id)).one()
    assert (letter.status, letter.why) == ("skipped", "dropped")
    assert session.scalars(select(Mail.subject).order_by(Mail.id)).all() == []


def test_an_invitation_that_a_clock_was_to_send_waits_when_the_meeting_is_a_draft_again(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    service.send_batch(session, people.staff, batch.id, batch.version, now() + timedelta(days=1))
    withdraw_unrecorded(session, people.staff, meeting.id)
    assert (meeting.status, batch.status, batch.send_at) == ("draft", "waiting", None)
    with pytest.raises(Refused, match="invite_draft"):
        service.send_batch(session, people.staff, batch.id, batch.version)
    publish_meeting(session, people.staff, meeting.id)
    assert service.send_batch(session, people.staff, batch.id, batch.version).status == "sending"


def test_an_invitation_on_its_way_when_the_meeting_becomes_a_draft_is_left_out(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    service.send_batch(session, people.staff, batch.id, batch.version)
    withdraw_unrecorded(session, people.staff, meeting.id)
    service.post_some(session, batch.id)
    letter = session.scalars(select(Letter).where(Letter.batch_id == batch.id)).one()
    assert (letter.status, letter.why) == ("skipped", "dropped")


def test_an_invitation_that_nobody_sent_before_the_day_was_over_leaves_no_more(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    with (
        moved_to(datetime(2090, 3, 2, 12, tzinfo=UTC)),
        pytest.raises(Refused, match="invite_past"),
    ):
        service.send_batch(session, people.staff, batch.id, batch.version)


def test_a_page_that_somebody_was_invited_to_by_mail_stays_until_the_invitation_is_taken_back(
    session: Session, people: People, meeting: Meeting, batch: Batch
) -> None:
    service.send_batch(session, people.staff, batch.id, batch.version)
    service.post_some(session, batch.id)
    with pytest.raises(Refused, match="invitations_sent"):
        withdraw_unrecorded(session, people.staff, meeting.id)
    assert meeting.published_at is not None
    invitation = session.scalars(select(Invitation)).one()
    withdraw(session, people.staff, meeting.id, invitation.id)
    assert withdraw_unrecorded(session, people.staff, meeting.id).status == "draft"
