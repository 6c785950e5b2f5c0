"""Who may ask the panel, back what others ask, see it, and lead the questions."""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, true

from app.core.policy import Actor
from app.domain.attendance.policy import may_join
from app.domain.contributions.policy import (
    TO_ALL,
    TO_THE_ROOM,
    may_record,
    may_record_at,
    may_record_somewhere,
)
from app.domain.meetings.policy import heard_by, hears
from app.domain.meetings.statuses import DONE, OFF
from app.domain.panels.models import Panel


class Asked(Protocol):
    """What the rules look at of a panel."""

    @property
    def meeting_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def visibility(self) -> str: ...


def may_lead(actor: Actor, meeting_id: int | None) -> bool:
    """Open the questions, put them in order, let them through, note what was answered: staff, facilitators
    and rapporteurs of the meeting."""
    return may_record_at(actor, meeting_id)


def may_lead_somewhere(actor: Actor) -> bool:
    """Come in where questions are led; at which meetings is asked there."""
    return may_record_somewhere(actor)


def may_ask(actor: Actor, meeting_id: int) -> bool:
    """Ask and back others' questions: who has joined the meeting's room. Whether it is open is not asked."""
    return may_join(actor) and actor.seat_at(meeting_id) is not None


def may_see_panel(actor: Actor, panel: Asked) -> bool:
    """Read the questions of a meeting that the actor may see: those who hear it; all, where they are public
    and it has been opened."""
    if hears(actor, panel.meeting_id) or may_lead(actor, panel.meeting_id):
        return True
    return panel.visibility == "public" and panel.state != "planned"


def panels_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The same rule as `may_see_panel`, in SQL."""
    if may_record(actor):
        return true()
    # Who leads questions at a meeting has a role there, and so hears it.
    return or_(
        Panel.meeting_id.in_(sorted(heard_by(actor))),
        and_(Panel.visibility == "public", Panel.state != "planned"),
    )


def levels_of(actor: Actor, panel: Asked) -> tuple[str, ...]:
    """Which questions the actor reads there."""
    is_inside = hears(actor, panel.meeting_id) or may_lead(actor, panel.meeting_id)
    return TO_THE_ROOM if is_inside else TO_ALL


def why_shut(meeting_status: str) -> str | None:
    """Why no questions are taken at a meeting in this state; None where they can be."""
    if meeting_status in OFF:
        return "panel_meeting_off"
    return "panel_meeting_done" if meeting_status in DONE else None
