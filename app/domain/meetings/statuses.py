"""The states of a meeting: which may follow which, and what each means to those who read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

CalendarStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]

# Before the day: what is announced is over when its day is, whatever the row still says.
BEFORE_THE_DAY = frozenset({"announced", "open", "full", "live"})
# People sign up, so there is a day.
SIGNING_UP = frozenset({"open", "full", "live"})
# What will not be held on the day that stands in the row.
OFF = frozenset({"cancelled", "postponed"})
# The record is being commented on, or stands: nothing of the room is opened any more.
DONE = frozenset({"minutes_in_review", "approved"})
# The meeting has taken place, whatever its day says.
HELD = frozenset({"closed"}) | DONE
# What is open in the room is closed then.
OVER = HELD | OFF
NOT_COMING = frozenset({"draft"}) | OFF
# A day that is planned and not fixed: staff may put a meeting years ahead.
PLANNED_CERTAINTIES = frozenset({"tentative", "month"})


@dataclass(frozen=True, slots=True)
class Turn:
    """A way from one state to the next. `after` is None where it leads back to the state before."""

    before: frozenset[str]
    after: str | None


def _turn(before: str, after: str | None) -> Turn:
    return Turn(frozenset(before.split()), after)


TURNS: Mapping[str, Turn] = {
    "publish": _turn("draft", "announced"),
    "withdraw": _turn("announced closed", "draft"),
    "open_sign_up": _turn("announced", "open"),
    "close_sign_up": _turn("open full", "announced"),
    "fill": _turn("open", "full"),
    "unfill": _turn("full", "open"),
    "cancel_meeting": _turn("announced open full postponed", "cancelled"),
    "postpone": _turn("announced open full", "postponed"),
    "set_date": _turn("postponed", None),
    "resume": _turn("cancelled postponed", None),
    "start": _turn("announced open full", "live"),
    "undo_start": _turn("live", None),
    "close": _turn("live", "closed"),
    "undo_close": _turn("closed", None),
    "send_minutes": _turn("closed", "minutes_in_review"),
    "take_back_minutes": _turn("minutes_in_review", "closed"),
    "approve_minutes": _turn("minutes_in_review", "approved"),
    "reopen_minutes": _turn("approved", "minutes_in_review"),
}


def state_of(status: str, held_on: date, today: date) -> str:
    """The state to read: what was announced is over when its day is."""
    return "closed" if status in BEFORE_THE_DAY and held_on < today else status


def may_turn(turn: str, state: str, before: str | None) -> bool:
    """Whether this turn leads on from the state. `before`: the state before it, where one is known."""
    if state not in TURNS[turn].before:
        return False
    # Back to minutes that were shown leads one way alone, which asks what is open: sending them again.
    return TURNS[turn].after is not None or (before is not None and before not in DONE)


def get_calendar_status(status: str, date_certainty: str) -> CalendarStatus:
    """What a calendar shows: cancelled or postponed is off; open for sign-up on a fixed day is certain."""
    if status in OFF:
        return "CANCELLED"
    is_open = status not in ("draft", "announced") and date_certainty not in PLANNED_CERTAINTIES
    return "CONFIRMED" if is_open else "TENTATIVE"
