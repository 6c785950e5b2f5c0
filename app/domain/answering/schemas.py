"""What the verbs of answering accept."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.text import LongProse, Prose, RequiredLine, RequiredProse, ShortLine
from app.domain.contributions.schemas import Id, ThemeIds, Verdict

Reason = Annotated[Prose, StringConstraints(max_length=4_000)]
ReplyText = Annotated[RequiredProse, StringConstraints(max_length=4_000)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=500)]
SignedKind = Literal["answer", "promise", "position"]
StatusByHand = Literal["received", "triage", "under_review"]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Wording(Given):
    """What an answer says. Danish is what was said; English and Swedish may follow."""

    text: RequiredProse
    text_en: LongProse = ""
    text_sv: LongProse = ""
    reason: Reason = ""
    reason_en: Reason = ""
    reason_sv: Reason = ""


class _Judged(Wording):
    verdict: Verdict | None
    again_by: date | None = None

    @model_validator(mode="after")
    def _later_has_a_day(self) -> Self:
        if (self.verdict == "later") != (self.again_by is not None):
            raise PydanticCustomError(
                "again_by_missing", "An answer that comes later, and no other, has a day"
            )
        return self


class AnswerInput(_Judged):
    """An answer to one or several contributions, signed by organisations; a draft needs no reason yet."""

    verdict: Verdict
    kind: SignedKind = "answer"
    contribution_ids: Ids
    organisation_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]
    meeting_id: Id | None = None
    said_by_text: ShortLine = ""


class AnswerEdit(_Judged):
    verdict: Verdict
    kind: SignedKind = "answer"
    organisation_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]
    said_by_text: ShortLine = ""
    version: int


class CorrectionInput(_Judged):
    """A published answer, put otherwise, and `why`. No verdict only where there was none before."""

    why: Annotated[RequiredProse, StringConstraints(max_length=1_000)]
    version: int


class TemplateInput(Wording):
    title: RequiredLine
    verdict: Verdict | None = None
    version: int = 0


class SortInput(Given):
    """What many contributions are given at once; what is left out stays as it is.

    `owner`: me takes those that nobody else looks after, nobody lets go of one's own, and a colleague's id
    hands both over.
    """

    contribution_ids: Ids
    owner: Literal["me", "nobody"] | Id | None = None
    organisation_id: Id | None = None
    status: StatusByHand | None = None
    answer_by: date | None = None
    theme_ids: ThemeIds = []


class NoteInput(Given):
    text: Annotated[RequiredProse, StringConstraints(max_length=4_000)]


class MoreInput(Given):
    """A question to the asker, and until when the clock waits for the reply."""

    question: Annotated[RequiredProse, StringConstraints(max_length=2_000)]
    reply_by: date


class ReplyInput(Given):
    text: ReplyText


class RuleInput(Given):
    at_most_days: Annotated[int, Field(ge=1, le=365)]
    at_least_days: Annotated[int, Field(ge=0, le=365)] = 14
    before_meeting: bool = False
    version: int = 0

    @model_validator(mode="after")
    def _least_is_not_more(self) -> Self:
        if self.at_least_days > self.at_most_days:
            raise PydanticCustomError("at_least_days_too_many", "More days at least than at most")
        return self
