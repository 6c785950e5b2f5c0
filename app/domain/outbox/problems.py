"""What a mail server says, as a number to be told in words: 5.1.1 where it gave one, else 550."""

import re

_NUMBER = re.compile(r"\b(?P<enhanced>[45]\.\d{1,3}\.\d{1,3})\b|^(?P<plain>[45]\d\d)\b")


def code_of(problem: str) -> str:
    """5.1.1 out of »550 5.1.1 no such user«; `unknown` where there is no number."""
    found = [match.group("enhanced") or match.group("plain") for match in _NUMBER.finditer(problem)]
    return next((code for code in found if "." in code), found[0] if found else "unknown")
