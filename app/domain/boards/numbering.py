"""Numbers for cards that are yet to be written, handed out in no order.

In order they would tell on people: those that lie in one page would stand side by side, and the next one of
somebody who has written would be that of the moment. So whoever saw a card under a name would know what else
its author wrote without one.
"""

from collections.abc import Iterable
from random import SystemRandom
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.domain.contributions.models import NUMBERS

# From so many each is drawn by lot. They are gaps in the row of numbers when the process ends.
HELD: Final = 128
_lot = SystemRandom()
_lock = Lock()
_held: WeakKeyDictionary[Engine, list[int]] = WeakKeyDictionary()


def draw_numbers(session: Session, count: int, fresh: Iterable[int] = ()) -> list[int]:
    """So many numbers that nobody has. `fresh`: that many taken from the row already, to be put among them;
    where enough are held, that spares a statement."""
    engine = session.get_bind().engine
    fresh = list(fresh)
    with _lock:
        missing = HELD + count - len(_held.setdefault(engine, [])) - len(fresh)
    if missing > 0:
        row = select(NUMBERS["card"].next_value()).select_from(func.generate_series(1, missing).alias("n"))
        fresh += session.scalars(row).all()
    with _lock:
        held = _held.setdefault(engine, [])
        held += fresh
        return [held.pop(_lot.randrange(len(held))) for _ in range(count)]


def forget_numbers(engine: Engine) -> None:
    """Hand out none of those that are held: the row of numbers begins anew."""
    with _lock:
        _held.pop(engine, None)
