"""How digital maturity is drawn: a web of the dimensions, and each of them through time. Pixels of an SVG."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, pi, sin
from typing import Final

from app.domain.priorities.maturity import Point

LOWEST: Final = 1
HIGHEST: Final = 5
MIDDLE: Final = 170.0
REACH: Final = 130.0
LEFT, RIGHT = 30.0, 250.0
TOP, BOTTOM = 20.0, 116.0


@dataclass(frozen=True, slots=True)
class Spot:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Spoke:
    """Of one dimension: its end, and where its number stands."""

    number: int
    end: Spot
    word: Spot


@dataclass(frozen=True, slots=True)
class Shape:
    """What is drawn over the web: `name` is now, before or average. `lines` go between neighbours that both
    have a level; `outline` is there where all of them have."""

    name: str
    dots: tuple[Spot, ...]
    lines: tuple[tuple[Spot, Spot], ...]
    outline: str


@dataclass(frozen=True, slots=True)
class Web:
    spokes: tuple[Spoke, ...]
    rings: tuple[str, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Step:
    at: Spot
    on: date
    level: int


@dataclass(frozen=True, slots=True)
class Course:
    """A dimension through time, each step where its day lies between the first and the last of all."""

    steps: tuple[Step, ...]

    @property
    def line(self) -> str:
        return _join(step.at for step in self.steps)


def draw_web(dimension_ids: Sequence[int], levels: Mapping[str, Mapping[int, float]]) -> Web | None:
    """The levels of each shape by dimension; None of fewer than three dimensions, which make no web."""
    count = len(dimension_ids)
    if count < 3:
        return None
    spokes = tuple(
        Spoke(number + 1, _at(number, count, HIGHEST), _at(number, count, HIGHEST + 0.55))
        for number in range(count)
    )
    rings = tuple(
        _join(_at(number, count, level) for number in range(count)) for level in range(LOWEST, HIGHEST + 1)
    )
    shapes = tuple(
        _shape(name, [_maybe_at(number, count, held.get(key)) for number, key in enumerate(dimension_ids)])
        for name, held in levels.items()
        if held
    )
    return Web(spokes, rings, shapes)


def _shape(name: str, spots: Sequence[Spot | None]) -> Shape:
    dots = [spot for spot in spots if spot is not None]
    pairs = zip(spots, [*spots[1:], spots[0]], strict=True)
    return Shape(
        name=name,
        dots=tuple(dots),
        lines=tuple((one, other) for one, other in pairs if one is not None and other is not None),
        outline=_join(dots) if len(dots) == len(spots) else "",
    )


def _maybe_at(number: int, count: int, level: float | None) -> Spot | None:
    return _at(number, count, level) if level is not None else None


def _at(number: int, count: int, level: float) -> Spot:
    """The first dimension is at the top, the others follow the clock; 1 is a fifth of the way out."""
    angle, far = 2 * pi * number / count, REACH * level / HIGHEST
    return Spot(round(MIDDLE + far * sin(angle), 1), round(MIDDLE - far * cos(angle), 1))


def _join(spots: Iterable[Spot]) -> str:
    return " ".join(f"{spot.x},{spot.y}" for spot in spots)


def draw_courses(series: Mapping[int, Sequence[Point]]) -> dict[int, Course]:
    """Each dimension's points on one time line, which is the same for all."""
    days = [point.on for points in series.values() for point in points]
    if not days:
        return {}
    first, span = min(days), (max(days) - min(days)).days

    def spot(point: Point) -> Spot:
        part = (point.on - first).days / span if span else 0.5
        height = (point.level - LOWEST) / (HIGHEST - LOWEST)
        return Spot(round(LEFT + (RIGHT - LEFT) * part, 1), round(BOTTOM - (BOTTOM - TOP) * height, 1))

    return {
        key: Course(tuple(Step(spot(point), point.on, point.level) for point in points))
        for key, points in series.items()
    }
