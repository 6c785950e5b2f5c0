"""Themes that a text may belong under, from the themes' keywords and names. A person accepts or not."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from app.core.text_danish import clean, compound_ways, find_words, fold_word, is_stop_word, stem, words
from app.domain.strategies.queries import ThemeRef, list_keywords

MOST: Final = 3
# Below this a hit is only a word of some theme's name, which says too little.
LEAST_SCORE: Final = 0.45
PHRASE_FACTOR, COMPOUND_FACTOR, NAME_FACTOR, YEAR_FACTOR = 1.5, 0.7, 0.35, 2.0
# A part this long makes a compound by itself; a shorter one only beside a known word ("formål" has no "mål").
TELLING_PART: Final = 7
SHORTEST_PART: Final = 4
# Other words share so short a stem ("måle" and "måler"): the word itself must begin as the keyword.
AMBIGUOUS_STEM: Final = 4
# Said at every meeting: alone they point to no theme.
_EVERYDAY = (
    "borger digital digitalisering fælles kommune leverandør løsning marked offentlig system virksomhed"
)
EVERYDAY: Final = frozenset(fold_word(stem(word)) for word in _EVERYDAY.split())
MOST_REASONS: Final = 4


class Suggestion(NamedTuple):
    """A theme, and the words of the text that point to it, as they stand there."""

    theme: ThemeRef
    words: list[str]


@dataclass(frozen=True, slots=True)
class _Clue:
    """A word or phrase (stems in ASCII) that points to a theme; `factor` says how strongly.

    `begins` is how a single word with an ambiguous stem must begin, else empty.
    """

    stems: tuple[str, ...]
    theme_id: int
    factor: float
    begins: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of the text: as it stands there, and its stems (those of its hyphenated parts too)."""

    text: str
    stems: frozenset[str]
    parts: tuple[str, ...]

    def has(self, beginning: str) -> bool:
        """Whether the word, or a hyphenated part of it, begins so (in ASCII)."""
        return any(part.startswith(beginning) for part in self.parts)


def suggest_themes(
    session: Session, texts: Sequence[str], year: int | None = None, most: int = MOST
) -> dict[int, list[Suggestion]]:
    """For each text (by its index) the likeliest themes, best first; a text without any is left out.

    With a year, themes of strategies whose period covers it come before equally likely others.
    One statement, however many texts.
    """
    themes = {theme.id: (theme, keywords) for theme, keywords in list_keywords(session)}
    clues = [clue for theme, keywords in themes.values() for clue in _clues(theme, keywords)]
    spread = Counter(stems for stems, _ in {(clue.stems, clue.theme_id) for clue in clues})
    # A clue of one theme counts 1, one that many themes share about half; however many themes there are.
    rarity = {stems: 1 / (1 + 0.45 * log(count)) for stems, count in spread.items()}
    tokens = [list(_tokens(text)) for text in texts]
    known = {part for clue in clues for part in clue.stems} | {
        part for text in tokens for token in text for part in token.stems
    }
    parts = sorted({clue.stems[0] for clue in clues if len(clue.stems) == 1})
    found = {}
    for index, text in enumerate(tokens):
        scores: Counter[int] = Counter()
        reasons: dict[int, dict[int, str]] = {}
        matches = _Matches(text, parts, known)
        for clue in clues:
            places, exactness = matches.find(clue)
            if places:
                scores[clue.theme_id] += rarity[clue.stems] * clue.factor * exactness  # type: ignore[assignment]
                reasons.setdefault(clue.theme_id, {}).update((place, text[place].text) for place in places)
        best = _rank(scores, {theme_id: theme for theme_id, (theme, _) in themes.items()}, year)[:most]
        if best:
            found[index] = [Suggestion(themes[i][0], _told(reasons[i])) for i in best]
    return found


