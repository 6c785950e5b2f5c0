"""A board as the archive knows it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.core.text import LongProse, ShortLine


class BoardFacts(BaseModel):
    """`item`, `group`, and every card and user are keys of the archive. `clusters`: cards by the cluster's
    name; `dots_given`: users by card; `objections`: what was said against a card."""

    model_config = ConfigDict(extra="forbid")

    is_example: bool = False
    item: ShortLine
    group: ShortLine | None = None
    task: LongProse = ""
    form: Literal["free", "parts"] = "free"
    state: Literal["planned", "open", "closed"] = "planned"
    dots: int = 0
    dots_per: Literal["person", "organisation"] = "person"
    visibility: Literal["public", "participants"] = "participants"
    cards: list[ShortLine] = []
    clusters: dict[ShortLine, list[ShortLine]] = {}
    chosen: list[ShortLine] = []
    dots_given: dict[ShortLine, list[ShortLine]] = {}
    objections: dict[ShortLine, LongProse] = {}
