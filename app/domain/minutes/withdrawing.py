"""Making a published meeting a draft again, where nothing was said at it that others may come back to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor, Refused, require
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import state_of
from app.domain.minutes.models import MinutesEdition, MinutesSection
from app.domain.registrations.service import withdraw_unwanted


def withdraw_unrecorded(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Make a meeting a draft again, which takes its page from everybody.

    Refused: meeting_has_record (it was held, and there are contributions or minutes of it), and as for
    `withdraw_unwanted`.
    """
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    is_held = state_of(meeting.status, meeting.held_on, today()) == "closed"
    if meeting.published_at is not None and is_held and has_record(session, meeting_id):
        raise Refused("meeting_has_record")
    return withdraw_unwanted(session, actor, meeting_id)


def has_record(session: Session, meeting_id: int) -> bool:
    """Whether something was said at the meeting, or written of it."""
    said = select(Contribution.id).where(Contribution.meeting_id == meeting_id)
    written = select(MinutesSection.id).where(
        MinutesSection.meeting_id == meeting_id, MinutesSection.text != ""
    )
    shown = select(MinutesEdition.id).where(MinutesEdition.meeting_id == meeting_id)
    return bool(session.scalar(select(said.exists() | written.exists() | shown.exists())))
