"""Everybody who is signed in follows what they like. Nobody sees what others follow."""

from app.core.policy import Actor, is_person


def may_follow(actor: Actor) -> bool:
    return is_person(actor)
