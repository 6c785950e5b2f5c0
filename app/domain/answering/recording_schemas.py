"""What is put in of answering from the archive."""

from datetime import date

from pydantic import AwareDatetime

from app.core.text import Prose, RequiredProse
from app.domain.answering.schemas import Given


class CaseFacts(Given):
    """Who looks after a contribution, and what they noted when they took it."""

    contribution_id: int
    owner_id: int | None = None
    organisation_id: int | None = None
    claimed_at: AwareDatetime
    notes: list[RequiredProse] = []


class PauseFacts(Given):
    """What the asker was asked. `replied_at`: None while the clock stands still."""

    contribution_id: int
    question: RequiredProse
    asked_at: AwareDatetime
    reply_by: date
    reply: Prose = ""
    replied_at: AwareDatetime | None = None


class ObjectionFacts(Given):
    contribution_id: int
    answer_id: int
    text: RequiredProse
    made_at: AwareDatetime
