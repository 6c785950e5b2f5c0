"""Reminders with the programme of the day: prepared two workdays before, sent by nobody but staff."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, today
from app.core.policy import SYSTEM, Actor, Refused, require
from app.core.workdays import is_workday, workdays_before
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import list_items
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import BEFORE_THE_DAY, PLANNED_CERTAINTIES
from app.domain.outbox.models import Batch
from app.domain.outbox.queries import WAITING
from app.domain.outbox.service import discard_batch, prepare
from app.domain.registrations.models import Registration
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queries import recipients_of

WORKDAYS_BEFORE = 2
# The longest row of days on which everything is closed, with room to spare: Christmas with its weekends.
_FAR = timedelta(days=14)


def prepare_reminder(session: Session, actor: Actor, meeting_id: int) -> int:
    """Lay a reminder to all who have a seat in the outbox, with the programme of the day; the batch's id.

    One that waits there already is the answer. Refused: nobody_to_remind, signup_past (it is over, or off).
    """
    require(may_manage(actor))
    meeting = lock_meeting(session, meeting_id)
    if meeting.status not in BEFORE_THE_DAY or meeting.held_on < today():
        raise Refused("signup_past")
    known = session.scalar(_reminders(meeting).where(Batch.status.in_(WAITING)).order_by(Batch.id.desc()))
    if known is not None:
        return known
    batch = prepare(
        session,
        actor,
        kind="reminder",
        meeting_id=meeting.id,
        recipients=recipients_of(session, meeting.id, ["registered"]),
        facts={"held_on": meeting.held_on.isoformat(), "programme": list(_tell_programme(session, meeting))},
    )
    if batch is None:
        raise Refused("nobody_to_remind")
    return batch.id


def prepare_due_reminders(session: Session) -> list[int]:
    """Lay the reminders in the outbox whose day it is, each once for each day that a meeting is set to; the
    meetings that got one. Whoever threw one away is not asked again."""
    day = today()
    meetings = session.scalars(
        select(Meeting)
        .where(
            Meeting.status.in_(BEFORE_THE_DAY),
            Meeting.published_at.is_not(None),
            Meeting.date_certainty.not_in(PLANNED_CERTAINTIES),
            Meeting.held_on.between(day, day + _FAR),
            select(Registration.id)
            .where(Registration.meeting_id == Meeting.id, Registration.status == "registered")
            .exists(),
        )
        .order_by(Meeting.held_on, Meeting.id)
        .with_for_update(skip_locked=True)
    ).all()
    done = []
    for meeting in meetings:
        if not is_reminder_due(meeting.held_on, day) or session.scalar(_reminders(meeting)) is not None:
            continue
        prepare_reminder(session, SYSTEM, meeting.id)
        done.append(meeting.id)
    return done


def renew_reminder(session: Session, meeting_id: int, is_edited_too: bool = True) -> None:
    """Throw away what waits to remind of a day, a time or a programme that is another now, and where the day
    is the same prepare it anew. Without `is_edited_too` one that staff has changed stays as it is."""
    meeting = session.get_one(Meeting, meeting_id)
    waiting = session.scalars(
        select(Batch)
        .where(Batch.kind == "reminder", Batch.meeting_id == meeting_id, Batch.status.in_(WAITING))
        .with_for_update()
    ).all()
    for batch in waiting:
        if batch.version > 1 and not is_edited_too:
            continue
        discard_batch(session, SYSTEM, batch.id, batch.version)
        is_held = meeting.status in BEFORE_THE_DAY and meeting.held_on >= today()
        if is_held and batch.facts["held_on"] == meeting.held_on.isoformat():
            prepare_reminder(session, SYSTEM, meeting_id)


def is_reminder_due(held_on: date, on: date) -> bool:
    """Whether this is the workday for it, or a later one: the machine may have been away."""
    return is_workday(on) and workdays_before(held_on, WORKDAYS_BEFORE) <= on < held_on


def _reminders(meeting: Meeting) -> Select[tuple[int]]:
    """The reminders of the meeting for the day that it is set to, also those thrown away."""
    return select(Batch.id).where(
        Batch.kind == "reminder",
        Batch.meeting_id == meeting.id,
        Batch.facts["held_on"].astext == meeting.held_on.isoformat(),
    )


def _tell_programme(session: Session, meeting: Meeting) -> Iterator[dict[str, str]]:
    for item in list_items(session, meeting.id):
        yield {
            "at": item.starts_at.astimezone(COPENHAGEN).strftime("%H.%M") if item.starts_at else "",
            "track": item.track,
            "title": item.title,
            "title_en": item.title_en,
        }
