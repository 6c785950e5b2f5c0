"""What the verbs of panels accept."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.core.text import Prose, ShortLine
from app.domain.attendance.schemas import ShownAs
from app.domain.contributions.schemas import Given, Id, OwnWords

State = Literal["waiting", "shortlisted", "now", "answered", "hidden"]
LONGEST_QUESTION: Final = 500
LONGEST_ANSWER: Final = 2_000
QuestionWords = Annotated[Prose, StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
AnswerWords = Annotated[Prose, StringConstraints(max_length=LONGEST_ANSWER)]


class QuestionGiven(OwnWords):
    """A question to the panel. `client_id`: made by the browser or with the form, and so taken once."""

    client_id: UUID
    text: QuestionWords
    shown_as: ShownAs | None = None


class QuestionEdit(OwnWords):
    text: QuestionWords
    version: int


class AnsweredInput(Given):
    """What was answered, in short; it may be noted later, or not at all."""

    answer: AnswerWords = ""


class HiddenInput(Given):
    """Why a question is hidden; its author reads it."""

    reason: Annotated[ShortLine, StringConstraints(min_length=1)]


class PanelInput(Given):
    """How an item takes questions."""

    asks_approval: bool = False
    visibility: Literal["public", "participants"] = "participants"
    version: int = 0


class TakenOver(Given):
    """One of the questions that were asked at sign-up, word for word as it was written there."""

    question_id: Id
    text: Annotated[Prose, StringConstraints(min_length=1, max_length=10_000)]
