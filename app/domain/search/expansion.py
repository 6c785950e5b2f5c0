"""From what somebody typed to what the index is asked: other spellings, compounds, parts, synonyms.

No dictionary: what is a word, and what a compound is made of, is asked of our own documents' vocabulary.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.core.text_danish import (
    compound_ways,
    ends_after,
    fold_word,
    holds_word,
    is_stop_word,
    kin,
    sisters,
    split_compound,
    split_in_two,
    stem,
    unfolded,
    words,
)
from app.domain.search.lexemes import Term, all_of, any_of, lexeme, one_after_another, quoted
from app.domain.search.synonyms import synonyms

LONGEST_QUERY: Final = 1_000
MOST_WORDS: Final = 12
# Compounds taken along for a word: the commonest. More makes a query slow and finds what nobody meant.
MOST_COMPOUNDS: Final = 60
# Shorter words stand inside too many others by chance: they count only in compounds that come out even.
SHORTEST_LOOSE: Final = 5
SHORTEST_INSIDE: Final = 3
# Letters of a short part and of what stands beside it, together.
ENOUGH_BESIDE: Final = 8
SHORTEST_SPLIT: Final = 6
ARTICLES: Final = frozenset({"en", "et", "ens", "ets", "ene", "erne", "ernes", "s"})
# Words of two letters that do make compounds.
SHORT_PARTS: Final = frozenset({"it", "ai", "ki", "eu", "kl", "co"})

_SAME = """
    select 'same' as what, typed.i, term.word, term.folded, term.stem, term.folded_stem, term.ndoc
    from unnest(cast(:folded as text[]), cast(:folded_stems as text[])) with ordinality
        as typed (folded, folded_stem, i)
    join search_term term on term.folded = typed.folded or term.folded_stem = typed.folded_stem
"""
_INSIDE = """
    select 'inside', typed.i, term.word, term.folded, term.stem, term.folded_stem, term.ndoc
    from unnest(cast(:needles as text[])) with ordinality as typed (needle, i)
    cross join lateral (
        select * from search_term
        where folded like '%' || typed.needle || '%'
        order by ndoc desc, word
        limit 200
    ) term
"""
_SAME_ALONE = text(_SAME)
_SAME_AND_INSIDE = text(f"{_SAME} union all {_INSIDE}")
_KNOWN = """
    select 'known' as what, asked
    from unnest(cast(:asked as text[]), cast(:stems as text[])) a (asked, stem)
    where exists (select from search_term where folded = a.asked)
       or exists (select from search_term where folded_stem = a.stem)
"""
_IN_USE = """
    select 'used', asked from unnest(cast(:parts as text[])) a (asked)
    where exists (select from search_term where folded like '%' || a.asked || '%')
"""
_KNOWN_ALONE = text(_KNOWN)
_KNOWN_AND_IN_USE = text(f"{_KNOWN} union all {_IN_USE}")
# Words of a question that tell nothing of its subject, though they are no stop words of the index.
_ASKING = """
    hvem hvordan hvornår hvorfor hvilken hvilket hvilke kan må bør få får fik gør gøre gjorde går gå komme
    kommer tager tage giver give ved mellem uden inden siden samt både så mere mest andre andet samme hver
    vores jeres
