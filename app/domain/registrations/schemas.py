"""What the verbs of signing up accept."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from app.core.text import Line, MailAddress, Prose, RequiredLine, RequiredProse, ShortLine
from app.domain.meetings.schemas import Day, RowId
from app.domain.organisations.models import Kind

Status = Literal["registered", "waiting", "offered", "requested", "declined", "cancelled"]
# Those whose sign-up has not ended; and of them, those who keep a chair from others.
ACTIVE: tuple[Status, ...] = ("registered", "waiting", "offered", "requested")
ENDED: tuple[Status, ...] = ("cancelled", "declined")
SEATED: tuple[Status, ...] = ("registered", "offered")
Diet = Literal["vegetarian", "vegan", "no_pork", "gluten_free", "lactose_free", "nut_free"]


def _split_lines(value: object) -> object:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [line for part in value for line in part.splitlines() if line.strip()]
    return value


OrganisationNames = Annotated[list[RequiredLine], BeforeValidator(_split_lines), Field(max_length=50)]
Note = Annotated[Prose, StringConstraints(max_length=500)]


class SignUpInput(BaseModel):
    """A sign-up as the person writes it. `organisation`: one that the person speaks for, or none.

    `is_listed`: the others may see the name. `agrees_to_needs`: what is said of food and access may be kept.
    """

    model_config = ConfigDict(extra="forbid")

    organisation: RowId | None = None
    title: ShortLine = ""
    is_listed: bool = False
    diets: Annotated[list[Diet], Field(max_length=6)] = []
    diet_note: Note = ""
    access_needs: Note = ""
    agrees_to_needs: bool = False

    @property
    def has_needs(self) -> bool:
        return bool(self.diets or self.diet_note or self.access_needs)


class RegistrationFacts(BaseModel):
    """A sign-up of the examples."""

    model_config = ConfigDict(extra="forbid")

    meeting_id: int
    user_id: int
    is_listed: bool
    created_at: datetime


Reason = Annotated[RequiredProse, StringConstraints(max_length=500)]


class ReasonGiven(BaseModel):
    """Why staff makes an exception; those who are met by it read it."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class MoveInput(ReasonGiven):
    """Another place in the queue, from 1."""

    place: Annotated[int, Field(ge=1, le=100_000)]


class GroupChoice(ReasonGiven):
    """Another group of reserved seats, or none."""

    group: RowId | None = None


class AddedInput(ReasonGiven):
    """Somebody whom staff signs up. `organisation_name`: whom they said to come for, where nobody is known to
    be represented by them. `beyond`: a seat also where none fits."""

    email: MailAddress
    name: ShortLine = ""
    organisation_name: ShortLine = ""
    beyond: bool = False


class SwapInput(BaseModel):
    """The colleague who gets one's seat."""

    model_config = ConfigDict(extra="forbid")

    email: MailAddress


class SeatsInput(BaseModel):
    """The seats of a meeting and the rules of its queue."""

    model_config = ConfigDict(extra="forbid")

    seats: Annotated[int, Field(ge=1, le=100_000)] | None = None
    seats_per_organisation: Annotated[int, Field(ge=1, le=100_000)] | None = None
    registration_closes_on: Day | None = None
    needs_approval: bool = False
    offer_hours: Annotated[int, Field(ge=1, le=336)] = 48


class SeatGroupInput(BaseModel):
    """Seats for some: kinds of organisations, and organisations by name, one on each line."""

    model_config = ConfigDict(extra="forbid")

    name: RequiredLine
    seats: Annotated[int, Field(ge=1, le=100_000)]
    kinds: Annotated[list[Kind], Field(max_length=9)] = []
    organisations: OrganisationNames = []
    release_on: Day | None = None


QuestionKind = Literal["text", "choice", "many", "yes_no"]
WITH_OPTIONS: tuple[QuestionKind, ...] = ("choice", "many")
MOST_OPTIONS = 20


class QuestionInput(BaseModel):
    """A question of the organisers to whoever signs up. `options`: one on each line, for a choice.

    `item_id`: the item of the programme whose panel the answers go to.
    """

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Line, StringConstraints(min_length=1, max_length=300)]
    kind: QuestionKind
    options: Annotated[
        list[ShortLine], BeforeValidator(_split_lines), Field(max_length=MOST_OPTIONS, validate_default=True)
    ] = []
    help: Annotated[Line, StringConstraints(max_length=300)] = ""
    is_required: bool = False
    item_id: RowId | None = None

    @field_validator("options")
    @classmethod
    def _enough_to_choose_from(cls, options: list[str], info: ValidationInfo) -> list[str]:
        if info.data.get("kind") not in WITH_OPTIONS:
            return []
        options = list(dict.fromkeys(options))
        if len(options) < 2:
            raise PydanticCustomError("too_few_options", "There is nothing to choose between")
        return options


# What somebody writes in answer to a question.
WrittenAnswer = Annotated[Prose, StringConstraints(max_length=1000)]
