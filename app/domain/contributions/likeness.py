"""Which contributions say the same, across meetings and years, and how one can tell.

Words are compared by their stems; a stem counts for the more, the fewer use it, and for more in a title.
Compounds are known by their parts (mål in målsætning), misspelt words by their trigrams. A shared aspect or
theme makes likeness more certain, and is never enough on its own. docs/decisions/0038.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.text import fold

Reason = Literal["same_words", "same_aspect", "same_theme"]
Bag = Mapping[str, float]
Near = tuple[str, float, float]  # another stem, how far it meets this one, and how far this one meets it

ALIKE = 0.44  # from this score on, of 1, two contributions are taken to say the same
OF_LONGER = 0.4  # how much it counts that the longer of two texts is covered; the rest is the shorter one's
OF_ASPECT, OF_THEME = 0.12, 0.06
PROMISING = ALIKE - OF_ASPECT - OF_THEME  # by words alone; with both of these it comes far enough
OF_TITLE = 2.0  # a word of the title counts as so many of the text
OF_PART = 0.75  # how far a word is met by a compound that it is a part of
OF_SPELLING = 0.8  # … and by a word that is spelt nearly so
OF_COMMON = 0.15  # what everybody says counts so little
SHORTEST_PART = 3  # letters of a stem that is looked for at the ends of compounds
SHORTEST_SPELLING = 6
SAME_SPELLING = 0.5  # of the trigrams of two stems
FEWEST = 200  # texts; among fewer, how rare a word is says little
# Stems of what everybody says here; in Danish and in English.
_OF_EVERYBODY = """
    kommun leverandør ønsk vil skal kan bør få god bedr fæl fælles digital it løsning system år mer først sam
    all brug mul del ny stor små lil gang gør giv tag kom sæt stå tal møde forum deltag altid nog ingen and
    hver højst tak dag find vis ved gern ting sted øns behov arbejd problem udvikl indspil pege nævnt
    municip vendor supplier want shall need would common solut digit system year use make get one
"""
COMMON = frozenset(_OF_EVERYBODY.split())
_WORD = re.compile(r"[^\W\d_]+")
_DICTIONARIES = {"da": "danish_stem", "en": "english_stem", "sv": "swedish_stem"}
_STEMS = text(
    "select language, word, (ts_lexize(cast(dictionary as regdictionary), word))[1] as stem"
    " from unnest(:languages, :words, :dictionaries) as given(language, word, dictionary)"
).bindparams(
    bindparam("languages", type_=ARRAY(Text)),
    bindparam("words", type_=ARRAY(Text)),
    bindparam("dictionaries", type_=ARRAY(Text)),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something said, as it is compared with others. `body_en`: the same in English, where it is known."""

    id: int
    title: str
    body: str
    language: str = "da"
    body_en: str = ""
    aspect: str | None = None
    theme_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Alike:
    """Another that says the same. `score`: at most 1. `words`: what both speak of, in the other's words."""

    id: int
    score: float
    reasons: tuple[Reason, ...]
    words: tuple[str, ...]


class Likeness:
    """Any number of texts, of which each can be asked what is like it. Sends one statement, when made."""

    def __init__(self, session: Session, spoken: Sequence[Spoken]) -> None:
        self._spoken = {one.id: one for one in spoken}
        parts = {one.id: _split(one) for one in spoken}
        self._stems = _find_stems(session, parts.values())
        self._languages = [
            _Language(language, {i: part[language] for i, part in parts.items() if language in part}, stems)
            for language, stems in self._stems.items()
        ]

    def list_alike(self, spoken_id: int) -> list[Alike]:
        """What says the same as this one, the likest first."""
        best: dict[int, tuple[float, tuple[str, ...]]] = {}
        for language in self._languages:
            for other, (score, words) in language.compare(spoken_id).items():
                if score > best.get(other, (0.0, ()))[0]:
                    best[other] = (score, words)
        found = (self._weigh(spoken_id, other, score, words) for other, (score, words) in best.items())
        return sorted((one for one in found if one), key=lambda one: (-one.score, one.id))

    def _weigh(self, one_id: int, other_id: int, score: float, words: tuple[str, ...]) -> Alike | None:
        one, other = self._spoken[one_id], self._spoken[other_id]
        reasons: list[Reason] = ["same_words"]
        if one.aspect == other.aspect and one.aspect not in (None, "other"):
            reasons.append("same_aspect")
            score += OF_ASPECT
        if one.theme_ids & other.theme_ids:
            reasons.append("same_theme")
            score += OF_THEME
        return Alike(other_id, min(round(score, 3), 1.0), tuple(reasons), words) if score >= ALIKE else None


Part = tuple[list[str], list[str]]  # the words of the title, and of the text


def _split(one: Spoken) -> dict[str, Part]:
    """The words of a text by language; the title is in the text's own language."""
    # A title that is the beginning of the text says nothing twice.
    body = one.body.removeprefix(one.title.rstrip("…"))
    parts: dict[str, Part] = {one.language: (_words(one.title), _words(body))}
    if one.body_en and one.language != "en":
        parts["en"] = ([], _words(one.body_en))
    return parts


def _words(given: str) -> list[str]:
    return _WORD.findall(given.lower())


