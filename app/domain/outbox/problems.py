"""What a mail server says, as a number to be told in words: 5.1.1 where it gave one, else 550."""

import re

_NUMBER = re.compile(r"\b(?P<enhanced>[45]\.\d{1,3}\.\d{1,3})\b|^(?P<plain>[45]\d\d)\b")


_KINDS = (
    ("no_address", r"[45]\.1\.[01236]|550|551|553"),
    ("full", r"[45]\.2\.2|452|552"),
    ("rejected", r"5\.7\.\d+|554"),
    ("too_large", r"5\.[23]\.[34]"),
    ("unreachable", r"[45]\.4\.\d+|4\d\d"),
)
_OF_THE_HOUSE = frozenset({"dropped", "opted_out", "not_coming", "answered", "unwritten"})


def kind_of(code: str) -> str:
    """What a number, or a word of the house, comes to: the code of the words in which staff reads it."""
    if code in _OF_THE_HOUSE:
        return code
    return next((kind for kind, pattern in _KINDS if re.fullmatch(pattern, code)), "unknown")


def code_of(problem: str) -> str:
    """5.1.1 out of »550 5.1.1 no such user«; `unknown` where there is no number."""
    found = [match.group("enhanced") or match.group("plain") for match in _NUMBER.finditer(problem)]
    return next((code for code in found if "." in code), found[0] if found else "unknown")
