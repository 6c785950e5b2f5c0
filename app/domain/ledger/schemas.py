"""What the verbs of the ledger accept."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.text import LongProse, Prose, RequiredLine, RequiredProse, ShortLine, WebAddress
from app.domain.contributions.schemas import Id
from app.domain.ledger.policy import is_on_site

How = Literal["meeting", "call", "mail", "other"]
State = Literal["coming", "open", "closed"]
NoticeKind = Literal["prior_information", "ted", "udbud_dk", "ski", "other"]
GapKind = Literal["handout", "answer", "contribution"]
Reason = Annotated[RequiredProse, StringConstraints(max_length=2_000)]
Ids = Annotated[list[Id], Field(max_length=50)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


# --- tenders


class TenderInput(Given):
    title: RequiredLine
    text: LongProse = ""
    organisation_id: Id | None = None
    expected_on: date | None = None
    version: int = 0


class NoticeInput(Given):
    """An announcement; the address has to be on a site of its kind."""

    kind: NoticeKind
    url: WebAddress
    number: Annotated[ShortLine, StringConstraints(max_length=60)] = ""
    announced_on: date | None = None

    @model_validator(mode="after")
    def _is_on_its_site(self) -> Self:
        if not is_on_site(self.kind, self.url):
            raise PydanticCustomError("notice_address", "The address is not on a site of this kind of notice")
        return self


class QuestionInput(Given):
    """A question that was asked in another way than by a contribution, without its asker, and the answer."""

    question: Reason
    answer: RequiredProse
    entry_id: Id | None = None


class LinkInput(Given):
    """The switch: `question` is what the contribution asks, in words that do not tell whose it is."""

    question: Reason


class QuestionEdit(Given):
    """A shared question put otherwise, and `why`; `answer` only where it was written here."""

    question: Reason
    answer: LongProse = ""
    why: Annotated[RequiredProse, StringConstraints(max_length=1_000)]
    version: int


# --- entries


class HandoutInput(Given):
    """What was handed out beside the files: words, or a deck."""

    title: RequiredLine
    text: LongProse = ""
    deck_id: Id | None = None

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not self.text and self.deck_id is None:
            raise PydanticCustomError("handout_empty", "Words or a deck")
        return self


class EntryInput(Given):
    """Who was met, when, by whom of staff, on what; what was said, and what was handed out."""

    happened_on: date
    how: How
    subject: RequiredLine
    text: LongProse = ""
    organisation_ids: Annotated[Ids, Field(min_length=1)]
    staff_ids: Annotated[Ids, Field(min_length=1)]
    tender_id: Id | None = None
    meeting_id: Id | None = None
    contribution_id: Id | None = None
    handouts: Annotated[list[HandoutInput], Field(max_length=20)] = []


class CorrectionInput(Given):
    """An entry as it should stand, whole, and `reason`: why it is put right."""

    happened_on: date
    how: How
    subject: RequiredLine
    text: LongProse = ""
    organisation_ids: Annotated[Ids, Field(min_length=1)]
    reason: Reason
    number: int  # of the last correction that was seen, 0 for none


class RequestInput(Given):
    text: Reason


class DeclineInput(Given):
    reason: Reason


# --- gaps


class PublishInput(Given):
    """All have got the same: here, or at an address elsewhere, on a day that may lie back."""

    url: WebAddress | None = None
    published_on: date | None = None
    note: Annotated[Prose, StringConstraints(max_length=2_000)] = ""


class JustifyInput(Given):
    reason: Reason


# --- the archive


class TenderFacts(TenderInput):
    key: RequiredLine
    state: State = "coming"
    published_at: datetime | None = None
    notices: list[NoticeInput] = []
    questions: list[QuestionInput] = []  # shared when the tender was published
    is_example: bool = False


class HandoutFacts(HandoutInput):
    """`justified`: why not all got it; `published_on`: when they did, here or at `url`."""

    published_on: date | None = None
    url: WebAddress | None = None
    justified: LongProse = ""


class EntryFacts(EntryInput):
    key: RequiredLine
    staff_ids: Ids = []
    handouts: Annotated[list[HandoutFacts], Field(max_length=20)] = []  # type: ignore[assignment]
    noted_at: datetime
    is_example: bool = False


class RequestFacts(RequestInput):
    """That a correction was asked for, and by whom."""

    entry_id: Id
    organisation_id: Id
    asked_by_id: Id
    asked_at: datetime
