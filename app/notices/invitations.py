"""What a letter of the outbox tells one receiver of the own invitation."""

from collections.abc import Mapping

from app.domain.invitations.links import path_of
from app.domain.invitations.models import Invitation
from app.notices.post import Post


def own_invitation(post: Post, invitation_id: int, language: str) -> Mapping[str, object]:
    """The address at which it is answered; nothing where it was taken back."""
    invitation = post.session.get(Invitation, invitation_id)
    if invitation is None or invitation.status == "withdrawn":
        return {}
    return {"path": path_of(post.session, invitation_id), "has_declined": invitation.status == "declined"}
