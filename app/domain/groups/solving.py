"""Dividing people into groups: a linear model that HiGHS solves, the same for the same seed.

Hard: everybody sits once, sizes differ by at most one, and who is fixed stays. All else is a limit on how
many of some people sit together, with a price for each one too many or too few; the sum of the prices is made
as small as can be. People who are alike to all limits are one number for each group, so that the model stays
small, and so nearly whole by itself that HiGHS seldom has to search.

What people sat in before (an earlier round) makes it hard. Then all is divided without it first, which says
how good it can get, and afterwards a few groups at a time are divided anew.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from time import monotonic
from typing import Any

Places = dict[int, int]  # person: group, counted from 0

SPANS = (2, 2, 2, 3)  # groups that are divided anew at a time, by turns
WIDE_SPANS = (3, 4, 6)  # and where there are many
MANY = 16
TURNS = 120  # how often at most, and so much more for each group
TURNS_EACH = 4
FRUITLESS = 50  # how often without any gain
# How long HiGHS may search, in its own steps: the same on every machine, which seconds are not.
FIRST_STEPS = 60
STEPS = 8
SECONDS = 8.5  # where the machine is too slow even so
NOISE = 0.4  # in all: less than any price, so that it only chooses among equals


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody to be placed. `fixed`: the group that is not to be changed."""

    person: int
    fixed: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """In each group at least `low` and at most `high` of these people, at a price for each one beside it.

    `parties`: parts of them of which each counts as one, however many of its people sit there.
    """

    people: frozenset[int]
    high: int
    price: int
    low: int = 0
    parties: tuple[frozenset[int], ...] = ()
    is_of_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be solved: the same task has the same answer."""

    seats: tuple[Seat, ...]
    groups: int
    limits: tuple[Limit, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Division:
    """Who sits where. `is_best`: no division has a smaller price."""

    places: Places
    price: int
    is_best: bool


def solve(task: Task, seconds: float = SECONDS) -> Division:
    """Divide the people. Who is fixed stays, also where sizes then differ by more than one."""
    if not task.seats:
        return Division({}, 0, True)
    deadline = monotonic() + seconds
    plain = tuple(limit for limit in task.limits if not limit.is_of_earlier)
    # A later round begins elsewhere than the one before it did, whatever its seed.
    seed = task.seed + 7919 * (len(task.limits) - len(plain))
    first = _Part(task, plain, range(task.groups), _deal(task), seed).solve(FIRST_STEPS, deadline)
    places = first.places
    if len(plain) == len(task.limits):
        return Division(places, sum(prices_of(task.limits, places, task.groups)), first.is_best)
    return _improve(task, places, first.bound, deadline)


def _deal(task: Task) -> Places:
    """Everybody somewhere, with the right sizes and no more thought: something to do better than."""
    held = Counter(seat.fixed for seat in task.seats)
    room = sizes_between([held[group] for group in range(task.groups)], len(task.seats))
    places = {seat.person: seat.fixed for seat in task.seats if seat.fixed is not None}
    free = [seat.person for seat in task.seats if seat.fixed is None]
    extra = len(free) - sum(low - held[group] for group, (low, _) in enumerate(room))
    for group, (low, high) in enumerate(room):
        wanted = low - held[group]
        if extra and high > low:
            wanted, extra = wanted + 1, extra - 1
        places.update({free.pop(): group for _ in range(wanted)})
    return places


def _improve(task: Task, places: Places, bound: int, deadline: float) -> Division:
    """Divide a few groups at a time anew until the price is down to `bound`, or no more is gained."""
    random = Random(task.seed)  # noqa: S311  no secret
    prices = prices_of(task.limits, places, task.groups)
    fruitless = 0
    spans = SPANS if task.groups < MANY else WIDE_SPANS
    for turn in range(TURNS + TURNS_EACH * task.groups):
        if sum(prices) <= bound or fruitless > FRUITLESS or monotonic() > deadline:
            break
        chosen = _choose(prices, spans[turn % len(spans)], random)
        part = _Part(task, task.limits, chosen, places, random.randrange(1 << 30))
        tried = places | part.solve(STEPS, deadline).places
        tried_prices = prices_of(task.limits, tried, task.groups)
        fruitless = 0 if sum(tried_prices) < sum(prices) else fruitless + 1
        if sum(tried_prices) <= sum(prices):
            places, prices = tried, tried_prices
    return Division(places, sum(prices), sum(prices) <= bound)


def _choose(prices: Sequence[int], span: int, random: Random) -> list[int]:
    """A few groups: one where something is to be gained, and others to exchange with."""
    order = list(range(len(prices)))
    random.shuffle(order)
    dear = next(group for group in order if prices[group])
    return sorted([dear, *(group for group in order if group != dear)][:span])


def sizes_between(fixed: Sequence[int], people: int) -> list[tuple[int, int]]:
    """The smallest and largest size of each group, given how many are fixed there: as level as can be."""
    left = people - sum(fixed)
    level = max(fixed, default=0)
    while level and sum(max(0, level - there) for there in fixed) > left:
        level -= 1
    while sum(max(0, level + 1 - there) for there in fixed) <= left:
        level += 1
    rest = left - sum(max(0, level - there) for there in fixed)
    return [(max(level, there), max(level + bool(rest), there)) for there in fixed]


def prices_of(limits: Iterable[Limit], places: Places, groups: int) -> list[int]:
    """What each group costs."""
    prices = [0] * groups
    for limit in limits:
        counts = count_in(limit, places)
        if not limit.low:
            for group, count in counts.items():
                prices[group] += limit.price * max(0, count - limit.high)
            continue
        for group in range(groups):
            beside = max(0, counts[group] - limit.high, limit.low - counts[group])
            prices[group] += limit.price * beside
    return prices


def count_in(limit: Limit, places: Places) -> Counter[int]:
    """How many of a limit's people, or of its parties, sit in each group."""
    if limit.parties:
        return Counter(
            group
            for party in limit.parties
            for group in {places[person] for person in party if person in places}
        )
    return Counter(places[person] for person in limit.people if person in places)


