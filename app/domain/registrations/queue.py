"""The queue: who is next, how long a seat is kept for them, and what happens when they do not answer.

The rules, as they are told to those who wait: the first in the queue who fits gets the offer; it is kept for
a time that is shorter the nearer the day is; who does not answer leaves the queue, and the seat moves on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import COPENHAGEN, at, now, today
from app.core.events import announce
from app.core.jobs import defer
from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting
from app.domain.meetings.statuses import BEFORE_THE_DAY, TURNS
from app.domain.registrations.answers import erase_answers
from app.domain.registrations.events import OfferExpired, SeatOffered
from app.domain.registrations.models import Registration
from app.domain.registrations.needs import erase_needs
from app.domain.registrations.policy import Seated
from app.domain.registrations.seats import Hindrance, Room, read_room

# An offer is never longer than this part of the time that is left, and never shorter than the least.
PART_OF_TIME_LEFT = 4
LEAST_TIME = timedelta(hours=1)
# Nobody has to answer between these hours of the clock: a deadline in the night moves to the morning.
MORNING, EVENING = time(9), time(21)
# Where a meeting's programme says nothing of when it begins.
USUAL_START = time(9)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where somebody stands: `place` from 1, of `waiting` in all. `hindrance`: why there is no seat now."""

    place: int
    waiting: int
    hindrance: Hindrance | None


def start_of(meeting: Seated) -> datetime:
    """When a meeting begins, or is thought to."""
    return meeting.starts_at or at(meeting.held_on, USUAL_START) or now()


def offer_deadline(moment: datetime, starts: datetime, hours: int) -> datetime | None:
    """Until when a seat offered at this moment is kept; None where there is no time left to answer."""
    left = starts - moment
    if left < LEAST_TIME:
        return None
    kept = min(timedelta(hours=hours), max(left / PART_OF_TIME_LEFT, LEAST_TIME))
    deadline = (moment + kept).astimezone(COPENHAGEN).replace(second=0, microsecond=0)
    return min(_by_day(deadline), starts)


def _by_day(deadline: datetime) -> datetime:
    if deadline.time() < MORNING:
        return datetime.combine(deadline.date(), MORNING, COPENHAGEN)
    if deadline.time() > EVENING:
        return datetime.combine(deadline.date() + timedelta(days=1), MORNING, COPENHAGEN)
    return deadline


def is_moving(meeting: Seated) -> bool:
    """Whether a seat of this meeting that is given up goes to the next in the queue."""
    return meeting.status in BEFORE_THE_DAY and now() < start_of(meeting)


def move_queue(session: Session, meeting: Meeting) -> Room:
    """Let what has to happen happen: offers that ran out move on, free seats are offered to the first who
    fit, and the meeting is full or open. The meeting must be locked; the seats as they are afterwards."""
    session.flush()
    room = read_room(session, meeting.id)
    if room.is_due:
        _end_offers(session, meeting)
        room = read_room(session, meeting.id)
    if room.waiting and is_moving(meeting):
        _offer_seats(session, meeting, room)
    follow_status(session, meeting, room)
    return room


def _end_offers(session: Session, meeting: Meeting) -> None:
    for registration in session.scalars(
        select(Registration)
        .where(
            Registration.meeting_id == meeting.id,
            Registration.status == "offered",
            Registration.offered_until <= now(),
        )
        .order_by(Registration.queue_place)
        .execution_options(populate_existing=True)
    ).all():
        if meeting.status in BEFORE_THE_DAY:
            end_offer(session, registration)
        else:
            # The meeting was called off meanwhile: nobody loses the place by not answering.
            registration.status, registration.offered_until = "waiting", None
            registration.version += 1
    session.flush()


def end_offer(session: Session, registration: Registration) -> None:
    """Nobody has answered: out of the queue, and told."""
    before = {"status": registration.status}
    end_sign_up(session, registration, "offer_expired")
    after = {"status": registration.status, "ended_as": registration.ended_as}
    record(session, SYSTEM, "expire", "registration", registration.id, before=before, after=after)
    announce(session, OfferExpired(registration.id))


