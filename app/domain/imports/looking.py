"""What would become of a row, found without writing anything; and how it is done when it is to be.

Both come from one reading, so that the run does what the dry run said. In the dry run rows may hang on
things that earlier rows of the same file are going to make: those are kept as planned.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import COPENHAGEN, clock_of
from app.core.policy import Actor
from app.core.text import fold, slug
from app.domain.imports.columns import Kind
from app.domain.imports.models import ImportThemeWord
from app.domain.imports.rows import MODELS, as_shown
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.models import Meeting
from app.domain.meetings.numbering import read_key
from app.domain.meetings.programme import find_organisation_id
from app.domain.meetings.queries import ItemView
from app.domain.strategies.models import Strategy, Theme

Problem = dict[str, Any]
# Done with a row: where the thing stands now.
Deed = Callable[[], str]


@dataclass(slots=True)
class Found:
    """What would become of a row; `do` does it, where there is something to do."""

    state: str
    title: str = ""
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    changes: list[list[str]] = field(default_factory=list)
    path: str = ""
    do: Deed | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A meeting that a row is of. `meeting` is empty where an earlier row of the file will make it."""

    mark: str
    held_on: date
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a programme; without an id where an earlier row of the file will make it."""

    title: str
    starts: time | None
    view: ItemView | None = None


class Wrong(Exception):
    """What a row cannot be taken in for: codes of sentences with their values."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = list(problems)


def problem(code: str, column: str = "", **values: object) -> Problem:
    told = {name: value if isinstance(value, int) else str(value)[:200] for name, value in values.items()}
    return {"code": code, "column": column, **told}


class Taking:
    """One file that is being looked at, or one row of it that is being done: what is known meanwhile."""

    def __init__(
        self, session: Session, actor: Actor, filename: str, publishes: bool, is_dry: bool = True
    ) -> None:
        self.session = session
        self.actor = actor
        self.filename = filename
        self.publishes = publishes
        self.is_dry = is_dry
        self.planned_meetings: dict[str, Place] = {}
        self.planned_items: dict[str, list[Line]] = {}
        self.planned: dict[tuple[str, ...], str] = {}
        self.parts_named: dict[tuple[str, ...], int] = {}
        self._places: dict[str, Place | None] = {}
        self._items: dict[int, list[Line]] = {}
        self._themes: dict[str, list[int]] | None = None
        self._words: dict[str, int | None] | None = None

    # --- meetings and their items

    def place(self, written: str, column: str = "meeting") -> Place:
        """The meeting that is meant by its number, the last of its address, or its title."""
        found = self.find_place(written)
        if found is None:
            raise Wrong(problem("import_row_meeting", column, written=written))
        return found

    def find_place(self, written: str) -> Place | None:
        key = read_key(written.strip().rstrip("."))
        planned = self.planned_meetings.get(key) or self.planned_meetings.get(fold(written))
        if key not in self._places:
            self._places[key] = self._find_known(key, written)
        return self._places[key] or planned

    def _find_known(self, key: str, written: str) -> Place | None:
        by_key = self.session.scalars(select(Meeting).where(Meeting.key == key)).one_or_none()
        if by_key is None:
            titled = (
                select(Meeting)
                .where(func.lower(Meeting.title) == written.lower())
                .order_by(Meeting.id)
                .limit(2)
            )
            several = self.session.scalars(titled).all()
            by_key = several[0] if len(several) == 1 else None
        return Place(f"id:{by_key.id}", by_key.held_on, by_key) if by_key else None

    def plan_meeting(self, names: Iterable[str], held_on: date) -> None:
        for name in filter(None, names):
            self.planned_meetings[name] = Place(f"new:{name}", held_on)

    def items(self, place: Place) -> list[Line]:
        """The programme as staff has drafted it, and what earlier rows add to it."""
        planned = self.planned_items.get(place.mark, [])
        if place.meeting is None:
            return planned
        if place.meeting.id not in self._items:
            views = list_draft_items(self.session, place.meeting.id)
            self._items[place.meeting.id] = [Line(one.title, clock_of(one.starts_at), one) for one in views]
        return self._items[place.meeting.id] + planned

    def item(self, place: Place, written: str, column: str = "item") -> Line:
        """The one item with this title, or that begins at this time (10.30)."""
        clock = written.replace(":", ".").zfill(5)
        fits = [
            one
            for one in self.items(place)
            if fold(one.title) == fold(written) or (one.starts and f"{one.starts:%H.%M}" == clock)
        ]
        if len(fits) != 1:
            raise Wrong(problem("import_row_item", column, written=written))
        return fits[0]

    # --- organisations and themes

    def organisation_id(self, name: str) -> int | None:
        return find_organisation_id(self.session, name)

    def require_organisation(self, name: str, column: str) -> int:
        found = self.organisation_id(name)
        if found is None:
            raise Wrong(problem("import_row_organisation", column, written=name))
        return found

    def theme_ids(self, words: Sequence[str]) -> tuple[list[int], list[str]]:
        """The themes that are meant, and the words that no single theme is known by."""
        known, told = self._known_themes(), self._known_words()
        ids: dict[int, None] = {}
        unknown: dict[str, None] = {}
        for word in words:
            folded = fold(word).strip()
            if folded in told:
                if (theme_id := told[folded]) is not None:
                    ids[theme_id] = None
            elif len(fits := known.get(folded, [])) == 1:
                ids[fits[0]] = None
            else:
                unknown[word] = None
        return list(ids), list(unknown)

    def _known_themes(self) -> dict[str, list[int]]:
        if self._themes is None:
            self._themes = {}
            rows = self.session.execute(
                select(Strategy.key, Theme.key, Theme.name, Theme.name_en, Theme.id)
                .join(Strategy, Strategy.id == Theme.strategy_id)
                .order_by(Theme.id)
            )
            for strategy, key, name, name_en, theme_id in rows:
                for word in {f"{strategy}/{key}", name, name_en or name}:
                    fits = self._themes.setdefault(fold(word).strip(), [])
                    if theme_id not in fits:
                        fits.append(theme_id)
        return self._themes

    def _known_words(self) -> dict[str, int | None]:
        if self._words is None:
            rows = self.session.execute(select(ImportThemeWord.word, ImportThemeWord.theme_id))
            self._words = {row.word: row.theme_id for row in rows}
        return self._words


