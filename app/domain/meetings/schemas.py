"""What the verbs of meetings accept: forms of staff, and the records of the archive."""

import re
from calendar import monthrange
from datetime import date, time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.core.policy import MeetingRole
from app.core.text import Line, LongProse, Prose, RequiredLine, ShortLine, refuse_other_address

Status = Literal[
    "draft",
    "announced",
    "open",
    "full",
    "live",
    "closed",
    "minutes_in_review",
    "approved",
    "cancelled",
    "postponed",
]
Format = Literal["physical", "virtual", "hybrid", "unknown"]
ItemKind = Literal["welcome", "status", "talk", "panel", "group_session", "plenary", "break"]
PartRole = Literal["speaker", "panellist", "moderator", "host"]
DateCertainty = Literal["stated", "tentative", "month", "year_inferred", "article_date"]
PlannedCertainty = Literal["stated", "tentative", "month"]
CopyPart = Literal[
    "programme",
    "moderators",
    "tasks",
    "groups",
    "organisers",
    "introduction",
    "topics",
    "questions",
    "seat_groups",
]

MAIN_SERIES = "dialogforum"
SERIES_NAMES = {MAIN_SERIES: "Dialogforum", "folkemoedet": "Folkemødet"}
FIRST_YEAR, LAST_YEAR = 1990, 2100
LARGEST_ID = 2**53

RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


_CLOCK = re.compile(r"\s*(\d{1,2})(?:[.:](\d{2}))?\s*")


def _as_written(value: object) -> object:
    """Danes write 13.30, and 9 for nine o'clock."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]:0>2}:{found[2] or '00'}" if found else value


_DANISH_DAY = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})\s*")


def _day_as_written(value: object) -> object:
    """18.3.2027 and 18-03-2027 are days too."""
    found = _DANISH_DAY.fullmatch(value) if isinstance(value, str) else None
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else value


def _split_lines(value: object) -> object:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [line for part in value for line in part.splitlines() if line.strip()]
    return value


def _within_years(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("date_out_of_range", "The date is too far away")
    return value


def _own_address(value: str) -> str:
    return refuse_other_address(value) if value else value


ClockTime = Annotated[
    time, BeforeValidator(_as_written), AfterValidator(lambda value: value.replace(tzinfo=None))
]
Day = Annotated[date, BeforeValidator(_day_as_written), AfterValidator(_within_years)]
Topics = Annotated[list[ShortLine], BeforeValidator(_split_lines), Field(max_length=30)]
Reason = Annotated[Prose, StringConstraints(min_length=1, max_length=1000)]
JoinAddress = Annotated[Line, AfterValidator(_own_address), Field(max_length=1000)]


class _Timed(BaseModel):
    """Something with a beginning and an end by the clock in Denmark, on the meeting's day."""

    model_config = ConfigDict(extra="forbid")

    starts: ClockTime | None = None
    ends: ClockTime | None = None

    @field_validator("ends")
    @classmethod
    def _ends_after_start(cls, ends: time | None, info: ValidationInfo) -> time | None:
        starts = info.data.get("starts")
        if ends and starts and ends <= starts:
            raise PydanticCustomError("ends_before_start", "The end is not after the beginning")
        return ends


class _Dated(_Timed):
    """Something on a day; of a month alone that is its last day, so that it is over when the month is."""

    held_on: Day
    date_certainty: DateCertainty = "stated"

    @model_validator(mode="after")
    def _last_of_month(self) -> Self:
        if self.date_certainty == "month":
            self.held_on = self.held_on.replace(day=monthrange(self.held_on.year, self.held_on.month)[1])
        return self


