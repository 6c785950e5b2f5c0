"""Passkeys against a software authenticator that tells the truth, and against one that lies."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.policy import Actor, NotAllowed, Refused
from app.domain.users.models import User
from app.identity.ceremonies import (
    MOST_PASSKEYS,
    add_passkey,
    begin_adding,
    begin_proving,
    begin_signing_in,
    check_passkey,
    relying_party,
)
from app.identity.models import Passkey, PasskeyChallenge
from app.identity.sessions import Method, find_actor, open_session
from tests.authenticator import MAY_SYNC, PRESENT, SYNCED, VERIFIED, Authenticator
from tests.people import People

HERE = relying_party("https://forum.example", "Dialogforum")


def signed_in(session: Session, actor: Actor, method: Method = "code") -> Actor:
    found = find_actor(session, open_session(session, actor.user_id or 0, method))
    assert found.user_id == actor.user_id
    return found


def make(session: Session, actor: Actor, **lies: Any) -> Authenticator:
    """A passkey of the actor's, in a device that holds it."""
    device = Authenticator(HERE.origin)
    asked = begin_adding(session, HERE, actor)
    add_passkey(session, HERE, actor, asked.secret, device.make(asked.options, **lies), "Telefon")
    return device


@pytest.fixture
def vendor(session: Session, people: People) -> Actor:
    return signed_in(session, people.vendor)


@pytest.fixture
def device(session: Session, vendor: Actor) -> Authenticator:
    return make(session, vendor)


def sign_in(session: Session, device: Authenticator, **lies: Any) -> int:
    asked = begin_signing_in(session, HERE)
    return check_passkey(session, HERE, asked.secret, device.show(asked.options, **lies))


# --- making one ---


def test_a_passkey_that_was_made_signs_its_owner_in(
    session: Session, vendor: Actor, device: Authenticator
) -> None:
    assert [sign_in(session, device) for _ in range(3)] == [vendor.user_id] * 3


def test_what_is_kept_of_a_passkey(session: Session, vendor: Actor, device: Authenticator) -> None:
    kept = session.scalars(select(Passkey)).one()
    assert (kept.user_id, kept.name, kept.sign_count, kept.transports, kept.is_synced, kept.last_used_at) == (
        vendor.user_id,
        "Telefon",
        1,
        ["hybrid", "internal"],
        False,
        None,
    )
    sign_in(session, device, flags=PRESENT | VERIFIED | MAY_SYNC | SYNCED)
    assert (kept.sign_count, kept.is_synced, kept.last_used_at is not None) == (2, True, True)


def test_the_browser_is_asked_for_a_passkey_that_names_its_user_and_demands_the_person(
    session: Session, vendor: Actor
) -> None:
    options = json.loads(begin_adding(session, HERE, vendor).options)
    assert options["rp"] == {"id": "forum.example", "name": "Dialogforum"}
    assert options["authenticatorSelection"] == {
        "requireResidentKey": True,
        "residentKey": "required",
        "userVerification": "required",
    }
    assert (options["attestation"], options["timeout"], options["user"]["name"]) == (
        "none",
        300_000,
        "vera@soft.example",
    )


def test_the_user_handle_says_nothing_of_the_user_and_stays_for_the_next_passkey(
    session: Session, vendor: Actor, people: People
) -> None:
    strong = signed_in(session, people.vendor, "passkey")
    first = make(session, vendor).user_handle
    second = make(session, strong).user_handle
    other = make(session, signed_in(session, people.rival)).user_handle
    assert (len(first), first == second, first == other) == (32, True, False)


def test_a_device_that_has_a_passkey_is_told_so(session: Session, vendor: Actor, people: People) -> None:
    device = make(session, vendor)
    options = json.loads(begin_adding(session, HERE, signed_in(session, people.vendor, "passkey")).options)
    assert [len(one["id"]) for one in options["excludeCredentials"]] == [43]
    assert options["excludeCredentials"][0]["transports"] == ["hybrid", "internal"]
    assert device.user_handle


LIES = {
    "wrong challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    "wrong origin": {"origin": "https://forum.example.evil.example"},
    "origin without https": {"origin": "http://forum.example"},
    "wrong host": {"host": "evil.example"},
    "nobody there": {"flags": 0},
    "person not verified": {"flags": PRESENT},
    "synced but not able to": {"flags": PRESENT | VERIFIED | SYNCED},
}


@pytest.mark.parametrize(
    "lies", [*LIES.values(), {"type": "webauthn.get"}], ids=[*LIES, "the other ceremony"]
)
def test_a_lie_makes_no_passkey(session: Session, vendor: Actor, lies: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="passkey_failed"):
        make(session, vendor, **lies)
    assert session.scalar(select(func.count(Passkey.id))) == 0


def test_the_same_passkey_cannot_be_anothers_too(
    session: Session, device: Authenticator, people: People
) -> None:
    rival = signed_in(session, people.rival)
    asked = begin_adding(session, HERE, rival)
    with pytest.raises(Refused, match="passkey_failed"):
        add_passkey(session, HERE, rival, asked.secret, device.make(asked.options), "Stjålet")
    assert session.scalars(select(Passkey.name).order_by(Passkey.id)).all() == ["Telefon"]


