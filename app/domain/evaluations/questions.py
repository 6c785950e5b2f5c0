"""The three questions, the same after every meeting, and the five steps on which they are answered.

The words are here in every language and in no catalogue: a line over the years compares only what was asked
in the same words. Whoever changes a word makes a new wording with the next number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 5  # answers below which nothing is shown, or kept
STEPS: Final = (1, 2, 3, 4, 5)
HIGH: Final = 4  # from this step on somebody agrees "to a large extent"


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in each language of the forum."""

    da: str
    en: str
    sv: str

    def say(self, language: str) -> str:
        return {"en": self.en, "sv": self.sv}.get(language, self.da)


@dataclass(frozen=True, slots=True)
class Question:
    """`code` stays through all wordings, so that a question can be followed."""

    code: str
    text: Words
    help: Words


@dataclass(frozen=True, slots=True)
class Wording:
    """The questions and the words of the steps 1 to 5, as they were asked together."""

    questions: tuple[Question, ...]
    steps: tuple[Words, ...]
    unknown: Words


CODES: Final = ("worth", "heard", "next")
WORDINGS: Final[Mapping[int, Wording]] = {
    1: Wording(
        questions=(
            Question(
                "worth",
                Words(
                    "Mødet var tiden værd",
                    "The meeting was worth the time",
                    "Mötet var värt tiden",
                ),
                Words(
                    "Rejsen, timerne og det, du ellers skulle have nået.",
                    "The journey, the hours and what else you could have done.",
                    "Resan, timmarna och det du annars skulle ha hunnit.",
                ),
            ),
            Question(
                "heard",
                Words("Vi blev hørt", "We were heard", "Vi blev hörda"),
                Words(
                    "Det, som du og andre som dig sagde, blev taget imod og forstået.",
                    "What you and others like you said was received and understood.",
                    "Det som du och andra som du sade togs emot och förstods.",
                ),
            ),
            Question(
                "next",
                Words(
                    "Jeg ved, hvad der sker nu",
                    "I know what happens next",
                    "Jag vet vad som händer nu",
                ),
                Words(
                    "Hvem der gør hvad med det, der kom frem, og hvornår du hører mere.",
                    "Who does what with what came up, and when you will hear more.",
                    "Vem som gör vad med det som kom fram, och när du får veta mer.",
                ),
            ),
        ),
        steps=(
            Words("Slet ikke", "Not at all", "Inte alls"),
            Words("I mindre grad", "To a small extent", "I mindre grad"),
            Words("I nogen grad", "To some extent", "I någon grad"),
            Words("I høj grad", "To a large extent", "I hög grad"),
            Words("I meget høj grad", "To a very large extent", "I mycket hög grad"),
        ),
        unknown=Words("Ved ikke", "Don't know", "Vet inte"),
    )
}
CURRENT: Final = 1
