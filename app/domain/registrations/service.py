"""The verbs of signing up. Each holds the meeting's row: the ceilings hold however many come at once."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.events import MeetingChanged
from app.domain.meetings.models import Meeting
from app.domain.meetings.policy import visible_to as meeting_visible_to
from app.domain.meetings.service import lock_meeting, withdraw_meeting
from app.domain.meetings.statuses import OFF, TURNS
from app.domain.organisations.models import Organisation
from app.domain.registrations.events import ApprovalRequested, How, Queued, SignedUp, SignUpCancelled
from app.domain.registrations.models import Registration
from app.domain.registrations.needs import keep_needs
from app.domain.registrations.policy import may_manage, may_sign_up, why_closed
from app.domain.registrations.queue import end_sign_up, follow_status, is_moving, move_queue, next_place
from app.domain.registrations.schemas import ACTIVE, ENDED, SEATED, RegistrationFacts, SignUpInput
from app.domain.registrations.seats import Room, read_room
from app.domain.users.consents import current_version, give_consent
from app.domain.users.models import Membership, User


def sign_up(session: Session, actor: Actor, meeting_id: int, given: SignUpInput) -> Registration:
    """A place for the actor, confirmed by an organisation or not. Its `status` says which one it is:
    registered (a seat), waiting (in the queue: no seat fits), requested (staff has to say yes first).

    Refused: signup_not_open, signup_closed, signup_past, signup_cancelled, signup_postponed, signup_already,
    signup_begun (it has begun and is full), not_own_organisation, needs_agreement.
    """
    require(may_sign_up(actor))
    meeting = _lock_visible(session, actor, meeting_id)
    if closed := why_closed(meeting, today()):
        raise Refused(closed)
    if find_active(session, meeting.id, actor.user_id) is not None:
        raise Refused("signup_already")
    organisation = _own_organisation(session, actor, given.organisation)
    registration = Registration(
        meeting_id=meeting.id,
        user_id=actor.user_id,
        organisation_id=organisation.id if organisation else None,
        organisation_name=organisation.name if organisation else "",
        title=given.title,
        created_at=now(),
    )
    room = place(session, meeting, registration, organisation)
    if given.is_listed:
        _list_name(session, actor, registration)
    keep_needs(session, actor, registration, meeting, given)
    record(session, actor, "sign_up", "registration", registration.id, after=told(registration))
    tell_of_place(session, registration, "self")
    follow_status(session, meeting, room)
    return registration


def place(
    session: Session,
    meeting: Meeting,
    registration: Registration,
    organisation: Organisation | None,
    *,
    is_approved: bool = False,
    beyond: bool = False,
) -> Room:
    """Write a new sign-up where it belongs: on a seat, in the queue, or before staff. Lock the meeting first.

    `beyond`: on a seat in any case, where none fits on a chair more than the meeting has.
    Refused: signup_already, signup_begun.
    """
    room = read_room(session, meeting.id)
    if room.waiting or room.is_due:
        # Who waits goes first: a reserved seat may have been released since anybody looked.
        room = move_queue(session, meeting)
    organisation_id, kind = (organisation.id, organisation.kind) if organisation else (None, None)
    registration.seat_group_id = group_id = room.group_for(organisation_id, kind)
    hindrance = room.why_not(organisation_id, group_id)
    if room.needs_approval and not is_approved:
        registration.status = "requested"
    elif hindrance is None or beyond:
        registration.status = "registered"
        registration.is_extra = room.left_for(group_id) == 0
        room.seat(organisation_id, group_id, registration.is_extra)
    elif not is_moving(meeting):
        raise Refused("signup_begun")
    else:
        registration.status = "waiting"
        registration.queue_place = next_place(session, meeting.id)
    _add(session, registration)
    return room


def tell_of_place(session: Session, registration: Registration, how: How) -> None:
    """Announce what somebody got."""
    if registration.status == "registered":
        announce(session, SignedUp(registration.id, how))
    elif registration.status == "waiting":
        announce(session, Queued(registration.id, how))
    elif registration.status == "requested":
        announce(session, ApprovalRequested(registration.id))


def edit_sign_up(
    session: Session, actor: Actor, registration_id: int, version: int, given: SignUpInput
) -> Registration:
    """Change one's own sign-up until the day is over.

    Refused: stale, signup_past, not_own_organisation, needs_agreement; and for who has a seat and would come
    for another organisation, signup_full, signup_reserved, signup_full_organisation: the seat stays as it is.
    """
    meeting, registration = take_own(session, actor, registration_id)
    if registration.version != version:
        raise Refused("stale")
    _require_not_over(meeting)
    before = told(registration)
    if given.organisation != registration.organisation_id:
        organisation = _own_organisation(session, actor, given.organisation)
        _come_for(session, meeting, registration, organisation)
    registration.title = given.title
    _set_listed(session, actor, registration, given.is_listed)
    keep_needs(session, actor, registration, meeting, given)
    registration.version += 1
    record(session, actor, "edit", "registration", registration.id, before=before, after=told(registration))
    move_queue(session, meeting)
    return registration


def _come_for(
    session: Session, meeting: Meeting, registration: Registration, organisation: Organisation | None
) -> None:
    """Let somebody come for another organisation; a seat has to be one that the new one may have."""
    room = read_room(session, meeting.id)
    organisation_id, kind = (organisation.id, organisation.kind) if organisation else (None, None)
    group_id = room.group_for(organisation_id, kind)
    if registration.status in SEATED:
        room.unseat(registration.organisation_id, registration.seat_group_id, registration.is_extra)
        hindrance = room.why_not(organisation_id, group_id)
        if hindrance == "organisation":
            raise Refused(
                "signup_full_organisation",
                most=room.per_organisation or 0,
                organisation=organisation.name if organisation else "",
            )
        if hindrance is not None and not registration.is_extra:
            raise Refused(f"signup_{hindrance}")
    registration.organisation_id = organisation_id
    registration.organisation_name = organisation.name if organisation else ""
    registration.seat_group_id = group_id


def set_listed(session: Session, actor: Actor, registration_id: int, is_listed: bool) -> Registration:
    """Stand on the list of participants, or no more: at once, also when the meeting is long over."""
    _, registration = take_own(session, actor, registration_id)
    before = told(registration)
    _set_listed(session, actor, registration, is_listed)
    registration.version += 1
    record(session, actor, "list", "registration", registration.id, before=before, after=told(registration))
    return registration


def cancel_sign_up(session: Session, actor: Actor, registration_id: int) -> Registration:
    """Give up one's own place, whatever it is; a seat goes to the next in the queue. What was said of food
    and access is erased at once. Refused: signup_past."""
    meeting, registration = take_own(session, actor, registration_id)
    return cancel(session, actor, meeting, registration, "self")


def cancel(
    session: Session, actor: Actor, meeting: Meeting, registration: Registration, how: str
) -> Registration:
    """End a sign-up of a locked meeting and let the queue move. Refused: signup_past."""
    _require_not_over(meeting)
    before = told(registration)
    end_sign_up(session, registration, how)
    after = told(registration) | {"ended_as": how}
    record(session, actor, "cancel", "registration", registration.id, before=before, after=after)
    announce(session, SignUpCancelled(registration.id, by_staff=how == "staff"))
    move_queue(session, meeting)
    return registration


def accept_offer(session: Session, actor: Actor, registration_id: int) -> Registration:
    """Take the seat that is kept for oneself. Refused: offer_gone (too late, or none), signup_past."""
    meeting, registration = take_own(session, actor, registration_id)
    return take_offer(session, actor, meeting, registration)


def decline_offer(session: Session, actor: Actor, registration_id: int) -> Registration:
    """Leave the seat to the next, and the queue. Refused: offer_gone."""
    meeting, registration = take_own(session, actor, registration_id)
    require_offer(registration)
    return cancel(session, actor, meeting, registration, "offer_declined")


def take_offer(session: Session, actor: Actor, meeting: Meeting, registration: Registration) -> Registration:
    """Make an offer of a locked meeting a seat. Refused: offer_gone, signup_past, signup_cancelled,
    signup_postponed."""
    if meeting.status in OFF:
        raise Refused(f"signup_{meeting.status}")
    _require_not_over(meeting)
    require_offer(registration)
    before = told(registration)
    registration.status, registration.offered_until, registration.queue_place = "registered", None, None
    registration.version += 1
    record(session, actor, "accept", "registration", registration.id, before=before, after=told(registration))
    announce(session, SignedUp(registration.id, "offer"))
    move_queue(session, meeting)
    return registration


def require_offer(registration: Registration) -> None:
    """There is an offer, and time to answer it. Refused: offer_gone."""
    until = registration.offered_until
    if registration.status != "offered" or until is None or until <= now():
        raise Refused("offer_gone")


def open_sign_up(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Let people sign up for a meeting that is announced. Refused: signup_draft, and as for `sign_up`."""
    return _turn(session, actor, meeting_id, "open_sign_up")


