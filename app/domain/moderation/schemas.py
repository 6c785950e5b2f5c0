"""What the verbs of moderation accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Line, Prose

Reason = Literal["personal_data", "confidential", "abusive", "advertising", "wrong_sender", "other"]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Words = Annotated[Prose, StringConstraints(min_length=1, max_length=2_000)]
# Numbers of rows that the reader had before their eyes.
Seen = Annotated[int, Field(ge=0, le=2**63 - 1)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReportInput(Given):
    reason: Reason
    words: Words


class DecisionInput(Given):
    """`version` of the contribution and `seen`, the last report, as staff saw them."""

    words: Words
    version: Version
    seen: Seen = 0


class HideInput(DecisionInput):
    reason: Reason


class BlackOutInput(Given):
    """`sought`: the words to put out of sight, and on what `ground`. `for_good`: also from staff."""

    sought: Annotated[Line, StringConstraints(min_length=2, max_length=500)]
    ground: Reason
    scope: Literal["all", "first"] = "all"
    for_good: bool = False
    version: Version
    seen: Seen = 0


class VersionInput(Given):
    version: Version
    seen: Seen = 0


class ObjectionInput(Given):
    words: Words


class LetThroughInput(Given):
    contribution_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
