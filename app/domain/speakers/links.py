"""A speaker's own link: made without storing it, taken back by a counter, over a month after the meeting."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.links import is_sealed, seal
from app.core.policy import Actor
from app.domain.meetings.models import Meeting
from app.domain.meetings.roles import list_items_of_person, list_users_speaking_as
from app.domain.speakers.models import Speaker
from app.domain.speakers.policy import LINK_LASTS, is_link_over, speaks_as
from app.domain.users.models import Person

PURPOSE = "speaker"
_LARGEST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens. `is_over`: it was right, but has ended by itself on `ends_on`."""

    speaker_id: int
    meeting_id: int
    meeting_key: str
    person_id: int
    name: str
    language: str
    ends_on: date
    is_over: bool


def get_link_path(session: Session, speaker_id: int) -> str | None:
    """The address of a speaker's page, without language; None while the link is taken back."""
    speaker = session.get_one(Speaker, speaker_id)
    if speaker.link_ended_at is not None:
        return None
    return f"/oplaegsholder/{speaker.id}/{seal(session, PURPOSE, speaker.id, speaker.link_number)}"


def open_link(session: Session, speaker_id: int, sealed: str) -> Opened | None:
    """Whose link this is; None for one that is wrong, was taken back, or has been replaced by another."""
    if not 0 < speaker_id <= _LARGEST_ID:
        return None
    row = session.execute(
        select(Speaker, Person.name, Meeting.key, Meeting.held_on)
        .join(Person, Person.id == Speaker.person_id)
        .join(Meeting, Meeting.id == Speaker.meeting_id)
        .where(Speaker.id == speaker_id)
    ).one_or_none()
    if row is None or row.Speaker.link_ended_at is not None:
        return None
    speaker = row.Speaker
    if not is_sealed(session, sealed, PURPOSE, speaker.id, speaker.link_number):
        return None
    return Opened(
        speaker_id=speaker.id,
        meeting_id=speaker.meeting_id,
        meeting_key=row.key,
        person_id=speaker.person_id,
        name=row.name,
        language=speaker.language,
        ends_on=row.held_on + LINK_LASTS,
        is_over=is_link_over(row.held_on, today()),
    )


def make_actor(session: Session, visitor: Actor, opened: Opened, name: str) -> Actor:
    """Who acts on a speaker's page: the visitor where they are signed in as that speaker, else the holder of
    the link, who is called `name` in the log. Both see the slides of the own items whatever their access."""
    items = list_items_of_person(session, opened.meeting_id, opened.person_id)
    speaks_at = frozenset((opened.meeting_id, item_id) for item_id in items)
    users = list_users_speaking_as(session, opened.meeting_id, opened.person_id)
    if speaks_as(visitor, opened.speaker_id, users):
        return replace(visitor, speaks_at=speaks_at)
    return Actor(name=name, language=opened.language, speaker_id=opened.speaker_id, speaks_at=speaks_at)
