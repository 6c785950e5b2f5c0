"""What happens to users and their memberships."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MembershipRequested(Event):
    """Somebody asks to speak for an organisation and waits for a yes."""

    membership_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class RequestsWait(Event):
    """Those who confirm for this organisation are to be told that somebody waits."""

    organisation_id: int


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """Somebody no longer agrees; what rests on the consent must go. `kind` as in consents.py."""

    user_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class MembershipConfirmed(Event):
    membership_id: int


@dataclass(frozen=True, slots=True)
class MembershipEnded(Event):
    """It was refused, or somebody else ended it; who leaves by themselves is not told of it."""

    membership_id: int


@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """Somebody has got another role. `by_user_id` gave it."""

    membership_id: int
    by_user_id: int | None


@dataclass(frozen=True, slots=True)
class AddressAdded(Event):
    """One more mail address signs in to an account; the one on the account is told."""

    user_id: int
    email: str


@dataclass(frozen=True, slots=True)
class AddressRemoved(Event):
    """An address signs in no more, or `stays` but gets no more mails; it is told so, for the last time."""

    user_id: int
    email: str
    stays: bool = False


@dataclass(frozen=True, slots=True)
class AccountsJoined(Event):
    """Another account is part of this one from now on; its former address is told too."""

    user_id: int
    former_email: str | None


@dataclass(frozen=True, slots=True)
class AccountDisabled(Event):
    user_id: int


@dataclass(frozen=True, slots=True)
class AccountEnabled(Event):
    user_id: int
