"""Reading the promises of a year: what came due or was settled, what was promised, moved and measured.

A promise belongs to one year: that of its day, or, where it was settled before, that of its verdict.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Integer, and_, cast, distinct, extract, func, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import COPENHAGEN
from app.core.policy import Actor
from app.domain.commitments.models import Commitment, DeadlineChange, Indicator, Measurement, Milestone
from app.domain.commitments.policy import visible_to
from app.domain.commitments.progress import Effect, Progress, find_effect, measure_progress
from app.domain.commitments.queries import (
    BY_DAY,
    CommitmentLine,
    MeasurementView,
    _line,
    _lines,
    _tagged,
)
from app.domain.strategies.models import Theme

MOST_OF_YEAR: Final = 500

X = Commitment


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise with what was learnt of it; `replaced_by`: the reference of what stands in its place."""

    line: CommitmentLine
    lesson: str
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class MovedDay:
    """A day that was moved in the year: of a promise, or of one of its steps (`step`)."""

    line: CommitmentLine
    step: str
    step_en: str
    old_on: date
    new_on: date
    reason: str
    changed_on: date

    @property
    def days(self) -> int:
        """How much later; less than 0 where it was moved forward."""
        return (self.new_on - self.old_on).days


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a promise as it was last measured in the year, held against its path on that day.
    `effect`: where the last word was said in that year."""

    line: CommitmentLine
    name: str
    name_en: str
    unit: str
    unit_en: str
    baseline_value: Decimal
    baseline_on: date
    target_value: Decimal
    target_on: date
    progress: Progress
    effect: Effect | None
    source: str


def year_of() -> ColumnElement[int]:
    """The year that a promise belongs to."""
    due = cast(extract("year", X.deadline), Integer)
    settled = cast(extract("year", func.timezone("Europe/Copenhagen", X.verdict_at)), Integer)
    return func.least(due, settled)


def _day_in_denmark(moment: Any) -> ColumnElement[date]:
    return cast(func.timezone("Europe/Copenhagen", moment), Date)


def _in_year(day: Any, year: int) -> ColumnElement[bool]:
    return and_(day >= date(year, 1, 1), day <= date(year, 12, 31))


_IS_OUT = X.published_at.is_not(None)


def list_of_year(session: Session, actor: Actor, year: int) -> list[Promised]:
    """What came due in the year, or was settled in it before its day; one statement."""
    return _list(session, actor, year_of() == year)


def list_promised_in(session: Session, actor: Actor, year: int) -> list[Promised]:
    """What was promised in the year: published in it; one statement."""
    return _list(session, actor, _in_year(_day_in_denmark(X.published_at), year))


def _list(session: Session, actor: Actor, which: ColumnElement[bool]) -> list[Promised]:
    other = aliased(Commitment)
    readable = select(X.id).where(visible_to(actor)).correlate(None)
    rows = session.execute(
        _lines(actor)
        .add_columns(X.lesson, other.reference.label("other_reference"))
        .outerjoin(other, and_(other.id == X.replaced_by_id, other.id.in_(readable)))
        .where(_IS_OUT, which)
        .order_by(*BY_DAY)
        .limit(MOST_OF_YEAR)
    )
    return [Promised(_line(row), row.lesson, row.other_reference) for row in rows]


def list_moved_in(session: Session, actor: Actor, year: int) -> list[MovedDay]:
    """Every day that was moved in the year, in the order in which it happened; one statement."""
    rows = session.execute(
        _lines(actor)
        .add_columns(
            DeadlineChange.old_on,
            DeadlineChange.new_on,
            DeadlineChange.reason,
            _day_in_denmark(DeadlineChange.changed_at).label("changed_on"),
            func.coalesce(Milestone.title, "").label("step"),
            func.coalesce(Milestone.title_en, "").label("step_en"),
        )
        .join(DeadlineChange, DeadlineChange.commitment_id == X.id)
        .outerjoin(Milestone, Milestone.id == DeadlineChange.milestone_id)
        .where(_IS_OUT, _in_year(_day_in_denmark(DeadlineChange.changed_at), year))
        .order_by(DeadlineChange.changed_at, DeadlineChange.id)
        .limit(MOST_OF_YEAR)
    )
    return [
        MovedDay(_line(row), row.step, row.step_en, row.old_on, row.new_on, row.reason, row.changed_on)
        for row in rows
    ]


def list_measured_in(session: Session, actor: Actor, year: int) -> list[Measured]:
    """The figures that were measured in the year; two statements, and none more for many."""
    in_year = select(Measurement.indicator_id).where(
        Measurement.corrected_at.is_(None), _in_year(Measurement.measured_on, year)
    )
    rows = session.execute(
        _lines(actor)
        .add_columns(Indicator)
        .join(Indicator, Indicator.commitment_id == X.id)
        .where(_IS_OUT, Indicator.id.in_(in_year))
        .order_by(*BY_DAY, Indicator.position, Indicator.id)
        .limit(MOST_OF_YEAR)
    ).all()
    points = _list_points(session, [row.Indicator.id for row in rows])
    return [_measured(_line(row), row.Indicator, points[row.Indicator.id], year) for row in rows]


def _measured(
    line: CommitmentLine, indicator: Indicator, points: list[MeasurementView], year: int
) -> Measured:
    judged_on = line.verdict_at.astimezone(COPENHAGEN).date() if line.verdict_at else None
    effect = find_effect(indicator, points, judged_on)
    last = [one for one in points if one.measured_on.year <= year][-1]
    return Measured(
        line,
        **{name: getattr(indicator, name) for name in _OF_INDICATOR},
        progress=measure_progress(indicator, points, last.measured_on),
        effect=effect if effect is not None and effect.measured_on.year == year else None,
        source=last.source_text,
    )


_OF_INDICATOR: Final = (
    "name",
    "name_en",
    "unit",
    "unit_en",
    "baseline_value",
    "baseline_on",
    "target_value",
    "target_on",
)


def _list_points(session: Session, indicator_ids: Collection[int]) -> dict[int, list[MeasurementView]]:
    """What counts of each figure, the oldest first."""
    rows = session.scalars(
        select(Measurement)
        .where(Measurement.indicator_id.in_(indicator_ids), Measurement.corrected_at.is_(None))
        .order_by(Measurement.measured_on, Measurement.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[MeasurementView]] = {}
    for row in rows:
        view = MeasurementView(**{name: getattr(row, name) for name in MeasurementView.__slots__})
        found.setdefault(row.indicator_id, []).append(view)
    return found


def find_themes_of(
    session: Session, actor: Actor, commitment_ids: Collection[int]
) -> dict[int, tuple[int, ...]]:
    """{commitment id: the themes that it stands under}, its own and those of what it is about, as far as the
    reader may see that; one statement."""
    tagged = _tagged(actor)
    rows = session.execute(
        select(tagged.c.commitment_id, tagged.c.theme_id)
        .join(Theme, Theme.id == tagged.c.theme_id)
        .where(tagged.c.commitment_id.in_(commitment_ids))
        .order_by(tagged.c.commitment_id, Theme.strategy_id.desc(), Theme.position)
    )
    found: dict[int, tuple[int, ...]] = {}
    for row in rows:
        found[row.commitment_id] = (*found.get(row.commitment_id, ()), row.theme_id)
    return found


@dataclass(frozen=True, slots=True)
class YearOfPromises:
    """How it went with the promises of a year, of the organisers; `waiting`: not settled yet."""

    year: int
    kept: int
    partly_kept: int
    broken: int
    replaced: int
    waiting: int

    @property
    def settled(self) -> int:
        """Those that there is a verdict on; what was replaced is neither kept nor broken."""
        return self.kept + self.partly_kept + self.broken


def list_years(session: Session, actor: Actor, organisation_ids: Collection[int]) -> list[YearOfPromises]:
    """Every year that promises of these organisations belong to, the oldest first; one statement."""
    year = year_of()

    def count(*statuses: str) -> Any:
        return func.count(distinct(X.id)).filter(X.status.in_(statuses))

    rows = session.execute(
        select(
            year.label("year"),
            count("kept").label("kept"),
            count("partly_kept").label("partly_kept"),
            count("broken").label("broken"),
            count("replaced").label("replaced"),
            count("decided", "in_progress", "late").label("waiting"),
        )
        .where(visible_to(actor), _IS_OUT, X.organisation_id.in_(organisation_ids))
        .group_by(year)
        .order_by(year)
    )
    return [YearOfPromises(**row._mapping) for row in rows]
