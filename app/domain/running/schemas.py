"""What the verbs of a running meeting accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Shows = Literal["code", "item", "board", "chosen", "best", "question", "poll", "timer"]


class TurnInput(BaseModel, extra="forbid"):
    """A turn of the programme. `version`: of what the sender saw. `boards`: whether the boards go along."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    boards: bool = False


class TimerInput(BaseModel, extra="forbid"):
    """Minutes for the timer."""

    minutes: Annotated[int, Field(ge=1, le=240)]


class ShowInput(BaseModel, extra="forbid"):
    """What the big screen shows; `which`: of the board, the item or the poll."""

    shows: Shows
    which: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
