"""What the verbs of partners accept."""

from typing import Annotated

from pydantic import StringConstraints

from app.core.text import Prose
from app.domain.contributions.schemas import Id, OwnWords


class ContactInput(OwnWords):
    """A request for contact about a need: to whom, and what is said with it."""

    organisation_id: Id
    message: Annotated[Prose, StringConstraints(max_length=1_000)] = ""
