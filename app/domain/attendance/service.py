"""The verbs of the room: it is opened, people come in, say how they are shown, and leave again."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.live import tell, tell_of_rights
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.attendance.codes import make_code
from app.domain.attendance.events import CheckedIn, RoomChanged
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.attendance.policy import may_join, may_keep_room, may_lead_room
from app.domain.attendance.queries import RoomView, find_room, hash_secret
from app.domain.attendance.schemas import JoinInput, RoomInput
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration

# How many of one room may come in without an account: more is no meeting, but somebody's script.
MOST_GUESTS = 5000


def open_room(session: Session, actor: Actor, meeting_id: int) -> LiveRoom:
    """The meeting's room with its code, made where there is none yet."""
    require(may_keep_room(actor))
    if session.get(Meeting, meeting_id) is None:
        raise NotFound
    while (room := session.get(LiveRoom, meeting_id)) is None:
        # Taken codes are tried anew; two who open at once get the same room.
        made = insert(LiveRoom).values(
            meeting_id=meeting_id, code=make_code(), names="free", created_at=now()
        )
        new = session.scalar(made.on_conflict_do_nothing().returning(LiveRoom.meeting_id))
        if new is not None:
            record(session, actor, "open_room", "meeting", meeting_id)
    return room


def edit_room(session: Session, actor: Actor, meeting_id: int, given: RoomInput) -> LiveRoom:
    """Change how the room works. What was said stays as it is shown. Refused: stale."""
    require(may_keep_room(actor))
    room = _lock_room(session, meeting_id)
    if room.version != given.version:
        raise Refused("stale")
    before = _told_room(room)
    for name, value in given.model_dump(exclude={"version"}).items():
        setattr(room, name, value)
    room.version += 1
    record(session, actor, "edit_room", "meeting", meeting_id, before=before, after=_told_room(room))
    announce(session, RoomChanged(meeting_id))
    tell_of_rights(session)
    tell(session, f"running:{meeting_id}")
    return room


def renew_code(session: Session, actor: Actor, meeting_id: int) -> LiveRoom:
    """Give the room another code: the old one opens nothing from now on. Who is in it stays."""
    require(may_keep_room(actor))
    room = _lock_room(session, meeting_id)
    code = make_code()
    while code == room.code or session.scalar(select(LiveRoom.code).where(LiveRoom.code == code)):
        code = make_code()
    room.code = code
    room.version += 1
    record(session, actor, "renew_code", "meeting", meeting_id)
    tell(session, f"running:{meeting_id}")
    return room


def join(
    session: Session, actor: Actor, meeting_id: int, given: JoinInput, secret: str | None = None
) -> Attendee:
    """Come into the room: with the account, or as a guest with the `secret` that the browser's cookie holds.

    Whoever is in it already stays the same, and is shown as given from now on. Who has signed up is found by
    the account, and on the day is checked in by this where the room says so. How the caller was let in, by
    the code or as a participant, is the door's to see.
    Refused: attendance_called_off, attendance_too_early, attendance_over, attendance_no_guests,
    attendance_removed, attendance_full, attendance_not_shown_so, attendance_needs_name,
    attendance_needs_organisation, attendance_needs_kind.
    """
    require(may_join(actor))
    room = _get_room(session, meeting_id)
    if closed := room.why_closed(actor):
        raise Refused(closed)
    if not actor.is_signed_in and not room.lets_guests:
        raise Refused("attendance_no_guests")
    values = _as_shown(room, actor, given)
    attendee = _find_or_add(session, actor, room, secret, values)
    if attendee.removed_at is not None:
        raise Refused("attendance_removed")
    is_new = attendee.joined_at is None or attendee.left_at is not None
    for name, value in values.items():
        setattr(attendee, name, value)
    moment = now()
    attendee.joined_at = attendee.joined_at or moment
    attendee.left_at = None
    if actor.is_signed_in and attendee.registration_id is None:
        attendee.registration_id = _find_registration(session, meeting_id, actor.user_id)
    if (
        room.checks_in
        and room.is_on
        and attendee.registration_id is not None
        and attendee.checked_in_at is None
    ):
        attendee.checked_in_at = moment
        announce(session, CheckedIn(meeting_id, attendee.id))
    session.flush()
    verb = "come_in" if is_new else "show_as"
    record(session, actor, verb, "attendee", attendee.id, after=_told(attendee))
    tell(session, f"attendance:{meeting_id}")
    return attendee


def leave(session: Session, actor: Actor, meeting_id: int) -> None:
    """Go out of the room. What was said stays; a guest's browser is no longer known, so that the next who
    sits down at it is somebody else."""
    attendee = _own(session, actor, meeting_id)
    attendee.left_at = now()
    attendee.secret_hash = None
    record(session, actor, "leave_room", "attendee", attendee.id)
    tell(session, f"attendance:{meeting_id}")


def show_out(session: Session, actor: Actor, meeting_id: int, attendee_id: int) -> Attendee:
    """Let somebody write nothing more in the room. What they said stays, and can be hidden where it is."""
    require(may_lead_room(actor, meeting_id))
    attendee = _lock_attendee(session, attendee_id, meeting_id)
    if attendee.removed_at is None:
        attendee.removed_at = now()
        record(session, actor, "show_out", "attendee", attendee.id)
        tell_of_rights(session)
        tell(session, f"attendance:{meeting_id}")
    return attendee


