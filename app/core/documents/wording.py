"""Text out of documents: cleaned of what cannot be stored or seen; words broken at line ends made whole."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator


def _words(text: str) -> set[str]:
    return set(text.split())


# Lone surrogates, controls other than tab and line feed, direction marks, invisible and private characters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_LINE_END = re.compile("\r\n|[\r\v\f\u2028\u2029]")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SOFT_BREAK = re.compile("\u00ad[ \t]*\n?[ \t]*")

_LETTER = r"[^\W\d_]"
# The reader of PDF puts \x02 (or U+FFFE) for a hyphen at a line's end; others a hyphen and a line end.
_BROKEN = re.compile(
    rf"(?<!{_LETTER})({_LETTER}{{1,60}})(?:[\x02\ufffe]|[-\u2010][ \t]*\n[ \t]*)({_LETTER}{{1,60}})"
)
_LEFT_OVER = re.compile("[\x02\ufffe]")
_WORD = re.compile(rf"{_LETTER}+(?:[-\u2010]{_LETTER}+)*")
_AND = {"og", "eller", "samt", "til", "and", "or", "och", "und", "oder"}
_KEEPS_HYPHEN = _words(
    "it tv pc eu ai ki kl vr ar hr ux ui id ip bi ikke non anti semi web app gis api kpi covid self pre"
)
_SHORTEST_LEFT = 2
_SHORTEST_RIGHT = 3
_STEM = 4
_LONGEST_WORD = 60

_COMMON_WORDS = {
    "da": _words(
        "og af ikke til på jeg hvad efter mellem være også bliver har kan skal vi er den det som for fra hvor"
        " hvordan kommunerne eksempel"
    ),
    "sv": _words(
        "och av inte till på jag vad efter mellan vara också blir har kan ska vi är den det som för från där"
        " hur kommunerna exempel att ett"
    ),
    "en": _words(
        "and of not to on the what after between be also is has can shall we are that this as for from where"
        " how with example a an"
    ),
}
_ENOUGH_WORDS = 5


def clean_text(text: str) -> str:
    """The text as it may be stored: NFC, nothing that cannot be stored or seen, lines trimmed, at most one
    empty line in a row."""
    text = clean_letters(_SOFT_BREAK.sub("", _LINE_END.sub("\n", text)))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def clean_letters(text: str) -> str:
    """The text in NFC without what cannot be stored or seen (NUL, surrogates, marks, soft hyphens)."""
    text = _UNWANTED.sub("", _LINE_END.sub("\n", text).replace("\u00ad", ""))
    return _PRIVATE.sub(" ", unicodedata.normalize("NFC", text.translate(_LIGATURES)))


def clean_line(text: str, longest: int) -> str:
    """The text on one line of at most `longest` characters, cut between words."""
    line = " ".join(clean_text(text).split())
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0][: longest - 1] + "…"


def cut_text(text: str, most: int) -> str:
    """The beginning of the text, at most `most` bytes of UTF-8."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[:most].decode("utf-8", "ignore").rstrip()


def join_broken_words(texts: list[str]) -> list[str]:
    """The texts with words that were broken at a line end made whole, where that is certain.

    A word is joined when it also stands unbroken in one of the texts, or when both halves are plain
    lower-case letters. It keeps its hyphen when it stands so elsewhere or after an abbreviation (it-indkøb);
    "signatur- og effektprojekter" keeps both hyphen and space.
    """
    texts = [unicodedata.normalize("NFC", text.replace("\r\n", "\n")) for text in texts]
    if not any(_BROKEN.search(text) for text in texts):
        return [_LEFT_OVER.sub("-", text) for text in texts]
    words = set(_words_of(texts))
    stems = {word[:length] for word in words for length in range(_STEM, min(len(word), _LONGEST_WORD) + 1)}

    def joined(match: re.Match[str]) -> str:
        left, right = match.group(1), match.group(2)
        low = (left + right).lower()
        if right.lower() in _AND:
            return f"{left}- {right}"
        if f"{left}-{right}".lower() in words:
            return f"{left}-{right}"
        if low in words or low[: len(left) + _STEM] in stems:
            return left + right
        long_enough = len(left) >= _SHORTEST_LEFT and len(right) >= _SHORTEST_RIGHT
        is_plain = left[1:].islower() and right.islower() and left.lower() not in _KEEPS_HYPHEN
        return left + right if long_enough and is_plain else f"{left}-{right}"

    # A word may be broken over more than two lines; the second round takes the overlap of the first.
    return [_LEFT_OVER.sub("-", _BROKEN.sub(joined, _BROKEN.sub(joined, text))) for text in texts]


def _words_of(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in _WORD.findall(_BROKEN.sub(" ", text)):
            yield word.lower().replace("\u2010", "-")


def guess_language(texts: Iterable[str], declared: str = "") -> str | None:
    """The language (da, sv, en) by its small words; with too few, what the file declares; else None."""
    seen: Counter[str] = Counter()
    for text in texts:
        for word in re.findall(rf"{_LETTER}+", text.lower()):
            for language, common in _COMMON_WORDS.items():
                if word in common:
                    seen[language] += 1
    (best, count), *rest = [*seen.most_common(), ("", 0), ("", 0)]
    if count >= _ENOUGH_WORDS and count > rest[0][1]:
        return best
    code = declared.strip().lower().replace("_", "-").split("-")[0]
    return code if re.fullmatch("[a-z]{2,3}", code) else None
