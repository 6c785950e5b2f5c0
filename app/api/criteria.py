"""The board of pressure tests, and what is scored beside the themes, which staff sets up."""

from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import Out, answer
from app.api.asking import make_router
from app.api.paging import Key
from app.api.verbs import Doors, pick
from app.core.policy import NotFound
from app.domain.meetings.schemas import Version
from app.domain.pressure_tests import criteria, lists
from app.domain.pressure_tests.criteria import CriterionView
from app.domain.pressure_tests.policy import may_define_criteria
from app.domain.pressure_tests.schemas import CriterionInput
from app.domain.strategies.policy import own_municipality
from app.domain.strategies.queries import find_strategy
from app.http.visit import AVisit, Visit, anyone, only

router = make_router("trykproever")
LIST = "/trykproever/kriterier"
ONE = LIST + "/{criterion_id}"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class BoardThemeOut(Out):
    """A theme of the strategy as it is now."""

    theme_id: int = Field(description="The number of the theme.")
    key: str
    name: str
    name_en: str
    hits: int = Field(description="How many of what was tested hit it.")


class BoardRowOut(Out):
    """What was tested, by its latest test."""

    test_id: int = Field(description="The number of the test.")
    kind: str
    reference: str
    title: str
    title_en: str
    owner_name: str | None = Field(description="The municipality that tests for itself, or null.")
    outcome: str = Field(description="What it came to.")
    cells: dict[int, str] = Field(
        description="What it came to under each theme, by its number; one that it did not know is not there."
    )
    page: str = ""


class PressedBoardOut(Out):
    """What was tested against the themes of one strategy."""

    strategy_key: str
    themes: list[BoardThemeOut] = Field(description="The themes, in their order.")
    items: list[BoardRowOut] = Field(description="What was tested, the newest first.")
    total: int = Field(description="How much was tested in all.")
    pages: int = Field(description="On how many pages; the themes tell of all of them.")
    gaps: list[int] = Field(description="The numbers of the themes that nothing of it hits.")


class ScoredOut(Out):
    """What is scored beside the themes."""

    id: int
    position: int = Field(description="Its place.")
    name: str
    name_en: str
    help: str = Field(description="What is meant by it.")
    help_en: str = Field(description="In English; empty where nobody has translated it.")
    weight: int = Field(description="How much it counts.")
    is_retired: bool = Field(description="Whether new tests do not have it.")
    version: int


class CriteriaOut(Out):
    """All that is scored, or was."""

    items: list[ScoredOut] = Field(description="In their order, what is retired last.")


class PressedBoardAsked(BaseModel):
    """Which strategy, and whose tests."""

    model_config = ConfigDict(extra="forbid")

    strategi: Key = Field(description="The key of the strategy.")
    vores: bool = Field(False, description="Only what one's own municipality has tested for itself.")
    side: int = Field(1, ge=1, le=500, description="The page.")


@router.get("/trykproever/tavle", dependencies=[anyone], response_model=PressedBoardOut)
def show_board(visit: AVisit, asked: Annotated[PressedBoardAsked, Query()]) -> Response:
    """The latest test of each thing against the themes of a strategy."""
    strategy = find_strategy(visit.session, visit.actor, asked.strategi)
    if strategy is None:
        raise NotFound
    # Who speaks for no municipality has nothing of its own: 0 is nobody's.
    owner_id = (own_municipality(visit.actor) or 0) if asked.vores else None
    session, actor = visit.session, visit.actor
    matrix = lists.build_matrix(session, actor, strategy.id, owner_id=owner_id, page=asked.side)
    names = set(BoardRowOut.model_fields) - {"page"}
    rows = [
        {name: getattr(one, name) for name in names}
        | {"page": f"{visit.kit.site.base_url}/trykproever/{one.test_id}"}
        for one in matrix.rows
    ]
    return answer(
        visit,
        PressedBoardOut(
            strategy_key=strategy.key,
            themes=[BoardThemeOut.model_validate(one) for one in matrix.columns],
            items=[BoardRowOut.model_validate(one) for one in rows],
            total=matrix.total,
            pages=matrix.pages,
            gaps=[one.theme_id for one in matrix.gaps],
        ),
    )


# --- setting up what is scored


def _list(visit: Visit) -> list[CriterionView]:
    return criteria.list_criteria(visit.session, visit.actor)


def show(visit: Visit, _name: str = "") -> tuple[CriteriaOut, None]:
    names = set(ScoredOut.model_fields) - {"is_retired"}
    items = [
        {name: getattr(one, name) for name in names} | {"is_retired": one.retired_at is not None}
        for one in _list(visit)
    ]
    return CriteriaOut(items=[ScoredOut.model_validate(one) for one in items]), None


doors = Doors(router, CriteriaOut, show, worded="press_")


@router.get(LIST, dependencies=[only(may_define_criteria)], response_model=CriteriaOut)
def list_criteria(visit: AVisit) -> Response:
    """What is scored beside the themes, and what was."""
    return answer(visit, show(visit)[0])


@doors.post(LIST, may_define_criteria)
def add_criterion(visit: Visit, given: CriterionInput) -> str:
    """Something to score, in tests from now on."""
    criteria.add_criterion(visit.session, visit.actor, given)
    return ""


@doors.put(ONE, may_define_criteria)
def edit_criterion(visit: Visit, criterion_id: RowId, given: CriterionInput) -> str:
    """Word or weigh it otherwise; tests that have begun keep theirs."""
    one = pick(_list(visit), criterion_id)
    criteria.edit_criterion(visit.session, visit.actor, one.id, given)
    return ""


@doors.post(ONE + "/ud", may_define_criteria)
def retire_criterion(visit: Visit, criterion_id: RowId, given: Version) -> str:
    """Take it out of new tests."""
    one = pick(_list(visit), criterion_id)
    criteria.retire_criterion(visit.session, visit.actor, one.id, given.version)
    return ""


@doors.post(ONE + "/ind", may_define_criteria)
def bring_back_criterion(visit: Visit, criterion_id: RowId, given: Version) -> str:
    """Put it into new tests again."""
    one = pick(_list(visit), criterion_id)
    criteria.bring_back_criterion(visit.session, visit.actor, one.id, given.version)
    return ""
