"""Mails about what is held back: who gets them, in what language, and that they hold none of the words."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.mail import Mail
from app.domain.contributions.holding_back import let_through
from app.domain.contributions.models import Contribution
from app.domain.moderation import service
from app.domain.moderation.schemas import (
    BlackOutInput,
    DecisionInput,
    HideInput,
    ObjectionInput,
    ReportInput,
)
from app.domain.users.models import User
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People
from tests.said import add_card_row, add_meeting_row, add_wish

WORDS = "Kvababbelse-4711"


@pytest.fixture(autouse=True)
def connected() -> None:
    connect_rooms(Settings(base_url="http://testserver"))


def take_mails(session: Session) -> list[Mail]:
    mails = list(session.scalars(select(Mail).order_by(Mail.id)))
    for mail in mails:
        session.delete(mail)
    session.flush()
    return mails


def hide(session: Session, people: People, wish: Contribution, seen: int = 0) -> None:
    given = HideInput(words="Fordi.", reason="abusive", version=wish.version, seen=seen)
    service.hide(session, people.staff, wish.id, given)


def decision(wish: Contribution) -> DecisionInput:
    return DecisionInput(words="Fordi.", version=wish.version)


def test_the_author_is_told_of_a_hiding_with_number_reason_and_address_and_none_of_the_words(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor, WORDS, body=WORDS)
    take_mails(session)
    hide(session, people, wish)
    (mail,) = take_mails(session)
    assert (mail.recipient, mail.subject) == (
        "vera@soft.example",
        f"{wish.reference} er skjult – Dialogforum",
    )
    assert "fordi tonen ikke fulgte dialogens regler" in mail.text
    assert f"http://testserver/oensker/{wish.reference}\n" in mail.text
    assert WORDS not in mail.subject + mail.text


def test_those_who_reported_are_told_how_it_went_each_alone_and_the_author_not_by_whom(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor, WORDS, body=WORDS)
    given = ReportInput(reason="abusive", words="Det er hårdt.")
    service.report(session, people.rival, wish.id, given)
    service.report(session, people.stranger, wish.id, given)
    last = service.report(session, people.stranger, wish.id, given, "en@borger.example", "en")
    take_mails(session)
    hide(session, people, wish, seen=last.id)
    author, rival, stranger = take_mails(session)
    assert [mail.recipient for mail in (author, rival, stranger)] == [
        "vera@soft.example",
        "rita@rival.example",
        "en@borger.example",
    ]
    assert "Rita" not in author.text and "borger" not in author.text
    assert "Det er skjult." in rival.text and WORDS not in rival.text + stranger.text
    assert f"/en/oensker/{wish.reference}" in stranger.text and "Kære" not in stranger.text


def test_the_author_is_told_in_the_authors_language(session: Session, people: People) -> None:
    session.get_one(User, people.vendor.user_id).language = "sv"
    wish = add_wish(session, people.vendor)
    take_mails(session)
    hide(session, people, wish)
    (mail,) = take_mails(session)
    assert f"http://testserver/sv/oensker/{wish.reference}" in mail.text


def test_each_turn_has_its_mail_and_leaving_it_only_one_to_who_reported(
    session: Session, people: People
) -> None:
    wish = add_wish(session, people.vendor, WORDS, body="Et navn")
    report = service.report(session, people.rival, wish.id, ReportInput(reason="other", words="Se på det."))
    take_mails(session)
    left = DecisionInput(words="Det er fint.", version=wish.version, seen=report.id)
    service.leave(session, people.staff, wish.id, left)
    black = BlackOutInput(sought="navn", ground="personal_data", version=wish.version)
    service.black_out(session, people.staff, wish.id, black)
    hide(session, people, wish)
    service.object_to_hiding(session, people.vendor, wish.id, ObjectionInput(words="Nej."))
    service.uphold(session, people.staff, wish.id, decision(wish))
    service.show(session, people.staff, wish.id, decision(wish))
    mails = take_mails(session)
    number = wish.reference
    assert [(mail.recipient, mail.subject.removesuffix(" – Dialogforum")) for mail in mails] == [
        ("rita@rival.example", f"Din anmeldelse af {number} er afgjort"),
        ("vera@soft.example", f"Ord er sløret i {number}"),
        ("vera@soft.example", f"{number} er skjult"),
        ("vera@soft.example", f"Svar på indsigelsen om {number}"),
        ("vera@soft.example", f"{number} vises igen"),
    ]
    assert all(WORDS not in mail.subject + mail.text for mail in mails)


def test_a_newcomer_is_told_that_it_waits_and_then_that_it_is_open(session: Session, people: People) -> None:
    wish = add_wish(session, people.newcomer)
    (receipt,) = take_mails(session)
    assert "1. Sekretariatet læser det, før andre kan se det." in receipt.text
    assert "Alle kan læse det nu" not in receipt.text + (receipt.html or "")
    let_through(session, people.staff, [wish.id])
    (mail,) = take_mails(session)
    assert (mail.recipient, mail.subject) == (
        "nye@soft.example",
        f"{wish.reference} er nu åbent for alle – Dialogforum",
    )


def test_nobody_is_told_where_nobody_sent_it(session: Session, people: People) -> None:
    card = add_card_row(session, people.staff, add_meeting_row(session))
    card.status = "received"
    hide(session, people, card)
    wish = add_wish(session, people.vendor)
    session.get_one(User, people.vendor.user_id).email = None
    take_mails(session)
    hide(session, people, wish)
    assert take_mails(session) == []
