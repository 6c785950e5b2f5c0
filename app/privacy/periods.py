"""How long each kind of data is kept: the periods in force, set once by the entry point."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.core.chosen import chosen


@dataclass(frozen=True, slots=True)
class Periods:
    """Days for which things are kept after they have served; settings may change them.

    Needs, registrations, attendees, invitations and speakers count from the day of the meeting, codes and
    challenges from when they expired, sessions from when they ended, accounts from the last time somebody
    signed in, all others from when they were made.
    """

    needs: int = 14
    codes: int = 1
    sessions: int = 30
    copies: int = 7
    mails: int = 90
    forms: int = 30
    counts: int = 1
    bin: int = 30
    addresses_of_log: int = 180
    loose_identities: int = 30
    registrations: int = 730
    attendees: int = 730
    invitations: int = 180
    speakers: int = 180
    reports: int = 730
    unused_accounts: int = 730
    warning: int = 30
    consents: int = 1095
    log: int = 1826

    @property
    def unused_before_warning(self) -> int:
        return self.unused_accounts - self.warning


# The fewest and the most days that settings and admins may choose: what is held no longer than it is needed,
# and long enough for what it is held for.
BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "needs": (1, 60),
    "codes": (1, 30),
    "sessions": (1, 365),
    "copies": (1, 7),
    "mails": (7, 730),
    "forms": (1, 365),
    "counts": (1, 30),
    "addresses_of_log": (1, 1826),
    "loose_identities": (1, 365),
    "registrations": (30, 3653),
    "attendees": (60, 3653),
    "invitations": (30, 3653),
    "speakers": (60, 3653),
    "reports": (30, 3653),
    "unused_accounts": (180, 3653),
    "warning": (14, 90),
    "consents": (30, 3653),
    "log": (366, 3653),
}

_in_force = Periods()


def put_in_force(periods: Periods) -> None:
    """Use these periods in the whole process, where admins have chosen no others."""
    global _in_force
    _in_force = periods


def standard_periods() -> Periods:
    """The periods by the settings."""
    return _in_force


def periods_in_force() -> Periods:
    """The periods as admins have chosen them, else by the settings."""
    return with_own(chosen().periods)


def with_own(own: Mapping[str, int]) -> Periods:
    """The periods by the settings, with these in their place.

    What admins chose lies in the database for good: a name that no release knows any more is passed over.
    """
    return replace(_in_force, **{name: days for name, days in own.items() if name in BOUNDS})
