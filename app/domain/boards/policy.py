"""Who may see, write on, arrange and plan boards."""

from app.core.policy import Actor
from app.domain.contributions.policy import may_record, may_record_at, may_record_somewhere
from app.domain.meetings.statuses import OFF

# From then on the record stands as it was commented on.
DONE = ("minutes_in_review", "approved")


def may_plan_boards(actor: Actor) -> bool:
    """Make boards, say how they work, and open what was said on them to all."""
    return may_record(actor)


def may_arrange(actor: Actor, meeting_id: int | None) -> bool:
    """Open and close boards, put cards in order, let them through: staff, facilitators and rapporteurs."""
    return may_record_at(actor, meeting_id)


def may_arrange_somewhere(actor: Actor) -> bool:
    """Come in where boards are arranged; at which meetings is asked there."""
    return may_record_somewhere(actor)


def why_shut(meeting_status: str) -> str | None:
    """Why no board of a meeting in this state can be open; None where it can."""
    if meeting_status in OFF:
        return "board_meeting_off"
    return "board_meeting_done" if meeting_status in DONE else None
