"""Staff adds decks. Who sees one is decided by its access, and by who sees its meeting."""

from sqlalchemy import ColumnElement, and_, exists, select

from app.core.policy import Actor
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import Meeting
from app.domain.presentations.models import Deck, SlidePage


def may_add_decks(actor: Actor) -> bool:
    """Add decks and new versions of them, and change what stands about them."""
    return actor.is_staff


def open_accesses(actor: Actor) -> tuple[str, ...]:
    """The accesses that let the actor in. Who took part is not known yet: everyone confirmed counts."""
    if actor.is_staff:
        return "public", "participants", "staff"
    return ("public", "participants") if actor.is_confirmed else ("public",)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The decks (and with them their pages, pictures and files) that the actor may see."""
    in_open_meeting = (
        exists().where(Meeting.id == Deck.meeting_id, meetings.visible_to(actor)).correlate(Deck)
    )
    return and_(Deck.access.in_(open_accesses(actor)), in_open_meeting)


def may_see(actor: Actor, access: str, meeting: meetings.Published) -> bool:
    """The same rule as `visible_to`, for a deck with this access of a meeting at hand."""
    return access in open_accesses(actor) and meetings.may_see(actor, meeting)


def pages_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The pages that the actor may see: those of the current version of a deck that is visible."""
    return SlidePage.revision_id.in_(select(Deck.current_revision_id).where(visible_to(actor)))
