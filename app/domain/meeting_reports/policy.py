"""Whom a report is made for, and who may read it.

A report that leaves the house is read by others than who asked for it. So it is never gathered as the reader,
but as the least of its audience: for everybody as a stranger, for the participants as somebody who takes part
in this one meeting and is nothing else.
"""

from app.core.policy import STRANGER, Actor
from app.domain.meeting_reports.schemas import Audience
from app.domain.meetings.policy import takes_part


def may_read_report(actor: Actor, meeting_id: int, audience: Audience) -> bool:
    """Read a report that was made for this audience, of a meeting that is published.

    The one for participants holds their slides and who was there, which is not open to who came in by the
    room's code alone.
    """
    return audience == "everybody" or actor.is_staff or takes_part(actor, meeting_id)


def may_set_report(actor: Actor) -> bool:
    """Say what the report holds that everybody gets first."""
    return actor.is_staff


def reader_of(audience: Audience, meeting_id: int) -> Actor:
    """The actor as whom a report for this audience is gathered."""
    if audience == "everybody":
        return STRANGER
    return Actor(attends=frozenset({meeting_id}))
