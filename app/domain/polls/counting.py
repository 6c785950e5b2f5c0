"""Counting votes: from what each gave to how many gave what. Nothing here knows who."""

from collections import Counter
from collections.abc import Iterable, Mapping


def fold_word(word: str) -> str:
    """What two spellings of a word have in common: small letters, without what stands around it."""
    return word.casefold().strip(" .,;:!?\"'»«-–")


def count_votes(votes: Iterable[tuple[str, int]], counted: Mapping[str, int], kind: str) -> dict[str, int]:
    """How many gave each thing: those counted before and these together.

    Words are gathered under the spelling that most have used; of two as common ones, the first in order.
    """
    tally: Counter[str] = Counter(counted)
    for given, number in votes:
        tally[given] += number
    return dict(tally) if kind != "words" else _gather(tally)


def _gather(tally: Mapping[str, int]) -> dict[str, int]:
    spellings: dict[str, dict[str, int]] = {}
    for word, number in tally.items():
        spellings.setdefault(fold_word(word), {})[word] = number
    gathered = {}
    for words in spellings.values():
        # A capital letter begins the line of a telephone more often than it is meant.
        common = min(words, key=lambda word: (-words[word], word[:1].isupper(), word))
        gathered[common] = sum(words.values())
    return gathered
