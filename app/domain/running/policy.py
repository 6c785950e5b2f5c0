"""What may stand on a wall where everybody reads it, and who may look at that from afar."""

from sqlalchemy import ColumnElement

from app.core.policy import Actor
from app.domain.contributions.policy import TO_THE_ROOM, Said, fit_for, is_out
from app.domain.meetings.policy import has_place_at, hears


def may_watch_screen(actor: Actor, meeting_id: int) -> bool:
    """Open the big screen: who hears what is said in the room."""
    return actor.is_staff or hears(actor, meeting_id) or has_place_at(actor, meeting_id)


def fit_for_screen() -> ColumnElement[bool]:
    """What may be shown to the whole room: let through, in force, and open to all participants.

    Asked of nobody: the screen shows the same whoever has turned it on, be it staff who reads everything.
    """
    return fit_for(TO_THE_ROOM)


def is_fit_for_screen(said: Said) -> bool:
    """The same rule for a row at hand."""
    return is_out(said) and said.visibility in TO_THE_ROOM
