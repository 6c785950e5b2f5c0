"""Minutes out of the archive: put in once, with the editions that they have been through."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.policy import Actor, require
from app.core.text import Prose, ShortLine
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.comments import find_voice
from app.domain.minutes.models import Minutes, MinutesSection
from app.domain.minutes.queries import list_sections
from app.domain.minutes.schemas import SectionProse
from app.domain.minutes.service import add_edition, take_minutes, write_text
from app.domain.users.models import User


class EditionFacts(BaseModel):
    """An edition, so many days after the meeting. `texts`: what is written or changed for it, by the key of
    the item, opening or closing."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["review", "approved", "corrected"]
    days_after: int
    reason: Prose = ""
    texts: dict[ShortLine, SectionProse]


def put_minutes(
    session: Session,
    actor: Actor,
    meeting_id: int,
    held_at: datetime,
    editions: Sequence[EditionFacts],
    items: Mapping[str, int],
) -> None:
    """The minutes of a meeting whose state stands in its own facts; those that are there stay as people left
    them. Items that people have removed are passed over. Only for the house."""
    require(actor.is_system)
    if session.get(Minutes, meeting_id) is not None:
        return
    minutes = take_minutes(session, meeting_id)
    for facts in editions:
        known = {section.place: section for section in list_sections(session, meeting_id)}
        for key, text in facts.texts.items():
            place = key if key in ("opening", "closing") else f"item-{items.get(key)}"
            if place in known:
                write_text(session, meeting_id, known[place], text)
        session.flush()
        edition = add_edition(session, actor, meeting_id, facts.kind, facts.reason)
        edition.made_at = held_at + timedelta(days=facts.days_after)
        if facts.kind != "review":
            minutes.approved_at = edition.made_at
    minutes.version += 1
    record(session, actor, "add", "minutes", meeting_id, after={"editions": len(editions)})
    session.flush()


class CommentFacts(BaseModel):
    """What somebody said of the first edition at an item, so many days after the meeting, and what became of
    it some days later. `item` and `user` by their keys."""

    model_config = ConfigDict(extra="forbid")

    item: ShortLine
    user: ShortLine
    days_after: int
    text: Prose
    proposed: Prose = ""
    decision: Literal["taken_in", "declined"]
    reply: Prose = ""
    decided_days_after: int


def put_comments(
    session: Session,
    actor: Actor,
    meeting_id: int,
    held_at: datetime,
    comments: Sequence[CommentFacts],
    items: Mapping[str, int],
    users: Mapping[str, int],
) -> None:
    """Examples of what was said of minutes that are put in already; where there are comments, none are added.
    Only for the house."""
    require(actor.is_system)
    known = select(MinutesComment.id).where(MinutesComment.meeting_id == meeting_id).limit(1)
    if session.scalar(known) is not None:
        return
    for facts in comments:
        section_id = session.scalar(
            select(MinutesSection.id).where(
                MinutesSection.meeting_id == meeting_id, MinutesSection.item_id == items.get(facts.item)
            )
        )
        user = session.get(User, users[facts.user])
        if section_id is None or user is None:
            continue
        voice = find_voice(session, Actor(user_id=user.id, name=user.name), meeting_id)
        comment = MinutesComment(
            meeting_id=meeting_id,
            section_id=section_id,
            edition=1,
            user_id=user.id,
            name=voice.name,
            organisation=voice.organisation,
            text=facts.text,
            proposed=facts.proposed,
            made_at=held_at + timedelta(days=facts.days_after),
            decision=facts.decision,
            reply=facts.reply,
            decided_at=held_at + timedelta(days=facts.decided_days_after),
            is_example=True,
        )
        session.add(comment)
        session.flush()
        record(session, actor, "add", "minutes_comment", comment.id)
