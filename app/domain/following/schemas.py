"""What the verbs of following accept."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limit

from app.domain.following.fields import Field

MOST_FOLLOWED = 200
LARGEST_ID = 2**53
STOP_PURPOSE = "stop following"  # of the seal in /mails/foelg-ikke/{id}/{seal}


class InterestsInput(BaseModel):
    """All that somebody works with and follows; what is not named here is let go."""

    model_config = ConfigDict(extra="forbid")

    fields: Annotated[list[Field], Limit(max_length=20)] = []
    theme_ids: Annotated[
        list[Annotated[int, Limit(ge=1, le=LARGEST_ID)]], Limit(max_length=MOST_FOLLOWED)
    ] = []
