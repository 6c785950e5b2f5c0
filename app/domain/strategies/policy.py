"""Strategies and their themes are open to all; only staff change them."""

from sqlalchemy import ColumnElement, true

from app.core.policy import Actor
from app.domain.strategies.models import Strategy


def may_edit_strategies(actor: Actor) -> bool:
    return actor.is_staff


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees every strategy."""
    return true()


def may_see(actor: Actor, strategy: Strategy) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    return True
