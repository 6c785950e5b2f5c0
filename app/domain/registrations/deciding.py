"""What staff decides about one sign-up. Each exception from the rules has a reason, which stays with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.models import Meeting
from app.domain.meetings.service import lock_meeting
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import find_by_name
from app.domain.registrations.events import RequestDeclined
from app.domain.registrations.models import Registration, SeatDecision
from app.domain.registrations.policy import may_decide, may_manage, why_closed
from app.domain.registrations.queue import end_sign_up, follow_status, move_queue, next_place
from app.domain.registrations.schemas import ACTIVE, AddedInput
from app.domain.registrations.seats import read_room
from app.domain.registrations.service import cancel, find_active, place, tell_of_place, told
from app.domain.users.addresses import find_by_address
from app.domain.users.models import Membership, User
from app.domain.users.service import add_user

MOST_DECISIONS = 200
# Who has no seat and could be given one.
_WITHOUT_SEAT = ("waiting", "offered", "requested")


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision of staff, with whom it is about and who took it."""

    id: int
    registration_id: int
    name: str
    kind: str
    reason: str
    before: str
    after: str
    decided_by: str
    decided_at: datetime


def approve_request(session: Session, actor: Actor, registration_id: int) -> Registration:
    """Say yes to who asked to come: a seat, or the queue where none fits. Refused: already_decided,
    signup_past, and as `why_closed` says where the meeting is called off."""
    meeting, registration = _take(session, actor, registration_id, ("requested",))
    _require_coming(meeting)
    before = told(registration)
    room = move_queue(session, meeting)
    if room.why_not(registration.organisation_id, registration.seat_group_id) is None:
        _seat(registration, is_extra=False)
        room.seat(registration.organisation_id, registration.seat_group_id)
    else:
        registration.status, registration.queue_place = "waiting", next_place(session, meeting.id)
        registration.version += 1
    _decide(session, actor, registration, "approved", "", "requested", registration.status)
    _note(session, actor, "approve", registration, before)
    tell_of_place(session, registration, "approval")
    follow_status(session, meeting, room)
    return registration


def decline_request(session: Session, actor: Actor, registration_id: int, reason: str) -> Registration:
    """Say no to who asked to come; the reason is mailed. Refused: already_decided."""
    _, registration = _take(session, actor, registration_id, ("requested",))
    before = told(registration)
    end_sign_up(session, registration, "request_declined", status="declined")
    _decide(session, actor, registration, "declined", reason, "requested", "declined")
    _note(session, actor, "refuse", registration, before, reason)
    announce(session, RequestDeclined(registration.id))
    return registration


def move_in_queue(
    session: Session, actor: Actor, registration_id: int, to_place: int, reason: str
) -> Registration:
    """Put somebody in another place of the queue, from 1; one beyond its end is the last.

    Refused: already_decided."""
    meeting, registration = _take(session, actor, registration_id, ("waiting",))
    line = list(_line(session, meeting.id))
    was = line.index(registration.id) + 1
    line.remove(registration.id)
    line.insert(to_place - 1, registration.id)
    _write_line(session, line)
    session.refresh(registration)
    _decide(session, actor, registration, "moved", reason, str(was), str(line.index(registration.id) + 1))
    _note(session, actor, "move", registration, {"place": was}, reason)
    move_queue(session, meeting)
    return registration


def give_seat(session: Session, actor: Actor, registration_id: int, reason: str) -> Registration:
    """A seat for somebody whose turn it is not. Where none fits it is a chair more than the meeting has, so
    that nobody in the queue loses anything by it. Refused: already_decided, signup_past and the like."""
    meeting, registration = _take(session, actor, registration_id, _WITHOUT_SEAT)
    _require_coming(meeting)
    before, was = told(registration), registration.status
    room = read_room(session, meeting.id)
    if was == "offered":
        room.unseat(registration.organisation_id, registration.seat_group_id)
    is_extra = room.left_for(registration.seat_group_id) == 0
    _seat(registration, is_extra)
    _decide(session, actor, registration, "seated", reason, was, "extra" if is_extra else "registered")
    _note(session, actor, "seat", registration, before, reason)
    tell_of_place(session, registration, "staff")
    move_queue(session, meeting)
    return registration


def change_group(
    session: Session, actor: Actor, registration_id: int, group_id: int | None, reason: str
) -> Registration:
    """Let somebody count in another group, or in none. Refused: unknown_seat_group, group_full (no seat there
    for who has one)."""
    meeting, registration = _take(session, actor, registration_id, ACTIVE)
    room = read_room(session, meeting.id)
    names: dict[int | None, str] = {group.id: group.name for group in room.groups} | {None: ""}
    if group_id not in names:
        raise Refused("unknown_seat_group")
    was = registration.seat_group_id
    if registration.status in ("registered", "offered") and not registration.is_extra:
        room.unseat(registration.organisation_id, was)
        if room.left_for(group_id) == 0:
            raise Refused("group_full")
    before = told(registration)
    registration.seat_group_id = group_id
    registration.version += 1
    _decide(session, actor, registration, "regrouped", reason, names.get(was, ""), names[group_id])
    _note(session, actor, "regroup", registration, before, reason)
    move_queue(session, meeting)
    return registration


