"""Many pressure tests: lists, what is out of date, and projects by themes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
    values,
)
from sqlalchemy.orm import Session, aliased

from app.core.asking import Asking, asked, beside, read
from app.core.kept import kept
from app.core.policy import Actor
from app.core.slices import By, Place, Slice, read_slice
from app.domain.pressure_tests.freezing import (
    Change,
    changes_of,
    list_marks_now,
    list_themes_now,
)
from app.domain.pressure_tests.models import (
    HeldStrategy,
    HeldTheme,
    PressureTest,
)
from app.domain.pressure_tests.policy import (
    visible_to,
)
from app.domain.pressure_tests.queries import HeldAgainst, T, held_of, select_tests, state_in_sql

PER_PAGE: Final = 30
ROWS_PER_PAGE: Final = 25  # of the matrix, where a row is as wide as a strategy has themes


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list of tests is narrowed to; None where it is not. `is_out_of_date`: a strategy has changed
    since, and nobody has tested again."""

    state: str | None = None
    outcome: str | None = None
    kind: str | None = None
    strategy_id: int | None = None
    owner_id: int | None = None
    idea_id: int | None = None
    project_id: int | None = None
    test_ids: tuple[int, ...] | None = None
    is_latest: bool = False
    is_out_of_date: bool = False


@dataclass(frozen=True, slots=True)
class TestLine:
    """A test in a list, with how many themes it hits, hits partly and does not; none before it is settled."""

    __test__ = False  # a view, whatever pytest makes of its name

    id: int
    kind: str
    reference: str
    title: str
    title_en: str
    owner_id: int | None
    owner_name: str | None
    state: str
    outcome: str | None
    made_at: datetime
    settled_at: datetime | None
    opened_at: datetime | None
    published_at: datetime | None
    is_example: bool
    hits: int
    partly: int
    misses: int
    strategies: tuple[HeldAgainst, ...]
    changes: tuple[Change, ...]

    @property
    def is_private(self) -> bool:
        return self.owner_id is not None and self.opened_at is None

    @property
    def is_out_of_date(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True, slots=True)
class Listing:
    tests: tuple[TestLine, ...]
    total: int
    page: int
    per_page: int


def list_tests(
    session: Session, actor: Actor, choice: Choice = Choice(), *, page: int = 1, per_page: int = PER_PAGE
) -> Listing:
    """Tests that the reader may see, the newest first; at most seven statements, however many."""
    conditions = [visible_to(actor), *_narrow(choice)]
    if choice.is_out_of_date:
        conditions += [T.settled_at.is_not(None), _is_out_of_date(list_marks_now(session))]
    if choice.is_latest or choice.is_out_of_date:
        conditions.append(~_is_retested(actor))
    statement = _lines(actor, *conditions).limit(per_page).offset((max(page, 1) - 1) * per_page)
    rows = session.execute(statement).all()
    strategies, changes = read(session, _held_and_changed(rows))
    return _listing(rows, strategies, changes, page, per_page)


def tests_about(
    actor: Actor, column: Literal["idea_id", "project_id"], thing_id: int, most: int
) -> Asking[Listing]:
    """The newest tests of one thing that the reader may see, to be asked beside others."""
    rows = yield from asked(_about(actor, column), {"tested": thing_id, "most_tests": most})
    strategies, changes = yield from _held_and_changed(rows)
    return _listing(rows, strategies, changes, 1, most)


@kept
def _about(actor: Actor, column: Literal["idea_id", "project_id"]) -> Select[Any]:
    is_of_it = getattr(T, column) == bindparam("tested")
    return _lines(actor, visible_to(actor), is_of_it).limit(bindparam("most_tests", type_=Integer))


def _held_and_changed(
    rows: Sequence[Any],
) -> Asking[tuple[Mapping[int, tuple[HeldAgainst, ...]], Mapping[int, tuple[Change, ...]]]]:
    settled = [row.id for row in rows if row.settled_at is not None]
    held, changes = yield from beside(held_of([row.id for row in rows]), changes_of(settled))
    return held, changes


