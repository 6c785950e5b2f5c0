"""Staff takes in what others have kept elsewhere; where an old address leads is told to everybody."""

from app.core.policy import Actor


def may_import(actor: Actor) -> bool:
    return actor.is_staff
