"""Sessions: on the server, ended by idleness, age, sign-out and a disabled account."""

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


def test_the_secret_is_not_stored(session: Session, people: People) -> None:
    secret = open_session(session, people.vendor.user_id or 0)
    session.flush()
    assert session.scalars(select(SignInSession.secret_hash)).all() != [secret]


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
