"""What is asked to be put back."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Kind = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]


class BackInput(BaseModel):
    """A line of the bin, as `Removed` names it."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    id: Annotated[int, Field(ge=1, le=2**53)]
    is_laid: bool = False