@dataclass(frozen=True, slots=True)
class _Found:
    places: Places
    bound: int
    is_best: bool


class _Part:
    """The model of some of the groups and of those who sit in them now."""

    def __init__(
        self,
        task: Task,
        limits: Sequence[Limit],
        groups: Sequence[int],
        places: Places,
        seed: int,
    ) -> None:
        self.groups = list(groups)
        self.limits = limits
        self.hint = places
        self.seed = seed
        chosen = set(self.groups)
        here = [seat for seat in task.seats if places[seat.person] in chosen]
        self.fixed: Places = {seat.person: seat.fixed for seat in here if seat.fixed is not None}
        self.alike = self._gather([seat.person for seat in here if seat.fixed is None])
        held = Counter(seat.fixed for seat in task.seats)
        self.sizes = sizes_between([held[group] for group in range(task.groups)], len(task.seats))
        self.costs: list[float] = []
        self.tops: list[float] = []
        self.is_whole: list[bool] = []
        self.rows: list[tuple[float, float, list[int], list[float]]] = []

    def _gather(self, people: Iterable[int]) -> list[list[int]]:
        """The people in heaps of those who are alike to every limit, in an order that the seed decides."""
        marks: dict[int, list[Hashable]] = {person: [] for person in people}
        for number, limit in enumerate(self.limits):
            for person in limit.people:
                if person in marks:
                    marks[person].append(number)
            for place, party in enumerate(limit.parties):
                for person in party:
                    if person in marks:
                        marks[person].append((number, place))
        heaps: dict[tuple[Hashable, ...], list[int]] = {}
        for person in sorted(marks):
            heaps.setdefault(tuple(marks[person]), []).append(person)
        alike = list(heaps.values())
        random = Random(self.seed)  # noqa: S311  no secret
        for heap in alike:
            random.shuffle(heap)
        random.shuffle(alike)
        return alike

    def solve(self, steps: int, deadline: float) -> _Found:
        """Search at most so many steps. Raises RuntimeError where HiGHS finds nothing at all."""
        self._write()
        return self._read(*_run(self, steps, max(0.1, deadline - monotonic())))

    # --- the model

    def _write(self) -> None:
        random = Random(self.seed)  # noqa: S311  no secret
        noise = NOISE / max(1, sum(map(len, self.alike)))
        self.columns = [
            [self._add_column(noise * random.random(), len(heap), True) for _ in self.groups]
            for heap in self.alike
        ]
        for heap, columns in zip(self.alike, self.columns, strict=True):
            self._add_row(len(heap), len(heap), columns)
        held = Counter(self.fixed.values())
        for place, group in enumerate(self.groups):
            low, high = (size - held[group] for size in self.sizes[group])
            self._add_row(low, high, [columns[place] for columns in self.columns])
        heap_of = {person: number for number, heap in enumerate(self.alike) for person in heap}
        for limit in self.limits:
            if limit.parties:
                self._limit_parties(limit, heap_of)
            else:
                self._limit_people(limit, heap_of)

    def _limit_people(self, limit: Limit, heap_of: dict[int, int]) -> None:
        heaps = sorted({heap_of[person] for person in limit.people if person in heap_of})
        most = sum(len(self.alike[heap]) for heap in heaps)
        held = Counter(self.fixed[person] for person in limit.people if person in self.fixed)
        for place, group in enumerate(self.groups):
            there = held[group]
            columns = [self.columns[heap][place] for heap in heaps]
            if there + most > limit.high:
                over = self._add_column(limit.price, most + there, False)
                self._add_row(-_INFINITE, limit.high - there, [*columns, over], [1] * len(columns) + [-1])
            if there < limit.low:
                under = self._add_column(limit.price, limit.low, False)
                self._add_row(limit.low - there, _INFINITE, [*columns, under])

    def _limit_parties(self, limit: Limit, heap_of: dict[int, int]) -> None:
        free = [sorted({heap_of[one] for one in party if one in heap_of}) for party in limit.parties]
        held = [{self.fixed[one] for one in party if one in self.fixed} for party in limit.parties]
        for place, group in enumerate(self.groups):
            there = sum(group in fixed for fixed in held)
            may_come = [
                heaps for heaps, fixed in zip(free, held, strict=True) if heaps and group not in fixed
            ]
            if there + len(may_come) <= limit.high:
                continue
            is_there = [self._add_column(0, 1, True) for _ in may_come]
            for heaps, column in zip(may_come, is_there, strict=True):
                for heap in heaps:
                    pair = [self.columns[heap][place], column]
                    self._add_row(-_INFINITE, 0, pair, [1, -len(self.alike[heap])])
            over = self._add_column(limit.price, len(limit.parties), False)
            self._add_row(-_INFINITE, limit.high - there, [*is_there, over], [1] * len(is_there) + [-1])

    def _add_column(self, cost: float, top: float, is_whole: bool) -> int:
        self.costs.append(cost)
        self.tops.append(top)
        self.is_whole.append(is_whole)
        return len(self.costs) - 1

    def _add_row(
        self, low: float, high: float, columns: list[int], factors: Sequence[float] | None = None
    ) -> None:
        self.rows.append((low, high, columns, list(factors or [1] * len(columns))))

    def start(self) -> dict[int, float]:
        """The columns of where people sit now, as something to do better than."""
        values: dict[int, float] = {}
        for heap, columns in zip(self.alike, self.columns, strict=True):
            there = Counter(self.hint[person] for person in heap)
            values.update({column: there[group] for column, group in zip(columns, self.groups, strict=True)})
        return values

    def _read(self, values: Sequence[float], bound: float, is_best: bool) -> _Found:
        places = dict(self.fixed)
        for heap, columns in zip(self.alike, self.columns, strict=True):
            waiting = iter(heap)
            for column, group in zip(columns, self.groups, strict=True):
                for _ in range(round(values[column])):
                    places[next(waiting)] = group
        # The bound is of prices with their noise; what is possible is a whole number.
        return _Found(places, max(0, ceil(bound - NOISE)), is_best)


