"""How mature municipalities find themselves: averages for all, and each one's own answers."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.organisations import find_municipality
from app.api.paging import Key
from app.api.verbs import Doors, pick
from app.core.policy import NotAllowed, require
from app.domain.contributions.schemas import Given
from app.domain.priorities import maturity
from app.domain.priorities.policy import may_assess_own, may_read_own_maturity
from app.domain.priorities.schemas import AssessmentEdit, AssessmentInput, Visibility
from app.domain.strategies.policy import own_municipality
from app.http.visit import AVisit, Visit, anyone

router = make_router("modenhed")
PLACE = "/kommuner/{key}/modenhed"
ONE = PLACE + "/{assessment_id}"
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class DimensionOut(Out):
    """Something in which municipalities are mature."""

    id: int
    name: str
    name_en: str
    help: str = Field(description="What is meant by it.")
    lowest: str = Field(description="What 1 is.")
    highest: str = Field(description="What 5 is.")
    source: str = Field(description="Where it is from.")


class AverageOut(Out):
    """The mean of a dimension at the end of a quarter; null of fewer than five municipalities."""

    dimension_id: int = Field(description="The number of the dimension.")
    on: date = Field(description="The last day of the quarter.")
    mean: Decimal | None = Field(description="From 1 to 5.")
    count: int | None = Field(description="Of how many municipalities.")


class OpenOut(Out):
    """A municipality that lets the reader read its levels."""

    key: str
    name: str
    assessed_on: date = Field(description="When it answered last.")


class MaturityOut(Out):
    """What is asked, the averages, and who lets the reader read its levels."""

    dimensions: list[DimensionOut] = Field(description="What is asked.")
    averages: list[AverageOut] = Field(description="Of each dimension at the end of each quarter.")
    opened: list[OpenOut] = Field(description="Municipalities whose levels the reader may read.")


class LevelOut(Out):
    """The level of a dimension."""

    dimension_id: int = Field(description="The number of the dimension.")
    level: int = Field(description="From 1 to 5.")
    note: str = Field(description="For the municipality's own people; empty for others.")


class AssessmentOut(Out):
    """How a municipality found itself on a day."""

    id: int
    assessed_on: date = Field(description="The day.")
    note: str = Field(description="For the municipality's own people; empty for others.")
    levels: list[LevelOut] = Field(description="What it answered.")
    version: int


class OwnMaturityOut(Out):
    """How a municipality has found itself, as far as the reader may read it."""

    municipality_key: str = Field(description="The key of the municipality.")
    opening: str | None = Field(description="Who may read it; null for all but its own people.")
    items: list[AssessmentOut] = Field(description="The newest first.")


class OpeningIn(Given):
    """Who may read the levels: own, municipalities or public."""

    visibility: Visibility


def show(visit: Visit, key: str) -> tuple[OwnMaturityOut, None]:
    place = find_municipality(visit, key)
    rows = maturity.list_assessments(visit.session, visit.actor, place.id)
    is_own = own_municipality(visit.actor) == place.id
    told = OwnMaturityOut(
        municipality_key=key,
        opening=maturity.find_opening(visit.session, place.id) if is_own else None,
        items=[AssessmentOut.model_validate(one) for one in rows],
    )
    return told, None


doors = Doors(router, OwnMaturityOut, show, at="/kommuner/{}/modenhed")


def _require_own(visit: Visit, key: str) -> None:
    if own_municipality(visit.actor) != find_municipality(visit, key).id:
        raise NotAllowed
    require(may_assess_own(visit.session, visit.actor))


@router.get("/modenhed", dependencies=[anyone], response_model=MaturityOut)
def show_overview(visit: AVisit) -> Response:
    """What is asked, and the averages of all municipalities."""
    session, actor = visit.session, visit.actor
    told = MaturityOut(
        dimensions=[DimensionOut.model_validate(one) for one in maturity.list_dimensions(session)],
        averages=[AverageOut.model_validate(one) for one in maturity.list_averages(session)],
        opened=[OpenOut.model_validate(one) for one in maturity.list_open_municipalities(session, actor)],
    )
    return answer(visit, told)


@router.get(PLACE, dependencies=[anyone], response_model=OwnMaturityOut)
def show_maturity(visit: AVisit, key: Key) -> Response:
    """How a municipality has found itself, as far as the reader may read it."""
    return answer(visit, show(visit, key)[0])


@doors.post(PLACE, may_read_own_maturity, makes=True)
def assess(visit: Visit, key: Key, given: AssessmentInput) -> str:
    """Answer for one's own municipality."""
    _require_own(visit, key)
    maturity.assess_maturity(visit.session, visit.actor, given)
    return key


@doors.put(PLACE + "/aabning", may_read_own_maturity)
def open_levels(visit: Visit, key: Key, given: OpeningIn) -> str:
    """Say who may read the levels of one's own municipality."""
    _require_own(visit, key)
    maturity.open_maturity(visit.session, visit.actor, given.visibility)
    return key


@doors.put(ONE, may_read_own_maturity)
def edit_assessment(visit: Visit, key: Key, assessment_id: Number, given: AssessmentEdit) -> str:
    """Change an answer of one's own municipality."""
    _require_own(visit, key)
    one = pick(_list(visit, key), assessment_id)
    maturity.edit_assessment(visit.session, visit.actor, one.id, given)
    return key


@doors.delete(ONE, may_read_own_maturity)
def remove_assessment(visit: Visit, key: Key, assessment_id: Number) -> str:
    """Take an answer of one's own municipality away."""
    _require_own(visit, key)
    one = pick(_list(visit, key), assessment_id)
    maturity.remove_assessment(visit.session, visit.actor, one.id, one.version)
    return key


def _list(visit: Visit, key: str) -> list[maturity.AssessmentView]:
    return maturity.list_assessments(visit.session, visit.actor, find_municipality(visit, key).id)
