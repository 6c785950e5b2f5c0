"""The queue and who fits where: offers with a deadline, reserved seats, ceilings, approval, their mails."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, moved_to, today
from app.core.mail import Mail
from app.core.policy import Actor, NotAllowed, Refused
from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import NewDateInput
from app.domain.meetings.states import set_new_date
from app.domain.organisations.models import Organisation
from app.domain.outbox.schemas import Recipient
from app.domain.registrations.deciding import (
    add_sign_up,
    approve_request,
    cancel_for,
    change_group,
    decline_request,
    give_seat,
    list_decisions,
    move_in_queue,
)
from app.domain.registrations.models import Registration, SeatGroup
from app.domain.registrations.queries import attended_by, find_sign_up, get_booking, recipients_of
from app.domain.registrations.queue import get_places, move_queue, offer_deadline
from app.domain.registrations.schemas import AddedInput, SeatGroupInput, SeatsInput
from app.domain.registrations.seating import add_group, copy_seats, remove_group, set_seats
from app.domain.registrations.service import accept_offer, cancel_sign_up, decline_offer, move_sign_ups
from app.domain.registrations.swaps import MOST_A_DAY, accept_swap, ask_colleague, withdraw_swap
from app.domain.users.models import User
from app.domain.users.queries import get_email
from tests.people import People, add_actor
from tests.signing_up import add_open_meeting, end_membership, sign_up_for

AN_HOUR = timedelta(hours=1)
# A Tuesday, weeks before the meeting, so that a deadline is the setting's 48 hours.
NOON = datetime(2090, 1, 10, 11, tzinfo=UTC)


@pytest.fixture
def meeting(session: Session) -> Meeting:
    """A meeting with one seat."""
    return add_open_meeting(session, seats=1)


def get_statuses(session: Session, meeting: Meeting) -> dict[str, str]:
    """How everybody stands, by name of the organisation, as the database has it."""
    rows = session.execute(
        select(Registration.organisation_name, Registration.status)
        .where(Registration.meeting_id == meeting.id)
        .order_by(Registration.id)
    ).all()
    return {row.organisation_name: row.status for row in rows}


def list_subjects(session: Session, actor: Actor) -> list[str]:
    """The subjects of all mails to somebody, the first first."""
    email = get_email(session, actor.user_id or 0)
    return list(session.scalars(select(Mail.subject).where(Mail.recipient == email).order_by(Mail.id)))


def refuse(code: str, act: object, *given: object, **named: object) -> None:
    with pytest.raises(Refused) as refusal:
        act(*given, **named)  # type: ignore[operator]
    assert refusal.value.code == code


# --- the queue


def test_a_seat_given_up_is_offered_to_the_first_and_accepted(
    session: Session, people: People, meeting: Meeting
) -> None:
    with moved_to(NOON):
        seat = sign_up_for(session, people.vendor, meeting)
        first = sign_up_for(session, people.rival, meeting)
        second = sign_up_for(session, people.municipality, meeting)
        places = get_places(session, meeting.id)
        assert [(place.place, place.waiting, place.hindrance) for place in places.values()] == [
            (1, 2, "full"),
            (2, 2, "full"),
        ]
        assert list(places) == [first.id, second.id]
        cancel_sign_up(session, people.vendor, seat.id)
        assert (first.status, first.offered_until) == ("offered", NOON + 48 * AN_HOUR)
        assert get_booking(session, people.neighbour, meeting).hindrance == "full"
        accept_offer(session, people.rival, first.id)
    assert get_statuses(session, meeting) == {
        "Soft A/S": "cancelled",
        "Rival ApS": "registered",
        "Her Kommune": "waiting",
    }
    assert meeting.status == "full"
    assert list_subjects(session, people.rival) == [
        "Du er nr. 1 i køen: Møde 12",
        "Der er en plads til dig: Møde 12 – svar inden 12. januar 2090 kl. 12.00",
        "Du er tilmeldt: Møde 12, 1. marts 2090",
    ]


def test_who_does_not_answer_leaves_the_queue_and_the_seat_moves_on(
    session: Session, people: People, meeting: Meeting
) -> None:
    with moved_to(NOON):
        seat = sign_up_for(session, people.vendor, meeting)
        first = sign_up_for(session, people.rival, meeting)
        second = sign_up_for(session, people.municipality, meeting)
        cancel_sign_up(session, people.vendor, seat.id)
    late = NOON + 48 * AN_HOUR
    with moved_to(late):
        refuse("offer_gone", accept_offer, session, people.rival, first.id)
        move_queue(session, meeting)
        assert (first.status, first.ended_as) == ("cancelled", "offer_expired")
        assert (second.status, second.offered_until) == ("offered", late + 48 * AN_HOUR)
        assert list_subjects(session, people.rival)[-1] == "Pladsen er gået videre: Møde 12"
        decline_offer(session, people.municipality, second.id)
    assert (second.status, second.ended_as, meeting.status) == ("cancelled", "offer_declined", "open")


def test_an_offer_of_a_meeting_that_is_called_off_does_not_run_out(
    session: Session, people: People, meeting: Meeting
) -> None:
    with moved_to(NOON):
        seat = sign_up_for(session, people.vendor, meeting)
        first = sign_up_for(session, people.rival, meeting)
        cancel_sign_up(session, people.vendor, seat.id)
        meeting.status = "postponed"
        refuse("signup_postponed", accept_offer, session, people.rival, first.id)
    with moved_to(NOON + 100 * AN_HOUR):
        move_queue(session, meeting)
        assert first.status == "waiting"
        meeting.status = "open"
        move_queue(session, meeting)
    assert first.status == "offered"


def test_the_first_who_fits_gets_the_offer_not_a_colleague_above_the_ceiling(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session, seats=2, seats_per_organisation=1)
    sign_up_for(session, people.vendor, meeting)
    seat = sign_up_for(session, people.rival, meeting)
    colleague = sign_up_for(session, people.newcomer, meeting)
    other = sign_up_for(session, people.municipality, meeting)
    assert [place.hindrance for place in get_places(session, meeting.id).values()] == ["organisation", "full"]
    cancel_sign_up(session, people.rival, seat.id)
    assert (colleague.status, other.status) == ("waiting", "offered")


STARTS = datetime(2027, 3, 18, 9, tzinfo=COPENHAGEN)


@pytest.mark.parametrize(
    ("moment", "deadline"),
    [
        # Eight days and more before the day the setting counts, nearer to it a quarter of what is left.
        ("2027-03-01T10:00", "2027-03-03T10:00"),
        ("2027-03-14T09:00", "2027-03-15T09:00"),
        # Not in the night.
        ("2027-03-01T23:00", "2027-03-04T09:00"),
        ("2027-03-17T20:00", "2027-03-18T09:00"),
        ("2027-03-18T08:01", None),
    ],
)
def test_a_deadline_is_shorter_near_the_day_and_never_in_the_night(moment: str, deadline: str | None) -> None:
    found = offer_deadline(datetime.fromisoformat(moment).replace(tzinfo=COPENHAGEN), STARTS, 48)
    assert (f"{found:%Y-%m-%dT%H:%M}" if found else None) == deadline


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(60, 60 * 24 * 40), hours=st.integers(1, 336))
def test_a_deadline_lies_ahead_and_never_past_the_start(minutes: int, hours: int) -> None:
    moment = STARTS - timedelta(minutes=minutes)
    deadline = offer_deadline(moment, STARTS, hours)
    assert deadline is not None and moment < deadline <= STARTS


def test_more_seats_and_another_ceiling_go_to_those_who_wait(
    session: Session, people: People, meeting: Meeting
) -> None:
    sign_up_for(session, people.vendor, meeting)
    waiting = [sign_up_for(session, actor, meeting) for actor in (people.rival, people.municipality)]
    for actor in (people.vendor, people.auditor):
        with pytest.raises(NotAllowed):
            set_seats(session, actor, meeting.id, 1, SeatsInput(seats=9))
    refuse("stale", set_seats, session, people.staff, meeting.id, 7, SeatsInput(seats=9))
    set_seats(session, people.staff, meeting.id, meeting.version, SeatsInput(seats=2, offer_hours=12))
    assert [one.status for one in waiting] == ["offered", "waiting"]


# --- reserved seats


def test_reserved_seats_are_for_their_group_until_the_day_of_release(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session, seats=3)
    given = SeatGroupInput(
        name="Kommuner", seats=2, kinds=["municipality"], release_on=date(2090, 2, 1), organisations=[]
    )
    with moved_to(NOON):
        group = add_group(session, people.staff, meeting.id, given)
        assert sign_up_for(session, people.vendor, meeting).status == "registered"
        waiting = sign_up_for(session, people.rival, meeting)
        assert waiting.status == "waiting" and meeting.status == "open"
        booking = get_booking(session, people.rival, meeting)
        assert (booking.left, booking.hindrance, booking.kept[0].left) == (0, "reserved", 2)
        assert get_booking(session, people.municipality, meeting).left == 2
        own = sign_up_for(session, people.municipality, meeting)
        assert (own.status, own.seat_group_id) == ("registered", group.id)
    with moved_to(datetime(2090, 1, 31, 23, 30, tzinfo=UTC)):
        # In Denmark it is the day of release.
        assert sign_up_for(session, people.consultancy, meeting).status == "waiting"
        assert waiting.status == "offered"


def test_a_group_of_named_organisations_overflows_into_the_open_seats(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session, seats=2)
    named = SeatGroupInput(name="Udvalgte", seats=1, organisations=["soft a/s"])
    add_group(session, people.staff, meeting.id, named)
    assert sign_up_for(session, people.vendor, meeting).status == "registered"
    assert sign_up_for(session, people.newcomer, meeting).status == "registered"
    assert sign_up_for(session, people.rival, meeting).status == "waiting"
    refuse(
        "unknown_seat_organisation",
        add_group,
        session,
        people.staff,
        meeting.id,
        SeatGroupInput(name="Nogen", seats=1, organisations=["Findes Ikke"]),
    )
    nobody, too_many = (
        SeatGroupInput(name="Ingen", seats=1),
        SeatGroupInput(name="Alle", seats=9, kinds=["vendor"]),
    )
    refuse("group_for_nobody", add_group, session, people.staff, meeting.id, nobody)
    refuse("groups_exceed_seats", add_group, session, people.staff, meeting.id, too_many)


def test_removing_a_group_gives_its_seats_to_those_who_wait(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, seats=1)
    group = add_group(
        session, people.staff, meeting.id, SeatGroupInput(name="K", seats=1, kinds=["municipality"])
    )
    waiting = sign_up_for(session, people.vendor, meeting)
    assert waiting.status == "waiting"
    remove_group(session, people.staff, meeting.id, group.id)
    assert waiting.status == "offered"


def test_reserved_seats_and_rules_are_copied_with_as_many_days_before(
    session: Session, people: People
) -> None:
    model = add_open_meeting(session, "1", seats=5, held_on=date(2090, 3, 1), needs_approval=True)
    given = SeatGroupInput(
        name="K", seats=2, kinds=["region"], organisations=["Soft A/S"], release_on=date(2090, 2, 20)
    )
    add_group(session, people.staff, model.id, given)
    meeting = add_open_meeting(session, "2", seats=5, held_on=date(2090, 9, 1))
    assert copy_seats(session, people.staff, model.id, meeting.id) == 1
    kept = get_booking(session, people.stranger, meeting).kept[0]
    assert (kept.name, kept.seats, kept.kinds, kept.organisation_ids, kept.release_on) == (
        "K",
        2,
        ("region",),
        (people.vendor.organisation_id,),
        date(2090, 8, 23),
    )
    assert meeting.needs_approval


def test_reserved_seats_are_released_as_many_days_before_a_day_that_the_meeting_is_moved_to(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session, seats=5, held_on=date(2090, 3, 1))
    given = SeatGroupInput(name="K", seats=2, kinds=["region"], release_on=date(2090, 2, 20))
    released = given.model_copy(update={"seats": 1, "release_on": today() - timedelta(days=3)})
    for one in (given, released):
        add_group(session, people.staff, meeting.id, one)
    moved = NewDateInput(held_on=date(2090, 1, 31))
    set_new_date(session, people.staff, meeting.id, meeting.version, moved)
    days = session.scalars(select(SeatGroup.release_on).order_by(SeatGroup.id)).all()
    assert days == [date(2090, 1, 22), released.release_on]


# --- staff's decisions


def test_who_asks_to_come_gets_a_seat_or_a_reason(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, seats=1, needs_approval=True)
    asked = [sign_up_for(session, who, meeting) for who in (people.vendor, people.rival, people.loner)]
    assert {one.status for one in asked} == {"requested"}
    assert get_booking(session, people.vendor, meeting).taken == 0
    with pytest.raises(NotAllowed):
        approve_request(session, people.vendor, asked[0].id)
    assert approve_request(session, people.staff, asked[0].id).status == "registered"
    assert approve_request(session, people.staff, asked[1].id).status == "waiting"
    decline_request(session, people.staff, asked[2].id, "Mødet er kun for leverandører.")
    refuse("already_decided", approve_request, session, people.staff, asked[2].id)
    assert [one.status for one in asked] == ["registered", "waiting", "declined"]
    texts = session.scalars(
        select(Mail.text).where(Mail.recipient == "lone@alene.example").order_by(Mail.id)
    ).all()
    assert ["Mødet er kun for leverandører." in text for text in texts] == [False, True]
    # Who was refused may ask again.
    assert sign_up_for(session, people.loner, meeting).status == "requested"


def test_exceptions_have_a_reason_and_take_nothing_from_the_queue(
    session: Session, people: People, meeting: Meeting
) -> None:
    seat = sign_up_for(session, people.vendor, meeting)
    line = [sign_up_for(session, who, meeting) for who in (people.rival, people.municipality, people.loner)]
    move_in_queue(session, people.staff, line[2].id, 1, "Holder oplæg")
    assert list(get_places(session, meeting.id)) == [line[2].id, line[0].id, line[1].id]
    give_seat(session, people.staff, line[1].id, "Ordstyrer")
    assert (line[1].status, line[1].is_extra) == ("registered", True)
    assert get_booking(session, people.staff, meeting).taken == 1
    cancel_for(session, people.staff, seat.id, "Kommer ikke")
    assert line[2].status == "offered"
    assert [(one.name, one.kind, one.reason, one.before, one.after, one.decided_by) for one in list_decisions(
        session, people.staff, meeting.id
    )] == [
        ("Vera Vendor", "cancelled", "Kommer ikke", "registered", "cancelled", "Stine Stab"),
        ("Mona Kommune", "seated", "Ordstyrer", "waiting", "extra", "Stine Stab"),
        ("Lone Alene", "moved", "Holder oplæg", "3", "1", "Stine Stab"),
    ]  # fmt: skip
    logged = session.scalars(
        select(AuditEntry.verb).where(AuditEntry.user_id == people.staff.user_id).order_by(AuditEntry.id)
    ).all()
    assert logged == ["move", "seat", "cancel"]
    assert (
        "Kommer ikke"
        in session.scalars(
            select(Mail.text).where(Mail.recipient == "vera@soft.example").order_by(Mail.id.desc())
        ).first()
    )  # type: ignore[operator]
    for actor in (people.vendor, people.auditor, people.stranger):
        with pytest.raises(NotAllowed):
            give_seat(session, actor, line[0].id, "Vil selv")


def test_another_group_needs_a_seat_there_and_lasts(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, seats=2)
    group = add_group(
        session, people.staff, meeting.id, SeatGroupInput(name="K", seats=1, kinds=["municipality"])
    )
    own = sign_up_for(session, people.municipality, meeting)
    sign_up_for(session, people.vendor, meeting)
    waiting = sign_up_for(session, people.rival, meeting)
    refuse("group_full", change_group, session, people.staff, own.id, None, "Er her som leverandør")
    change_group(session, people.staff, waiting.id, group.id, "Er kommunens gæst")
    other = SeatGroupInput(name="R", seats=1, kinds=["region"])
    add_group(session, people.staff, meeting.id, other)
    assert waiting.seat_group_id == group.id


@pytest.mark.parametrize(
    ("email", "typed", "known", "name", "standing"),
    [
        ("ny@et-sted.example", "soft a/s", True, "Soft A/S", "named"),
        ("ny@et-sted.example", "Nordlys Data ApS", False, "Nordlys Data ApS", "named"),
        ("ny@et-sted.example", "", False, "", "alone"),
        # Who speaks for somebody comes for them, whatever was heard on the telephone.
        ("vera@soft.example", "Nordlys Data ApS", True, "Soft A/S", "confirmed"),
    ],
)
def test_who_is_signed_up_by_staff_comes_for_the_organisation_that_was_said_and_may_do_no_more_by_that(
    session: Session,
    people: People,
    meeting: Meeting,
    email: str,
    typed: str,
    known: bool,
    name: str,
    standing: str,
) -> None:
    given = AddedInput(email=email, name="Nye Gæst", organisation_name=typed, reason="Ringede")
    added = add_sign_up(session, people.staff, meeting.id, given)
    assert (added.organisation_id, added.organisation_name) == (
        people.vendor.organisation_id if known else None,
        name,
    )
    line = find_sign_up(session, meeting.id, added.id)
    assert line is not None and line.standing == standing
    meetings = session.scalar(select(attended_by(User.id)).where(User.id == added.user_id))
    assert (meetings or []) == ([meeting.id] if standing == "confirmed" else [])


def test_somebody_who_left_the_organisation_is_not_said_to_be_waiting_for_it(
    session: Session, people: People, meeting: Meeting
) -> None:
    end_membership(session, people.vendor)
    given = AddedInput(email="vera@soft.example", organisation_name="Soft A/S", reason="Ringede")
    added = add_sign_up(session, people.staff, meeting.id, given)
    line = find_sign_up(session, meeting.id, added.id)
    assert line is not None and line.standing == "ended"


def test_staff_signs_up_by_address_known_or_not_and_beyond_the_ceiling_when_asked(
    session: Session, people: People, meeting: Meeting
) -> None:
    new = AddedInput(email="Ny.Gaest@et-sted.example", name="Nye Gæst", reason="Ringede")
    assert add_sign_up(session, people.staff, meeting.id, new).status == "registered"
    refuse("signup_already", add_sign_up, session, people.staff, meeting.id, new)
    known = AddedInput(email="vera@soft.example", reason="Ringede")
    waiting = add_sign_up(session, people.staff, meeting.id, known)
    assert (waiting.status, waiting.organisation_name) == ("waiting", "Soft A/S")
    guest = AddedInput(email="rita@rival.example", reason="Minister", beyond=True)
    assert add_sign_up(session, people.staff, meeting.id, guest).is_extra
    recipients = recipients_of(session, meeting.id, ["registered", "waiting"])
    assert recipients[1] == Recipient(
        "vera@soft.example", "Vera Vendor", "da", people.vendor.user_id, "registration", waiting.id
    )
    assert [one.email for one in recipients] == [
        "ny.gaest@et-sted.example",
        "vera@soft.example",
        "rita@rival.example",
    ]


def test_of_two_accounts_of_one_person_the_seat_stays_and_the_queue_goes(
    session: Session, people: People, meeting: Meeting
) -> None:
    seat = sign_up_for(session, people.vendor, meeting)
    waiting = sign_up_for(session, people.rival, meeting)
    move_sign_ups(session, people.vendor.user_id or 0, people.rival.user_id or 0)
    session.expire_all()
    assert (seat.user_id, seat.status) == (people.rival.user_id, "registered")
    assert (waiting.status, waiting.ended_as) == ("cancelled", "joined")


# --- a colleague's seat


def test_who_is_not_known_to_speak_for_an_organisation_learns_of_nobody_there_that_they_come(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session)
    firm = session.get_one(Organisation, people.vendor.organisation_id)
    claimant = add_actor(session, "Ukendt Person", firm, confirmed=False)
    own, colleague = sign_up_for(session, claimant, meeting), sign_up_for(session, people.vendor, meeting)
    swap = ask_colleague(session, claimant, own.id, get_email(session, people.vendor.user_id or 0))
    refuse("swap_has_seat", accept_swap, session, people.vendor, swap.id)
    assert colleague.status == "registered"


def test_signing_up_anew_gives_no_more_letters_to_colleagues_a_day(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    own = sign_up_for(session, people.vendor, meeting)
    for n in range(MOST_A_DAY):
        ask_colleague(session, people.vendor, own.id, f"kollega{n}@soft.example")
        withdraw_swap(session, people.vendor, own.id)
    cancel_sign_up(session, people.vendor, own.id)
    again = sign_up_for(session, people.vendor, meeting)
    refuse("swap_too_many", ask_colleague, session, people.vendor, again.id, "kollega@soft.example")