def end_sign_up(session: Session, registration: Registration, how: str, status: str = "cancelled") -> None:
    """The seat is free, the name is on no list; what was said of food and access and answered is gone."""
    registration.status, registration.cancelled_at, registration.ended_as = status, now(), how
    registration.listed_at = registration.listed_version = None
    registration.queue_place = registration.offered_until = None
    registration.version += 1
    erase_needs(session, registration.id)
    erase_answers(session, registration.id)


def _offer_seats(session: Session, meeting: Meeting, room: Room) -> None:
    until = offer_deadline(now(), start_of(meeting), meeting.offer_hours)
    if until is None or room.is_full:
        return
    for registration in session.scalars(_in_line(meeting.id)).all():
        if room.is_full:
            return
        if room.why_not(registration.organisation_id, registration.seat_group_id) is None:
            _offer(session, registration, until)
            room.seat(registration.organisation_id, registration.seat_group_id)


def _offer(session: Session, registration: Registration, until: datetime) -> None:
    registration.status, registration.offered_until = "offered", until
    registration.version += 1
    after = {"meeting_id": registration.meeting_id, "status": "offered", "offered_until": until.isoformat()}
    record(
        session, SYSTEM, "offer", "registration", registration.id, before={"status": "waiting"}, after=after
    )
    defer(session, "registrations.move_queue", at=until, meeting_id=registration.meeting_id)
    announce(session, SeatOffered(registration.id))


def _in_line(meeting_id: int) -> Select[tuple[Registration]]:
    return (
        select(Registration)
        .where(Registration.meeting_id == meeting_id, Registration.status == "waiting")
        .order_by(Registration.queue_place, Registration.id)
        .execution_options(populate_existing=True)
    )


def follow_status(session: Session, meeting: Meeting, room: Room) -> None:
    """The meeting is full while every seat is taken, and open again when one is not."""
    turn = "fill" if room.is_full else "unfill"
    if meeting.status not in TURNS[turn].before:
        return
    before, meeting.status = meeting.status, TURNS[turn].after or meeting.status
    record(
        session,
        SYSTEM,
        turn,
        "meeting",
        meeting.id,
        before={"status": before},
        after={"status": meeting.status},
    )
    session.flush()


def next_place(session: Session, meeting_id: int) -> int:
    """What orders somebody behind all others. Lock the meeting first."""
    last = session.scalar(
        select(func.max(Registration.queue_place)).where(Registration.meeting_id == meeting_id)
    )
    return (last or 0) + 1


def get_places(session: Session, meeting_id: int) -> dict[int, QueuePlace]:
    """Where everybody in the queue stands, by the sign-up's id, the first first."""
    room = read_room(session, meeting_id)
    rows = session.execute(
        select(Registration.id, Registration.organisation_id, Registration.seat_group_id)
        .where(Registration.meeting_id == meeting_id, Registration.status == "waiting")
        .order_by(Registration.queue_place, Registration.id)
    ).all()
    return {
        row.id: QueuePlace(place, len(rows), room.why_not(row.organisation_id, row.seat_group_id))
        for place, row in enumerate(rows, 1)
    }


def is_waited_for(session: Session, meeting_id: int) -> bool:
    """Whether anybody is in the queue, or all seats are taken: a change may then change that."""
    found = select(Meeting.id).where(Meeting.id == meeting_id, _can_move())
    return session.scalar(found) is not None


def list_moving(session: Session) -> Sequence[int]:
    """The coming meetings whose queue may have to move: somebody waits or did not answer, or all is full."""
    return session.scalars(
        select(Meeting.id).where(Meeting.held_on >= today(), _can_move()).order_by(Meeting.id)
    ).all()


def _can_move() -> ColumnElement[bool]:
    """Somebody waits or did not answer, or all seats of the meeting are taken."""
    is_waiting = exists().where(
        Registration.meeting_id == Meeting.id, Registration.status.in_(("waiting", "offered"))
    )
    return (Meeting.status == "full") | is_waiting
