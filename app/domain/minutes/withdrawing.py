"""Making a published meeting a draft again, where nobody counts on its page and nothing was said at it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor, Refused, require
from app.domain.contributions.models import Contribution
from app.domain.invitations.models import Invitation
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import state_of
from app.domain.minutes.models import MinutesEdition, MinutesSection
from app.domain.outbox.service import hold_back
from app.domain.registrations.service import withdraw_unwanted


def withdraw_unrecorded(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Make a meeting a draft again, which takes its page from everybody; mails that were to leave by
    themselves wait.

    Refused: meeting_has_record (it was held, and there are contributions or minutes of it),
    invitations_sent (somebody was invited by mail, whose link leads to the page), and as for
    `withdraw_unwanted`.
    """
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.published_at is None:
        return meeting
    is_held = state_of(meeting.status, meeting.held_on, today()) == "closed"
    if is_held and has_record(session, meeting_id):
        raise Refused("meeting_has_record")
    # Before it is asked who was invited: what is just leaving is then counted. A refusal undoes it.
    hold_back(session, actor, meeting_id)
    if is_invited_to(session, meeting_id):
        raise Refused("invitations_sent")
    return withdraw_unwanted(session, actor, meeting_id)


def has_record(session: Session, meeting_id: int) -> bool:
    """Whether something was said at the meeting, or written of it."""
    said = select(Contribution.id).where(Contribution.meeting_id == meeting_id)
    written = select(MinutesSection.id).where(
        MinutesSection.meeting_id == meeting_id, MinutesSection.text != ""
    )
    shown = select(MinutesEdition.id).where(MinutesEdition.meeting_id == meeting_id)
    return bool(session.scalar(select(said.exists() | written.exists() | shown.exists())))


def is_invited_to(session: Session, meeting_id: int) -> bool:
    """Whether somebody has got a mail that invites to the meeting, and was not told to forget it."""
    told = select(Invitation.id).where(
        Invitation.meeting_id == meeting_id, Invitation.told_at.is_not(None), Invitation.status != "withdrawn"
    )
    return bool(session.scalar(select(told.exists())))
