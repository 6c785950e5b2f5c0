"""What a speaker gets of their own in a letter of the outbox: the link to their page, and what is missing."""

from collections.abc import Mapping

from app.core.clock import today
from app.core.policy import SYSTEM
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.models import Meeting
from app.domain.speakers.links import get_link_path
from app.domain.speakers.models import Speaker
from app.domain.speakers.policy import LINK_LASTS, is_link_over
from app.domain.speakers.queries import find_speaker
from app.notices.post import Post


def own_link(post: Post, speaker_id: int, language: str) -> Mapping[str, object]:
    """Values for templates/mails/own_speaker.txt; nothing where no link works, or the meeting is off."""
    speaker = post.session.get(Speaker, speaker_id)
    if speaker is None:
        return {}
    meeting = post.session.get_one(Meeting, speaker.meeting_id)
    path = get_link_path(post.session, speaker.id)
    if path is None or meeting.status == "cancelled" or is_link_over(meeting.held_on, today()):
        return {}
    items = list_draft_items(post.session, meeting.id)
    found = find_speaker(post.session, SYSTEM, meeting.id, speaker.person_id, items)
    return {
        "path": path,
        "gives_talk": found is not None and found.gives_talk,
        "lacks": found.lacks if found is not None else (),
        "ends_on": meeting.held_on + LINK_LASTS,
    }
