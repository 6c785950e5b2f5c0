"""What the verbs of the pipeline accept."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.clock import today
from app.core.records import Key, record_config
from app.core.text import LongProse, RequiredLine, RequiredProse, WebAddress

Kind = Literal["idea", "project", "own_project"]
Stage = Literal["idea", "tested", "seeking_partners", "pilot", "measured", "spread", "stopped"]
BarrierCode = Literal["data", "infrastructure", "law", "skills", "money", "other"]
DayCertainty = Literal["day", "year", "unknown"]
Certainty = Literal["stated", "inferred", "not_known_since"]
Version = Annotated[int, Field(ge=1)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]


def _refuse_to_come(day: date | None) -> None:
    if day is not None and day > today():
        raise PydanticCustomError("future_day", "A day that has not come yet")


class StageInput(BaseModel):
    """A thing has come to a stage on a day. Stopped is an honourable end: it says what stopped it, and what
    was learnt. The other stages may have a lesson, and no barrier that stopped them."""

    model_config = record_config()

    stage: Stage
    happened_on: date
    note: LongProse = ""
    barrier: BarrierCode | None = None
    lesson: LongProse = ""
    source_url: WebAddress | None = None

    @model_validator(mode="after")
    def _is_told_whole(self) -> Self:
        _refuse_to_come(self.happened_on)
        if self.stage == "stopped" and self.barrier is None:
            raise PydanticCustomError("stopped_by_what", "What stopped it is missing")
        if self.stage == "stopped" and not self.lesson:
            raise PydanticCustomError("stopped_lesson", "What was learnt is missing")
        if self.stage != "stopped" and self.barrier is not None:
            raise PydanticCustomError("not_stopped", "Only what is stopped was stopped by something")
        return self


class TakeBackInput(BaseModel):
    model_config = record_config()

    reason: RequiredLine


class BarrierInput(BaseModel):
    """Something that stands in the way; without a theme of all of the thing's themes, without a day since an
    unknown one."""

    model_config = record_config()

    code: BarrierCode
    theme_id: RowId | None = None
    note: RequiredProse
    since: date | None = None
    source_url: WebAddress | None = None

    @model_validator(mode="after")
    def _has_begun(self) -> Self:
        _refuse_to_come(self.since)
        return self


class BarrierEdit(BarrierInput):
    """The same, put in place of the version that was read."""

    version: Version


class SolvedInput(BaseModel):
    """It is out of the way, since a day, and how that came."""

    model_config = record_config()

    solved_on: date
    solved_note: RequiredProse
    version: Version

    @model_validator(mode="after")
    def _has_come(self) -> Self:
        _refuse_to_come(self.solved_on)
        return self


class StageFacts(BaseModel):
    """Where a signature project stands by its sources. `year` where no day is known; neither, if none is."""

    model_config = record_config("note")

    project: Key
    stage: Stage
    happened_on: date | None = None
    year: Annotated[int, Field(ge=1990, le=2200)] | None = None
    certainty: Certainty
    note: LongProse = ""
    note_en: LongProse = ""
    barrier: BarrierCode | None = None
    lesson: LongProse = ""
    source_url: WebAddress | None = None
