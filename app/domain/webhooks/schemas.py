"""What is given of a webhook."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Line
from app.domain.webhooks.addresses import LONGEST

LONGEST_NAME = 60
# A code as `happenings.HAPPENINGS` has them; the verb knows which there are.
Happening = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z]+$", max_length=40)]


class WebhookInput(BaseModel):
    """`address` is looked at by the verb, which knows where this site stands itself."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
    address: Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST)]
    happenings: Annotated[list[Happening], Field(min_length=1, max_length=40)]


class WebhookEdit(WebhookInput):
    version: int = Field(ge=1)
