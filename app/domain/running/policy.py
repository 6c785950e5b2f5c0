"""What may stand on a wall where everybody reads it, and who may look at that from afar."""

from sqlalchemy import ColumnElement, and_

from app.core.policy import Actor
from app.domain.contributions.models import Contribution
from app.domain.contributions.policy import Said, is_in_force, is_out
from app.domain.meetings.policy import has_place_at, hears

SCREEN_LEVELS = ("public", "participants")


def may_watch_screen(actor: Actor, meeting_id: int) -> bool:
    """Open the big screen: who hears what is said in the room."""
    return actor.is_staff or hears(actor, meeting_id) or has_place_at(actor, meeting_id)


def fit_for_screen() -> ColumnElement[bool]:
    """What may be shown to the whole room: let through, in force, and open to all participants.

    Asked of nobody: the screen shows the same whoever has turned it on, be it staff who reads everything.
    """
    return and_(
        Contribution.published_at.is_not(None),
        Contribution.status != "draft",
        Contribution.visibility.in_(SCREEN_LEVELS),
        is_in_force(),
    )


def is_fit_for_screen(said: Said) -> bool:
    """The same rule for a row at hand."""
    return is_out(said) and said.status != "draft" and said.visibility in SCREEN_LEVELS
