"""What the verbs of summaries accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.core.text import Prose

Origin = Literal["machine", "approved", "person"]
Words = Annotated[Prose, StringConstraints(min_length=1, max_length=1000)]
References = Annotated[Prose, StringConstraints(max_length=2000)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SentenceInput(Given):
    """A sentence. `sources`: references of what it rests on, with blanks or commas between."""

    text: Words
    text_en: Annotated[Prose, StringConstraints(max_length=1000)] = ""
    sources: References = ""
    version: int


class VersionInput(Given):
    """`version`: of the summary that the act was decided on."""

    version: int
