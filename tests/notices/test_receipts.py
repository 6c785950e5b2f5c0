"""The receipt for what somebody sent: in the same transaction, in the sender's language, without a secret."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import moved_to
from app.core.mail import Mail
from app.core.policy import Actor
from app.domain.users.models import User
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People
from tests.said import SECRET, add_idea, add_idea_draft, add_wish, put_said

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_known_day() -> Iterator[None]:
    connect_rooms(Settings(base_url="http://testserver"))
    with moved_to(NOON):
        yield


def list_mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def speak(session: Session, actor: Actor, language: str) -> None:
    session.get_one(User, actor.user_id).language = language
    session.flush()


def test_a_wish_is_receipted_with_number_date_and_address(session: Session, people: People) -> None:
    wish = add_wish(session, people.vendor, "Snitflader & <data>")
    (mail,) = list_mails(session)
    assert mail.recipient == "vera@soft.example"
    assert mail.subject == f"{wish.reference} er modtaget – Dialogforum"
    assert mail.text == (
        f"""Kære Vera Vendor

Tak. Vi har modtaget jeres ønske:

    {wish.reference}  Snitflader & <data>

Sendt på vegne af Soft A/S.

I får svar senest 19. februar 2027.

Sådan går det videre

1. Alle kan læse det nu, på samme tid.
2. Sekretariatet læser det og samler det med det, andre har sagt om det samme.
3. Svaret kommer på siden med en begrundelse, og det kan læses af alle.

Følg det her:
http://testserver/oensker/{wish.reference}

Eksempelforeningens sekretariat
kontakt@eksempelforeningen.example · 00 00 00 00
"""
    )
    assert mail.html is not None
    assert "Snitflader &amp; &lt;data&gt;" in mail.html
    assert f'href="http://testserver/oensker/{wish.reference}"' in mail.html


@pytest.mark.parametrize(
    ("language", "date", "path"),
    [("en", "19 February 2027", "/en/ideer/"), ("sv", "19 februari 2027", "/sv/ideer/")],
)
def test_the_mail_is_in_the_senders_language(
    session: Session, people: People, language: str, date: str, path: str
) -> None:
    speak(session, people.vendor, language)
    idea = add_idea(session, people.vendor)
    (mail,) = list_mails(session)
    assert date in mail.text
    assert f"http://testserver{path}{idea.reference}\n" in mail.text
    assert mail.html is not None and f'<html lang="{language}">' in mail.html


def test_an_unconfirmed_sender_is_told_so(session: Session, people: People) -> None:
    add_wish(session, people.newcomer)
    (mail,) = list_mails(session)
    assert "»endnu ikke bekræftet«" in mail.text


def test_the_confidential_half_is_in_no_mail(session: Session, people: People) -> None:
    add_idea(session, people.vendor, **SECRET)
    (mail,) = list_mails(session)
    for secret in SECRET.values():
        assert secret not in mail.text + mail.subject + (mail.html or "")


def test_drafts_and_the_archive_are_not_receipted(session: Session, people: People) -> None:
    add_idea_draft(session, people.vendor)
    put_said(session, "a", said_by_user_id=people.vendor.user_id)
    assert list_mails(session) == []
