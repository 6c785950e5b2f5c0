"""Who speaks for whom: asking, yes and no, roles and the end, for every kind of people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.policy import STRANGER, Actor, NotAllowed, NotFound, Refused
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import (
    find_alike,
    find_organisations,
    list_waiting_organisations,
)
from app.domain.organisations.schemas import NewOrganisationInput
from app.domain.organisations.service import confirm_organisation, propose_organisation
from app.domain.users.memberships import (
    confirm_membership,
    confirm_memberships,
    end_membership,
    grant_role,
    leave_organisation,
    refuse_membership,
    refuse_organisation,
    request_membership,
    tell_of_requests,
    when_to_tell,
)
from app.domain.users.models import Membership, User
from app.domain.users.of_organisations import (
    confirmed_in,
    find_member,
    has_own_admin,
    list_deciders,
    list_members,
    list_waiting,
)
from app.domain.users.policy import (
    may_confirm_memberships,
    may_end,
    may_look_after,
    may_look_after_some,
    roles_to_give,
)
from app.domain.users.queries import list_ended_memberships, list_memberships
from app.domain.users.service import add_user
from tests.people import People, add_actor

STAFF = {"staff", "admin"}


def organisation_of(session: Session, actor: Actor) -> Organisation:
    return session.get_one(Organisation, actor.organisation_id)


def membership_of(session: Session, actor: Actor) -> Membership:
    return session.get_one(Membership, actor.membership_id, populate_existing=True)


def add_own_admin(session: Session, people: People) -> Actor:
    """Somebody at the vendor's who looks after who speaks for it."""
    return add_actor(session, "Otto Ejer", organisation_of(session, people.vendor), "admin")


def new_actor(session: Session, email: str) -> Actor:
    user = add_user(session, email=email, name="Ny Bruger")
    return Actor(user_id=user.id, name=user.name)


