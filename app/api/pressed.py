"""Pressure tests: ideas and projects held against the themes of strategies."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from app.api.answers import Out, answer, answer_list, many, read_part
from app.api.asking import make_router
from app.api.paging import Asked
from app.core.policy import NotFound
from app.domain.pressure_tests import lists, queries
from app.domain.pressure_tests.lists import Choice
from app.domain.pressure_tests.queries import TestView
from app.http.visit import AVisit, Visit, anyone

router = make_router("trykproever")
KINDS = {"ideer": "idea", "projekter": "project", "egne": "own"}


class HeldOut(Out):
    """A strategy that it is held against, by its name when the test began."""

    id: int
    key: str
    title: str
    title_en: str


class PressedOut(Out):
    """A pressure test in a list."""

    id: int
    kind: str
    reference: str
    title: str
    title_en: str
    owner_name: str | None = Field(description="The municipality that tests for itself, or null.")
    state: str
    outcome: str | None = Field(description="What it came to; null before it is settled.")
    made_at: datetime = Field(description="When it began.")
    settled_at: datetime | None = Field(description="When it was settled, or null.")
    published_at: datetime | None
    is_example: bool
    hits: int = Field(description="How many themes it hits.")
    partly: int = Field(description="How many it hits partly.")
    misses: int = Field(description="How many it does not hit.")
    strategies: list[HeldOut] = Field(description="What it is held against.")
    is_out_of_date: bool = Field(description="Whether a strategy has changed since.")
    page: str = ""


class TestedOut(Out):
    """What is tested."""

    kind: str
    reference: str
    title: str
    title_en: str


class ThemeResultOut(Out):
    """A theme as it was, and what was found of it."""

    id: int = Field(description="The number that it has in this test.")
    theme_id: int = Field(description="The number of the theme.")
    strategy_id: int = Field(description="The number of the strategy.")
    name: str
    name_en: str
    value: str | None


class CriterionOut(Out):
    """A criterion as it was, and the mean of what it was given."""

    name: str
    name_en: str
    weight: int = Field(description="How much it counts.")
    mean: Decimal | None = Field(description="The mean; null before all are done.")


class AssessorOut(Out):
    """Who assesses, as far as the reader may know."""

    id: int
    organisation_name: str = Field(description="For which organisation.")
    name: str = Field(description="Empty for who may not read it.")
    state: str | None = Field(description="asked, conflict, declared or finished; null where it is not told.")


class WholePressedOut(Out):
    """A pressure test with its result, as far as the reader may see it."""

    id: int
    subject: TestedOut = Field(description="The idea, the project or the own words.")
    owner_name: str | None = Field(description="The municipality that tests for itself, or null.")
    wanted: int = Field(description="How many assess it.")
    state: str
    outcome: str | None = Field(description="What it came to; null before it is settled.")
    made_at: datetime = Field(description="When it began.")
    settled_at: datetime | None = Field(description="When it was settled, or null.")
    published_at: datetime | None
    is_example: bool
    strategies: list[HeldOut] = Field(description="What it is held against.")
    themes: list[ThemeResultOut] = Field(description="What was found of each theme.")
    criteria: list[CriterionOut] = Field(description="What it was given by other measures.")
    assessors: list[AssessorOut] = Field(description="Who assesses it, as far as the reader may know.")
    total: Decimal | None = Field(description="The means by their weights, or null.")
    best_total: int = Field(description="The highest sum that there could be.")
    earlier_id: int | None = Field(description="The test that it repeats, or null.")
    later_id: int | None = Field(description="The test that repeats it, or null.")
    version: int
    page: str = ""


class TestsAsked(Asked):
    """The filters of the list of pressure tests."""

    slags: Literal["ideer", "projekter", "egne"] | None = Field(None, description="What is tested.")


def _address(visit: Visit, test_id: int) -> str:
    return f"{visit.kit.site.base_url}/trykproever/{test_id}"


@router.get("/trykproever", dependencies=[anyone], response_model=many(PressedOut))
def list_tests(visit: AVisit, asked: Annotated[TestsAsked, Query()]) -> Response:
    """Pressure tests that the reader may see, the newest first."""
    session, actor = visit.session, visit.actor
    choice = Choice(kind=KINDS[asked.slags] if asked.slags else None)
    part = read_part(visit, asked, lambda after, most: lists.read_tests(session, actor, choice, after, most))
    items = []
    for line in part.rows:
        told: dict[str, Any] = {
            name: getattr(line, name) for name in PressedOut.model_fields if name != "page"
        }
        items.append(PressedOut.model_validate(told | {"page": _address(visit, line.id)}))
    return answer_list(visit, asked, part, items)


@router.get("/trykproever/{test_id}", dependencies=[anyone], response_model=WholePressedOut)
def show_test(visit: AVisit, test_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """One pressure test with what was found."""
    thing, version = show(visit, str(test_id))
    return answer(visit, thing, version=version)


def find_test(visit: Visit, test_id: int) -> TestView:
    found = queries.find_test(visit.session, visit.actor, test_id)
    if found is None:
        raise NotFound
    return found


def show(visit: Visit, name: str) -> tuple[WholePressedOut, int]:
    found = find_test(visit, int(name))
    told: dict[str, Any] = {
        name: getattr(found, name) for name in WholePressedOut.model_fields if name != "page"
    }
    told["page"] = _address(visit, found.id)
    return WholePressedOut.model_validate(told), found.version
