"""What the verbs of groups accept."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.core.text import Line, LongProse, Prose, RequiredLine, ShortLine
from app.domain.meetings.schemas import RowId


class GroupInput(BaseModel):
    """A group of a group session, with the task that it is given."""

    model_config = ConfigDict(extra="forbid")

    name: RequiredLine
    task: LongProse = ""
    facilitator: ShortLine = ""
    rapporteur: ShortLine = ""
    theme_id: RowId | None = None


WishLevel = Annotated[int, Field(ge=0, le=2)]
Who = Annotated[str, StringConstraints(pattern=r"^[ra][0-9]{1,15}$")]


class RoundInput(BaseModel):
    """How groups are to be made: so many, or so large; and what is wished, as GroupRound says."""

    model_config = ConfigDict(extra="forbid")

    by: Literal["groups", "size"] = "groups"
    number: Annotated[int, Field(ge=1, le=200)]
    mixing: WishLevel = 2
    spreading: WishLevel = 2
    parting: WishLevel = 2
    meeting_anew: WishLevel = 1


class PeopleInput(BaseModel):
    """Some people, and the group that they are to be in; none takes them out of theirs."""

    model_config = ConfigDict(extra="forbid")

    who: Annotated[list[Who], Field(max_length=5000)] = []
    group_id: RowId | None = None

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.who:
            raise PydanticCustomError("groups_choose_somebody", "groups_choose_somebody")
        return self


class RivalsInput(BaseModel):
    """Organisations that are to be kept apart."""

    model_config = ConfigDict(extra="forbid")

    organisation_ids: Annotated[list[RowId], Field(max_length=50)] = []


def _without_none(value: object) -> object:
    return "" if value is None else value


class GroupFacts(BaseModel):
    """A group as it stands in the archive. `item`: key of its programme item; `theme`: "strategy/theme"."""

    model_config = ConfigDict(extra="ignore", validate_by_name=True, validate_by_alias=True)

    key: Line
    name: Line = Field(alias="name_da")
    name_en: Line = ""
    item: Line | None = Field(None, alias="agenda")
    theme: Line | None = None
    task: Prose = Field("", alias="task_da")
    note: Prose = Field("", alias="note_da")
    facilitator: Line = ""
    rapporteur: Line = ""

    _absent = field_validator("name_en", "task", "note", "facilitator", "rapporteur", mode="before")(
        _without_none
    )
