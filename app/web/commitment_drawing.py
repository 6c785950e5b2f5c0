"""Where things stand in the drawings of commitments: an indicator against its path, and the plan's time line.

Only places are made here; words and figures are the templates'.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core.clock import day_of, today
from app.domain.commitments.queries import IndicatorView, MilestoneView, Plan, Planned, Slip

# The drawing of an indicator, in its own units.
LEFT, RIGHT, TOP, BOTTOM = 56, 350, 18, 166
MOST_YEARS = 8
MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A figure on its day, and whether it is written beside it."""

    x: float
    y: float
    on: date
    value: Decimal
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class ProgressDrawing:
    """An indicator from its baseline to its target. `today`: its place, None outside of the drawing."""

    baseline: Spot
    target: Spot
    points: tuple[Spot, ...]
    years: tuple[tuple[float, int], ...]
    steps: tuple[tuple[float, Decimal], ...]
    today: float | None


def draw_progress(indicator: IndicatorView) -> ProgressDrawing:
    """The straight path and what was measured, on one pair of axes."""
    days = [indicator.baseline_on, indicator.target_on, *(one.measured_on for one in indicator.measurements)]
    values = [
        indicator.baseline_value,
        indicator.target_value,
        *(one.value for one in indicator.measurements),
    ]
    first, last = min(days), max(days)
    low, high = min(values), max(values)
    room = (high - low) / 10
    low, high = low - room, high + room

    def x_of(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - first).days / (last - first).days, 1)

    def y_of(value: Decimal) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * float((value - low) / (high - low)), 1)

    measured = indicator.measurements
    few = len(measured) <= MOST_NAMED
    points = tuple(
        Spot(x_of(one.measured_on), y_of(one.value), one.measured_on, one.value, few or one is measured[-1])
        for one in measured
    )
    now = today()
    return ProgressDrawing(
        Spot(
            x_of(indicator.baseline_on),
            y_of(indicator.baseline_value),
            indicator.baseline_on,
            indicator.baseline_value,
        ),
        Spot(
            x_of(indicator.target_on),
            y_of(indicator.target_value),
            indicator.target_on,
            indicator.target_value,
        ),
        points,
        tuple((x_of(date(year, 1, 1)), year) for year in _years_between(first, last)),
        (
            (y_of(indicator.baseline_value), indicator.baseline_value),
            (y_of(indicator.target_value), indicator.target_value),
        ),
        x_of(now) if first <= now <= last else None,
    )


def _years_between(first: date, last: date) -> list[int]:
    """The years that begin between two days, but for some where they would stand too close."""
    years = list(range(first.year + (first > date(first.year, 1, 1)), last.year + 1))
    every = -(-len(years) // MOST_YEARS) if years else 1
    return years[::every]


# --- the plan


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on the time line. `kind`: done, due or overdue for a step; day for the commitment's own."""

    at: float
    kind: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A day that was moved: from its old place to its new one, in percent; `is_step`: of a milestone."""

    old: float | None
    start: float
    end: float
    is_step: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A commitment on the time line, in percent of its length; what lies outside of the years is left out."""

    start: float
    end: float
    deadline: float | None
    marks: tuple[Mark, ...]
    drifts: tuple[Drift, ...]


@dataclass(frozen=True, slots=True)
class PlanAxis:
    years: tuple[int, ...]

    @property
    def first(self) -> date:
        return date(self.years[0], 1, 1)

    @property
    def last(self) -> date:
        return date(self.years[-1], 12, 31)

    @property
    def ticks(self) -> list[tuple[float, int]]:
        return [(self._place(date(year, 1, 1)), year) for year in self.years]

    @property
    def today(self) -> float | None:
        return self.place(today())

    def place(self, on: date) -> float | None:
        """In percent; None for a day outside of the years."""
        return self._place(on) if self.first <= on <= self.last else None

    def _place(self, on: date) -> float:
        """In percent, held within the years."""
        share = (on - self.first).days / (self.last - self.first).days
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def draw(self, planned: Planned) -> Bar:
        """From the first day that is known of it until the last."""
        days = [planned.line.deadline, planned.line.first_deadline]
        for step in planned.milestones:
            days += [step.due_on, *(slip.old_on for slip in step.slips)]
        begun = day_of(planned.line.published_at)
        if begun is not None:
            days.append(min(begun, planned.line.deadline))
        marks = [
            Mark(place, _kind(step))
            for step in planned.milestones
            if (place := self.place(_day(step))) is not None
        ]
        drifts = [self._drift(slip, False) for slip in planned.slips]
        drifts += [self._drift(slip, True) for step in planned.milestones for slip in step.slips]
        return Bar(
            self._place(min(days)),
            self._place(max(days)),
            self.place(planned.line.deadline),
            tuple(marks),
            tuple(one for one in drifts if one is not None),
        )

    def _drift(self, slip: Slip, is_step: bool) -> Drift | None:
        start, end = self._place(slip.old_on), self._place(slip.new_on)
        return Drift(self.place(slip.old_on), start, end, is_step) if start != end else None


def _day(step: MilestoneView) -> date:
    return step.done_on or step.due_on


def _kind(step: MilestoneView) -> str:
    if step.done_on is not None:
        return "done"
    return "overdue" if step.is_overdue else "due"


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One line of the table under the time line. `step`: the milestone, None for the commitment's own day."""

    on: date
    planned: Planned
    step: MilestoneView | None
    slips: tuple[Slip, ...]


def list_days(plan: Plan) -> list[PlannedDay]:
    """Every day of the plan's years, by time: of commitments and of their milestones."""
    days: list[PlannedDay] = []
    # Ordered by theme, a commitment may be several rows.
    for planned in {one.line.id: one for one in plan.rows}.values():
        days.append(PlannedDay(planned.line.deadline, planned, None, planned.slips))
        days += [PlannedDay(_day(step), planned, step, step.slips) for step in planned.milestones]
    kept = [one for one in days if one.on.year in plan.years]
    return sorted(kept, key=lambda one: (one.on, one.planned.line.reference, one.step is not None))
