"""The outbox is staff's: what waits there names people and says what is not said yet."""

from app.core.policy import Actor
from app.domain.meetings.statuses import OFF


def may_send_batches(actor: Actor) -> bool:
    """Read, edit, send and throw away what waits, and read what became of it."""
    return actor.is_staff


def why_not_send(kind: str, meeting_status: str) -> str | None:
    """The code of the sentence that says why such mails cannot leave as the meeting stands; None where they
    can. To be told that a meeting is off is another kind of mail than to be invited to it."""
    return f"invite_{meeting_status}" if kind == "invitation" and meeting_status in OFF else None
