"""Signature projects are open to all; only staff changes them. A municipality registers its own projects."""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, true

from app.core.policy import Actor
from app.domain.projects.models import Project
from app.domain.projects.own_models import OwnProject
from app.domain.strategies.policy import own_municipality


class Registered(Protocol):
    """What the rules look at: a municipality's own project, or a view of one."""

    @property
    def municipality_id(self) -> int: ...
    @property
    def visibility(self) -> str: ...
    @property
    def is_removed(self) -> bool: ...


def may_edit_projects(actor: Actor) -> bool:
    return actor.is_staff


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees every project."""
    return true()


def may_see(actor: Actor, project: Project) -> bool:
    """The same rule as `visible_to`, for a row at hand."""
    return True


# --- a municipality's own; who writes them is in strategies.policy.may_write_policy


def own_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Public ones to all, the others to their municipality's confirmed people alone, staff not among them."""
    seen = OwnProject.visibility == "public"
    municipality_id = own_municipality(actor)
    if municipality_id is not None:
        seen = or_(seen, OwnProject.municipality_id == municipality_id)
    return and_(OwnProject.removed_at.is_(None), seen)


def may_see_own(actor: Actor, project: Registered) -> bool:
    """The same rule as `own_visible_to`, for a row at hand."""
    is_open = project.visibility == "public" or project.municipality_id == own_municipality(actor)
    return not project.is_removed and is_open
