"""Signature projects: put in once, narrowed with counts, and found from themes and organisations."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.policy import STRANGER, SYSTEM, NotAllowed, Refused
from app.domain.projects.models import Programme, Project, ProjectPartner, ProjectTheme
from app.domain.projects.policy import may_edit_projects, may_see, visible_to
from app.domain.projects.queries import (
    Choice,
    ChoiceCounts,
    PartnerView,
    count_choices,
    count_projects_by_organisation,
    find_project,
    get_programme,
    list_projects,
    narrow,
    projects_of,
    projects_under,
)
from app.domain.projects.schemas import ProjectInput
from app.domain.projects.service import put_project
from app.domain.strategies.queries import find_theme_ids
from tests.people import People
from tests.reading import (
    put_a_municipality,
    put_a_project,
    put_a_strategy,
    put_an_organisation,
    put_the_programme,
    put_the_strategies,
    read_facts,
    theme,
)


def count_rows(session: Session) -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Project, ProjectPartner, ProjectTheme, Programme, AuditEntry)
    )


def put_everything(session: Session) -> None:
    for record in read_facts("organisations"):
        put_an_organisation(session, **{k: v for k, v in record.items() if v is not None})
    for record in read_facts("municipalities"):
        put_a_municipality(session, record["key"], record["name"])
    put_the_strategies(session)
    for record in read_facts("projects")["projects"]:
        put_project(session, SYSTEM, ProjectInput.model_validate(record))
    put_the_programme(session)


def test_the_same_facts_twice_add_nothing_and_edits_stay(session: Session) -> None:
    put_everything(session)
    before = count_rows(session)
    session.scalars(select(Project).where(Project.key == "sp-2020-01")).one().title = "Rettet"
    put_everything(session)
    assert count_rows(session) == before
    assert before[:4] == (25, 26, 39, 1)
    assert session.scalar(select(Project.title).where(Project.key == "sp-2020-01")) == "Rettet"


def test_a_project_keeps_all_that_is_known_of_it(session: Session) -> None:
    put_everything(session)
    found = find_project(session, STRANGER, "sp-2020-01")
    assert found is not None
    assert (found.card.authority_name, found.card.amount_dkk_million) == ("Aalborg Kommune", Decimal("4.10"))
    assert (found.seen, found.theme_certainty) == ("page", "assigned_by_us")
    assert [(one.key, one.part) for one in found.partners] == [
        ("digirehab", "partner"),
        ("hjoerring", "follower"),
        ("norddjurs", "follower"),
        ("syddjurs", "follower"),
        ("viborg", "participant"),
        ("aarhus-universitet", "partner"),
    ]
    assert find_project(session, STRANGER, "sp-2099-01") is None


def test_the_programme_is_read_as_it_was_put_in(session: Session) -> None:
    assert get_programme(session) is None
    put_the_programme(session)
    programme = get_programme(session)
    assert programme is not None
    assert [(one.year, one.projects, one.dkk_million) for one in programme.rounds] == [
        (2020, 15, 67),
        (2021, 13, 60),
        (2022, 12, 60),
    ]
    assert [one.barriers for one in programme.evaluations] == [
        ["data", "law", "skills"],
        ["data", "infrastructure", "law"],
        ["law", "data"],
    ]
    assert [one.authority for one in programme.related] == ["aarhus", "hoeje-taastrup"]


def test_only_staff_puts_a_project_in(session: Session, people: People) -> None:
    given = ProjectInput(key="sp-1", title="Et projekt", field="climate", round_year=2021)
    for name, actor in people.all().items():
        if may_edit_projects(actor):
            assert name in ("staff", "admin")
            put_project(session, actor, given)
        else:
            with pytest.raises(NotAllowed):
                put_project(session, actor, given)


def test_rule_and_sql_agree_for_every_kind_of_people(session: Session, people: People) -> None:
    project = put_a_project(session)
    for actor in people.all().values():
        assert list(session.scalars(select(Project.id).where(visible_to(actor)).order_by(Project.id))) == [
            project.id
        ]
        assert may_see(actor, project)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"authority": "atlantis"}, "unknown_organisation"),
        ({"partners": ["atlantis"]}, "unknown_organisation"),
        ({"participants": [{"organisation": "atlantis", "part": "tester"}]}, "unknown_organisation"),
        ({"themes": ["plan/nej"]}, "unknown_theme"),
    ],
)
def test_what_is_not_known_is_refused(session: Session, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        put_a_project(session, **given)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"barriers": ["weather"]}, "literal_error"),
        ({"amount_dkk_million": -1}, "greater_than_equal"),
        ({"amount_dkk_million": "NaN"}, "finite_number"),
        ({"themes": ["kun-et-led"]}, "string_pattern_mismatch"),
        ({"round_year": 20_210}, "less_than_equal"),
        ({"source_url": "ftp://kl.dk/x"}, "url"),
    ],
)
def test_facts_that_cannot_be_are_refused(given: dict[str, Any], fault: str) -> None:
    values = {"key": "sp-1", "title": "Et projekt", "field": "climate", "round_year": 2021}
    with pytest.raises(ValidationError) as wrong:
        ProjectInput.model_validate(values | given)
    assert [error["type"] for error in wrong.value.errors()] == [fault]


def test_each_count_tells_what_another_choice_would_give(session: Session) -> None:
    put_a_strategy(session, themes=[theme("klima"), theme("data")])
    ids = find_theme_ids(session, ["plan/klima", "plan/data"])
    put_a_project(session, "a", round_year=2020, themes=["plan/klima"])
    put_a_project(session, "b", round_year=2021, themes=["plan/klima", "plan/data"])
    put_a_project(session, "c", round_year=2021, field="health")
    numbers = {one.key: one.id for one in list_projects(session, STRANGER)}
    barriers = {numbers["a"]: ["law", "data"], numbers["b"]: ["law"], numbers["c"]: ["money"]}
    projects = list_projects(session, STRANGER, barriers)
    choice = Choice(round_year=2021, barrier="law")
    assert [one.key for one in narrow(projects, choice)] == ["b"]
    assert count_choices(projects, choice) == ChoiceCounts(
        rounds={2020: 1, 2021: 1},
        fields={"climate": 1},
        themes={ids["plan/klima"]: 1, ids["plan/data"]: 1},
        barriers={"law": 1, "money": 1},
    )
    assert narrow(projects, Choice(round_year=2020, field="health")) == []


def test_projects_stand_by_round_and_danish_title(session: Session) -> None:
    for key, title, year in (("a", "Åben dør", 2020), ("b", "Zoner", 2020), ("c", "Aktindsigt", 2021)):
        put_a_project(session, key, title=title, round_year=year)
    assert [one.title for one in list_projects(session, STRANGER)] == ["Zoner", "Åben dør", "Aktindsigt"]


def test_an_organisation_s_projects_say_its_part(session: Session) -> None:
    aarhus = put_a_municipality(session, "aarhus", "Aarhus")
    firm = put_an_organisation(session, "soft-as")
    put_a_project(session, "a", authority="aarhus", partners=["soft-as"])
    put_a_project(session, "b", participants=[{"organisation": "aarhus", "part": "tester"}])
    put_a_project(
        session, "c", authority="aarhus", participants=[{"organisation": "aarhus", "part": "pilot"}]
    )
    parts = {one.key: one.part for one in read(session, projects_of(STRANGER, aarhus.id))}
    assert parts == {"a": "authority", "b": "tester", "c": "authority"}
    of_firm = read(session, projects_of(STRANGER, firm.id))
    assert [(one.key, one.part) for one in of_firm] == [("a", "partner")]
    assert count_projects_by_organisation(session, STRANGER) == {aarhus.id: 3, firm.id: 1}


def test_a_partner_named_twice_keeps_its_first_part(session: Session) -> None:
    firm = put_an_organisation(session, "soft-as")
    put_a_project(
        session, "a", partners=["soft-as"], participants=[{"organisation": "soft-as", "part": "tester"}]
    )
    found = find_project(session, STRANGER, "a")
    assert found and found.partners == (PartnerView(firm.id, "soft-as", "Soft-as", "vendor", "partner"),)


def test_projects_are_found_under_any_of_some_themes_once(session: Session) -> None:
    put_a_strategy(session, themes=[theme("klima"), theme("data"), theme("tom")])
    ids = find_theme_ids(session, ["plan/klima", "plan/data", "plan/tom"])
    put_a_project(session, "a", themes=["plan/klima", "plan/data"])
    put_a_project(session, "b")
    assert [one.key for one in read(session, projects_under(STRANGER, list(ids.values())))] == ["a"]
    assert read(session, projects_under(STRANGER, [ids["plan/tom"]])) == []