def add_sign_up(session: Session, actor: Actor, meeting_id: int, given: AddedInput) -> Registration:
    """Sign up somebody by mail address, who is told and can cancel. It follows the rules of the queue, except
    where `given.beyond` gives a seat in any case. Refused: signup_already, signup_past and the like."""
    require(may_manage(actor))
    meeting = lock_meeting(session, meeting_id)
    _require_coming(meeting)
    user = find_by_address(session, given.email) or add_user(session, given.email, given.name)
    if user.disabled_at is not None:
        raise Refused("account_disabled")
    if find_active(session, meeting.id, user.id) is not None:
        raise Refused("signup_already")
    spoken_for = _spoken_for(session, user)
    # What was said on the telephone counts a seat and gives no right: that takes a membership.
    organisation = spoken_for[0] if spoken_for else find_by_name(session, given.organisation_name)
    registration = Registration(
        meeting_id=meeting.id,
        user_id=user.id,
        organisation_id=organisation.id if organisation else None,
        organisation_name=organisation.name if organisation else given.organisation_name,
        title=spoken_for[1] if spoken_for else "",
        created_at=now(),
    )
    # Staff needs nobody's approval.
    room = place(session, meeting, registration, organisation, is_approved=True, beyond=given.beyond)
    _decide(session, actor, registration, "added", given.reason, "", _standing(registration))
    after = told(registration) | {"reason": given.reason}
    record(session, actor, "add", "registration", registration.id, after=after)
    tell_of_place(session, registration, "staff")
    follow_status(session, meeting, room)
    return registration


def cancel_for(session: Session, actor: Actor, registration_id: int, reason: str) -> Registration:
    """Cancel somebody's sign-up, who is told why. Refused: already_decided, signup_past."""
    meeting, registration = _take(session, actor, registration_id, ACTIVE)
    _decide(session, actor, registration, "cancelled", reason, registration.status, "cancelled")
    return cancel(session, actor, meeting, registration, "staff")


def list_decisions(
    session: Session, actor: Actor, meeting_id: int, registration_id: int | None = None
) -> list[DecisionView]:
    """What staff decided about the sign-ups of a meeting, or about one of them; the latest first."""
    require(may_manage(actor))
    decider = aliased(User)
    statement = (
        select(
            SeatDecision.id,
            SeatDecision.registration_id,
            User.name,
            SeatDecision.kind,
            SeatDecision.reason,
            SeatDecision.before,
            SeatDecision.after,
            decider.name.label("decided_by"),
            SeatDecision.decided_at,
        )
        .join(Registration, Registration.id == SeatDecision.registration_id)
        .join(User, User.id == Registration.user_id)
        .join(decider, decider.id == SeatDecision.decided_by_id)
        .where(Registration.meeting_id == meeting_id)
        .order_by(SeatDecision.id.desc())
        .limit(MOST_DECISIONS)
    )
    if registration_id is not None:
        statement = statement.where(Registration.id == registration_id)
    return [DecisionView(*row) for row in session.execute(statement)]


def find_reason(session: Session, registration_id: int) -> str:
    """Why staff last decided something about a sign-up; for the mail to whom it is about."""
    return (
        session.scalar(
            select(SeatDecision.reason)
            .where(SeatDecision.registration_id == registration_id, SeatDecision.reason != "")
            .order_by(SeatDecision.id.desc())
            .limit(1)
        )
        or ""
    )


# --- the pieces


def _take(
    session: Session, actor: Actor, registration_id: int, statuses: Sequence[str]
) -> tuple[Meeting, Registration]:
    """The sign-up and its meeting, both held; whoever comes second finds it decided."""
    require(may_decide(actor))
    meeting_id = session.scalar(select(Registration.meeting_id).where(Registration.id == registration_id))
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    registration = session.get(Registration, registration_id, populate_existing=True)
    if registration is None:
        raise NotFound
    if registration.status not in statuses:
        raise Refused("already_decided")
    return meeting, registration


def _require_coming(meeting: Meeting) -> None:
    """Staff may give seats as long as the meeting is to be held, also while others cannot sign up."""
    if meeting.status == "draft":
        raise Refused("signup_draft")
    closed = why_closed(meeting, today())
    if closed is not None and closed not in ("signup_closed", "signup_not_open"):
        raise Refused(closed)


def _seat(registration: Registration, is_extra: bool) -> None:
    registration.status, registration.is_extra = "registered", is_extra
    registration.queue_place = registration.offered_until = None
    registration.version += 1


def _standing(registration: Registration) -> str:
    return "extra" if registration.is_extra else registration.status


def _decide(
    session: Session,
    actor: Actor,
    registration: Registration,
    kind: str,
    reason: str,
    before: str,
    after: str,
) -> None:
    session.add(
        SeatDecision(
            registration_id=registration.id,
            kind=kind,
            reason=reason,
            before=before,
            after=after,
            decided_by_id=actor.user_id,
            decided_at=now(),
        )
    )
    session.flush()


def _note(
    session: Session,
    actor: Actor,
    verb: str,
    registration: Registration,
    before: dict[str, object],
    reason: str = "",
) -> None:
    after = told(registration) | ({"reason": reason} if reason else {})
    record(session, actor, verb, "registration", registration.id, before=before, after=after)


def _line(session: Session, meeting_id: int) -> Sequence[int]:
    """Those in the queue, the first first."""
    return session.scalars(
        select(Registration.id)
        .where(Registration.meeting_id == meeting_id, Registration.status == "waiting")
        .order_by(Registration.queue_place, Registration.id)
    ).all()


def _write_line(session: Session, line: Sequence[int]) -> None:
    session.execute(
        update(Registration),
        [{"id": registration_id, "queue_place": place} for place, registration_id in enumerate(line, 1)],
    )
    session.flush()


def _spoken_for(session: Session, user: User) -> tuple[Organisation, str] | None:
    """The organisation that a user speaks for, the first where there are several, and the title there."""
    row = session.execute(
        select(Organisation, Membership.title)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None
