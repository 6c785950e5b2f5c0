"""How an event is called outside."""

from uuid import UUID


def name_of(public_id: UUID) -> str:
    """The same in every sending of an event, and to every webhook."""
    return f"msg_{public_id.hex}"