class MeetingInput(_Dated):
    """A meeting as staff writes it. A number only in the main series; `topics`: one on each line."""

    series: ShortLine = MAIN_SERIES
    number: Annotated[int, Field(ge=1, le=9999)] | None = None
    title: RequiredLine
    format: Format = "unknown"
    venue: ShortLine = ""
    join_url: JoinAddress = ""
    introduction: LongProse = ""
    topics: Topics = []
    organisers: Annotated[list[RowId], Field(max_length=20)] = []
    participants_approx: Annotated[int, Field(ge=0, le=100_000)] | None = None
    vendor_companies: Annotated[int, Field(ge=0, le=100_000)] | None = None
    seats: Annotated[int, Field(ge=1, le=100_000)] | None = None
    seats_per_organisation: Annotated[int, Field(ge=1, le=100_000)] | None = None
    registration_closes_on: Day | None = None


class ReasonInput(BaseModel):
    """Why a meeting is cancelled or postponed, or its minutes opened again: in words for all."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class NewDateInput(_Dated):
    """When a meeting is held instead. Without `registration_closes_on` the deadline moves as many days."""

    date_certainty: PlannedCertainty = "stated"
    registration_closes_on: Day | None = None
    reason: Annotated[Prose, StringConstraints(max_length=1000)] = ""


class CopyInput(_Dated):
    """A new meeting made from an earlier one. `parts`: what comes along. Without a title it gets one."""

    parts: Annotated[list[CopyPart], Field(max_length=20)] = []
    title: ShortLine = ""
    date_certainty: PlannedCertainty = "stated"
    format: Format = "unknown"
    venue: ShortLine = ""
    seats: Annotated[int, Field(ge=1, le=100_000)] | None = None
    seats_per_organisation: Annotated[int, Field(ge=1, le=100_000)] | None = None


class ItemInput(_Timed):
    """A line of the programme. `track` names one of two tracks that run side by side."""

    kind: ItemKind
    title: RequiredLine
    track: Annotated[Line, Field(max_length=40)] = ""
    summary: LongProse = ""


class OrderInput(BaseModel):
    """The order of a whole programme by the ids of its items, made from this `version` of it. `item_id` was
    moved: to another `track`, or out of its track where it `is_for_all`. `flow`: the times follow."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    order: Annotated[list[RowId], Field(max_length=200)]
    item_id: RowId | None = None
    track: Annotated[Line, Field(max_length=40)] | None = None
    is_for_all: bool = False
    flow: bool = False


class PublishInput(BaseModel):
    """What is drafted at this `version` of the programme, and who is told that it is published."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    tells: Annotated[list[Literal["concerned", "everybody"]], Field(max_length=2)] = []


class TaskInput(BaseModel):
    """A task for a panel or for groups. `answer_limit`: how many answers it asks for."""

    model_config = ConfigDict(extra="forbid")

    title: RequiredLine
    text: LongProse = ""
    answer_limit: Annotated[int, Field(ge=1, le=99)] | None = None


class AppearanceInput(BaseModel):
    """Somebody's part, as of the day. `person_id` of a known person, or `name` of a new one; neither where
    the name is not known. `is_namesake`: another person than the known one with this name. `organisation`
    is a name: one that is known is linked, any other stays as text."""

    model_config = ConfigDict(extra="forbid")

    person_id: RowId | None = None
    name: ShortLine = ""
    is_namesake: bool = False
    title: ShortLine = ""
    organisation: ShortLine = ""
    role: PartRole = "speaker"
    is_former: bool = False


class AppearanceEdit(BaseModel):
    """What may be corrected in a part: everything but the person."""

    model_config = ConfigDict(extra="forbid")

    title: ShortLine = ""
    organisation: ShortLine = ""
    role: PartRole = "speaker"
    is_former: bool = False


class RoleInput(BaseModel):
    """A role at a meeting for somebody. `person_id`: who of the programme a speaker is."""

    model_config = ConfigDict(extra="forbid")

    user_id: RowId
    role: MeetingRole
    person_id: RowId | None = None


class Version(BaseModel):
    """The version of a row that a form was made from."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=LARGEST_ID)]


# --- the archive's records ---


