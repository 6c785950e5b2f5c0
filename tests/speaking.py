"""Coming meetings with talks for tests, and speakers with their links."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.speakers.links import get_link_path
from app.domain.speakers.models import Speaker
from app.domain.users.models import Person
from tests.said import add_item_row, add_meeting_row, add_speaker_row


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk of a coming meeting, with the one who gives it."""

    meeting: Meeting
    item: AgendaItem
    person: Person
    speaker: Speaker

    @property
    def all_path(self) -> str:
        return f"/moeder/{self.meeting.key}/oplaegsholdere"


def add_coming_talk(
    session: Session,
    key: str = "30",
    *,
    name: str = "Oda Oplæg",
    email: str = "oda@eksempel.example",
    is_published: bool = True,
) -> Talk:
    """A talk a month from now; its speaker has an address where one is given."""
    meeting = add_meeting_row(session, key, is_published=is_published)
    meeting.held_on = today() + timedelta(days=30)
    meeting.status = "announced" if is_published else "draft"
    item = add_item_row(session, meeting, "Status på strategien")
    item.kind = "talk"
    person = add_speaker_row(session, item, name)
    return Talk(meeting, item, person, add_speaker(session, meeting, person, email))


def add_speaker(session: Session, meeting: Meeting, person: Person, email: str) -> Speaker:
    speaker = Speaker(
        meeting_id=meeting.id, person_id=person.id, email=email, link_made_at=now(), created_at=now()
    )
    session.add(speaker)
    session.flush()
    return speaker


def link_of(session: Session, talk: Talk) -> str:
    path = get_link_path(session, talk.speaker.id)
    assert path is not None
    return path
