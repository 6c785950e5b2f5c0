"""Pressure tests as they are read: the list, one of them with its result, and things by themes on a board."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from fastapi.responses import Response

from app.core.policy import NotFound
from app.domain.contributions.queries import find_contribution
from app.domain.pressure_tests import lists, queries
from app.domain.pressure_tests.lists import Choice, Listing, Matrix
from app.domain.pressure_tests.policy import (
    may_assess_somewhere,
    may_define_criteria,
    may_test,
    may_test_privately,
    own_municipality,
)
from app.domain.pressure_tests.queries import HeldAgainst, TestView, ThemeResult
from app.domain.pressure_tests.tasks import count_waiting_tasks
from app.domain.projects.queries import find_project
from app.domain.strategies.queries import StrategyView, list_strategies, list_strategies_of
from app.http.doors import Router
from app.http.forms import Form
from app.http.pages import Page
from app.http.visit import AVisit, Visit, anyone
from app.web import filters
from app.web.filters import Menu
from app.web.pressure_marks import LIST

router = Router()

BOARD = f"{LIST}/tavle"
MOST_PAGES = 10_000
OUTCOMES = {"holder": "through", "tegnebraettet": "drawing_board"}
STATES = {"i-gang": "under_way", "skal-droeftes": "talk", "afgjort": "settled", "aflyst": "cancelled"}
KINDS = {"ideer": "idea", "projekter": "project", "egne": "own"}


@dataclass(frozen=True, slots=True)
class StrategyMenu:
    """The strategies with themes: (key, strategy) of each, the newest first, and the chosen key."""

    chosen: str
    options: list[tuple[str, StrategyView]]


@dataclass
class TestsPage(Page):
    """`active`: the filters in use, as (what, word, address without it); `of`: the number or key of the one
    thing whose tests are shown, or empty; `waiting`: how many the reader has to assess."""

    __test__: ClassVar[bool] = False
    template: ClassVar[str] = "pressure_tests/list.html"
    listing: Listing
    menus: list[Menu]
    strategies: StrategyMenu
    active: list[tuple[str, str, str]]
    of: str
    is_out_of_date: bool
    is_own: bool
    page: int
    pages: int
    page_address: str
    waiting: int
    may_test: bool
    may_test_alone: bool
    may_define_criteria: bool
    sees_unpublished: bool


@dataclass
class BoardPage(Page):
    """Things by the themes of one strategy. `is_own`: of the reader's own municipality alone."""

    template: ClassVar[str] = "pressure_tests/board.html"
    matrix: Matrix
    strategy: StrategyView | None
    strategies: StrategyMenu
    page_address: str
    own_name: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """The themes of one strategy, in their order."""

    strategy: HeldAgainst
    themes: tuple[ThemeResult, ...]


@dataclass
class TestPage(Page):
    """`form`: one that came back; `chapters`: the themes under their strategies."""

    __test__: ClassVar[bool] = False
    template: ClassVar[str] = "pressure_tests/show.html"
    test: TestView
    chapters: list[Chapter]
    form: Form
    is_mine: bool


def list_with_themes(visit: Visit) -> list[StrategyView]:
    """The strategies that something can be held against: the reader's own policy, then the newest first, and
    the policies of other municipalities last. Two statements at most."""
    own_id = own_municipality(visit.actor)
    own = list_strategies_of(visit.session, visit.actor, own_id) if own_id is not None else []
    own_keys = {one.key for one in own}

    def place(one: StrategyView) -> tuple[int, int]:
        rank = 0 if one.key in own_keys else 2 if one.level == "single_municipality" else 1
        return rank, -(one.period_to or one.period_from or 0)

    return sorted((one for one in list_strategies(visit.session, visit.actor) if one.theme_count), key=place)


