"""Digital maturity: a municipality's own until it opens it, and averages that give nobody away."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, moved_to
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.organisations.models import Organisation
from app.domain.priorities.maturity import (
    add_dimension,
    assess_maturity,
    draw_series,
    edit_assessment,
    find_opening,
    list_assessments,
    list_averages,
    list_dimensions,
    list_open_municipalities,
    list_quarters,
    open_maturity,
    put_dimension,
    remove_assessment,
    retire_dimension,
)
from app.domain.priorities.maturity_models import MaturityAssessment, MaturityDimension
from app.domain.priorities.policy import levels_visible_to, may_read_levels
from app.domain.priorities.schemas import (
    AssessmentEdit,
    AssessmentInput,
    DimensionFacts,
    DimensionInput,
)
from tests.people import People, add_actor, add_organisation_row

SPRING = date(2026, 3, 1)


@pytest.fixture
def boss(session: Session, people: People) -> Actor:
    """The own admin of the municipality."""
    here = session.get_one(Organisation, people.municipality.organisation_id)
    return add_actor(session, "Berit Boss", here, "admin")


@pytest.fixture
def dimensions(session: Session, people: People) -> list[MaturityDimension]:
    return [
        add_dimension(session, people.staff, DimensionInput(name=name)) for name in ("Data", "Kompetencer")
    ]


def assess(
    session: Session, actor: Actor, dimensions: list[MaturityDimension], *levels: int, on: date = SPRING
) -> MaturityAssessment:
    given = [
        {"dimension_id": one.id, "level": level, "note": "Fordi vi mangler folk"}
        for one, level in zip(dimensions, levels, strict=False)
    ]
    return assess_maturity(
        session,
        actor,
        AssessmentInput.model_validate({"assessed_on": on, "levels": given, "note": "Alt i alt"}),
    )


def test_the_levels_of_a_municipality_are_its_own_until_it_opens_them_and_its_notes_always(
    session: Session, people: People, boss: Actor, dimensions: list[MaturityDimension]
) -> None:
    made = assess(session, boss, dimensions, 2, 4)
    everybody = people.all() | {"boss": boss}
    own, municipal = {"boss", "municipality"}, {"boss", "municipality", "neighbour"}
    for opening, expected in (("own", own), ("municipalities", municipal), ("public", set(everybody))):
        open_maturity(session, boss, opening)
        assert find_opening(session, made.organisation_id) == opening
        seen = set()
        for name, actor in everybody.items():
            in_sql = session.scalar(select(MaturityAssessment.id).where(levels_visible_to(actor))) is not None
            assert in_sql == may_read_levels(actor, made.organisation_id, opening), name
            told = list_assessments(session, actor, made.organisation_id)
            assert in_sql == bool(told) == bool(list_open_municipalities(session, actor)), name
            if told:
                notes = {told[0].note, *(level.note for level in told[0].levels)}
                assert notes == ({"Alt i alt", "Fordi vi mangler folk"} if name in own else {""}), name
            seen |= {name} if in_sql else set()
        assert seen == expected


def test_who_writes_the_policy_assesses_and_nobody_else(
    session: Session, people: People, boss: Actor, dimensions: list[MaturityDimension]
) -> None:
    for actor in (people.municipality, people.neighbour, people.staff, people.vendor, STRANGER):
        with pytest.raises(NotAllowed):
            assess(session, actor, dimensions, 1)
        with pytest.raises(NotAllowed):
            open_maturity(session, actor, "public")
    made = assess(session, boss, dimensions, 1)
    given: dict[str, Any] = {
        "assessed_on": SPRING,
        "levels": [{"dimension_id": dimensions[0].id, "level": 3}],
    }
    edit = AssessmentEdit.model_validate(given | {"version": 1})
    with pytest.raises(NotFound):
        edit_assessment(session, people.staff, made.id, edit)
    with pytest.raises(NotAllowed):
        edit_assessment(session, people.municipality, made.id, edit)
    with pytest.raises(Refused, match="day_assessed"):
        assess(session, boss, dimensions, 5)
    edit_assessment(session, boss, made.id, edit)
    with pytest.raises(Refused, match="stale"):
        remove_assessment(session, boss, made.id, 1)
    remove_assessment(session, boss, made.id, 2)
    assert list_assessments(session, boss, made.organisation_id) == []
    assert assess(session, boss, dimensions, 5).id == made.id


def test_an_assessment_is_moved_to_a_day_whose_assessment_was_removed_and_to_no_other_that_is_taken(
    session: Session, boss: Actor, dimensions: list[MaturityDimension]
) -> None:
    march, april, may = (date(2026, month, 1) for month in (3, 4, 5))
    removed = assess(session, boss, dimensions, 1, on=march)
    moved = assess(session, boss, dimensions, 3, on=april)
    assess(session, boss, dimensions, 4, on=may)
    remove_assessment(session, boss, removed.id, removed.version)

    def move(day: date) -> None:
        levels = [{"dimension_id": dimensions[0].id, "level": 3}]
        given = {"assessed_on": day, "levels": levels, "version": moved.version}
        edit_assessment(session, boss, moved.id, AssessmentEdit.model_validate(given))

    move(march)
    with pytest.raises(Refused, match="day_assessed"):
        move(may)
    told = list_assessments(session, boss, moved.organisation_id)
    levels = {one.assessed_on: [level.level for level in one.levels] for one in told}
    assert levels == {march: [3], may: [4]}


def test_the_line_through_time_is_drawn_dimension_by_dimension(
    session: Session, boss: Actor, dimensions: list[MaturityDimension]
) -> None:
    assess(session, boss, dimensions, 3, 2, on=date(2026, 6, 1))
    assess(session, boss, dimensions, 1, on=date(2025, 6, 1))
    series = draw_series(list_assessments(session, boss, boss.organisation_id or 0))
    first, second = (series[one.id] for one in dimensions)
    assert [(point.on.year, point.level) for point in first] == [(2025, 1), (2026, 3)]
    assert [(point.on.year, point.level) for point in second] == [(2026, 2)]


def test_averages_are_told_of_five_and_not_of_four_and_only_of_quarters_that_are_over(
    session: Session, dimensions: list[MaturityDimension]
) -> None:
    bosses = []
    for number in range(5):
        organisation = add_organisation_row(session, f"k{number}", f"K{number} Kommune", "municipality")
        bosses.append(add_actor(session, f"B{number} Boss", organisation, "admin"))
    with moved_to(datetime(2026, 3, 10, 12, tzinfo=COPENHAGEN)):
        for level, one in zip((1, 2, 2, 4), bosses, strict=False):
            assess(session, one, dimensions, level)
    with moved_to(datetime(2026, 5, 10, 12, tzinfo=COPENHAGEN)):
        assess(session, bosses[4], dimensions, 5)
        assert [one.mean for one in list_averages(session, quarters=1)] == [None]
    with moved_to(datetime(2026, 7, 1, 12, tzinfo=COPENHAGEN)):
        told = [(one.on, one.mean, one.count) for one in list_averages(session, quarters=2)]
    assert told == [(date(2026, 3, 31), None, None), (date(2026, 6, 30), Decimal("2.8"), 5)]


def test_quarters_end_on_their_last_day() -> None:
    days = [date(2025, 9, 30), date(2025, 12, 31), date(2026, 3, 31)]
    assert list_quarters(date(2026, 4, 1), 3) == list_quarters(date(2026, 6, 30), 3) == days


def test_a_retired_dimension_is_asked_no_more_and_what_was_said_of_it_stays(
    session: Session, people: People, boss: Actor, dimensions: list[MaturityDimension]
) -> None:
    made = assess(session, boss, dimensions, 2, 4)
    retire_dimension(session, people.staff, dimensions[1].id, 1)
    assert [one.name for one in list_dimensions(session)] == ["Data"]
    with pytest.raises(Refused, match="unknown_dimension"):
        assess(session, boss, dimensions, 2, 4, on=date(2026, 4, 1))
    (told,) = list_assessments(session, boss, made.organisation_id)
    assert [one.level for one in told.levels] == [2, 4]
    with pytest.raises(NotAllowed):
        add_dimension(session, boss, DimensionInput(name="Min egen"))


def test_the_log_holds_neither_levels_nor_notes_and_the_seed_is_put_once(
    session: Session, boss: Actor, dimensions: list[MaturityDimension]
) -> None:
    assess(session, boss, dimensions, 2, 4)
    logged = session.scalars(select(AuditEntry).where(AuditEntry.thing == "maturity_assessment")).one()
    assert logged.after == {"assessed_on": "2026-03-01"}
    facts = DimensionFacts(key="data", name="Data")
    assert put_dimension(session, SYSTEM, facts).id == put_dimension(session, SYSTEM, facts).id