def _lines(actor: Actor, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Tests with the columns of a line, the newest first."""
    counts = [
        func.count(HeldTheme.id).filter(HeldTheme.value == value) for value in ("hits", "partly", "not")
    ]

    def count(place: int) -> Any:
        return (
            select(counts[place])
            .where(HeldTheme.test_id == T.id, T.settled_at.is_not(None))
            .correlate(T)
            .scalar_subquery()
        )

    return (
        select_tests(
            actor,
            count(0).label("hits"),
            count(1).label("partly"),
            count(2).label("misses"),
            func.count().over().label("total"),
        )
        .where(*conditions)
        .order_by(T.made_at.desc(), T.id.desc())
    )


def _listing(
    rows: Sequence[Any],
    strategies: Mapping[int, tuple[HeldAgainst, ...]],
    changes: Mapping[int, tuple[Change, ...]],
    page: int,
    per_page: int,
) -> Listing:
    return Listing(
        tests=tuple(
            TestLine(
                id=row.id,
                kind=row.kind,
                reference=row.reference,
                title=row.subject_title,
                title_en=row.subject_title_en,
                **{
                    name: getattr(row, name)
                    for name in (
                        "owner_id", "owner_name", "state", "outcome", "made_at", "settled_at", "opened_at",
                        "published_at", "is_example", "hits", "partly", "misses",
                    )
                },
                strategies=strategies.get(row.id, ()),
                changes=changes.get(row.id, ()),
            )
            for row in rows
        ),
        total=rows[0].total if rows else 0,
        page=page,
        per_page=per_page,
    )  # fmt: skip


def read_tests(
    session: Session, actor: Actor, choice: Choice, after: Place | None, most: int
) -> Slice[TestLine]:
    """So many of the choice after a place, the newest first; at most eight statements."""
    chosen = select(T.id).where(visible_to(actor), *_narrow(choice))
    order = (By(T.made_at, datetime, True), By(T.id, int, True))
    found = read_slice(session, chosen, order, after, most)
    ids = tuple(row.id for row in found.rows)
    lines = list_tests(session, actor, Choice(test_ids=ids), per_page=len(ids)).tests if ids else ()
    return Slice(lines, found.last)


def _narrow(choice: Choice) -> list[ColumnElement[bool]]:
    kinds = {
        "idea": T.idea_id.is_not(None),
        "project": T.project_id.is_not(None),
        "own": and_(T.idea_id.is_(None), T.project_id.is_(None)),
    }
    narrowed: list[ColumnElement[bool]] = []
    if choice.state is not None:
        narrowed.append(state_in_sql() == choice.state)
    if choice.test_ids is not None:
        narrowed.append(T.id.in_(choice.test_ids))
    if choice.kind is not None:
        narrowed.append(kinds[choice.kind])
    if choice.strategy_id is not None:
        against = select(HeldStrategy.test_id).where(HeldStrategy.strategy_id == choice.strategy_id)
        narrowed.append(T.id.in_(against))
    for name in ("outcome", "owner_id", "idea_id", "project_id"):
        if getattr(choice, name) is not None:
            narrowed.append(getattr(T, name) == getattr(choice, name))
    return narrowed


def _is_retested(actor: Actor) -> ColumnElement[bool]:
    """Whether there is a later test of it that the reader may see."""
    later = aliased(PressureTest)
    return exists(
        select(later.id)
        .where(later.retest_of_id == T.id, later.cancelled_at.is_(None), visible_to(actor, later))
        .correlate(T)
    )


def _is_out_of_date(marks: Mapping[int, str]) -> ColumnElement[bool]:
    if not marks:
        return T.id.is_(None)
    now = values(column("strategy_id", BigInteger), column("mark", String), name="now").data(
        list(marks.items())
    )
    return exists(
        select(HeldStrategy.test_id)
        .join(now, now.c.strategy_id == HeldStrategy.strategy_id)
        .where(HeldStrategy.test_id == T.id, HeldStrategy.mark != now.c.mark)
        .correlate(T)
    )


# --- projects by themes


@dataclass(frozen=True, slots=True)
class Column:
    """A theme of the strategy as it is now, and how many of all that was tested hit it."""

    theme_id: int
    key: str
    name: str
    name_en: str
    hits: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """What was tested, and {theme: what it came to}; a theme that the test did not know is not among it."""

    test_id: int
    kind: str
    reference: str
    title: str
    title_en: str
    owner_name: str | None
    outcome: str
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One page of the rows; the columns tell of all of them."""

    columns: tuple[Column, ...]
    rows: tuple[MatrixRow, ...]
    total: int = 0
    page: int = 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ROWS_PER_PAGE))

    @property
    def gaps(self) -> tuple[Column, ...]:
        """The themes that nothing of it hits."""
        return tuple(one for one in self.columns if one.hits == 0)


