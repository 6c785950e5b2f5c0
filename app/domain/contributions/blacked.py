"""Words out of sight in a text: where they stand, and how it is shown. Nothing here asks the database."""

import re
from collections.abc import Iterable, Sequence

MARK = "▇▇▇"
Spans = list[list[int]]


def find_words(text: str, words: str) -> Spans:
    """Where the words stand: [first letter, letter after the last]. Case and sort of space do not count."""
    sought = r"\s+".join(re.escape(word) for word in words.split())
    return [list(found.span()) for found in re.finditer(sought, text, re.IGNORECASE)] if sought else []


def merge(spans: Iterable[Sequence[int]]) -> Spans:
    """The same letters in as few spans as can be, in order."""
    merged: Spans = []
    for start, end in sorted(map(tuple, spans)):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def black(text: str, spans: Iterable[Sequence[int]]) -> str:
    """The text with a mark in the place of each span."""
    shown, done = [], 0
    for start, end in merge(spans):
        shown += [text[done:start], MARK]
        done = end
    return "".join([*shown, text[done:]])


def erase(text: str, spans: Iterable[Sequence[int]], gone: Iterable[Sequence[int]]) -> tuple[str, Spans]:
    """The text without the letters in `gone`, for good, and where the other spans stand then.

    A span that shares a letter with one in `gone` goes with it.
    """
    gone = merge(gone)
    kept_text, kept_spans, done = "", [], 0
    for start, end in merge([*spans, *gone]):
        kept_text += text[done:start]
        if any(start <= first and last <= end for first, last in gone):
            kept_text += MARK
        else:
            kept_spans.append([len(kept_text), len(kept_text) + end - start])
            kept_text += text[start:end]
        done = end
    return kept_text + text[done:], kept_spans


def without_marks(text: str) -> str:
    """The text of somebody who writes the mark: it is not theirs to set."""
    return text.replace(MARK[0], "■")
