"""How far an indicator has come on the way from its baseline to its target. Plain arithmetic, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, Protocol

Standing = Literal["unmeasured", "on_path", "behind", "reached", "missed"]
Doubt = Literal["few_points", "old"]

# One or two points are no course.
FEWEST_POINTS = 3
# What was last measured longer ago says little of today.
OLD_AFTER = timedelta(days=400)
# So much of the whole way may be missing before it is called behind.
TOLERANCE = Decimal("0.05")


class Aim(Protocol):
    """From where to where: an indicator, or a view of one."""

    @property
    def baseline_value(self) -> Decimal: ...
    @property
    def baseline_on(self) -> date: ...
    @property
    def target_value(self) -> Decimal: ...
    @property
    def target_on(self) -> date: ...


class Point(Protocol):
    """What was measured on a day."""

    @property
    def measured_on(self) -> date: ...
    @property
    def value(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an indicator stands on a day.

    `expected`: on the straight path that day. `value` and `measured_on`: last measured until then, None if
    never. `share`: of the whole way from baseline (0) to target (1), also below 0 and above 1;
    `expected_share`: where the path was on the day of that measurement. `doubts`: why to read it with care.
    """

    standing: Standing
    expected: Decimal
    value: Decimal | None
    measured_on: date | None
    share: Decimal | None
    expected_share: Decimal | None
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of it: the measurement that tells, the change since the baseline, the share of the way."""

    value: Decimal
    measured_on: date
    change: Decimal
    share: Decimal
    is_reached: bool


def expect(aim: Aim, on: date) -> Decimal:
    """Where the straight path from baseline to target is on a day; flat before and after."""
    return aim.baseline_value + (aim.target_value - aim.baseline_value) * _time_share(aim, on)


def _time_share(aim: Aim, on: date) -> Decimal:
    days = (aim.target_on - aim.baseline_on).days
    return min(max(Decimal((on - aim.baseline_on).days) / days, Decimal(0)), Decimal(1))


def _share(aim: Aim, value: Decimal) -> Decimal:
    return (value - aim.baseline_value) / (aim.target_value - aim.baseline_value)


def measure_progress(aim: Aim, points: Sequence[Point], on: date) -> Progress:
    """How it goes on a day, by the measurements in force that were made until then.

    A measurement is held against the path on its own day: what has not been measured since is not behind,
    it is old. Behind: more than `TOLERANCE` of the whole way short. Missed: measured on the day of the target
    or later, and not there.
    """
    known = sorted((one for one in points if one.measured_on <= on), key=lambda one: one.measured_on)
    expected = expect(aim, on)
    if not known:
        return Progress("unmeasured", expected, None, None, None, None, ())
    last = known[-1]
    share, expected_share = _share(aim, last.value), _time_share(aim, last.measured_on)
    doubts: list[Doubt] = []
    if len(known) < FEWEST_POINTS:
        doubts.append("few_points")
    if on - last.measured_on > OLD_AFTER and last.measured_on < aim.target_on:
        doubts.append("old")
    return Progress(
        _stand(aim, last, share, expected_share),
        expected,
        last.value,
        last.measured_on,
        share,
        expected_share,
        tuple(doubts),
    )


def _stand(aim: Aim, last: Point, share: Decimal, expected_share: Decimal) -> Standing:
    if share >= 1:
        return "reached"
    if last.measured_on >= aim.target_on:
        return "missed"
    return "on_path" if share >= expected_share - TOLERANCE else "behind"


def find_effect(aim: Aim, points: Sequence[Point], judged_on: date | None) -> Effect | None:
    """The effect, as soon as it is known: the first measurement on the day of the target or after it, else,
    once there is a verdict, the last one until that day. None while nobody knows."""
    known = sorted(points, key=lambda one: one.measured_on)
    told = next((one for one in known if one.measured_on >= aim.target_on), None)
    if told is None and judged_on is not None:
        told = next((one for one in reversed(known) if aim.baseline_on < one.measured_on <= judged_on), None)
    if told is None:
        return None
    share = _share(aim, told.value)
    return Effect(told.value, told.measured_on, told.value - aim.baseline_value, share, share >= 1)
