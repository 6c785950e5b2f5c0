"""What happens to users and their memberships."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MembershipRequested(Event):
    """Somebody asks to speak for an organisation and waits for a yes."""

    membership_id: int


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Event):
    """Somebody no longer agrees; what rests on the consent must go. `kind` as in consents.py."""

    user_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class MembershipConfirmed(Event):
    membership_id: int
