"""Giving one's seat to a colleague, who has to say yes. The seat stays with the organisation: nobody in the
queue is passed, for no seat was free."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, select, union_all
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now, today
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.domain.meetings.models import Meeting
from app.domain.meetings.service import lock_meeting
from app.domain.meetings.statuses import BEFORE_THE_DAY, OFF
from app.domain.organisations.models import Organisation
from app.domain.registrations.events import SignedUp, SwapAnswered, SwapAsked
from app.domain.registrations.models import Registration, SeatSwap
from app.domain.registrations.policy import may_know_colleagues, may_sign_up
from app.domain.registrations.queue import end_sign_up, move_queue
from app.domain.registrations.service import find_active, take_own, told
from app.domain.users.addresses import find_by_address
from app.domain.users.models import Membership, User, UserEmail

MOST_A_DAY = 5  # letters to colleagues about one seat, whoever they go to


@dataclass(frozen=True, slots=True)
class SwapView:
    """A seat that somebody would like to give to a colleague."""

    id: int
    registration_id: int
    meeting_id: int
    meeting_key: str
    held_on: date
    email: str
    status: str
    giver: str
    organisation_id: int
    organisation_name: str


def ask_colleague(session: Session, actor: Actor, registration_id: int, email: str) -> SeatSwap:
    """Offer one's seat to the colleague at this address: who speaks for the same organisation, or has
    an address at one of its domains.

    Refused: swap_no_seat, swap_no_organisation, swap_not_colleague, swap_oneself, swap_has_seat, swap_asked
    (one at a time), swap_too_many, signup_past, signup_cancelled, signup_postponed.
    """
    meeting, registration = take_own(session, actor, registration_id)
    _require_held(meeting)
    if registration.status != "registered":
        raise Refused("swap_no_seat")
    organisation = session.get(Organisation, registration.organisation_id or 0)
    if organisation is None:
        raise Refused("swap_no_organisation")
    colleague = find_by_address(session, email)
    if colleague is not None and colleague.id == actor.user_id:
        raise Refused("swap_oneself")
    if not _is_colleague(session, actor, organisation, email, colleague):
        raise Refused("swap_not_colleague", organisation=organisation.name)
    if (
        colleague is not None
        and may_know_colleagues(actor, organisation.id)
        and _has_seat(session, meeting.id, colleague.id)
    ):
        raise Refused("swap_has_seat")
    _require_few(session, registration)
    swap = SeatSwap(registration_id=registration.id, email=email, created_at=now())
    try:
        with session.begin_nested():
            session.add(swap)
            session.flush()
    except IntegrityError as twice:
        raise Refused("swap_asked") from twice
    record(session, actor, "ask_swap", "registration", registration.id, after={"swap_id": swap.id})
    announce(session, SwapAsked(swap.id))
    return swap


def withdraw_swap(session: Session, actor: Actor, registration_id: int) -> None:
    """Keep one's seat after all; nothing happens where nobody is asked."""
    _, registration = take_own(session, actor, registration_id)
    if (swap := _find_asked(session, registration.id)) is not None:
        _answer(swap, "withdrawn")
        record(session, actor, "withdraw_swap", "registration", registration.id, after={"swap_id": swap.id})


def accept_swap(session: Session, actor: Actor, swap_id: int) -> Registration:
    """Take the seat of a colleague; a place of one's own in the queue is given up for it.

    Refused: swap_gone, swap_has_seat, swap_needs_membership, signup_past, signup_cancelled, signup_postponed.
    """
    meeting, given_up, swap = _take(session, actor, swap_id)
    _require_held(meeting)
    if given_up.status != "registered":
        raise Refused("swap_gone")
    membership = session.scalars(
        select(Membership).where(
            Membership.user_id == actor.user_id,
            Membership.organisation_id == given_up.organisation_id,
            Membership.ended_at.is_(None),
        )
    ).one_or_none()
    if membership is None:
        raise Refused("swap_needs_membership", organisation=given_up.organisation_name)
    if _has_seat(session, meeting.id, actor.user_id or 0):
        raise Refused("swap_has_seat")
    _leave_queue(session, actor, meeting)
    before = told(given_up)
    seat = Registration(
        meeting_id=meeting.id,
        user_id=actor.user_id,
        organisation_id=given_up.organisation_id,
        organisation_name=given_up.organisation_name,
        title=membership.title,
        seat_group_id=given_up.seat_group_id,
        is_extra=given_up.is_extra,
        created_at=now(),
    )
    end_sign_up(session, given_up, "swapped")
    _answer(swap, "accepted")
    session.add(seat)
    session.flush()
    record(session, actor, "swap", "registration", given_up.id, before=before, after=told(given_up))
    record(session, actor, "sign_up", "registration", seat.id, after=told(seat) | {"swap_id": swap.id})
    announce(session, SwapAnswered(swap.id))
    announce(session, SignedUp(seat.id, "swap"))
    move_queue(session, meeting)
    return seat


