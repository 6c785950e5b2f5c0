"""Signature projects, and the projects that municipalities register themselves."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, Key, Year
from app.api.writing import IfMatch, OnceKey, read_match, write_once
from app.core.policy import NotFound
from app.core.slices import slice_rows
from app.domain.organisations.queries import find_municipality
from app.domain.projects import own_projects, queries
from app.domain.projects.own_projects import OwnProjectView
from app.domain.projects.queries import Choice, ProjectCard
from app.domain.projects.schemas import OwnProjectEdit, OwnProjectInput
from app.domain.strategies.policy import may_read_own_policy, own_municipality
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("projekter")
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ProjectOut(Out):
    """A signature project in a list."""

    key: str
    title: str
    title_en: str | None
    authority_key: str | None = Field(
        description="The key of the authority that leads it, where it is known."
    )
    authority_name: str = Field(description="The authority that leads it.")
    field: str
    round_year: int = Field(description="The round in which it was chosen.")
    amount_dkk_million: Decimal | None = Field(description="Million kroner, or null.")
    theme_ids: list[int] = Field(description="The numbers of the themes that it belongs to.")
    note: str
    page: str = ""


class ProjectPartnerOut(Out):
    """An organisation in the project."""

    id: int
    key: str
    name: str
    part: str = Field(description="What it does there.")


class WholeProjectOut(ProjectOut):
    """A signature project with what is known of it."""

    period: str = Field(description="When it runs, in words.")
    participant_texts: list[str] = Field(description="Who takes part, as it was written.")
    partners: list[ProjectPartnerOut] = Field(description="Who takes part, as far as they are known here.")
    certainty_note: str
    source_url: str | None


class OwnProjectOut(Out):
    """A project that a municipality has registered itself."""

    id: int
    municipality_key: str = Field(description="The key of the municipality.")
    municipality_name: str = Field(description="The municipality.")
    title: str
    text: str
    visibility: str
    theme_ids: list[int] = Field(description="The numbers of the themes that it belongs to.")
    entered_at: datetime = Field(description="When it was registered.")
    changed_at: datetime = Field(description="When it was changed last.")
    is_example: bool
    version: int
    page: str = ""


class ProjectsAsked(Asked):
    """The filters of the list of signature projects."""

    runde: Year | None = Field(None, description="The year of the round.")
    felt: Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")] | None = Field(
        None, description="The field of work, by its code."
    )


class OwnProjectIn(OwnProjectInput):
    """A project of the own municipality. `own`: for its confirmed people alone."""


class OwnProjectEditIn(OwnProjectEdit):
    """All of it, in place of what was read."""

    version: SkipJsonSchema[int] = 1


def _facts(visit: Visit, card: ProjectCard) -> dict[str, Any]:
    told = {name: getattr(card, name) for name in ProjectOut.model_fields if name != "page"}
    return told | {"page": f"{visit.kit.site.base_url}/projekter/{card.key}"}


def _place(card: ProjectCard) -> tuple[int, int]:
    return (card.round_year, card.id)


@router.get("/projekter", dependencies=[anyone], response_model=many(ProjectOut))
def list_projects(visit: AVisit, asked: Annotated[ProjectsAsked, Query()]) -> Response:
    """Signature projects, by round."""
    known = queries.list_projects(visit.session, visit.actor)
    chosen = queries.narrow(known, Choice(round_year=asked.runde, field=asked.felt))
    rows = sorted(chosen, key=_place)
    part = read_part(visit, asked, lambda after, most: slice_rows(rows, _place, after, most))
    return answer_list(visit, asked, part, [ProjectOut(**_facts(visit, card)) for card in part.rows])


@router.get("/projekter/{key}", dependencies=[anyone], response_model=WholeProjectOut)
def show_project(visit: AVisit, key: Key) -> Response:
    """One signature project."""
    found = queries.find_project(visit.session, visit.actor, key)
    if found is None:
        raise NotFound
    own = set(WholeProjectOut.model_fields) - set(ProjectOut.model_fields)
    told = _facts(visit, found.card) | {name: getattr(found, name) for name in own}
    return answer(visit, WholeProjectOut.model_validate(told))


def _own(visit: Visit, one: OwnProjectView) -> OwnProjectOut:
    told = {name: getattr(one, name) for name in OwnProjectOut.model_fields if name != "page"}
    return OwnProjectOut.model_validate(told | {"page": visit.kit.site.base_url + one.path})


class OwnAsked(Asked):
    """A municipality's own projects, without filters."""


