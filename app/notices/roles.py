"""The mails about roles at a meeting: that one was given, and that it was taken back."""

from sqlalchemy import select

from app.domain.meetings.events import MeetingRoleGiven, MeetingRoleTaken
from app.domain.meetings.models import Meeting, MeetingRole
from app.domain.users.models import User
from app.notices.post import Post, Receiver


def send_role_given(post: Post, given: MeetingRoleGiven) -> None:
    """Tell somebody of a role at a meeting, and where to begin."""
    role = post.session.get_one(MeetingRole, given.role_id)
    _send(post, "role_given", role.user_id, role.meeting_id, role.role)


def send_role_taken(post: Post, taken: MeetingRoleTaken) -> None:
    """Tell somebody that a role is theirs no longer."""
    _send(post, "role_taken", taken.user_id, taken.meeting_id, taken.role)


def _send(post: Post, mail: str, user_id: int, meeting_id: int, role: str) -> None:
    user = post.session.execute(
        select(User.email, User.name, User.language).where(User.id == user_id, User.disabled_at.is_(None))
    ).one_or_none()
    if user is not None:
        meeting = post.session.get_one(Meeting, meeting_id)
        post.send(Receiver(*user), mail, meeting=meeting, role=role)
