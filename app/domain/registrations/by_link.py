"""What the links in mails do without signing in: cancel one sign-up, or answer one offer.

A link does the one thing that it names and signs nobody in. It ends with the sign-up, or with the offer.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.links import is_sealed, seal
from app.core.policy import Actor, NotFound
from app.domain.meetings.models import Meeting
from app.domain.meetings.service import lock_meeting
from app.domain.registrations.models import Registration
from app.domain.registrations.schemas import ENDED
from app.domain.registrations.service import cancel, require_offer, take_offer
from app.domain.users.models import User

_CANCEL = "cancel sign-up"
_OFFER = "answer offer"


@dataclass(frozen=True, slots=True)
class LinkedSignUp:
    """The sign-up that a link is about. No name and nothing that was said: whoever holds the mail sees it."""

    id: int
    meeting_key: str
    organisation_name: str
    status: str
    offered_until: datetime | None

    @property
    def is_over(self) -> bool:
        return self.status in ENDED


def seal_cancelling(session: Session, registration_id: int) -> str:
    """The last part of the address at which this sign-up is cancelled."""
    return seal(session, _CANCEL, registration_id)


def seal_offer(session: Session, registration_id: int) -> str:
    """The last part of the address at which the offer of this sign-up is answered."""
    return seal(session, _OFFER, registration_id)


def find_cancelling(session: Session, registration_id: int, sealed: str) -> LinkedSignUp | None:
    """What the link cancels; None for a wrong one."""
    return _find(session, registration_id) if is_sealed(session, sealed, _CANCEL, registration_id) else None


def find_offer(session: Session, registration_id: int, sealed: str) -> LinkedSignUp | None:
    """What the link answers; None for a wrong one."""
    return _find(session, registration_id) if is_sealed(session, sealed, _OFFER, registration_id) else None


def cancel_by_link(session: Session, registration_id: int, sealed: str) -> Registration:
    """Give up the place that the link is about; one that is over stays so. Refused: signup_past."""
    if find_cancelling(session, registration_id, sealed) is None:
        raise NotFound
    meeting, registration, holder = _take(session, registration_id)
    if registration.status in ENDED:
        return registration
    return cancel(session, holder, meeting, registration, "link")


def answer_offer(session: Session, registration_id: int, sealed: str, accept: bool) -> Registration:
    """Take the seat that the link is about, or leave it to the next. Refused: offer_gone, and as for
    `take_offer`."""
    if find_offer(session, registration_id, sealed) is None:
        raise NotFound
    meeting, registration, holder = _take(session, registration_id)
    if accept:
        return take_offer(session, holder, meeting, registration)
    require_offer(registration)
    return cancel(session, holder, meeting, registration, "offer_declined")


def _find(session: Session, registration_id: int) -> LinkedSignUp | None:
    row = session.execute(
        select(
            Registration.id,
            Meeting.key,
            Registration.organisation_name,
            Registration.status,
            Registration.offered_until,
        )
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(Registration.id == registration_id, Meeting.published_at.is_not(None))
    ).one_or_none()
    return LinkedSignUp(*row) if row is not None else None


def _take(session: Session, registration_id: int) -> tuple[Meeting, Registration, Actor]:
    """The sign-up with its meeting, both held, and its owner, in whose name the log notes what was done."""
    meeting_id = session.scalar(select(Registration.meeting_id).where(Registration.id == registration_id))
    if meeting_id is None:
        raise NotFound
    meeting = lock_meeting(session, meeting_id)
    registration = session.get_one(Registration, registration_id, populate_existing=True)
    user = session.get_one(User, registration.user_id)
    return meeting, registration, Actor(user_id=user.id, name=user.name, language=user.language)
