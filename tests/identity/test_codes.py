"""Codes: six digits, ten minutes, five tries, one use, and only together with their attempt."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.identity.codes import check_code, make_code
from app.identity.models import SignInCode

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
