"""How far ideas and projects have come, what stands in their way, and that the hidden stays hidden."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.policy import STRANGER, SYSTEM, Actor, NotAllowed, NotFound, Refused
from app.domain.organisations.models import Organisation
from app.domain.pipeline.models import StageChange, ThingBarrier
from app.domain.pipeline.overview import (
    Choices,
    find_overview,
    gather_committee_report,
    list_neighbours,
)
from app.domain.pipeline.policy import may_read_committee_report
from app.domain.pipeline.queries import (
    Choice,
    count_barriers,
    find_board,
    find_story,
    find_thing,
    list_board_choices,
    list_held,
    list_stage,
)
from app.domain.pipeline.schemas import (
    BarrierEdit,
    BarrierInput,
    SolvedInput,
    StageFacts,
    StageInput,
    TakeBackInput,
)
from app.domain.pipeline.service import (
    Thing,
    add_barrier,
    edit_barrier,
    note_stage,
    put_known_barriers,
    put_stage,
    remove_barrier,
    reopen_barrier,
    solve_barrier,
    take_stage_back,
)
from app.domain.projects.own_models import OwnProject
from app.domain.projects.own_projects import (
    edit_own_project,
    find_own_project,
    list_own_projects,
    place_project,
    put_own_project,
    register_project,
    remove_own_project,
)
from app.domain.projects.policy import may_see_own, own_visible_to
from app.domain.projects.schemas import OwnProjectEdit, OwnProjectFacts, OwnProjectInput, PlacingInput
from app.domain.strategies.crosswalk import put_link
from app.domain.strategies.models import Theme
from app.domain.strategies.schemas import ThemeLinkInput
from tests.domain.test_projects import put_everything
from tests.people import People, add_actor
from tests.reading import put_a_project, put_a_strategy, read_facts, theme
from tests.said import SECRET, add_idea


@pytest.fixture
def boss(session: Session, people: People) -> Actor:
    """The own admin of the municipality."""
    return make_boss(session, people.municipality)


def make_boss(session: Session, of: Actor) -> Actor:
    return add_actor(session, "Berit Boss", session.get_one(Organisation, of.organisation_id), "admin")


def put_themes(session: Session, *keys: str, of: Actor | None = None) -> list[Theme]:
    """Themes of a joint strategy, or of a municipality's own policy."""
    key, given = "faelles", {}
    if of is not None:
        own = session.get_one(Organisation, of.organisation_id)
        key, given = f"politik-{own.key}", {"level": "single_municipality", "municipality": own.key}
    strategy = put_a_strategy(session, key, themes=[theme(one) for one in keys], **given)
    themes = session.scalars(select(Theme).where(Theme.strategy_id == strategy.id).order_by(Theme.position))
    return list(themes)


def own(session: Session, actor: Actor, title: str = "Sensorer", *themes: Theme, **given: Any) -> OwnProject:
    values = {"title": title, "text": "Vi måler.", "theme_ids": [one.id for one in themes]}
    return register_project(session, actor, OwnProjectInput.model_validate(values | given))


def step(stage: str, on: date = date(2026, 9, 1), **given: Any) -> StageInput:
    return StageInput.model_validate({"stage": stage, "happened_on": on} | given)


def stop(barrier: str = "law", on: date = date(2026, 9, 1)) -> StageInput:
    return step("stopped", on, barrier=barrier, lesson="Spørg juristerne først.")


def barrier(code: str = "data", **given: Any) -> BarrierInput:
    return BarrierInput.model_validate({"code": code, "note": "Data ligger i fire systemer."} | given)


def stages(session: Session, actor: Actor, **choice: Any) -> dict[str, int]:
    return {one.stage: one.total for one in find_board(session, actor, Choice(**choice)) if one.total}


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    bind = session.connection()
    event.listen(bind, "before_cursor_execute", note)
    yield statements
    event.remove(bind, "before_cursor_execute", note)


# --- a municipality's own projects


def test_an_own_project_is_read_by_its_municipality_alone_and_a_public_one_by_all(
    session: Session, people: People, boss: Actor
) -> None:
    secret = own(session, boss)
    for visibility in ("own", "public"):
        secret.visibility = visibility
        session.flush()
        seen = set()
        for name, actor in (people.all() | {"boss": boss, "system": SYSTEM}).items():
            in_sql = bool(session.scalar(select(OwnProject.id).where(own_visible_to(actor))))
            assert in_sql == may_see_own(actor, secret), name
            assert in_sql == (find_own_project(session, actor, secret.id) is not None), name
            seen |= {name} if in_sql else set()
        assert seen == (
            {"boss", "municipality"} if visibility == "own" else {*people.all(), "boss", "system"}
        )


