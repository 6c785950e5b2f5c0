"""What goes into a report of a meeting, and for whom it is made."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from app.core.i18n import DEFAULT, LANGUAGES

Audience = Literal["everybody", "participants"]
Part = Literal[
    "attendance",
    "programme",
    "minutes",
    "contributions",
    "questions",
    "polls",
    "promises",
    "evaluation",
    "slides",
    "certainty",
    "references",
]

AUDIENCES: Final[tuple[Audience, ...]] = ("everybody", "participants")
# In the order in which they stand.
PARTS: Final[tuple[Part, ...]] = (
    "attendance",
    "programme",
    "minutes",
    "contributions",
    "questions",
    "polls",
    "promises",
    "evaluation",
    "slides",
    "certainty",
    "references",
)
# In the place of a theme: what was said under none.
NO_THEME: Final = "uden-tema"
MOST_THEMES: Final = 60


@dataclass(frozen=True, slots=True)
class Choices:
    """What a report holds. `parts`: in the order of PARTS. `themes`: as "strategy/theme", NO_THEME for what
    is under none; empty for all. `names`: whether organisations are named beside what was said and in the
    attendance; the programme and who signs an answer always are."""

    audience: Audience = "everybody"
    language: str = DEFAULT
    parts: tuple[Part, ...] = PARTS
    themes: tuple[str, ...] = ()
    names: bool = True

    def as_json(self) -> dict[str, Any]:
        """As plain JSON; `read_choices` makes the same of it."""
        return {
            "audience": self.audience,
            "language": self.language,
            "parts": list(self.parts),
            "themes": list(self.themes),
            "names": self.names,
        }

    def of(self, audience: Audience, language: str) -> "Choices":
        """The same for others, or in another language."""
        return replace(self, audience=audience, language=language)


def read_choices(given: dict[str, Any]) -> Choices:
    """Choices from `as_json`. What is not known any more is passed over; no part known means all."""
    chosen = set(given.get("parts", ()))
    themes = [theme for theme in given.get("themes", ()) if isinstance(theme, str)]
    return Choices(
        audience="participants" if given.get("audience") == "participants" else "everybody",
        language=given["language"] if given.get("language") in LANGUAGES else DEFAULT,
        parts=tuple(part for part in PARTS if part in chosen) or PARTS,
        themes=tuple(sorted(set(themes)))[:MOST_THEMES],
        names=bool(given.get("names", True)),
    )
