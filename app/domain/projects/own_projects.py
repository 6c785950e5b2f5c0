"""The projects that a municipality registers itself, and where it places those that it runs in its policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.clock import now
from app.core.events import announce
from app.core.policy import Actor, NotFound, Refused, require
from app.core.slices import By, Place, Slice, read_slice
from app.domain.organisations.models import Organisation
from app.domain.organisations.queries import danish_order, find_organisation
from app.domain.projects.events import OwnProjectChanged, ProjectChanged
from app.domain.projects.models import Project, ProjectTheme
from app.domain.projects.own_models import OwnProject, OwnProjectTheme
from app.domain.projects.policy import may_edit_projects, may_see_own, own_visible_to
from app.domain.projects.schemas import OwnProjectEdit, OwnProjectFacts, OwnProjectInput, PlacingInput
from app.domain.strategies.models import Strategy, Theme
from app.domain.strategies.policy import may_write_policy, own_municipality

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class OwnProjectView:
    """A municipality's own project; it stands at `path`."""

    id: int
    municipality_id: int
    municipality_key: str
    municipality_name: str
    title: str
    text: str
    visibility: str
    theme_ids: tuple[int, ...]
    entered_at: datetime
    changed_at: datetime
    is_example: bool
    version: int

    @property
    def is_removed(self) -> bool:
        return False

    @property
    def path(self) -> str:
        return f"/kommuner/{self.municipality_key}/projekter/{self.id}"


# --- reading


def list_own_projects(
    session: Session, actor: Actor, municipality_id: int, *, page: int = 1
) -> tuple[list[OwnProjectView], int]:
    """A municipality's own projects that the actor may see, by title, and how many. Two statements."""
    of_it = OwnProject.municipality_id == municipality_id
    rows = session.execute(_views(actor).where(of_it).limit(PER_PAGE).offset((max(page, 1) - 1) * PER_PAGE))
    total = session.scalar(select(func.count()).select_from(OwnProject).where(own_visible_to(actor), of_it))
    return [_view(row) for row in rows], total or 0


def read_own_projects(
    session: Session, actor: Actor, municipality_id: int, after: Place | None, most: int
) -> Slice[OwnProjectView]:
    """So many of a municipality's own projects after a place, by title. One statement."""
    order = (By(danish_order(OwnProject.title), str), By(OwnProject.id, int))
    statement = _views(actor).where(OwnProject.municipality_id == municipality_id)
    found = read_slice(session, statement, order, after, most)
    return Slice(tuple(map(_view, found.rows)), found.last)


def find_own_project(session: Session, actor: Actor, project_id: int) -> OwnProjectView | None:
    row = session.execute(_views(actor).where(OwnProject.id == project_id)).one_or_none()
    return _view(row) if row is not None else None


def _views(actor: Actor) -> Select[Any]:
    themes = (
        select(func.array_agg(aggregate_order_by(OwnProjectTheme.theme_id, OwnProjectTheme.theme_id)))
        .where(OwnProjectTheme.own_project_id == OwnProject.id)
        .correlate(OwnProject)
        .scalar_subquery()
    )
    return (
        select(OwnProject, Organisation.key, Organisation.name, themes.label("theme_ids"))
        .join(Organisation, Organisation.id == OwnProject.municipality_id)
        .where(own_visible_to(actor))
        .order_by(danish_order(OwnProject.title), OwnProject.id)
    )


def _view(row: Any) -> OwnProjectView:
    project = row.OwnProject
    return OwnProjectView(
        project.id,
        project.municipality_id,
        row.key,
        row.name,
        project.title,
        project.text,
        project.visibility,
        tuple(row.theme_ids or ()),
        project.entered_at,
        project.changed_at,
        project.is_example,
        project.version,
    )


# --- the verbs


def register_project(session: Session, actor: Actor, given: OwnProjectInput) -> OwnProject:
    """Register a project of the own municipality. Refused: unknown_theme (see `_put_themes`)."""
    require(may_write_policy(session, actor))
    municipality_id = own_municipality(actor)
    assert municipality_id is not None
    return _add(session, actor, municipality_id, given)


def put_own_project(session: Session, actor: Actor, given: OwnProjectFacts) -> OwnProject:
    """A project of the seed, added unless its key is there already; what is there stays as it is.

    Refused: unknown_organisation, unknown_theme.
    """
    require(may_edit_projects(actor))
    known = session.scalars(select(OwnProject).where(OwnProject.key == given.key)).one_or_none()
    if known is not None:
        return known
    municipality = find_organisation(session, given.municipality)
    if municipality is None or municipality.kind != "municipality":
        raise Refused("unknown_organisation", key=given.municipality)
    return _add(session, actor, municipality.id, given, key=given.key, is_example=given.is_example)