def test_an_own_project_is_changed_by_those_who_write_the_policy(
    session: Session, people: People, boss: Actor
) -> None:
    project = own(session, boss, visibility="public")
    edit = OwnProjectEdit(title="Nyt", text="Ny tekst", visibility="public", version=1)
    for actor in (people.municipality, people.staff, people.neighbour, people.vendor):
        with pytest.raises(NotAllowed):
            edit_own_project(session, actor, project.id, edit)
    assert edit_own_project(session, boss, project.id, edit).title == "Nyt"
    with pytest.raises(Refused, match="stale"):
        edit_own_project(session, boss, project.id, edit)
    remove_own_project(session, boss, project.id, 2)
    assert list_own_projects(session, boss, boss.organisation_id or 0) == ([], 0)
    with pytest.raises(NotFound):
        note_stage(session, boss, Thing("own_project", project.id), step("pilot"))


def test_an_own_project_does_not_stand_under_another_municipalitys_theme(
    session: Session, people: People, boss: Actor
) -> None:
    (foreign,) = put_themes(session, "havn", of=people.neighbour)
    with pytest.raises(Refused, match="unknown_theme"):
        own(session, boss, "Sensorer", foreign)


def test_a_project_of_the_seed_is_put_once(session: Session, people: People) -> None:
    facts = OwnProjectFacts(key="her-1", municipality="her", title="Ét", text="Tekst", visibility="public")
    assert put_own_project(session, SYSTEM, facts).id == put_own_project(session, SYSTEM, facts).id
    assert session.scalar(select(func.count()).select_from(OwnProject)) == 1


# --- steps


def test_a_thing_stands_where_its_last_day_put_it_and_an_earlier_day_fills_in_its_history(
    session: Session, people: People, boss: Actor
) -> None:
    thing = Thing("own_project", own(session, boss, visibility="public").id)
    note_stage(session, boss, thing, step("pilot", date(2026, 9, 1)))
    note_stage(session, boss, thing, step("tested", date(2026, 5, 1)))
    story = find_story(session, STRANGER, thing)
    assert story is not None
    assert (story.card.stage, story.card.since) == ("pilot", date(2026, 9, 1))
    assert [one.stage for one in story.steps] == ["pilot", "tested"]
    with pytest.raises(Refused, match="same_stage"):
        note_stage(session, boss, thing, step("pilot", date(2026, 10, 1)))