def _find_stems(session: Session, parts: Iterable[Mapping[str, Part]]) -> dict[str, dict[str, str]]:
    """{language: {word: stem}}; words that carry nothing (og, at, the) have no stem."""
    used = sorted(
        {
            (language, word)
            for split in parts
            for language, (title, body) in split.items()
            for word in (*title, *body)
        }
    )
    stems: dict[str, dict[str, str]] = defaultdict(dict)
    rows = session.execute(
        _STEMS,
        {
            "languages": [language for language, _ in used],
            "words": [word for _, word in used],
            "dictionaries": [_DICTIONARIES.get(language, "danish_stem") for language, _ in used],
        },
    )
    for language, word, stem in rows:
        if stem and len(stem) > 1:
            stems[language][word] = stem
    return stems


class _Language:
    """The texts of one language as bags of weighed stems, and which stems are near to which."""

    def __init__(self, name: str, parts: Mapping[int, Part], stems: Mapping[str, str]) -> None:
        self._as_written: dict[int, dict[str, str]] = {}
        titles: dict[int, set[str]] = {}
        for spoken_id, (title, body) in parts.items():
            written = {stems[word]: word for word in reversed([*title, *body]) if word in stems}
            self._as_written[spoken_id] = written
            titles[spoken_id] = {stems[word] for word in title if word in stems}
        users: dict[str, list[int]] = defaultdict(list)
        for spoken_id, written in self._as_written.items():
            for stem in written:
                users[stem].append(spoken_id)
        self._users = users
        rarity = {stem: _rarity(stem, len(ids), len(parts)) for stem, ids in users.items()}
        self._bags: dict[int, dict[str, float]] = {
            spoken_id: {
                stem: rarity[stem] * (OF_TITLE if stem in titles[spoken_id] else 1.0) for stem in written
            }
            for spoken_id, written in self._as_written.items()
        }
        self._sums = {spoken_id: sum(bag.values()) for spoken_id, bag in self._bags.items()}
        self._near = _find_near(users)

    def compare(self, spoken_id: int) -> dict[int, tuple[float, tuple[str, ...]]]:
        """How far the words of each other text are those of this one, of 1; and which they are."""
        bag = self._bags.get(spoken_id, {})
        met_here: dict[int, dict[str, float]] = defaultdict(dict)
        met_there: dict[int, dict[str, float]] = defaultdict(dict)
        for stem in bag:
            for near, of_this, of_near in ((stem, 1.0, 1.0), *self._near.get(stem, ())):
                for other in self._users[near]:
                    here, there = met_here[other], met_there[other]
                    here[stem] = max(here.get(stem, 0.0), of_this)
                    there[near] = max(there.get(near, 0.0), of_near)
        met_here.pop(spoken_id, None)
        return {
            other: (score, self._shared(other, met_there[other]))
            for other, here in met_here.items()
            if (score := self._score(spoken_id, here, other, met_there[other])) >= PROMISING
        }

    def _score(self, one: int, here: Bag, other: int, there: Bag) -> float:
        if COMMON.issuperset(here):
            return 0.0
        of_one, of_other = self._cover(one, here), self._cover(other, there)
        return OF_LONGER * min(of_one, of_other) + (1 - OF_LONGER) * max(of_one, of_other)

    def _cover(self, spoken_id: int, met: Bag) -> float:
        """How much of a text's weight is met."""
        bag, weight = self._bags[spoken_id], 0.0
        for stem, factor in met.items():
            weight += bag[stem] * factor
        return weight / self._sums[spoken_id]

    def _shared(self, other: int, there: Bag) -> tuple[str, ...]:
        """The words that tell the most, as the other writes them."""
        bag, written = self._bags[other], self._as_written[other]
        telling = sorted((stem for stem in there if stem not in COMMON), key=lambda stem: -bag[stem])
        return tuple(written[stem] for stem in telling[:4])


def _rarity(stem: str, used_by: int, texts: int) -> float:
    """From nearly 0 for what is in every text to 1 for what is in one of many."""
    many = max(texts, FEWEST) + 1
    return (OF_COMMON if stem in COMMON else 1.0) * log(many / used_by) / log(many)


def _find_near(stems: Iterable[str]) -> dict[str, list[Near]]:
    """For each stem those that are made of it or that it is made of, and those spelt nearly so."""
    known = {stem for stem in stems if stem not in COMMON}
    near: dict[str, list[Near]] = defaultdict(list)
    for compound in known:
        for length in range(SHORTEST_PART, len(compound) - 2):
            share = length / len(compound)
            for part in {compound[:length], compound[-length:]} & known:
                near[part].append((compound, OF_PART, share))
                near[compound].append((part, share, OF_PART))
    for one, other in _find_misspelt(known):
        near[one].append((other, OF_SPELLING, OF_SPELLING))
        near[other].append((one, OF_SPELLING, OF_SPELLING))
    return near


def _find_misspelt(stems: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Pairs of stems of which most trigrams are the same; as pg_trgm counts them, without æ, ø and å."""
    trigrams = {stem: _trigrams(stem) for stem in stems if len(stem) >= SHORTEST_SPELLING}
    holders: dict[str, list[str]] = defaultdict(list)
    for stem, held in sorted(trigrams.items()):
        counts: dict[str, int] = defaultdict(int)
        for trigram in held:
            for other in holders[trigram]:
                counts[other] += 1
            holders[trigram].append(stem)
        for other, shared in counts.items():
            if shared / (len(held) + len(trigrams[other]) - shared) >= SAME_SPELLING:
                yield stem, other


def _trigrams(stem: str) -> set[str]:
    padded = f"  {fold(stem)} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