def build_matrix(
    session: Session, actor: Actor, strategy_id: int, *, owner_id: int | None = None, page: int = 1
) -> Matrix:
    """The latest settled test of each thing against the themes of this strategy, the newest first; of one
    municipality's own only, if asked for. Past the end, the first page. Three statements."""
    themes = list_themes_now(session, [strategy_id])
    later = aliased(PressureTest)
    is_retested = exists(
        select(later.id)
        .where(
            later.retest_of_id == T.id,
            later.settled_at.is_not(None),
            later.cancelled_at.is_(None),
            # One that was held against another strategy says nothing of this one.
            later.id.in_(select(HeldStrategy.test_id).where(HeldStrategy.strategy_id == strategy_id)),
            visible_to(actor, later),
        )
        .correlate(T)
    )
    choice = Choice(state="settled", strategy_id=strategy_id, owner_id=owner_id)
    latest = (visible_to(actor), *_narrow(choice), ~is_retested)
    of_strategy = HeldTheme.strategy_id == strategy_id
    statement = (
        select_tests(actor, func.count().over().label("total"))
        .where(*latest)
        .order_by(T.made_at.desc(), T.id.desc())
        .limit(ROWS_PER_PAGE)
    )
    page = max(page, 1)
    tests = session.execute(statement.offset((page - 1) * ROWS_PER_PAGE)).all()
    if not tests and page > 1:
        page, tests = 1, session.execute(statement).all()
    of_page = select(HeldTheme.test_id, HeldTheme.theme_id, HeldTheme.value, literal(1).label("count")).where(
        HeldTheme.test_id.in_([row.id for row in tests]), of_strategy, HeldTheme.value.is_not(None)
    )
    of_all = (
        select(cast(null(), BigInteger), HeldTheme.theme_id, HeldTheme.value, func.count())
        .where(HeldTheme.test_id.in_(select(T.id).where(*latest)), of_strategy, HeldTheme.value == "hits")
        .group_by(HeldTheme.theme_id, HeldTheme.value)
    )
    cells: dict[int, dict[int, str]] = {}
    hits: dict[int, int] = {}
    for row in session.execute(union_all(of_page, of_all)):
        if row.test_id is None:
            hits[row.theme_id] = row.count
        else:
            cells.setdefault(row.test_id, {})[row.theme_id] = row.value
    return Matrix(
        columns=tuple(
            Column(
                theme.id,
                theme.key,
                theme.name,
                theme.name_en,
                hits.get(theme.id, 0),
            )
            for theme in themes
        ),
        rows=tuple(
            MatrixRow(
                test_id=row.id,
                kind=row.kind,
                reference=row.reference,
                title=row.subject_title,
                title_en=row.subject_title_en,
                owner_name=row.owner_name,
                outcome=row.outcome,
                cells=cells.get(row.id, {}),
            )
            for row in tests
        ),
        total=tests[0].total if tests else 0,
        page=page,
    )
