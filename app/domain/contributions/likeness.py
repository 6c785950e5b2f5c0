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
from typing import Any, Literal

from sqlalchemy import Text, bindparam, column, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.asking import Asking, asked, read
from app.core.text import fold
from app.domain.contributions.models import Contribution, ContributionTheme

# The last one is no likeness that is found: staff has put them together.
Reason = Literal["same_words", "same_aspect", "same_theme", "near_spelling", "gathered"]
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
_STEMS = select(
    text(
        "select language, word, (ts_lexize(cast(dictionary as regdictionary), word))[1] as stem"
        " from unnest(:languages, :words, :dictionaries) as given(language, word, dictionary)"
    )
    .bindparams(
        bindparam("languages", type_=ARRAY(Text)),
        bindparam("words", type_=ARRAY(Text)),
        bindparam("dictionaries", type_=ARRAY(Text)),
    )
    .columns(column("language", Text), column("word", Text), column("stem", Text))
    .subquery("stemmed")
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


def theme_ids() -> Any:
    """The themes of a contribution, as a column for a statement that reads it; see `as_spoken`."""
    return (
        select(func.array_agg(ContributionTheme.theme_id))
        .where(ContributionTheme.contribution_id == Contribution.id)
        .correlate(Contribution)
        .scalar_subquery()
        .label("theme_ids")
    )


def as_spoken(row: Any) -> Spoken:
    """Of a row with the columns that `Spoken` has, and `theme_ids` among them."""
    themes = frozenset(row.theme_ids or ())
    return Spoken(row.id, row.title, row.body, row.language, row.body_en, row.aspect, themes)


@dataclass(frozen=True, slots=True)
class Usage:
    """How common stems are where the texts were chosen from: {stem: in how many texts}, of how many."""

    used_by: Mapping[str, int]
    texts: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Another that says the same. `score`: at most 1. `words`: what both speak of, in the other's words.
    Of the reasons `near_spelling` tells that some word was met only by one that is spelt nearly so."""

    id: int
    score: float
    reasons: tuple[Reason, ...]
    words: tuple[str, ...]


def find_likeness(session: Session, spoken: Sequence[Spoken], usage: Usage | None = None) -> "Likeness":
    """Of any number of texts; one statement. `usage`: where they are chosen from many others, how common
    stems are among all of these."""
    return read(session, likeness_of(spoken, usage))


def likeness_of(spoken: Sequence[Spoken], usage: Usage | None = None) -> Asking["Likeness"]:
    """The same, to be asked beside others."""
    parts = {one.id: _split(one) for one in spoken}
    stems = yield from _stems_of(parts.values())
    return Likeness(spoken, parts, stems, usage)


class Likeness:
    """Texts of which each can be asked what is like it, with their words and the stems of these."""

    def __init__(
        self,
        spoken: Sequence[Spoken],
        parts: Mapping[int, Mapping[str, "Part"]],
        stems: Mapping[str, Mapping[str, str]],
        usage: Usage | None,
    ) -> None:
        self._spoken = {one.id: one for one in spoken}
        self._languages = [
            _Language({i: part[language] for i, part in parts.items() if language in part}, of_it, usage)
            for language, of_it in stems.items()
        ]

    def list_alike(self, spoken_id: int) -> list[Alike]:
        """What says the same as this one, the likest first."""
        best: dict[int, _Met] = {}
        for language in self._languages:
            for other, met in language.compare(spoken_id).items():
                if other not in best or met.score > best[other].score:
                    best[other] = met
        found = (self._weigh(spoken_id, other, met) for other, met in best.items())
        return sorted((one for one in found if one), key=lambda one: (-one.score, one.id))

    def _weigh(self, one_id: int, other_id: int, met: "_Met") -> Alike | None:
        one, other, score = self._spoken[one_id], self._spoken[other_id], met.score
        reasons: list[Reason] = ["same_words"]
        if met.by_spelling:
            reasons.append("near_spelling")
        if one.aspect == other.aspect and one.aspect not in (None, "other"):
            reasons.append("same_aspect")
            score += OF_ASPECT
        if one.theme_ids & other.theme_ids:
            reasons.append("same_theme")
            score += OF_THEME
        if score < ALIKE:
            return None
        return Alike(other_id, min(round(score, 3), 1.0), tuple(reasons), met.words)


@dataclass(frozen=True, slots=True)
class _Met:
    """How far the words of another text are those of one, of 1; which they are in the other; and whether
    some are only spelt nearly so."""

    score: float
    words: tuple[str, ...]
    by_spelling: bool


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


def _stems_of(parts: Iterable[Mapping[str, Part]]) -> Asking[dict[str, dict[str, str]]]:
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
    rows = yield from asked(
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

    def __init__(self, parts: Mapping[int, Part], stems: Mapping[str, str], usage: Usage | None) -> None:
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
        rarity = {
            # Among texts that were chosen for these very words, their number there says nothing.
            stem: _rarity(stem, usage.used_by[stem], usage.texts)
            if usage is not None and stem in usage.used_by
            else _rarity(stem, len(ids), len(parts))
            for stem, ids in users.items()
        }
        self._bags: dict[int, dict[str, float]] = {
            spoken_id: {
                stem: rarity[stem] * (OF_TITLE if stem in titles[spoken_id] else 1.0) for stem in written
            }
            for spoken_id, written in self._as_written.items()
        }
        self._sums = {spoken_id: sum(bag.values()) for spoken_id, bag in self._bags.items()}
        self._nearness = Nearness(users)

    def compare(self, spoken_id: int) -> dict[int, _Met]:
        """How far the words of each other text are those of this one."""
        bag = self._bags.get(spoken_id, {})
        met_here: dict[int, dict[str, float]] = defaultdict(dict)
        met_there: dict[int, dict[str, float]] = defaultdict(dict)
        spelt: dict[int, set[str]] = defaultdict(set)
        for stem in bag:
            for near, of_this, of_near in ((stem, 1.0, 1.0), *self._nearness.near(stem)):
                for other in self._users[near]:
                    here, there = met_here[other], met_there[other]
                    here[stem] = max(here.get(stem, 0.0), of_this)
                    there[near] = max(there.get(near, 0.0), of_near)
                    if of_this == of_near == OF_SPELLING:
                        spelt[other].add(stem)
        met_here.pop(spoken_id, None)
        return {
            other: _Met(
                score,
                self._shared(other, met_there[other]),
                any(here[stem] == OF_SPELLING for stem in spelt[other]),
            )
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
        telling = sorted((stem for stem in there if stem not in COMMON), key=lambda stem: (-bag[stem], stem))
        return tuple(written[stem] for stem in telling[:4])


def _rarity(stem: str, used_by: int, texts: int) -> float:
    """From nearly 0 for what is in every text to 1 for what is in one of many."""
    many = max(texts, FEWEST) + 1
    used_by = min(max(used_by, 1), many - 1)
    return (OF_COMMON if stem in COMMON else 1.0) * log(many / used_by) / log(many)


class Nearness:
    """Which stems of a vocabulary are near to one: made of it, that it is made of, or spelt nearly so.

    `asked`: those that will be asked about, where they are few: only of them is it worked out.
    """

    def __init__(self, vocabulary: Iterable[str], asked: Iterable[str] | None = None) -> None:
        self._known = {stem for stem in vocabulary if stem not in COMMON}
        self._found: dict[str, list[Near]] = {}
        self._by_end: dict[str, list[str]] = defaultdict(list)
        self._by_trigram: dict[str, list[str]] = defaultdict(list)
        self._sizes: dict[str, int] = {}
        about = None if asked is None else {stem for stem in asked if stem not in COMMON}
        spelt = None if about is None else {one for stem in about for one in _trigrams(stem)}
        for word in self._known:
            for part in _ends(word) if about is None else _ends(word) & about:
                self._by_end[part].append(word)
            if len(word) >= SHORTEST_SPELLING:
                held = _trigrams(word)
                self._sizes[word] = len(held)
                for trigram in held if spelt is None else held & spelt:
                    self._by_trigram[trigram].append(word)

    def near(self, stem: str) -> list[Near]:
        """The others that are near; what everybody says is near to nothing."""
        if stem in COMMON:
            return []
        if stem not in self._found:
            self._found[stem] = [
                *((word, OF_PART, len(stem) / len(word)) for word in self._by_end.get(stem, ())),
                *((part, len(part) / len(stem), OF_PART) for part in _ends(stem) & self._known),
                *((word, OF_SPELLING, OF_SPELLING) for word in self._misspelt(stem)),
            ]
        return self._found[stem]

    def _misspelt(self, stem: str) -> Iterable[str]:
        """Those of which most trigrams are the same; as pg_trgm counts them, without æ, ø and å."""
        if len(stem) < SHORTEST_SPELLING:
            return
        held = _trigrams(stem)
        counts: dict[str, int] = defaultdict(int)
        for trigram in held:
            for other in self._by_trigram.get(trigram, ()):
                counts[other] += 1
        for other, shared in counts.items():
            if other != stem and shared / (len(held) + self._sizes[other] - shared) >= SAME_SPELLING:
                yield other


def _ends(word: str) -> set[str]:
    """The parts that it begins or ends with, of which it may be made; never all of it."""
    lengths = range(SHORTEST_PART, len(word) - 2)
    return {word[:length] for length in lengths} | {word[-length:] for length in lengths}


def find_rarity(stem: str, usage: Usage) -> float:
    """From nearly 0 for what is in every text to 1 for what is in one of many."""
    return _rarity(stem, usage.used_by.get(stem, 1), usage.texts)


def _trigrams(stem: str) -> set[str]:
    padded = f"  {fold(stem)} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