def close_sign_up(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Let nobody sign up any more; those who have stay, and seats that they give up go to the queue."""
    return _turn(session, actor, meeting_id, "close_sign_up")


def withdraw_unwanted(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """Make a meeting a draft again that nobody has signed up for. Refused: signup_exists, turn_not_possible.

    A page that people hold a seat by must stay; such a meeting is cancelled or postponed, and they are told.
    """
    require(may_manage(actor))
    lock_meeting(session, meeting_id)
    signed_up = select(Registration.id).where(
        Registration.meeting_id == meeting_id, Registration.status.in_(ACTIVE)
    )
    if session.scalar(select(signed_up.exists())):
        raise Refused("signup_exists")
    return withdraw_meeting(session, actor, meeting_id)


def _turn(session: Session, actor: Actor, meeting_id: int, turn: str) -> Meeting:
    require(may_manage(actor))
    meeting = lock_meeting(session, meeting_id)
    was, after = meeting.status, TURNS[turn].after or ""
    if was == after or (after == "open" and was == "full"):
        return meeting
    if was == "draft":
        raise Refused("signup_draft")
    if was not in TURNS[turn].before or meeting.held_on < today():
        raise Refused(why_closed(meeting, today()) or "signup_past")
    if after == "open" and meeting.date_certainty == "month":
        raise Refused("signup_no_day")
    meeting.status = after
    meeting.edited_at = now()
    record(session, actor, turn, "meeting", meeting.id, before={"status": was}, after={"status": after})
    announce(session, MeetingChanged(meeting.id))
    move_queue(session, meeting)
    return meeting


def put_registration(session: Session, actor: Actor, facts: RegistrationFacts) -> Registration:
    """A sign-up of the examples; one that is there, cancelled or not, stays as it is. Only for the house."""
    require(actor.is_system)
    known = session.scalars(
        select(Registration)
        .where(Registration.meeting_id == facts.meeting_id, Registration.user_id == facts.user_id)
        .order_by(Registration.id.desc())
        .limit(1)
    ).one_or_none()
    if known is not None:
        return known
    user = session.get_one(User, facts.user_id)
    spoken_for = session.execute(
        select(Organisation.id, Organisation.name, Membership.title)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    registration = Registration(
        meeting_id=facts.meeting_id,
        user_id=user.id,
        organisation_id=spoken_for.id if spoken_for else None,
        organisation_name=spoken_for.name if spoken_for else "",
        title=spoken_for.title if spoken_for else "",
        is_example=True,
        created_at=facts.created_at,
    )
    _add(session, registration)
    if facts.is_listed:
        person = Actor(user_id=user.id, name=user.name, language=user.language)
        _list_name(session, person, registration)
    record(session, actor, "add", "registration", registration.id, after=told(registration))
    return registration


# --- what others ask for: joining two accounts, withdrawing a consent


def move_sign_ups(session: Session, from_user_id: int, to_user_id: int) -> None:
    """Give the sign-ups of one user to another, who is the same person; of two for one meeting the better one
    stays, a seat before a place in the queue. For the joining of accounts, which asks the rules and keeps the
    log."""
    both = session.scalars(
        select(Registration)
        .where(Registration.user_id.in_((from_user_id, to_user_id)), Registration.status.in_(ACTIVE))
        .order_by(Registration.id)
        .with_for_update()
    ).all()
    best: dict[int, Registration] = {}
    for registration in sorted(both, key=_worth):
        if registration.meeting_id in best:
            end_sign_up(session, registration, "joined")
        best.setdefault(registration.meeting_id, registration)
    session.flush()
    session.execute(
        update(Registration).where(Registration.user_id == from_user_id).values(user_id=to_user_id)
    )


def _worth(registration: Registration) -> tuple[int, int, int]:
    """What sorts the best of somebody's sign-ups for one meeting first."""
    order = ("registered", "offered", "waiting", "requested")
    return order.index(registration.status), registration.queue_place or 0, -registration.id


def take_off_lists(session: Session, user_id: int) -> None:
    """Nobody but those who arrange meetings sees the user's name on any list any more."""
    session.execute(
        update(Registration)
        .where(Registration.user_id == user_id, Registration.listed_at.is_not(None))
        .values(listed_at=None, listed_version=None)
    )


# --- the pieces


def _lock_visible(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """The meeting's row, held; a hidden one is a missing one."""
    seen = session.scalar(select(Meeting.id).where(Meeting.id == meeting_id, meeting_visible_to(actor)))
    if seen is None:
        raise NotFound
    return lock_meeting(session, meeting_id)


def find_active(session: Session, meeting_id: int, user_id: int | None) -> int | None:
    """The user's sign-up for the meeting that has not ended."""
    return session.scalar(
        select(Registration.id).where(
            Registration.meeting_id == meeting_id,
            Registration.user_id == user_id,
            Registration.status.in_(ACTIVE),
        )
    )


def _own_organisation(session: Session, actor: Actor, organisation_id: int | None) -> Organisation | None:
    """The organisation that the actor comes for, confirmed or not."""
    if organisation_id is None:
        return None
    organisation = session.scalars(
        select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(
            Organisation.id == organisation_id,
            Membership.user_id == actor.user_id,
            Membership.ended_at.is_(None),
        )
    ).one_or_none()
    if organisation is None:
        raise Refused("not_own_organisation")
    return organisation


def _add(session: Session, registration: Registration) -> None:
    """Write the row; the database, too, says that nobody comes twice."""
    try:
        with session.begin_nested():
            session.add(registration)
            session.flush()
    except IntegrityError as twice:
        raise Refused("signup_already") from twice


def take_own(session: Session, actor: Actor, registration_id: int) -> tuple[Meeting, Registration]:
    """The actor's own sign-up and its meeting, both held."""
    require(may_sign_up(actor))
    meeting_id = session.scalar(
        select(Registration.meeting_id).where(
            Registration.id == registration_id,
            Registration.user_id == actor.user_id,
            Registration.status.in_(ACTIVE),
        )
    )
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    registration = session.get(Registration, registration_id, populate_existing=True)
    if registration is None or registration.status in ENDED or registration.user_id != actor.user_id:
        raise NotFound
    return meeting, registration


def _require_not_over(meeting: Meeting) -> None:
    # What is postponed is not over, though the day that it had has passed.
    if meeting.status != "postponed" and meeting.held_on < today():
        raise Refused("signup_past")


def _set_listed(session: Session, actor: Actor, registration: Registration, is_listed: bool) -> None:
    if not is_listed:
        registration.listed_at = registration.listed_version = None
    elif registration.listed_version != current_version("participant_list"):
        _list_name(session, actor, registration)
    else:
        # It may have been taken back elsewhere in the meantime.
        give_consent(session, actor, "participant_list")


def _list_name(session: Session, actor: Actor, registration: Registration) -> None:
    give_consent(session, actor, "participant_list")
    registration.listed_version = current_version("participant_list")
    registration.listed_at = now()
    session.flush()


def told(registration: Registration) -> dict[str, object]:
    """What the log holds of a sign-up; never what somebody eats or needs."""
    return {
        "meeting_id": registration.meeting_id,
        "organisation_id": registration.organisation_id,
        "title": registration.title,
        "status": registration.status,
        "is_listed": registration.listed_at is not None,
    }
