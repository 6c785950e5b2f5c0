"""The own link in a mail, by which somebody answers an evaluation without signing in.

It opens an empty form and nothing else: neither who it is for nor what was answered before can be read by it.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.links import is_sealed, seal
from app.domain.attendance.models import Attendee
from app.domain.evaluations.schemas import AnswerInput
from app.domain.evaluations.service import answer_for
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration

_PURPOSE = "evaluate"
# What the link is for: a place that was signed up for, or a seat in the room.
Place = Literal["registration", "attendee"]
LETTERS: dict[Place, str] = {"registration": "t", "attendee": "d"}
_PLACES: dict[str, Place] = {letter: place for place, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Linked:
    """Whoever the link was sent to: an account, or a guest's seat."""

    meeting_id: int
    user_id: int | None
    attendee_id: int | None


def address_for(session: Session, meeting_key: str, place: Place, place_id: int) -> str:
    """The path of the own link; `place_id` is of the registration or the attendee."""
    sealed = seal(session, _PURPOSE, place, place_id)
    return f"/moeder/{meeting_key}/evaluering/{LETTERS[place]}{place_id}/{sealed}"


def find_linked(session: Session, meeting_key: str, who: str, sealed: str) -> Linked | None:
    """Whom the link stands for; None for a wrong one, and for who has given up the place or was shown out.

    `who`: the letter and the number in the address.
    """
    place, number = _PLACES.get(who[:1]), who[1:]
    if place is None or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        return None
    if not is_sealed(session, sealed, _PURPOSE, place, int(number)):
        return None
    if place == "registration":
        return _find_registration(session, meeting_key, int(number))
    return _find_attendee(session, meeting_key, int(number))


def answer_by_link(session: Session, linked: Linked, given: AnswerInput) -> int:
    """Answer for whoever the link was sent to; the id of the answer. Refused as for `service.answer`."""
    return answer_for(session, linked.meeting_id, linked.user_id, linked.attendee_id, given)


def _find_registration(session: Session, meeting_key: str, registration_id: int) -> Linked | None:
    row = session.execute(
        select(Registration.meeting_id, Registration.user_id)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(
            Registration.id == registration_id,
            Registration.status == "registered",
            Meeting.key == meeting_key,
            Meeting.published_at.is_not(None),
        )
    ).one_or_none()
    return Linked(row.meeting_id, row.user_id, None) if row is not None else None


def _find_attendee(session: Session, meeting_key: str, attendee_id: int) -> Linked | None:
    row = session.execute(
        select(Attendee.meeting_id, Attendee.user_id, Attendee.id)
        .join(Meeting, Meeting.id == Attendee.meeting_id)
        .where(
            Attendee.id == attendee_id,
            Attendee.removed_at.is_(None),
            Meeting.key == meeting_key,
            Meeting.published_at.is_not(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return Linked(row.meeting_id, row.user_id, row.id if row.user_id is None else None)
