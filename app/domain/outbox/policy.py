"""The outbox is staff's: what waits there names people and says what is not said yet."""

from app.core.policy import Actor


def may_send_batches(actor: Actor) -> bool:
    """Read, edit, send and throw away what waits, and read what became of it."""
    return actor.is_staff
