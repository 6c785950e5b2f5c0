"""Facts in the past tense, ids only, told upwards through one table of reactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened, in the transaction in which it happened."""


Reaction = Callable[[Session, Any], None]
_is_silent: ContextVar[bool] = ContextVar("_is_silent", default=False)
_reactions: dict[type[Event], list[Reaction]] = {}


def react(event: type[Event], reaction: Reaction) -> None:
    """Have `reaction` called at each announcement of `event`; only `app.reactions` does this."""
    _reactions.setdefault(event, []).append(reaction)


def forget_reactions() -> None:
    """Begin again with no reactions; `app.reactions` does this before it joins them anew."""
    _reactions.clear()


@contextmanager
def in_silence() -> Iterator[None]:
    """Announce nothing meanwhile: for putting in many things at once, followed up by one job for all."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def is_heard(event: type[Event]) -> bool:
    """Whether announcing `event` does anything now: for work that is not done as long as nobody hears."""
    return bool(_reactions.get(event)) and not _is_silent.get()


def announce(session: Session, event: Event) -> None:
    """Tell what has happened. Reactions run in the same transaction and only defer jobs or queue mails."""
    session.flush()
    if _is_silent.get():
        return
    for reaction in _reactions.get(type(event), ()):
        reaction(session, event)
