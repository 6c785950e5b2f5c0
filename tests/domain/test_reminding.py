"""Reminders two workdays before, and the way to the screen: when, for whom, and nothing by itself."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import vobject
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, moved_to
from app.core.mail import Mail
from app.core.policy import Actor, NotAllowed, Refused
from app.core.workdays import easter_sunday, is_workday, workdays_before
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.meetings.programme import edit_item
from app.domain.meetings.publishing import publish_programme
from app.domain.meetings.schemas import ItemInput, NewDateInput, ReasonInput
from app.domain.meetings.states import cancel_meeting, resume_meeting, set_new_date
from app.domain.outbox.models import Batch, BatchText, Letter
from app.domain.outbox.schemas import TextInput
from app.domain.outbox.service import discard_batch, drop_letter, edit_batch, post_some, send_batch
from app.domain.registrations.joining import Closed, find_way_in
from app.domain.registrations.reminding import prepare_due_reminders, prepare_reminder
from app.domain.registrations.service import cancel_sign_up, find_active
from tests.people import People
from tests.said import add_item_row
from tests.signing_up import add_open_meeting, attending, put_sign_up_row

# A Wednesday; two workdays before it is the Monday.
DAY = date(2027, 3, 17)
STARTS = datetime(2027, 3, 17, 9, tzinfo=COPENHAGEN)


def at(day: int, hour: int = 7) -> AbstractContextManager[None]:
    return moved_to(datetime(2027, 3, day, hour, tzinfo=UTC))


@pytest.fixture
def meeting(session: Session, people: People) -> Meeting:
    with at(1):
        values = {"held_on": DAY, "starts_at": STARTS, "ends_at": STARTS + timedelta(hours=3)}
        made = add_open_meeting(session, format="virtual", join_url="https://moede.example/rum", **values)
        item = add_item_row(session, made, "Velkomst")
        item.starts_at = STARTS
        put_sign_up_row(session, people.vendor, made)
        put_sign_up_row(session, people.rival, made, status="waiting", queue_place=1)
    return made


def test_workdays_leave_out_weekends_and_the_days_on_which_town_halls_are_closed() -> None:
    assert [easter_sunday(year) for year in (2026, 2027, 2038)] == [
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2038, 4, 25),
    ]
    assert workdays_before(date(2027, 3, 30), 2) == date(2027, 3, 23)
    assert workdays_before(date(2027, 1, 4), 2) == date(2026, 12, 29)
    closed = [date(2027, 5, 6), date(2027, 5, 17), date(2027, 6, 5), date(2026, 12, 24), date(2026, 11, 22)]
    assert [day for day in closed if is_workday(day)] == []


def test_a_reminder_is_prepared_once_two_workdays_before_and_nothing_is_sent(
    session: Session, people: People, meeting: Meeting
) -> None:
    found = []
    for day in (12, 13, 14, 15, 15, 16, 17):
        with at(day):
            found.append(prepare_due_reminders(session))
    assert found == [[], [], [], [meeting.id], [], [], []]
    batch = session.scalars(select(Batch)).one()
    assert (batch.kind, batch.status, batch.created_by_id) == ("reminder", "waiting", None)
    letters = session.execute(select(Letter.email, Letter.status).order_by(Letter.id)).all()
    assert [tuple(letter) for letter in letters] == [("vera@soft.example", "waiting")]
    words = session.scalars(select(BatchText.body).where(BatchText.language == "da")).one()
    assert "- 09.00 Velkomst" in words and "/moeder/12/deltag\n" in words
    assert "moede.example" not in words
    assert session.scalars(select(Mail.id).order_by(Mail.id)).all() == []


def test_a_machine_that_was_away_catches_up_the_next_workday(session: Session, meeting: Meeting) -> None:
    with at(16):
        assert prepare_due_reminders(session) == [meeting.id]


def test_who_threw_the_reminder_away_is_not_asked_again_unless_the_day_is_another(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(15):
        prepare_due_reminders(session)
        batch = session.scalars(select(Batch)).one()
        discard_batch(session, people.staff, batch.id, batch.version)
        assert prepare_due_reminders(session) == []
    meeting.held_on = date(2027, 3, 18)
    session.flush()
    with at(16):
        assert prepare_due_reminders(session) == [meeting.id]


def test_a_reminder_that_waits_is_written_anew_with_the_time_and_goes_with_the_day(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(15):
        first = prepare_reminder(session, people.staff, meeting.id)
        moved = NewDateInput(held_on=DAY, starts=time(10), ends=time(13), reason="Lokalet")
        set_new_date(session, people.staff, meeting.id, meeting.version, moved)
        waiting = select(Batch.id).where(Batch.kind == "reminder", Batch.status == "waiting")
        second = session.scalars(waiting).one()
        words = session.scalars(select(BatchText.body).where(BatchText.batch_id == second)).one()
        assert second != first and "- 10.00 Velkomst" in words
        later = moved.model_copy(update={"held_on": date(2027, 4, 14)})
        set_new_date(session, people.staff, meeting.id, meeting.version, later)
    assert session.scalars(waiting).all() == []


def publish_other_title(session: Session, actor: Actor, meeting: Meeting) -> None:
    item = session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)).one()
    edit_item(
        session, actor, item.id, item.version, ItemInput(kind=item.kind, title="Goddag", starts=time(9))
    )
    publish_programme(session, actor, meeting.id, meeting.programme_version)


def test_a_planned_reminder_leaves_at_its_hour_with_the_programme_as_it_is_then(
    session: Session, people: People, meeting: Meeting
) -> None:
    leaves_at = datetime(2027, 3, 16, 7, tzinfo=UTC)
    with at(15):
        put_sign_up_row(session, people.municipality, meeting)
        batch = session.get_one(Batch, prepare_reminder(session, people.staff, meeting.id))
        left_out = select(Letter.id).where(Letter.email == "mona@her.example").order_by(Letter.id)
        drop_letter(session, people.staff, session.scalars(left_out).one())
        send_batch(session, people.staff, batch.id, batch.version, leaves_at)
        publish_other_title(session, people.staff, meeting)
        set_new_date(
            session, people.staff, meeting.id, meeting.version, NewDateInput(held_on=DAY, starts=time(10))
        )
    planned = session.scalars(select(Batch).where(Batch.status == "planned").order_by(Batch.id)).one()
    assert (planned.kind, planned.send_at, planned.sent_by_id) == (
        "reminder",
        leaves_at,
        people.staff.user_id,
    )
    words = select(BatchText.body).where(BatchText.batch_id == planned.id, BatchText.language == "da")
    assert "- 10.00 Goddag" in session.scalars(words).one()
    letters = select(Letter.email, Letter.status).where(Letter.batch_id == planned.id).order_by(Letter.id)
    assert [tuple(one) for one in session.execute(letters)] == [
        ("vera@soft.example", "waiting"),
        ("mona@her.example", "skipped"),
    ]


def test_what_staff_has_written_stays_when_only_the_programme_is_another(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(15):
        batch = session.get_one(Batch, prepare_reminder(session, people.staff, meeting.id))
        own = TextInput(language="da", subject="Vi ses", body="Tag tog 42.", version=batch.version)
        edit_batch(session, people.staff, batch.id, own)
        publish_other_title(session, people.staff, meeting)
    assert [
        one.status
        for one in session.scalars(select(Batch).where(Batch.kind == "reminder").order_by(Batch.id))
    ] == ["waiting"]


@pytest.mark.parametrize("day", [15, 16])
def test_a_cancelling_that_is_undone_leaves_a_reminder_in_the_outbox(
    session: Session, people: People, meeting: Meeting, day: int
) -> None:
    with at(15):
        prepare_due_reminders(session)
    with at(day, 12):
        cancel_meeting(session, people.staff, meeting.id, meeting.version, ReasonInput(reason="En fejl"))
        resume_meeting(session, people.staff, meeting.id)
        assert prepare_due_reminders(session) == []
    rows = session.scalars(select(Batch).where(Batch.kind == "reminder").order_by(Batch.id))
    assert [one.status for one in rows] == ["discarded", "waiting"]


def test_a_day_that_is_moved_there_and_back_is_reminded_of_again(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(15):
        prepare_due_reminders(session)
        for held_on in (date(2027, 4, 14), DAY):
            moved = NewDateInput(held_on=held_on, starts=time(9))
            set_new_date(session, people.staff, meeting.id, meeting.version, moved)
        assert prepare_due_reminders(session) == [meeting.id]


def test_a_meeting_that_nobody_comes_to_any_more_can_be_moved_though_a_reminder_waits(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(15):
        prepare_due_reminders(session)
        own = find_active(session, meeting.id, people.vendor.user_id)
        cancel_sign_up(session, people.vendor, own)
        cancel_sign_up(session, people.rival, find_active(session, meeting.id, people.rival.user_id))
        set_new_date(
            session, people.staff, meeting.id, meeting.version, NewDateInput(held_on=DAY, starts=time(10))
        )
    rows = session.scalars(select(Batch).where(Batch.kind == "reminder").order_by(Batch.id))
    assert [one.status for one in rows] == ["discarded"]


@pytest.mark.parametrize(
    "values",
    [
        {"status": "cancelled"},
        {"status": "postponed"},
        {"published_at": None},
        {"date_certainty": "tentative"},
    ],
)
def test_no_reminder_of_what_is_off_or_not_fixed(
    session: Session, meeting: Meeting, values: dict[str, object]
) -> None:
    for name, value in values.items():
        setattr(meeting, name, value)
    session.flush()
    with at(15):
        assert prepare_due_reminders(session) == []


def test_staff_prepares_one_at_any_time_and_gets_the_one_that_waits(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(2):
        first = prepare_reminder(session, people.staff, meeting.id)
        assert prepare_reminder(session, people.admin, meeting.id) == first
        with pytest.raises(NotAllowed):
            prepare_reminder(session, people.vendor, meeting.id)
        empty = add_open_meeting(session, "13")
        with pytest.raises(Refused, match="nobody_to_remind"):
            prepare_reminder(session, people.staff, empty.id)


def test_who_has_left_since_the_reminder_was_prepared_gets_none(
    session: Session, people: People, meeting: Meeting
) -> None:
    with at(15):
        put_sign_up_row(session, people.municipality, meeting)
        batch = session.get_one(Batch, prepare_reminder(session, people.staff, meeting.id))
        cancel_sign_up(
            session, people.municipality, find_active(session, meeting.id, people.municipality.user_id)
        )
        send_batch(session, people.staff, batch.id, batch.version)
        post_some(session, batch.id)
    letters = session.execute(select(Letter.email, Letter.status, Letter.why).order_by(Letter.id)).all()
    assert [tuple(letter) for letter in letters] == [
        ("vera@soft.example", "waiting", ""),
        ("mona@her.example", "skipped", "not_coming"),
    ]
    mail = session.scalars(select(Mail).where(Mail.subject.startswith("Vi ses"))).one()
    entry = vobject.readOne(mail.calendar.decode()).vevent
    assert (mail.recipient, entry.dtstart.value) == ("vera@soft.example", STARTS)
    assert "- 09.00 Velkomst" in mail.text and "/afmeld/" in mail.text
    assert mail.unsubscribe and mail.unsubscribe in mail.text


# --- the way to the screen


def test_the_way_in_opens_an_hour_before_for_those_who_take_part(
    session: Session, people: People, meeting: Meeting
) -> None:
    def closed(actor: Actor, status: str | None, hour: int, minute: int = 0, day: int = 17) -> Closed | None:
        with moved_to(datetime(2027, 3, day, hour, minute, tzinfo=COPENHAGEN)):
            return find_way_in(actor, meeting, status).closed

    vendor = attending(people, meeting, "vendor").vendor
    speaker = replace(people.municipality, meeting_roles=frozenset({(meeting.id, "speaker")}))
    times = {(7, 59): "early", (8, 0): None, (12, 59): None, (13, 1): "over"}
    assert {moment: closed(vendor, "registered", *moment) for moment in times} == times
    assert [closed(who, None, 9, day=1) for who in (people.staff, speaker)] == [None, None]
    assert closed(people.newcomer, "registered", 8) == "unconfirmed"
    assert [closed(people.rival, status, 8) for status in ("waiting", "offered", "requested")] == [
        "no_seat"
    ] * 3
    assert closed(people.rival, None, 8) == "not_signed_up"
    meeting.starts_at = meeting.ends_at = None
    assert [closed(vendor, "registered", 23, day=16), closed(vendor, "registered", 0)] == ["early", None]
    meeting.status = "cancelled"
    assert closed(vendor, "registered", 8) == "off"
    meeting.join_url = ""
    assert closed(people.staff, None, 8) == "missing"
