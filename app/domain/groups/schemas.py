"""What the verbs of groups accept."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

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
