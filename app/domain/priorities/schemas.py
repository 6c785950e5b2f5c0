"""What the verbs of rounds and of maturity accept."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.clock import today
from app.core.records import Key, record_config
from app.core.text import Line, LongProse, RequiredLine, RequiredProse, ShortLine

Method = Literal["ranking", "points"]
Visibility = Literal["public", "municipalities", "own"]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Weight = Annotated[int, Field(ge=1, le=10)]
Level = Annotated[int, Field(ge=1, le=5)]
Note = Annotated[Line, StringConstraints(max_length=500)]


class CriterionInput(BaseModel):
    """What is weighed, and how much beside the others."""

    model_config = record_config()

    name: RequiredLine
    help: LongProse = ""
    weight: Weight = 1


class RoundInput(BaseModel):
    """A round: of a network, or of the own organisation. `points`: how many each decider shares out on each
    criterion. `takes`: how many needs go on; none for all. `decider_ids` are users."""

    model_config = record_config()

    network_id: RowId | None = None
    title: RequiredLine
    about: LongProse = ""
    method: Method = "ranking"
    points: Annotated[int, Field(ge=1, le=1000)] | None = None
    takes: Annotated[int, Field(ge=1, le=100)] | None = None
    visibility: Visibility = "own"
    closes_on: date | None = None
    follows_id: RowId | None = None
    criteria: Annotated[list[CriterionInput], Field(min_length=1, max_length=10)]
    need_ids: Annotated[list[RowId], Field(max_length=100)] = []
    decider_ids: Annotated[list[RowId], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _has_points_where_they_are_given(self) -> Self:
        if (self.method == "points") != (self.points is not None):
            raise PydanticCustomError("points_of_method", "Points belong to the method of points")
        if self.closes_on is not None and not today() <= self.closes_on <= date(2100, 1, 1):
            raise PydanticCustomError("past_day", "A day that has been")
        return self


class RoundEdit(RoundInput):
    """The same, put in place of the version that was read."""

    version: Version


class VoteInput(BaseModel):
    """A place (1 the first) or points, by the round's method."""

    model_config = record_config()

    criterion_id: RowId
    need_id: RowId
    value: Annotated[int, Field(ge=0, le=1000)]


class VotesInput(BaseModel):
    """As far as the decider has come: what is not among it is not given any more."""

    model_config = record_config()

    votes: Annotated[list[VoteInput], Field(max_length=1000)]
    version: Version


class PublishInput(BaseModel):
    """Why the needs stand in this order."""

    model_config = record_config()

    reason: RequiredProse
    version: Version


class CancelInput(BaseModel):
    model_config = record_config()

    reason: RequiredLine
    version: Version


# --- maturity


class DimensionInput(BaseModel):
    """Something in which municipalities are mature; `lowest` and `highest`: what 1 and 5 are."""

    model_config = record_config("name", "help", "lowest", "highest", "source")

    name: RequiredLine
    name_en: ShortLine = ""
    help: LongProse = ""
    help_en: LongProse = ""
    lowest: ShortLine = ""
    lowest_en: ShortLine = ""
    highest: ShortLine = ""
    highest_en: ShortLine = ""
    source: ShortLine = ""
    source_en: ShortLine = ""


class DimensionEdit(DimensionInput):
    version: Version


class DimensionFacts(DimensionInput):
    key: Key


class LevelInput(BaseModel):
    model_config = record_config()

    dimension_id: RowId
    level: Level
    note: Note = ""


class AssessmentInput(BaseModel):
    """How the own municipality finds itself on a day; every dimension once, and some may be left out."""

    model_config = record_config()

    assessed_on: date
    note: LongProse = ""
    levels: Annotated[list[LevelInput], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _has_been(self) -> Self:
        if not date(2000, 1, 1) <= self.assessed_on <= today():
            raise PydanticCustomError("future_day", "A day that has not come yet")
        if len({one.dimension_id for one in self.levels}) < len(self.levels):
            raise PydanticCustomError("dimension_twice", "A dimension is there twice")
        return self


class AssessmentEdit(AssessmentInput):
    version: Version
