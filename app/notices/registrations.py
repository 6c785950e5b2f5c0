"""Mails to those who signed up or cancelled: when, where, and how to undo it. Never what they eat or need."""

from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import find_meeting
from app.domain.registrations.queries import find_registration
from app.domain.users.models import User
from app.notices.post import Post, Receiver


def tell_of_sign_up(post: Post, registration_id: int) -> None:
    """The receipt for a seat."""
    _send(post, registration_id, "signed_up")


def tell_of_cancelling(post: Post, registration_id: int) -> None:
    """The receipt for a seat that was given up."""
    _send(post, registration_id, "sign_up_cancelled")


def _send(post: Post, registration_id: int, name: str) -> None:
    registration = find_registration(post.session, SYSTEM, registration_id)
    if registration is None:
        return
    user = post.session.get_one(User, registration.user_id)
    key = post.session.scalars(select(Meeting.key).where(Meeting.id == registration.meeting_id)).one()
    meeting = find_meeting(post.session, SYSTEM, key)
    post.send(
        Receiver(user.email, user.name, user.language), name, registration=registration, meeting=meeting
    )
