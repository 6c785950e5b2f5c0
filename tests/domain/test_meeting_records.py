"""Whole meetings out of the archive: put in once, and left alone when people have touched them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditEntry
from app.core.database import Base
from app.core.policy import STRANGER, SYSTEM, NotAllowed, Refused
from app.domain.groups.models import Group
from app.domain.groups.queries import list_group_themes, list_groups
from app.domain.groups.schemas import GroupFacts
from app.domain.groups.service import put_groups
from app.domain.meetings.editions import put_in_force
from app.domain.meetings.models import AgendaItem, Appearance, Correction, Meeting, MissingNumber, PanelTask
from app.domain.meetings.numbering import MissingNumberView
from app.domain.meetings.programme import add_item, remove_item
from app.domain.meetings.queries import find_meeting, list_items, list_missing_numbers
from app.domain.meetings.recording import put_meeting, put_missing_number
from app.domain.meetings.schemas import ItemInput, MeetingFacts, MissingNumberFacts
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.models import Person
from tests.people import People, add_organisation_row

FACTS = Path(__file__).parents[2] / "app" / "archive" / "facts"
TABLES: tuple[type[Base], ...] = (
    Meeting,
    AgendaItem,
    PanelTask,
    Appearance,
    Correction,
    Group,
    Person,
    AuditEntry,
)


def read(name: str) -> Any:
    return json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def records(session: Session) -> list[dict[str, Any]]:
    """The archive's meetings, with the organisations and themes that they name in the database."""
    for row in read("organisations") + read("municipalities"):
        add_organisation_row(session, row["key"], row["name"], row.get("kind", "municipality"))
    for row in read("strategies"):
        strategy = Strategy(key=row["key"], name=row["name_da"], level=row["level"], owner="")
        session.add(strategy)
        session.flush()
        for position, theme in enumerate(row["themes"], 1):
            session.add(
                Theme(
                    strategy_id=strategy.id,
                    key=theme["key"],
                    code="",
                    position=position,
                    name=theme["name_da"],
                )
            )
    session.flush()
    return read("meetings")["meetings"] + [g for g in read("gatherings") if g["kind"] == "panel"]


def put_all(session: Session, records: list[dict[str, Any]]) -> None:
    for record in records:
        recorded = put_meeting(session, SYSTEM, MeetingFacts.model_validate(record))
        put_groups(session, SYSTEM, recorded, [GroupFacts.model_validate(g) for g in record["groups"]])


def count(session: Session) -> dict[str, int]:
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES
    }


def test_the_same_facts_twice_add_nothing(session: Session, records: list[dict[str, Any]]) -> None:
    put_all(session, records)
    first = count(session)
    put_all(session, records)
    assert count(session) == first
    assert first | {"audit_entry": 0} == {
        "meeting": 8,
        "agenda_item": 24,
        "panel_task": 3,
        "appearance": 33,
        "correction": 2,
        "discussion_group": 9,
        "person": 17,
        "audit_entry": 0,
    }


def test_the_tenth_meeting_reads_as_it_was(session: Session, records: list[dict[str, Any]]) -> None:
    put_all(session, records)
    meeting = find_meeting(session, STRANGER, "10")
    assert meeting is not None
    assert (
        meeting.title,
        meeting.title_en,
        meeting.series_name,
        meeting.held_on,
        meeting.date_certainty,
        meeting.format,
        meeting.status,
        [o.key for o in meeting.organisers],
        [(c.original, c.corrected, c.item_id is not None) for c in meeting.corrections],
    ) == (
        "Virtuelt Dialogforum",
        "Virtual Dialogforum",
        "Dialogforum",
        date(2020, 10, 28),
        "year_inferred",
        "virtual",
        "closed",
        ["kl", "kombit"],
        [("2021-2015", "2021-2025", True), ("fire direktører", "", False)],
    )
    items = list_items(session, meeting.id)
    assert [item.kind for item in items] == [
        *("welcome", "status", "talk", "talk", "talk", "talk", "group_session", "plenary")
    ]
    wishes = items[4].people[0]
    assert (wishes.name, wishes.title, wishes.organisation_name, wishes.organisation_key) == (
        "Claus Rydkjær",
        "Direktør; udvalgsmedlem i IT-Branchen og DI",
        "Capgemini",
        "capgemini",
    )
    assert [(g.key, g.item_id, bool(g.theme_path)) for g in list_groups(session, meeting.id)] == [
        (f"10-gruppe-{n}", items[6].id, True) for n in (1, 2, 3)
    ]


def test_a_panel_keeps_its_tasks_and_everybody_all_titles(
    session: Session, records: list[dict[str, Any]]
) -> None:
    put_all(session, records)
    meeting = find_meeting(session, STRANGER, "folkemoedet-2017-disruption")
    assert meeting is not None and meeting.number is None and meeting.series_name == "Folkemødet"
    (panel,) = list_items(session, meeting.id)
    assert [(task.title, task.answer_limit) for task in panel.tasks] == [
        ("Gearskifte", None),
        ("Kommunale it-løsninger", None),
        ("Udfordringer og dilemmaer", 3),
    ]
    assert [(p.title, p.is_former) for p in panel.people if p.name == "Jørgen Bardenfleth"] == [
        ("Bestyrelsesformand", False),
        ("Medlem", True),
    ]


