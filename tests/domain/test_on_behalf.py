"""What others wrote in on an organisation's behalf: seen by its members, told once, open to correction."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import moved_to, now
from app.core.mail import Mail
from app.domain.contributions.models import Contribution
from app.domain.contributions.on_behalf import tell_organisations
from app.domain.contributions.policy import is_written_by_others
from app.domain.contributions.service import publish
from app.domain.meetings.models import Meeting
from tests.people import People, add_actor, add_organisation_row, with_role
from tests.said import add_card_row, add_meeting_row, add_wish, put_said


def list_mails(session: Session) -> list[tuple[str, str]]:
    return [
        (mail.recipient, mail.text)
        for mail in session.scalars(
            select(Mail).where(Mail.subject.contains("på vegne af")).order_by(Mail.id)
        )
    ]


def test_members_are_told_once_of_all_that_was_published(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    soft = people.vendor.organisation_id
    cards = [add_card_row(session, people.staff, meeting, f"Ord {n}", on_behalf_of_id=soft) for n in range(3)]
    add_card_row(session, people.staff, meeting, "Stadig skjult", on_behalf_of_id=soft)
    assert tell_organisations(session) == 0
    publish(session, people.staff, [card.id for card in cards])
    assert tell_organisations(session) == 3
    mails = list_mails(session)
    # The newcomer is not confirmed, and so is not told.
    assert [recipient for recipient, _ in mails] == ["vera@soft.example"]
    for card in cards:
        assert card.reference in mails[0][1]
    assert "Stadig skjult" not in mails[0][1]
    assert tell_organisations(session) == 0


def test_many_are_named_and_the_rest_counted(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    cards = [
        add_card_row(session, people.staff, meeting, f"Ord {n}", on_behalf_of_id=people.rival.organisation_id)
        for n in range(25)
    ]
    publish(session, people.staff, [card.id for card in cards])
    tell_organisations(session)
    ((_, text),) = list_mails(session)
    assert (text.count("IN-") // 2, "og 5 til" in text) == (20, True)


def test_own_words_the_archive_and_what_is_old_are_not_told(session: Session, people: People) -> None:
    meeting = add_meeting_row(session)
    soft = people.vendor.organisation_id
    add_wish(session, people.vendor)
    put_said(session, "arkiv", on_behalf_of_id=soft, entered_by_id=people.staff.user_id)
    card = add_card_row(session, people.staff, meeting, on_behalf_of_id=soft)
    with moved_to(now() - timedelta(days=31)):
        publish(session, people.staff, [card.id])
    assert tell_organisations(session) == 0


def test_what_the_members_cannot_see_yet_waits(session: Session, people: People) -> None:
    meeting = add_meeting_row(session, is_published=False)
    card = add_card_row(session, people.staff, meeting, on_behalf_of_id=people.vendor.organisation_id)
    publish(session, people.staff, [card.id])
    assert tell_organisations(session) == 0
    session.get_one(Meeting, meeting.id).published_at = now()
    session.flush()
    assert tell_organisations(session) == 1


def test_an_organisation_without_members_is_told_when_it_has_some(session: Session, people: People) -> None:
    empty = add_organisation_row(session, "tom", "Tom A/S", "vendor")
    card = add_card_row(session, people.staff, add_meeting_row(session), on_behalf_of_id=empty.id)
    publish(session, people.staff, [card.id])
    assert tell_organisations(session) == 0
    add_actor(session, "Tim Tom", empty)
    assert tell_organisations(session) == 1


@pytest.mark.parametrize("role", ["facilitator", "rapporteur"])
def test_only_its_own_members_are_asked_whether_it_is_right(
    session: Session, people: People, role: str
) -> None:
    meeting = add_meeting_row(session)
    writer = with_role(session, people.consultancy, meeting.id, role)  # type: ignore[arg-type]
    card = add_card_row(session, writer, meeting, on_behalf_of_id=people.vendor.organisation_id)
    publish(session, people.staff, [card.id])
    row = session.get_one(Contribution, card.id)
    asked = {name for name, actor in people.all().items() if is_written_by_others(actor, row)}
    assert asked == {"vendor"}
    own = add_wish(session, people.vendor)
    assert not any(is_written_by_others(actor, own) for actor in people.all().values())
