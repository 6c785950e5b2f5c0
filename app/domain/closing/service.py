"""The verbs of closing: saying why something stays as it is, and sending the minutes when nothing is open."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.laid_aside import lay_aside
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.closing.models import GapReason
from app.domain.closing.policy import may_close_meetings
from app.domain.closing.queries import find_open_things
from app.domain.closing.schemas import GapReasonInput
from app.domain.contributions.models import Contribution
from app.domain.contributions.service import set_answer_by, tag_each
from app.domain.meetings.models import Meeting
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.states import list_turns
from app.domain.minutes import service as minutes
from app.domain.minutes.models import MinutesEdition
from app.domain.minutes.schemas import ReviewInput


def explain_gaps(session: Session, actor: Actor, meeting_id: int, given: GapReasonInput) -> list[GapReason]:
    """Say why what is missing stays so: the chosen things of a kind, all of the kind, or all that is left.

    It holds for what is missing now; what comes to be missing later is asked for again. Refused:
    closing_nothing_open (mended, or explained by another, meanwhile), minutes_locked.
    """
    require(may_close_meetings(actor))
    _refuse_if_approved(lock_meeting(session, meeting_id))
    open_things: Mapping[str, Sequence[int]] = find_open_things(session, meeting_id, given.kind)
    if given.kind is not None and given.thing_ids:
        chosen = sorted(set(given.thing_ids) & set(open_things.get(given.kind, ())))
        open_things = {given.kind: chosen} if chosen else {}
    if not open_things:
        raise Refused("closing_nothing_open")
    rows = [
        GapReason(
            meeting_id=meeting_id,
            kind=kind,
            thing_ids=list(ids),
            reason=given.reason,
            given_by_id=actor.user_id,
            given_at=now(),
        )
        for kind, ids in open_things.items()
    ]
    session.add_all(rows)
    session.flush()
    # How many, and of what; the words stand with the reason, where they can be taken back.
    after = {"gaps": {kind: len(ids) for kind, ids in open_things.items()}}
    record(session, actor, "explain_gaps", "meeting", meeting_id, after=after)
    return rows


def take_back_reason(session: Session, actor: Actor, meeting_id: int, reason_id: int) -> GapReason:
    """The reason goes, and what it was said of is missing again. Raises NotFound. Refused:
    minutes_locked."""
    require(may_close_meetings(actor))
    _refuse_if_approved(lock_meeting(session, meeting_id))
    row = session.get(GapReason, reason_id)
    if row is None or row.meeting_id != meeting_id:
        raise NotFound
    lay_aside(session, actor, "gap_reason", row, row.reason, meeting_id=meeting_id)
    session.delete(row)
    session.flush()
    before = {"gaps": {row.kind: len(row.thing_ids)}}
    record(session, actor, "take_back_reason", "meeting", meeting_id, before=before)
    return row


def _refuse_if_approved(meeting: Meeting) -> None:
    """What was missing when the minutes were approved, and why, stands as it stood."""
    if meeting.status == "approved":
        raise Refused("minutes_locked")


def set_deadlines(session: Session, actor: Actor, meeting_id: int, answer_by: date) -> int:
    """Set the day of the answer for all that was said at the meeting and waits without one; how many.

    Refused: closing_nothing_open, answer_by_past.
    """
    require(may_close_meetings(actor))
    ids = find_open_things(session, meeting_id, "no_answer_by").get("no_answer_by", ())
    if not ids:
        raise Refused("closing_nothing_open")
    return set_answer_by(session, actor, meeting_id, ids, answer_by)


def give_themes(session: Session, actor: Actor, meeting_id: int, theme_by_id: Mapping[int, int]) -> None:
    """Give what was said at the meeting a theme each, {contribution id: theme id}. Raises NotFound where one
    of them was said elsewhere."""
    require(may_close_meetings(actor))
    of_meeting = select(func.count()).where(
        Contribution.meeting_id == meeting_id, Contribution.id.in_(theme_by_id)
    )
    if session.scalars(of_meeting).one() < len(theme_by_id):
        raise NotFound
    tag_each(session, actor, theme_by_id)


def send_minutes(session: Session, actor: Actor, meeting_id: int, given: ReviewInput) -> MinutesEdition:
    """Send the minutes to those who were there. Nothing may be missing without a reason.

    Refused: closing_gaps_open with `count`, and as `minutes.service.send_to_review` is.
    """
    require(may_close_meetings(actor))
    if "send_minutes" not in list_turns(lock_meeting(session, meeting_id)):
        raise Refused("turn_not_possible")
    if count := sum(map(len, find_open_things(session, meeting_id).values())):
        raise Refused("closing_gaps_open", count=count)
    return minutes.send_to_review(session, actor, meeting_id, given)
