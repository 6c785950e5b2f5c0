"""Published meetings are open to all; drafts, and all planning, are for staff."""

from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, true

from app.core.policy import Actor
from app.domain.meetings.models import Meeting


class Published(Protocol):
    """Anything that tells whether it has been published."""

    @property
    def is_published(self) -> bool: ...


def may_plan_meetings(actor: Actor) -> bool:
    return actor.is_staff


def may_see_join_link(actor: Actor) -> bool:
    """The link into a virtual meeting is for confirmed people, not for whoever finds the page."""
    return actor.is_staff or actor.is_confirmed


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The meetings that the actor may see."""
    return true() if may_plan_meetings(actor) else Meeting.published_at.is_not(None)


def may_see(actor: Actor, meeting: Published) -> bool:
    """The same rule as `visible_to`, for a meeting at hand."""
    return meeting.is_published or may_plan_meetings(actor)


def is_old(day: date, today: date) -> bool:
    """Whether the day lies more than twelve months back."""
    return (day.year + 1, day.month, day.day) < (today.year, today.month, today.day)
