"""Closing a meeting is for staff, as planning it is."""

from app.core.policy import Actor
from app.domain.meetings.policy import may_plan_meetings


def may_close_meetings(actor: Actor) -> bool:
    """See what is missing at a meeting, mend it or say why it stays, and send the minutes on their way."""
    return may_plan_meetings(actor)
