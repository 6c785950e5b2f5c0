"""What the verbs of speakers accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.text import LongProse, MailAddress, RequiredLine

RowId = Annotated[int, Field(ge=1, le=2**53)]
Access = Literal["public", "participants", "staff"]
Language = Literal["da", "en", "sv"]


class AddressInput(BaseModel):
    """Where somebody of the programme is written to, and in which language."""

    model_config = ConfigDict(extra="forbid")

    email: MailAddress | None = None
    language: Language = "da"


class WordsInput(BaseModel):
    """The title and the text of one's own talk. `version` is that of the item."""

    model_config = ConfigDict(extra="forbid")

    item_id: RowId
    title: RequiredLine
    summary: LongProse = ""
    version: RowId


class AnswerInput(BaseModel):
    """Who may see the slides (staff: nobody else, which is a no), and whether the name may be read by all."""

    model_config = ConfigDict(extra="forbid")

    slides: Access
    name: Literal["yes", "no"]


class NoSlidesInput(BaseModel):
    """Whether somebody shows no slides at an item."""

    model_config = ConfigDict(extra="forbid")

    item_id: RowId
    has_no_slides: bool


class NotesInput(BaseModel):
    """Whether the notes of one's slides may be read beside them."""

    model_config = ConfigDict(extra="forbid")

    item_id: RowId
    deck_id: RowId
    notes: Literal["shown", "own"]


class SlidesInput(BaseModel):
    """What comes with a file of slides: the item they are for, and the language that is read on them.

    `deck_id`: which of several decks of the item it is a new version of.
    """

    model_config = ConfigDict(extra="forbid")

    item_id: RowId
    deck_id: RowId | None = None
    language: Literal["da", "en", "sv", "nb"] = "da"
