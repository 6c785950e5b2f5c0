"""What is wished of groups, as limits for the solver; and in how far groups that are there meet it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.domain.groups.people import KINDS, PersonView, RivalSetView
from app.domain.groups.solving import Limit, Places, Seat, Task, count_in

Wish = Literal["mixing", "spreading", "parting", "meeting_anew"]
WISHES: tuple[Wish, ...] = ("mixing", "spreading", "parting", "meeting_anew")

# What it costs to go against a wish once, where it is wished and where it is important. Competitors at one
# table are worse than two colleagues, and those are worse than one too many of a kind.
PRICES: dict[Wish, tuple[int, int]] = {
    "parting": (12, 40),
    "spreading": (9, 30),
    "mixing": (3, 10),
    "meeting_anew": (1, 4),
}


@dataclass(frozen=True, slots=True)
class Aim:
    """A limit with the wish that it comes of. `about`: the code of a kind, or names of organisations."""

    wish: Wish
    about: tuple[str, ...]
    limit: Limit


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Something wished that is not so. `code` names the sentence (balance_...); `groups` by their place.

    `is_unavoidable`: no division could do better, as where there are fewer municipalities than groups.
    """

    code: str
    about: tuple[str, ...] = ()
    count: int = 0
    groups: tuple[int, ...] = ()
    is_unavoidable: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """How good groups are. `score`: 0 to 100, of what is wished; None while nobody is placed. `met`: the
    share of each wish that is met, 0 to 1. `kinds`: for each group how many of each kind. `smallest` and
    `largest`: the sizes between which all are."""

    score: int | None
    met: dict[Wish, float] = field(default_factory=dict)
    shortfalls: tuple[Shortfall, ...] = ()
    kinds: tuple[dict[str, int], ...] = ()
    smallest: int = 0
    largest: int = 0

    @property
    def word(self) -> str:
        """The score as a code: best, good, fair, uneven."""
        score = self.score or 0
        return "best" if score >= 97 else "good" if score >= 85 else "fair" if score >= 65 else "uneven"


def list_aims(
    people: Sequence[PersonView],
    groups: int,
    wishes: Mapping[Wish, int],
    rivals: Iterable[RivalSetView],
    earlier: Iterable[Sequence[tuple[str, int]]],
) -> list[Aim]:
    """What is wished, as limits on the people by their place in the list."""
    aims: list[Aim] = []
    by_kind: dict[str, set[int]] = {}
    by_organisation: dict[tuple[int | None, str], set[int]] = {}
    for place, person in enumerate(people):
        by_kind.setdefault(person.kind, set()).add(place)
        if person.organisation_id is not None or person.organisation_name:
            by_organisation.setdefault(_organisation_of(person), set()).add(place)
    if price := _price("mixing", wishes):
        for kind in KINDS:
            if members := by_kind.get(kind):
                high, low = _even(len(members), groups)
                aims.append(Aim("mixing", (kind,), Limit(frozenset(members), high, price, low)))
    if price := _price("spreading", wishes):
        for (_, name), members in sorted(by_organisation.items(), key=lambda one: min(one[1])):
            if len(members) > 1:
                high, _ = _even(len(members), groups)
                aims.append(Aim("spreading", (name,), Limit(frozenset(members), high, price)))
    if price := _price("parting", wishes):
        aims += _list_partings(people, rivals, price)
    if price := _price("meeting_anew", wishes):
        numbers = {person.who: place for place, person in enumerate(people)}
        for sat in earlier:
            aims += _list_meetings_anew(numbers, sat, groups, price)
    return aims


def _price(wish: Wish, wishes: Mapping[Wish, int]) -> int:
    level = wishes[wish]
    return PRICES[wish][level - 1] if level else 0


