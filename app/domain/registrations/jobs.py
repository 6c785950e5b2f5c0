"""What happens by itself: offers that nobody answered move on, released seats are offered, and reminders are
laid in the outbox."""

from app.core.jobs import Tools, job
from app.core.policy import NotFound
from app.domain.meetings.service import lock_meeting
from app.domain.registrations.queue import list_moving, move_queue
from app.domain.registrations.reminding import prepare_due_reminders


@job("registrations.move_queue")
def move_queue_of(tools: Tools, meeting_id: int) -> None:
    """Move the queue of one meeting, in a transaction of its own."""
    with tools.database.unit() as session:
        try:
            meeting = lock_meeting(session, meeting_id)
        except NotFound:
            return
        move_queue(session, meeting)


@job("registrations.move_queues", cron="*/15 * * * *")
def move_queues(tools: Tools) -> None:
    """Look after every queue four times an hour: reserved seats are released by the day alone."""
    with tools.database.unit() as session:
        meeting_ids = list_moving(session)
    for meeting_id in meeting_ids:
        move_queue_of(tools, meeting_id)


@job("registrations.prepare_reminders", cron="23 6 * * *")
def prepare_reminders(tools: Tools) -> None:
    """Once a day: lay the reminders in the outbox whose day it is. Nothing is sent."""
    with tools.database.unit() as session:
        prepare_due_reminders(session)
