"""The link of an invitation: whoever holds it may answer, and opens nothing else with it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.links import is_sealed, seal
from app.domain.invitations.models import Invitation
from app.domain.meetings.models import Meeting

_PURPOSE = "invitation"


@dataclass(frozen=True, slots=True)
class LinkedInvitation:
    """The invitation that a link is about, without the name of the one who was asked."""

    id: int
    meeting_key: str
    email: str
    language: str
    status: str

    @property
    def has_declined(self) -> bool:
        return self.status == "declined"


def path_of(session: Session, invitation_id: int) -> str:
    """The address of the invitation's own page; one that was made before a withdrawal works no more."""
    number = session.scalars(select(Invitation.link_number).where(Invitation.id == invitation_id)).one()
    return f"/invitation/{invitation_id}/{seal(session, _PURPOSE, invitation_id, number)}"


def find_linked(session: Session, invitation_id: int, sealed: str) -> LinkedInvitation | None:
    """What the link is about; None for a wrong one, and for an invitation that was taken back."""
    row = session.execute(
        select(
            Invitation.id,
            Meeting.key.label("meeting_key"),
            Invitation.email,
            Invitation.language,
            Invitation.status,
            Invitation.link_number,
        )
        .join(Meeting, Meeting.id == Invitation.meeting_id)
        .where(
            Invitation.id == invitation_id,
            Invitation.status != "withdrawn",
            Meeting.published_at.is_not(None),
        )
    ).one_or_none()
    if row is None or not is_sealed(session, sealed, _PURPOSE, invitation_id, row.link_number):
        return None
    return LinkedInvitation(*row[:-1])