def _add(
    session: Session, actor: Actor, municipality_id: int, given: OwnProjectInput, **values: Any
) -> OwnProject:
    project = OwnProject(
        municipality_id=municipality_id,
        title=given.title,
        text=given.text,
        visibility=given.visibility,
        entered_by_id=actor.user_id,
        entered_at=now(),
        changed_at=now(),
        **values,
    )
    session.add(project)
    session.flush()
    _put_themes(session, project, given.theme_ids)
    record(session, actor, "add", "own_project", project.id, after=_noted(project, given.theme_ids))
    announce(session, OwnProjectChanged(project.id))
    return project


def edit_own_project(session: Session, actor: Actor, project_id: int, given: OwnProjectEdit) -> OwnProject:
    """Change it. Refused: stale, unknown_theme."""
    project = _own_project(session, actor, project_id)
    if project.version != given.version:
        raise Refused("stale")
    held = select(OwnProjectTheme.theme_id).where(OwnProjectTheme.own_project_id == project.id)
    before = _noted(project, list(session.scalars(held)))
    project.title, project.text, project.visibility = given.title, given.text, given.visibility
    project.changed_at, project.version = now(), project.version + 1
    _put_themes(session, project, given.theme_ids)
    after = _noted(project, given.theme_ids)
    record(session, actor, "edit", "own_project", project.id, before=before, after=after)
    announce(session, OwnProjectChanged(project.id))
    return project


def remove_own_project(session: Session, actor: Actor, project_id: int, version: int) -> None:
    """Take it out; its row stays for what points to it. Refused: stale."""
    project = _own_project(session, actor, project_id)
    if project.version != version:
        raise Refused("stale")
    project.removed_at, project.version = now(), project.version + 1
    record(session, actor, "remove", "own_project", project.id)
    announce(session, OwnProjectChanged(project.id))


def place_project(session: Session, actor: Actor, key: str, given: PlacingInput) -> Project:
    """Say which themes of the own policy a signature project supports that the municipality runs.

    Its other themes stay. Refused: unknown_theme (one that is not in the own policy in force).
    """
    require(may_write_policy(session, actor))
    project = session.scalars(select(Project).where(Project.key == key).with_for_update()).one_or_none()
    if project is None:
        raise NotFound
    require(project.authority_id == own_municipality(actor))
    own = select(Theme.id).join(Strategy, Strategy.id == Theme.strategy_id)
    own = own.where(Strategy.municipality_id == project.authority_id)
    wanted = set(given.theme_ids)
    if not wanted.issubset(session.scalars(own.where(Theme.ended_at.is_(None)))):
        raise Refused("unknown_theme")
    placed = ProjectTheme.project_id == project.id, ProjectTheme.theme_id.in_(own)
    before = sorted(session.scalars(select(ProjectTheme.theme_id).where(*placed)))
    session.execute(delete(ProjectTheme).where(*placed))
    session.add_all(ProjectTheme(project_id=project.id, theme_id=theme_id) for theme_id in wanted)
    after = sorted(wanted)
    record(
        session,
        actor,
        "place_in_policy",
        "project",
        project.id,
        before={"theme_ids": before},
        after={"theme_ids": after},
    )
    announce(session, ProjectChanged(project.id))
    return project


def _own_project(session: Session, actor: Actor, project_id: int) -> OwnProject:
    project = session.get(OwnProject, project_id, with_for_update=True, populate_existing=True)
    if project is None or not may_see_own(actor, project):
        raise NotFound
    is_own = project.municipality_id == own_municipality(actor)
    require(is_own and may_write_policy(session, actor))
    return project


def _noted(project: OwnProject, theme_ids: Iterable[int]) -> dict[str, Any]:
    # No words: what people wrote can be made to go from the row, and never from the log.
    return {"visibility": project.visibility, "theme_ids": sorted(theme_ids)}


def _put_themes(session: Session, project: OwnProject, theme_ids: Iterable[int]) -> None:
    """Themes of the own policy and of joint strategies; those of another municipality are its own business.

    A theme that has ended may stay where it stands, and is not taken anew.
    """
    wanted = set(theme_ids)
    held = set(
        session.scalars(select(OwnProjectTheme.theme_id).where(OwnProjectTheme.own_project_id == project.id))
    )
    allowed = session.scalars(
        select(Theme.id)
        .join(Strategy, Strategy.id == Theme.strategy_id)
        .where(
            Theme.id.in_(wanted),
            Strategy.municipality_id.is_(None) | (Strategy.municipality_id == project.municipality_id),
            Theme.ended_at.is_(None) | Theme.id.in_(held),
        )
    )
    if not wanted.issubset(allowed):
        raise Refused("unknown_theme")
    session.execute(
        delete(OwnProjectTheme).where(
            OwnProjectTheme.own_project_id == project.id, OwnProjectTheme.theme_id.not_in(wanted)
        )
    )
    session.add_all(OwnProjectTheme(own_project_id=project.id, theme_id=one) for one in wanted - held)
    session.flush()
