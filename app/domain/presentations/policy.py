"""Staff adds decks, and speakers those of their own items.

Who sees one, and with it each of its files, is decided by its access and by who sees its meeting. Who came by
a speaker's own link sees the decks of the own items whatever their access. A deck at an item that stands only
in the draft of a programme comes out with the programme: until then it is for staff and for who has a role at
the meeting. The speaker's notes are for the speaker alone until they say that all may read them.
"""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from app.core.policy import Actor
from app.domain.meetings import policy as meetings
from app.domain.meetings.models import AgendaItem, Meeting
from app.domain.presentations.models import Deck, SlidePage


class OfMeeting(meetings.Published, Protocol):
    """The meeting that a deck was shown at."""

    @property
    def id(self) -> int: ...


class AtMeeting(Protocol):
    """Anything with the number of a meeting."""

    @property
    def id(self) -> int: ...


class WithNotes(Protocol):
    """A deck that was found, and with it perhaps the speaker's notes."""

    @property
    def meeting(self) -> AtMeeting: ...
    @property
    def item_id(self) -> int | None: ...
    @property
    def shows_notes(self) -> bool: ...


def may_add_decks(actor: Actor) -> bool:
    """Add decks and new versions of them, and change what stands about them, at every item."""
    return actor.is_staff


def may_add_decks_somewhere(actor: Actor) -> bool:
    """Come in where decks are put up: staff, and who speaks somewhere; at which items is asked there."""
    is_speaker = bool(actor.speaks_at) or any(role == "speaker" for _, role in actor.meeting_roles)
    return may_add_decks(actor) or is_speaker


def may_add_deck_at(actor: Actor, item_id: int | None, own_item_ids: Collection[int]) -> bool:
    """Add and change the decks of this item. `own_item_ids`: the items that name the actor as a speaker."""
    return may_add_decks(actor) or (item_id is not None and item_id in own_item_ids)


def may_put_back(
    actor: Actor, was_by_speaker: bool, item_id: int | None, own_item_ids: Collection[int]
) -> bool:
    """Show a withdrawn deck again: staff what staff took away, and a speaker what a speaker did."""
    is_own = item_id is not None and item_id in own_item_ids
    return is_own if was_by_speaker else may_add_decks(actor)


def open_accesses(actor: Actor, meeting_id: int) -> tuple[str, ...]:
    """The accesses that let the actor in to the decks of this meeting."""
    if actor.is_staff:
        return "public", "participants", "staff"
    return ("public", "participants") if meetings.takes_part(actor, meeting_id) else ("public",)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The decks (and with them their pages, pictures and files) that the actor may see."""
    return and_(Deck.withdrawn_at.is_(None), _is_open_to(actor))


def tombstones_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The withdrawn decks of which the actor may see that they were there: those that could be seen then."""
    return and_(Deck.withdrawn_at.is_not(None), _is_open_to(actor))


def _is_open_to(actor: Actor) -> ColumnElement[bool]:
    in_open_meeting = (
        exists().where(Meeting.id == Deck.meeting_id, meetings.visible_to(actor)).correlate(Deck)
    )
    return and_(_is_open_in_sql(actor), in_open_meeting)


def _is_open_in_sql(actor: Actor) -> ColumnElement[bool]:
    if actor.is_staff:
        return true()
    to_participants = and_(
        Deck.access == "participants", Deck.meeting_id.in_(sorted(meetings.meetings_of(actor)))
    )
    own = Deck.item_id.in_(sorted(item_id for _, item_id in actor.speaks_at))
    is_drafted = exists().where(AgendaItem.id == Deck.item_id, ~meetings.in_force(AgendaItem)).correlate(Deck)
    is_known = or_(~is_drafted, Deck.meeting_id.in_(sorted({known for known, _ in actor.meeting_roles})))
    is_open = and_(or_(Deck.access == "public", to_participants), is_known)
    return or_(is_open, own) if actor.speaks_at else is_open


def may_see(
    actor: Actor, access: str, meeting: OfMeeting, item_id: int | None = None, is_drafted: bool = False
) -> bool:
    """The same rule as `visible_to`, for a deck with this access, at this item of a meeting at hand, which
    perhaps stands only in a draft."""
    is_own = (meeting.id, item_id) in actor.speaks_at
    is_known = not is_drafted or actor.is_staff or meetings.has_place_at(actor, meeting.id)
    is_open = is_known and access in open_accesses(actor, meeting.id)
    return (is_own or is_open) and meetings.may_see(actor, meeting)


def may_read_notes(actor: Actor, deck: WithNotes) -> bool:
    """Read the speaker's notes beside the pages of a deck that the actor may see: the speaker, who came by
    their own link, and everybody else where the speaker allows it. Staff too must have been allowed."""
    return deck.shows_notes or is_own_deck(actor, deck)


def is_own_deck(actor: Actor, deck: WithNotes) -> bool:
    """Whether it is of an item of the speaker who came by their own link."""
    return (deck.meeting.id, deck.item_id) in actor.speaks_at


def pages_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The pages that the actor may see: those of the current version of a deck that is visible."""
    return SlidePage.revision_id.in_(select(Deck.current_revision_id).where(visible_to(actor)))