@router.get("/kommuner/{key}/projekter", dependencies=[anyone], response_model=many(OwnProjectOut))
def list_own_projects(visit: AVisit, key: Key, asked: Annotated[OwnAsked, Query()]) -> Response:
    """The projects that a municipality has registered, by title."""
    municipality = find_municipality(visit.session, key)
    if municipality is None:
        raise NotFound
    session, actor = visit.session, visit.actor
    part = read_part(
        visit,
        asked,
        lambda after, most: own_projects.read_own_projects(session, actor, municipality.id, after, most),
    )
    return answer_list(visit, asked, part, [_own(visit, one) for one in part.rows])


def find_own(visit: Visit, key: str, project_id: int) -> OwnProjectView:
    found = own_projects.find_own_project(visit.session, visit.actor, project_id)
    if found is None or found.municipality_key != key:
        raise NotFound
    return found


def _require_own(visit: Visit, key: str) -> None:
    """Whoever writes a municipality's projects speaks for that one. Raises NotFound."""
    municipality = find_municipality(visit.session, key)
    if municipality is None or municipality.id != own_municipality(visit.actor):
        raise NotFound


@router.post(
    "/kommuner/{key}/projekter",
    dependencies=[only(may_read_own_policy)],
    response_model=OwnProjectOut,
    status_code=201,
)
def register(visit: AVisit, once: OnceKey, key: Key, given: OwnProjectIn) -> Response:
    """Register a project of the own municipality."""
    _require_own(visit, key)

    def write() -> str:
        return str(own_projects.register_project(visit.session, visit.actor, given).id)

    def show(name: str) -> tuple[OwnProjectOut, int]:
        found = find_own(visit, key, int(name))
        return _own(visit, found), found.version

    return write_once(visit, once, given, write, show, at=f"/kommuner/{key}/projekter/{{}}")


@router.get("/kommuner/{key}/projekter/{project_id}", dependencies=[anyone], response_model=OwnProjectOut)
def show_own_project(visit: AVisit, key: Key, project_id: RowId) -> Response:
    """One project of a municipality."""
    found = find_own(visit, key, project_id)
    return answer(visit, _own(visit, found), version=found.version)


@router.put(
    "/kommuner/{key}/projekter/{project_id}",
    dependencies=[only(may_read_own_policy)],
    response_model=OwnProjectOut,
)
def change_own_project(
    visit: AVisit, key: Key, project_id: RowId, given: OwnProjectEditIn, if_match: IfMatch = None
) -> Response:
    """Change a project of the own municipality: all of it."""
    found = find_own(visit, key, project_id)
    version = read_match(if_match, found.version)
    edit = OwnProjectEdit.model_validate(given.model_dump() | {"version": version})
    own_projects.edit_own_project(visit.session, visit.actor, project_id, edit)
    visit.session.flush()
    found = find_own(visit, key, project_id)
    return answer(visit, _own(visit, found), version=found.version)


@router.delete(
    "/kommuner/{key}/projekter/{project_id}", dependencies=[only(may_read_own_policy)], status_code=204
)
def remove_own_project(visit: AVisit, key: Key, project_id: RowId, if_match: IfMatch = None) -> Response:
    """Take a project of the own municipality away."""
    found = find_own(visit, key, project_id)
    version = read_match(if_match, found.version)
    own_projects.remove_own_project(visit.session, visit.actor, project_id, version)
    return Response(status_code=204)
