"""The verbs that turn a meeting from one state to the next; which turns there are stands in `statuses`."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import at, now, today
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.meetings.events import (
    MeetingCancelled,
    MeetingChanged,
    MeetingMoved,
    MeetingPostponed,
    MeetingResumed,
)
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import may_plan_meetings, may_run_meeting
from app.domain.meetings.schemas import NewDateInput, ReasonInput
from app.domain.meetings.service import lock_meeting, move_to, tell_of_move
from app.domain.meetings.statuses import OFF, SIGNING_UP, TURNS, may_turn, state_of


def cancel_meeting(
    session: Session, actor: Actor, meeting_id: int, version: int, given: ReasonInput
) -> Meeting:
    """Call a meeting off. Its page stays and says why. Refused: stale, turn_not_possible."""
    return _call_off(session, actor, meeting_id, version, "cancel_meeting", given.reason, MeetingCancelled)


def postpone_meeting(
    session: Session, actor: Actor, meeting_id: int, version: int, given: ReasonInput
) -> Meeting:
    """Put a meeting off to a day that is not known yet. Refused: stale, turn_not_possible."""
    return _call_off(session, actor, meeting_id, version, "postpone", given.reason, MeetingPostponed)


def set_new_date(
    session: Session, actor: Actor, meeting_id: int, version: int, given: NewDateInput
) -> Meeting:
    """Move a coming or postponed meeting, or a cancelled one whose day is past, to another day or time; its
    programme and the last day for signing up move along, and one that was off is again what it was. Refused:
    stale, turn_not_possible, same_date, date_is_past, day_needed (people sign up for it: a month will not
    do)."""
    meeting = _take(session, actor, meeting_id, version)
    if not may_move(meeting):
        raise Refused("turn_not_possible")
    if given.held_on < today():
        raise Refused("date_is_past")
    if given.date_certainty == "month" and meeting.status in SIGNING_UP:
        raise Refused("day_needed")
    was = MeetingMoved(meeting.id, meeting.held_on, meeting.starts_at, meeting.venue)
    planned = (given.held_on, at(given.held_on, given.starts))
    if planned == (meeting.held_on, meeting.starts_at) and given.date_certainty == meeting.date_certainty:
        raise Refused("same_date")
    before = _told(meeting)
    _move_deadline(meeting, given)
    move_to(session, meeting, given.held_on, given.starts)
    meeting.ends_at = at(given.held_on, given.ends)
    meeting.date_certainty = given.date_certainty
    is_held_again = meeting.status in OFF
    if is_held_again:
        # Nobody can sign up for a month.
        is_month = given.date_certainty == "month"
        meeting.status = "announced" if is_month else _where_with_a_day(meeting)
        meeting.status_before = None
    meeting.status_reason, meeting.status_changed_at = given.reason, now()
    _note(session, actor, "set_date", meeting, before)
    if is_held_again and planned == (was.held_on, was.starts_at):
        announce(session, MeetingResumed(meeting.id))
    else:
        tell_of_move(session, meeting, was)
    return meeting


def resume_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Undo a cancelling or postponing: the meeting is held as it was planned, or is postponed again.
    Refused: turn_not_possible (also when its day is past: then it needs a new one)."""
    meeting = _turn(session, actor, meeting_id, "resume")
    is_held = meeting.status != "postponed"
    announce(session, MeetingResumed(meeting.id) if is_held else MeetingPostponed(meeting.id))
    return meeting


def start_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """The meeting has begun; only on its day. Refused: turn_not_possible, not_the_day."""
    require(may_run_meeting(actor, meeting_id))
    meeting = lock_meeting(session, meeting_id)
    if not is_today(meeting):
        raise Refused("not_the_day")
    return _turn(session, actor, meeting_id, "start")


