"""What the verbs of the room accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Line, MailAddress, ShortLine
from app.domain.meetings.schemas import RowId
from app.domain.organisations.models import Kind

ShownAs = Literal["name", "organisation", "kind", "anonymous"]
Names = Literal["free", "organisation", "chatham"]
PersonName = Annotated[Line, StringConstraints(max_length=120)]


class JoinInput(BaseModel):
    """How somebody wants to be shown, and what that takes. Who they are is their own affair: a guest who is
    not shown by name is not asked for it."""

    model_config = ConfigDict(extra="forbid")

    shown_as: ShownAs = "name"
    name: PersonName = ""
    organisation_name: ShortLine = ""
    organisation_kind: Kind | Literal[""] = ""


class WalkInInput(BaseModel):
    """Somebody who came without having signed up. `email`: only where they want to hear from us."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[PersonName, StringConstraints(min_length=1)]
    organisation_name: ShortLine = ""
    organisation_kind: Kind | Literal[""] = ""
    email: MailAddress | Literal[""] = ""


class RoomInput(BaseModel):
    """How a meeting's room works."""

    model_config = ConfigDict(extra="forbid")

    names: Names = "free"
    lets_guests: bool = False
    checks_in: bool = False
    stays_open_days: Annotated[int, Field(ge=0, le=60)] = 7
    version: int = 0


class DoorInput(BaseModel):
    """Who is ticked off: the number of a sign-up, or of somebody in the room who has none."""

    model_config = ConfigDict(extra="forbid")

    registration_id: RowId | None = None
    attendee_id: RowId | None = None