def _even(people: int, groups: int) -> tuple[int, int]:
    """The most and the fewest that one group has when people are spread evenly."""
    return -(-people // groups), people // groups


def _organisation_of(person: PersonView) -> tuple[int | None, str]:
    if person.organisation_id is not None:
        return person.organisation_id, person.organisation_name
    return None, person.organisation_name.casefold()


def _list_partings(people: Sequence[PersonView], rivals: Iterable[RivalSetView], price: int) -> list[Aim]:
    aims = []
    for rival_set in rivals:
        parties = []
        for organisation_id, name in zip(rival_set.organisation_ids, rival_set.names, strict=True):
            members = frozenset(
                place for place, person in enumerate(people) if person.organisation_id == organisation_id
            )
            if members:
                parties.append((name, members))
        if len(parties) > 1:
            everybody = frozenset[int]().union(*(members for _, members in parties))
            limit = Limit(everybody, 1, price, parties=tuple(members for _, members in parties))
            aims.append(Aim("parting", tuple(name for name, _ in parties), limit))
    return aims


def _list_meetings_anew(
    numbers: Mapping[str, int], sat: Sequence[tuple[str, int]], groups: int, price: int
) -> list[Aim]:
    """Of those who sat together few in each group; a third costs more than a second, as it does in pairs."""
    together: dict[int, set[int]] = {}
    for who, group in sat:
        if who in numbers:
            together.setdefault(group, set()).add(numbers[who])
    aims = []
    for members in together.values():
        high, _ = _even(len(members), groups)
        for more in (0, 1):
            if len(members) > high + more:
                limit = Limit(frozenset(members), high + more, price, is_of_earlier=True)
                aims.append(Aim("meeting_anew", (), limit))
    return aims


def make_task(
    people: Sequence[PersonView],
    group_ids: Sequence[int],
    aims: Iterable[Aim],
    leaders: Mapping[int, int],
    seed: int,
    *,
    keeps_all: bool = False,
) -> Task:
    """What the solver is asked. `leaders`: the group by the user who leads it. `keeps_all`: whoever has a
    group stays there, and only the others are placed."""
    places = {group_id: place for place, group_id in enumerate(group_ids)}
    seats = []
    for number, person in enumerate(people):
        stays = person.is_locked or keeps_all
        fixed = places.get(person.group_id) if stays and person.group_id is not None else None
        if fixed is None and person.user_id is not None:
            fixed = places.get(leaders.get(person.user_id, 0))
        seats.append(Seat(number, fixed))
    return Task(tuple(seats), len(group_ids), tuple(aim.limit for aim in aims), seed)


def weigh(
    people: Sequence[PersonView], group_ids: Sequence[int], aims: Sequence[Aim], wishes: Mapping[Wish, int]
) -> Balance:
    """How good the groups are as people sit now."""
    order = {group_id: place for place, group_id in enumerate(group_ids)}
    places: Places = {
        number: order[person.group_id] for number, person in enumerate(people) if person.group_id in order
    }
    kinds = [Counter[str]() for _ in group_ids]
    for number, place in places.items():
        kinds[place][people[number].kind] += 1
    sizes = [sum(counts.values()) for counts in kinds]
    if not places:
        return Balance(None, kinds=tuple(dict(one) for one in kinds))
    met = {wish: _share_met(wish, aims, places, len(group_ids)) for wish in WISHES if wishes[wish]}
    met = {wish: share for wish, share in met.items() if share is not None}
    weight = sum(PRICES[wish][wishes[wish] - 1] for wish in met)
    score = (
        sum(PRICES[wish][wishes[wish] - 1] * share for wish, share in met.items()) / weight if weight else 1
    )
    uneven = max(0, max(sizes) - min(sizes) - 1)
    return Balance(
        score=max(0, min(int(100 * score), 99 if score < 1 else 100) - 5 * uneven),
        met=met,
        shortfalls=tuple(_list_shortfalls(aims, places, sizes)),
        kinds=tuple(dict(one) for one in kinds),
        smallest=min(sizes),
        largest=max(sizes),
    )


def _share_met(wish: Wish, aims: Sequence[Aim], places: Places, groups: int) -> float | None:
    """Of mixing and parting: the groups where it is so. Of colleagues and earlier company: the people."""
    own = [aim for aim in aims if aim.wish == wish]
    if not own:
        return None
    if wish in ("mixing", "parting"):
        bad = {group for aim in own for group, beside in _beside(aim, places, groups).items() if beside}
        return 1 - len(bad) / groups
    people = set().union(*(aim.limit.people for aim in own)) & places.keys()
    beside = sum(sum(_beside(aim, places, groups).values()) for aim in own)
    return max(0.0, 1 - beside / len(people)) if people else None


def _beside(aim: Aim, places: Places, groups: int) -> dict[int, int]:
    """How many too many or too few there are in each group; only the groups where there are any."""
    counts = count_in(aim.limit, places)
    # Limits are of everybody; while some have no group yet, too few is no fault of the groups.
    low = aim.limit.low if all(person in places for person in aim.limit.people) else 0
    beside = {group: max(0, counts[group] - aim.limit.high, low - counts[group]) for group in range(groups)}
    return {group: count for group, count in beside.items() if count}


def _list_shortfalls(aims: Sequence[Aim], places: Places, sizes: Sequence[int]) -> list[Shortfall]:
    groups = len(sizes)
    found = []
    if max(sizes) - min(sizes) > 1:
        found.append(Shortfall("balance_sizes", count=max(sizes) - min(sizes)))
    for aim in aims:
        here = sum(person in places for person in aim.limit.people)
        beside = _beside(aim, places, groups)
        if aim.wish == "mixing":
            found += _tell_mixing(aim, here, beside, groups)
        elif aim.wish == "spreading":
            if beside:
                found.append(Shortfall("balance_colleagues", aim.about, here, tuple(beside)))
            elif here > groups:
                found.append(Shortfall("balance_many", aim.about, here, is_unavoidable=True))
        elif aim.wish == "parting" and beside:
            found += _tell_rivals(aim, places, tuple(beside), groups)
    if again := _count_pairs_again(aims, places):
        found.append(Shortfall("balance_again", count=again))
    return sorted(found, key=lambda one: one.is_unavoidable)


def _tell_mixing(aim: Aim, here: int, beside: Mapping[int, int], groups: int) -> list[Shortfall]:
    if beside:
        return [Shortfall("balance_kind", aim.about, here, tuple(beside))]
    if here < groups:
        return [Shortfall("balance_few", aim.about, here, is_unavoidable=True)]
    return []


def _tell_rivals(aim: Aim, places: Places, groups: Sequence[int], all_groups: int) -> list[Shortfall]:
    found = []
    for group in groups:
        there = tuple(
            name
            for name, party in zip(aim.about, aim.limit.parties, strict=True)
            if any(places.get(person) == group for person in party)
        )
        found.append(
            Shortfall("balance_rivals", there, len(there), (group,), len(aim.limit.parties) > all_groups)
        )
    return found


def _count_pairs_again(aims: Sequence[Aim], places: Places) -> int:
    """How many pairs sit together again."""
    sat = {aim.limit.people for aim in aims if aim.wish == "meeting_anew"}
    counts = [count for people in sat for count in count_in(Limit(people, 0, 0), places).values()]
    return sum(count * (count - 1) // 2 for count in counts)
