"""Links that carry their own proof."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core.links import SigningKey, is_sealed, seal


def test_a_link_opens_what_it_was_sealed_for_and_nothing_else(session: Session) -> None:
    sealed = seal(session, "cancel", 7, 1)
    assert len(sealed) == 32
    opened = [
        is_sealed(session, sealed, *tried)
        for tried in (
            ("cancel", 7, 1),
            ("cancel", 8, 1),
            ("cancel", 7, 2),
            ("speaker", 7, 1),
            ("cancel", "71"),
        )
    ]
    assert opened == [True, False, False, False, False]


def test_a_link_ends_with_the_key_of_the_installation(session: Session) -> None:
    sealed = seal(session, "cancel", 7)
    session.execute(delete(SigningKey))
    session.expire_all()
    assert not is_sealed(session, sealed, "cancel", 7)


def test_a_link_with_odd_letters_is_not_one_of_ours(session: Session) -> None:
    assert not is_sealed(session, "ærø", "cancel", 7)
