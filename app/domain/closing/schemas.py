"""What the verbs of closing accept."""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from app.domain.closing.gaps import KINDS
from app.domain.meetings.schemas import Reason, RowId

Kind = Literal[
    "board_open",
    "poll_open",
    "card_waiting",
    "question_waiting",
    "question_open",
    "held_back",
    "unpublished",
    "unthemed",
    "group_silent",
    "task_unanswered",
    "no_answer_by",
    "no_slides",
    "no_consent",
    "not_checked_in",
    "unwritten_item",
]
assert get_args(Kind) == KINDS


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GapReasonInput(_Given):
    """Why something stays as it is. Without a kind it is said of all that is missing; of a kind, of the
    things that were chosen, or of all of them where none was."""

    kind: Kind | None = None
    thing_ids: Annotated[list[RowId], Field(max_length=500)] = []
    reason: Reason


class DeadlineInput(_Given):
    """The day by which all that waits without one is answered."""

    answer_by: date
