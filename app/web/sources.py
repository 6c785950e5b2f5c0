"""Names for links to where something was read, so that two pages of the same host can be told apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from app.core.text import shorten

LONGEST = 70


@dataclass(frozen=True, slots=True)
class SourceLink:
    address: str
    host: str
    words: str


def name_sources(addresses: Iterable[str]) -> list[SourceLink]:
    """Each address with its host and what the last part of it says, which may be nothing."""
    return [name_source(address) for address in addresses]


def name_source(address: str) -> SourceLink:
    parts = urlsplit(address)
    last = unquote(parts.path.rstrip("/").rsplit("/", 1)[-1], errors="ignore")
    words = last.rsplit(".", 1)[0].replace("-", " ").replace("_", " ").strip()
    is_telling = any(letter.isalpha() for letter in words)
    return SourceLink(
        address, (parts.hostname or "").removeprefix("www."), shorten(words, LONGEST) if is_telling else ""
    )
