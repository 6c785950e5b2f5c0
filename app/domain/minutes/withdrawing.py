"""Making a published meeting a draft again, where nobody counts on its page and nothing was said at it."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.policy import Actor, Refused, require
from app.domain.contributions.models import Contribution
from app.domain.invitations.models import Invitation
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_plan_meetings
from app.domain.meetings.queries import MeetingView
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import may_turn, state_of
from app.domain.minutes.models import MinutesEdition, MinutesSection
from app.domain.outbox.service import hold_back
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import ACTIVE
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
    # Before it is asked who was invited: what is just leaving is then counted. A refusal undoes it.
    hold_back(session, actor, meeting_id)
    if why := why_not_withdraw(session, meeting):
        raise Refused(why)
    return withdraw_unwanted(session, actor, meeting_id)


def why_not_withdraw(session: Session, meeting: Meeting | MeetingView) -> str | None:
    """The code of the sentence that says why the page of a published meeting stays; None where it may go."""
    is_held = state_of(meeting.status, meeting.held_on, today()) == "closed"
    signed_up = select(Registration.id).where(
        Registration.meeting_id == meeting.id, Registration.status.in_(ACTIVE)
    )
    invited = select(Invitation.id).where(
        Invitation.meeting_id == meeting.id, Invitation.told_at.is_not(None), Invitation.status != "withdrawn"
    )
    found = session.execute(
        select(
            _has_record(meeting.id).label("record"),
            signed_up.exists().label("sign_up"),
            invited.exists().label("invitation"),
        )
    ).one()
    if is_held and found.record:
        return "meeting_has_record"
    if found.sign_up:
        return "signup_exists"
    if found.invitation:
        return "invitations_sent"
    return None if may_turn("withdraw", meeting.status, meeting.status_before) else "turn_not_possible"


def _has_record(meeting_id: int) -> ColumnElement[bool]:
    """Whether something was said at the meeting, or written of it."""
    said = select(Contribution.id).where(Contribution.meeting_id == meeting_id)
    written = select(MinutesSection.id).where(
        MinutesSection.meeting_id == meeting_id, MinutesSection.text != ""
    )
    shown = select(MinutesEdition.id).where(MinutesEdition.meeting_id == meeting_id)
    return said.exists() | written.exists() | shown.exists()
