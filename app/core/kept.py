"""Statements that are put together once for whoever asks, and then asked again with other values.

To put a rule into SQLAlchemy's words takes several times as long as PostgreSQL takes to answer it.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

from app.core.clock import today

P = ParamSpec("P")
S = TypeVar("S")

# Of each builder: for strangers, and for those who asked last. A large statement takes some 150 kB.
MOST_KEPT: Final = 16


def kept(build: Callable[P, S]) -> Callable[P, S]:
    """A builder of a statement, or of a part of one, that is kept by what it is told, for the day.

    For functions of an actor and of plain values that decide how it is built; what differs from one page to
    the next is a `bindparam`. It may look at nothing else but today's date.
    """

    @lru_cache(maxsize=MOST_KEPT)
    def build_once(day: date, *told: Any, **named: Any) -> S:
        return build(*told, **named)

    @wraps(build)
    def find(*told: P.args, **named: P.kwargs) -> S:
        return build_once(today(), *told, **named)

    return find
