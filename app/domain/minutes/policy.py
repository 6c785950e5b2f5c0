"""Who may write minutes, settle them, and read which edition.

What is being written is for staff and for those who write down at the meeting; what was shown for comments is
for those who hear it; what is approved is for all.
"""

from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.core.policy import Actor
from app.domain.attendance.policy import may_join
from app.domain.contributions.policy import may_hold_back, may_record_at, may_record_somewhere
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import heard_by, hears, may_plan_meetings
from app.domain.meetings.statuses import DONE, NOT_COMING
from app.domain.minutes.comment_models import MinutesComment
from app.domain.minutes.models import MinutesEdition


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
    return "minutes_not_held" if meeting_status in NOT_COMING or held_on > today else None


# --- what participants say of them


class Comment(Protocol):
    """What the rules look at: a row, or a view of one."""

    @property
    def meeting_id(self) -> int: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def attendee_id(self) -> int | None: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...
    @property
    def hidden_at(self) -> datetime | None: ...


def may_comment_somewhere(actor: Actor) -> bool:
    """Come to the door of comments at all, with an account or as a guest of the room; at which meetings is
    asked there."""
    return may_join(actor)


def may_comment(actor: Actor, meeting_id: int) -> bool:
    """Say something of the minutes: who hears the meeting. Whether they lie open for it is not asked."""
    return may_comment_somewhere(actor) and hears(actor, meeting_id)


def may_see_comments(actor: Actor, meeting_id: int) -> bool:
    """Read what the others say of the minutes: who hears the meeting, so that nobody says it twice, and those
    who write them."""
    return hears(actor, meeting_id) or may_write_minutes(actor, meeting_id)


def may_decide_comments(actor: Actor, meeting_id: int) -> bool:
    """Take a comment in, or decline it with a word: those who write the minutes."""
    return may_write_minutes(actor, meeting_id) and not actor.only_reads


def may_hide_comments(actor: Actor) -> bool:
    """Take a comment out of sight with a reason, show it again, and read it meanwhile."""
    return may_hold_back(actor)


def is_own_comment(actor: Actor, comment: Comment) -> bool:
    """Whether the actor wrote it, with the account or in this browser."""
    if comment.user_id is not None and comment.user_id == actor.user_id:
        return True
    return comment.attendee_id is not None and (comment.meeting_id, comment.attendee_id) in actor.seats


def may_withdraw_comment(actor: Actor, comment: Comment) -> bool:
    """Take back what one said oneself, also when one does not come to the meeting any more."""
    return may_comment_somewhere(actor) and is_own_comment(actor, comment)


def own_comments(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `is_own_comment`, in SQL."""
    by_account = MinutesComment.user_id == actor.user_id if actor.user_id is not None else false()
    return or_(by_account, MinutesComment.attendee_id.in_(sorted(seat for _, seat in actor.seats)))


def may_see_comment(actor: Actor, comment: Comment) -> bool:
    """One's own always; others' where they are not withdrawn, and what is hidden only for staff."""
    if is_own_comment(actor, comment):
        return True
    if comment.withdrawn_at is not None or not may_see_comments(actor, comment.meeting_id):
        return False
    return comment.hidden_at is None or may_hide_comments(actor)


def comments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see_comment`, in SQL. Who writes minutes has a role there, and so hears it."""
    is_of_meeting = true() if actor.is_staff else MinutesComment.meeting_id.in_(sorted(heard_by(actor)))
    is_shown = true() if may_hide_comments(actor) else MinutesComment.hidden_at.is_(None)
    return or_(own_comments(actor), and_(is_of_meeting, is_shown, MinutesComment.withdrawn_at.is_(None)))
