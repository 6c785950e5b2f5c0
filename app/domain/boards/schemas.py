"""What the verbs of boards accept."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.text import Prose, ShortLine
from app.domain.attendance.schemas import ShownAs
from app.domain.contributions.schemas import LONGEST_CARD, OwnWords

# The parts of a card, in order, with the words that stand before each in its text.
PARTS: Final[dict[str, str]] = {
    "problem": "Problem",
    "wish": "Ønske",
    "for_whom": "For hvem",
    "evidence": "Dokumentation",
}
CardWords = Annotated[Prose, StringConstraints(min_length=1, max_length=LONGEST_CARD)]
CardPart = Annotated[Prose, StringConstraints(max_length=LONGEST_CARD)]


class FreeWords(OwnWords):
    """A card with one text."""

    text: CardWords

    @property
    def parts(self) -> dict[str, str] | None:
        return None

    @property
    def body(self) -> str:
        return self.text

    @property
    def headline(self) -> str:
        return self.text


class PartedWords(OwnWords):
    """A card in parts: a problem or a wish, for whom, and what it rests on."""

    problem: CardPart = ""
    wish: CardPart = ""
    for_whom: CardPart = ""
    evidence: CardPart = ""

    @model_validator(mode="after")
    def _says_something(self) -> "PartedWords":
        if not (self.problem or self.wish):
            raise PydanticCustomError("board_nothing_said", "Neither a problem nor a wish")
        return self

    @property
    def parts(self) -> dict[str, str] | None:
        return {part: words for part in PARTS if (words := getattr(self, part))}

    @property
    def body(self) -> str:
        return "\n".join(f"{PARTS[part]}: {words}" for part, words in (self.parts or {}).items())

    @property
    def headline(self) -> str:
        return self.wish or self.problem


class Sent(OwnWords):
    """What comes along with a new card. `client_id`: made by the browser or with the form, and so taken once.
    `reference` and `seal`: the number that was set aside for it, if one was."""

    client_id: UUID
    reference: ShortLine = ""
    seal: ShortLine = ""
    shown_as: ShownAs | None = None


class FreeCard(FreeWords, Sent):
    """A new card with one text."""


class PartedCard(PartedWords, Sent):
    """A new card in parts."""


class FreeEdit(FreeWords):
    version: int


class PartedEdit(PartedWords):
    version: int


CardGiven = FreeCard | PartedCard
EditGiven = FreeEdit | PartedEdit
CARD_OF_FORM: Final[dict[str, type[FreeCard] | type[PartedCard]]] = {"free": FreeCard, "parts": PartedCard}
EDIT_OF_FORM: Final[dict[str, type[FreeEdit] | type[PartedEdit]]] = {"free": FreeEdit, "parts": PartedEdit}


class ObjectionInput(OwnWords):
    """«Én er uenig, fordi …»."""

    client_id: UUID
    text: CardWords
