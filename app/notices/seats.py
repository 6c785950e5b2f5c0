"""Mails about seats: the queue, offers, staff's answers, swaps, and the own links that go along.

They leave at once: each answers the receiver's own act, or carries out a rule of the queue.
"""

from collections.abc import Mapping

from sqlalchemy import select

from app.core import i18n
from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import find_meeting
from app.domain.registrations.by_link import seal_cancelling, seal_offer
from app.domain.registrations.deciding import find_reason
from app.domain.registrations.events import (
    ApprovalRequested,
    OfferExpired,
    Queued,
    RequestDeclined,
    SeatOffered,
    SignUpCancelled,
    SwapAnswered,
    SwapAsked,
)
from app.domain.registrations.models import Registration
from app.domain.registrations.queries import find_registration
from app.domain.registrations.queue import get_places
from app.domain.registrations.swaps import SwapView, get_swap
from app.domain.users.addresses import find_by_address
from app.domain.users.models import User
from app.notices.calendars import calendar_of
from app.notices.post import Post, Receiver


def cancel_path(post: Post, registration_id: int) -> str:
    """The address, without language, at which a sign-up is cancelled without signing in."""
    return f"/tilmelding/{registration_id}/afmeld/{seal_cancelling(post.session, registration_id)}"


def offer_path(post: Post, registration_id: int) -> str:
    """The address, without language, at which an offer is answered without signing in."""
    return f"/tilmelding/{registration_id}/plads/{seal_offer(post.session, registration_id)}"


def own_sign_up(post: Post, registration_id: int, language: str) -> Mapping[str, object]:
    """What a letter of the outbox tells one receiver of the own sign-up; nothing where it is over."""
    status = post.session.scalar(select(Registration.status).where(Registration.id == registration_id))
    if status is None:
        return {}
    return {
        "status": status,
        "cancel_path": cancel_path(post, registration_id),
        "offer_path": offer_path(post, registration_id) if status == "offered" else "",
    }


def tell_of_queue(post: Post, queued: Queued) -> None:
    """Which place, and by which rules a seat comes."""
    hours = post.session.scalar(
        select(Meeting.offer_hours)
        .join(Registration, Registration.meeting_id == Meeting.id)
        .where(Registration.id == queued.registration_id)
    )
    place = _place_of(post, queued.registration_id)
    _send(post, queued.registration_id, "seat_queued", place=place, offer_hours=hours, how=queued.how)


def tell_of_request(post: Post, requested: ApprovalRequested) -> None:
    _send(post, requested.registration_id, "seat_requested")


def tell_of_refusal(post: Post, declined: RequestDeclined) -> None:
    reason = find_reason(post.session, declined.registration_id)
    _send(post, declined.registration_id, "seat_declined", reason=reason)


def tell_of_offer(post: Post, offered: SeatOffered) -> None:
    """Until when the seat is kept, and the link that answers without signing in."""
    path = offer_path(post, offered.registration_id)
    _send(post, offered.registration_id, "seat_offered", offer_path=path)


def tell_of_expiry(post: Post, expired: OfferExpired) -> None:
    _send(post, expired.registration_id, "seat_offer_expired")


def tell_of_cancelling(post: Post, cancelled: SignUpCancelled) -> None:
    """The receipt for a place that was given up; with the reason where staff did it, and with a file that
    takes the meeting out of the calendar."""
    reason = find_reason(post.session, cancelled.registration_id) if cancelled.by_staff else ""
    to, meeting_id = post.session.execute(
        select(User, Registration.meeting_id)
        .join(Registration, Registration.user_id == User.id)
        .where(Registration.id == cancelled.registration_id)
    ).one()
    _send(
        post,
        cancelled.registration_id,
        "sign_up_cancelled",
        reason=reason,
        by_staff=cancelled.by_staff,
        **calendar_of(post, meeting_id, to, "cancelled"),
    )


def tell_of_asking(post: Post, asked: SwapAsked) -> None:
    """Ask the colleague, with an account or without."""
    swap = get_swap(post.session, asked.swap_id)
    colleague = find_by_address(post.session, swap.email)
    language = colleague.language if colleague else i18n.DEFAULT
    to = Receiver(swap.email, colleague.name if colleague else "", language)
    post.send(to, "seat_swap_asked", swap=swap, meeting=_meeting(post, swap))


def tell_of_answer(post: Post, answered: SwapAnswered) -> None:
    """Tell who offered the seat what the colleague said."""
    swap = get_swap(post.session, answered.swap_id)
    giver = post.session.execute(
        select(User.email, User.name, User.language)
        .join(Registration, Registration.user_id == User.id)
        .where(Registration.id == swap.registration_id)
    ).one()
    post.send(Receiver(*giver), "seat_swap_answered", swap=swap, meeting=_meeting(post, swap))


def _place_of(post: Post, registration_id: int) -> int:
    meeting_id = post.session.scalars(
        select(Registration.meeting_id).where(Registration.id == registration_id)
    ).one()
    found = get_places(post.session, meeting_id).get(registration_id)
    return found.place if found is not None else 1


def _meeting(post: Post, swap: SwapView) -> object:
    return find_meeting(post.session, SYSTEM, swap.meeting_key)


def _send(post: Post, registration_id: int, name: str, **values: object) -> None:
    registration = find_registration(post.session, SYSTEM, registration_id)
    if registration is None:
        return
    user = post.session.get_one(User, registration.user_id)
    key = post.session.scalars(select(Meeting.key).where(Meeting.id == registration.meeting_id)).one()
    post.send(
        Receiver(user.email, user.name, user.language),
        name,
        registration=registration,
        meeting=find_meeting(post.session, SYSTEM, key),
        cancel_path=cancel_path(post, registration_id),
        **values,
    )