def choose_first(strategies: list[StrategyView], *, own: bool) -> StrategyView | None:
    """What one is most likely to test against: with `own` the reader's own policy, which stands first where
    there is one; else the newest of the municipalities' joint strategies."""
    if own and strategies and strategies[0].level == "single_municipality":
        return strategies[0]
    return next(
        (one for one in strategies if one.level == "municipal"), strategies[0] if strategies else None
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, and its words to write it there again."""

    strategies: list[StrategyView]
    choice: Choice
    words: dict[str, str]


def read_choice(visit: Visit) -> Asked:
    session, actor = visit.session, visit.actor
    strategies = list_with_themes(visit)
    by_key = {one.key: one.id for one in strategies}
    outcome, state = filters.chosen(visit, "resultat", OUTCOMES), filters.chosen(visit, "status", STATES)
    kind, strategy_id = filters.chosen(visit, "slags", KINDS), filters.chosen(visit, "strategi", by_key)
    own_id = own_municipality(actor)
    is_own = own_id is not None and filters.typed(visit, "vores") == "1"
    is_out_of_date = filters.typed(visit, "foraeldet") == "1"
    idea, project = filters.typed(visit, "ide"), filters.typed(visit, "projekt")
    said = find_contribution(session, actor, idea) if idea else None
    tried = find_project(session, actor, project) if project and not idea else None
    choice = Choice(
        state=state,
        outcome=outcome,
        kind=kind,
        strategy_id=strategy_id,
        owner_id=own_id if is_own else None,
        idea_id=said.id if said else -1 if idea else None,
        project_id=tried.card.id if tried else -1 if project and not idea else None,
        is_out_of_date=is_out_of_date,
    )
    key = next((key for key, known in by_key.items() if known == strategy_id), "")
    words = {
        "resultat": _word(OUTCOMES, outcome),
        "status": _word(STATES, state),
        "slags": _word(KINDS, kind),
        "strategi": key,
        "foraeldet": "1" if is_out_of_date else "",
        "vores": "1" if is_own else "",
        "ide": idea,
        "projekt": "" if idea else project,
    }
    return Asked(strategies, choice, words)


@router.get(LIST, dependencies=[anyone])
def list_tests(visit: AVisit) -> Response:
    session, actor = visit.session, visit.actor
    asked = read_choice(visit)
    choice, words = asked.choice, asked.words
    listing = lists.list_tests(session, actor, choice, page=filters.page_number(visit, MOST_PAGES))
    return visit.page(
        TestsPage(
            listing=listing,
            menus=[
                _menu("resultat", OUTCOMES, choice.outcome),
                _menu("status", STATES, choice.state),
                _menu("slags", KINDS, choice.kind),
            ],
            strategies=StrategyMenu(words["strategi"], [(one.key, one) for one in asked.strategies]),
            active=[
                (name, word, filters.address(LIST, **words | {name: ""}))
                for name, word in words.items()
                if word
            ],
            of=words["ide"] or words["projekt"],
            is_out_of_date=choice.is_out_of_date,
            is_own=choice.owner_id is not None,
            page=listing.page,
            pages=filters.count_pages(listing.total, listing.per_page),
            page_address=filters.address_of_page(LIST, **words),
            waiting=count_waiting_tasks(session, actor) if may_assess_somewhere(actor) else 0,
            may_test=may_test(actor),
            may_test_alone=may_test_privately(actor),
            may_define_criteria=may_define_criteria(actor),
            sees_unpublished=actor.is_staff or own_municipality(actor) is not None,
        )
    )


def _word(words: Mapping[str, str], code: str | None) -> str:
    return next((word for word, known in words.items() if known == code), "")


def _menu(name: str, words: Mapping[str, str], code: str | None) -> Menu:
    return Menu(name, _word(words, code), [(word, known, 0) for word, known in words.items()])


@router.get(BOARD, dependencies=[anyone])
def show_board(visit: AVisit) -> Response:
    strategies = list_with_themes(visit)
    wanted = filters.typed(visit, "strategi")
    strategy = next((one for one in strategies if one.key == wanted), None) or choose_first(
        strategies, own=False
    )
    own_id = own_municipality(visit.actor)
    is_own = own_id is not None and filters.typed(visit, "vores") == "1"
    matrix = Matrix((), ())
    if strategy is not None:
        owner_id = own_id if is_own else None
        page = filters.page_number(visit, MOST_PAGES)
        matrix = lists.build_matrix(visit.session, visit.actor, strategy.id, owner_id=owner_id, page=page)
    key = strategy.key if strategy else ""
    return visit.page(
        BoardPage(
            matrix=matrix,
            strategy=strategy,
            strategies=StrategyMenu(key, [(one.key, one) for one in strategies]),
            page_address=filters.address_of_page(BOARD, strategi=key, vores="1" if is_own else ""),
            own_name=visit.actor.organisation_name if own_id is not None else "",
            is_own=is_own,
        )
    )


# --- one test


def find_test(visit: Visit, test_id: int) -> TestView:
    """The test as the reader may see it. Raises NotFound."""
    found = queries.find_test(visit.session, visit.actor, test_id)
    if found is None:
        raise NotFound
    return found


@router.get(LIST + "/{test_id:int}", dependencies=[anyone])
def show_test(visit: AVisit, test_id: int) -> Response:
    return visit.page(make_page(find_test(visit, test_id), visit.blank()))


def make_page(test: TestView, form: Form) -> TestPage:
    by_id = {one.id: one for one in test.strategies}
    return TestPage(
        test=test,
        chapters=[
            Chapter(by_id[strategy_id], tuple(themes))
            for strategy_id, themes in groupby(test.themes, key=lambda one: one.strategy_id)
        ],
        form=form,
        is_mine=any(one.is_me for one in test.assessors),
    )
