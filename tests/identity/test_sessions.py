"""Sessions: on the server, ended by idleness, age, sign-out and a disabled account."""

from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import moved_to, now
from app.core.policy import STRANGER
from app.domain.users.models import Membership, User
from app.identity.models import SignInSession
from app.identity.sessions import close_session, find_actor, open_session, use_membership
from tests.people import People


def test_a_session_gives_its_actor_back(session: Session, people: People) -> None:
    secret = open_session(session, people.staff.user_id or 0, "passkey")
    actor = find_actor(session, secret)
    expected = people.staff
    assert (actor.user_id, actor.organisation_id, actor.role, actor.is_staff) == (
        expected.user_id,
        expected.organisation_id,
        "staff",
        True,
    )


@pytest.mark.parametrize("secret", [None, "", "guess", "x" * 10_000])
def test_any_other_cookie_is_a_strangers(session: Session, secret: str | None) -> None:
    assert find_actor(session, secret) == STRANGER


def test_a_secret_is_256_bits_and_no_two_are_alike(session: Session, people: People) -> None:
    made = [open_session(session, people.vendor.user_id or 0) for _ in range(50)]
    assert {len(urlsafe_b64decode(secret + "=")) for secret in made} == {32}
    assert len(set(made)) == 50


def test_the_secret_is_not_stored(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    session.flush()
    assert session.scalars(select(SignInSession.secret_hash).order_by(SignInSession.id)).all() != [secret]


@pytest.mark.parametrize(("days", "alive"), [(6, True), (8, False), (400, False)])
def test_an_unused_session_dies_after_a_week(
    session: Session, people: People, days: int, alive: bool
) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    session.flush()
    with moved_to(now() + timedelta(days=days)):
        assert find_actor(session, secret).is_signed_in is alive


def test_a_used_session_dies_after_thirty_days(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    session.flush()
    begun = now()
    seen = []
    for day in range(0, 35, 5):
        with moved_to(begun + timedelta(days=day, minutes=1)):
            seen.append(find_actor(session, secret).is_signed_in)
    assert seen == [True] * 6 + [False]


@pytest.mark.parametrize("who", ["staff", "admin", "auditor"])
@pytest.mark.parametrize(("hours", "alive"), [(11.9, True), (12.1, False)])
def test_an_unused_session_with_a_role_in_an_organiser_dies_after_half_a_day(
    session: Session, people: People, who: str, hours: float, alive: bool
) -> None:
    secret = open_session(session, getattr(people, who).user_id, "passkey")
    session.flush()
    with moved_to(now() + timedelta(hours=hours)):
        assert find_actor(session, secret).is_signed_in is alive


def test_a_used_one_dies_after_a_week(session: Session, people: People) -> None:
    secret = open_session(session, people.staff.user_id or 0, "passkey")
    session.flush()
    begun = now()
    seen = []
    for hours in range(0, 24 * 8, 8):
        with moved_to(begun + timedelta(hours=hours, minutes=1)):
            seen.append(find_actor(session, secret).is_signed_in)
    assert seen == [True] * 21 + [False] * 3


def test_an_organisations_own_admin_has_the_longer_limits(session: Session, people: People) -> None:
    session.execute(
        update(Membership).where(Membership.id == people.vendor.membership_id).values(role="admin")
    )
    secret = open_session(session, people.vendor.user_id or 0, "passkey")
    session.flush()
    with moved_to(now() + timedelta(days=6)):
        assert find_actor(session, secret).role == "admin"


def test_a_session_too_old_for_staff_ends_when_staffs_membership_is_taken(
    session: Session, people: People
) -> None:
    staff_id = people.staff.user_id or 0
    other = Membership(
        user_id=staff_id,
        organisation_id=people.vendor.organisation_id,
        role="member",
        confirmed_at=now(),
        created_at=now(),
    )
    session.add(other)
    session.flush()
    begun = now()
    secret = open_session(session, staff_id, "passkey")
    session_id = find_actor(session, secret).session_id or 0
    use_membership(session, session_id, staff_id, other.id)
    with moved_to(begun + timedelta(days=4)):
        assert find_actor(session, secret).is_signed_in
    with moved_to(begun + timedelta(days=8)):
        assert find_actor(session, secret).is_signed_in
        use_membership(session, session_id, staff_id, people.staff.membership_id or 0)
        assert find_actor(session, secret) == STRANGER


def test_signing_in_again_ends_the_browsers_session_and_keeps_its_membership(
    session: Session, people: People
) -> None:
    user_id = people.vendor.user_id or 0
    other = Membership(
        user_id=user_id, organisation_id=people.consultancy.organisation_id, role="member", created_at=now()
    )
    session.add(other)
    session.flush()
    old = open_session(session, user_id)
    former = find_actor(session, old).session_id or 0
    use_membership(session, former, user_id, other.id)
    new = open_session(session, user_id, "passkey", former=former)
    assert find_actor(session, old) == STRANGER
    assert find_actor(session, new).membership_id == other.id


def test_signing_in_as_somebody_else_takes_nothing_over(session: Session, people: People) -> None:
    old = open_session(session, people.vendor.user_id or 0)
    former = find_actor(session, old).session_id
    new = open_session(session, people.rival.user_id or 0, former=former)
    assert find_actor(session, old) == STRANGER
    assert find_actor(session, new).organisation_id == people.rival.organisation_id


def test_nobody_closes_another_persons_session(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    session_id = find_actor(session, secret).session_id or 0
    assert close_session(session, people.admin, session_id) is False
    assert find_actor(session, secret).is_signed_in


def test_a_closed_session_is_a_strangers(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    actor = find_actor(session, secret)
    assert close_session(session, actor, actor.session_id or 0) is True
    assert find_actor(session, secret) == STRANGER


def test_a_disabled_user_is_out_at_once(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    session.execute(update(User).where(User.id == people.vendor.user_id).values(disabled_at=now()))
    assert find_actor(session, secret) == STRANGER


def test_an_ended_membership_takes_the_organisation_away(session: Session, people: People) -> None:
    secret = open_session(session, people.staff.user_id or 0, "passkey")
    session.execute(
        update(Membership).where(Membership.id == people.staff.membership_id).values(ended_at=now())
    )
    actor = find_actor(session, secret)
    assert (actor.is_signed_in, actor.organisation_id, actor.is_staff) == (True, None, False)


def test_nobody_can_take_on_another_persons_membership(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    actor = find_actor(session, secret)
    use_membership(session, actor.session_id or 0, actor.user_id or 0, people.admin.membership_id or 0)
    assert find_actor(session, secret) == actor


def test_an_unconfirmed_member_of_an_organiser_is_not_staff(session: Session, people: People) -> None:
    session.execute(
        update(Membership).where(Membership.id == people.admin.membership_id).values(confirmed_at=None)
    )
    secret = open_session(session, people.admin.user_id or 0, "passkey")
    assert find_actor(session, secret).is_staff is False


def test_a_mailed_code_alone_makes_nobody_staff(session: Session, people: People) -> None:
    actor = find_actor(session, open_session(session, people.staff.user_id or 0, "code"))
    assert (actor.role, actor.is_confirmed, actor.is_strong, actor.is_staff) == ("staff", True, False, False)


def test_two_words_are_kept_of_what_the_browser_calls_itself(session: Session, people: People) -> None:
    long = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0 " + "x" * 5000
    open_session(session, people.vendor.user_id or 0, device=long)
    assert session.scalars(select(SignInSession.device)).one() == "Firefox/Windows"
