"""People: those who speak, those who sign in, and who they speak for."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, Refused
from app.domain.organisations.models import Organisation
from app.domain.users.models import User
from app.domain.users.policy import may_add_persons
from app.domain.users.queries import (
    find_names,
    find_persons_by_name,
    find_user_by_email,
    get_email,
)
from app.domain.users.service import (
    add_person,
    add_user,
    appoint_admin,
    name_user,
    put_member,
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


def test_a_stranger_cannot_be_named(session: Session) -> None:
    with pytest.raises(NotAllowed):
        name_user(session, STRANGER, "Ingen")


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


def test_accounts_are_named_by_number_those_that_are_left(session: Session, people: People) -> None:
    ids = [people.vendor.user_id or 0, people.staff.user_id or 0]
    named = {ids[0]: "Vera Vendor", ids[1]: "Stine Stab"}
    assert [find_names(session, asked) for asked in ([*ids, 999_999_999], [])] == [named, {}]


def test_of_two_with_the_same_name_the_first_is_given(session: Session) -> None:
    first = add_person(session, SYSTEM, "Anna Berg")
    add_person(session, SYSTEM, "Anna Berg")
    assert find_persons_by_name(session, ["Anna Berg", "Ukendt"]) == {"Anna Berg": first.id}


def test_who_may_name_speakers(people: People) -> None:
    able = {name for name, actor in people.all().items() if may_add_persons(actor)}
    assert able == {"staff", "admin"}


def test_the_first_admin_of_an_organiser_is_appointed_by_the_house(session: Session, people: People) -> None:
    host = session.get_one(Organisation, people.staff.organisation_id)
    user = add_user(session, "ny@vaert.example", "")
    first, again = (appoint_admin(session, SYSTEM, user, host) for _ in range(2))
    assert first.id == again.id
    assert (first.role, first.confirmed_at is not None) == ("admin", True)
    assert count_entries(session, "appoint", "membership") == 2


def test_nobody_else_appoints_and_only_for_an_organiser(session: Session, people: People) -> None:
    user = add_user(session, "ny@vaert.example", "")
    host = session.get_one(Organisation, people.staff.organisation_id)
    soft = session.get_one(Organisation, people.vendor.organisation_id)
    with pytest.raises(NotAllowed):
        appoint_admin(session, people.admin, user, host)
    with pytest.raises(Refused, match="not_an_organiser"):
        appoint_admin(session, SYSTEM, user, soft)
