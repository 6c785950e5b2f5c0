"""What the records of the archive call things, and the rows they became."""

from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


@dataclass
class Names:
    """{what the records call it: its row} for each sort of thing."""

    organisations: dict[str, int] = field(default_factory=dict)
    themes: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    meetings: dict[str, int] = field(default_factory=dict)
    contributions: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    decks: dict[str, int] = field(default_factory=dict)
    commitments: dict[str, int] = field(default_factory=dict)
