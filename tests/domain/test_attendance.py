"""The room on the day: who comes in, how they are shown, and what is kept of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.policy import STRANGER, NotAllowed, NotFound, Refused
from app.domain.attendance.codes import LETTERS, make_code, read_code
from app.domain.attendance.policy import why_not_open
from app.domain.attendance.queries import Seat, find_room, find_room_by_code, find_seat, list_seats
from app.domain.attendance.schemas import JoinInput, RoomInput
from app.domain.attendance.service import edit_room, join, leave, open_room, renew_code, show_out
from app.identity.seats import make_secret, with_seats
from tests.in_room import open_room as open_room_today
from tests.in_room import seat
from tests.people import People
from tests.said import add_meeting_row
from tests.signing_up import put_sign_up_row


def test_a_typed_code_is_read_however_it_is_written() -> None:
    typed = ["BCDF", " bcdf ", "BCDF-3", "bcdf 3", "bcdf3", "BCDF / 12"]
    assert [read_code(one) for one in typed] == [
        ("BCDF", None),
        ("BCDF", None),
        ("BCDF", 3),
        ("BCDF", 3),
        ("BCDF", 3),
        ("BCDF", 12),
    ]
    assert [read_code(one) for one in ("", "ABCD", "BCD", "BCDFG", "BCDF-", "BCDF-1234", "BC\x00F")][:5] == [
        None
    ] * 4 + [("BCDF", None)]
    assert read_code("BCDF-1234") is None
    assert all(set(make_code()) <= set(LETTERS) for _ in range(50))


def test_a_room_is_opened_once_and_a_new_code_closes_the_old_one(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    with pytest.raises(NotAllowed):
        open_room(session, people.vendor, meeting.id)
    first = open_room(session, people.staff, meeting.id)
    old = first.code
    assert open_room(session, people.staff, meeting.id).code == old
    renew_code(session, people.staff, meeting.id)
    session.flush()
    assert find_room_by_code(session, STRANGER, old) is None
    found = find_room_by_code(session, STRANGER, first.code)
    assert found is not None and found.meeting_id == meeting.id
    with pytest.raises(NotFound):
        renew_code(session, people.staff, add_meeting_row(session, "11").id)


def test_the_room_of_a_draft_is_found_by_nobody_outside(session: Session, people: People) -> None:
    meeting = add_meeting_row(session, is_published=False)
    room = open_room(session, people.staff, meeting.id)
    assert find_room_by_code(session, STRANGER, room.code) is None
    assert find_room_by_code(session, people.staff, room.code) is not None


def test_a_guest_sits_where_the_browser_says(session: Session) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting)
    secret = make_secret()
    given = JoinInput(shown_as="name", name="Gitte Gæst", organisation_name="Her Kommune")
    attendee = join(session, STRANGER, meeting.id, given, secret)
    again = join(session, STRANGER, meeting.id, given, secret)
    guest = with_seats(session, STRANGER, secret)
    room = find_room(session, meeting.id)
    assert again.id == attendee.id
    assert guest.seats == {(meeting.id, attendee.id)} == list_seats(session, secret)
    assert find_seat(session, guest, meeting.id) == Seat(
        id=attendee.id,
        meeting_id=meeting.id,
        user_id=None,
        shown_as="name",
        name="Gitte Gæst",
        organisation_id=None,
        organisation_name="Her Kommune",
        kind="",
    )
    assert room is not None
    days = (today(), room.closes_on, room.closes_on + timedelta(days=1))
    assert [why_not_open(guest, room, day) for day in days] == [None, None, "attendance_over"]


def test_nothing_is_kept_of_a_guest_that_is_not_shown(session: Session) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting)
    typed = {"name": "Gitte Gæst", "organisation_name": "Her Kommune", "organisation_kind": "municipality"}
    kept = []
    for way in ("name", "organisation", "kind", "anonymous"):
        given = JoinInput.model_validate(typed | {"shown_as": way})
        one = join(session, STRANGER, meeting.id, given, make_secret())
        kept.append((one.name, one.organisation_name, one.organisation_kind))
    assert kept == [
        ("Gitte Gæst", "Her Kommune", "municipality"),
        ("", "Her Kommune", "municipality"),
        ("", "", "municipality"),
        ("", "", ""),
    ]
    logged = session.scalars(
        select(AuditEntry).where(AuditEntry.verb == "come_in").order_by(AuditEntry.id)
    ).all()
    assert [(entry.user_id, entry.user_name) for entry in logged] == [(None, "")] * 4
    assert "Gitte" not in str([entry.after for entry in logged])


def test_the_account_brings_name_and_organisation_and_the_sign_up(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting)
    registration = put_sign_up_row(session, people.vendor, meeting)
    attendee = join(session, people.vendor, meeting.id, JoinInput(shown_as="anonymous"))
    assert (attendee.name, attendee.organisation_id, attendee.organisation_kind) == (
        "Vera Vendor",
        people.vendor.organisation_id,
        "vendor",
    )
    assert (attendee.registration_id, attendee.secret_hash) == (registration.id, None)
    assert attendee.checked_in_at is not None
    assert join(session, people.vendor, meeting.id, JoinInput()).id == attendee.id


def test_who_is_signed_in_has_no_seat_of_the_browsers_guest(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting)
    secret = make_secret()
    seat(session, meeting, secret=secret)
    assert with_seats(session, people.vendor, secret).seats == frozenset()


REFUSALS = [
    ({}, {"shown_as": "name"}, "attendance_needs_name"),
    ({}, {"shown_as": "organisation"}, "attendance_needs_organisation"),
    ({}, {"shown_as": "kind"}, "attendance_needs_kind"),
    ({"names": "chatham"}, {"shown_as": "name", "name": "Gitte"}, "attendance_not_shown_so"),
    ({"names": "organisation"}, {"shown_as": "anonymous"}, "attendance_not_shown_so"),
    ({"lets_guests": False}, {"shown_as": "anonymous"}, "attendance_no_guests"),
]


@pytest.mark.parametrize(("room", "given", "code"), REFUSALS)
def test_a_guest_comes_in_only_as_the_room_allows(
    session: Session, room: dict[str, object], given: dict[str, object], code: str
) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting, **room)
    with pytest.raises(Refused) as refused:
        join(session, STRANGER, meeting.id, JoinInput.model_validate(given), make_secret())
    assert refused.value.code == code


def test_a_room_is_open_from_the_day_before_until_its_last_day(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting, stays_open_days=3)
    found = []
    for days in (2, 1, 0, -3, -4):
        meeting.held_on = today() + timedelta(days=days)
        session.flush()
        room = find_room(session, meeting.id)
        assert room is not None
        found.append((room.why_closed(people.vendor), room.why_closed(people.staff)))
    assert found == [
        ("attendance_too_early", None),
        (None, None),
        (None, None),
        (None, None),
        ("attendance_over", "attendance_over"),
    ]
    meeting.status = "cancelled"
    session.flush()
    room = find_room(session, meeting.id)
    assert room is not None
    assert room.why_closed(people.staff) == "attendance_called_off"


def test_nobody_comes_in_by_the_code_when_the_minutes_lie_open_for_those_who_were_there(
    session: Session,
) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting)
    guest = seat(session, meeting)
    meeting.status = "minutes_in_review"
    session.flush()
    with pytest.raises(Refused, match="attendance_over"):
        join(session, STRANGER, meeting.id, JoinInput(shown_as="anonymous"), make_secret())
    assert find_seat(session, guest, meeting.id) is not None


def test_a_stricter_room_shows_nobody_more_than_it_allows_from_then_on(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    room = open_room_today(session, meeting)
    guest = seat(session, meeting, shown_as="name", name="Gitte Gæst")
    given = RoomInput(names="chatham", lets_guests=True, version=room.version)
    edit_room(session, people.staff, meeting.id, given)
    session.flush()
    found = find_seat(session, guest, meeting.id)
    assert found is not None and found.shown_as == "anonymous"
    with pytest.raises(Refused, match="stale"):
        edit_room(session, people.staff, meeting.id, given)


def test_who_leaves_is_forgotten_by_the_browser_and_who_is_shown_out_stays_out(
    session: Session, people: People
) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting)
    secret, other = make_secret(), make_secret()
    guest = seat(session, meeting, secret=secret)
    leave(session, guest, meeting.id)
    session.flush()
    assert list_seats(session, secret) == frozenset()
    assert seat(session, meeting, secret=secret).seats != guest.seats
    rude = seat(session, meeting, secret=other)
    with pytest.raises(NotAllowed):
        show_out(session, people.vendor, meeting.id, rude.seat_at(meeting.id) or 0)
    show_out(session, people.staff, meeting.id, rude.seat_at(meeting.id) or 0)
    session.flush()
    assert list_seats(session, other) == frozenset()
    with pytest.raises(Refused, match="attendance_removed"):
        seat(session, meeting, secret=other)
    vendor = seat(session, meeting, people.vendor)
    show_out(session, people.staff, meeting.id, vendor.seat_at(meeting.id) or 0)
    with pytest.raises(Refused, match="attendance_removed"):
        seat(session, meeting, people.vendor)


def test_who_speaks_for_nobody_says_where_they_come_from(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    open_room_today(session, meeting, names="organisation")
    with pytest.raises(Refused, match="attendance_needs_organisation"):
        join(session, people.loner, meeting.id, JoinInput(shown_as="organisation"))
    given = JoinInput(shown_as="organisation", organisation_name="Her Kommune")
    attendee = join(session, people.loner, meeting.id, given)
    assert (attendee.name, attendee.organisation_id, attendee.organisation_name) == (
        "Lone Alene",
        None,
        "Her Kommune",
    )
