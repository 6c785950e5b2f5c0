"""What the verbs of needs accept."""

import re
from datetime import date
from typing import Annotated, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.core.clock import today
from app.core.text import (
    LongProse,
    Prose,
    RequiredLine,
    RequiredProse,
    ShortLine,
    is_storable,
    refuse_cpr_number,
)
from app.domain.contributions.schemas import Given, Id, OwnWords, ThemeIds
from app.domain.organisations.sizes import Size

SystemType = Literal[
    "case_management",
    "self_service",
    "care",
    "employment",
    "benefits",
    "children",
    "school",
    "culture",
    "environment",
    "geodata",
    "finance",
    "personnel",
    "identity",
    "integration",
    "business_intelligence",
    "website",
    "contact_centre",
    "operations",
    "security",
    "sensors",
    "artificial_intelligence",
    "welfare_technology",
    "other",
]
State = Literal["registered", "prioritised", "in_progress", "carried_out", "dropped"]
NeedVisibility = Literal["public", "municipalities", "own"]
HidingField = Literal["contract_end", "system_name", "supplier", "note"]

SYSTEM_TYPES: Final[tuple[SystemType, ...]] = get_args(SystemType)
STATES: Final[tuple[State, ...]] = get_args(State)
# Those in which a need still waits for somebody to do something.
OPEN_STATES: Final[tuple[State, ...]] = ("registered", "prioritised", "in_progress")
HIDING: Final[tuple[HidingField, ...]] = get_args(HidingField)
MOST_REPRESENTED = 100
LONGEST_TYPED = 20_000
MOST_TYPED = 100


# --- the number of the task

# Main group, group, subject, and what is done: 27, 27.36, 27.36.00, 27.36.00-G01.
_KLE = re.compile(r"\d{2}(\.\d{2}){0,2}|\d{2}(\.\d{2}){2}-[A-ZÆØÅ]\d{2}")
_KLE_JOINED = re.compile(r"(\d{2}\.\d{2}\.\d{2})\s*-?\s*([A-ZÆØÅ]\d{2})")


def as_kle(value: str) -> str | None:
    """A number of KL's subject system as it is written there, however it was typed; None of what is none."""
    bare = re.sub(r"(?<=\d)[\s.]+(?=\d)", ".", value.strip().upper())
    bare = _KLE_JOINED.sub(r"\1-\2", bare)
    return bare if _KLE.fullmatch(bare) else None


def _check_kle(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    found = as_kle(value)
    if found is None:
        raise PydanticCustomError("kle", "Not a KLE number")
    return found


Kle = Annotated[str | None, BeforeValidator(_check_kle)]


# --- the month in which a contract ends

_MONTH = re.compile(r"(\d{4})-(\d{1,2})(-\d{1,2})?|(\d{1,2})[./-](\d{4})")


def _as_month(value: object) -> object:
    """2027-06, 6/2027 and a day of the month, as its first day."""
    if isinstance(value, date):
        return value.replace(day=1)
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    found = _MONTH.fullmatch(value.strip())
    year, month = ((found[1] or found[5]), (found[2] or found[4])) if found else (None, None)
    if year is None or month is None or not 1 <= int(month) <= 12:
        raise PydanticCustomError("month", "Not a month")
    return date(int(year), int(month), 1)


def _is_near(value: date | None) -> date | None:
    if value is not None and not 2000 <= value.year <= 2060:
        raise PydanticCustomError("month_far", "That month is too far away")
    return value


Month = Annotated[date | None, BeforeValidator(_as_month), AfterValidator(_is_near)]


# --- what is given


class NeedFacts(OwnWords):
    """A municipality's own facts about a need. `hidden`: those that its own people alone read.

    `size` is asked only where it does not follow from the municipality's number.
    """

    size: Size | None = None
    contract_end: Month = None
    system_name: ShortLine = ""
    supplier: ShortLine = ""
    note: Annotated[Prose, StringConstraints(max_length=2_000)] = ""
    hidden: Annotated[list[HidingField], Field(max_length=len(HIDING))] = []

    @field_validator("hidden")
    @classmethod
    def _once_each(cls, value: list[HidingField]) -> list[HidingField]:
        return [field for field in HIDING if field in value]


class NeedWords(OwnWords):
    """What a need says of itself."""

    title: RequiredLine
    body: RequiredProse
    theme_ids: ThemeIds = []
    system_type: SystemType
    system_other: Annotated[ShortLine, Field(validate_default=True)] = ""
    kle: Kle = None
    visibility: NeedVisibility = "public"

    @field_validator("system_other")
    @classmethod
    def _says_what_other(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("system_type") != "other":
            return ""
        if not value:
            raise PydanticCustomError("need_system_missing", "Say which kind of system")
        return value


class NeedInput(NeedWords):
    """A new need with the own municipality's facts. With a network it is for those of its municipalities
    that are named, and has no facts of its own."""

    facts: NeedFacts = NeedFacts()
    network_id: Id | None = None
    organisation_ids: Annotated[list[Id], Field(max_length=MOST_REPRESENTED)] = []


class NeedEdit(NeedWords):
    version: int


class NeedFactsEdit(NeedFacts):
    version: int


class NeedStateInput(Given):
    """How far a need has come; what is dropped says why. The day is neither ahead nor before the need."""

    state: State
    happened_on: date
    note: Annotated[Prose, StringConstraints(max_length=2_000), Field(validate_default=True)] = ""
    version: int

    @field_validator("happened_on")
    @classmethod
    def _has_come(cls, value: date) -> date:
        if value > today():
            raise PydanticCustomError("need_day_ahead", "That day has not come yet")
        return value

    @field_validator("note")
    @classmethod
    def _says_why(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("state") == "dropped":
            raise PydanticCustomError("need_reason_missing", "Say why it was dropped")
        return value


class SimilarInput(Given):
    """What is typed of a need so far, to look for those like it."""

    title: Annotated[str, StringConstraints(max_length=400)] = ""
    body: Annotated[str, StringConstraints(max_length=10_000)] = ""
    theme_ids: ThemeIds = []
    system_type: SystemType | None = None
    kle: str = ""

    @field_validator("title", "body", "kle")
    @classmethod
    def _storable(cls, value: str) -> str:
        return value if is_storable(value) else ""


_FIELDS = frozenset({*NeedInput.model_fields, *NeedFacts.model_fields, "municipality"}) - {"facts"}


class TypedNeedInput(Given):
    """A form as it stands: {field: text as typed}, lists as numbers or words with commas. `version`: the one
    saved last, 0 for none."""

    key: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]
    fields: Annotated[dict[str, str], Field(max_length=MOST_TYPED)]
    version: int = 0

    @field_validator("fields")
    @classmethod
    def _known_and_storable(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if name not in _FIELDS:
                raise PydanticCustomError("unknown_field", "No field of the form")
            if len(text) > LONGEST_TYPED or not is_storable(text):
                raise PydanticCustomError("unstorable_text", "The text cannot be kept")
            refuse_cpr_number(text)
        return value


# --- the archive


class NeedMunicipalityFacts(NeedFacts):
    organisation_id: int


class NeedRecord(NeedWords):
    """A need of the archive, with who has it and how far it has come. `entered_by_id`: who may change it."""

    key: RequiredLine
    on_behalf_of_id: int
    entered_by_id: int | None = None
    network_id: int | None = None
    received_on: date
    municipalities: list[NeedMunicipalityFacts] = []
    states: list[tuple[State, date, LongProse]] = []
    certainty_note: LongProse = ""
    source_url: ShortLine | None = None
    is_example: bool = False
