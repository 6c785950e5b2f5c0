"""What the search takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.strategies.crosswalk import Link

PER_KIND = 5
PER_PAGE = 20

# A text in pieces: the piece, and whether it is a word that was searched for.
Segments = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The words of one thing, for the index.

    It may hold only what everybody who may see the thing may read: no confidential half, no draft.
    `body` ranks above `background` (slide text, the text in another language); `names` are speakers,
    organisations and reference numbers.
    """

    kind: str
    object_id: int
    title: str
    body: str = ""
    background: str = ""
    names: str = ""
    language: str = "da"
    year: int | None = None
    theme_ids: tuple[int, ...] = ()
    organisation_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()
    meeting_id: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody searches for. No kinds means all of them, a few hits of each; one kind is paged."""

    text: str
    kinds: tuple[str, ...] = ()
    year: int | None = None
    theme_id: int | None = None
    organisation_id: int | None = None
    person_id: int | None = None
    meeting_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing as its own room shows it to this actor: its title, and the facts for its address and byline."""

    title: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the searched words marked in its title and in the piece of text around them.

    `is_background`: the piece is of the lesser text, which may be in another language than `language`.
    `via`: the links of the crosswalk through which it belongs to the chosen theme, if it does not itself.
    """

    kind: str
    object_id: int
    hit: Hit
    title: Segments
    snippet: Segments
    language: str
    year: int | None
    score: float
    is_background: bool = False
    via: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind, best first, and how many there are in all."""

    kind: str
    total: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found.

    `groups` stand best first. The counts say how many hits another choice would give: {kind: n} under the
    chosen year and theme, {year: n} under the chosen kinds and theme, {theme id: n} under the chosen kinds
    and year; {organisation id: n} and {person id: n} under all that is chosen, where only pages of decks are
    asked for. `corrections` are (typed, meant). `is_loose`: too few hits held every word, so some hold only
    part of them. `is_empty_query`: nothing to search for was left of the text.
    """

    groups: tuple[Group, ...] = ()
    total: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[int, int] = field(default_factory=dict)
    themes: Mapping[int, int] = field(default_factory=dict)
    organisations: Mapping[int, int] = field(default_factory=dict)
    people: Mapping[int, int] = field(default_factory=dict)
    corrections: tuple[tuple[str, str], ...] = ()
    is_loose: bool = False
    is_empty_query: bool = False


@dataclass(frozen=True, slots=True)
class Similar:
    """Something like what is being written. `share`: how much of the draft it holds, by weight, 0 to 1.

    `reasons` are the words of the draft that it has too, the rarest first.
    """

    kind: str
    object_id: int
    hit: Hit
    share: float
    reasons: tuple[str, ...]
