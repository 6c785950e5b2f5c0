"""How long each kind of data is kept: the periods in force, set once by the entry point."""

from dataclasses import dataclass


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


_in_force = Periods()


def put_in_force(periods: Periods) -> None:
    """Use these periods in the whole process."""
    global _in_force
    _in_force = periods


def periods_in_force() -> Periods:
    return _in_force
