"""What the verbs of decks accept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.text import Line, LongProse, RequiredLine, ShortLine

Access = Literal["public", "participants", "staff"]
Language = Literal["da", "en", "sv", "nb"]
RowId = Annotated[int, Field(ge=1, le=2**53)]
Note = Annotated[LongProse, StringConstraints(max_length=2000)]


class DeckFields(BaseModel):
    """What staff writes about a deck. Without an item it belongs to the meeting as a whole."""

    model_config = ConfigDict(extra="forbid")

    item_id: RowId | None = None
    title: RequiredLine
    language: Language = "da"
    access: Access = "public"
    shows_notes: bool = False
    note: Note = ""


class DeckInput(DeckFields):
    """A new deck."""

    meeting_id: RowId


class DeckEdit(DeckFields):
    """A changed deck; `version` is the one that the form was made from."""

    version: RowId


class DeckRecord(BaseModel):
    """A deck as the archive knows it. Without a title where none is given; then the note says so."""

    model_config = ConfigDict(extra="forbid")

    meeting_id: RowId
    item_id: RowId | None = None
    key: Annotated[Line, StringConstraints(min_length=1, max_length=200)]
    title: ShortLine = ""
    note: Note = ""
    language: Language = "da"
    access: Access = "public"
    shows_notes: bool = False
    is_example: bool = False


class WithdrawInput(BaseModel):
    """Why a deck is taken away; read by all who could see it. `for_good`: its files are deleted at once."""

    model_config = ConfigDict(extra="forbid")

    why: Annotated[Line, StringConstraints(min_length=1, max_length=500)]
    for_good: bool = False
