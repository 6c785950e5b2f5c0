"""Organisations, and the 98 municipalities."""

from typing import Annotated, Literal

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked, Key, Words
from app.api.verbs import Doors, Upon
from app.core.policy import NotFound
from app.domain.contributions.on_the_map import find_map_of_all
from app.domain.organisations import queries
from app.domain.organisations.models import Kind, Organisation
from app.domain.organisations.policy import may_edit_organisations, may_see
from app.domain.organisations.schemas import AllFacts
from app.domain.organisations.service import edit_organisation
from app.domain.organisations.sizes import Size
from app.http.visit import AVisit, Visit, anyone

router = make_router("organisationer")
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
# The words of the pages' addresses.
KINDS: dict[str, Kind] = {
    "foreninger": "association",
    "indkoebsfaellesskaber": "joint_procurement",
    "brancheorganisationer": "trade_association",
    "leverandoerer": "vendor",
    "konsulenthuse": "consultancy",
    "myndigheder": "authority",
    "regioner": "region",
    "kommuner": "municipality",
    "andre": "other",
}


class OrganisationLineOut(Out):
    """An organisation that speaks in the forum."""

    id: int
    key: str
    name: str
    short_name: str | None
    kind: Kind
    cvr: str | None = Field(description="Its number in the business register, or null.")
    municipality_code: str | None = Field(description="The code of a municipality, or null.")
    region: str | None
    website: str | None = Field(description="Its own address, or null.")
    is_example: bool
    version: int
    page: str = ""


class MunicipalityOut(Out):
    """A municipality, and what it is interested in."""

    organisation_id: int
    key: str
    name: str
    municipality_code: str | None = Field(validation_alias="code", description="Its code.")
    region: str | None
    size: Size | None = Field(description="How large it is, where that is known.")
    kinds: list[str] = Field(description="The kinds of its interest that all may see.")
    things: int = Field(description="In how many things it is interested.")


class OrganisationsAsked(Asked):
    """The filters of the list of organisations."""

    q: Words = Field("", description="A part of the name.")
    slags: (
        Literal[
            "foreninger",
            "indkoebsfaellesskaber",
            "brancheorganisationer",
            "leverandoerer",
            "konsulenthuse",
            "myndigheder",
            "regioner",
            "kommuner",
            "andre",
        ]
        | None
    ) = None


class MunicipalitiesAsked(Asked):
    """The filters of the list of municipalities."""

    q: Words = Field("", description="A part of the name.")
    region: Words = Field("", description="The name of the region.")


def _line(visit: Visit, one: Organisation) -> OrganisationLineOut:
    told = OrganisationLineOut.model_validate(one)
    is_municipality = one.kind == "municipality"
    path = f"/kommuner/{one.key}" if is_municipality else f"/organisationer/{one.id}"
    told.page = visit.kit.site.base_url + path
    return told


@router.get("/organisationer", dependencies=[anyone], response_model=many(OrganisationLineOut))
def list_organisations(visit: AVisit, asked: Annotated[OrganisationsAsked, Query()]) -> Response:
    """Organisations, by name."""
    kind = KINDS[asked.slags] if asked.slags else None
    return _answer(visit, asked, kind=kind, text=asked.q)


def _answer(visit: Visit, asked: Asked, **narrowed: str | None) -> Response:
    session, actor = visit.session, visit.actor
    part = read_part(
        visit,
        asked,
        lambda after, most: queries.read_organisations(session, actor, after, most, **narrowed),  # type: ignore[arg-type]
    )
    return answer_list(visit, asked, part, [_line(visit, one) for one in part.rows])


@router.get("/organisationer/{organisation_id}", dependencies=[anyone], response_model=OrganisationLineOut)
def show_organisation(visit: AVisit, organisation_id: RowId) -> Response:
    """One organisation, by its number."""
    thing, version = show(visit, str(organisation_id))
    return answer(visit, thing, version=version)


def show(visit: Visit, name: str) -> tuple[OrganisationLineOut, int]:
    found = queries.get_organisation(visit.session, int(name))
    if found is None or not may_see(visit.actor, found):
        raise NotFound
    return _line(visit, found), found.version


doors = Doors(router, OrganisationLineOut, show)


@doors.put("/organisationer/{organisation_id}", may_edit_organisations)
def edit(visit: Visit, upon: Upon, organisation_id: RowId, given: AllFacts) -> str:
    """Change the facts of an organisation."""
    found, version = show(visit, str(organisation_id))
    edit_organisation(visit.session, visit.actor, found.id, upon.of(version), given)
    return str(found.id)


@router.get("/kommuner", dependencies=[anyone], response_model=many(OrganisationLineOut))
def list_municipalities(visit: AVisit, asked: Annotated[MunicipalitiesAsked, Query()]) -> Response:
    """Municipalities, by name."""
    return _answer(visit, asked, kind="municipality", text=asked.q, region=asked.region or None)


def find_municipality(visit: Visit, key: str) -> Organisation:
    found = queries.find_municipality(visit.session, key)
    if found is None or not may_see(visit.actor, found):
        raise NotFound
    return found


@router.get("/kommuner/{key}", dependencies=[anyone], response_model=MunicipalityOut)
def show_municipality(visit: AVisit, key: Key) -> Response:
    """One municipality, and what it is interested in."""
    found = find_municipality(visit, key)
    cells = find_map_of_all(visit.session, visit.actor).cells
    cell = next((one for one in cells if one.organisation_id == found.id), None)
    if cell is not None:
        return answer(visit, MunicipalityOut.model_validate(cell))
    return answer(
        visit,
        MunicipalityOut(
            organisation_id=found.id,
            key=found.key,
            name=found.name,
            code=found.municipality_code,
            region=found.region,
            size=None,
            kinds=[],
            things=0,
        ),
    )