def test_the_first_passkey_is_made_right_after_signing_in(session: Session, vendor: Actor) -> None:
    with moved_to(now() + timedelta(minutes=16)), pytest.raises(NotAllowed, match="prove_first"):
        begin_adding(session, HERE, vendor)


def test_a_further_passkey_needs_an_older_one_to_be_shown(
    session: Session, vendor: Actor, device: Authenticator
) -> None:
    with pytest.raises(NotAllowed, match="prove_first"):
        begin_adding(session, HERE, vendor)


def test_asked_twice_for_the_first_passkey_only_one_is_the_first(session: Session, vendor: Actor) -> None:
    asked = begin_adding(session, HERE, vendor)
    make(session, vendor)
    late = Authenticator(HERE.origin).make(asked.options)
    with pytest.raises(NotAllowed, match="prove_first"):
        add_passkey(session, HERE, vendor, asked.secret, late, "Nummer to")


def test_there_is_an_end_to_how_many(session: Session, people: People) -> None:
    strong = signed_in(session, people.vendor, "passkey")
    for _ in range(MOST_PASSKEYS):
        make(session, strong)
    with pytest.raises(Refused, match="too_many_passkeys"):
        begin_adding(session, HERE, strong)


def test_making_one_is_logged_and_says_whether_it_was_the_first(session: Session, people: People) -> None:
    strong = signed_in(session, people.staff, "passkey")
    make(session, strong)
    make(session, strong)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.thing == "passkey").order_by(AuditEntry.id))
    assert [(e.verb, e.user_id, e.after) for e in entries] == [
        ("add", strong.user_id, {"name": "Telefon", "is_first": True}),
        ("add", strong.user_id, {"name": "Telefon", "is_first": False}),
    ]


# --- showing one ---


@pytest.mark.parametrize(
    "lies",
    [
        *LIES.values(),
        {"type": "webauthn.create"},
        {"count": 1},
        {"count": 0},
        {"signature": b"nothing"},
        {"user_handle": b"somebody else"},
        {"user_handle": b""},
    ],
    ids=[
        *LIES,
        "the other ceremony",
        "counter that stands still",
        "counter that runs back",
        "no signature",
        "another user's handle",
        "no handle",
    ],
)
def test_a_lie_signs_nobody_in(session: Session, device: Authenticator, lies: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="passkey_failed"):
        sign_in(session, device, **lies)
    assert session.scalars(select(Passkey.last_used_at).order_by(Passkey.id)).all() == [None]


def test_a_passkey_that_never_counts_is_right(session: Session, vendor: Actor) -> None:
    device = Authenticator(HERE.origin, counts=False)
    asked = begin_adding(session, HERE, vendor)
    add_passkey(session, HERE, vendor, asked.secret, device.make(asked.options), "Nøglering")
    assert [sign_in(session, device), sign_in(session, device)] == [vendor.user_id] * 2


def test_an_answer_is_taken_once(session: Session, device: Authenticator) -> None:
    asked = begin_signing_in(session, HERE)
    answer = device.show(asked.options)
    check_passkey(session, HERE, asked.secret, answer)
    with pytest.raises(Refused, match="passkey_failed"):
        check_passkey(session, HERE, asked.secret, answer)


def test_a_wrong_answer_uses_the_challenge_up(session: Session, device: Authenticator) -> None:
    asked = begin_signing_in(session, HERE)
    with pytest.raises(Refused):
        check_passkey(session, HERE, asked.secret, device.show(asked.options, origin="https://evil.example"))
    with pytest.raises(Refused):
        check_passkey(session, HERE, asked.secret, device.show(asked.options))


def test_an_answer_is_worth_nothing_in_another_browser_and_uses_nothing_up_there(
    session: Session, vendor: Actor, device: Authenticator
) -> None:
    mine, theirs = begin_signing_in(session, HERE), begin_signing_in(session, HERE)
    answer = device.show(mine.options)
    for secret in (theirs.secret, "", "guess"):
        with pytest.raises(Refused):
            check_passkey(session, HERE, secret, answer)
    assert check_passkey(session, HERE, mine.secret, answer) == vendor.user_id


@pytest.mark.parametrize(("minutes", "in_time"), [(4, True), (5, False), (600, False)])
def test_a_challenge_lives_five_minutes(
    session: Session, vendor: Actor, device: Authenticator, minutes: int, in_time: bool
) -> None:
    asked = begin_signing_in(session, HERE)
    answer = device.show(asked.options)
    with moved_to(now() + timedelta(minutes=minutes)):
        if in_time:
            assert check_passkey(session, HERE, asked.secret, answer) == vendor.user_id
        else:
            with pytest.raises(Refused):
                check_passkey(session, HERE, asked.secret, answer)


def test_an_unknown_passkey_signs_nobody_in(session: Session, device: Authenticator) -> None:
    stranger = Authenticator(HERE.origin, user_handle=device.user_handle)
    with pytest.raises(Refused, match="passkey_failed"):
        sign_in(session, stranger)


