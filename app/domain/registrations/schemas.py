"""What the verbs of signing up accept."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Prose, ShortLine
from app.domain.meetings.schemas import RowId

Status = Literal["registered", "waiting", "offered", "requested", "declined", "cancelled"]
# Those whose sign-up has not ended; and of them, those who keep a chair from others.
ACTIVE: tuple[Status, ...] = ("registered", "waiting", "offered", "requested")
ENDED: tuple[Status, ...] = ("cancelled", "declined")
SEATED: tuple[Status, ...] = ("registered", "offered")
Diet = Literal["vegetarian", "vegan", "no_pork", "gluten_free", "lactose_free", "nut_free"]
Note = Annotated[Prose, StringConstraints(max_length=500)]


class SignUpInput(BaseModel):
    """A sign-up as the person writes it. `organisation`: one that the person speaks for, or none.

    `is_listed`: the others may see the name. `agrees_to_needs`: what is said of food and access may be kept.
    """

    model_config = ConfigDict(extra="forbid")

    organisation: RowId | None = None
    title: ShortLine = ""
    is_listed: bool = False
    diets: Annotated[list[Diet], Field(max_length=6)] = []
    diet_note: Note = ""
    access_needs: Note = ""
    agrees_to_needs: bool = False

    @property
    def has_needs(self) -> bool:
        return bool(self.diets or self.diet_note or self.access_needs)


class RegistrationFacts(BaseModel):
    """A sign-up of the examples."""

    model_config = ConfigDict(extra="forbid")

    meeting_id: int
    user_id: int
    is_listed: bool
    created_at: datetime
