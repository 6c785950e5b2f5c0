"""What is put forward for a programme is decided by those who plan it; what was taken along, all may read who
may read the thing itself."""

from app.core.policy import Actor
from app.domain.meetings.policy import may_plan_meetings


def may_carry_over(actor: Actor) -> bool:
    """See what puts itself forward for a meeting, and take it along or not."""
    return may_plan_meetings(actor)