def test_a_disabled_user_stays_out(session: Session, vendor: Actor, device: Authenticator) -> None:
    session.execute(update(User).where(User.id == vendor.user_id).values(disabled_at=now()))
    with pytest.raises(Refused, match="passkey_failed"):
        sign_in(session, device)


def test_one_shows_ones_own_passkey_and_nobody_elses(
    session: Session, vendor: Actor, device: Authenticator, people: People
) -> None:
    rival = signed_in(session, people.rival)
    theirs = make(session, rival)
    asked = begin_proving(session, HERE, vendor)
    assert [one["id"] for one in json.loads(asked.options)["allowCredentials"]] == [
        json.loads(device.show(asked.options))["id"]
    ]
    with pytest.raises(Refused, match="passkey_failed"):
        check_passkey(session, HERE, asked.secret, theirs.show(asked.options), vendor)
    again = begin_proving(session, HERE, vendor)
    assert check_passkey(session, HERE, again.secret, device.show(again.options), vendor) == vendor.user_id


def test_a_challenge_for_signing_in_proves_nothing_and_the_other_way_round(
    session: Session, vendor: Actor, device: Authenticator
) -> None:
    entering, proving = begin_signing_in(session, HERE), begin_proving(session, HERE, vendor)
    with pytest.raises(Refused):
        check_passkey(session, HERE, entering.secret, device.show(entering.options), vendor)
    with pytest.raises(Refused):
        check_passkey(session, HERE, proving.secret, device.show(proving.options))


def test_a_challenge_for_showing_one_makes_none(session: Session, vendor: Actor) -> None:
    adding, proving = begin_adding(session, HERE, vendor), begin_proving(session, HERE, vendor)
    answer = Authenticator(HERE.origin).make(
        adding.options, challenge=json.loads(proving.options)["challenge"]
    )
    with pytest.raises(Refused, match="passkey_failed"):
        add_passkey(session, HERE, vendor, proving.secret, answer, "Telefon")


def test_what_a_stranger_is_asked_names_nobody(session: Session, device: Authenticator) -> None:
    options = json.loads(begin_signing_in(session, HERE).options)
    assert len(options.pop("challenge")) == 43
    assert options == {
        "allowCredentials": [],
        "rpId": "forum.example",
        "timeout": 300_000,
        "userVerification": "required",
    }


def test_the_browsers_secret_is_not_stored(session: Session) -> None:
    asked = begin_signing_in(session, HERE)
    session.flush()
    assert asked.secret not in session.scalars(select(PasskeyChallenge.browser_hash)).all()


# --- what is no answer at all ---

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
_text = st.text(alphabet="AQJ-_=+/ é", max_size=30)


@st.composite
def broken_answers(draw: st.DrawFn) -> str:
    """An honest answer with some of its parts replaced."""
    device = Authenticator(HERE.origin, user_handle=b"x")
    asked = json.dumps(
        {"challenge": "AAAA", "rpId": HERE.host, "rp": {"id": HERE.host}, "user": {"id": "AAAA"}}
    )
    answer = json.loads(draw(st.sampled_from([device.show(asked), device.make(asked)])))
    for name in draw(st.sets(st.sampled_from(sorted(answer)))):
        answer[name] = draw(_json | _text)
    if isinstance(answer["response"], dict):
        for name in draw(st.sets(st.sampled_from(sorted(answer["response"]) or ["clientDataJSON"]))):
            answer["response"][name] = draw(_json | _text)
    return json.dumps(answer)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(
    answer=broken_answers()
    | _json.map(json.dumps)
    | st.sampled_from(["", "{", "[" * 100_000, "\ud800", "nan"])
)
def test_whatever_is_sent_is_refused_and_breaks_nothing(session: Session, vendor: Actor, answer: str) -> None:
    adding, entering = begin_adding(session, HERE, vendor), begin_signing_in(session, HERE)
    with pytest.raises(Refused):
        add_passkey(session, HERE, vendor, adding.secret, answer, "x")
    with pytest.raises(Refused):
        check_passkey(session, HERE, entering.secret, answer)


# --- where ---


@pytest.mark.parametrize(
    ("address", "host", "origin", "is_usable"),
    [
        ("https://forum.example", "forum.example", "https://forum.example", True),
        ("https://forum.example/", "forum.example", "https://forum.example", True),
        ("https://Forum.Example:443", "forum.example", "https://forum.example", True),
        ("https://forum.example:8443", "forum.example", "https://forum.example:8443", True),
        ("http://localhost:8000", "localhost", "http://localhost:8000", True),
        ("http://127.0.0.1:8000", "127.0.0.1", "http://127.0.0.1:8000", False),
        ("https://192.0.2.1", "192.0.2.1", "https://192.0.2.1", False),
        ("https://[2001:db8::1]", "2001:db8::1", "https://[2001:db8::1]", False),
        ("http://forum.example", "forum.example", "http://forum.example", False),
    ],
)
def test_a_passkey_is_for_the_public_address(address: str, host: str, origin: str, is_usable: bool) -> None:
    party = relying_party(address, "Forum")
    assert (party.host, party.origin, party.is_usable) == (host, origin, is_usable)
