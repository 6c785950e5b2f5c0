"""Reminders with the programme of the day: prepared two workdays before, sent by nobody but staff."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, now, today
from app.core.policy import SYSTEM, Actor, Refused, require
from app.core.workdays import is_workday, workdays_before
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import list_items
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import BEFORE_THE_DAY, PLANNED_CERTAINTIES
from app.domain.outbox.models import Batch, Letter
from app.domain.outbox.queries import WAITING
from app.domain.outbox.schemas import EDITED
from app.domain.outbox.service import discard_batch, drop_letter, prepare, send_batch
from app.domain.registrations.models import Registration
from app.domain.registrations.policy import may_manage
from app.domain.registrations.queries import recipients_of

WORKDAYS_BEFORE = 2
# The longest row of days on which everything is closed, with room to spare: Christmas with its weekends.
_FAR = timedelta(days=14)
# Among the facts of a reminder: the house threw it away itself, for what it told was no longer so.
_OVERTAKEN = "overtaken"


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
        if not is_reminder_due(meeting.held_on, day) or session.scalar(_reminders_left(meeting)) is not None:
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
        if EDITED in batch.facts and not is_edited_too:
            continue
        planned = (batch.send_at, batch.sent_by_id) if EDITED not in batch.facts else (None, None)
        left_out = list(session.scalars(_left_out(batch)))
        discard_batch(session, SYSTEM, batch.id, batch.version)
        batch.facts = batch.facts | {_OVERTAKEN: True}
        if batch.facts["held_on"] == meeting.held_on.isoformat():
            _prepare_again(session, meeting, left_out, *planned)


def lay_reminder_again(session: Session, meeting_id: int) -> None:
    """Prepare the reminder anew that was thrown away with a cancelling or postponing that is undone."""
    meeting = session.get_one(Meeting, meeting_id)
    overtaken = session.scalar(_reminders(meeting).where(Batch.facts.has_key(_OVERTAKEN)))
    if overtaken is not None and session.scalar(_reminders_left(meeting)) is None:
        _prepare_again(session, meeting, [], None, None)


def _prepare_again(
    session: Session,
    meeting: Meeting,
    left_out: Sequence[str],
    send_at: datetime | None,
    planned_by_id: int | None,
) -> None:
    """To the same people and for the same hour, where it still has a use. What staff has written itself is
    not planned again: nobody has read the words that stand there now."""
    if meeting.status not in BEFORE_THE_DAY or meeting.held_on < today():
        return
    try:
        batch = session.get_one(Batch, prepare_reminder(session, SYSTEM, meeting.id))
        for letter_id in session.scalars(
            select(Letter.id)
            .where(Letter.batch_id == batch.id, Letter.email.in_(left_out))
            .order_by(Letter.id)
        ).all():
            drop_letter(session, SYSTEM, letter_id)
        if send_at is not None:
            send_batch(session, SYSTEM, batch.id, batch.version, send_at if send_at > now() else None)
            batch.sent_by_id = planned_by_id
    except Refused as refusal:
        # Nobody comes any more, or everybody was left out: the meeting may be moved all the same.
        if refusal.code not in ("nobody_to_remind", "nobody_left"):
            raise


def _left_out(batch: Batch) -> Select[tuple[str]]:
    return (
        select(Letter.email)
        .where(Letter.batch_id == batch.id, Letter.status == "skipped", Letter.why == "dropped")
        .order_by(Letter.id)
    )


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


def _reminders_left(meeting: Meeting) -> Select[tuple[int]]:
    """The same without those that the house has thrown away itself: with them nobody has said no."""
    return _reminders(meeting).where(~Batch.facts.has_key(_OVERTAKEN))


def _tell_programme(session: Session, meeting: Meeting) -> Iterator[dict[str, str]]:
    for item in list_items(session, meeting.id):
        yield {
            "at": item.starts_at.astimezone(COPENHAGEN).strftime("%H.%M") if item.starts_at else "",
            "track": item.track,
            "title": item.title,
            "title_en": item.title_en,
        }