# --- one row


def read_cells(kind: Kind, cells: dict[str, str]) -> BaseModel:
    """The cells as a row of the kind. Raises Wrong with a sentence for each that is wrong."""
    try:
        return MODELS[kind].model_validate(cells)
    except ValidationError as wrong:
        raise Wrong(*(_tell_fault(error, cells) for error in wrong.errors(include_url=False))) from wrong


_TELLABLE: Final = ("max_length", "ge", "le")


def _tell_fault(error: Any, cells: dict[str, str]) -> Problem:
    column = str(error["loc"][0]) if error["loc"] else ""
    values = {name: value for name, value in error.get("ctx", {}).items() if name in _TELLABLE}
    code = error["type"]
    if code == "literal_error":
        code = "import_row_word"
    elif code == "missing":
        code = "import_row_missing"
    # A CPR number is not kept in what is wrong with it.
    written = "" if code == "cpr_number" else cells.get(column, "")
    return problem(code, column, written=written, **values)


def compare(told: Iterable[tuple[str, Any, Any]]) -> list[list[str]]:
    """What differs of (field, before, after), in words. What the file says nothing of stays as it is."""
    return [
        [name, as_shown(before)[:300], as_shown(after)[:300]]
        for name, before, after in told
        if (before or None) != (after or None)
    ]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), COPENHAGEN)


def key_of(*words: str) -> str:
    """A name for what has none of its own: the same words get the same one."""
    mark = hashlib.sha256("\n".join(map(fold, words)).encode()).hexdigest()[:16]
    return f"fil-{slug(words[-1], 30)}-{mark}"


def named_like(column: Any, name: str) -> Any:
    return or_(column == name, func.lower(column) == name.lower())
