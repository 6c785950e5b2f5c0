"""Who sees whom: the rule in Python and in SQL agree for everybody; it ends at once with what it rests on."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import Actor, NotAllowed
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_see_join_link, takes_part
from app.domain.registrations.models import Registration
from app.domain.registrations.needs import NamedNeeds, read_needs
from app.domain.registrations.policy import (
    may_manage,
    may_see,
    may_see_participants,
    may_sign_up,
    visible_to,
)
from app.domain.registrations.queries import find_registration, list_participants
from app.domain.registrations.service import cancel_sign_up, set_listed
from app.domain.users.consents import withdraw_consent
from app.domain.users.models import Membership
from app.identity.sessions import find_actor, open_session
from tests.people import People
from tests.signing_up import CANARY, add_open_meeting, end_membership, sign_up_for

EVERYBODY = frozenset(People.__slots__)
STAFF = {"staff", "admin"}


def who(people: People, rule: object, *given: object) -> set[str]:
    return {name for name, actor in people.all().items() if rule(actor, *given)}  # type: ignore[operator]


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_open_meeting(session)


def as_signed_in(session: Session, actor: Actor) -> Actor:
    """The Actor that the next request would make."""
    assert actor.user_id is not None
    secret = open_session(session, actor.user_id, "passkey")
    session.flush()
    return find_actor(session, secret)


def test_everybody_but_strangers_and_auditors_signs_up(people: People) -> None:
    assert who(people, may_sign_up) == EVERYBODY - {"stranger", "auditor"}


def test_only_staff_arranges(people: People) -> None:
    assert who(people, may_manage) == STAFF


def test_rule_and_sql_agree_for_everybody(session: Session, people: People) -> None:
    here, there = add_open_meeting(session, "1"), add_open_meeting(session, "2")
    for meeting in (here, there):
        for name in ("vendor", "rival", "municipality", "newcomer", "loner"):
            row = sign_up_for(session, getattr(people, name), meeting, is_listed=name in ("rival", "loner"))
            if name == "loner" and meeting is there:
                cancel_sign_up(session, people.loner, row.id)
    rows = list(session.scalars(select(Registration).order_by(Registration.id)))
    actors = people.all() | {
        "in": replace(people.neighbour, attends=frozenset({here.id})),
        "facilitator": replace(people.consultancy, meeting_roles=frozenset({(there.id, "facilitator")})),
    }
    for name, actor in actors.items():
        in_sql = set(session.scalars(select(Registration.id).where(visible_to(actor))))
        in_python = set()
        for row in rows:
            view = find_registration(session, people.staff, row.id)
            assert view is not None
            if may_see(actor, view):
                in_python.add(row.id)
        assert in_sql == in_python, name
    assert len(set(session.scalars(select(Registration.id).where(visible_to(actors["in"]))))) == 2
    assert len(set(session.scalars(select(Registration.id).where(visible_to(actors["facilitator"]))))) == 1


def test_one_takes_part_when_signed_up_and_confirmed(
    session: Session, people: People, meeting: Meeting
) -> None:
    other = add_open_meeting(session, "13")
    for name in ("vendor", "municipality", "newcomer", "loner"):
        sign_up_for(session, getattr(people, name), meeting)
    seen = {name: as_signed_in(session, actor) for name, actor in people.all().items() if actor.user_id}
    assert {name for name, actor in seen.items() if takes_part(actor, meeting.id)} == {
        "vendor",
        "municipality",
    }
    assert {name for name, actor in seen.items() if takes_part(actor, other.id)} == set()
    expected = {"vendor", "municipality", *STAFF}
    assert {name for name, actor in seen.items() if may_see_participants(actor, meeting.id)} == expected
    assert {name for name, actor in seen.items() if may_see_join_link(actor, meeting.id)} == expected


def test_taking_part_ends_at_once_with_the_sign_up_the_membership_or_its_confirmation(
    session: Session, people: People, meeting: Meeting
) -> None:
    for name in ("vendor", "rival", "municipality"):
        sign_up_for(session, getattr(people, name), meeting)
    assert takes_part(as_signed_in(session, people.vendor), meeting.id)
    own = session.scalars(select(Registration).where(Registration.user_id == people.vendor.user_id)).one()
    cancel_sign_up(session, people.vendor, own.id)
    end_membership(session, people.rival)
    session.execute(
        update(Membership).where(Membership.id == people.municipality.membership_id).values(confirmed_at=None)
    )
    for name in ("vendor", "rival", "municipality"):
        assert as_signed_in(session, getattr(people, name)).attends == frozenset(), name


def test_who_comes_back_to_the_organisation_takes_part_again(
    session: Session, people: People, meeting: Meeting
) -> None:
    sign_up_for(session, people.vendor, meeting)
    end_membership(session, people.vendor)
    session.add(
        Membership(
            user_id=people.vendor.user_id,
            organisation_id=people.vendor.organisation_id,
            confirmed_at=now(),
            created_at=now(),
        )
    )
    session.flush()
    assert as_signed_in(session, people.vendor).attends == frozenset({meeting.id})


# --- the list


def names(session: Session, actor: Actor, meeting: Meeting) -> list[str]:
    return [one.name for one in list_participants(session, actor, meeting.id).rows]


def test_the_list_names_those_who_agreed_and_counts_the_others(
    session: Session, people: People, meeting: Meeting
) -> None:
    for name in ("vendor", "rival", "municipality", "neighbour", "newcomer"):
        sign_up_for(session, getattr(people, name), meeting, is_listed=name in ("vendor", "newcomer"))
    inside = replace(people.rival, attends=frozenset({meeting.id}))
    shown = list_participants(session, inside, meeting.id)
    assert [(one.name, one.is_confirmed, one.is_listed) for one in shown.rows] == [
        ("Rita Rival", True, False),  # oneself
        ("Nye Ny", False, True),
        ("Vera Vendor", True, True),
    ]
    assert (shown.total, shown.others) == (3, {"municipality": 2})
    assert len(names(session, people.staff, meeting)) == 5


def test_leaving_the_list_takes_effect_at_once(session: Session, people: People, meeting: Meeting) -> None:
    own = sign_up_for(session, people.vendor, meeting, is_listed=True)
    inside = replace(people.rival, attends=frozenset({meeting.id}))
    assert names(session, inside, meeting) == ["Vera Vendor"]
    set_listed(session, people.vendor, own.id, False)
    assert names(session, inside, meeting) == []
    set_listed(session, people.vendor, own.id, True)
    assert names(session, inside, meeting) == ["Vera Vendor"]


def test_a_consent_taken_back_takes_the_name_off_every_list(session: Session, people: People) -> None:
    meetings = [add_open_meeting(session, key) for key in ("1", "2")]
    for meeting in meetings:
        sign_up_for(session, people.vendor, meeting, is_listed=True)
    inside = replace(people.rival, attends=frozenset(meeting.id for meeting in meetings))
    withdraw_consent(session, people.vendor, "participant_list")
    assert [names(session, inside, meeting) for meeting in meetings] == [[], []]
    session.expire_all()
    assert session.scalars(select(Registration.listed_at).order_by(Registration.id)).all() == [None, None]


# --- food and access


def test_only_staff_reads_what_they_eat_and_each_reading_is_noted(
    session: Session, people: People, meeting: Meeting
) -> None:
    needs = {"diets": ["vegan"], "agrees_to_needs": True}
    sign_up_for(session, people.vendor, meeting, **needs, diet_note=CANARY)
    sign_up_for(session, people.rival, meeting, **needs, access_needs="Teleslynge")
    sign_up_for(session, people.municipality, meeting)
    for name in EVERYBODY - STAFF:
        with pytest.raises(NotAllowed):
            read_needs(session, getattr(people, name), meeting.id)
    summed = read_needs(session, people.staff, meeting.id)
    assert (summed.people, summed.diets, summed.diet_notes, summed.access_needs, summed.named) == (
        2,
        {"vegan": 2},
        {CANARY: 1},
        {"Teleslynge": 1},
        [],
    )
    named = read_needs(session, people.admin, meeting.id, with_names=True).named
    assert named == [
        NamedNeeds("Vera Vendor", "Soft A/S", ["vegan"], CANARY, ""),
        NamedNeeds("Rita Rival", "Rival ApS", ["vegan"], "", "Teleslynge"),
    ]
    read = session.execute(
        select(AuditEntry.user_name, AuditEntry.thing_id, AuditEntry.after)
        .where(AuditEntry.verb == "read", AuditEntry.thing == "registration_needs")
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in read] == [
        ("Stine Stab", meeting.id, {"meeting_id": meeting.id, "with_names": False}),
        ("Alma Admin", meeting.id, {"meeting_id": meeting.id, "with_names": True}),
    ]


def test_a_consent_taken_back_erases_what_was_said_of_food(
    session: Session, people: People, meeting: Meeting
) -> None:
    sign_up_for(session, people.vendor, meeting, access_needs=CANARY, agrees_to_needs=True)
    sign_up_for(session, people.rival, meeting, access_needs="Lift", agrees_to_needs=True)
    withdraw_consent(session, people.vendor, "special_needs")
    assert read_needs(session, people.staff, meeting.id).access_needs == {"Lift": 1}
