"""What the verbs of planning and arranging boards accept."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Line, LongProse, refuse_unstorable
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


class AudienceInput(BaseModel):
    """To whom what hangs on the boards of a meeting is open; see `publishing.set_audience`."""

    model_config = ConfigDict(extra="forbid")

    visibility: Literal["participants", "public"]
    without_names: bool = False


class BoardChoice(BaseModel):
    """Where a card is to be moved to."""

    model_config = ConfigDict(extra="forbid")

    board_id: RowId


class PastedInput(BaseModel):
    """Lines of a flipchart; `contributions.schemas.read_lines` looks at each."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[
        str, StringConstraints(min_length=1, max_length=150_000), AfterValidator(refuse_unstorable)
    ]


class CardsChoice(BaseModel):
    """Cards that are let in together."""

    model_config = ConfigDict(extra="forbid")

    cards: Annotated[list[RowId], Field(min_length=1, max_length=1_000)]
