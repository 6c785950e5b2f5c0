"""Who sets what the site is called, how it looks and what it says: admins alone."""

from app.core.policy import Actor


def may_set_site(actor: Actor) -> bool:
    return actor.is_admin