def undo_start(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    return _turn(session, actor, meeting_id, "undo_start")


def close_meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """The meeting is over. Refused: turn_not_possible."""
    return _turn(session, actor, meeting_id, "close")


def undo_close(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    return _turn(session, actor, meeting_id, "undo_close")


def send_minutes_to_review(
    session: Session, actor: Actor, meeting_id: int, noted: Mapping[str, object] | None = None
) -> Meeting:
    """The minutes lie open for comments. `noted`: what else the log holds of it. Refused:
    turn_not_possible."""
    return _turn(session, actor, meeting_id, "send_minutes", noted)


def take_minutes_back(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    return _turn(session, actor, meeting_id, "take_back_minutes")


def approve_minutes(
    session: Session, actor: Actor, meeting_id: int, noted: Mapping[str, object] | None = None
) -> Meeting:
    """The minutes stand as they are. `noted`: what else the log holds of it. Refused: turn_not_possible."""
    return _turn(session, actor, meeting_id, "approve_minutes", noted)


def reopen_minutes(session: Session, actor: Actor, meeting_id: int, given: ReasonInput) -> Meeting:
    """Open approved minutes for comments again; the log keeps why. Refused: turn_not_possible."""
    return _turn(session, actor, meeting_id, "reopen_minutes", {"why": given.reason})


class Standing(Protocol):
    """What decides on the turns: a row, or a view of one."""

    @property
    def status(self) -> str: ...
    @property
    def status_before(self) -> str | None: ...
    @property
    def held_on(self) -> date: ...


def list_turns(meeting: Standing) -> frozenset[str]:
    """The turns that lead on from where the meeting stands today."""
    state = state_of(meeting.status, meeting.held_on, today())
    turns = frozenset(turn for turn in TURNS if may_turn(turn, state, meeting.status_before))
    return turns - {"resume"} if _is_too_late_to_resume(meeting) else turns


def may_move(meeting: Standing) -> bool:
    """Whether the meeting can get a new date that others are told of: it is known, and not held yet; when it
    is cancelled, once its day is past, for until then that is undone first."""
    state = state_of(meeting.status, meeting.held_on, today())
    is_past = meeting.held_on < today()
    return state in ("announced", "open", "full", "postponed") or (state == "cancelled" and is_past)


def _is_too_late_to_resume(meeting: Standing) -> bool:
    """Nothing is held on a day that is past; to be postponed again takes no day."""
    return meeting.held_on < today() and meeting.status_before != "postponed"


def is_today(meeting: Standing) -> bool:
    return meeting.held_on == today()


def _call_off(
    session: Session,
    actor: Actor,
    meeting_id: int,
    version: int,
    turn: str,
    reason: str,
    event: type[MeetingCancelled] | type[MeetingPostponed],
) -> Meeting:
    meeting = _take(session, actor, meeting_id, version)
    _require_turn(meeting, turn)
    before = _told(meeting)
    meeting.status_before = meeting.status
    meeting.status = TURNS[turn].after or ""
    meeting.status_reason, meeting.status_changed_at = reason, now()
    _note(session, actor, turn, meeting, before)
    announce(session, event(meeting.id))
    return meeting


def _turn(
    session: Session, actor: Actor, meeting_id: int, turn: str, noted: Mapping[str, object] | None = None
) -> Meeting:
    is_of_the_day = turn in ("start", "undo_start")
    require(may_run_meeting(actor, meeting_id) if is_of_the_day else may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    _require_turn(meeting, turn)
    before = _told(meeting)
    after = TURNS[turn].after
    if turn == "close":
        # What was before the beginning is kept, so that both the end and the beginning can be undone.
        meeting.status, meeting.status_before = "closed", meeting.status_before or "live"
    elif turn == "undo_close":
        was = meeting.status_before
        meeting.status, meeting.status_before = "live", was if was != "live" else None
    elif after is None:
        meeting.status, meeting.status_before = _where_back(meeting), None
        meeting.status_reason = ""
    else:
        meeting.status_before, meeting.status = meeting.status, after
    meeting.status_changed_at = now()
    _note(session, actor, turn, meeting, before, noted)
    return meeting


def _take(session: Session, actor: Actor, meeting_id: int, version: int) -> Meeting:
    require(may_plan_meetings(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.version != version:
        raise Refused("stale")
    return meeting


def _require_turn(meeting: Meeting, turn: str) -> None:
    if turn not in list_turns(meeting):
        raise Refused("turn_not_possible")


def _where_back(meeting: Meeting) -> str:
    return meeting.status_before or "announced"


def _where_with_a_day(meeting: Meeting) -> str:
    """Where a meeting that was off stands with a new day. What it was before it was postponed is not known
    of one that was cancelled after that."""
    back = _where_back(meeting)
    return "announced" if back in OFF else back


def _move_deadline(meeting: Meeting, given: NewDateInput) -> None:
    if given.registration_closes_on is not None:
        meeting.registration_closes_on = given.registration_closes_on
    elif meeting.registration_closes_on is not None:
        meeting.registration_closes_on += timedelta(days=(given.held_on - meeting.held_on).days)


def _note(
    session: Session,
    actor: Actor,
    turn: str,
    meeting: Meeting,
    before: dict[str, object],
    noted: Mapping[str, object] | None = None,
) -> None:
    meeting.version += 1
    meeting.edited_at = now()
    after = _told(meeting) | dict(noted or {})
    record(session, actor, turn, "meeting", meeting.id, before=before, after=after)
    announce(session, MeetingChanged(meeting.id))


def _told(meeting: Meeting) -> dict[str, object]:
    """What the log holds of a turn."""
    return {
        "status": meeting.status,
        "status_reason": meeting.status_reason,
        "held_on": meeting.held_on.isoformat(),
        "starts_at": meeting.starts_at.isoformat() if meeting.starts_at else None,
        "registration_closes_on": (
            meeting.registration_closes_on.isoformat() if meeting.registration_closes_on else None
        ),
    }
