"""People who have spoken are public; those who sign in see themselves, and staff sees who they speak for."""

from app.core.policy import Actor


def may_add_persons(actor: Actor) -> bool:
    return actor.is_staff


def may_confirm_memberships(actor: Actor) -> bool:
    """Staff confirms that somebody speaks for an organisation; the organisations' own admins come later."""
    return actor.is_staff
