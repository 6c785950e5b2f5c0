"""What several assessments come to: plain arithmetic, without a database."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Literal

Value = Literal["hits", "partly", "not"]
Outcome = Literal["talk", "through", "drawing_board"]

# From the least to the most.
VALUES: Final[tuple[Value, ...]] = ("not", "partly", "hits")
WIDEST_APART: Final = 1
BEST_SCORE: Final = 5


def are_apart(values: Iterable[str]) -> bool:
    """Whether two are more than one step apart: one says that it hits, the other that it does not."""
    steps = [VALUES.index(value) for value in values]  # type: ignore[arg-type]
    return bool(steps) and max(steps) - min(steps) > WIDEST_APART


def combine(values: Sequence[str], agreed: str | None = None) -> str | None:
    """What they come to: what was agreed, else the more careful of them; None while they are apart."""
    if agreed is not None:
        return agreed
    if not values or are_apart(values):
        return None
    return min(values, key=VALUES.index)  # type: ignore[arg-type]


def outcome_of(combined: Iterable[str | None]) -> Outcome:
    """Through with one hit at least; none of it is said while there is something to talk over."""
    found = list(combined)
    if None in found:
        return "talk"
    return "through" if "hits" in found else "drawing_board"


def mean_of(scores: Sequence[int]) -> Decimal | None:
    """The mean of the scores; None where there is none."""
    return Decimal(sum(scores)) / len(scores) if scores else None


def total_of(weighed: Iterable[tuple[int, Sequence[int]]]) -> Decimal | None:
    """The sum of (weight, scores): each mean by its weight; None unless every criterion is scored."""
    total = Decimal(0)
    for weight, scores in weighed:
        mean = mean_of(scores)
        if mean is None:
            return None
        total += weight * mean
    return total


def scores_are_apart(scores: Sequence[int]) -> bool:
    return bool(scores) and max(scores) - min(scores) > WIDEST_APART
