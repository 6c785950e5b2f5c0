"""Minutes that lie open for comments, and what is said of them, for tests."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor
from app.domain.meetings.models import Meeting
from app.domain.minutes import commenting, queries, service
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.models import Minutes
from app.domain.minutes.schemas import CommentInput, ReviewInput, SectionText
from tests.said import add_item_row, add_meeting_row


def show_minutes(
    session: Session, staff: Actor, key: str = "21", *, days: int = 14, texts: Mapping[str, str] | None = None
) -> Meeting:
    """A meeting that has been held, whose minutes lie open for comments; {title of the item: text}."""
    meeting = add_meeting_row(session, key)
    meeting.held_on = today() - timedelta(days=3)
    session.flush()
    for title, text in (texts or {"Velkomst": "Formanden bød velkommen."}).items():
        item = add_item_row(session, meeting, title)
        words = SectionText(place=f"item-{item.id}", text=text)
        service.write_sections(session, staff, meeting.id, [words])
    send_round(session, staff, meeting, days=days)
    return meeting


def send_round(session: Session, staff: Actor, meeting: Meeting, *, days: int = 14) -> None:
    """Show the minutes as they stand, for the first time or again."""
    version = session.get_one(Minutes, meeting.id, populate_existing=True).version
    given = ReviewInput(comment_until=today() + timedelta(days=days), version=version)
    is_again = meeting.status == "minutes_in_review"
    (service.show_again if is_again else service.send_to_review)(session, staff, meeting.id, given)


def sections_of(session: Session, meeting: Meeting) -> dict[str, queries.Section]:
    """The sections that can be commented on, by the title of their item."""
    return {
        section.title or section.part: section
        for section in queries.list_sections(session, meeting.id)
        if section.id is not None
    }


def comment_on(
    session: Session, actor: Actor, meeting: Meeting, text: str, at: str = "Velkomst", **given: Any
) -> MinutesComment:
    """What the actor says of the minutes at one item."""
    section = sections_of(session, meeting)[at].id
    words = CommentInput.model_validate({"section": section, "text": text} | given)
    return commenting.add_comment(session, actor, meeting.id, words)
