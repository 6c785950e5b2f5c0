"""Words as PostgreSQL's `danish` configuration stores them, and the tsquery texts made of them."""

from collections.abc import Iterable
from typing import NamedTuple

from app.core.text_danish import fold_word, is_stop_word, stem


class Term(NamedTuple):
    """A word of the vocabulary."""

    word: str
    folded: str
    stem: str
    folded_stem: str
    ndoc: int = 1


def lexeme(word: str) -> str:
    """The stem of a word; what holds a digit stays whole, as PostgreSQL keeps it."""
    return word if any(letter.isdigit() for letter in word) else stem(word)


def make_term(word: str) -> Term:
    return Term(word, fold_word(word), lexeme(word), fold_word(lexeme(word)))


def is_vocabulary(word: str) -> bool:
    """Whether a word belongs into the vocabulary: no stop word, no bare number."""
    return not is_stop_word(word) and any(letter.isalpha() for letter in word)


def quoted(value: str, weight: str = "") -> str:
    """A lexeme as it is written in a tsquery."""
    inside = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{inside}'" + (f":{weight}" if weight else "")


def any_of(parts: Iterable[str]) -> str:
    """Tsquery texts joined by or, each once, in order; empty when there are none."""
    return _joined(" | ", dict.fromkeys(filter(None, parts)))


def all_of(parts: Iterable[str]) -> str:
    """Tsquery texts joined by and, each once, in order; empty when there are none."""
    return _joined(" & ", dict.fromkeys(filter(None, parts)))


def one_after_another(words: Iterable[str]) -> str:
    """The words side by side, as a tsquery text."""
    return _joined(" <-> ", [quoted(lexeme(word)) for word in words])


def _joined(sign: str, parts: Iterable[str]) -> str:
    kept = list(parts)
    return f"({sign.join(kept)})" if len(kept) > 1 else "".join(kept)