def let_in_again(session: Session, actor: Actor, meeting_id: int, attendee_id: int) -> Attendee:
    """Take back that somebody was shown out."""
    require(may_lead_room(actor, meeting_id))
    attendee = _lock_attendee(session, attendee_id, meeting_id)
    if attendee.removed_at is not None:
        attendee.removed_at = None
        record(session, actor, "let_in", "attendee", attendee.id)
        tell(session, f"attendance:{meeting_id}")
    return attendee


# --- steps of the above


def _as_shown(room: RoomView, actor: Actor, given: JoinInput) -> dict[str, Any]:
    """The columns of the attendee that say who it is and how they are shown."""
    if given.shown_as not in room.ways:
        raise Refused("attendance_not_shown_so")
    if actor.organisation_id is not None:
        return {
            "shown_as": given.shown_as,
            "name": actor.name,
            "organisation_id": actor.organisation_id,
            "organisation_name": actor.organisation_name,
            "organisation_kind": actor.organisation_kind or "",
        }
    name = actor.name or given.name
    if given.shown_as == "name" and not name:
        raise Refused("attendance_needs_name")
    if given.shown_as == "organisation" and not given.organisation_name:
        raise Refused("attendance_needs_organisation")
    if given.shown_as == "kind" and not given.organisation_kind:
        raise Refused("attendance_needs_kind")
    is_named, is_anonymous = given.shown_as == "name", given.shown_as == "anonymous"
    return {
        "shown_as": given.shown_as,
        # Of a guest we keep no more than what is shown; an account has its name in any case.
        "name": name if is_named or actor.is_signed_in else "",
        "organisation_name": given.organisation_name if given.shown_as in ("name", "organisation") else "",
        "organisation_kind": "" if is_anonymous else given.organisation_kind,
    }


def _find_or_add(
    session: Session, actor: Actor, room: RoomView, secret: str | None, values: dict[str, Any]
) -> Attendee:
    """The attendee of this account or browser, made where there is none; held until the end of the visit."""
    if actor.is_signed_in:
        proof = {"user_id": actor.user_id}
        known = select(Attendee).where(
            Attendee.meeting_id == room.meeting_id, Attendee.user_id == actor.user_id
        )
    else:
        if not secret:
            raise ValueError("a guest comes with the secret of the browser")
        hashed = hash_secret(secret)
        proof = {"secret_hash": hashed}
        known = select(Attendee).where(Attendee.meeting_id == room.meeting_id, Attendee.secret_hash == hashed)
    found = session.scalars(known.with_for_update()).one_or_none()
    if found is not None:
        return found
    if not actor.is_signed_in and _count_guests(session, room.meeting_id) >= MOST_GUESTS:
        raise Refused("attendance_full")
    made = insert(Attendee).values(meeting_id=room.meeting_id, created_at=now(), **proof, **values)
    session.execute(made.on_conflict_do_nothing())
    return session.scalars(known.with_for_update()).one()


def _count_guests(session: Session, meeting_id: int) -> int:
    guests = select(func.count()).where(Attendee.meeting_id == meeting_id, Attendee.user_id.is_(None))
    return session.scalars(guests).one()


def _find_registration(session: Session, meeting_id: int, user_id: int | None) -> int | None:
    """The seat that the person has signed up for, unless somebody has come on it already."""
    taken = select(Attendee.id).where(Attendee.registration_id == Registration.id)
    return session.scalar(
        select(Registration.id).where(
            Registration.meeting_id == meeting_id,
            Registration.user_id == user_id,
            Registration.status == "registered",
            ~taken.exists(),
        )
    )


def _get_room(session: Session, meeting_id: int) -> RoomView:
    room = find_room(session, meeting_id)
    if room is None:
        raise NotFound
    return room


def _lock_room(session: Session, meeting_id: int) -> LiveRoom:
    room = session.get(LiveRoom, meeting_id, with_for_update=True, populate_existing=True)
    if room is None:
        raise NotFound
    return room


def _own(session: Session, actor: Actor, meeting_id: int) -> Attendee:
    seat = actor.seat_at(meeting_id)
    if seat is None:
        raise NotFound
    return _lock_attendee(session, seat, meeting_id)


def _lock_attendee(session: Session, attendee_id: int, meeting_id: int) -> Attendee:
    attendee = session.get(Attendee, attendee_id, with_for_update=True, populate_existing=True)
    if attendee is None or attendee.meeting_id != meeting_id:
        raise NotFound
    return attendee


def _told(attendee: Attendee) -> dict[str, Any]:
    """What the log keeps: never the name, for by it the log would say more than the room does."""
    return {"meeting_id": attendee.meeting_id, "shown_as": attendee.shown_as}


def _told_room(room: LiveRoom) -> dict[str, Any]:
    return {name: getattr(room, name) for name in ("names", "lets_guests", "checks_in", "stays_open_days")}
