"""Groups are seen with their meeting; only staff plans them."""

from app.core.policy import Actor
from app.domain.meetings.policy import may_plan_meetings


def may_plan_groups(actor: Actor) -> bool:
    return may_plan_meetings(actor)
