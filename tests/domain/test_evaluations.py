"""Evaluations: one answer each, changed while open, counted and forgotten; nothing is shown of too few."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, today
from app.core.database import Database
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.attendance.models import Attendee
from app.domain.evaluations import by_link, queries, service
from app.domain.evaluations.models import Evaluation, EvaluationAnswer, EvaluationRemark
from app.domain.evaluations.queries import EvaluationView
from app.domain.evaluations.schemas import AnswerInput, SetUpInput
from app.domain.evaluations.service import tally
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import NewDateInput, ReasonInput
from app.domain.meetings.states import postpone_meeting, set_new_date
from app.identity.seats import claim, make_secret
from tests.in_room import open_room, seat
from tests.people import People, add_people
from tests.said import add_meeting_row
from tests.signing_up import put_sign_up_row

ENOUGH = 5


def add_closed_meeting(session: Session, key: str = "10", **values: Any) -> Meeting:
    """A meeting of today that is over."""
    meeting = add_meeting_row(session, key)
    for name, value in ({"status": "closed", "held_on": today()} | values).items():
        setattr(meeting, name, value)
    session.flush()
    return meeting


def add_guests(session: Session, meeting: Meeting, count: int) -> list[Actor]:
    """Guests who sat in the room of the meeting, which is closed again afterwards."""
    open_room(session, meeting)
    guests = [seat(session, meeting, name=f"Gæst {number}") for number in range(count)]
    meeting.status = "closed"
    session.flush()
    return guests


def give(session: Session, actor: Actor, meeting: Meeting, *steps: str, remark: str = "") -> None:
    worth, heard, next_ = steps
    given = AnswerInput.model_validate({"worth": worth, "heard": heard, "next": next_, "remark": remark})
    service.answer(session, actor, meeting.id, given)


def find(session: Session, meeting: Meeting, actor: Actor = STRANGER) -> EvaluationView:
    found = queries.find_result(session, actor, meeting.id)
    assert found is not None
    return found


def counts(view: EvaluationView) -> dict[str, tuple[int, ...]]:
    return {one.question.code: one.counts for one in view.questions}


def test_each_answers_once_and_otherwise_until_it_is_counted(session: Session, people: People) -> None:
    meeting = add_closed_meeting(session)
    guests = add_guests(session, meeting, ENOUGH)
    give(session, guests[0], meeting, "1", "1", "1", remark="Mere tid")
    for guest in guests:
        give(session, guest, meeting, "5", "4", "unknown")
    assert queries.find_own(session, guests[0], meeting.id) == queries.OwnAnswer({"worth": 5, "heard": 4}, "")
    assert (find(session, meeting).state, find(session, meeting).answers) == ("open", None)
    assert [queries.count_answers(session, who, meeting.id) for who in (people.staff, guests[0])] == [5, None]
    service.close(session, people.staff, meeting.id)
    view = find(session, meeting)
    assert (view.state, view.answers, view.is_too_few) == ("counted", 5, False)
    # Nobody took a stand on the third: it is not shown.
    assert counts(view) == {"worth": (0, 0, 0, 0, 5), "heard": (0, 0, 0, 5, 0)}
    assert [(one.average, one.high_share) for one in view.questions] == [(5.0, 100), (4.0, 100)]
    with pytest.raises(Refused, match="evaluation_closed"):
        give(session, guests[0], meeting, "1", "1", "1")
    with pytest.raises(Refused, match="evaluation_counted"):
        service.close(session, people.staff, meeting.id)


def test_when_it_is_counted_nobody_can_tell_any_more_who_answered_what(
    session: Session, people: People
) -> None:
    meeting = add_closed_meeting(session)
    for guest in add_guests(session, meeting, ENOUGH):
        give(session, guest, meeting, "2", "2", "2", remark="Det trak")
    service.close(session, people.staff, meeting.id)
    assert session.scalar(select(func.count()).select_from(EvaluationAnswer)) == 0
    assert {column.name for column in EvaluationRemark.__table__.columns} == {"id", "meeting_id", "text"}
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.verb == "evaluate").order_by(AuditEntry.id)
    ).all()
    noted = [(one.user_id, one.request_id, one.client, one.before, one.after) for one in entries]
    assert noted == [(None, None, "", None, None)] * ENOUGH
    told = [remark.text for remark in queries.list_remarks(session, people.staff, meeting.id)]
    assert told == ["Det trak"] * ENOUGH
    others = [actor for actor in people.all().values() if not actor.is_staff]
    assert [queries.list_remarks(session, actor, meeting.id) for actor in others] == [[]] * len(others)


def test_of_fewer_than_five_nothing_is_shown_and_no_step_is_kept(session: Session, people: People) -> None:
    meeting = add_closed_meeting(session)
    for guest in add_guests(session, meeting, ENOUGH - 1):
        give(session, guest, meeting, "1", "1", "1")
    service.close(session, people.staff, meeting.id)
    for actor in people.all().values():
        view = find(session, meeting, actor)
        assert (view.state, view.is_too_few, view.answers, view.questions) == ("counted", True, None, ())
    assert session.get_one(Evaluation, meeting.id).tally == {}


def test_a_question_with_too_few_answers_is_left_out() -> None:
    answers = [{"worth": 1, "heard": 2}] * 4 + [{"worth": 5}, {"next": 3}]
    assert tally(answers) == {"worth": [4, 0, 0, 0, 1]}


def test_only_who_was_there_answers_and_an_auditor_and_the_house_never(
    session: Session, people: People
) -> None:
    meeting = add_closed_meeting(session)
    attends = frozenset({meeting.id})
    may = {
        name
        for name, actor in people.all().items()
        if _answers(session, replace(actor, attends=attends) if actor.is_signed_in else actor, meeting)
    }
    assert may == set(people.all()) - {"stranger", "auditor"}
    assert not any(_answers(session, actor, meeting) for actor in (*people.all().values(), SYSTEM))
    hidden = add_closed_meeting(session, "11", published_at=None)
    with pytest.raises(NotFound):
        give(session, people.vendor, hidden, "1", "1", "1")


def _answers(session: Session, actor: Actor, meeting: Meeting) -> bool:
    try:
        give(session, actor, meeting, "3", "3", "3")
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(
    ("status", "hours", "state"),
    [
        ("open", 13, "coming"),
        ("open", 16, "open"),
        ("live", 13, "coming"),
        ("closed", 13, "open"),
        ("minutes_in_review", 16, "open"),
        ("approved", 24 * 21 + 12, "open"),
        ("approved", 24 * 22 + 12, "none"),
        ("cancelled", 16, "none"),
    ],
)
def test_it_opens_when_the_meeting_is_over_and_for_three_weeks(
    session: Session, status: str, hours: int, state: str
) -> None:
    day = datetime(2027, 3, 1, tzinfo=UTC)
    meeting = add_closed_meeting(
        session, status=status, held_on=day.date(), ends_at=day + timedelta(hours=15), published_at=day
    )
    with moved_to(day + timedelta(hours=hours)):
        assert find(session, meeting).state == state


def test_it_is_counted_by_itself_when_the_last_day_is_over(session: Session, people: People) -> None:
    meeting = add_closed_meeting(session)
    guests = add_guests(session, meeting, ENOUGH)
    for guest in guests:
        give(session, guest, meeting, "3", "3", "3")
    given = SetUpInput.model_validate({"closes_on": today() + timedelta(days=30), "version": 1})
    service.set_up(session, people.staff, meeting.id, given)
    noon = datetime.combine(today(), datetime.min.time(), UTC) + timedelta(hours=12)
    with moved_to(noon + timedelta(days=30)):
        assert service.count_due(session) == 0
    with moved_to(noon + timedelta(days=31)):
        assert find(session, meeting).state == "closing"
        with pytest.raises(Refused, match="evaluation_closed"):
            give(session, guests[0], meeting, "1", "1", "1")
        assert (service.count_due(session), service.count_due(session)) == (1, 0)
    assert counts(find(session, meeting))["next"] == (0, 0, 5, 0, 0)


def test_of_a_postponed_meeting_nothing_is_counted_until_it_has_been_held(
    session: Session, people: People
) -> None:
    meeting = add_closed_meeting(session, held_on=date(2090, 3, 1), status="open")
    with moved_to(datetime(2090, 2, 1, tzinfo=UTC)):
        arranged = SetUpInput.model_validate({"closes_on": date(2090, 3, 15), "version": 0})
        service.set_up(session, people.staff, meeting.id, arranged)
        why = ReasonInput(reason="Storm")
        postpone_meeting(session, people.staff, meeting.id, meeting.version, why)
    with moved_to(datetime(2090, 3, 20, tzinfo=UTC)):
        assert service.count_due(session) == 0
        new_day = NewDateInput(held_on=date(2090, 5, 5))
        set_new_date(session, people.staff, meeting.id, meeting.version, new_day)
    was_there = replace(people.vendor, attends=frozenset({meeting.id}))
    with moved_to(datetime(2090, 5, 6, 12, tzinfo=UTC)):
        give(session, was_there, meeting, "3", "3", "3")
        assert (find(session, meeting).state, find(session, meeting).closes_on) == ("open", date(2090, 5, 19))
    with moved_to(datetime(2090, 5, 20, 12, tzinfo=UTC)):
        assert service.count_due(session) == 1


def test_the_last_day_is_set_by_staff_within_ninety_days_and_against_what_others_set(
    session: Session, people: People
) -> None:
    meeting = add_closed_meeting(session)

    def set_up(days: int, version: int = 0, actor: Actor = people.staff) -> None:
        given = SetUpInput.model_validate({"closes_on": today() + timedelta(days=days), "version": version})
        service.set_up(session, actor, meeting.id, given)

    for days, code in ((-1, "evaluation_day_is_past"), (91, "evaluation_day_too_late")):
        with pytest.raises(Refused, match=code):
            set_up(days)
    with pytest.raises(NotAllowed):
        set_up(3, actor=people.vendor)
    set_up(3)
    assert find(session, meeting).closes_on == today() + timedelta(days=3)
    with pytest.raises(Refused, match="stale"):
        set_up(4)


def test_who_answered_as_a_guest_and_then_with_the_account_counts_once(
    session: Session, people: People
) -> None:
    meeting = add_closed_meeting(session)
    others = add_guests(session, meeting, ENOUGH - 1)
    secret = make_secret()
    meeting.status = "live"
    guest = seat(session, meeting, secret=secret, name="Vera")
    meeting.status = "closed"
    session.flush()
    for one in (*others, guest):
        give(session, one, meeting, "1", "1", "1")
    registration = put_sign_up_row(session, people.vendor, meeting)
    sealed = by_link.address_for(session, "10", "registration", registration.id).rpartition("/")[2]
    linked = by_link.find_linked(session, "10", f"t{registration.id}", sealed)
    assert linked == by_link.Linked(meeting.id, people.vendor.user_id, None)
    by_link.answer_by_link(session, linked, AnswerInput(worth="5", heard="5", next="5"))
    seat_id = guest.seat_at(meeting.id) or 0
    claim(session, people.vendor, secret, seat_id)
    vendor = replace(people.vendor, seats=frozenset({(meeting.id, seat_id)}))
    own = queries.find_own(session, vendor, meeting.id)
    assert own is not None and own.steps["worth"] == 5
    service.close(session, people.staff, meeting.id)
    assert counts(find(session, meeting))["worth"] == (4, 0, 0, 0, 1)


def test_an_own_link_opens_for_its_own_place_and_ends_with_it(session: Session, people: People) -> None:
    meeting = add_closed_meeting(session)
    add_closed_meeting(session, "11")
    (guest,) = add_guests(session, meeting, 1)
    seat_id = guest.seat_at(meeting.id) or 0
    registration = put_sign_up_row(session, people.vendor, meeting)
    address = by_link.address_for(session, "10", "attendee", seat_id)
    sealed = address.rpartition("/")[2]
    assert address == f"/moeder/10/evaluering/d{seat_id}/{sealed}"
    assert by_link.find_linked(session, "10", f"d{seat_id}", sealed) == by_link.Linked(
        meeting.id, None, seat_id
    )
    wrong = [
        ("10", f"t{seat_id}", sealed),
        ("10", f"d{seat_id + 1}", sealed),
        ("11", f"d{seat_id}", sealed),
        ("10", "d²", sealed),
        ("10", "x1", sealed),
        ("10", f"d{seat_id}", "A" * 32),
    ]
    assert [by_link.find_linked(session, *one) for one in wrong] == [None] * len(wrong)
    session.get_one(Attendee, seat_id).removed_at = datetime.now(UTC)
    registration.status, registration.cancelled_at = "cancelled", datetime.now(UTC)
    session.flush()
    own = by_link.address_for(session, "10", "registration", registration.id).rpartition("/")[2]
    assert by_link.find_linked(session, "10", f"d{seat_id}", sealed) is None
    assert by_link.find_linked(session, "10", f"t{registration.id}", own) is None


def test_answers_that_come_as_it_is_counted_are_counted_or_refused(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        people = add_people(session)
        meeting = add_closed_meeting(session)
        guests = add_guests(session, meeting, 30)
    start = Barrier(len(guests) + 1)

    def answer(actor: Actor) -> str:
        start.wait(30)
        try:
            with database.unit() as session:
                give(session, actor, meeting, "3", "3", "3")
        except Refused as refusal:
            return refusal.code
        return "taken"

    def count() -> str:
        start.wait(30)
        with database.unit() as session:
            service.close(session, people.staff, meeting.id)
        return "counted"

    with ThreadPoolExecutor(len(guests) + 1) as crowd:
        told = [crowd.submit(answer, guest) for guest in guests] + [crowd.submit(count)]
        outcomes = Counter(one.result() for one in told)
    with database.unit() as session:
        assert session.get_one(Evaluation, meeting.id).answers == outcomes["taken"]
        assert session.scalar(select(func.count()).select_from(EvaluationAnswer)) == 0
    assert outcomes["taken"] + outcomes["evaluation_closed"] == len(guests)


def test_what_waits_for_an_answer_is_listed_until_it_is_given(session: Session, people: People) -> None:
    meeting = add_closed_meeting(session)
    vendor = replace(people.vendor, attends=frozenset({meeting.id}))
    assert [one.meeting_id for one in queries.list_asked(session, vendor)] == [meeting.id]
    give(session, vendor, meeting, "unknown", "unknown", "unknown", remark="Tak for kaffen")
    assert queries.list_asked(session, vendor) == []
    with pytest.raises(Refused, match="evaluation_nothing"):
        give(session, vendor, meeting, "unknown", "unknown", "unknown")
