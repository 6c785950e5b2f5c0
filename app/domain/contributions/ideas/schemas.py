"""What the verbs around ideas accept."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.core.clock import today
from app.core.text import Prose, RequiredLine, ShortLine, is_storable, refuse_cpr_number
from app.domain.contributions.schemas import Given, Id, IdeaDraft, OwnWords

MOST_OPTIONS = 20
LONGEST_TYPED = 20_000
MOST_TYPED = 200

FieldKind = Literal["text", "choice", "number"]
Stance = Literal["keep", "agree"]
Ruling = Literal["release", "keep"]
Why = Annotated[Prose, StringConstraints(min_length=1, max_length=2_000)]
Option = Annotated[ShortLine, StringConstraints(min_length=1)]
Part = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,30}(_\d{1,18})?$")]
FormKey = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]


class IdeaFieldInput(Given):
    """A field of the organisers; a choice has at least two different options, others have none."""

    kind: FieldKind
    label: RequiredLine
    help: Annotated[Prose, StringConstraints(max_length=1_000)] = ""
    example: Annotated[Prose, StringConstraints(max_length=1_000)] = ""
    options: Annotated[list[Option], Field(max_length=MOST_OPTIONS, validate_default=True)] = []
    is_required: bool = False
    version: int = 0

    @field_validator("options")
    @classmethod
    def _choices_have_options(cls, value: list[str], info: ValidationInfo) -> list[str]:
        if info.data.get("kind") != "choice":
            return []
        different = list(dict.fromkeys(value))
        if len(different) < 2:
            raise PydanticCustomError("options_missing", "A choice needs two options")
        return different


_EXTRA_NAME = re.compile(r"^((secret|reason)_)?field_[1-9]\d{0,17}$")
_TYPED_NAMES = frozenset(IdeaDraft.model_fields)
_SECRET_NAME = re.compile(r"^(secret|reason)_")


class TypedInput(Given):
    """A form as it stands: {field: text as typed}, themes as a list of numbers in text.

    Nothing is asked of the words but that they can be stored, and that no CPR number is among them.
    `version`: the one that was saved last, 0 for none; the field of that name is the draft's.
    `contribution_id`: the draft that the form changes.
    """

    key: FormKey
    fields: Annotated[dict[str, str], Field(max_length=MOST_TYPED)]
    version: Annotated[int, Field(ge=0)] = 0
    contribution_id: Id | None = None

    @field_validator("fields")
    @classmethod
    def _are_of_the_form(cls, fields: dict[str, str]) -> dict[str, str]:
        for name, text in fields.items():
            if name not in _TYPED_NAMES and not _EXTRA_NAME.match(name):
                raise PydanticCustomError("unknown_field", "The form has no such field")
            if len(text) > LONGEST_TYPED:
                raise PydanticCustomError("string_too_long", "The text is too long")
            if not is_storable(text):
                raise PydanticCustomError("unstorable_text", "The text cannot be stored")
            refuse_cpr_number(text)
        return {name: text for name, text in fields.items() if text}

    @property
    def open_half(self) -> dict[str, str]:
        return {name: text for name, text in self.fields.items() if not _SECRET_NAME.match(name)}

    @property
    def secret_half(self) -> dict[str, str]:
        return {name: text for name, text in self.fields.items() if _SECRET_NAME.match(name)}


class AttachmentInput(OwnWords):
    """What a file is, and whether all may read it; a confidential one needs a reason."""

    title: RequiredLine
    access: Literal["public", "confidential"] = "public"
    reason: Annotated[Prose, StringConstraints(max_length=1_000), Field(validate_default=True)] = ""

    @field_validator("reason")
    @classmethod
    def _confidential_has_a_reason(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("access") != "confidential":
            return ""
        if not value:
            raise PydanticCustomError("reason_missing", "What is to be confidential needs a reason")
        return value


class AccessRequestInput(Given):
    """A request for access: who asks (for staff alone), when it came, and until when the owner is heard."""

    requester: RequiredLine
    received_on: date
    hear_by: date

    @field_validator("received_on")
    @classmethod
    def _has_come(cls, value: date) -> date:
        if value > today():
            raise PydanticCustomError("date_in_future", "It cannot have come yet")
        return value

    @field_validator("hear_by")
    @classmethod
    def _is_ahead(cls, value: date) -> date:
        if value <= today():
            raise PydanticCustomError("date_past", "There must be time to answer")
        return value


class Statement(Given):
    """What the owner says of one part: keep it confidential, for a reason, or agree that it is given."""

    part: Part
    stance: Stance
    reason: Annotated[Prose, StringConstraints(max_length=2_000), Field(validate_default=True)] = ""

    @field_validator("reason")
    @classmethod
    def _keeping_has_a_reason(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("stance") == "keep":
            raise PydanticCustomError("reason_missing", "Keeping needs a reason")
        return value


class RulingInput(Given):
    """What staff decides of one part, and why."""

    part: Part
    decision: Ruling
    reason: Why
