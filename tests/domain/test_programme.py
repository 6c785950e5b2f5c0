"""Programmes: items in order, tasks, who takes part as what, and what does not fit."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.policy import STRANGER, SYSTEM, NotAllowed, NotFound, Refused
from app.domain.groups.models import Group
from app.domain.groups.queries import list_groups
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group, edit_group, move_group, remove_group
from app.domain.meetings.clashes import find_clashes
from app.domain.meetings.models import Appearance, Correction, Meeting
from app.domain.meetings.programme import (
    add_appearance,
    add_item,
    add_task,
    edit_appearance,
    edit_item,
    edit_task,
    find_organisation_id,
    move_appearance,
    move_item,
    move_task,
    remove_appearance,
    remove_item,
    remove_task,
)
from app.domain.meetings.queries import (
    find_meeting,
    find_speakers,
    get_speaker,
    list_appearances,
    list_items,
    spoken_for,
)
from app.domain.meetings.schemas import AppearanceEdit, AppearanceInput, ItemInput, MeetingInput, TaskInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.strategies.models import Strategy, Theme
from app.domain.users.service import add_person
from tests.people import People


@pytest.fixture
def meeting(session: Session) -> Meeting:
    return add_meeting(
        session,
        SYSTEM,
        MeetingInput(title="Et møde", held_on=date(2027, 3, 18), starts=time(9), ends=time(12)),
    )


def item(
    title: str = "Oplæg", starts: str | None = None, ends: str | None = None, **values: Any
) -> ItemInput:
    return ItemInput(
        **{"kind": "talk", "title": title, "starts": starts or None, "ends": ends or None} | values
    )


def titles(session: Session, meeting: Meeting) -> list[str]:
    return [view.title for view in list_items(session, meeting.id)]


def put(session: Session, meeting: Meeting, *items: ItemInput) -> list[int]:
    return [add_item(session, SYSTEM, meeting.id, given).id for given in items]


# --- items


def test_items_with_times_find_their_own_place_and_others_go_last(session: Session, meeting: Meeting) -> None:
    put(session, meeting, item("B", "10:00"), item("Uden tid"), item("A", "09:00"), item("C", "10:00"))
    assert titles(session, meeting) == ["A", "B", "C", "Uden tid"]


def test_a_new_time_moves_an_item_and_a_new_title_does_not(session: Session, meeting: Meeting) -> None:
    first, second, _ = put(session, meeting, item("A", "9"), item("B", "10"), item("C", "11"))
    edit_item(session, SYSTEM, second, 1, item("B igen", "10"))
    assert titles(session, meeting) == ["A", "B igen", "C"]
    edit_item(session, SYSTEM, first, 1, item("A", "11.30"))
    assert titles(session, meeting) == ["B igen", "C", "A"]


def test_up_and_down_change_places_and_stop_at_the_ends(session: Session, meeting: Meeting) -> None:
    first, _, last = put(session, meeting, item("A"), item("B"), item("C"))
    move_item(session, SYSTEM, last, -1)
    move_item(session, SYSTEM, first, -1)
    assert titles(session, meeting) == ["A", "C", "B"]
    move_item(session, SYSTEM, first, 1)
    assert titles(session, meeting) == ["C", "A", "B"]


def test_a_stale_item_is_refused(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item("A"))
    edit_item(session, SYSTEM, only, 1, item("Den enes"))
    with pytest.raises(Refused, match="stale"):
        edit_item(session, SYSTEM, only, 1, item("Den andens"))
    assert titles(session, meeting) == ["Den enes"]


def test_a_rewritten_title_is_certain_and_has_no_old_translation(session: Session, meeting: Meeting) -> None:
    row = add_item(session, SYSTEM, meeting.id, item("Emne"))
    row.title_en, row.title_certainty, row.summary_en = "Subject", "not_given", "Old"
    edit_item(session, SYSTEM, row.id, 1, item("Nyt emne"))
    assert (row.title_en, row.title_certainty, row.summary_en) == ("", "stated", "Old")


def test_removing_an_item_takes_its_tasks_and_people_and_keeps_its_correction(
    session: Session, meeting: Meeting
) -> None:
    first, second = put(session, meeting, item("A"), item("B"))
    add_task(session, SYSTEM, first, TaskInput(title="Opgave"))
    add_appearance(session, SYSTEM, first, AppearanceInput(name="Anna Berg"))
    session.add(Correction(meeting_id=meeting.id, item_id=first, key="r", original="2015"))
    session.flush()
    remove_item(session, SYSTEM, first)
    assert [view.id for view in list_items(session, meeting.id)] == [second]
    assert session.scalars(select(Correction.item_id)).one() is None
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "remove")).one()
    assert entry.before is not None
    assert [
        entry.before["title"],
        entry.before["people"][0]["person_name"],
        entry.before["tasks"][0]["title"],
    ] == [
        "A",
        "Anna Berg",
        "Opgave",
    ]


def test_an_item_with_a_group_stays_and_loses_nothing(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item("Grupper", kind="group_session"))
    add_appearance(session, SYSTEM, only, AppearanceInput(name="Anna Berg"))
    add_group(session, SYSTEM, only, GroupInput(name="Bord 1"))
    with pytest.raises(Refused, match="item_in_use"):
        remove_item(session, SYSTEM, only)
    assert [part.name for part in list_items(session, meeting.id)[0].people] == ["Anna Berg"]


def test_every_verb_of_a_programme_is_for_staff(session: Session, people: People, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item("A"))
    task = add_task(session, SYSTEM, only, TaskInput(title="O")).id
    part = add_appearance(session, SYSTEM, only, AppearanceInput(name="Anna Berg")).id
    group = add_group(session, SYSTEM, only, GroupInput(name="G")).id
    for actor in (people.vendor, people.municipality, people.loner, STRANGER):
        for verb in (
            lambda: add_item(session, actor, meeting.id, item()),  # noqa: B023
            lambda: edit_item(session, actor, only, 1, item()),  # noqa: B023
            lambda: move_item(session, actor, only, 1),  # noqa: B023
            lambda: remove_item(session, actor, only),  # noqa: B023
            lambda: add_task(session, actor, only, TaskInput(title="O")),  # noqa: B023
            lambda: edit_task(session, actor, task, 1, TaskInput(title="O")),  # noqa: B023
            lambda: move_task(session, actor, task, 1),  # noqa: B023
            lambda: remove_task(session, actor, task),  # noqa: B023
            lambda: add_appearance(session, actor, only, AppearanceInput(name="N")),  # noqa: B023
            lambda: edit_appearance(session, actor, part, 1, AppearanceEdit()),  # noqa: B023
            lambda: move_appearance(session, actor, part, 1),  # noqa: B023
            lambda: remove_appearance(session, actor, part),  # noqa: B023
            lambda: add_group(session, actor, only, GroupInput(name="G")),  # noqa: B023
            lambda: edit_group(session, actor, group, 1, GroupInput(name="G")),  # noqa: B023
            lambda: move_group(session, actor, group, 1),  # noqa: B023
            lambda: remove_group(session, actor, group),  # noqa: B023
        ):
            with pytest.raises(NotAllowed):
                verb()


def test_every_verb_on_something_missing_finds_nothing(session: Session) -> None:
    for verb in (
        lambda: edit_item(session, SYSTEM, 9, 1, item()),
        lambda: move_item(session, SYSTEM, 9, 1),
        lambda: remove_item(session, SYSTEM, 9),
        lambda: edit_task(session, SYSTEM, 9, 1, TaskInput(title="O")),
        lambda: remove_appearance(session, SYSTEM, 9),
        lambda: add_group(session, SYSTEM, 9, GroupInput(name="G")),
        lambda: remove_group(session, SYSTEM, 9),
    ):
        with pytest.raises(NotFound):
            verb()


def test_any_change_of_a_programme_marks_the_meeting_as_touched(session: Session, meeting: Meeting) -> None:
    for verb in (
        lambda: add_item(session, SYSTEM, meeting.id, item()),
        lambda: add_task(session, SYSTEM, list_items(session, meeting.id)[0].id, TaskInput(title="O")),
        lambda: add_group(session, SYSTEM, list_items(session, meeting.id)[0].id, GroupInput(name="G")),
    ):
        meeting.edited_at = None
        session.flush()
        verb()
        session.flush()
        assert meeting.edited_at is not None


# --- tasks


def test_tasks_keep_their_order_through_moves_and_removals(session: Session, meeting: Meeting) -> None:
    (panel,) = put(session, meeting, item("Panel", kind="panel"))
    ids = [
        add_task(session, SYSTEM, panel, TaskInput(title=title, text="Hvilke?", answer_limit=limit)).id
        for title, limit in (("A", None), ("B", 3), ("C", 1))
    ]
    move_task(session, SYSTEM, ids[2], -1)
    remove_task(session, SYSTEM, ids[0])
    edit_task(session, SYSTEM, ids[1], 1, TaskInput(title="B", answer_limit=5))
    tasks = list_items(session, meeting.id)[0].tasks
    assert [(task.title, task.text, task.answer_limit) for task in tasks] == [
        ("C", "Hvilke?", 1),
        ("B", "", 5),
    ]
    with pytest.raises(Refused, match="stale"):
        edit_task(session, SYSTEM, ids[1], 1, TaskInput(title="B"))


# --- who takes part


def test_the_affiliation_is_frozen_on_the_day(session: Session, people: People, meeting: Meeting) -> None:
    anna = add_person(session, SYSTEM, "Anna Berg")
    later = add_meeting(session, SYSTEM, MeetingInput(title="Senere", held_on=date(2028, 3, 18)))
    (before,), (after,) = put(session, meeting, item()), put(session, later, item())
    add_appearance(
        session,
        SYSTEM,
        before,
        AppearanceInput(person_id=anna.id, title="Konsulent", organisation="soft a/s"),
    )
    add_appearance(
        session,
        SYSTEM,
        after,
        AppearanceInput(person_id=anna.id, title="Chef", organisation="Et sted for sig"),
    )
    parts = list_appearances(session, [before, after])
    assert [
        (p.name, p.title, p.organisation_name, p.organisation_id, p.organisation_kind)
        for p in (parts[before][0], parts[after][0])
    ] == [
        ("Anna Berg", "Konsulent", "soft a/s", people.vendor.organisation_id, "vendor"),
        ("Anna Berg", "Chef", "Et sted for sig", None, ""),
    ]
    found = get_speaker(session, anna.id)
    assert found is not None and (found.title, found.organisation_name) == ("Chef", "Et sted for sig")
    assert [s.title for s in find_speakers(session, "anna")] == ["Chef"]
    assert (find_speakers(session, " "), get_speaker(session, 999_999)) == ([], None)


def test_speakers_are_found_by_every_word_in_danish_order(session: Session) -> None:
    for name in ("Åse Holm", "Zenia Holm", "Anna Holm", "Anna Berg"):
        add_person(session, SYSTEM, name)
    assert [p.name for p in find_speakers(session, "holm")] == ["Anna Holm", "Zenia Holm", "Åse Holm"]
    assert [p.name for p in find_speakers(session, "HOLM anna")] == ["Anna Holm"]
    assert find_speakers(session, "  ") == []


def test_wildcards_in_a_search_for_speakers_stand_for_themselves(session: Session) -> None:
    add_person(session, SYSTEM, "Anna Berg")
    assert [find_speakers(session, text) for text in ("%", "_nna", "\\")] == [[], [], []]


def test_one_person_may_have_several_titles_in_one_item(session: Session, meeting: Meeting) -> None:
    (panel,) = put(session, meeting, item("Panel", kind="panel"))
    anna = add_person(session, SYSTEM, "Anna Berg").id
    for title, former in (("Professor", False), ("Medlem af rådet", True)):
        add_appearance(
            session,
            SYSTEM,
            panel,
            AppearanceInput(person_id=anna, title=title, role="panellist", is_former=former),
        )
    assert [(p.title, p.is_former, p.role) for p in list_items(session, meeting.id)[0].people] == [
        ("Professor", False, "panellist"),
        ("Medlem af rådet", True, "panellist"),
    ]
    with pytest.raises(Refused, match="part_known"):
        add_appearance(
            session, SYSTEM, panel, AppearanceInput(person_id=anna, title="Professor", role="panellist")
        )


def test_a_new_person_with_a_known_name_is_asked_about(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item())
    add_person(session, SYSTEM, "Anna Berg")
    with pytest.raises(Refused) as refusal:
        add_appearance(session, SYSTEM, only, AppearanceInput(name="Anna Berg"))
    assert (refusal.value.code, refusal.value.values) == ("name_known", {"person": "Anna Berg"})
    add_appearance(session, SYSTEM, only, AppearanceInput(name="Anna Berg", is_namesake=True))
    assert len(find_speakers(session, "Anna Berg")) == 2


def test_a_speaker_without_a_known_name_has_an_organisation(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item())
    with pytest.raises(Refused, match="speaker_missing"):
        add_appearance(session, SYSTEM, only, AppearanceInput(title="Chef"))
    part = add_appearance(session, SYSTEM, only, AppearanceInput(organisation="KL"))
    assert (part.person_id, part.person_name, part.organisation_name) == (None, "", "KL")


def test_a_part_is_corrected_moved_and_taken_out(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item())
    first, second = (
        add_appearance(session, SYSTEM, only, AppearanceInput(name=name)) for name in ("Anna Berg", "Bo Dal")
    )
    move_appearance(session, SYSTEM, second.id, -1)
    edit_appearance(session, SYSTEM, second.id, 1, AppearanceEdit(title="Chef", role="host", is_former=True))
    with pytest.raises(Refused, match="stale"):
        edit_appearance(session, SYSTEM, second.id, 1, AppearanceEdit())
    remove_appearance(session, SYSTEM, first.id)
    parts = list_items(session, meeting.id)[0].people
    assert [(p.name, p.title, p.role, p.is_former) for p in parts] == [("Bo Dal", "Chef", "host", True)]
    assert [p.name for p in find_speakers(session, "anna")] == ["Anna Berg"]


def test_an_unknown_person_is_not_found(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item())
    with pytest.raises(NotFound):
        add_appearance(session, SYSTEM, only, AppearanceInput(person_id=999_999))
    assert session.scalars(select(Appearance).order_by(Appearance.id)).all() == []


def test_an_organisation_is_known_by_its_name_or_its_short_name(session: Session, people: People) -> None:
    assert find_organisation_id(session, "RIVAL aps") == people.rival.organisation_id
    assert [find_organisation_id(session, name) for name in ("", "Riv", "100 %")] == [None, None, None]


def test_those_who_spoke_for_an_organisation_are_told_only_of_open_meetings(
    session: Session, people: People, meeting: Meeting
) -> None:
    (only,) = put(session, meeting, item("Emnet"))
    organisation_id = people.vendor.organisation_id or 0
    add_appearance(session, SYSTEM, only, AppearanceInput(name="Anna Berg", organisation="Soft A/S"))
    add_appearance(session, SYSTEM, only, AppearanceInput(organisation="Soft A/S"))
    assert read(session, spoken_for(STRANGER, organisation_id)) == []
    assert len(read(session, spoken_for(people.staff, organisation_id))) == 1
    publish_meeting(session, SYSTEM, meeting.id)
    (spoken,) = read(session, spoken_for(STRANGER, organisation_id))
    assert (spoken.name, spoken.item_title, spoken.meeting.key) == ("Anna Berg", "Emnet", meeting.key)


# --- groups


def test_groups_have_a_task_people_and_a_theme(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item("Grupper", kind="group_session"))
    strategy = Strategy(key="kdp", name="Program", level="municipal", owner="KL")
    session.add(strategy)
    session.flush()
    theme = Theme(strategy_id=strategy.id, key="klima", code="1", position=1, name="Klima")
    session.add(theme)
    session.flush()
    given = GroupInput(
        name="Bord 1", task="Tre ønsker", facilitator="Fie", rapporteur="Rie", theme_id=theme.id
    )
    first = add_group(session, SYSTEM, only, given).id
    second = add_group(session, SYSTEM, only, GroupInput(name="Bord 2")).id
    move_group(session, SYSTEM, second, -1)
    move_group(session, SYSTEM, second, -1)
    edit_group(session, SYSTEM, second, 1, GroupInput(name="Bord 2", facilitator="Ib"))
    with pytest.raises(Refused, match="stale"):
        edit_group(session, SYSTEM, second, 1, GroupInput(name="Bord 2"))
    assert [
        (g.name, g.task, g.facilitator, g.rapporteur, g.theme_name, g.theme_path)
        for g in list_groups(session, meeting.id)
    ] == [
        ("Bord 2", "", "Ib", "", None, None),
        ("Bord 1", "Tre ønsker", "Fie", "Rie", "Klima", "/temaer/kdp/klima"),
    ]
    remove_group(session, SYSTEM, first)
    assert session.scalars(select(Group.name).order_by(Group.id)).all() == ["Bord 2"]


def test_an_unknown_theme_is_refused(session: Session, meeting: Meeting) -> None:
    (only,) = put(session, meeting, item())
    with pytest.raises(Refused, match="unknown_group_theme"):
        add_group(session, SYSTEM, only, GroupInput(name="Bord", theme_id=999_999))


# --- what does not fit


def clashes(session: Session, meeting: Meeting) -> list[tuple[str, str, str, str, int]]:
    view = find_meeting(session, SYSTEM, meeting.key)
    assert view is not None
    found = find_clashes(view.starts_at, view.ends_at, list_items(session, meeting.id))
    return [(c.code, c.item.title, c.other.title if c.other else "", c.name, c.minutes) for c in found]


def test_a_programme_that_fits_has_nothing_said_of_it(session: Session, meeting: Meeting) -> None:
    put(
        session,
        meeting,
        item("A", "9", "10"),
        item("B", "10", "11", track="A"),
        item("C", "10", "11", track="B"),
        item("D", "11", "12"),
        item("Uden tid"),
    )
    assert clashes(session, meeting) == []


def test_overlaps_in_one_track_and_with_what_all_attend_are_said(session: Session, meeting: Meeting) -> None:
    put(
        session,
        meeting,
        item("A", "9", "10"),
        item("B", "9.45", "10.30", track="A"),
        item("C", "10", "11", track="A"),
    )
    assert clashes(session, meeting) == [("overlap", "A", "B", "", 15), ("overlap", "B", "C", "", 30)]


def test_too_early_and_too_late_are_said_in_minutes(session: Session, meeting: Meeting) -> None:
    put(session, meeting, item("A", "8.50", "9.30"), item("B", "11.30", "12.20"), item("C", "12.30"))
    assert clashes(session, meeting) == [
        ("too_early", "A", "", "", 10),
        ("too_late", "B", "", "", 20),
        ("too_late", "C", "", "", 30),
    ]


def test_somebody_in_two_tracks_at_once_is_said(session: Session, meeting: Meeting) -> None:
    first, second = put(session, meeting, item("A", "9", "10", track="A"), item("B", "9.30", "10", track="B"))
    anna = add_person(session, SYSTEM, "Anna Berg").id
    for item_id in (first, second):
        add_appearance(session, SYSTEM, item_id, AppearanceInput(person_id=anna))
    assert clashes(session, meeting) == [("two_places", "A", "B", "Anna Berg", 0)]


def test_an_order_against_the_clock_is_said(session: Session, meeting: Meeting) -> None:
    _, second = put(session, meeting, item("A", "9", "10"), item("B", "10", "11"))
    move_item(session, SYSTEM, second, -1)
    assert clashes(session, meeting) == [("out_of_order", "B", "A", "", 0)]


def test_a_meeting_without_times_is_never_overrun(session: Session) -> None:
    bare = add_meeting(session, SYSTEM, MeetingInput(title="Uden tider", held_on=date(2027, 3, 18)))
    put(session, bare, item("A", "6", "23"))
    assert clashes(session, bare) == []
