"""Danish words: cut out of a text, brought to their stem, folded to ASCII, compounds taken apart.

Pure functions; what counts as a known word is the caller's to say.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.core.text import fold

LONGEST_WORD: Final = 60
LINKS: Final = ("s", "e", "er", "n")
# In front of a word these make another word ("formål", "udbud"), no compound of two.
_PREFIXES = "af an be for fra gen ind med mis om op over paa til ud und under ved"
PREFIXES: Final = frozenset(_PREFIXES.split())

# The stop words of PostgreSQL's `danish` configuration, so that both drop the same words.
_STOP_WORDS = """
    og i jeg det at en den til er som på de med han af for ikke der var mig sig men et har om vi min havde
    ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind
    når være dog noget ville jo deres efter ned skulle denne end dette mit også under have dig anden hende
    mine alt meget sit sine vor mod disse hvis din nogle hos blive mange ad bliver hendes været thi jer
    sådan
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())

_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ue000-\uf8ff]")
_SOFT_HYPHEN = re.compile("\u00ad")
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2019": "'", "\u02bc": "'", "\u00b4": "'"})
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*(?:'(?:s|en|et|er|ens|ets|ne|erne|ernes)(?![^\W_]))?")
_ENDINGS = "s e er en et r n t ne ns ts es ers ens ets ene erne ernes enes rne rnes ede te tes ende"
ENDINGS: Final = frozenset(["", *_ENDINGS.split()])


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands: `text` in lower case, without an apostrophe ending; its place in the text."""

    text: str
    start: int
    end: int


def clean(text: str) -> str:
    """The text as a database can hold it: no NUL, no lone surrogate, no private-use character, composed."""
    return unicodedata.normalize("NFC", _UNSTORABLE.sub(" ", text))


def find_words(text: str) -> Iterator[Word]:
    """Every word with its place. A word is letters and digits; inner hyphens belong to it ("it-indkøb").

    The places are those of the composed text (NFC). Words longer than 60 characters are left out.
    """
    for found in _WORD.finditer(text.translate(_HYPHENS)):
        word = found.group().partition("'")[0].lower()
        if len(word) <= LONGEST_WORD:
            yield Word(word, found.start(), found.end())


def words(text: str) -> list[str]:
    """The words in lower case, in order, with doubles. "KL's it-indkøb" gives kl and it-indkøb."""
    composed = unicodedata.normalize("NFKC", clean(_SOFT_HYPHEN.sub("", text)))
    return [word.text for word in find_words(composed)]


def is_hyphenated(word: str) -> bool:
    """Whether it is words of letters joined by hyphens. "covid-19" and "2021-2025" are not: numbers part."""
    return "-" in word and all(part.isalpha() for part in word.split("-"))


def parts(word: str) -> list[str]:
    """What a hyphenated word can be found by: it-indkøb, it, indkøb. Another word: itself."""
    if "-" not in word:
        return [word]
    return [*([word] if is_hyphenated(word) else []), *word.split("-")]


def is_stop_word(word: str) -> bool:
    return word in STOP_WORDS


def fold_word(word: str) -> str:
    """The word in ASCII: æ ø å as ae oe aa. A word that has no ASCII at all stays as it is."""
    return fold(unicodedata.normalize("NFC", word)) or word


def unfolded(word: str) -> list[str]:
    """The ways to read ae, oe and aa as æ, ø and å: "maalbillede" also as "målbillede".

    The word itself first; at most eight ways.
    """
    ways = [word]
    for written, meant in (("aa", "å"), ("ae", "æ"), ("oe", "ø")):
        ways += [way.replace(written, meant) for way in ways if written in way]
    return ways[:8]


# --- Snowball's Danish stemmer, as in PostgreSQL's `danish` configuration; a test holds the two together.

_VOWELS: Final = frozenset("aeiouyæøå")
_S_ENDING: Final = frozenset("abcdfghjklmnoprtvyzå")
_CONSONANTS: Final = frozenset("bcdfghjklmnpqrstvwxz")
_ALL_MAIN = """
    hed ethed ered e erede ende erende ene erne ere en heden eren er heder erer heds es endes erendes enes
    ernes eres ens hedens erens ers ets erets et eret
"""
_MAIN: Final = sorted(_ALL_MAIN.split(), key=len, reverse=True)


def _region(word: str) -> int:
    """Where endings may start: after the first consonant behind a vowel, not before the third letter."""
    if len(word) < 3:
        return len(word)
    for i in range(1, len(word)):
        if word[i] not in _VOWELS and any(letter in _VOWELS for letter in word[:i]):
            return max(i + 1, 3)
    return len(word)


def _without_pair(word: str, region: int) -> str:
    return word[:-1] if len(word) - region >= 2 and word.endswith(("gd", "dt", "gt", "kt")) else word


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a Danish word in lower case: leverandørernes -> leverandør. Knows nothing of compounds."""
    region = _region(word)

    def ends_with(ending: str) -> bool:
        return len(word) - len(ending) >= region and word.endswith(ending)

    ending = next((e for e in _MAIN if ends_with(e)), None)
    if ending is not None:
        word = word[: -len(ending)]
    elif ends_with("s") and len(word) > 1 and word[-2] in _S_ENDING:
        word = word[:-1]
    word = _without_pair(word, region)

    if word.endswith("igst"):
        word = word[:-2]
    if ends_with("løst"):
        word = word[:-1]
    else:
        ending = next((e for e in ("elig", "lig", "els", "ig") if ends_with(e)), None)
        if ending is not None:
            word = _without_pair(word[: -len(ending)], region)

    if len(word) > region and len(word) > 1 and word[-1] in _CONSONANTS and word[-1] == word[-2]:
        word = word[:-1]
    return word


def sisters(word: str) -> list[str]:
    """Stems of the forms that lose or gain an e before l and r: middel -> midl, midler -> middel.

    The stemmer cannot see these; most of what is given back is no word, so look it up.
    """
    found = []
    for ending in ("el", "er"):
        if word.endswith(ending) and len(word) > 4:
            front = word[:-2]
            found.append((front[:-1] if front[-1] == front[-2] else front) + ending[1])
    base = stem(word)
    if len(base) > 3 and base[-1] in "lr" and base[-2] in _CONSONANTS:
        front, last = base[:-1], base[-1]
        found += [stem(front + "e" + last), stem(front + front[-1] + "e" + last)]
    return [sister for sister in dict.fromkeys(found) if sister != base]


def kin(word: str) -> list[str]:
    """Stems of the verb that a word in -ing comes of: evaluering -> evalu(ere), flytning -> flyt(te).

    Kin in meaning, not the same word ("måling" gives the stem of "mål" too). Most are no words: look them up.
    """
    base = stem(word)
    found = []
    if base.endswith("ing") and len(base) > 5:
        front = base[:-3]
        found.append(stem(front + "e"))
        if front.endswith("n") and len(front) > 4:
            found.append(stem(front[:-1] + "e"))
    return [verb for verb in dict.fromkeys(found) if verb != base]


def is_ending(text: str) -> bool:
    """Whether the text is what a Danish word takes on when it is inflected ("erne"), or nothing."""
    return text in ENDINGS


def ends_after(word: str, rest: str) -> bool:
    """Whether the rest is an inflection of the word, its last letter doubled or not: brud/dets, mål/ene."""
    return is_ending(rest) or (len(rest) > 1 and rest[0] == word[-1:] and is_ending(rest[1:]))


def splits(word: str, shortest: int = 3) -> Iterator[tuple[str, str]]:
    """The ways to take a word apart in two, a linking letter left out (velfærds/teknologi: velfærd).

    Every place is tried, so most ways are nonsense: keep those whose two halves are known words.
    """
    for i in range(shortest, len(word) - shortest + 1):
        left, right = word[:i], word[i:]
        # An s is nearly always a link; an e or er is as often the word's own (skole-, borger-).
        for link in ("s", "", "e", "er", "n"):
            if left.endswith(link) and len(left) - len(link) >= shortest:
                yield left.removesuffix(link), right


def split_in_two(word: str, fits: Callable[[str, str], bool], shortest: int = 3) -> list[str] | None:
    """The two parts of a compound that fit, the evenest way, else None."""
    ways = [way for way in splits(word, shortest) if fits(*way)]
    if not ways:
        return None
    # Regerings-aftale, not regering-saftale.
    return list(max(ways, key=lambda way: (way[1][0] != "s", min(len(word) - len(way[1]), len(way[1])))))


def split_compound(word: str, is_known: Callable[[str], bool], shortest: int = 3) -> list[str] | None:
    """The parts of a compound when all of them are known (two or three parts), else None.

    `is_known` is asked for words in lower case, also inflected. The fewest and evenest parts win.
    """
    two = split_in_two(word, lambda left, right: is_known(left) and is_known(right), shortest)
    if two:
        return two
    # Three parts of three letters are nearly always chance.
    for left, rest in splits(word, shortest + 1):
        if is_known(left):
            for middle, right in splits(rest, shortest + 1):
                if is_known(middle) and is_known(right):
                    return [left, middle, right]
    return None


def compound_ways(compound: str, part: str) -> list[tuple[list[str], list[str]]]:
    """The ways the part can sit in the compound: for each, the readings of what is left in front and behind.

    Folded, in lower case. A way holds when a reading in front and a reading behind are known words; the empty
    reading needs nothing. The part alone, inflected or not, is no compound: no ways.
    """
    whole = fold_word(compound)
    ways = []
    for needle in _forms(part):
        at = whole.find(needle)
        while at >= 0:
            left, right = whole[:at], whole[at + len(needle) :]
            at = whole.find(needle, at + 1)
            front = _readings(left, tail=False)
            is_inflected = ends_after(needle, right)
            behind = [""] if is_inflected else _readings(right, tail=True)
            if front and behind and (left or not is_inflected):
                ways.append((front, behind))
    return ways


def holds_word(compound: str, part: str, is_known: Callable[[str], bool]) -> bool:
    """Whether the compound is made with the part: "effektmåling" with "måling", "målbilleder" with "mål".

    What is left over must itself be a known word (`is_known` is asked in ASCII and may be asked for an
    inflected form), a linking letter or an inflection: "formål" is not made with "mål", nor "Aalborg" with
    "borg".
    """
    return any(
        all(any(not word or is_known(word) for word in side) for side in (front, behind))
        for front, behind in compound_ways(compound, part)
    )


def _forms(part: str) -> list[str]:
    """How a word looks inside a compound: as it is, and without its last e ("billede" in "billedarkiv")."""
    folded = fold_word(part)
    return [folded, folded[:-1]] if folded.endswith("e") and len(folded) > 4 else [folded]


def _readings(rest: str, tail: bool) -> list[str]:
    """What is left over beside the part, with and without a linking letter."""
    rest = rest.strip("-")
    if not rest:
        return [""]
    found = [rest]
    for link in LINKS:
        if tail and rest.startswith(link):
            found.append(rest[len(link) :].lstrip("-"))
        elif not tail and rest.endswith(link):
            found.append(rest[: -len(link)].rstrip("-"))
    return [reading for reading in found if len(reading) >= 2 and reading not in PREFIXES]


def is_slip(typed: str, meant: str) -> bool:
    """Whether the one word can be the other with slips of the fingers: none if short, up to three if long.

    A slip is a letter too many, missing, wrong, or two letters that changed places.
    """
    shortest = min(len(typed), len(meant))
    allowed = 0 if shortest < 5 else 1 if shortest < 8 else 2 if shortest < 12 else 3
    return count_slips(typed, meant) <= allowed


def count_slips(typed: str, meant: str) -> int:
    """Edit distance with swaps of neighbours (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for i, a in enumerate(typed, 1):
        row = [i]
        for j, b in enumerate(meant, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == meant[j - 2] and typed[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
