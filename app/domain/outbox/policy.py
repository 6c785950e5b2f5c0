"""The outbox is staff's: what waits there names people and says what is not said yet."""

from datetime import date

from app.core.policy import Actor
from app.domain.meetings.statuses import OFF

# The states of a meeting that people can be asked to come to.
INVITED_TO = frozenset({"announced", "open", "full", "live"})


def may_send_batches(actor: Actor) -> bool:
    """Read, edit, send and throw away what waits, and read what became of it."""
    return actor.is_staff


def why_not_send(kind: str, meeting_status: str, held_on: date, on: date) -> str | None:
    """The code of the sentence that says why such mails cannot leave on this day as the meeting stands; None
    where they can. To be told that a meeting is off is another kind of mail than to be invited to it."""
    if kind != "invitation":
        return None
    if meeting_status == "draft" or meeting_status in OFF:
        return f"invite_{meeting_status}"
    if held_on < on or meeting_status not in INVITED_TO:
        return "invite_past"
    return None
