"""What the verbs of planning and arranging boards accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Line, LongProse
from app.domain.meetings.schemas import RowId

MOST_DOTS = 20
LONGEST_NAME = 100

ClusterName = Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST_NAME)]


class _Rules(BaseModel):
    """How a board works; see the table for the words."""

    model_config = ConfigDict(extra="forbid")

    task: LongProse = ""
    form: Literal["free", "parts"] = "free"
    dots: Annotated[int, Field(ge=0, le=MOST_DOTS)] = 0
    dots_per: Literal["person", "organisation"] = "person"
    asks_approval: bool = False
    visibility: Literal["participants", "public"] = "participants"


class BoardInput(_Rules):
    """One board that is there. Without a task it takes its group's, or its item's, when it is opened."""


class BoardsInput(_Rules):
    """Boards that are made together for an item. `for_groups`: one for each of its groups that has none;
    `for_all`: one for everybody."""

    item_id: RowId
    for_groups: bool = False
    for_all: bool = False


class ClusterInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: ClusterName


class PlaceInput(BaseModel):
    """Where on its board a card hangs: in a cluster, before another card there or last; or loose."""

    model_config = ConfigDict(extra="forbid")

    cluster_id: RowId | None = None
    before_id: RowId | None = None
