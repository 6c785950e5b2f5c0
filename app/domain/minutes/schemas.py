"""What the verbs of minutes accept."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.core.text import Prose, ShortLine
from app.domain.meetings.schemas import RowId

LONGEST_SECTION: Final = 10_000
# How long those who were there are given to read, where nobody has said otherwise.
USUAL_REVIEW_DAYS: Final = 14
LONGEST_REVIEW_DAYS: Final = 90
LONGEST_COMMENT: Final = 2_000
LONGEST_REPLY: Final = 1_000

SectionProse = Annotated[Prose, StringConstraints(max_length=LONGEST_SECTION)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SectionText(Given):
    """The text of one section. `place`: opening, closing, item-12 (of the programme) or section-12 (one whose
    item is gone). `version` 0: nothing has been written there yet."""

    place: ShortLine
    text: SectionProse
    version: int = 0


class ReviewInput(Given):
    """Showing the minutes to those who were there. `comment_until`: the last day for comments."""

    comment_until: date
    version: int


class ApprovalInput(Given):
    """Approving the minutes. `is_early`: although the last day for comments is not over."""

    is_early: bool = False
    version: int


class CommentWords(Given):
    """What somebody says of a section. `proposed`: other words for the minutes."""

    text: Annotated[Prose, StringConstraints(min_length=1, max_length=LONGEST_COMMENT)]
    proposed: Annotated[Prose, StringConstraints(max_length=LONGEST_COMMENT)] = ""


class CommentInput(CommentWords):
    section: RowId


class CommentEdit(CommentWords):
    version: int


class DecisionInput(Given):
    """What becomes of a comment. `text` is that of the section, with what was taken in, and `text_version`
    the one that was read; declining needs a `reply`."""

    decision: Literal["taken_in", "declined"]
    reply: Annotated[Prose, StringConstraints(max_length=LONGEST_REPLY)] = ""
    text: SectionProse = ""
    text_version: int = 0
    version: int


class HidingInput(Given):
    """Why a comment is taken out of sight, in words to its author."""

    reason: Annotated[Prose, StringConstraints(min_length=1, max_length=LONGEST_REPLY)]
    version: int


class CommentVersion(Given):
    version: int
