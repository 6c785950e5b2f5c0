"""What the verbs of minutes accept."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.core.text import Prose, ShortLine

LONGEST_SECTION: Final = 10_000
LONGEST_REVIEW_DAYS: Final = 90

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
