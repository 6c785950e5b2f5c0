"""What the verbs of polls accept."""

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.core.text import Line, RequiredLine, ShortLine

PollKind = Literal["one", "several", "scale", "words"]
SCALE: Final = ("1", "2", "3", "4", "5")
MOST_OPTIONS: Final = 12
FEWEST_OPTIONS: Final = 2
MOST_WORDS: Final = 5
LONGEST_WORD: Final = 40

Option = Annotated[Line, StringConstraints(max_length=120)]
Word = Annotated[Line, StringConstraints(max_length=LONGEST_WORD)]


def _without_empty(given: Any) -> Any:
    """The lines of a text area, or the fields of a list; the empty ones left out."""
    if isinstance(given, list | tuple):
        given = [line for text in given for line in (text.splitlines() if isinstance(text, str) else [text])]
        return [line for line in given if not isinstance(line, str) or line.strip()]
    return given


def _once_each(options: list[str]) -> list[str]:
    first: dict[str, str] = {}
    for option in options:
        first.setdefault(option.casefold(), option)
    return list(first.values())


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PollInput(Given):
    """A poll as it is made. `options`: one to a line. `most`: how many choices or words each may give."""

    kind: PollKind
    question: RequiredLine
    help: ShortLine = ""
    options: Annotated[
        list[Option],
        BeforeValidator(_without_empty),
        AfterValidator(_once_each),
        Field(max_length=MOST_OPTIONS, validate_default=True),
    ] = []
    most: Annotated[int, Field(ge=1, le=MOST_OPTIONS)] = 3
    low_label: Annotated[Line, StringConstraints(max_length=40)] = ""
    high_label: Annotated[Line, StringConstraints(max_length=40)] = ""
    hides_results: bool = False
    visibility: Literal["public", "participants"] = "participants"
    item_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    version: int = 0

    @field_validator("options")
    @classmethod
    def _are_enough(cls, options: list[str], info: ValidationInfo) -> list[str]:
        if info.data.get("kind") in ("one", "several"):
            if len(options) < FEWEST_OPTIONS:
                raise PydanticCustomError("poll_too_few_options", "Too few options")
            return options
        return []

    @field_validator("most")
    @classmethod
    def _fits_kind(cls, most: int, info: ValidationInfo) -> int:
        kind = info.data.get("kind")
        if kind == "several":
            return min(most, len(info.data.get("options", ())) or most)
        return min(most, MOST_WORDS) if kind == "words" else 1


class VoteInput(Given):
    """What somebody votes: ids of options, a step of the scale, or words; what that must be is the poll's
    own affair."""

    given: Annotated[
        list[Word], BeforeValidator(_without_empty), Field(min_length=1, max_length=MOST_OPTIONS)
    ]
