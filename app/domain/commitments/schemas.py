"""What the verbs of commitments accept."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.core.text import LongProse, Prose, RequiredLine, RequiredProse, ShortLine, WebAddress
from app.domain.contributions.schemas import Id, ThemeIds
from app.domain.meetings.schemas import Day

Status = Literal[
    "proposed",
    "decided",
    "in_progress",
    "late",
    "kept",
    "partly_kept",
    "broken",
    "replaced",
    "withdrawn",
]
Verdict = Literal["kept", "partly_kept", "broken"]
Cause = Literal["data", "infrastructure", "law", "skills", "money", "other"]
Direction = Literal["up", "down"]

MOST_LINKED = 100
MOST_DECIMALS = 4
_BEYOND = Decimal(10) ** 12

_THOUSANDS = re.compile(r"-?\d{1,3}((\.\d{3}){2,}|(\.\d{3})+(?=,))(,\d+)?")
_EITHER_WAY = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_PLAIN = re.compile(r"-?\d+([.,]\d+)?")


def _as_number(value: Any) -> Any:
    """12,5 and 12.5 and 1.234.567,8 as a Dane writes them. 1.234 could be two numbers, so it is refused."""
    if not isinstance(value, str):
        return value
    bare = value.replace(" ", "").replace("\u00a0", "").replace("\u2212", "-")
    if not bare:
        return value
    if _EITHER_WAY.fullmatch(bare):
        raise PydanticCustomError("number_either_way", "Could be a thousand or a decimal")
    if _THOUSANDS.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    if _PLAIN.fullmatch(bare):
        return bare.replace(",", ".")
    raise PydanticCustomError("number", "Not a number")


def _within_reach(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= _BEYOND:
        raise PydanticCustomError("number_out_of_range", "The number is too large")
    if value != round(value, MOST_DECIMALS):
        raise PydanticCustomError("number_too_fine", "Too many decimals")
    return value


Number = Annotated[Decimal, BeforeValidator(_as_number), AfterValidator(_within_reach)]
Reason = Annotated[Prose, StringConstraints(min_length=1, max_length=1000)]
Lesson = Annotated[Prose, StringConstraints(min_length=1, max_length=4000)]
Linked = Annotated[list[Id], Field(max_length=MOST_LINKED)]


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


OptionalAddress = Annotated[WebAddress | None, BeforeValidator(_empty_is_none)]
Unit = Annotated[ShortLine, StringConstraints(min_length=1, max_length=40)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CommitmentInput(Given):
    """A promise. `owner_user_id`, `visibility`, `meeting_id` and `answer_id` are staff's to set."""

    title: RequiredLine
    title_en: ShortLine = ""
    text: RequiredProse
    text_en: LongProse = ""
    organisation_id: Id
    owner_user_id: Id | None = None
    deadline: Day
    visibility: Literal["public", "staff"] = "public"
    meeting_id: Id | None = None
    answer_id: Id | None = None
    contribution_ids: Linked = []
    theme_ids: ThemeIds = []


class CommitmentEdit(CommitmentInput):
    """`reason`: why a published one is worded otherwise."""

    reason: Annotated[Prose, StringConstraints(max_length=1000)] = ""
    version: int


class MilestoneInput(Given):
    title: RequiredLine
    title_en: ShortLine = ""
    due_on: Day


class MilestoneEdit(MilestoneInput):
    version: int


class TickInput(Given):
    """The day on which a step was done; None takes it back."""

    done_on: Day | None = None
    version: int


class MoveInput(Given):
    """Another day, of a commitment or of one of its milestones, and why."""

    new_on: Day
    reason: Reason
    version: int


class IndicatorInput(Given):
    """What it is measured by. The target must lie after the baseline, and on the side of the direction."""

    name: RequiredLine
    name_en: ShortLine = ""
    unit: Unit
    unit_en: Annotated[ShortLine, StringConstraints(max_length=40)] = ""
    method: LongProse = ""
    baseline_value: Number
    baseline_on: Day
    target_value: Number
    target_on: Day
    direction: Direction

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.target_on <= self.baseline_on:
            raise PydanticCustomError("indicator_days", "The target lies before the baseline")
        way = self.target_value - self.baseline_value
        if way == 0 or (way > 0) != (self.direction == "up"):
            raise PydanticCustomError("indicator_way", "The target is on the wrong side of the baseline")
        return self


class IndicatorEdit(IndicatorInput):
    version: int


class MeasurementInput(Given):
    """What was measured, and where that is known from: in words, with an address where there is one."""

    measured_on: Day
    value: Number
    source_text: RequiredLine
    source_url: OptionalAddress = None
    note: Annotated[Prose, StringConstraints(max_length=2000)] = ""


class CorrectionInput(MeasurementInput):
    reason: Reason


class VerdictInput(Given):
    """How it went, what decided it, and what was learnt; none of the three without the others."""

    verdict: Verdict
    cause: Cause
    lesson: Lesson
    version: int


class ReplaceInput(Given):
    """The promise that stands in its place, what decided it, and what was learnt."""

    replaced_by_id: Id
    cause: Cause
    lesson: Lesson
    version: int


class TakeBackInput(Given):
    """Why a verdict was wrong."""

    reason: Reason
    version: int


# --- the archive


class MilestoneFacts(MilestoneInput):
    """A step; `moved_from` with its reasons, the oldest first."""

    done_on: Day | None = None
    moved_from: list[tuple[Day, Reason, AwareDatetime]] = []


class MeasurementFacts(MeasurementInput):
    """`earlier_value`: what was first noted by mistake, and `reason` why that was wrong."""

    measured_at: AwareDatetime
    earlier_value: Number | None = None
    reason: Annotated[Prose, StringConstraints(max_length=1000)] = ""


class IndicatorFacts(IndicatorInput):
    measurements: list[MeasurementFacts] = []


class CommitmentFacts(Given):
    """A commitment as the archive knows it. `moved_from`: days that it was to be kept by before.
    `replaced_by_id`: one that stands in its place, with the verdict replaced, and no other."""

    key: RequiredLine
    title: RequiredLine
    title_en: ShortLine = ""
    text: RequiredProse
    text_en: LongProse = ""
    organisation_id: int
    meeting_id: int | None = None
    answer_id: int | None = None
    deadline: Day
    moved_from: list[tuple[Day, Reason, AwareDatetime]] = []
    proposed_at: AwareDatetime
    published_at: AwareDatetime | None
    begun_at: AwareDatetime | None = None
    verdict: Verdict | Literal["replaced"] | None = None
    replaced_by_id: int | None = None
    verdict_cause: Cause | None = None
    lesson: Annotated[Prose, StringConstraints(max_length=4000)] = ""
    verdict_at: AwareDatetime | None = None
    contribution_ids: list[int] = []
    theme_ids: list[int] = []
    milestones: list[MilestoneFacts] = []
    indicators: list[IndicatorFacts] = []
    is_example: bool = False
