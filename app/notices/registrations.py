"""The receipt for a seat: when, where, how to take part, how to undo it. Never what somebody eats."""

from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.meetings.models import Meeting
from app.domain.meetings.queries import find_meeting
from app.domain.registrations.deciding import find_reason
from app.domain.registrations.events import SignedUp
from app.domain.registrations.joining import opens_at
from app.domain.registrations.queries import find_registration
from app.domain.users.models import User
from app.notices.calendars import calendar_of
from app.notices.post import Post, Receiver
from app.notices.seats import cancel_path


def tell_of_sign_up(post: Post, signed_up: SignedUp) -> None:
    """The receipt, with the meeting as a calendar file and a link that cancels without signing in."""
    registration = find_registration(post.session, SYSTEM, signed_up.registration_id)
    if registration is None:
        return
    user = post.session.get_one(User, registration.user_id)
    key = post.session.scalars(select(Meeting.key).where(Meeting.id == registration.meeting_id)).one()
    meeting = find_meeting(post.session, SYSTEM, key)
    if meeting is None:
        return
    to = Receiver(user.email, user.name, user.language)
    has_screen = bool(meeting.join_url) or meeting.format in ("virtual", "hybrid")
    calendar = calendar_of(post, meeting.id, to, registration.status)
    post.send(
        to,
        "signed_up",
        **calendar,
        registration=registration,
        meeting=meeting,
        how=signed_up.how,
        reason=find_reason(post.session, registration.id) if signed_up.how == "staff" else "",
        join_opens_at=opens_at(meeting) if has_screen else None,
        has_calendar=bool(calendar),
        cancel_path=cancel_path(post, registration.id),
    )
