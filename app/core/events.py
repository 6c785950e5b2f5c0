"""Facts in the past tense, ids only, told upwards through one table of reactions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened, in the transaction in which it happened."""


Reaction = Callable[[Session, Any], None]
_reactions: dict[type[Event], list[Reaction]] = {}


def react(event: type[Event], reaction: Reaction) -> None:
    """Have `reaction` called at each announcement of `event`; only `app.reactions` does this."""
    _reactions.setdefault(event, []).append(reaction)


def forget_reactions() -> None:
    """Begin again with no reactions; `app.reactions` does this before it joins them anew."""
    _reactions.clear()


def announce(session: Session, event: Event) -> None:
    """Tell what has happened. Reactions run in the same transaction and only defer jobs or queue mails."""
    session.flush()
    for reaction in _reactions.get(type(event), ()):
        reaction(session, event)
