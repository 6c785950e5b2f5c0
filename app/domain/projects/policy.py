"""Signature projects are open to all; only staff change them."""

from sqlalchemy import ColumnElement, true

from app.core.policy import Actor
from app.domain.projects.models import Project


def may_edit_projects(actor: Actor) -> bool:
    return actor.is_staff


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees every project."""
    return true()


def may_see(actor: Actor, project: Project) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    return True
