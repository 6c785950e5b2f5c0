"""Keys for programs: what each speaks for, and all that takes its power away."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.core.policy import Actor, NotAllowed, Refused, Scope
from app.domain.meetings.models import MeetingRole
from app.domain.users.models import Membership, User
from app.identity.policy import may_give_staff_scope, may_make_tokens
from app.identity.sessions import find_actor, open_session
from app.identity.token_models import ApiToken
from app.identity.tokens import MOST, end_token, find_token_actor, list_tokens, make_token
from tests.people import People
from tests.said import add_meeting_row

READ: frozenset[Scope] = frozenset({"read"})
WRITE: frozenset[Scope] = frozenset({"read", "write"})
STAFF: frozenset[Scope] = frozenset({"read", "staff"})


def make(session: Session, actor: Actor, scopes: frozenset[Scope] = READ, days: int = 30) -> str:
    secret = make_token(session, actor, "Fagsystem", scopes, days)
    session.flush()
    return secret


def test_a_key_speaks_for_the_membership_in_which_it_was_made(session: Session, people: People) -> None:
    actor = find_token_actor(session, make(session, people.vendor, WRITE))
    token_id = session.scalars(select(ApiToken.id)).one()
    assert actor == Actor(
        user_id=people.vendor.user_id,
        name="Vera Vendor",
        membership_id=people.vendor.membership_id,
        organisation_id=people.vendor.organisation_id,
        organisation_name="Soft A/S",
        organisation_kind="vendor",
        role="member",
        is_confirmed=True,
        is_strong=False,
        token_id=token_id,
        scopes=WRITE,
    )


def test_a_key_is_256_random_bits_with_a_mark_to_know_it_by(session: Session, people: People) -> None:
    made = {make(session, people.vendor) for _ in range(3)}
    assert len(made) == 3
    assert all(re.fullmatch(r"dfk_[A-Za-z0-9_-]{43}", secret) for secret in made)


def test_the_key_stands_in_no_table(session: Session, people: People) -> None:
    secret = make(session, people.vendor)
    find_token_actor(session, secret)
    session.flush()
    tables = session.scalars(
        text("select quote_ident(tablename) from pg_tables where schemaname = 'public'")
    ).all()
    holding = [
        table
        for table in tables
        if session.scalar(
            text(f"select count(*) from {table} t where t::text like :secret"),
            {"secret": f"%{secret.removeprefix('dfk_')}%"},
        )
    ]
    assert len(tables) > 20
    assert holding == []


@pytest.mark.parametrize("guess", ["", "dfk_", "dfk_" + "x" * 43, "x" * 10_000])
def test_any_other_key_is_nobodys(session: Session, people: People, guess: str) -> None:
    make(session, people.vendor)
    assert find_token_actor(session, guess) is None


def test_neither_the_hash_nor_the_ending_opens_anything(session: Session, people: People) -> None:
    make(session, people.vendor)
    row = session.scalars(select(ApiToken)).one()
    assert [find_token_actor(session, guess) for guess in (row.secret_hash, row.ending)] == [None, None]


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_a_key_dies_on_its_day(session: Session, people: People, days: int) -> None:
    begun = now()
    with moved_to(begun):
        secret = make(session, people.vendor, days=days)
    with moved_to(begun + timedelta(days=days, seconds=-1)):
        assert find_token_actor(session, secret) is not None
    with moved_to(begun + timedelta(days=days)):
        assert find_token_actor(session, secret) is None


@pytest.mark.parametrize("days", [0, -1, 8, 366, 100_000])
def test_there_are_four_lifetimes_and_none_without_end(session: Session, people: People, days: int) -> None:
    with pytest.raises(Refused, match="literal_error"):
        make(session, people.vendor, days=days)


def test_the_database_itself_keeps_no_key_for_longer_than_a_year(session: Session, people: People) -> None:
    make(session, people.vendor, days=365)
    with pytest.raises(IntegrityError, match="ck_api_token_expires"):
        session.execute(update(ApiToken).values(expires_at=now() + timedelta(days=400)))


LOSSES: dict[str, tuple[type[Membership] | type[User], dict[str, Any]]] = {
    "membership_ended": (Membership, {"ended_at": func.now()}),
    "role_raised": (Membership, {"role": "admin"}),
    "not_confirmed_any_more": (Membership, {"confirmed_at": None}),
    "confirmed_anew": (Membership, {"confirmed_at": func.now() + timedelta(minutes=1)}),
    "disabled": (User, {"disabled_at": func.now()}),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_key_loses_its_power_with_what_it_stood_on(session: Session, people: People, loss: str) -> None:
    secret = make(session, people.vendor)
    table, values = LOSSES[loss]
    own = people.vendor.membership_id if table is Membership else people.vendor.user_id
    session.execute(update(table).where(table.id == own).values(values))
    assert find_token_actor(session, secret) is None


def test_a_membership_that_is_given_to_another_takes_no_key_along(session: Session, people: People) -> None:
    secret = make(session, people.vendor)
    session.execute(
        update(Membership)
        .where(Membership.id == people.vendor.membership_id)
        .values(user_id=people.loner.user_id)
    )
    assert find_token_actor(session, secret) is None


def test_an_ended_key_is_dead_at_once_and_cannot_be_ended_again(session: Session, people: People) -> None:
    secret = make(session, people.vendor)
    token_id = session.scalars(select(ApiToken.id)).one()
    assert [end_token(session, people.vendor, token_id) for _ in range(2)] == [True, False]
    assert find_token_actor(session, secret) is None


def test_nobody_ends_another_persons_key(session: Session, people: People) -> None:
    secret = make(session, people.vendor)
    token_id = session.scalars(select(ApiToken.id)).one()
    assert end_token(session, people.admin, token_id) is False
    assert find_token_actor(session, secret) is not None


@pytest.mark.parametrize(
    ("who", "scopes", "expected"),
    [
        ("staff", READ, ("member", False, False, False)),
        ("staff", STAFF, ("staff", True, True, False)),
        ("admin", STAFF, ("staff", True, True, False)),
        ("admin", WRITE, ("member", False, False, False)),
    ],
)
def test_a_key_is_staff_only_by_its_scope_and_admin_never(
    session: Session, people: People, who: str, scopes: frozenset[Scope], expected: tuple[object, ...]
) -> None:
    actor = find_token_actor(session, make(session, getattr(people, who), scopes))
    assert actor is not None
    assert (actor.role, actor.is_strong, actor.is_staff, actor.is_admin or actor.is_auditor) == expected


def test_a_staff_key_made_after_a_mailed_code_would_not_be_staff(session: Session, people: People) -> None:
    secret = make(session, people.staff, STAFF)
    session.execute(update(ApiToken).values(is_strong=False))
    actor = find_token_actor(session, secret)
    assert actor is not None
    assert (actor.role, actor.is_staff) == ("member", False)


def test_a_role_at_a_meeting_is_not_a_keys(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    session.add(
        MeetingRole(meeting_id=meeting.id, user_id=people.vendor.user_id, role="facilitator", given_at=now())
    )
    session.flush()
    browser = find_actor(session, open_session(session, people.vendor.user_id or 0, "passkey"))
    program = find_token_actor(session, make(session, people.vendor, WRITE))
    assert program is not None
    assert browser.meeting_roles == {(meeting.id, "facilitator")}
    assert program.meeting_roles == frozenset()


def test_who_may_make_keys(people: People) -> None:
    may = {name: (may_make_tokens(a), may_give_staff_scope(a)) for name, a in people.all().items()}
    without = {name for name, (makes, _) in may.items() if not makes}
    assert without == {"stranger", "loner", "newcomer", "auditor"}
    assert {name for name, (_, staff) in may.items() if staff} == {"staff", "admin"}


def test_a_key_makes_no_keys(session: Session, people: People) -> None:
    actor = find_token_actor(session, make(session, people.staff, frozenset({"read", "write", "staff"})))
    assert actor is not None
    with pytest.raises(NotAllowed):
        make(session, actor)


@pytest.mark.parametrize("who", ["vendor", "auditor"])
def test_a_staff_scope_is_not_given_by_others(session: Session, people: People, who: str) -> None:
    with pytest.raises(NotAllowed):
        make(session, getattr(people, who), STAFF)
    assert session.scalar(select(func.count()).select_from(ApiToken)) == 0


def test_twenty_keys_and_no_more_until_one_is_ended(session: Session, people: People) -> None:
    for _ in range(MOST):
        make(session, people.vendor)
    with pytest.raises(Refused, match="too_many_tokens"):
        make(session, people.vendor)
    make(session, people.rival)
    end_token(session, people.vendor, list_tokens(session, people.vendor.user_id or 0)[0].id)
    make(session, people.vendor)


def test_the_last_use_is_noted_to_the_minute(session: Session, people: People) -> None:
    secret = make(session, people.vendor)
    begun = now()
    seen = []
    for seconds in (0, 30, 90):
        with moved_to(begun + timedelta(seconds=seconds)):
            find_token_actor(session, secret)
        last = session.scalars(select(ApiToken.last_used_at)).one()
        seen.append(round((last - begun).total_seconds()) if last else None)
    assert seen == [0, 0, 90]


def test_a_wrong_key_is_noted_as_no_use(session: Session, people: People) -> None:
    secret = make(session, people.vendor)
    find_token_actor(session, secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    assert session.scalars(select(ApiToken.last_used_at)).one() is None


def test_making_and_ending_are_noted_without_the_key(session: Session, people: People) -> None:
    with moved_to(now()):
        secret = make(session, people.vendor, WRITE)
        expires = (now() + timedelta(days=30)).isoformat()
    token_id = session.scalars(select(ApiToken.id)).one()
    end_token(session, people.vendor, token_id)
    entries = session.execute(
        select(AuditEntry.verb, AuditEntry.thing_id, AuditEntry.user_id, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.thing == "api_token")
        .order_by(AuditEntry.id)
    )
    after = {"name": "Fagsystem", "scopes": ["read", "write"], "expires_at": expires}
    assert [tuple(entry) for entry in entries] == [
        ("add", token_id, people.vendor.user_id, None, after),
        ("end", token_id, people.vendor.user_id, None, None),
    ]
    assert secret not in str(after)


def test_its_owner_is_told_by_mail_what_it_may_do_but_not_the_key(session: Session, people: People) -> None:
    secret = make(session, people.vendor, WRITE)
    mail = session.scalars(select(Mail)).one()
    assert (mail.recipient, mail.subject) == ("vera@soft.example", "En ny API-nøgle på Dialogforum")
    for words in (
        "Vera Vendor",
        "Soft A/S",
        "Fagsystem",
        f"…{secret[-4:]}",
        "Sende og rette",
        "/mit/noegler",
    ):
        assert words in mail.text
    assert secret[4:20] not in mail.text + str(mail.html)


def test_the_list_says_how_it_stands_with_each(session: Session, people: People) -> None:
    begun = now() - timedelta(days=20)
    with moved_to(begun):
        make(session, people.vendor, days=7)
    make(session, people.vendor)
    make(session, people.vendor)
    end_token(session, people.vendor, session.scalars(select(func.max(ApiToken.id))).one())
    make(session, people.rival)
    listed = list_tokens(session, people.vendor.user_id or 0)
    assert [token.state for token in listed] == ["live", "ended", "expired"]
    session.execute(
        update(Membership).where(Membership.id == people.vendor.membership_id).values(role="admin")
    )
    assert list_tokens(session, people.vendor.user_id or 0)[0].state == "powerless"