def test_a_step_taken_back_does_not_count_and_stays_readable(session: Session, people: People) -> None:
    thing = Thing("project", put_a_project(session).id)
    change = note_stage(session, people.staff, thing, step("spread"))
    take_stage_back(session, people.staff, change.id, TakeBackInput(reason="Det var et andet projekt."))
    story = find_story(session, STRANGER, thing)
    assert story is not None
    assert story.card.stage == "pilot"
    assert [one.taken_back_reason for one in story.steps] == ["Det var et andet projekt."]
    with pytest.raises(NotFound):
        take_stage_back(session, people.staff, change.id, TakeBackInput(reason="Igen"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"stage": "stopped", "lesson": "L"}, "stopped_by_what"),
        ({"stage": "stopped", "barrier": "law"}, "stopped_lesson"),
        ({"stage": "pilot", "barrier": "law"}, "not_stopped"),
        ({"stage": "pilot", "happened_on": date(2999, 1, 1)}, "future_day"),
    ],
)
def test_an_end_says_what_stopped_it_and_what_was_learnt(given: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        StageInput.model_validate({"happened_on": date(2026, 1, 1)} | given)
    assert [one["type"] for one in wrong.value.errors()] == [code]


def test_staff_notes_of_ideas_and_projects_and_nobody_of_what_they_do_not_see(
    session: Session, people: People, boss: Actor
) -> None:
    idea = Thing("idea", add_idea(session, people.vendor).id)
    secret = Thing("own_project", own(session, boss).id)
    for actor in (people.vendor, people.municipality, boss, people.auditor):
        with pytest.raises(NotAllowed):
            note_stage(session, actor, idea, step("tested"))
    for actor in (people.staff, people.neighbour, people.stranger):
        with pytest.raises(NotFound):
            note_stage(session, actor, secret, step("tested"))
        assert find_story(session, actor, secret) is None
    note_stage(session, people.staff, idea, step("tested"))
    note_stage(session, boss, secret, step("tested"))
    assert stages(session, people.staff) == {"tested": 1}
    assert stages(session, boss) == {"tested": 2}


# --- the board


def test_the_confidential_half_of_an_idea_is_in_nothing_that_the_pipeline_tells(
    session: Session, people: People
) -> None:
    thing = Thing("idea", add_idea(session, people.vendor, **SECRET).id)
    add_barrier(session, people.staff, thing, barrier())
    note_stage(session, people.staff, thing, stop())
    for actor in people.all().values():
        story = find_story(session, actor, thing)
        told = [
            story,
            find_board(session, actor, Choice()),
            count_barriers(session, actor),
            list_held(session, actor, "law"),
        ]
        assert story is not None and story.card.title == "Roligere nætter"
        assert not [word for word in SECRET.values() if word in repr(told)]


def test_an_idea_that_is_a_draft_withdrawn_or_hidden_stands_in_no_pipeline(
    session: Session, people: People
) -> None:
    idea = add_idea(session, people.vendor)
    assert stages(session, STRANGER) == {"idea": 1}
    for values in ({"status": "draft"}, {"status": "withdrawn"}, {"waiting_reason": "links"}):
        before = {name: getattr(idea, name) for name in values}
        for name, value in values.items():
            setattr(idea, name, value)
        session.flush()
        assert stages(session, people.vendor) == stages(session, STRANGER) == {}, values
        for name, value in before.items():
            setattr(idea, name, value)
    session.flush()
    assert stages(session, STRANGER) == {"idea": 1}


def test_the_board_is_narrowed_to_kind_theme_barrier_and_organisation(
    session: Session, people: People, boss: Actor
) -> None:
    joint = put_themes(session, "klima", "data")
    (mine,) = put_themes(session, "groen", of=people.municipality)
    put_link(
        session,
        SYSTEM,
        ThemeLinkInput(from_theme_id=mine.id, to_theme_id=joint[0].id, kind="part_of"),
    )
    held = Thing("own_project", own(session, boss, "Et", mine, visibility="public").id)
    own(session, boss, "To", joint[1], visibility="public")
    put_a_project(session)
    add_barrier(session, boss, held, barrier("money"))
    assert stages(session, STRANGER) == {"idea": 2, "pilot": 1}
    assert stages(session, STRANGER, kind="project") == {"pilot": 1}
    assert stages(session, STRANGER, theme_id=joint[0].id) == {"idea": 1}
    assert stages(session, STRANGER, barrier="money") == {"idea": 1}
    assert stages(session, STRANGER, barrier="law") == {}
    assert stages(session, STRANGER, organisation_id=boss.organisation_id) == {"idea": 2}


def test_many_things_take_no_more_statements_than_one(session: Session, people: People, boss: Actor) -> None:
    (one,) = put_themes(session, "klima")
    add_barrier(session, boss, Thing("own_project", own(session, boss, "0", one).id), barrier())
    found = []
    for number in range(1, 36, 34):
        for more in range(number):
            own(session, boss, f"{number}-{more}", one)
        session.expire_all()
        with counted(session) as statements:
            find_board(session, boss, Choice())
            list_stage(session, boss, "idea", Choice())
            count_barriers(session, boss)
            list_held(session, boss, "data")
            find_overview(session, boss, boss.organisation_id or 0)
            list_neighbours(session, boss, boss.organisation_id or 0)
        found.append(len(statements))
    assert found[0] == found[1] == 22
    column = find_board(session, boss, Choice())[0]
    assert (column.total, len(column.things)) == (37, 6)
    assert [len(list_stage(session, boss, "idea", Choice(), page).things) for page in (1, 2, 3)] == [30, 7, 0]


# --- barriers


def test_a_barrier_is_worded_solved_opened_again_and_removed(session: Session, people: People) -> None:
    thing = Thing("project", put_a_project(session).id)
    noted = add_barrier(session, people.staff, thing, barrier(since=date(2026, 3, 1)))
    edit_barrier(session, people.staff, noted.id, BarrierEdit(code="law", note="Hjemmel", version=1))
    with pytest.raises(Refused, match="stale"):
        remove_barrier(session, people.staff, noted.id, 1)
    solved = SolvedInput(solved_on=date(2026, 4, 1), solved_note="Ny lov", version=2)
    solve_barrier(session, people.staff, noted.id, solved)
    assert count_barriers(session, STRANGER).totals == ()
    reopen_barrier(session, people.staff, noted.id, 3)
    assert [cell.barrier for cell in count_barriers(session, STRANGER).totals] == ["law"]
    remove_barrier(session, people.staff, noted.id, 4)
    story = find_story(session, STRANGER, thing)
    assert story is not None and story.barriers == ()
    logged = session.scalars(select(AuditEntry.after).where(AuditEntry.verb == "edit_barrier")).one()
    assert logged == {"barrier_id": noted.id, "code": "law"}


def test_a_barrier_is_not_solved_before_it_was_there(session: Session, people: People) -> None:
    thing = Thing("project", put_a_project(session).id)
    noted = add_barrier(session, people.staff, thing, barrier(since=date(2026, 3, 1)))
    with pytest.raises(Refused, match="solved_before"):
        early = SolvedInput(solved_on=date(2026, 2, 1), solved_note="Nej", version=1)
        solve_barrier(session, people.staff, noted.id, early)


def test_the_matrix_says_which_barrier_stops_most_in_which_theme(
    session: Session, people: People, boss: Actor
) -> None:
    klima, data = put_themes(session, "klima", "data")
    a, b, c = (
        Thing("own_project", own(session, boss, title, klima, data, visibility="public").id)
        for title in ("a", "b", "c")
    )
    note_stage(session, boss, a, stop("law"))
    add_barrier(session, boss, a, barrier("law"))
    add_barrier(session, boss, b, barrier("law", theme_id=klima.id))
    add_barrier(session, boss, c, barrier("money", theme_id=data.id))
    matrix = count_barriers(session, STRANGER)
    cells = {(cell.barrier, cell.theme_id): (cell.held, cell.said, cell.stopped) for cell in matrix.cells}
    assert cells == {
        ("law", klima.id): (2, 2, 1),
        ("law", data.id): (1, 1, 1),
        ("money", data.id): (1, 1, 0),
    }
    assert [(cell.barrier, cell.theme_id) for cell in matrix.most] == [("law", klima.id)]
    assert {cell.barrier: cell.held for cell in matrix.totals} == {"law": 2, "money": 1}
    things, total = list_held(session, STRANGER, "law", klima.id)
    assert [(one.card.title, one.is_stop) for one in things] == [("a", True), ("b", False)]
    assert (total, things[0].notes) == (2, ("Data ligger i fire systemer.", "Spørg juristerne først."))


def test_barriers_of_a_private_project_are_in_no_count_of_others(
    session: Session, people: People, boss: Actor
) -> None:
    (klima,) = put_themes(session, "klima")
    secret = Thing("own_project", own(session, boss, "Hemmelig", klima).id)
    add_barrier(session, boss, secret, barrier("money"))
    note_stage(session, boss, secret, stop("law"))
    for name, actor in people.all().items():
        found = {cell.barrier for cell in count_barriers(session, actor, strategy_id=klima.strategy_id).cells}
        assert found == ({"money", "law"} if name == "municipality" else set()), name
        assert list_held(session, actor, "money")[1] == (1 if name == "municipality" else 0), name


def test_the_25_projects_stand_in_it_by_their_sources_and_round_barriers_say_so(session: Session) -> None:
    put_everything(session)
    for _ in range(2):
        for record in read_facts("pipeline"):
            put_stage(session, SYSTEM, StageFacts.model_validate(record))
        put_known_barriers(session, SYSTEM)
    assert stages(session, STRANGER) == {"pilot": 22, "spread": 3}
    rows = session.scalar(select(func.count()).select_from(StageChange))
    barriers = session.scalar(select(func.count()).select_from(ThingBarrier))
    assert (rows, barriers) == (28, 7 * 4 + 10 * 3 + 8 * 2)
    matrix = count_barriers(session, STRANGER)
    assert {cell.barrier: (cell.held, cell.said, cell.of_round_only) for cell in matrix.totals} == {
        "data": (25, 0, 25),
        "law": (25, 0, 25),
        "infrastructure": (17, 0, 17),
        "skills": (7, 0, 7),
    }
    assert {cell.barrier for cell in matrix.most} == {"data", "law"}
    assert matrix.most_said == ()
    assert len(matrix.sources) == 3
    cards = [card for column in find_board(session, STRANGER, Choice()) for card in column.things]
    assert {card.certainty for card in cards if card.stage == "spread"} == {"inferred"}
    assert {card.barriers for card in cards} == {card.round_barriers for card in cards}


# --- the own policy


def test_projects_by_themes_with_gaps_and_what_supports_nothing(
    session: Session, people: People, boss: Actor
) -> None:
    groen, omsorg = put_themes(session, "groen", "omsorg", of=people.municipality)
    (joint,) = put_themes(session, "klima")
    own(session, boss, "Sensorer", groen)
    own(session, boss, "Robotter", joint, visibility="public")
    put_a_project(session, "sp-9", authority="her")
    place_project(session, boss, "sp-9", PlacingInput(theme_ids=[groen.id]))
    found = find_overview(session, boss, boss.organisation_id or 0)
    assert found.counts == {groen.id: 2, omsorg.id: 0}
    assert [one.key for one in found.gaps] == ["omsorg"]
    assert [one.title for one in found.adrift] == ["Robotter"]
    for_others = find_overview(session, people.staff, boss.organisation_id or 0)
    assert [one.title for one in for_others.projects] == ["Robotter", "Projektet sp-9"]


def test_a_municipality_places_only_what_it_runs_and_only_under_its_own_themes(
    session: Session, people: People, boss: Actor
) -> None:
    (groen,) = put_themes(session, "groen", of=people.municipality)
    (joint,) = put_themes(session, "klima")
    put_a_project(session, "sp-9", authority="her")
    put_a_project(session, "sp-8", authority="der")
    with pytest.raises(Refused, match="unknown_theme"):
        place_project(session, boss, "sp-9", PlacingInput(theme_ids=[joint.id]))
    with pytest.raises(NotAllowed):
        place_project(session, boss, "sp-8", PlacingInput(theme_ids=[groen.id]))


def test_neighbours_are_shown_under_the_same_joint_theme_and_their_private_projects_are_not(
    session: Session, people: People, boss: Actor
) -> None:
    (groen,) = put_themes(session, "groen", of=people.municipality)
    (vand,) = put_themes(session, "vand", of=people.neighbour)
    (joint,) = put_themes(session, "klima")
    for one in (groen, vand):
        link = ThemeLinkInput(from_theme_id=one.id, to_theme_id=joint.id, kind="part_of")
        put_link(session, SYSTEM, link)
    other = make_boss(session, people.neighbour)
    own(session, other, "Diger", vand, visibility="public")
    own(session, other, "Hemmelige diger", vand)
    own(session, boss, "Egne sensorer", groen, visibility="public")
    (found,) = list_neighbours(session, boss, boss.organisation_id or 0)
    assert (found.theme.key, [one.key for one in found.own]) == ("klima", ["groen"])
    assert [(one.theme.key, one.municipality_key) for one in found.neighbours] == [("vand", "der")]
    assert ([one.title for one in found.things], found.total) == (["Diger"], 1)


def test_the_committees_report_tells_whether_it_holds_what_is_the_municipalitys_alone(
    session: Session, people: People, boss: Actor
) -> None:
    (groen,) = put_themes(session, "groen", of=people.municipality)
    secret = Thing("own_project", own(session, boss, "Hemmelig", groen).id)
    own(session, boss, "Åben", groen, visibility="public")
    note_stage(session, boss, secret, stop("law"))
    here = session.get_one(Organisation, boss.organisation_id)
    whole = gather_committee_report(session, here, Choices("municipality"))
    assert (whole.holds_own, whole.stages) == (True, {"idea": 1, "stopped": 1})
    assert [(one.title, one.lesson) for one in whole.lessons] == [("Hemmelig", "Spørg juristerne først.")]
    open_one = gather_committee_report(session, here, Choices())
    assert (open_one.holds_own, open_one.stages, open_one.lessons) == (False, {"idea": 1}, ())
    assert whole.stamp == gather_committee_report(session, here, Choices("municipality")).stamp
    stranger, everyone = people.stranger, people.all().values()
    assert may_read_committee_report(stranger, here.id, "everybody")
    readers = {
        one.organisation_id for one in everyone if may_read_committee_report(one, here.id, "municipality")
    }
    assert readers == {here.id}


def test_the_board_is_narrowed_to_year_and_region_and_tells_what_there_is(
    session: Session, people: People, boss: Actor
) -> None:
    here = session.get_one(Organisation, boss.organisation_id)
    here.region = "Region Nord"
    thing = Thing("own_project", own(session, boss, visibility="public").id)
    note_stage(session, boss, thing, step("pilot", date(2024, 3, 1)))
    for choice, found in (
        ({"year": 2024}, 1),
        ({"year": 2023}, 0),
        ({"region": "Region Nord"}, 1),
        ({"region": "Region Syd"}, 0),
    ):
        assert sum(stages(session, people.stranger, **choice).values()) == found, choice
    told = list_board_choices(session, people.stranger)
    assert (told.kinds, told.years, told.regions) == ({"own_project": 1}, {2024: 1}, {"Region Nord": 1})
    assert [(owner.id, count) for owner, count in told.owners] == [(here.id, 1)]
    assert find_thing(session, "own_project", str(thing.id)) == thing
    assert [find_thing(session, "own_project", name) for name in ("x", "²", "9" * 30)] == [None] * 3
