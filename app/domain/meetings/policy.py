"""Published meetings are open to all; drafts to staff and who has a role there; all planning is for staff.

Speakers write the words of their own talks, also by a link of their own.
"""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, or_, true

from app.core.policy import Actor
from app.domain.meetings.models import Drafted, Meeting


class Published(Protocol):
    """Anything that tells whether it has been published."""

    @property
    def id(self) -> int: ...
    @property
    def is_published(self) -> bool: ...


def may_plan_meetings(actor: Actor) -> bool:
    return actor.is_staff


def may_run_meeting(actor: Actor, meeting_id: int) -> bool:
    """Lead the meeting on its day: begin it, go from item to item, choose what the big screen shows."""
    return may_plan_meetings(actor) or actor.has_meeting_role(meeting_id, "facilitator")


def may_run_some_meeting(actor: Actor) -> bool:
    """Come to a console at all; at which meetings is asked there."""
    return may_plan_meetings(actor) or any(role == "facilitator" for _, role in actor.meeting_roles)


def meetings_of(actor: Actor) -> frozenset[int]:
    """The ids of the meetings that the actor takes part in: signed up and confirmed, or with a role there."""
    return actor.attends | {meeting_id for meeting_id, _ in actor.meeting_roles}


def takes_part(actor: Actor, meeting_id: int | None) -> bool:
    """Whether what is open to the participants of this meeting is open to the actor."""
    return meeting_id in meetings_of(actor)


def hears(actor: Actor, meeting_id: int | None) -> bool:
    """Whether what is said to the participants is open to the actor: also to who joined by the room's code,
    whom the slides and the list of those who take part are not open to."""
    return takes_part(actor, meeting_id) or actor.seat_at(meeting_id) is not None


def heard_by(actor: Actor) -> frozenset[int]:
    """The ids of the meetings of which `hears` is true."""
    return meetings_of(actor) | {meeting_id for meeting_id, _ in actor.seats}


def may_see_join_link(actor: Actor, meeting_id: int) -> bool:
    """The link into a virtual meeting is for those who take part, not for whoever finds the page."""
    return actor.is_staff or takes_part(actor, meeting_id)


def may_enter_any_time(actor: Actor, meeting_id: int) -> bool:
    """Go to the meeting's screen before the others can, to set it up and try it."""
    return actor.is_staff or has_place_at(actor, meeting_id)


def may_give_roles(actor: Actor) -> bool:
    """Say who facilitates, reports, speaks and assesses at a meeting."""
    return actor.is_staff


def may_write_talk(actor: Actor, item_id: int, own_item_ids: Collection[int]) -> bool:
    """Write the title and the text of a talk. `own_item_ids`: the items that name the actor as a speaker."""
    return may_plan_meetings(actor) or item_id in own_item_ids


def has_place_at(actor: Actor, meeting_id: int | None) -> bool:
    """Whether the actor has any role at this meeting."""
    return any(known == meeting_id for known, _ in actor.meeting_roles)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The meetings that the actor may see."""
    if may_plan_meetings(actor):
        return true()
    own = sorted({meeting_id for meeting_id, _ in (*actor.meeting_roles, *actor.speaks_at)})
    is_published = Meeting.published_at.is_not(None)
    return or_(is_published, Meeting.id.in_(own)) if own else is_published


def may_see(actor: Actor, meeting: Published) -> bool:
    """The same rule as `visible_to`, for a meeting at hand."""
    if meeting.is_published or may_plan_meetings(actor) or has_place_at(actor, meeting.id):
        return True
    return any(known == meeting.id for known, _ in actor.speaks_at)


def in_force(line: type[Drafted]) -> ColumnElement[bool]:
    """The rows of programmes that are published. What is new in a draft is for staff alone; what a draft
    takes off or changes stands for all others until that is published too."""
    return line.is_new.is_(False)


def is_old(day: date, today: date) -> bool:
    """Whether the day lies more than twelve months back."""
    return (day.year + 1, day.month, day.day) < (today.year, today.month, today.day)
