"""Who may write minutes, settle them, and read which edition.

What is being written is for staff and for those who write down at the meeting; what was shown for comments is
for those who hear it; what is approved is for all.
"""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, true

from app.core.policy import Actor
from app.domain.contributions.policy import may_record_at, may_record_somewhere
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import heard_by, hears, may_plan_meetings
from app.domain.meetings.statuses import DONE
from app.domain.minutes.models import MinutesEdition

# The states in which nothing was held that could be written down.
_NOT_HELD = frozenset({"draft", "cancelled", "postponed"})


def may_write_minutes(actor: Actor, meeting_id: int) -> bool:
    """Write the minutes and read them while they are written: staff, facilitators and rapporteurs there."""
    return may_record_at(actor, meeting_id)


def may_write_minutes_somewhere(actor: Actor) -> bool:
    """Come in where minutes are written; at which meetings is asked there."""
    return may_record_somewhere(actor)


def may_settle_minutes(actor: Actor) -> bool:
    """Show the minutes to the participants, take them back, approve them and open them again."""
    return may_plan_meetings(actor)


def may_see_edition(actor: Actor, meeting_id: int, meeting_status: str, kind: str) -> bool:
    """Read an edition of a meeting that the actor may see."""
    if kind != "review" or may_write_minutes(actor, meeting_id):
        return True
    return meeting_status in DONE and hears(actor, meeting_id)


def editions_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see_edition`, in SQL, of editions joined with their meeting."""
    if actor.is_staff:
        return true()
    written = sorted({known for known, _ in actor.meeting_roles if may_write_minutes(actor, known)})
    is_heard = and_(Meeting.status.in_(sorted(DONE)), Meeting.id.in_(sorted(heard_by(actor))))
    return or_(MinutesEdition.kind != "review", is_heard, Meeting.id.in_(written))


def why_unwritable(meeting_status: str, held_on: date, today: date) -> str | None:
    """Why nothing can be written in the minutes of a meeting in this state; None where it can."""
    if meeting_status == "approved":
        return "minutes_locked"
    return "minutes_not_held" if meeting_status in _NOT_HELD or held_on > today else None
