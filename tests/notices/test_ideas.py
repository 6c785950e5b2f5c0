"""Mails around ideas: who gets them, and that none holds a confidential word or who asked for access."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import moved_to, now, today
from app.core.mail import Mail
from app.domain.contributions.ideas import hearing, resting, signing
from app.domain.contributions.ideas.models import AccessRequest, IdeaRest
from app.domain.contributions.ideas.schemas import AccessRequestInput, RulingInput, Statement
from app.domain.contributions.models import Contribution
from app.domain.contributions.schemas import IdeaInput
from app.domain.contributions.service import send_idea
from app.domain.users.models import User
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People
from tests.said import IDEA

WORD = "Kvababbelse-4711"
ASKER = "Avisen Eksempel"


@pytest.fixture(autouse=True)
def connected() -> None:
    connect_rooms(Settings(base_url="http://testserver"))


def take(session: Session) -> list[tuple[str, str]]:
    """(to whom, subject) of the mails that wait, which hold none of what is confidential."""
    mails = list(session.scalars(select(Mail).order_by(Mail.id)))
    for mail in mails:
        words = f"{mail.subject}\n{mail.text}\n{mail.html}"
        assert WORD not in words and ASKER not in words, mail.subject
        assert "http://testserver/" in mail.text, mail.subject
        session.delete(mail)
    session.flush()
    return [(mail.recipient, mail.subject) for mail in mails]


@pytest.fixture
def idea(session: Session, people: People) -> Contribution:
    secret = {"secret_technology": WORD, "reason_technology": f"{WORD} hemmelig", "secret_other": WORD}
    given = IdeaInput.model_validate(IDEA | secret | {"reason_other": WORD})
    sent = send_idea(session, people.vendor, given, 90)
    take(session)
    return sent


def open_hearing(session: Session, people: People, idea: Contribution, days: int = 10) -> AccessRequest:
    hear_by = today() + timedelta(days)
    given = AccessRequestInput(requester=ASKER, received_on=today(), hear_by=hear_by)
    return hearing.open_request(session, people.staff, idea.id, given)


def mail_of(session: Session, user_id: int | None) -> str | None:
    return session.scalar(select(User.email).where(User.id == user_id))


def test_who_is_asked_to_sign_and_whose_idea_it_is_are_told(
    session: Session, people: People, idea: Contribution
) -> None:
    house = people.consultancy.organisation_id or 0
    carl = mail_of(session, people.consultancy.user_id)
    vera = mail_of(session, people.vendor.user_id)
    signer = signing.ask_signer(session, people.vendor, idea.id, house)
    assert take(session) == [(carl, "Soft A/S spørger, om I vil stå med bag en idé – Dialogforum")]
    signing.answer_signing(session, people.consultancy, signer.id, True)
    assert take(session) == [(vera, f"Huset står med bag {idea.reference} – Dialogforum")]
    signing.answer_signing(session, people.consultancy, signer.id, False)
    assert take(session) == [(vera, f"Huset står ikke med bag {idea.reference} – Dialogforum")]


def test_the_owner_is_heard_reminded_and_told_and_staff_is_told_when_to_decide(
    session: Session, people: People, idea: Contribution
) -> None:
    vera, stine = mail_of(session, people.vendor.user_id), mail_of(session, people.staff.user_id)
    row = open_hearing(session, people, idea)
    ((to, subject),) = take(session)
    assert to == vera and subject.endswith(f": aktindsigt i {idea.reference} – Dialogforum")
    moment, day = hearing.when_to_remind(session, row.id) or (now(), today())
    assert (moment.date(), day) == (row.hear_by - timedelta(2), row.hear_by)
    hearing.remind_owner(session, row.id, row.hear_by - timedelta(1))
    assert take(session) == []
    hearing.remind_owner(session, row.id, row.hear_by)
    ((to, subject),) = take(session)
    assert to == vera and subject.startswith("Husk at svare senest")
    said = [
        Statement(part="technology", stance="keep", reason=WORD),
        Statement(part="other", stance="agree"),
    ]
    hearing.state_views(session, people.vendor, row.id, said)
    assert take(session) == [(stine, f"Ejeren af {idea.reference} har svaret om aktindsigt – Dialogforum")]
    hearing.remind_owner(session, row.id, row.hear_by)
    assert take(session) == []
    rulings = [
        RulingInput(part="technology", decision="keep", reason=WORD),
        RulingInput(part="other", decision="release", reason=WORD),
    ]
    hearing.decide_access(session, people.staff, row.id, rulings, row.version)
    assert take(session) == [(vera, f"Aktindsigt i {idea.reference} er afgjort – Dialogforum")]


def test_more_time_silence_and_a_request_taken_back_are_told(
    session: Session, people: People, idea: Contribution
) -> None:
    vera, stine = mail_of(session, people.vendor.user_id), mail_of(session, people.staff.user_id)
    row = open_hearing(session, people, idea, days=1)
    assert hearing.when_to_remind(session, row.id) is None
    hearing.move_hearing(session, people.staff, row.id, today() + timedelta(3), row.version)
    assert [to for to, _ in take(session)] == [vera, vera]
    with moved_to(now() + timedelta(5)):
        assert hearing.count_due(session, people.staff) == 1
        assert hearing.count_due(session, people.vendor) == 0
        hearing.notice_lapsed(session)
    assert take(session) == [(stine, f"Ejeren af {idea.reference} svarede ikke om aktindsigt – Dialogforum")]
    hearing.withdraw_request(session, people.staff, row.id, row.version)
    assert take(session) == [(vera, f"Ingen vil have aktindsigt i {idea.reference} alligevel – Dialogforum")]


def test_the_owner_is_asked_whether_it_holds_then_told_that_it_rests_and_that_it_is_woken(
    session: Session, people: People, idea: Contribution
) -> None:
    vera = mail_of(session, people.vendor.user_id)
    with moved_to(now() + timedelta(181)):
        assert resting.ask_owners(session) == 1
        session.flush()
    assert take(session) == [(vera, f"Gælder {idea.reference} stadig? – Dialogforum")]
    session.execute(update(IdeaRest).values(asked_at=now() - timedelta(31)))
    assert resting.rest_unanswered(session) == 1
    assert take(session) == [(vera, f"{idea.reference} hviler – Dialogforum")]
    resting.confirm_idea(session, people.vendor, idea.id)
    assert take(session) == [(vera, f"{idea.reference} gælder igen – Dialogforum")]