class _Facts(BaseModel):
    """A record as it stands in the archive: texts under "…_da", absent ones as null; what is meant for other
    rooms is passed over."""

    model_config = ConfigDict(extra="ignore", validate_by_name=True, validate_by_alias=True)

    @field_validator("*", mode="before")
    @classmethod
    def _absent_is_default(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name is not None:
            field = cls.model_fields[info.field_name]
            if not field.is_required():
                return field.get_default(call_default_factory=True)
        return value


class PartFacts(_Facts):
    """One title of a person in one item."""

    title: Line = Field("", alias="title_da")
    title_en: Line = ""
    organisation: Line | None = None
    organisation_name: Line = Field("", alias="organisation_text")
    is_former: bool = Field(False, alias="former")


class PersonFacts(PartFacts):
    """A person in an item; `roles` where there are several titles. Without a name where it is not known."""

    name: Line = ""
    role: PartRole = "speaker"
    roles: list[PartFacts] = []


class TaskFacts(_Facts):
    order: int
    title: Line = Field("", alias="title_da")
    text: Prose = Field("", alias="asks_da")
    text_en: Prose = Field("", alias="asks_en")
    answer_limit: int | None = Field(None, alias="limit")


class ItemFacts(_Facts):
    key: Line
    order: int
    kind: ItemKind
    title: Line = Field(alias="title_da")
    title_en: Line = ""
    title_certainty: Literal["stated", "not_given"] = "stated"
    summary: Prose = Field("", alias="summary_da")
    summary_en: Prose = ""
    note: Prose = Field("", alias="note_da")
    note_en: Prose = ""
    track: Line = ""
    starts_at: ClockTime | None = None
    ends_at: ClockTime | None = None
    tasks: list[TaskFacts] = []
    people: list[PersonFacts] = []


class CorrectionFacts(_Facts):
    key: Line
    item: Line | None = Field(None, alias="agenda")
    original: Line = Field(alias="original_da")
    corrected: Line = Field("", alias="corrected_da")
    note: Prose = Field("", alias="note_da")


class MeetingFacts(_Facts):
    """A whole meeting of the archive. Organisations are named by their keys. `status` is worked out from the
    day where it is not given."""

    key: Line
    series: Line = MAIN_SERIES
    series_name: Line = Field("", alias="series_name_da")
    number: int | None = None
    title: Line = Field(alias="short_title_da")
    title_en: Line = Field("", alias="short_title_en")
    status: Status | None = None
    date: date
    date_certainty: DateCertainty = "stated"
    date_note: Line = Field("", alias="date_note_da")
    starts_at: ClockTime | None = None
    ends_at: ClockTime | None = None
    format: Format = "unknown"
    format_certainty: Literal["stated", "inferred", "unknown"] = "stated"
    format_note: Line = Field("", alias="format_note_da")
    venue: Line = ""
    join_url: Line = ""
    introduction: Prose = Field("", validation_alias=AliasChoices("introduction_da", "subtitle_da"))
    introduction_en: Prose = Field("", validation_alias=AliasChoices("introduction_en", "subtitle_en"))
    organisers: list[Line] = []
    topics: list[Line] = Field([], alias="topics_da")
    topics_en: list[Line] = []
    participants_approx: int | None = None
    participants_text: Line = Field("", alias="participants_text_da")
    vendor_companies: int | None = None
    participants_note: Line = Field("", alias="participants_note_da")
    seats: int | None = None
    seats_per_organisation: int | None = None
    registration_closes_on: date | None = None
    completeness: Prose = Field("", alias="completeness_da")
    completeness_en: Prose = ""
    source_urls: list[Line] = []
    source_note: Line = Field("", alias="source_note_da")
    is_example: bool = False
    items: list[ItemFacts] = Field([], alias="agenda")
    corrections: list[CorrectionFacts] = []


class MissingNumberFacts(_Facts):
    """A number of which no page was found. `before` is a date, or a month as "2016-11"."""

    number: int
    after: date | None = None
    before: Line = ""