def decline_swap(session: Session, actor: Actor, swap_id: int) -> None:
    """Say no to a colleague's seat, who keeps it and is told. Refused: swap_gone."""
    _, given_up, swap = _take(session, actor, swap_id)
    _answer(swap, "declined")
    record(session, actor, "decline_swap", "registration", given_up.id, after={"swap_id": swap.id})
    announce(session, SwapAnswered(swap.id))


def find_swap(session: Session, actor: Actor, swap_id: int) -> SwapView | None:
    """A swap that the actor is asked about, answered or not; None for one that is not the actor's."""
    row = session.execute(_swaps().where(SeatSwap.id == swap_id, SeatSwap.email.in_(_own(actor)))).first()
    return SwapView(*row) if row is not None else None


def find_asked(session: Session, actor: Actor, registration_id: int) -> SwapView | None:
    """The colleague whom the actor has asked and who has not answered."""
    row = session.execute(
        _swaps().where(
            Registration.id == registration_id,
            Registration.user_id == (actor.user_id or 0),
            SeatSwap.status == "asked",
        )
    ).first()
    return SwapView(*row) if row is not None else None


def get_swap(session: Session, swap_id: int) -> SwapView:
    """A swap, for the mails about it."""
    return SwapView(*session.execute(_swaps().where(SeatSwap.id == swap_id)).one())


# --- the pieces


def _swaps() -> Select[Any]:
    return (
        select(
            SeatSwap.id,
            SeatSwap.registration_id,
            Registration.meeting_id,
            Meeting.key,
            Meeting.held_on,
            SeatSwap.email,
            SeatSwap.status,
            User.name,
            Registration.organisation_id,
            Registration.organisation_name,
        )
        .join(Registration, Registration.id == SeatSwap.registration_id)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .join(User, User.id == Registration.user_id)
    )


def _own(actor: Actor) -> CompoundSelect[Any]:
    """The addresses of the actor."""
    return union_all(
        select(User.email).where(User.id == (actor.user_id or 0)),
        select(UserEmail.email).where(UserEmail.user_id == (actor.user_id or 0)),
    )


def _take(session: Session, actor: Actor, swap_id: int) -> tuple[Meeting, Registration, SeatSwap]:
    """A swap that the actor is asked about, with the seat and its meeting, all held."""
    require(may_sign_up(actor))
    found = find_swap(session, actor, swap_id)
    if found is None:
        raise NotFound
    meeting = lock_meeting(session, found.meeting_id)
    registration = session.get_one(Registration, found.registration_id, populate_existing=True)
    swap = session.get_one(SeatSwap, swap_id, populate_existing=True)
    if swap.status != "asked":
        raise Refused("swap_gone")
    return meeting, registration, swap


def _find_asked(session: Session, registration_id: int) -> SeatSwap | None:
    return session.scalars(
        select(SeatSwap).where(SeatSwap.registration_id == registration_id, SeatSwap.status == "asked")
    ).one_or_none()


def _answer(swap: SeatSwap, status: str) -> None:
    swap.status, swap.answered_at = status, now()


def _require_held(meeting: Meeting) -> None:
    if meeting.status in OFF:
        raise Refused(f"signup_{meeting.status}")
    if meeting.status not in BEFORE_THE_DAY or meeting.held_on < today():
        raise Refused("signup_past")


def _require_few(session: Session, registration: Registration) -> None:
    # Also by those sign-ups for the meeting that have ended: signing up anew gives no more letters.
    own = select(Registration.id).where(
        Registration.meeting_id == registration.meeting_id, Registration.user_id == registration.user_id
    )
    lately = select(func.count()).where(
        SeatSwap.registration_id.in_(own), SeatSwap.created_at > now() - timedelta(days=1)
    )
    if (session.scalar(lately) or 0) >= MOST_A_DAY:
        raise Refused("swap_too_many", most=MOST_A_DAY)


def _is_colleague(
    session: Session, actor: Actor, organisation: Organisation, email: str, colleague: User | None
) -> bool:
    if email.rpartition("@")[2] in organisation.mail_domains:
        return True
    if colleague is None or not may_know_colleagues(actor, organisation.id):
        return False
    membership = select(Membership.id).where(
        Membership.user_id == colleague.id,
        Membership.organisation_id == organisation.id,
        Membership.ended_at.is_(None),
    )
    return session.scalar(membership) is not None


def _has_seat(session: Session, meeting_id: int, user_id: int) -> bool:
    own = select(Registration.id).where(
        Registration.meeting_id == meeting_id,
        Registration.user_id == user_id,
        Registration.status == "registered",
    )
    return session.scalar(own) is not None


def _leave_queue(session: Session, actor: Actor, meeting: Meeting) -> None:
    """What the colleague had in the queue, or asked for, is over."""
    known = find_active(session, meeting.id, actor.user_id)
    if known is None:
        return
    own = session.get_one(Registration, known, populate_existing=True)
    before = told(own)
    end_sign_up(session, own, "swapped")
    session.flush()
    record(session, actor, "cancel", "registration", own.id, before=before, after=told(own))
