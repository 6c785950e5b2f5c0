"""Signing up: a seat for whoever is signed in, ceilings, changing, cancelling, and what the log holds."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now, today
from app.core.policy import SYSTEM, NotAllowed, NotFound, Refused
from app.domain.meetings.models import Meeting
from app.domain.meetings.states import start_meeting
from app.domain.registrations.deciding import add_sign_up
from app.domain.registrations.models import Registration, RegistrationNeeds
from app.domain.registrations.queries import (
    Booking,
    count_sign_ups,
    find_own,
    find_own_needs,
    get_booking,
    list_own,
    list_sign_ups,
    old_needs,
)
from app.domain.registrations.schemas import AddedInput, RegistrationFacts, SignUpInput
from app.domain.registrations.service import (
    cancel_sign_up,
    close_sign_up,
    edit_sign_up,
    move_sign_ups,
    open_sign_up,
    put_registration,
    set_listed,
    sign_up,
    withdraw_unwanted,
)
from app.domain.users.consents import has_consented
from tests.people import People, add_actor
from tests.signing_up import CANARY, add_open_meeting, end_membership, put_sign_up_row, sign_up_for


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_open_meeting(session)


def refuse(code: str, act: object, *given: object, **named: object) -> None:
    with pytest.raises(Refused) as refusal:
        act(*given, **named)  # type: ignore[operator]
    assert refusal.value.code == code


# --- signing up


@pytest.mark.parametrize(
    ("who", "standing"),
    [
        ("vendor", "confirmed"),
        ("municipality", "confirmed"),
        ("staff", "confirmed"),
        ("newcomer", "waiting"),
        ("loner", "alone"),
    ],
)
def test_whoever_is_signed_in_gets_a_seat_at_once(
    session: Session, people: People, meeting: Meeting, who: str, standing: str
) -> None:
    actor = getattr(people, who)
    sign_up_for(session, actor, meeting, title="Chef")
    own = find_own(session, actor, meeting.id)
    assert own is not None
    assert (own.name, own.title, own.organisation_name, own.status, own.standing, own.is_listed) == (
        actor.name,
        "Chef",
        actor.organisation_name,
        "registered",
        standing,
        False,
    )


def test_strangers_auditors_and_the_house_do_not_sign_up(
    session: Session, people: People, meeting: Meeting
) -> None:
    for actor in (people.stranger, people.auditor, SYSTEM):
        with pytest.raises(NotAllowed):
            sign_up(session, actor, meeting.id, SignUpInput())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "announced"}, "signup_not_open"),
        ({"status": "cancelled"}, "signup_cancelled"),
        ({"status": "postponed"}, "signup_postponed"),
        ({"status": "closed"}, "signup_past"),
        ({"held_on": date(2020, 1, 1)}, "signup_past"),
        ({"registration_closes_on": date(2026, 1, 1)}, "signup_closed"),
    ],
)
def test_a_meeting_that_takes_nobody_says_why(
    session: Session, people: People, values: dict[str, object], code: str
) -> None:
    meeting = add_open_meeting(session, **values)
    refuse(code, sign_up_for, session, people.vendor, meeting)
    assert get_booking(session, people.vendor, meeting).closed == code


def test_a_draft_is_not_there(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, published_at=None, status="draft")
    with pytest.raises(NotFound):
        sign_up_for(session, people.vendor, meeting)


def test_on_the_last_day_and_on_the_day_itself_one_may_still_come(session: Session, people: People) -> None:
    last_day = add_open_meeting(session, "1", registration_closes_on=today())
    same_day = add_open_meeting(session, "2", held_on=today(), status="live")
    assert sign_up_for(session, people.vendor, last_day).status == "registered"
    assert sign_up_for(session, people.vendor, same_day).status == "registered"


def test_a_sign_up_that_staff_had_closed_stays_so_when_the_meeting_begins(
    session: Session, people: People
) -> None:
    closed = add_open_meeting(session, "1", held_on=today())
    close_sign_up(session, people.staff, closed.id)
    start_meeting(session, people.staff, closed.id)
    refuse("signup_not_open", sign_up_for, session, people.vendor, closed)
    assert get_booking(session, people.vendor, closed).closed == "signup_not_open"
    given = AddedInput(email="ny@soft.example", name="Ny Gæst", reason="Ringede")
    assert add_sign_up(session, people.staff, closed.id, given).status == "registered"
    taking = add_open_meeting(session, "2", held_on=today())
    start_meeting(session, people.staff, taking.id)
    assert sign_up_for(session, people.vendor, taking).status == "registered"


def test_nobody_comes_for_an_organisation_of_others_or_one_left(
    session: Session, people: People, meeting: Meeting
) -> None:
    refuse(
        "not_own_organisation",
        sign_up_for,
        session,
        people.vendor,
        meeting,
        organisation=people.rival.organisation_id,
    )
    end_membership(session, people.vendor)
    refuse("not_own_organisation", sign_up_for, session, people.vendor, meeting)


def test_nobody_signs_up_twice_but_may_come_back(session: Session, people: People, meeting: Meeting) -> None:
    first = sign_up_for(session, people.vendor, meeting)
    refuse("signup_already", sign_up_for, session, people.vendor, meeting)
    cancel_sign_up(session, people.vendor, first.id)
    second = sign_up_for(session, people.vendor, meeting)
    rows = session.scalars(select(Registration).order_by(Registration.id)).all()
    assert [(row.id, row.status) for row in rows] == [(first.id, "cancelled"), (second.id, "registered")]


# --- ceilings


def test_the_seats_are_the_ceiling_and_a_cancelled_one_is_free(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, seats=2)
    sign_up_for(session, people.vendor, meeting)
    given_up = sign_up_for(session, people.rival, meeting)
    assert get_booking(session, people.municipality, meeting) == Booking(
        None, 2, 0, None, hindrance="full", waiting=0
    )
    assert meeting.status == "full"
    cancel_sign_up(session, people.rival, given_up.id)
    assert get_booking(session, people.municipality, meeting) == Booking(None, 1, 1, None)
    assert meeting.status == "open"
    own = sign_up_for(session, people.municipality, meeting)
    assert get_booking(session, people.municipality, meeting) == Booking(
        None, 2, 0, own.id, "registered", "full"
    )


def test_an_organisation_has_its_own_ceiling(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, seats_per_organisation=1)
    sign_up_for(session, people.vendor, meeting)
    assert sign_up_for(session, people.newcomer, meeting).status == "waiting"
    assert sign_up_for(session, people.rival, meeting).status == "registered"
    assert sign_up_for(session, people.loner, meeting).status == "registered"
    assert meeting.status == "open"


def test_changing_organisation_meets_the_new_ones_ceiling_and_not_ones_own_seat(
    session: Session, people: People
) -> None:
    meeting = add_open_meeting(session, seats=2, seats_per_organisation=1)
    sign_up_for(session, people.vendor, meeting)
    own = sign_up_for(session, people.newcomer, meeting, organisation=None)
    given = SignUpInput(organisation=people.newcomer.organisation_id)
    refuse("signup_full_organisation", edit_sign_up, session, people.newcomer, own.id, 1, given)
    meeting.seats_per_organisation = 2
    session.flush()
    changed = edit_sign_up(session, people.newcomer, own.id, 1, given)
    assert (changed.organisation_name, changed.version) == ("Soft A/S", 2)


# --- one's own


def test_one_changes_and_cancels_only_ones_own(session: Session, people: People, meeting: Meeting) -> None:
    own = sign_up_for(session, people.vendor, meeting)
    for act in (
        lambda: edit_sign_up(session, people.rival, own.id, 1, SignUpInput()),
        lambda: cancel_sign_up(session, people.staff, own.id),
        lambda: set_listed(session, people.rival, own.id, True),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_stale_change_is_refused(session: Session, people: People, meeting: Meeting) -> None:
    own = sign_up_for(session, people.vendor, meeting)
    edit_sign_up(session, people.vendor, own.id, 1, SignUpInput(organisation=own.organisation_id, title="Ny"))
    refuse("stale", edit_sign_up, session, people.vendor, own.id, 1, SignUpInput())


def test_after_the_meeting_only_the_list_may_be_left(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, held_on=today() - timedelta(days=1))
    own = put_sign_up_row(session, people.vendor, meeting, listed_at=now(), listed_version=1)
    refuse("signup_past", edit_sign_up, session, people.vendor, own.id, 1, SignUpInput())
    refuse("signup_past", cancel_sign_up, session, people.vendor, own.id)
    assert set_listed(session, people.vendor, own.id, False).listed_at is None


def test_own_sign_ups_come_next_first_and_then_what_has_been(session: Session, people: People) -> None:
    days = {"1": -400, "2": 30, "3": -2, "4": 3}
    for key, away in days.items():
        held_on = today() + timedelta(days=away)
        put_sign_up_row(session, people.vendor, add_open_meeting(session, key, held_on=held_on))
    put_sign_up_row(session, people.rival, add_open_meeting(session, "5"))
    put_sign_up_row(
        session, people.vendor, add_open_meeting(session, "6"), status="cancelled", cancelled_at=now()
    )
    put_sign_up_row(session, people.vendor, add_open_meeting(session, "7", published_at=None))
    found = [
        (one.meeting.key if one.meeting else None, one.is_past) for one in list_own(session, people.vendor)
    ]
    assert found == [("4", False), ("2", False), (None, False), ("3", True), ("1", True)]


# --- food and access


def test_what_somebody_eats_is_kept_apart_with_the_text_that_was_agreed_to(
    session: Session, people: People, meeting: Meeting
) -> None:
    own = sign_up_for(
        session,
        people.vendor,
        meeting,
        diets=["vegan", "vegan", "nut_free"],
        diet_note=CANARY,
        access_needs="Teleslynge",
        agrees_to_needs=True,
    )
    kept = session.get_one(RegistrationNeeds, own.id)
    assert (kept.diets, kept.diet_note, kept.access_needs, kept.consent_version) == (
        ["nut_free", "vegan"],
        CANARY,
        "Teleslynge",
        1,
    )
    assert has_consented(session, own.user_id, "special_needs")
    assert find_own_needs(session, people.vendor, own.id).diet_note == CANARY
    for other in (people.rival, people.staff, people.stranger):
        assert find_own_needs(session, other, own.id).diet_note == ""


def test_without_a_yes_nothing_of_it_is_kept(session: Session, people: People, meeting: Meeting) -> None:
    refuse("needs_agreement", sign_up_for, session, people.vendor, meeting, access_needs=CANARY)
    assert session.scalars(select(RegistrationNeeds)).all() == []


def test_a_virtual_meeting_asks_for_no_food_and_keeps_none(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, format="virtual")
    own = sign_up_for(session, people.vendor, meeting, diets=["vegan"], diet_note=CANARY)
    assert session.get(RegistrationNeeds, own.id) is None


def test_what_is_deleted_in_the_form_is_gone_and_a_cancelling_erases_it(
    session: Session, people: People, meeting: Meeting
) -> None:
    needs = {"access_needs": CANARY, "agrees_to_needs": True}
    own = sign_up_for(session, people.vendor, meeting, **needs)
    other = sign_up_for(session, people.rival, meeting, **needs)
    edit_sign_up(session, people.vendor, own.id, 1, SignUpInput(organisation=own.organisation_id))
    cancel_sign_up(session, people.rival, other.id)
    assert session.scalars(select(RegistrationNeeds.registration_id)).all() == []


def test_the_log_holds_who_came_and_never_what_they_eat(
    session: Session, people: People, meeting: Meeting
) -> None:
    own = sign_up_for(session, people.vendor, meeting, diet_note=CANARY, agrees_to_needs=True, is_listed=True)
    edit = SignUpInput(organisation=own.organisation_id, diet_note=CANARY + "2", agrees_to_needs=True)
    edit_sign_up(session, people.vendor, own.id, 1, edit)
    cancel_sign_up(session, people.vendor, own.id)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.thing == "registration").order_by(AuditEntry.id)
    ).all()
    assert [entry.verb for entry in entries] == ["sign_up", "edit", "cancel"]
    assert entries[0].after == {
        "meeting_id": meeting.id,
        "organisation_id": people.vendor.organisation_id,
        "title": "",
        "status": "registered",
        "is_listed": True,
    }
    everything = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert CANARY not in "".join(f"{entry.before}{entry.after}" for entry in everything)


# --- for those who arrange


def test_only_staff_opens_and_closes_and_only_what_is_announced(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, status="announced")
    for actor in (people.vendor, people.auditor, people.stranger):
        with pytest.raises(NotAllowed):
            open_sign_up(session, actor, meeting.id)
    assert open_sign_up(session, people.staff, meeting.id).status == "open"
    assert open_sign_up(session, people.staff, meeting.id).status == "open"
    assert close_sign_up(session, people.staff, meeting.id).status == "announced"
    draft = add_open_meeting(session, "13", status="draft", published_at=None)
    refuse("signup_draft", open_sign_up, session, people.staff, draft.id)
    sometime = add_open_meeting(session, "14", status="announced", date_certainty="month")
    refuse("signup_no_day", open_sign_up, session, people.staff, sometime.id)


def test_a_page_that_somebody_holds_a_seat_by_cannot_be_taken_away(session: Session, people: People) -> None:
    meeting = add_open_meeting(session)
    sign_up(session, people.vendor, meeting.id, SignUpInput())
    close_sign_up(session, people.staff, meeting.id)
    refuse("signup_exists", withdraw_unwanted, session, people.staff, meeting.id)
    with pytest.raises(NotAllowed):
        withdraw_unwanted(session, people.vendor, meeting.id)
    own = session.scalars(select(Registration.id).where(Registration.meeting_id == meeting.id)).one()
    cancel_sign_up(session, people.vendor, own)
    assert withdraw_unwanted(session, people.staff, meeting.id).status == "draft"
    past = add_open_meeting(session, "14", status="closed", held_on=date(2020, 1, 1))
    refuse("signup_past", open_sign_up, session, people.staff, past.id)


def test_sign_ups_are_counted_by_kind_and_listed_as_they_came(
    session: Session, people: People, meeting: Meeting
) -> None:
    for name in ("vendor", "newcomer", "municipality", "loner"):
        sign_up_for(session, getattr(people, name), meeting, is_listed=name == "vendor")
    gone = sign_up_for(session, people.rival, meeting)
    cancel_sign_up(session, people.rival, gone.id)
    counts = count_sign_ups(session, meeting.id)
    assert (counts.registered, counts.waiting, counts.cancelled, counts.unconfirmed, counts.listed) == (
        4,
        0,
        1,
        2,
        1,
    )
    assert counts.by_kind == {"vendor": 2, "municipality": 1, "none": 1}
    rows = list_sign_ups(session, meeting.id)
    assert [(row.name, row.email, row.standing) for row in rows] == [
        ("Vera Vendor", "vera@soft.example", "confirmed"),
        ("Nye Ny", "nye@soft.example", "waiting"),
        ("Mona Kommune", "mona@her.example", "confirmed"),
        ("Lone Alene", "lone@alene.example", "alone"),
    ]


# --- what others ask for


def test_the_examples_are_put_once_and_stay_cancelled(session: Session, people: People) -> None:
    meeting = add_open_meeting(session, status="approved", held_on=date(2020, 1, 1))
    facts = RegistrationFacts(
        meeting_id=meeting.id, user_id=people.vendor.user_id or 0, is_listed=True, created_at=now()
    )
    put = put_registration(session, SYSTEM, facts)
    assert (put.organisation_name, put.is_example, put.listed_version) == ("Soft A/S", True, 2)
    put.status, put.cancelled_at = "cancelled", now()
    session.flush()
    assert put_registration(session, SYSTEM, facts).id == put.id
    with pytest.raises(NotAllowed):
        put_registration(session, people.staff, facts)


def test_joining_two_accounts_gives_one_place_at_each_meeting(session: Session, people: People) -> None:
    here, there = add_open_meeting(session, "1"), add_open_meeting(session, "2")
    old = add_actor(session, "Gammel Konto", None)
    doubled = sign_up_for(session, old, here, access_needs=CANARY, agrees_to_needs=True)
    alone = sign_up_for(session, old, there)
    kept = sign_up_for(session, people.vendor, here)
    move_sign_ups(session, old.user_id or 0, people.vendor.user_id or 0)
    session.expire_all()
    rows = session.execute(
        select(Registration.id, Registration.user_id, Registration.status).order_by(Registration.id)
    ).all()
    mine = people.vendor.user_id
    assert [tuple(row) for row in rows] == [
        (doubled.id, mine, "cancelled"),
        (alone.id, mine, "registered"),
        (kept.id, mine, "registered"),
    ]
    assert session.scalars(select(RegistrationNeeds)).all() == []


def test_what_is_old_of_food_belongs_to_meetings_that_are_over_or_to_nobody_who_comes(
    session: Session, people: People
) -> None:
    past, ahead, just_now = today() - timedelta(days=15), date(2090, 1, 1), now()
    meetings: dict[str, dict[str, object]] = {
        "1": {"held_on": past},
        "2": {"held_on": today() - timedelta(days=14)},
        "3": {"held_on": ahead},
        "4": {"held_on": past, "status": "cancelled", "status_changed_at": just_now - timedelta(days=15)},
        "5": {"held_on": past, "status": "cancelled", "status_changed_at": just_now},
        "6": {"held_on": ahead, "status": "cancelled", "status_changed_at": just_now - timedelta(days=15)},
        "7": {"held_on": past, "status": "postponed", "status_changed_at": just_now - timedelta(days=15)},
    }
    ids = {}
    for key, values in meetings.items():
        ids[key] = put_sign_up_row(session, people.vendor, add_open_meeting(session, key, **values)).id
    gone = {"status": "cancelled", "cancelled_at": now()}
    put_off = add_open_meeting(session, "8", held_on=past, status="postponed")
    ids["8"] = put_sign_up_row(session, people.vendor, put_off, **gone).id
    for registration_id in ids.values():
        kept = {"diet_note": CANARY, "consent_version": 1, "consented_at": now()}
        session.add(RegistrationNeeds(registration_id=registration_id, **kept))
    session.flush()
    old = session.scalars(
        select(RegistrationNeeds.registration_id).where(old_needs(today() - timedelta(days=14)))
    )
    assert set(old) == {ids["1"], ids["4"], ids["8"]}


def test_a_place_at_a_postponed_meeting_can_be_given_up_when_its_old_day_has_passed(
    session: Session, people: People
) -> None:
    gone = add_open_meeting(session, status="postponed", held_on=today() - timedelta(days=1))
    own = put_sign_up_row(session, people.vendor, gone)
    assert [one.is_past for one in list_own(session, people.vendor)] == [False]
    assert cancel_sign_up(session, people.vendor, own.id).status == "cancelled"