def entries(session: Session, verb: str) -> list[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    rows = session.execute(
        select(AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.verb == verb, AuditEntry.thing == "membership")
        .order_by(AuditEntry.id)
    )
    return [(row.before, row.after) for row in rows]


def who(people: People, rule: Callable[..., bool], *given: object) -> set[str]:
    return {name for name, actor in people.all().items() if rule(actor, *given)}


# --- rules


def test_who_looks_after_whom(session: Session, people: People) -> None:
    vendor = people.vendor.organisation_id
    owner = add_own_admin(session, people)
    assert who(people, may_confirm_memberships) == STAFF
    assert who(people, may_look_after_some) == STAFF
    assert who(people, may_look_after, vendor) == STAFF
    assert [may_look_after_some(owner), may_look_after(owner, vendor or 0)] == [True, True]
    assert [may_confirm_memberships(owner), may_look_after(owner, people.rival.organisation_id or 0)] == [
        False,
        False,
    ]


def test_roles_in_an_organiser_are_given_by_its_admins_only(session: Session, people: People) -> None:
    owner = add_own_admin(session, people)
    host, vendor = people.staff.organisation_id or 0, people.vendor.organisation_id or 0
    everyone = people.all() | {"owner": owner}
    at_host = {
        name: given for name, a in everyone.items() if (given := roles_to_give(a, host, "association"))
    }
    at_vendor = {name: given for name, a in everyone.items() if (given := roles_to_give(a, vendor, "vendor"))}
    assert at_host == {"admin": ("member", "staff", "admin", "auditor")}
    assert at_vendor == dict.fromkeys(("staff", "admin", "owner"), ("member", "admin"))


def test_an_organisers_roles_are_ended_by_its_admins_only(people: People) -> None:
    host = people.staff.organisation_id
    assert who(people, may_end, host, "association", "staff") == {"admin"}
    assert who(people, may_end, host, "association", "member") == STAFF
    assert who(people, may_end, people.vendor.organisation_id, "vendor", "admin") == STAFF


def test_an_admin_who_came_by_a_mailed_code_gives_no_roles(session: Session, people: People) -> None:
    weak = Actor(**{name: getattr(people.admin, name) for name in Actor.__slots__} | {"is_strong": False})
    assert roles_to_give(weak, people.admin.organisation_id or 0, "association") == ()
    with pytest.raises(NotAllowed):
        grant_role(session, weak, people.staff.membership_id or 0, "admin")


# --- asking


def test_a_stranger_cannot_ask(session: Session, people: People) -> None:
    with pytest.raises(NotAllowed):
        request_membership(session, STRANGER, people.vendor.organisation_id or 0)


def test_whoever_asks_waits_as_a_plain_member(session: Session, people: People) -> None:
    for email, actor in (("ny@vaert.example", people.staff), ("ny@soft.example", people.vendor)):
        organisation_id = actor.organisation_id or 0
        membership = request_membership(session, new_actor(session, email), organisation_id, "Chef")
        assert (membership.role, membership.title, membership.confirmed_at) == ("member", "Chef", None)


def test_the_own_mail_domain_is_told_to_who_confirms(session: Session, people: People) -> None:
    organisation_id = people.vendor.organisation_id or 0
    for email in (
        "nina@soft.example",
        "ole@drift.soft.example",
        "gaest@andet.example",
        "x@falsksoft.example",
    ):
        request_membership(session, new_actor(session, email), organisation_id)
    found = {one.email: one.has_own_mail for one in list_waiting(session, people.staff).rows}
    assert found == {
        "nye@soft.example": True,
        "nina@soft.example": True,
        "ole@drift.soft.example": True,
        "gaest@andet.example": False,
        "x@falsksoft.example": False,
    }


def test_asking_twice_makes_one_membership_and_keeps_the_title(session: Session, people: People) -> None:
    actor = new_actor(session, "nina@andet.example")
    organisation_id = people.vendor.organisation_id or 0
    first = request_membership(session, actor, organisation_id, "Chef")
    again = request_membership(session, actor, organisation_id)
    assert (again.id, again.title) == (first.id, "Chef")
    assert len(list_memberships(session, actor.user_id or 0)) == 1


def test_asking_again_does_not_take_back_a_yes(session: Session, people: People) -> None:
    again = request_membership(session, people.vendor, people.vendor.organisation_id or 0)
    assert (again.id, again.confirmed_at is not None) == (people.vendor.membership_id, True)


def test_whoever_comes_back_waits_anew_in_a_membership_of_its_own(session: Session, people: People) -> None:
    former = membership_of(session, people.admin)
    add_actor(session, "Anden Admin", organisation_of(session, people.admin), "admin")
    leave_organisation(session, people.admin, former.id)
    again = request_membership(session, people.admin, former.organisation_id)
    assert again.id != former.id
    assert (again.role, again.confirmed_at, again.ended_at) == ("member", None, None)
    assert [one.id for one in list_ended_memberships(session, people.admin.user_id or 0)] == [former.id]


def test_an_unknown_organisation_is_not_found(session: Session, people: People) -> None:
    with pytest.raises(NotFound):
        request_membership(session, people.loner, 999_999)


# --- yes and no


def test_who_may_confirm_for_the_vendor(session: Session, people: People) -> None:
    owner = add_own_admin(session, people)
    stranger_to_it = add_actor(session, "Ria Rivalchef", organisation_of(session, people.rival), "admin")
    everyone = people.all() | {"owner": owner, "other_owner": stranger_to_it}
    outcome = {}
    for name, actor in everyone.items():
        user = new_actor(session, f"{name}@andet.example".replace("_", ""))
        asked = request_membership(session, user, people.vendor.organisation_id or 0)
        try:
            confirm_membership(session, actor, asked.id)
            outcome[name] = "yes"
        except (NotAllowed, NotFound) as stopped:
            outcome[name] = type(stopped).__name__
    allowed = {name for name, word in outcome.items() if word == "yes"}
    hidden = {name for name, word in outcome.items() if word == "NotFound"}
    assert (allowed, hidden) == ({"staff", "admin", "owner"}, {"other_owner"})


def test_confirming_twice_is_once_and_noted_without_names(session: Session, people: People) -> None:
    membership_id = people.newcomer.membership_id or 0
    confirm_membership(session, people.staff, membership_id)
    confirm_membership(session, people.staff, membership_id)
    organisation_id = people.vendor.organisation_id
    assert entries(session, "confirm") == [(None, {"organisation_id": organisation_id, "role": "member"})]


def test_nobody_confirms_themselves(session: Session, people: People) -> None:
    own = request_membership(session, people.staff, people.rival.organisation_id or 0)
    with pytest.raises(NotAllowed, match="not_oneself"):
        confirm_membership(session, people.staff, own.id)


def test_nobody_is_confirmed_before_the_organisation(session: Session, people: People) -> None:
    organisation_of(session, people.newcomer).is_confirmed = False
    with pytest.raises(Refused, match="organisation_waits"):
        confirm_membership(session, people.staff, people.newcomer.membership_id or 0)


def test_many_at_once_leave_what_cannot_be_confirmed(session: Session, people: People) -> None:
    organisation_id = people.rival.organisation_id or 0
    asked = [
        request_membership(session, new_actor(session, f"n{n}@x.example"), organisation_id) for n in range(3)
    ]
    leave_organisation(session, Actor(user_id=asked[2].user_id), asked[2].id)
    ids = [one.id for one in asked] + [999_999]
    assert confirm_memberships(session, people.staff, ids) == 2
    assert [one.confirmed_at is not None for one in asked] == [True, True, False]
    with pytest.raises(NotAllowed):
        confirm_memberships(session, add_own_admin(session, people), ids)


def test_a_no_needs_a_reason_which_the_log_does_not_hold(session: Session, people: People) -> None:
    owner = add_own_admin(session, people)
    membership_id = people.newcomer.membership_id or 0
    with pytest.raises(Refused, match="missing"):
        refuse_membership(session, owner, membership_id, "")
    refused = refuse_membership(session, owner, membership_id, "Du er ikke ansat her.")
    assert (refused.ended_as, refused.end_reason) == ("refused", "Du er ikke ansat her.")
    organisation_id = people.vendor.organisation_id
    assert entries(session, "end") == [
        (
            {"organisation_id": organisation_id, "role": "member"},
            {"ended_as": "refused", "has_reason": True},
        )
    ]


def test_what_is_confirmed_is_ended_and_not_refused(session: Session, people: People) -> None:
    with pytest.raises(Refused, match="already_confirmed"):
        refuse_membership(session, people.staff, people.vendor.membership_id or 0, "Nej.")
    ended = end_membership(session, people.staff, people.vendor.membership_id or 0)
    assert ended.ended_as == "removed"
    with pytest.raises(NotFound):
        end_membership(session, people.staff, ended.id)


def test_one_leaves_only_by_oneself(session: Session, people: People) -> None:
    with pytest.raises(NotFound):
        leave_organisation(session, people.rival, people.vendor.membership_id or 0)
    with pytest.raises(NotFound):
        leave_organisation(session, STRANGER, people.vendor.membership_id or 0)
    assert leave_organisation(session, people.vendor, people.vendor.membership_id or 0).ended_as == "left"


# --- roles


def test_staff_appoints_the_first_own_admin_who_appoints_the_next(session: Session, people: People) -> None:
    vendor = organisation_of(session, people.vendor)
    colleague = add_actor(session, "Kim Kollega", vendor)
    with pytest.raises(NotAllowed):
        grant_role(session, people.vendor, colleague.membership_id or 0, "admin")
    assert has_own_admin(session, vendor.id) is False
    grant_role(session, people.staff, people.vendor.membership_id or 0, "admin")
    assert has_own_admin(session, vendor.id) is True
    owner = Actor(**{name: getattr(people.vendor, name) for name in Actor.__slots__} | {"role": "admin"})
    assert grant_role(session, owner, colleague.membership_id or 0, "admin").role == "admin"


@pytest.mark.parametrize("role", ["staff", "auditor"])
def test_a_vendor_has_no_staff_and_no_auditor(session: Session, people: People, role: Any) -> None:
    with pytest.raises(NotAllowed):
        grant_role(session, people.admin, people.vendor.membership_id or 0, role)


def test_staff_gives_no_role_in_an_organiser(session: Session, people: People) -> None:
    host = organisation_of(session, people.staff)
    colleague = add_actor(session, "Kim Kollega", host)
    for role in ("staff", "admin", "auditor"):
        with pytest.raises(NotAllowed):
            grant_role(session, people.staff, colleague.membership_id or 0, role)  # type: ignore[arg-type]
    assert grant_role(session, people.admin, colleague.membership_id or 0, "staff").role == "staff"


def test_a_role_is_given_only_to_who_is_confirmed(session: Session, people: People) -> None:
    with pytest.raises(Refused, match="confirm_first"):
        grant_role(session, people.staff, people.newcomer.membership_id or 0, "admin")


def test_the_last_admin_of_an_organiser_stays(session: Session, people: People) -> None:
    last = people.admin.membership_id or 0
    for act in (
        lambda: grant_role(session, people.admin, last, "member"),
        lambda: end_membership(session, people.admin, last),
        lambda: leave_organisation(session, people.admin, last),
    ):
        with pytest.raises(Refused, match="last_admin"):
            act()
    grant_role(session, people.admin, people.staff.membership_id or 0, "admin")
    assert leave_organisation(session, people.admin, last).ended_as == "left"


def test_an_admin_who_is_shut_out_does_not_count(session: Session, people: People) -> None:
    other = add_actor(session, "Anden Admin", organisation_of(session, people.admin), "admin")
    session.get_one(User, other.user_id).disabled_at = now()
    session.flush()
    with pytest.raises(Refused, match="last_admin"):
        leave_organisation(session, people.admin, people.admin.membership_id or 0)


def test_the_last_own_admin_of_a_vendor_may_go(session: Session, people: People) -> None:
    owner = add_own_admin(session, people)
    assert leave_organisation(session, owner, owner.membership_id or 0).ended_as == "left"


def test_a_role_is_noted_before_and_after(session: Session, people: People) -> None:
    grant_role(session, people.admin, people.staff.membership_id or 0, "auditor")
    values = {"organisation_id": people.staff.organisation_id, "user_id": people.staff.user_id}
    assert entries(session, "grant") == [(values | {"role": "staff"}, values | {"role": "auditor"})]


# --- reading


def test_names_are_read_by_those_who_look_after_them(session: Session, people: People) -> None:
    owner = add_own_admin(session, people)
    vendor = people.vendor.organisation_id or 0
    seen = [one.name for one in list_members(session, owner, vendor).rows]
    assert seen == ["Nye Ny", "Otto Ejer", "Vera Vendor"]
    assert list_members(session, owner, people.rival.organisation_id or 0).rows == ()
    assert find_member(session, owner, people.rival.membership_id or 0) is None
    assert find_member(session, people.vendor, people.rival.membership_id or 0) is None
    assert read(session, confirmed_in(vendor)) == 2


def test_the_queue_is_paged_oldest_first(session: Session, people: People) -> None:
    for number in range(30):
        asking = new_actor(session, f"n{number}@x.example")
        request_membership(session, asking, people.rival.organisation_id or 0)
    first, second = (list_waiting(session, people.staff, page) for page in (1, 2))
    assert (len(first.rows), first.rows[0].name, first.pages, first.total) == (30, "Nye Ny", 2, 31)
    assert [one.email for one in second.rows] == ["n29@x.example"]
    assert list_waiting(session, people.staff, 99).rows == first.rows


def test_how_long_somebody_has_waited_is_told_in_days(session: Session, people: People) -> None:
    with moved_to(now() + timedelta(days=3)):
        assert list_waiting(session, people.staff).rows[0].days == 3


# --- telling


def mails(session: Session) -> list[tuple[str, str]]:
    return [(mail.recipient, mail.subject) for mail in session.scalars(select(Mail).order_by(Mail.recipient))]


def test_those_who_confirm_are_told_once_a_day_for_each_organisation(
    session: Session, people: People
) -> None:
    organisation_id = people.rival.organisation_id or 0
    begin = now()
    for number in range(3):
        request_membership(session, new_actor(session, f"n{number}@x.example"), organisation_id)
    waiting = "select args from procrastinate_jobs where task_name = 'users.tell_of_requests'"
    assert session.scalars(text(waiting)).all() == [{"organisation_id": organisation_id}]
    tell_of_requests(session, organisation_id)
    tell_of_requests(session, organisation_id)
    staff = ["alma@vaert.example", "stine@vaert.example"]
    subject = "Nogen venter på at blive bekræftet for Rival ApS – Dialogforum"
    assert mails(session) == [(address, subject) for address in staff]
    assert when_to_tell(session, organisation_id) >= begin + timedelta(days=1)
    assert when_to_tell(session, people.vendor.organisation_id or 0) < begin + timedelta(hours=1)


def test_the_own_admins_are_told_instead_of_staff(session: Session, people: People) -> None:
    add_own_admin(session, people)
    organisation_id = people.vendor.organisation_id or 0
    request_membership(session, new_actor(session, "nina@andet.example"), organisation_id)
    tell_of_requests(session, organisation_id)
    assert [address for address, _ in mails(session)] == ["otto@soft.example"]
    mail = session.scalars(select(Mail)).one()
    assert f"/organisationer/{organisation_id}/medlemmer" in mail.text
    assert "Ny Bruger" not in mail.text and "nina@andet.example" not in mail.text
    recipients, are_own = list_deciders(session, people.staff.organisation_id or 0)
    assert ([one.email for one in recipients], are_own) == (
        ["stine@vaert.example", "alma@vaert.example"],
        False,
    )


def test_who_asked_is_told_of_the_answer_in_their_own_language(session: Session, people: People) -> None:
    session.get_one(User, people.newcomer.user_id).language = "en"
    confirm_membership(session, people.staff, people.newcomer.membership_id or 0)
    mail = session.scalars(select(Mail)).one()
    assert (mail.recipient, "/en/mit" in mail.text) == ("nye@soft.example", True)


def test_a_no_is_mailed_with_its_reason_and_leaving_is_not(session: Session, people: People) -> None:
    refuse_membership(session, people.staff, people.newcomer.membership_id or 0, "Vi kender dig ikke.")
    leave_organisation(session, people.vendor, people.vendor.membership_id or 0)
    mail = session.scalars(select(Mail)).one()
    assert mail.recipient == "nye@soft.example"
    assert "Begrundelsen er: Vi kender dig ikke." in mail.text


def test_a_role_in_an_organiser_is_mailed_to_the_other_admins(session: Session, people: People) -> None:
    host = organisation_of(session, people.staff)
    add_actor(session, "Bo Bestyrer", host, "admin")
    grant_role(session, people.admin, people.staff.membership_id or 0, "admin")
    told = [address for address, _ in mails(session)]
    assert told == ["bo@vaert.example", "stine@vaert.example"]
    texts = {mail.recipient: mail.text for mail in session.scalars(select(Mail))}
    assert "rolle i forummet: Administrator" in texts["bo@vaert.example"]
    assert "Stine Stab" not in texts["bo@vaert.example"]


def test_somebody_without_a_mail_address_is_not_written_to(session: Session, people: People) -> None:
    session.get_one(User, people.newcomer.user_id).email = None
    session.flush()
    confirm_membership(session, people.staff, people.newcomer.membership_id or 0)
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_a_refused_organisation_frees_its_number_and_lets_nobody_in(session: Session, people: People) -> None:
    given = NewOrganisationInput(name="Fup ApS", kind="vendor", cvr="13585628")
    new = propose_organisation(session, people.loner, given, domain="fup.example")
    asked = request_membership(session, people.loner, new.id)
    with pytest.raises(NotAllowed):
        refuse_organisation(session, people.vendor, new.id, "Nej.")
    with pytest.raises(Refused, match="missing"):
        refuse_organisation(session, people.staff, new.id, "")
    refuse_organisation(session, people.staff, new.id, "Firmaet findes ikke.")
    assert (new.cvr, new.asked_domains, new.is_confirmed) == (None, [], False)
    assert (asked.ended_as, asked.end_reason) == ("refused", "Firmaet findes ikke.")
    assert list_waiting_organisations(session) == []
    assert find_alike(session, "Fup ApS") == find_organisations(session, "Fup") == []
    with pytest.raises(NotFound):
        request_membership(session, people.rival, new.id)
    for act in (confirm_organisation, lambda *a: refuse_organisation(*a, "Igen")):
        with pytest.raises(Refused, match="not_new"):
            act(session, people.staff, new.id)
    assert [mail.recipient for mail in session.scalars(select(Mail))] == ["lone@alene.example"]


def test_a_known_organisation_is_not_refused(session: Session, people: People) -> None:
    with pytest.raises(Refused, match="not_new"):
        refuse_organisation(session, people.staff, people.vendor.organisation_id or 0, "Nej.")
