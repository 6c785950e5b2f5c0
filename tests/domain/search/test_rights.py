"""What somebody may not see is not found, counted, suggested, corrected to, or told of in any other way."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.core.policy import STRANGER, Actor
from app.domain.search.queries import search, similar, suggest
from app.domain.search.schemas import Query, Results
from app.domain.search.sources import SOURCES
from tests.domain.search.conftest import Write

STAFF = Actor(
    user_id=1,
    organisation_id=1,
    organisation_kind="association",
    role="staff",
    is_confirmed=True,
    is_strong=True,
)


def ids(results: Results) -> list[int]:
    return [found.object_id for group in results.groups for found in group.found]


@pytest.fixture
def hidden(write: Write) -> int:
    """A hidden notice beside an open one."""
    write("Klima for alle", body="Åben tekst", year=2020, theme_ids=(1,))
    return write(
        "Fenrisulven og klima", body="Hemmelighedskræmmeri", open_to="staff", year=2021, theme_ids=(2,)
    )


def test_the_hidden_is_found_by_those_who_may_see_it(stand_ins: Session, hidden: int) -> None:
    assert hidden in ids(search(stand_ins, STAFF, Query("fenrisulven")))


@pytest.mark.parametrize(
    "typed",
    ["fenrisulven", "fenris", "hemmelighedskræmmeri", "hemmeligheds", "fenrisulvn", "hemmelighedkræmeri"],
)
def test_the_hidden_leaves_no_trace_in_a_search(stand_ins: Session, hidden: int, typed: str) -> None:
    assert search(stand_ins, STRANGER, Query(typed)) == Results()


def test_the_hidden_is_not_counted(stand_ins: Session, hidden: int) -> None:
    results = search(stand_ins, STRANGER, Query("klima"))
    assert (results.total, results.kinds, results.years, results.themes) == (
        1,
        {"notice": 1},
        {2020: 1},
        {1: 1},
    )


@pytest.mark.parametrize("typed", ["fen", "fenrisulve", "hemm", "klima fen", "klima for alle fen"])
def test_the_hidden_is_not_suggested(stand_ins: Session, hidden: int, typed: str) -> None:
    assert suggest(stand_ins, STRANGER, typed) == []


def test_a_visible_word_is_not_suggested_in_the_form_that_only_the_hidden_has(
    stand_ins: Session, write: Write
) -> None:
    write("Rapporten")
    write("Rapportens", open_to="staff")
    assert suggest(stand_ins, STRANGER, "rappor") == ["rapporten", "Rapporten"]


def test_a_slip_is_not_corrected_to_a_hidden_word_and_a_hidden_word_is_corrected_as_unknown(
    stand_ins: Session, write: Write
) -> None:
    visible = write("Projektplanen")
    write("Projektplazen", open_to="staff")
    results = search(stand_ins, STRANGER, Query("projektplazen"))
    assert (ids(results), results.corrections) == ([visible], (("projektplazen", "projektplanen"),))


def test_the_hidden_is_not_similar(stand_ins: Session, hidden: int) -> None:
    draft = "Fenrisulven og klima"
    assert hidden in [like.object_id for like in similar(stand_ins, STAFF, draft)]
    assert hidden not in [like.object_id for like in similar(stand_ins, STRANGER, draft)]


def test_a_kind_without_a_source_is_seen_by_nobody(stand_ins: Session, hidden: int) -> None:
    del SOURCES["notice"]
    assert search(stand_ins, STAFF, Query("klima")) == Results()
    assert suggest(stand_ins, STAFF, "kli") == []
    assert similar(stand_ins, STAFF, "klima for alle") == []


def test_what_is_gone_but_still_in_the_index_is_not_found(
    stand_ins: Session, write: Write, forget: Callable[[str, int], None]
) -> None:
    number = write("Klima")
    forget("notice", number)
    assert search(stand_ins, STAFF, Query("klima")) == Results()
