"""What the verbs of carry_over accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.text import Prose
from app.domain.meetings.schemas import RowId

Note = Annotated[Prose, Field(max_length=1_000)]


class DecisionInput(BaseModel):
    """What is decided of one thing. `thing`: of one of `sources.SOURCES`; what is of none does not wait.
    `item_id`: the item that it is taken up at; None makes a new one."""

    model_config = ConfigDict(extra="forbid")

    thing: Annotated[str, Field(pattern=r"^[a-z]+$", max_length=20)]
    thing_id: RowId
    verdict: Literal["accepted", "declined"]
    item_id: RowId | None = None
    note: Note = ""


class TickInput(BaseModel):
    """Of what is put forward for a meeting that is being made: what goes along, as "thing-id"."""

    model_config = ConfigDict(extra="forbid")

    carry: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]+-\d{1,18}$")]], Field(max_length=100)] = []
