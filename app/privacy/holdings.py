"""In which words the register is written: groups of data, and a holding for each table with people in it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Table

from app.privacy.owners import Owner


@dataclass(frozen=True, slots=True)
class Group:
    """Holdings that serve the same end: why we have them, on what ground, who sees them (Danish msgids)."""

    code: str
    title: str
    why: str
    ground: str
    seen_by: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """What happens to the rows when their person leaves.

    `values`: what an emptied row holds afterwards; a function is asked with the table.
    """

    how: Literal["deleted", "emptied", "kept"]
    words: str
    values: dict[str, Any] = field(default_factory=dict)

    def values_in(self, table: Table) -> dict[str, Any]:
        return {name: value(table) if callable(value) else value for name, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Holding:
    """One table with personal data, and what we promise about it.

    `columns`, in their order, come in the copy. Those that are `withheld` never do: fingerprints and keys.
    `plain` are the rest: numbers and codes of the house. `period` is a field of Periods, where the rows go
    or are emptied by themselves; `kept` says it in words, with {days} for "30 dage".
    """

    table: str
    group: Group
    title: str
    owner: Owner
    columns: str
    kept: str
    erasure: Erasure
    withheld: str = ""
    plain: str = ""
    period: str | None = None

    @property
    def all_columns(self) -> set[str]:
        return {*self.columns.split(), *self.withheld.split(), *self.plain.split()}
