"""What happens to users and their memberships."""

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class MembershipRequested(Event):
    """Somebody asks to speak for an organisation and waits for a yes."""

    membership_id: int


@dataclass(frozen=True, slots=True)
class MembershipConfirmed(Event):
    membership_id: int
