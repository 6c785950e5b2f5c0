"""Summaries of the examples: of a meeting, read by somebody; of a theme, as the machine left it; and one that
is still a draft. What there is already stays as it is."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.policy import SYSTEM, Refused
from app.domain.meetings.models import Meeting
from app.domain.summaries.models import Summary
from app.domain.summaries.queries import find_draft
from app.domain.summaries.service import approve_sentences, propose_summary, publish_summary

READ: Final = "eksempel-efteraar-2026"
UNREAD: Final = "kdp-2021-2025/bedre-velfaerd-og-styring-med-data"
# Of the real archive nothing is published that nobody has read.
DRAFTED: Final = "10"
# Of the sentences about the example meeting so many have been read.
APPROVED: Final = 6


def put_summaries(session: Session, themes: Mapping[str, int]) -> None:
    """`themes`: {strategy/theme: id}."""
    if (meeting_id := _find_meeting(session, READ)) and (summary := _propose(session, meeting_id=meeting_id)):
        draft = find_draft(session, SYSTEM, summary.id)
        read = [one.id for one in draft.sentences[:APPROVED]] if draft else []
        approve_sentences(session, SYSTEM, summary.id, read, summary.version)
        publish_summary(session, SYSTEM, summary.id, summary.version)
    if summary := _propose(session, theme_id=themes.get(UNREAD)):
        publish_summary(session, SYSTEM, summary.id, summary.version)
    _propose(session, meeting_id=_find_meeting(session, DRAFTED))


def _find_meeting(session: Session, key: str) -> int | None:
    return session.scalar(select(Meeting.id).where(Meeting.key == key))


def _propose(
    session: Session, *, meeting_id: int | None = None, theme_id: int | None = None
) -> Summary | None:
    """None where there is one already, or nothing to make one of."""
    known = select(Summary.id).where(
        Summary.meeting_id == meeting_id if theme_id is None else Summary.theme_id == theme_id
    )
    if (meeting_id or theme_id) is None or session.scalar(known) is not None:
        return None
    try:
        return propose_summary(session, SYSTEM, meeting_id=meeting_id, theme_id=theme_id)
    except Refused:
        return None
