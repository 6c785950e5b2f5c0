"""What the verbs of pressure tests accept."""

from datetime import datetime
from typing import Annotated, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.records import Key
from app.core.text import Line, LongProse, RequiredLine, ShortLine
from app.domain.pressure_tests.results import Value

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Weight = Annotated[int, Field(ge=1, le=10)]
Points = Annotated[int, Field(ge=1, le=5)]
Reason = Annotated[Line, StringConstraints(max_length=500)]
RequiredReason = Annotated[Line, StringConstraints(min_length=1, max_length=500)]
ThemePath = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$", max_length=250)]
_STRICT = ConfigDict(extra="forbid")


class CriterionInput(BaseModel):
    """What is scored, and how much it counts beside the others."""

    model_config = _STRICT

    name: RequiredLine
    name_en: ShortLine = ""
    help: LongProse = ""
    help_en: LongProse = ""
    weight: Weight = 1
    position: Annotated[int, Field(ge=1, le=1000)] = 1
    version: Version = 1


class _Subject(Protocol):
    @property
    def idea_id(self) -> int | None: ...
    @property
    def project_id(self) -> int | None: ...
    @property
    def title(self) -> str: ...


_S = TypeVar("_S", bound=_Subject)


def _check_one_subject(given: _S) -> _S:
    if (given.idea_id is not None) + (given.project_id is not None) + bool(given.title) != 1:
        raise PydanticCustomError("one_subject", "A test is of one idea, one project or own words")
    return given


class PressureTestInput(BaseModel):
    """A test to begin: of one idea, one project, or in own words; against one or several strategies.

    `assessor_ids` are users, in their order. What a municipality begins is its own, for nobody else.
    """

    model_config = _STRICT

    idea_id: Id | None = None
    project_id: Id | None = None
    title: ShortLine = ""
    text: LongProse = ""
    strategy_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]
    assessor_ids: Annotated[list[Id], Field(min_length=1, max_length=2)]
    with_criteria: bool = False

    @model_validator(mode="after")
    def _has_one_subject(self) -> Self:
        return _check_one_subject(self)


class RetestInput(BaseModel):
    """The same thing against the themes as they are now. No strategies: the same ones as before."""

    model_config = _STRICT

    strategy_ids: Annotated[list[Id], Field(max_length=10)] = []
    assessor_ids: Annotated[list[Id], Field(min_length=1, max_length=2)]
    with_criteria: bool = False


class DeclarationInput(BaseModel):
    """Whether the assessor has an interest of their own in what is tested; if so, which."""

    model_config = _STRICT

    has_conflict: bool
    note: Reason = ""


class ThemeAssessment(BaseModel):
    """What one says of one theme of the test; `theme_id` is the test's own."""

    model_config = _STRICT

    theme_id: Id
    value: Value | None = None
    reason: Reason = ""


class CriterionScore(BaseModel):
    """What one gives on one criterion of the test; `criterion_id` is the test's own."""

    model_config = _STRICT

    criterion_id: Id
    score: Points | None = None
    reason: Reason = ""


class AssessmentInput(BaseModel):
    """As much as the assessor has come to; `version` is the one that was read."""

    model_config = _STRICT

    themes: Annotated[list[ThemeAssessment], Field(max_length=500)] = []
    scores: Annotated[list[CriterionScore], Field(max_length=100)] = []
    version: Version


class AloneInput(BaseModel):
    """A municipality's own test in one go; each `theme_id` is the strategy's."""

    model_config = _STRICT

    idea_id: Id | None = None
    project_id: Id | None = None
    title: ShortLine = ""
    text: LongProse = ""
    strategy_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]
    themes: Annotated[list[ThemeAssessment], Field(max_length=500)]

    @model_validator(mode="after")
    def _has_one_subject(self) -> Self:
        return _check_one_subject(self)


class AgreementInput(BaseModel):
    """What was agreed of a theme of the test by talking it over."""

    model_config = _STRICT

    theme_id: Id
    value: Value
    reason: RequiredReason
    version: Version


class CancelInput(BaseModel):
    """Why a test is called off, for those who made it."""

    model_config = _STRICT

    reason: RequiredReason


class Told(BaseModel):
    """A value with its reason, out of the archive."""

    model_config = _STRICT

    value: Value
    reason: RequiredReason


class Scored(BaseModel):
    """A score with its reason, out of the archive."""

    model_config = _STRICT

    score: Points
    reason: RequiredReason


class AssessorFacts(BaseModel):
    """What one said of each theme, {"strategy/theme": value and reason}. A user only where there is one.

    `is_finished`: not while the test of the archive waits to be assessed by somebody.
    """

    model_config = _STRICT

    user_id: Id | None = None
    organisation_id: Id | None = None
    is_finished: bool = True
    themes: dict[ThemePath, Told] = {}
    scores: dict[Key, Scored] = {}


class PressureTestFacts(BaseModel):
    """A test out of the archive, with all that was said; put in once.

    `retest_of`: the key of the test that it repeats, which was put in before.
    """

    model_config = _STRICT

    key: Key
    idea_id: Id | None = None
    project_id: Id | None = None
    title: ShortLine = ""
    text: LongProse = ""
    owner_id: Id | None = None
    strategy_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]
    made_at: datetime
    assessors: Annotated[list[AssessorFacts], Field(min_length=1, max_length=2)]
    agreements: dict[ThemePath, Told] = {}
    retest_of: Key | None = None
    opened_at: datetime | None = None
    published_at: datetime | None = None
    is_example: bool = False
