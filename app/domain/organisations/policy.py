"""Organisations are open to all; only staff change them."""

from app.core.policy import Actor


def may_edit_organisations(actor: Actor) -> bool:
    return actor.is_staff
