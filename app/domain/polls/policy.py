"""Who may make, open and close polls, vote, and see how it went."""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, true

from app.core.policy import Actor
from app.domain.attendance.policy import may_join
from app.domain.meetings.policy import heard_by, hears, may_run_meeting, may_run_some_meeting
from app.domain.meetings.statuses import DONE, OFF
from app.domain.polls.models import Poll


class Asked(Protocol):
    """What the rules look at of a poll."""

    @property
    def meeting_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def hides_results(self) -> bool: ...


def may_run_polls(actor: Actor, meeting_id: int) -> bool:
    """Make polls, open and close them: staff and the meeting's facilitators."""
    return may_run_meeting(actor, meeting_id)


def may_run_polls_somewhere(actor: Actor) -> bool:
    """Come in where polls are made; at which meetings is asked there."""
    return may_run_some_meeting(actor)


def may_vote(actor: Actor, meeting_id: int) -> bool:
    """Vote: who has joined the meeting's room. Whether the poll is open is not asked."""
    return may_join(actor) and actor.seat_at(meeting_id) is not None


def may_see_poll(actor: Actor, poll: Asked) -> bool:
    """Read a poll of a meeting that the actor may see: a draft only who runs it; else those who hear the
    meeting, and all where it is public."""
    if may_run_polls(actor, poll.meeting_id):
        return True
    return poll.state != "draft" and (poll.visibility == "public" or hears(actor, poll.meeting_id))


def polls_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see_poll`, in SQL."""
    if actor.is_staff:
        return true()
    heard = or_(Poll.visibility == "public", Poll.meeting_id.in_(sorted(heard_by(actor))))
    run = sorted({meeting_id for meeting_id, _ in actor.meeting_roles if may_run_polls(actor, meeting_id)})
    return or_(and_(Poll.state != "draft", heard), Poll.meeting_id.in_(run))


def shows_result(poll: Asked) -> bool:
    """Whether how it goes is shown: the same to everybody, so that nobody knows before the others."""
    return poll.state == "closed" or (poll.state == "open" and not poll.hides_results)


def why_shut(meeting_status: str) -> str | None:
    """Why no poll of a meeting in this state can be open; None where it can."""
    if meeting_status in OFF:
        return "poll_meeting_off"
    return "poll_meeting_done" if meeting_status in DONE else None
