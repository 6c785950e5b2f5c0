"""What a report is to hold, as it stands in an address: shared by its page and by its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from app.core.text import is_storable
from app.domain.meeting_reports.queries import get_choices, list_known_themes
from app.domain.meeting_reports.schemas import MOST_THEMES, PARTS, Audience, Choices, Part
from app.http.visit import Visit

WORDS_OF_PARTS: Mapping[Part, str] = {
    "attendance": "fremmoede",
    "programme": "program",
    "minutes": "referat",
    "contributions": "indspil",
    "questions": "spoergsmaal",
    "polls": "afstemninger",
    "promises": "loefter",
    "evaluation": "evaluering",
    "slides": "oplaeg",
    "certainty": "sikkerhed",
    "references": "numre",
}
PARTS_OF_WORDS: Mapping[str, Part] = {word: part for part, word in WORDS_OF_PARTS.items()}
FOR_PARTICIPANTS = "deltagere"
WITHOUT_NAMES = "uden"
# A form without a single tick says nothing at all; this tells it from an address without choices.
SENT = "valg"
LONGEST_THEME = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked for, and what everybody gets first; `version` of the latter, 0 where it is not set."""

    choices: Choices
    first: Choices
    version: int

    @property
    def is_first(self) -> bool:
        """Whether it is what everybody gets who has not chosen."""
        return self.choices == self.first.of(self.choices.audience, self.choices.language)

    @property
    def query(self) -> str:
        """What stands after the address: "" or "?…", the same for the page and the files."""
        return query_of(self.choices, self.first)


def read_chosen(visit: Visit, meeting_id: int) -> Chosen:
    """The choices in the address; what is not in it is as staff has set it. Wrong words are passed over, so
    that they ask for no other file. One statement, and one where themes are chosen."""
    first, version = get_choices(visit.session, meeting_id)
    given = visit.request.query_params
    audience: Audience = "participants" if given.get("til") == FOR_PARTICIPANTS else "everybody"
    choices = first.of(audience, visit.language)
    if SENT in given or "del" in given:
        parts = {PARTS_OF_WORDS[word] for word in given.getlist("del") if word in PARTS_OF_WORDS}
        themes = {theme for theme in given.getlist("tema") if _is_theme(theme)}
        choices = Choices(
            audience=audience,
            language=visit.language,
            parts=tuple(part for part in PARTS if part in parts) or first.parts,
            themes=tuple(list_known_themes(visit.session, themes)[:MOST_THEMES]),
            names=given.get("navne") != WITHOUT_NAMES,
        )
    return Chosen(choices, first, version)


def _is_theme(theme: str) -> bool:
    return 0 < len(theme) <= LONGEST_THEME and is_storable(theme)


def query_of(choices: Choices, first: Choices) -> str:
    """The shortest words for these choices; the language stands in the path."""
    given: list[tuple[str, str]] = []
    if choices.audience == "participants":
        given.append(("til", FOR_PARTICIPANTS))
    if choices != first.of(choices.audience, choices.language):
        given += [("del", WORDS_OF_PARTS[part]) for part in choices.parts]
        given += [("tema", theme) for theme in choices.themes]
        given += [("navne", WITHOUT_NAMES)] if not choices.names else []
    return f"?{urlencode(given)}" if given else ""
