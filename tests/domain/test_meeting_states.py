"""The turns of a meeting: which may follow which, the reasons, the new day, and the number in calendars."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.core.policy import SYSTEM, NotAllowed, Refused
from app.domain.meetings import states
from app.domain.meetings.models import Meeting
from app.domain.meetings.programme import add_item
from app.domain.meetings.schemas import ItemInput, MeetingInput, NewDateInput, ReasonInput
from app.domain.meetings.service import add_meeting, edit_meeting, publish_meeting, withdraw_meeting
from app.domain.meetings.statuses import TURNS, get_calendar_status
from tests.people import People

DAY = date(2090, 3, 18)
WHY = ReasonInput(reason="Salen er væk.")


def put(session: Session, status: str = "open", **values: Any) -> Meeting:
    given = {"title": "Mødet", "held_on": DAY, "starts": time(9), "ends": time(12)} | values
    meeting = publish_meeting(session, SYSTEM, add_meeting(session, SYSTEM, MeetingInput(**given)).id)
    meeting.status = status
    session.flush()
    return meeting


@pytest.mark.parametrize(
    ("status", "on", "turns"),
    [
        ("draft", "2090-01-01", "publish"),
        ("announced", "2090-01-01", "cancel_meeting open_sign_up postpone start withdraw"),
        ("open", "2090-01-01", "cancel_meeting close_sign_up fill postpone start"),
        ("full", "2090-01-01", "cancel_meeting close_sign_up postpone start unfill"),
        ("live", "2090-03-18", "close"),
        ("closed", "2090-04-01", "send_minutes withdraw"),
        ("open", "2090-04-01", "send_minutes withdraw"),
        ("minutes_in_review", "2090-04-01", "approve_minutes take_back_minutes"),
        ("approved", "2090-04-01", "reopen_minutes"),
        ("cancelled", "2090-01-01", ""),
        ("postponed", "2090-01-01", "cancel_meeting"),
    ],
)
def test_from_each_state_only_these_turns_lead_on(session: Session, status: str, on: str, turns: str) -> None:
    meeting = put(session, status)
    with moved_to(datetime.fromisoformat(on + "T10:00+00:00")):
        assert " ".join(sorted(states.list_turns(meeting) - {"set_date"})) == turns
    assert set(TURNS) >= set(turns.split())


def test_cancelling_keeps_the_page_and_the_reason_and_can_be_undone(session: Session, people: People) -> None:
    meeting = put(session)
    states.cancel_meeting(session, people.staff, meeting.id, 1, WHY)
    assert (meeting.status, meeting.status_reason, meeting.status_before) == (
        "cancelled",
        "Salen er væk.",
        "open",
    )
    assert meeting.published_at is not None and meeting.status_changed_at is not None
    with pytest.raises(Refused, match="turn_not_possible"):
        withdraw_meeting(session, people.staff, meeting.id)
    states.resume_meeting(session, people.staff, meeting.id)
    assert (meeting.status, meeting.status_reason, meeting.status_before) == ("open", "", None)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.thing == "meeting").order_by(AuditEntry.id)
    ).all()
    assert [(entry.verb, (entry.after or {})["status"]) for entry in entries[-2:]] == [
        ("cancel_meeting", "cancelled"),
        ("resume", "open"),
    ]


def test_only_staff_turns_a_meeting(session: Session, people: People) -> None:
    meeting = put(session)
    for actor in (people.vendor, people.municipality, people.auditor):
        with pytest.raises(NotAllowed):
            states.cancel_meeting(session, actor, meeting.id, 1, WHY)
        with pytest.raises(NotAllowed):
            states.start_meeting(session, actor, meeting.id)
    assert meeting.status == "open"


def test_of_two_who_call_it_off_the_second_is_told(session: Session, people: People) -> None:
    meeting = put(session)
    states.postpone_meeting(session, people.staff, meeting.id, 1, WHY)
    with pytest.raises(Refused, match="stale"):
        states.cancel_meeting(session, people.admin, meeting.id, 1, WHY)


def test_a_new_day_takes_programme_deadline_and_sign_up_along(session: Session, people: People) -> None:
    meeting = put(session, registration_closes_on=date(2090, 3, 11))
    item = add_item(
        session, SYSTEM, meeting.id, ItemInput(kind="talk", title="Oplæg", starts=time(9, 30), ends=time(10))
    )
    states.postpone_meeting(session, people.staff, meeting.id, meeting.version, WHY)
    given = NewDateInput(held_on=date(2090, 6, 15), starts=time(10), ends=time(13))
    states.set_new_date(session, people.staff, meeting.id, meeting.version, given)
    session.refresh(item)
    assert (meeting.status, meeting.held_on, meeting.moved_from) == ("open", date(2090, 6, 15), DAY)
    assert meeting.moved_from_starts_at == datetime(2090, 3, 18, 8, tzinfo=UTC)
    assert meeting.registration_closes_on == date(2090, 6, 8)
    # 10.30 in summer time: as long after the beginning as before.
    assert item.starts_at == datetime(2090, 6, 15, 8, 30, tzinfo=UTC)


def test_a_moved_meeting_keeps_when_it_was_first_to_be_until_it_is_to_be_then_again(session: Session) -> None:
    meeting = put(session)
    first = (DAY, meeting.starts_at)
    kept = []
    for day in (date(2090, 3, 13), date(2090, 3, 15), DAY, date(2090, 4, 4)):
        given = NewDateInput(held_on=day, starts=time(9), ends=time(12))
        states.set_new_date(session, SYSTEM, meeting.id, meeting.version, given)
        kept.append((meeting.moved_from, meeting.moved_from_starts_at))
    assert kept == [first, first, (None, None), first]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"held_on": DAY, "starts": time(9), "ends": time(12)}, "same_date"),
        ({"held_on": date(2020, 1, 1)}, "date_is_past"),
        ({"held_on": date(2090, 6, 30), "date_certainty": "month"}, "day_needed"),
    ],
)
def test_a_new_day_that_is_none_is_refused(session: Session, given: dict[str, Any], code: str) -> None:
    meeting = put(session)
    with pytest.raises(Refused, match=code):
        states.set_new_date(session, SYSTEM, meeting.id, 1, NewDateInput(**given))


def test_a_postponed_meeting_of_which_the_month_is_found_takes_no_sign_ups_yet(session: Session) -> None:
    meeting = put(session)
    states.postpone_meeting(session, SYSTEM, meeting.id, 1, WHY)
    given = NewDateInput(held_on=date(2090, 6, 30), date_certainty="month")
    states.set_new_date(session, SYSTEM, meeting.id, 2, given)
    assert (meeting.status, meeting.status_before, meeting.held_on) == ("announced", None, date(2090, 6, 30))


@pytest.mark.parametrize("verb", [states.cancel_meeting, states.postpone_meeting])
def test_what_was_off_until_its_day_was_over_is_not_held_on_it_but_takes_a_new_one(
    session: Session, verb: Any
) -> None:
    meeting = put(session)
    verb(session, SYSTEM, meeting.id, 1, WHY)
    given = NewDateInput(held_on=date(2090, 6, 15))
    with moved_to(datetime(2090, 3, 19, 9, tzinfo=UTC)):
        assert "resume" not in states.list_turns(meeting)
        with pytest.raises(Refused, match="turn_not_possible"):
            states.resume_meeting(session, SYSTEM, meeting.id)
        states.set_new_date(session, SYSTEM, meeting.id, meeting.version, given)
    assert (meeting.status, meeting.status_before, meeting.held_on) == ("open", None, date(2090, 6, 15))


def test_before_its_day_a_cancelled_meeting_is_held_all_the_same_before_it_is_moved(session: Session) -> None:
    meeting = put(session)
    states.cancel_meeting(session, SYSTEM, meeting.id, 1, WHY)
    given = NewDateInput(held_on=date(2090, 6, 15))
    with pytest.raises(Refused, match="turn_not_possible"):
        states.set_new_date(session, SYSTEM, meeting.id, meeting.version, given)
    assert "resume" in states.list_turns(meeting)


def test_postponed_and_then_cancelled_it_goes_back_to_postponed_or_to_a_new_day_when_its_own_is_over(
    session: Session,
) -> None:
    meeting = put(session)
    states.postpone_meeting(session, SYSTEM, meeting.id, 1, WHY)
    states.cancel_meeting(session, SYSTEM, meeting.id, 2, WHY)
    given = NewDateInput(held_on=date(2090, 6, 15))
    with moved_to(datetime(2090, 3, 19, 9, tzinfo=UTC)):
        assert states.resume_meeting(session, SYSTEM, meeting.id).status == "postponed"
        states.cancel_meeting(session, SYSTEM, meeting.id, meeting.version, WHY)
        states.set_new_date(session, SYSTEM, meeting.id, meeting.version, given)
    assert (meeting.status, meeting.status_before) == ("announced", None)


def test_a_meeting_that_is_off_gets_its_new_day_by_its_state_and_not_by_the_form(session: Session) -> None:
    meeting = put(session)
    states.postpone_meeting(session, SYSTEM, meeting.id, 1, WHY)
    with pytest.raises(Refused, match="date_is_off"):
        edit_meeting(session, SYSTEM, meeting.id, 2, MeetingInput(title="Mødet", held_on=date(2090, 4, 1)))


@pytest.mark.parametrize(
    ("status", "given", "code"),
    [
        ("announced", {"held_on": date(2025, 3, 10)}, "date_is_past"),
        ("open", {"held_on": date(2025, 3, 10)}, "date_is_past"),
        ("open", {"held_on": DAY, "date_certainty": "month"}, "day_needed"),
        ("full", {"held_on": DAY, "date_certainty": "month"}, "day_needed"),
    ],
)
def test_the_form_gives_a_meeting_to_come_no_day_that_its_state_would_refuse(
    session: Session, status: str, given: dict[str, Any], code: str
) -> None:
    meeting = put(session, status)
    with pytest.raises(Refused, match=code):
        edit_meeting(session, SYSTEM, meeting.id, 1, MeetingInput(title="Mødet", **given))
    assert meeting.held_on == DAY


@pytest.mark.parametrize("status", ["open", "closed", "approved"])
def test_the_form_gives_a_meeting_that_is_over_another_past_day_or_the_month_alone(
    session: Session, status: str
) -> None:
    meeting = put(session, status, held_on=date(2024, 3, 10))
    given = MeetingInput(title="Mødet", held_on=date(2023, 5, 2), date_certainty="month")
    edit_meeting(session, SYSTEM, meeting.id, 1, given)
    assert (meeting.held_on, meeting.date_certainty) == (date(2023, 5, 31), "month")


def test_a_meeting_begins_on_its_day_ends_and_its_minutes_are_approved(session: Session) -> None:
    meeting = put(session)
    with pytest.raises(Refused, match="not_the_day"):
        states.start_meeting(session, SYSTEM, meeting.id)
    seen = []
    with moved_to(datetime(2090, 3, 18, 9, tzinfo=UTC)):
        for verb in (
            states.start_meeting,
            states.undo_start,
            states.start_meeting,
            states.close_meeting,
            states.undo_close,
            states.close_meeting,
            states.send_minutes_to_review,
            states.take_minutes_back,
            states.send_minutes_to_review,
            states.approve_minutes,
        ):
            seen.append(verb(session, SYSTEM, meeting.id).status)
    assert " ".join(seen) == (
        "live open live closed live closed minutes_in_review closed minutes_in_review approved"
    )
    with pytest.raises(Refused, match="turn_not_possible"):
        states.take_minutes_back(session, SYSTEM, meeting.id)
    assert states.reopen_minutes(session, SYSTEM, meeting.id, WHY).status == "minutes_in_review"


def test_the_end_and_then_the_beginning_are_undone_back_to_where_it_was_before(session: Session) -> None:
    meeting = put(session)
    seen = []
    with moved_to(datetime(2090, 3, 18, 9, tzinfo=UTC)):
        for verb in (states.start_meeting, states.close_meeting, states.undo_close, states.undo_start):
            seen.append(verb(session, SYSTEM, meeting.id).status)
    assert (seen, meeting.status_before) == (["live", "closed", "live", "open"], None)


def test_a_meeting_nobody_started_goes_to_its_minutes_when_its_day_has_passed(session: Session) -> None:
    meeting = put(session)
    with moved_to(datetime(2090, 4, 1, tzinfo=UTC)):
        assert states.send_minutes_to_review(session, SYSTEM, meeting.id).status == "minutes_in_review"


def test_of_a_month_alone_the_last_day_is_kept_so_that_it_is_not_over_too_soon(session: Session) -> None:
    assert put(session, held_on=date(2092, 2, 3), date_certainty="month").held_on == date(2092, 2, 29)


def test_the_number_in_calendars_grows_with_what_they_show_and_with_nothing_else(session: Session) -> None:
    meeting = put(session, "announced")
    meeting.introduction, meeting.seats = "Nyt", 40
    session.flush()
    numbers = [meeting.calendar_sequence]
    for name, value in (
        ("status", "open"),
        ("status", "full"),
        ("title", "Et nyt navn"),
        ("venue", "Et andet sted"),
        ("held_on", date(2090, 4, 1)),
        ("date_certainty", "tentative"),
        ("status", "cancelled"),
    ):
        setattr(meeting, name, value)
        session.flush()
        numbers.append(meeting.calendar_sequence - numbers[0])
    # Full is as certain as open; all else is news.
    assert numbers[1:] == [1, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("status", "certainty", "shown"),
    [
        ("announced", "stated", "TENTATIVE"),
        ("open", "stated", "CONFIRMED"),
        ("open", "tentative", "TENTATIVE"),
        ("closed", "year_inferred", "CONFIRMED"),
        ("postponed", "stated", "CANCELLED"),
        ("cancelled", "tentative", "CANCELLED"),
    ],
)
def test_calendars_show_each_state_as_one_of_three(status: str, certainty: str, shown: str) -> None:
    assert get_calendar_status(status, certainty) == shown
