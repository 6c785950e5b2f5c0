"""Codes: six digits, ten minutes, five tries, one use, and only together with their attempt."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.http.limits import RateCount, TooMany
from app.identity.codes import (
    LIFETIME,
    check_code,
    find_attempt,
    guessing_limits,
    make_code,
    name_client,
)
from app.identity.models import SignInCode
from tests.people import People

ADDRESS = "mona@her.example"


def ask(session: Session) -> tuple[str, str]:
    """The attempt, and the code as it stands in the mail."""
    attempt = make_code(session, ADDRESS, "da")
    session.flush()
    words = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert words is not None
    return attempt, next(word for word in words.text.split() if word.isdigit() and len(word) == 6)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_right_code_proves_the_address_once(session: Session) -> None:
    attempt, code = ask(session)
    assert check_code(session, attempt, code) == ADDRESS
    assert check_code(session, attempt, code) is None


def test_a_code_with_a_space_in_it_is_right(session: Session) -> None:
    attempt, code = ask(session)
    assert check_code(session, attempt, f" {code[:3]} {code[3:]} ") == ADDRESS


def test_a_code_is_worth_nothing_in_another_browser(session: Session) -> None:
    _, code = ask(session)
    assert check_code(session, "another attempt", code) is None


def test_after_five_wrong_tries_the_right_code_is_refused(session: Session) -> None:
    attempt, code = ask(session)
    assert [check_code(session, attempt, other(code)) for _ in range(5)] == [None] * 5
    assert check_code(session, attempt, code) is None


def test_four_wrong_tries_do_no_harm(session: Session) -> None:
    attempt, code = ask(session)
    for _ in range(4):
        check_code(session, attempt, other(code))
    assert check_code(session, attempt, code) == ADDRESS


@pytest.mark.parametrize(("minutes", "expected"), [(9, ADDRESS), (10, None), (60, None)])
def test_a_code_lives_ten_minutes(session: Session, minutes: int, expected: str | None) -> None:
    attempt, code = ask(session)
    with moved_to(now() + timedelta(minutes=minutes)):
        assert check_code(session, attempt, code) == expected


def test_neither_code_nor_attempt_is_stored(session: Session) -> None:
    attempt, code = ask(session)
    row = session.scalars(select(SignInCode)).one()
    stored = f"{row.attempt_hash} {row.code_hash}"
    assert attempt not in stored and code not in row.code_hash[:6]


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1}\n", "{0}\u00a0{1}", "{0}-{1}", "Din kode er {0}{1}."])
def test_whatever_is_pasted_around_the_digits_does_no_harm(session: Session, typed: str) -> None:
    attempt, code = ask(session)
    assert check_code(session, attempt, typed.format(code[:3], code[3:])) == ADDRESS


def test_digits_of_other_scripts_are_no_digits(session: Session) -> None:
    attempt, code = ask(session)
    assert check_code(session, attempt, code.translate({ord("0") + n: 0x0660 + n for n in range(10)})) is None


def guess_wrong(session: Session, client: str, times: int, address: str = ADDRESS) -> None:
    """Wrong codes from a client, five to each code that is mailed."""
    for begin in range(0, times, 5):
        attempt = make_code(session, address, "da")
        for _ in range(min(5, times - begin)):
            assert check_code(session, attempt, "no digits at all", client) is None


def test_fifteen_wrong_codes_in_a_day_from_one_client_are_all_for_one_address(session: Session) -> None:
    guess_wrong(session, "192.0.2.1", 15)
    attempt, code = ask(session)
    with pytest.raises(TooMany):
        check_code(session, attempt, code, "192.0.2.1")
    assert check_code(session, attempt, code, "192.0.2.2") == ADDRESS


def test_fifty_wrong_codes_in_a_day_are_all_for_one_address(session: Session) -> None:
    for n in range(5):
        guess_wrong(session, f"192.0.2.{n}", 10)
    attempt, code = ask(session)
    with pytest.raises(TooMany) as refused:
        check_code(session, attempt, code, "192.0.2.99")
    assert 0 < refused.value.retry_after <= 24 * 3600
    with moved_to(now() + timedelta(days=1)):
        attempt, code = ask(session)
        assert check_code(session, attempt, code, "192.0.2.99") == ADDRESS


def test_one_client_cannot_try_its_luck_at_address_after_address(session: Session) -> None:
    for limit in guessing_limits("", "192.0.2.1"):
        if limit.subject.startswith("wrong-codes-from:"):
            start = now().replace(minute=0, second=0, microsecond=0)
            session.add(RateCount(subject=limit.subject, window_start=start, count=limit.most - 1))
    guess_wrong(session, "192.0.2.1", 1, "a@her.example")
    attempt, code = ask(session)
    with pytest.raises(TooMany):
        check_code(session, attempt, code, "192.0.2.1")


def test_what_can_be_guessed_in_a_day_is_little(session: Session) -> None:
    most = {limit.subject.split(":")[0]: limit.most for limit in guessing_limits(ADDRESS, "192.0.2.1")}
    assert most["wrong-code"] == 50
    assert most["wrong-codes-of-the-day-from"] == 1000


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_who_counts_as_one_client(address: str, name: str) -> None:
    assert name_client(address) == name


def test_a_wrong_code_is_logged_without_the_address(session: Session, people: People) -> None:
    known, unknown = make_code(session, "vera@soft.example", "da"), make_code(session, ADDRESS, "da")
    check_code(session, known, "x")
    check_code(session, unknown, "x")
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.outcome == "refused").order_by(AuditEntry.id)
    )
    found = [(e.verb, e.thing, e.thing_id, e.user_id, e.after) for e in entries]
    assert found[0] == ("sign_in", "user", people.vendor.user_id, None, {"method": "code"})
    assert len(found) == 2


def test_an_attempt_tells_where_the_code_went_until_it_is_used_or_old(session: Session) -> None:
    attempt, code = ask(session)
    found = find_attempt(session, attempt)
    assert found is not None and (found.email, 58 <= found.seconds_left <= 60) == (ADDRESS, True)
    with moved_to(now() + timedelta(minutes=1)):
        later = find_attempt(session, attempt)
        assert later is not None and later.seconds_left == 0
    with moved_to(now() + LIFETIME):
        assert find_attempt(session, attempt) is None
    check_code(session, attempt, code)
    assert (find_attempt(session, attempt), find_attempt(session, "another")) == (None, None)
