"""Everybody sees what is held about themselves; what is forgotten at night is for admins."""

from app.core.policy import Actor


def may_see_retention(actor: Actor) -> bool:
    return actor.is_admin


def may_set_periods(actor: Actor) -> bool:
    return actor.is_admin
