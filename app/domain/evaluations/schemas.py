"""What the verbs of evaluations accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.core.text import Prose
from app.domain.meetings.schemas import Day

LONGEST_REMARK = 2000

Remark = Annotated[Prose, StringConstraints(max_length=LONGEST_REMARK)]


def _refuse_unanswered(given: object) -> object:
    if given == "":
        raise PydanticCustomError("evaluation_step_missing", "Not answered")
    return given


# A step from 1 to 5, or that one does not know: said, so that nobody forgets a question.
Step = Annotated[
    Literal["1", "2", "3", "4", "5", "unknown", ""],
    BeforeValidator(_refuse_unanswered),
    Field(validate_default=True),
]


class AnswerInput(BaseModel):
    """What somebody answers: one field for each question, by its code."""

    model_config = ConfigDict(extra="forbid")

    worth: Step = ""
    heard: Step = ""
    next: Step = ""
    remark: Remark = ""

    @property
    def steps(self) -> dict[str, int]:
        """{question: step}, without what is not known."""
        given = {"worth": self.worth, "heard": self.heard, "next": self.next}
        return {code: int(step) for code, step in given.items() if step != "unknown"}


class SetUpInput(BaseModel):
    """The last day on which an evaluation can be answered."""

    model_config = ConfigDict(extra="forbid")

    closes_on: Day
    version: int


class EvaluationFacts(BaseModel):
    """An evaluation out of the archive: how many gave the steps 1 to 5 to each question, and how many
    answered at all."""

    model_config = ConfigDict(extra="forbid")

    answers: Annotated[int, Field(ge=1)]
    worth: Annotated[list[int], Field(min_length=5, max_length=5)]
    heard: Annotated[list[int], Field(min_length=5, max_length=5)]
    next: Annotated[list[int], Field(min_length=5, max_length=5)]
    remarks: list[Remark] = []
    is_example: bool = False