"""
ASKING_WORDS: Final = frozenset(_ASKING.split())


@dataclass(frozen=True, slots=True)
class Meaning:
    """One typed word as the index is asked for it, three tsquery texts, each wider than the one before.

    exact: the word in any inflection and spelling. near: also compounds made with it. wide: also words that
    happen to hold it, synonyms, the parts of a compound wherever they stand (`parts`, empty if it is none),
    and what a slip may have meant. `ndoc`: in how many documents the word stands, hidden ones too; `reach`:
    in how many at most it or a word that holds it does.
    """

    typed: str
    exact: str
    near: str
    wide: str
    parts: str = ""
    ndoc: int = 0
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Expanded:
    """A typed text as the index is asked for it. No words: there was nothing to search for."""

    words: tuple[Meaning, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()

    @property
    def exact(self) -> str:
        return all_of(word.exact for word in self.words)

    @property
    def near(self) -> str:
        return all_of(word.near for word in self.words)

    @property
    def wide(self) -> str:
        return all_of(word.wide for word in self.words)

    @property
    def any(self) -> str:
        return any_of(word.wide for word in self.words)

    @property
    def any_exact(self) -> str:
        return any_of(word.exact for word in self.words)


def typed_words(typed: str, most: int = MOST_WORDS, longest: int = LONGEST_QUERY) -> list[str]:
    """The words to search for, each once, hyphens taken apart; stop words only if there is no other."""
    cut = [part for word in words(typed[:longest]) for part in word.split("-")]
    found = list(dict.fromkeys(cut))
    telling = [word for word in found if not is_stop_word(word)] or found
    return ([word for word in telling if word not in ASKING_WORDS] or telling)[:most]


def expand(session: Session, typed: str) -> Expanded:
    """What to ask the index for: two statements, or three where a compound comes apart.

    Any text will do.

    Says nothing of slips: what somebody may have meant depends on what they may see (`queries.search`).
    """
    return Expanded(expand_words(session, typed_words(typed)))


def expand_words(session: Session, found: Sequence[str]) -> tuple[Meaning, ...]:
    """The meanings of words in lower case, in their order."""
    if not found:
        return ()
    joined = {pair: _ways_to_join(*pair) for pair in pairwise(found)}
    asked = list(dict.fromkeys([*found, *(way for ways in joined.values() for way in ways)]))
    same, inside = _find_same_and_inside(session, asked, found)
    strange = [word for word in found if word not in same]
    is_known, is_in_use = _known_among(session, _readings(inside, same) | _possible_parts(found), strange)
    compounds = _find_compounds(inside, same, is_known)
    parts = _find_parts(found, same, is_known, is_in_use)
    part_words = list(dict.fromkeys(part for split in parts.values() for part in split))
    part_meanings = _part_meanings(session, part_words, is_known) if part_words else {}

    meanings = []
    for i, word in enumerate(found):
        exact = [*map(quoted, spellings(word)), *(quoted(term.stem) for term in same.get(word, ()))]
        for pair in (
            (found[i - 1], word) if i else None,
            (word, found[i + 1]) if i + 1 < len(found) else None,
        ):
            if pair:
                exact += [quoted(term.stem) for way in joined[pair] for term in same.get(way, ())]
        even, loose = compounds.get(word, ((), ()))
        near = [*exact, *(quoted(term.stem) for term in even)]
        apart = all_of(part_meanings[part] for part in parts.get(word, ()))
        wide = [*near, *(quoted(term.stem) for term in loose), *map(quoted, kin(word)), apart]
        ndoc = sum(term.ndoc for term in same.get(word, ()))
        reach = ndoc + sum(term.ndoc for term in (*even, *loose))
        meanings.append(Meaning(word, any_of(exact), any_of(near), any_of(wide), apart, ndoc, reach))
    return _with_synonyms(meanings)


def spellings(word: str) -> list[str]:
    """The stems under which the word itself stands in the index; a stop word stands there only in names."""
    if is_stop_word(word):
        return [word]
    return [stem for way in unfolded(word) for stem in (lexeme(way), *sisters(way))]


def _ways_to_join(left: str, right: str) -> list[str]:
    """Two words that somebody wrote apart: "velfærds teknologi", "it indkøb"."""
    return [left + link + right for link in ("", "s", "e", "-")]


def find_same(session: Session, asked: Sequence[str]) -> dict[str, list[Term]]:
    """The words of the vocabulary that are the asked one in another inflection or spelling."""
    forms = _word_forms(asked)
    rows = session.execute(_SAME_ALONE, _as_values(forms)).all()
    return _by_word(rows, "same", [word for word, _ in forms])


def _find_same_and_inside(
    session: Session, asked: Sequence[str], found: Sequence[str]
) -> tuple[dict[str, list[Term]], dict[str, list[Term]]]:
    """The same words as `find_same` gives, and for each found word those that hold it; one statement."""
    forms = _word_forms(asked)
    flat = [(word, needle) for word in found if _is_sought_inside(word) for needle in _needles(word)]
    values = {**_as_values(forms), "needles": [needle for _, needle in flat]}
    rows = session.execute(_SAME_AND_INSIDE, values).all()
    same = _by_word(rows, "same", [word for word, _ in forms])
    return same, _by_word(rows, "inside", [word for word, _ in flat])


def _word_forms(asked: Sequence[str]) -> list[tuple[str, str]]:
    return [(word, stem) for word in asked for stem in (lexeme(word), *sisters(word))]


def _as_values(forms: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    return {
        "folded": [fold_word(word) for word, _ in forms],
        "folded_stems": [fold_word(stem) for _, stem in forms],
    }


def _is_sought_inside(word: str) -> bool:
    return len(word) >= SHORTEST_INSIDE and not is_stop_word(word)


def _readings(inside: Mapping[str, Sequence[Term]], same: Mapping[str, Sequence[Term]]) -> set[str]:
    """What must be known words for those that hold others to be compounds made with them."""
    bases = {word: _bases(word, same.get(word, ())) for word in inside}
    return {
        reading
        for word, terms in inside.items()
        for term in terms
        for base in bases[word]
        for front, behind in compound_ways(term.word, base)
        for reading in (*front, *behind)
        if reading
    }


def _find_compounds(
    inside: Mapping[str, Sequence[Term]],
    same: Mapping[str, Sequence[Term]],
    is_known: Callable[[str], bool],
) -> dict[str, tuple[list[Term], list[Term]]]:
    """For each word the compounds that come out even, and the words that only happen to hold it."""
    compounds = {}
    for word, terms in inside.items():
        needles, bases = _needles(word), _bases(word, same.get(word, ()))
        own = {term.stem for term in same.get(word, ())}
        others = list(dict.fromkeys(term for term in terms if term.stem not in own))
        even = [
            term for term in others if any(_holds_evenly(term, needle, bases, is_known) for needle in needles)
        ]
        is_even = set(even)
        loose = [
            term
            for term in others
            if term not in is_even and any(_holds_loosely(term, needle, bases) for needle in needles)
        ]
        compounds[word] = (even[:MOST_COMPOUNDS], loose[: MOST_COMPOUNDS // 2])
    return compounds


def _needles(word: str) -> list[str]:
    """What to look for inside other words, in ASCII: the stem, and that of a form with or without an e."""
    stems = [fold_word(stem) for stem in (lexeme(word), *sisters(word))]
    return [needle for i, needle in enumerate(stems) if i == 0 or len(needle) >= SHORTEST_LOOSE]


def _bases(word: str, same: Sequence[Term]) -> list[str]:
    """The word as it stands in compounds: its shortest form in use ("borger", though the stem is "borg").

    The stem too, where it was cut off an article, an s or a plural: "strategiens" or "vagter" may be all that
    the vocabulary has. An er that other endings follow ("borgere") is the word's own.
    """
    forms = [word, *(term.word for term in same)]
    shortest = min(forms, key=len)
    cut = lexeme(shortest)
    found = [shortest]
    ending = shortest[len(cut) :]
    is_plural = ending == "er" and not any(form.endswith(("ere", "eren", "erens", "eres")) for form in forms)
    if len(cut) > SHORTEST_INSIDE and (is_plural or ending in ARTICLES):
        found.append(cut)
    if is_plural:
        found.append(shortest.removesuffix("r"))
    return found


def _holds_evenly(term: Term, needle: str, bases: Sequence[str], is_known: Callable[[str], bool]) -> bool:
    """Whether the word is a compound made with the base; a long base at its start or end needs no proof."""
    before, held, after = term.folded.rpartition(needle)
    if held and len(needle) > SHORTEST_LOOSE and (not before or ends_after(needle, after)):
        return True
    return any(holds_word(term.word, base, is_known) for base in bases)


def _holds_loosely(term: Term, needle: str, bases: Sequence[str]) -> bool:
    """Whether the word may be a compound of which we know one part only.

    A long part may stand anywhere, a short one at the start or end with enough beside it to be a word:
    "timepriser" holds "pris", but "Aalborg" not "borg".
    """
    for part in [needle] if len(needle) >= SHORTEST_LOOSE else map(fold_word, bases):
        before, held, after = term.folded.partition(part)
        if not held:
            continue
        is_beside = not before or ends_after(part, after)
        beside = max(len(before), len(after))
        if len(part) > SHORTEST_LOOSE or (is_beside and len(part) + beside >= ENOUGH_BESIDE):
            return True
    return False


def _possible_parts(found: Sequence[str]) -> set[str]:
    """All that a compound among the words may be made of."""
    wholes = _foldable(found).values()
    asked = {
        whole[start:end]
        for whole in wholes
        for start in range(len(whole) - 2)
        for end in range(start + 3, len(whole) + 1)
        if (start, end) != (0, len(whole))
    }
    return asked | {whole[:2] for whole in wholes if whole[:2] in SHORT_PARTS}


def _foldable(found: Sequence[str]) -> dict[str, str]:
    return {word: fold_word(word) for word in found if len(word) >= SHORTEST_SPLIT and word.isalpha()}


def _find_parts(
    found: Sequence[str],
    same: Mapping[str, Sequence[Term]],
    is_known: Callable[[str], bool],
    is_in_use: Callable[[str], bool],
) -> dict[str, list[str]]:
    """The parts of the compounds among the words, where all parts are known words; of a word that is known in
    no way, where one is and the other is at least part of one.
    """
    split = {}
    for word, whole in _foldable(found).items():
        parts = _split(whole, is_known)
        if not parts and word not in same:
            parts = _split_half_known(whole, is_known, is_in_use)
        if parts:
            split[word] = parts
    return split


def _long_parts(wholes: Iterable[str]) -> set[str]:
    """Parts that may start or end other compounds: "parkering" may be known by "parkeringsplads" alone."""
    return {
        part
        for whole in wholes
        for i in range(SHORTEST_LOOSE, len(whole) - SHORTEST_INSIDE)
        for part in (whole[:i], stem(whole[-i:]))
        if len(part) >= SHORTEST_LOOSE
    }


def _split(whole: str, is_known: Callable[[str], bool]) -> list[str] | None:
    if whole[:2] in SHORT_PARTS and len(whole) >= SHORTEST_SPLIT and is_known(whole[2:]):
        return [whole[:2], whole[2:]]
    return split_compound(whole, is_known)


def _split_half_known(
    whole: str, is_known: Callable[[str], bool], is_in_use: Callable[[str], bool]
) -> list[str] | None:
    """The two parts of which one is a known word and the other at least part of one."""

    def fits(left: str, right: str) -> bool:
        return (is_known(left) and is_in_use(right)) or (is_in_use(left) and is_known(right))

    return split_in_two(whole, fits, SHORTEST_INSIDE + 1)


def _part_meanings(session: Session, parts: Sequence[str], is_known: Callable[[str], bool]) -> dict[str, str]:
    """Each part as a word in any inflection, or as part of another compound; one statement.

    What the compounds' other parts are is not asked: `is_known` knows those of the words that were typed.
    """
    same, inside = _find_same_and_inside(session, parts, parts)
    compounds = _find_compounds(inside, same, is_known)
    return {
        part: any_of(
            [
                *map(quoted, (lexeme(part), *kin(part))),
                *(quoted(term.stem) for term in same.get(part, ())),
                *(
                    quoted(term.stem)
                    for kind in compounds.get(part, ())
                    for term in kind[: MOST_COMPOUNDS // 3]
                ),
            ]
        )
        for part in parts
    }


def _with_synonyms(meanings: Sequence[Meaning]) -> tuple[Meaning, ...]:
    """Each word, and each phrase of up to three words, also by those that mean the same."""
    known = synonyms()
    widened = list(meanings)
    stems = [lexeme(meaning.typed) for meaning in meanings]
    for length in (1, 2, 3):
        for start in range(len(stems) - length + 1):
            others = known.get(tuple(stems[start : start + length]), ())
            if others:
                meant = any_of(one_after_another(other) for other in others)
                for i in range(start, start + length):
                    widened[i] = replace(widened[i], wide=any_of([widened[i].wide, meant]))
    return tuple(widened)


def _known_among(
    session: Session, asked: Iterable[str], strange: Sequence[str] = ()
) -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """Two tests: whether an asked ASCII word is in the vocabulary in some inflection; whether a long part of
    a strange word is at least part of one there. One statement.
    """
    listed = sorted(word for word in asked if len(word) > 2 or word in SHORT_PARTS)
    parts = sorted(_long_parts(_foldable(strange).values()))
    held: dict[str, set[str]] = {"known": set(), "used": set()}
    if listed or parts:
        values = {"asked": listed, "stems": [stem(word) for word in listed]}
        for what, word in session.execute(
            _KNOWN_AND_IN_USE if parts else _KNOWN_ALONE, values | ({"parts": parts} if parts else {})
        ):
            held[what].add(word)
    known, used = held["known"], held["used"]
    return (
        lambda word: word in known or word in SHORT_PARTS,
        lambda part: part in used or stem(part) in used,
    )


def _by_word(rows: Iterable[Row[Any]], what: str, asked: Sequence[str]) -> dict[str, list[Term]]:
    found: dict[str, list[Term]] = {}
    for row in rows:
        if row[0] == what:
            found.setdefault(asked[row[1] - 1], []).append(Term(*row[2:]))
    return found