_INFINITE = float("inf")


def _run(part: _Part, steps: int, seconds: float) -> tuple[Sequence[float], float, bool]:
    """The values of the columns, the least price that is possible, and whether that is what they cost."""
    # Loaded here: with its numbers it takes 60 MB, which few processes ever need.
    import highspy
    import numpy

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(part.costs), len(part.rows)
    model.col_cost_ = numpy.array(part.costs)
    model.col_lower_ = numpy.zeros(len(part.costs))
    model.col_upper_ = numpy.array(part.tops, dtype=float)
    model.row_lower_ = numpy.array([low for low, *_ in part.rows], dtype=float)
    model.row_upper_ = numpy.array([high for _, high, *_ in part.rows], dtype=float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = numpy.cumsum([0] + [len(columns) for *_, columns, _ in part.rows])
    model.a_matrix_.index_ = numpy.concatenate([columns for *_, columns, _ in part.rows])
    model.a_matrix_.value_ = numpy.concatenate([factors for *_, factors in part.rows]).astype(float)
    whole, any_number = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    model.integrality_ = [whole if is_whole else any_number for is_whole in part.is_whole]

    solver: Any = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", part.seed % (1 << 31)),
        ("time_limit", seconds),
        ("mip_abs_gap", 0.5),
        ("mip_rel_gap", 0.0),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    start = part.start()
    if start:
        columns = numpy.array(list(start), dtype=numpy.int32)
        solver.setSolution(len(start), columns, numpy.array(list(start.values()), dtype=float))
    taken = 0

    def count(event: Any) -> None:
        nonlocal taken
        taken += 1
        if taken > steps:
            event.interrupt()

    solver.cbMipInterrupt += count
    solver.run()
    info = solver.getInfo()
    values = solver.getSolution().col_value
    if not values or info.primal_solution_status != 2:
        raise RuntimeError(f"no groups found: {solver.modelStatusToString(solver.getModelStatus())}")
    is_best = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return values, info.mip_dual_bound, is_best
