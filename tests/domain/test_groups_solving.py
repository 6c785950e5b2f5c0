"""The solver of groups by itself: many people, and what is hard stays hard."""

from collections import Counter
from random import Random
from time import process_time

from app.domain.groups.solving import Limit, Seat, Task, prices_of, sizes_between, solve


def _task(people: int, groups: int, earlier: list[dict[int, int]], seed: int = 1) -> Task:
    """People of five kinds and many organisations, some of them competitors; in limits as the rooms make
    them."""
    draw = Random(people)
    organisation = {one: draw.randrange(people // 2) for one in range(people)}
    parties = [
        frozenset(p for p, there in organisation.items() if there == one) for one in range(people // 2)
    ]
    kinds = [frozenset(p for p, there in organisation.items() if there % 5 == kind) for kind in range(5)]
    limits = [Limit(one, -(-len(one) // groups), 10, len(one) // groups) for one in kinds if one]
    limits += [Limit(one, -(-len(one) // groups), 30) for one in parties if len(one) > 1]
    for start in range(0, 24, 3):
        apart = tuple(one for one in parties[start : start + 3] if one)
        if len(apart) > 1:
            limits.append(Limit(frozenset[int]().union(*apart), 1, 40, parties=apart))
    for sat in earlier:
        for group in set(sat.values()):
            together = frozenset(one for one, there in sat.items() if there == group)
            limits.append(Limit(together, -(-len(together) // groups), 4, is_of_earlier=True))
    return Task(tuple(map(Seat, range(people))), groups, tuple(limits), seed)


def test_six_hundred_people_sit_in_sixty_groups_twice_within_ten_seconds_each() -> None:
    sat: list[dict[int, int]] = []
    for _ in range(2):
        task = _task(600, 60, sat)
        # Of the processor: beside other tests it takes longer by the clock, and is given that time.
        began = process_time()
        division = solve(task, seconds=60)
        assert process_time() - began < 10
        assert Counter(Counter(division.places.values()).values()) == {10: 60}
        assert (division.price, division.is_best) == (0, True)
        assert sum(prices_of(task.limits, division.places, 60)) == 0
        sat.append(division.places)
    pairs = [{frozenset((a, b)) for a in one for b in one if a != b and one[a] == one[b]} for one in sat]
    assert pairs[0] & pairs[1] == set()


def test_the_same_task_has_the_same_answer_and_who_is_fixed_stays() -> None:
    task = _task(30, 4, [])
    seats = (Seat(0, 3), Seat(1, 3), *task.seats[2:])
    fixed = Task(seats, 4, task.limits, 5)
    division = solve(fixed)
    assert solve(fixed) == division
    assert (division.places[0], division.places[1]) == (3, 3)
    assert sorted(Counter(division.places.values()).values()) == [7, 7, 8, 8]


def test_sizes_are_as_level_as_those_who_are_fixed_allow() -> None:
    assert sizes_between([0, 0, 0], 9) == [(3, 3)] * 3
    assert sizes_between([0, 0, 0], 10) == [(3, 4)] * 3
    assert sizes_between([5, 0, 0], 9) == [(5, 5), (2, 2), (2, 2)]
    assert sizes_between([4, 0, 0], 10) == [(4, 4), (3, 3), (3, 3)]
    assert sizes_between([9, 0], 9) == [(9, 9), (0, 0)]
    assert solve(Task((), 3, (), 1)).places == {}