def test_one_name_is_one_person_over_the_years(session: Session, records: list[dict[str, Any]]) -> None:
    put_all(session, records)
    ids = set(
        session.scalars(select(Appearance.person_id).where(Appearance.person_name == "Christian Harsløf"))
    )
    assert len(ids) == 1


def test_edits_by_people_stay_and_what_they_removed_stays_away(
    session: Session, people: People, records: list[dict[str, Any]]
) -> None:
    put_all(session, records)
    meeting = find_meeting(session, STRANGER, "1")
    assert meeting is not None
    first = list_items(session, meeting.id)[0].id
    remove_item(session, people.staff, first)
    added = add_item(session, people.staff, meeting.id, ItemInput(kind="break", title="Frokost"))
    put_in_force(session, people.staff, session.get_one(Meeting, meeting.id))
    recorded = put_meeting(session, SYSTEM, MeetingFacts.model_validate(records[0]))
    assert not recorded.is_untouched
    assert set(recorded.items) == {"1-02", "1-03", "1-04", added.key}
    assert put_groups(session, SYSTEM, recorded, [GroupFacts(key="ny", name="Ny")]) == {}


def test_facts_that_grow_are_added_to_an_untouched_meeting(
    session: Session, records: list[dict[str, Any]]
) -> None:
    short = records[0] | {"agenda": records[0]["agenda"][:1]}
    put_meeting(session, SYSTEM, MeetingFacts.model_validate(short))
    recorded = put_meeting(session, SYSTEM, MeetingFacts.model_validate(records[0]))
    assert list(recorded.items) == ["1-01", "1-02", "1-03", "1-04"]
    assert set(recorded.persons) == {"Henrik Brix", "Jane Wiis", "Peter Egelund", "Peter Thrane"}


def test_an_organisation_or_theme_that_is_not_known_is_refused(session: Session) -> None:
    facts = MeetingFacts(key="1", number=1, title="T", date=date(2014, 10, 10))
    with pytest.raises(Refused, match="unknown_organisation"):
        put_meeting(session, SYSTEM, facts.model_copy(update={"organisers": ["ingen"]}))
    recorded = put_meeting(session, SYSTEM, facts)
    with pytest.raises(Refused, match="unknown_group_theme"):
        put_groups(session, SYSTEM, recorded, [GroupFacts(key="g", name="G", theme="nej/heller-ikke")])


def test_only_the_house_records_whole_meetings(session: Session, people: People) -> None:
    facts = MeetingFacts(key="1", number=1, title="T", date=date(2014, 10, 10))
    with pytest.raises(NotAllowed):
        put_meeting(session, people.admin, facts)
    recorded = put_meeting(session, SYSTEM, facts)
    with pytest.raises(NotAllowed):
        put_groups(session, people.admin, recorded, [])
    with pytest.raises(NotAllowed):
        put_missing_number(session, people.admin, MissingNumberFacts(number=2))


def test_a_record_may_be_a_draft_or_come_in_the_future(session: Session) -> None:
    draft = MeetingFacts(
        key="d", series="x", series_name="Eksempler", title="D", date=date(2090, 1, 1), status="draft"
    )
    coming = draft.model_copy(update={"key": "k", "status": None})
    ids = [put_meeting(session, SYSTEM, facts).meeting_id for facts in (draft, coming)]
    rows = [session.get(Meeting, id_) for id_ in ids]
    assert [(row.status, row.published_at is not None) for row in rows if row] == [
        ("draft", False),
        ("announced", True),
    ]


def test_missing_numbers_are_noted_once_with_a_day_or_a_month(session: Session) -> None:
    for _ in range(2):
        for row in read("meetings")["not_found"]:
            put_missing_number(session, SYSTEM, MissingNumberFacts.model_validate(row))
    noted = list_missing_numbers(session)
    assert [row.number for row in noted] == [2, 3, 4, 8, 9, 13]
    assert noted[0] == MissingNumberView(2, date(2014, 10, 10), date(2016, 11, 1), True)
    assert noted[-1] == MissingNumberView(13, date(2022, 5, 2), date(2023, 5, 4), False)
    assert session.scalar(select(func.count()).select_from(MissingNumber)) == 6


def test_themes_of_groups_are_told_for_open_meetings(
    session: Session, people: People, records: list[dict[str, Any]]
) -> None:
    put_all(session, records)
    themes = list_group_themes(session, STRANGER)
    assert len(themes) == 9
    meeting = session.scalars(select(Meeting).where(Meeting.key == "10")).one()
    meeting.published_at = None
    session.flush()
    assert len(list_group_themes(session, STRANGER)) == 6
    assert len(list_group_themes(session, people.staff)) == 9