def _clues(theme: ThemeRef, keywords: Iterable[str]) -> Iterator[_Clue]:
    own = set()
    for phrase in (*keywords, theme.name):
        stems = _content(phrase)
        if stems and stems not in own:
            own.add(stems)
            yield _clue(stems, theme.id, phrase)
    for word in words(theme.name):
        stems = _content(word)
        if stems and stems not in own and len(stems[0]) >= SHORTEST_PART:
            own.add(stems)
            yield replace(_clue(stems, theme.id, word), factor=NAME_FACTOR)


def _clue(stems: tuple[str, ...], theme_id: int, phrase: str) -> _Clue:
    if len(stems) > 1:
        return _Clue(stems, theme_id, PHRASE_FACTOR)
    begins = fold_word(phrase.lower()) if len(stems[0]) <= AMBIGUOUS_STEM else ""
    return _Clue(stems, theme_id, NAME_FACTOR if stems[0] in EVERYDAY else 1.0, begins)


def _content(phrase: str) -> tuple[str, ...]:
    return tuple(_ascii_stem(word) for word in words(phrase) if not is_stop_word(word))


def _ascii_stem(word: str) -> str:
    return fold_word(stem(word))


def _tokens(text: str) -> Iterator[_Token]:
    whole = clean(text)
    for word in find_words(whole):
        if not is_stop_word(word.text):
            parts = [word.text, *(word.text.split("-") if "-" in word.text else ())]
            yield _Token(
                whole[word.start : word.end],
                frozenset(_ascii_stem(part) for part in parts if part),
                tuple(fold_word(part) for part in parts),
            )


class _Matches:
    """Where clues occur in one text."""

    def __init__(self, tokens: Sequence[_Token], parts: Sequence[str], known: set[str]) -> None:
        self.tokens = tokens
        self.exact: dict[str, list[int]] = {}
        self.compound: dict[str, list[int]] = {}
        for place, token in enumerate(tokens):
            for word in token.stems:
                self.exact.setdefault(word, []).append(place)
            for part in parts:
                if any(_is_made_with(word, part, known) for word in token.stems):
                    self.compound.setdefault(part, []).append(place)

    def find(self, clue: _Clue) -> tuple[list[int], float]:
        """The places of the words that make the clue, and how exact the hit is."""
        first = self.exact.get(clue.stems[0], [])
        if len(clue.stems) == 1:
            if not first:
                return self.compound.get(clue.stems[0], []), COMPOUND_FACTOR
            return [place for place in first if self.tokens[place].has(clue.begins)], 1.0
        for start in first:
            near = [self._near(word, start, len(clue.stems) + 2) for word in clue.stems[1:]]
            if None not in near:
                return [start, *(place for place in near if place is not None)], 1.0
        return [], 0.0

    def _near(self, word: str, start: int, reach: int) -> int | None:
        return next((place for place in self.exact.get(word, ()) if abs(place - start) <= reach), None)


def _is_made_with(word: str, part: str, known: set[str]) -> bool:
    if len(part) < SHORTEST_PART or len(word) <= len(part) + 1 or part not in word:
        return False

    def is_known(reading: str) -> bool:
        return not reading or reading in known or _ascii_stem(reading) in known

    return any(
        len(part) >= TELLING_PART or (any(map(is_known, front)) and any(map(is_known, behind)))
        for front, behind in compound_ways(word, part)
    )


def _rank(scores: Mapping[int, float], themes: Mapping[int, ThemeRef], year: int | None) -> list[int]:
    def weight(theme_id: int) -> float:
        return scores[theme_id] * (YEAR_FACTOR if year is not None and _covers(themes[theme_id], year) else 1)

    enough = [theme_id for theme_id, score in scores.items() if score >= LEAST_SCORE]
    return sorted(enough, key=lambda theme_id: (-weight(theme_id), theme_id))


def _covers(theme: ThemeRef, year: int) -> bool:
    """Whether the strategy was in force that year; one without a beginning is never said to be."""
    return theme.period_from is not None and theme.period_from <= year <= (theme.period_to or year)


def _told(reasons: Mapping[int, str]) -> list[str]:
    told = {text.lower(): text for _, text in sorted(reasons.items(), reverse=True)}
    return list(reversed(told.values()))[:MOST_REASONS]
