"""The verbs of signature projects."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record
from app.core.events import announce
from app.core.policy import Actor, Refused, require
from app.domain.organisations.models import Organisation
from app.domain.projects.events import ProjectChanged
from app.domain.projects.models import Programme, Project, ProjectPartner, ProjectTheme
from app.domain.projects.policy import may_edit_projects
from app.domain.projects.schemas import ProgrammeInput, ProjectInput
from app.domain.strategies.queries import find_theme_ids

_NO_TEXT = ("authority_text", "field_text", "period", "period_en", "barrier_note", "certainty_note",
            "note", "note_en")  # fmt: skip


def put_project(session: Session, actor: Actor, given: ProjectInput) -> Project:
    """The project, added unless its key is there already; what is there stays as it is.

    Refused with `unknown_organisation` or `unknown_theme` when it names one that is not known.
    """
    require(may_edit_projects(actor))
    known = session.scalars(select(Project).where(Project.key == given.key)).one_or_none()
    if known is not None:
        return known
    parts = dict.fromkeys(given.partners, "partner")
    for participant in given.participants:
        parts.setdefault(participant.organisation, participant.part)
    organisations = _organisation_ids(session, [*parts, *([given.authority] if given.authority else [])])
    values = given.model_dump(exclude={"authority", "partners", "participants", "themes"})
    project = Project(
        **{name: "" if value is None and name in _NO_TEXT else value for name, value in values.items()},
        authority_id=organisations[given.authority] if given.authority else None,
    )
    session.add(project)
    session.flush()
    session.add_all(
        ProjectPartner(project_id=project.id, organisation_id=organisations[key], part=part)
        for key, part in parts.items()
    )
    session.add_all(
        ProjectTheme(project_id=project.id, theme_id=theme_id)
        for theme_id in _theme_ids(session, given.themes)
    )
    record(session, actor, "add", "project", project.id, after=given.model_dump(mode="json"))
    announce(session, ProjectChanged(project.id))
    return project


def put_programme(session: Session, actor: Actor, given: ProgrammeInput) -> Programme:
    """The programme, added unless its key is there already; what is there stays as it is."""
    require(may_edit_projects(actor))
    known = session.scalars(select(Programme).where(Programme.key == given.key)).one_or_none()
    if known is not None:
        return known
    told = given.model_dump(mode="json", include={"rounds", "evaluations", "related"})
    programme = Programme(**given.model_dump(exclude={"rounds", "evaluations", "related"}), **told)
    session.add(programme)
    session.flush()
    record(session, actor, "add", "programme", programme.id, after=given.model_dump(mode="json"))
    return programme


def _organisation_ids(session: Session, keys: list[str]) -> dict[str, int]:
    rows = session.execute(select(Organisation.key, Organisation.id).where(Organisation.key.in_(keys)))
    ids = {row.key: row.id for row in rows}
    for key in keys:
        if key not in ids:
            raise Refused("unknown_organisation", key=key)
    return ids


def _theme_ids(session: Session, paths: Iterable[str]) -> set[int]:
    ids = find_theme_ids(session, paths)
    for path in paths:
        if path not in ids:
            raise Refused("unknown_theme", key=path)
    return set(ids.values())
