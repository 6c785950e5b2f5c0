"""People: those who speak, those who sign in, and who they speak for."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound
from app.domain.users.models import Membership, User
from app.domain.users.policy import may_add_persons, may_confirm_memberships
from app.domain.users.queries import (
    find_persons,
    find_persons_by_name,
    find_user_by_email,
    get_email,
    list_memberships,
    list_waiting_memberships,
)
from app.domain.users.service import (
    add_person,
    add_user,
    confirm_membership,
    name_user,
    put_member,
    request_membership,
)
from tests.people import People


def count_entries(session: Session, verb: str, thing: str) -> int | None:
    return session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.verb == verb, AuditEntry.thing == thing)
    )


def new_actor(session: Session, email: str) -> Actor:
    user = add_user(session, email=email, name="Ny Bruger")
    return Actor(user_id=user.id, name=user.name)


def test_the_same_address_twice_is_one_user_whatever_its_case(session: Session) -> None:
    first = add_user(session, "Nina@Soft.example", "Nina")
    again = add_user(session, "nina@soft.example", "En anden")
    assert (again.id, again.name, again.email) == (first.id, "Nina", "nina@soft.example")
    assert count_entries(session, "add", "user") == 1
    assert find_user_by_email(session, "NINA@soft.example") == first
    assert get_email(session, first.id) == "nina@soft.example"


def test_the_audit_log_holds_no_mail_address(session: Session) -> None:
    add_user(session, "nina@soft.example", "Nina")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.thing == "user")).one()
    assert "nina@soft.example" not in str(entry.after)


def test_somebody_without_a_name_gives_it_once(session: Session) -> None:
    actor = Actor(user_id=add_user(session, "x@soft.example", "").id)
    name_user(session, actor, "Xenia")
    name_user(session, actor, "Xenia")
    assert session.get(User, actor.user_id).name == "Xenia"  # type: ignore[union-attr]
    assert count_entries(session, "rename", "user") == 1


def test_a_stranger_can_neither_be_named_nor_represent(session: Session, people: People) -> None:
    with pytest.raises(NotAllowed):
        name_user(session, STRANGER, "Ingen")
    with pytest.raises(NotAllowed):
        request_membership(session, STRANGER, people.vendor.organisation_id or 0)


def test_a_request_waits_where_the_mail_address_lies_elsewhere(session: Session, people: People) -> None:
    actor = new_actor(session, "nina@andet.example")
    membership = request_membership(session, actor, people.vendor.organisation_id or 0, "Chef")
    assert (membership.role, membership.title, membership.confirmed_at) == ("member", "Chef", None)
    assert [m.id for m in list_waiting_memberships(session)][-1] == membership.id


def test_a_mail_domain_alone_confirms_nobody_but_is_told_to_staff(session: Session, people: People) -> None:
    actor = new_actor(session, "nina@soft.example")
    membership = request_membership(session, actor, people.vendor.organisation_id or 0)
    request_membership(session, new_actor(session, "gaest@andet.example"), people.vendor.organisation_id or 0)
    assert (membership.confirmed_at, membership.role) == (None, "member")
    waiting = {one.email: one.has_own_mail for one in list_waiting_memberships(session)}
    assert (waiting["nina@soft.example"], waiting["gaest@andet.example"]) == (True, False)


def test_a_mail_address_at_an_organiser_never_makes_staff(session: Session, people: People) -> None:
    actor = new_actor(session, "ny@vaert.example")
    assert request_membership(session, actor, people.staff.organisation_id or 0).role == "member"


def test_asking_twice_makes_one_membership_and_keeps_the_title(session: Session, people: People) -> None:
    actor = new_actor(session, "nina@andet.example")
    organisation_id = people.vendor.organisation_id or 0
    first = request_membership(session, actor, organisation_id, "Chef")
    again = request_membership(session, actor, organisation_id)
    assert (again.id, again.title) == (first.id, "Chef")
    assert len(list_memberships(session, actor.user_id or 0)) == 1


def test_an_ended_membership_begins_anew_as_a_waiting_member(session: Session, people: People) -> None:
    actor = new_actor(session, "nina@andet.example")
    organisation_id = people.staff.organisation_id or 0
    membership = request_membership(session, actor, organisation_id)
    membership.role, membership.confirmed_at, membership.ended_at = "admin", now(), now()
    again = request_membership(session, actor, organisation_id)
    assert (again.id, again.role, again.confirmed_at, again.ended_at) == (membership.id, "member", None, None)


def test_an_unknown_organisation_is_not_found(session: Session, people: People) -> None:
    with pytest.raises(NotFound):
        request_membership(session, people.loner, 999_999)


def test_only_staff_confirms_and_twice_is_once(session: Session, people: People) -> None:
    membership_id = people.newcomer.membership_id or 0
    with pytest.raises(NotAllowed):
        confirm_membership(session, people.vendor, membership_id)
    confirm_membership(session, people.staff, membership_id)
    confirm_membership(session, people.staff, membership_id)
    assert session.get(Membership, membership_id).confirmed_at is not None  # type: ignore[union-attr]
    assert count_entries(session, "confirm", "membership") == 1


def test_an_ended_membership_is_not_confirmed(session: Session, people: People) -> None:
    membership = session.get(Membership, people.newcomer.membership_id)
    assert membership is not None
    membership.ended_at = now()
    with pytest.raises(NotFound):
        confirm_membership(session, people.staff, membership.id)


def test_the_seed_gives_roles_once_and_leaves_what_is_there(session: Session, people: People) -> None:
    user = add_user(session, "eva@vaert.example", "Eva", is_example=True)
    organisation_id = people.staff.organisation_id or 0
    first = put_member(session, SYSTEM, user, organisation_id, "Sekretær", "staff")
    first.title = "Rettet af et menneske"
    again = put_member(session, SYSTEM, user, organisation_id, "Sekretær", "staff")
    assert (again.id, again.title, again.role) == (first.id, "Rettet af et menneske", "staff")


def test_nobody_but_the_house_gives_a_role(session: Session, people: People) -> None:
    user = session.get(User, people.vendor.user_id)
    assert user is not None
    with pytest.raises(NotAllowed):
        put_member(session, people.admin, user, people.staff.organisation_id or 0, "", "admin")


def test_persons_are_found_by_every_word_in_danish_order(session: Session) -> None:
    for name in ("Åse Holm", "Zenia Holm", "Anna Holm", "Anna Berg"):
        add_person(session, SYSTEM, name)
    assert [p.name for p in find_persons(session, "holm")] == ["Anna Holm", "Zenia Holm", "Åse Holm"]
    assert [p.name for p in find_persons(session, "HOLM anna")] == ["Anna Holm"]
    assert find_persons(session, "  ") == []


def test_wildcards_in_a_search_for_persons_stand_for_themselves(session: Session) -> None:
    add_person(session, SYSTEM, "Anna Berg")
    assert [find_persons(session, text) for text in ("%", "_nna", "\\")] == [[], [], []]


def test_of_two_with_the_same_name_the_first_is_given(session: Session) -> None:
    first = add_person(session, SYSTEM, "Anna Berg")
    add_person(session, SYSTEM, "Anna Berg")
    assert find_persons_by_name(session, ["Anna Berg", "Ukendt"]) == {"Anna Berg": first.id}


def test_who_may_name_speakers_and_confirm(people: People) -> None:
    able = {name for name, actor in people.all().items() if may_add_persons(actor)}
    assert able == {"staff", "admin"}
    assert {n for n, a in people.all().items() if may_confirm_memberships(a)} == {"staff", "admin"}
