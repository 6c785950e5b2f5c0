"""The draft of a programme: who sees what, what it changes in words, publishing, two at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.asking import read
from app.core.audit import AuditEntry
from app.core.clock import clock_of
from app.core.database import Database
from app.core.policy import STRANGER, SYSTEM, NotAllowed, Refused
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group
from app.domain.meetings.changes import Change
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.editions import editions_of, read_programme
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.programme import (
    add_appearance,
    add_item,
    add_task,
    edit_appearance,
    edit_item,
    edit_task,
    move_task,
    remove_appearance,
    remove_item,
    remove_task,
)
from app.domain.meetings.publishing import discard_draft, flow_times, publish_programme, set_order
from app.domain.meetings.queries import list_items, list_meetings, spoken_for
from app.domain.meetings.schemas import (
    AppearanceEdit,
    AppearanceInput,
    ItemInput,
    MeetingInput,
    NewDateInput,
    OrderInput,
    TaskInput,
)
from app.domain.meetings.service import add_meeting, publish_meeting, withdraw_meeting
from app.domain.meetings.states import set_new_date
from app.domain.organisations.models import Organisation
from app.domain.search.documents import list_items as list_documents
from tests.people import People


def item(title: str, starts: str | None = None, ends: str | None = None, **values: Any) -> ItemInput:
    return ItemInput(**{"kind": "talk", "title": title, "starts": starts, "ends": ends} | values)


@pytest.fixture
def meeting(session: Session) -> Meeting:
    """A published meeting with a programme of three items, two people and two tasks."""
    given = MeetingInput(title="Et møde", held_on=date(2090, 3, 18), starts=time(9), ends=time(12))
    meeting = add_meeting(session, SYSTEM, given)
    talk = add_item(session, SYSTEM, meeting.id, item("Oplæg", "09:00", "09:30"))
    panel = add_item(session, SYSTEM, meeting.id, item("Panel", "09:30", "10:30", kind="panel"))
    add_item(session, SYSTEM, meeting.id, item("Pause", "10:30", "10:45", kind="break"))
    part = AppearanceInput(name="Anna Eksempel", title="Chef", organisation="Soft A/S")
    add_appearance(session, SYSTEM, talk.id, part)
    add_appearance(session, SYSTEM, panel.id, AppearanceInput(name="Bo Eksempel", role="moderator"))
    for title in ("Første", "Anden"):
        add_task(session, SYSTEM, panel.id, TaskInput(title=title))
    publish_meeting(session, SYSTEM, meeting.id)
    return meeting


def row(session: Session, title: str) -> AgendaItem:
    return session.scalars(select(AgendaItem).where(AgendaItem.title == title)).one()


def change_everything(session: Session, meeting: Meeting) -> None:
    """One change of nearly every kind."""
    talk, panel, pause = (row(session, title) for title in ("Oplæg", "Panel", "Pause"))
    edit_item(session, SYSTEM, talk.id, 1, item("Nyt oplæg", "09:10", "09:50", summary="Om det nye"))
    anna = session.scalars(select(Appearance).where(Appearance.item_id == talk.id)).one()
    edit_appearance(session, SYSTEM, anna.id, 1, AppearanceEdit(title="Direktør", organisation="Soft A/S"))
    edit_item(session, SYSTEM, panel.id, 1, item("Panel", "09:30", "10:30", kind="panel", track="B"))
    bo = session.scalars(select(Appearance).where(Appearance.item_id == panel.id)).one()
    remove_appearance(session, SYSTEM, bo.id)
    add_appearance(session, SYSTEM, panel.id, AppearanceInput(name="Carl Ny", organisation="Rival ApS"))
    first, second = session.scalars(select(PanelTask).order_by(PanelTask.position)).all()
    edit_task(session, SYSTEM, first.id, 1, TaskInput(title="Første, skarpere"))
    move_task(session, SYSTEM, second.id, -1)
    remove_item(session, SYSTEM, pause.id)
    add_item(session, SYSTEM, meeting.id, item("Hemmeligt punkt", "11:00", "11:20"))


def test_others_read_what_is_published_until_the_draft_is(session: Session, meeting: Meeting) -> None:
    before = list_items(session, meeting.id)
    change_everything(session, meeting)
    assert [view.title for view in list_draft_items(session, meeting.id)] == [
        "Nyt oplæg",
        "Panel",
        "Hemmeligt punkt",
    ]
    shown = list_items(session, meeting.id)
    assert [(v.title, v.starts_at, v.track, v.summary) for v in shown] == [
        (v.title, v.starts_at, v.track, v.summary) for v in before
    ]
    assert [(p.name, p.title) for v in shown for p in v.people] == [
        ("Anna Eksempel", "Chef"),
        ("Bo Eksempel", ""),
    ]
    assert [task.title for view in shown for task in view.tasks] == ["Første", "Anden"]
    publish_programme(session, SYSTEM, meeting.id, meeting.programme_version)
    assert list_items(session, meeting.id) == list_draft_items(session, meeting.id)
    shown = list_items(session, meeting.id)
    assert [view.title for view in shown] == ["Nyt oplæg", "Panel", "Hemmeligt punkt"]
    assert [task.title for view in shown for task in view.tasks] == ["Anden", "Første, skarpere"]


def test_search_lists_and_organisations_know_nothing_of_a_draft(
    session: Session, people: People, meeting: Meeting
) -> None:
    rival = session.scalars(select(Organisation).where(Organisation.key == "rival")).one()
    change_everything(session, meeting)
    session.flush()
    documents = list(list_documents(session, None))
    words = " ".join(f"{one.title} {one.body} {one.background} {one.names}" for one in documents)
    assert "Hemmeligt" not in words and "Carl Ny" not in words and "Nyt oplæg" not in words
    assert list_meetings(session, STRANGER, "Hemmeligt") == []
    assert list_meetings(session, STRANGER, "Carl") == []
    assert read(session, spoken_for(STRANGER, rival.id)) == []
    publish_programme(session, SYSTEM, meeting.id, meeting.programme_version)
    assert [one.id for one in list_meetings(session, STRANGER, "Hemmeligt")] == [meeting.id]
    assert [one.name for one in read(session, spoken_for(STRANGER, rival.id))] == ["Carl Ny"]


def test_the_changes_are_listed_item_by_item_and_kept_with_the_edition(
    session: Session, people: People, meeting: Meeting
) -> None:
    change_everything(session, meeting)
    talk, panel, pause = (row(session, title).id for title in ("Oplæg", "Panel", "Pause"))
    new = row(session, "Hemmeligt punkt").id
    expected = [
        Change("item_retitled", talk, "Nyt oplæg", "Oplæg", "Nyt oplæg"),
        Change("item_moved", talk, "Nyt oplæg", "09:00", "09:10"),
        Change("item_ends", talk, "Nyt oplæg", "09:30", "09:50"),
        Change("item_text", talk, "Nyt oplæg"),
        Change("person_changed", talk, "Nyt oplæg", name="Anna Eksempel"),
        Change("item_track", panel, "Panel", "", "B"),
        Change("person_added", panel, "Panel", now="Rival ApS", name="Carl Ny"),
        Change("person_removed", panel, "Panel", name="Bo Eksempel"),
        Change("task_changed", panel, "Panel", name="Første, skarpere"),
        Change("tasks_reordered", panel, "Panel"),
        Change("item_added", new, "Hemmeligt punkt", now="11:00"),
        Change("item_removed", pause, "Pause", was="10:30"),
    ]
    programme = read_programme(session, meeting.id)
    assert programme.changes == expected
    edition = publish_programme(session, people.staff, meeting.id, programme.version)
    assert edition is not None
    assert [
        (one.number, one.published_by, list(one.changes)) for one in read(session, editions_of(meeting.id))
    ] == [(2, people.staff.name, expected)]
    assert read_programme(session, meeting.id).changes == []
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.thing == "programme").order_by(AuditEntry.id)
    ).all()[-1]
    assert (entry.verb, entry.after) == ("publish", {"edition": 2, "changes": edition.changes})
    assert publish_programme(session, people.staff, meeting.id, meeting.programme_version) is None


def test_what_is_changed_back_is_no_change(session: Session, meeting: Meeting) -> None:
    talk = row(session, "Oplæg")
    edit_item(session, SYSTEM, talk.id, 1, item("Andet", "10:50", "11:20"))
    edit_item(session, SYSTEM, talk.id, 2, item("Oplæg", "09:00", "09:30"))
    part = session.scalars(select(Appearance).where(Appearance.item_id == talk.id)).one()
    remove_appearance(session, SYSTEM, part.id)
    again = AppearanceInput(person_id=part.person_id, title="Chef", organisation="Soft A/S")
    assert add_appearance(session, SYSTEM, talk.id, again).id == part.id
    new = add_item(session, SYSTEM, meeting.id, item("Nyt"))
    remove_item(session, SYSTEM, new.id)
    assert read_programme(session, meeting.id).changes == []
    assert session.scalar(select(func.count()).where(AgendaItem.draft.is_not(None))) == 0


def test_a_draft_that_is_thrown_away_leaves_the_published_programme(
    session: Session, meeting: Meeting
) -> None:
    before = list_items(session, meeting.id)
    change_everything(session, meeting)
    discard_draft(session, SYSTEM, meeting.id, meeting.programme_version)
    after = list_draft_items(session, meeting.id)
    assert [
        (v.id, v.title, v.starts_at, [p.name for p in v.people], [t.title for t in v.tasks]) for v in after
    ] == [
        (v.id, v.title, v.starts_at, [p.name for p in v.people], [t.title for t in v.tasks]) for v in before
    ]
    assert [v.version for v in after] != [v.version for v in before]
    assert read(session, editions_of(meeting.id)) == []
    assert session.scalar(select(func.count()).select_from(AgendaItem)) == 3


def test_an_item_that_something_hangs_on_stays_in_draft_and_programme(
    session: Session, meeting: Meeting
) -> None:
    panel = row(session, "Panel")
    group = add_group(session, SYSTEM, panel.id, GroupInput(name="Bord 1"))
    with pytest.raises(Refused, match="item_in_use"):
        remove_item(session, SYSTEM, panel.id)
    assert read_programme(session, meeting.id).changes == []
    session.delete(group)
    session.flush()
    remove_item(session, SYSTEM, panel.id)
    # In the meantime something is hung on it: then publishing says so, and nothing is lost.
    add_group(session, SYSTEM, panel.id, GroupInput(name="Bord 2"))
    with pytest.raises(Refused, match="item_in_use"), session.begin_nested():
        publish_programme(session, SYSTEM, meeting.id, meeting.programme_version)
    assert [view.title for view in list_items(session, meeting.id)] == ["Oplæg", "Panel", "Pause"]


def test_drafted_times_move_along_to_a_new_day_and_a_new_beginning(
    session: Session, meeting: Meeting
) -> None:
    edit_item(session, SYSTEM, row(session, "Panel").id, 1, item("Panel", "09:40", "10:30", kind="panel"))
    given = NewDateInput(held_on=date(2090, 4, 20), starts=time(10), ends=time(13), reason="Salen")
    set_new_date(session, SYSTEM, meeting.id, meeting.version, given)
    panel = next(view for view in list_draft_items(session, meeting.id) if view.title == "Panel")
    assert panel.starts_at is not None and clock_of(panel.starts_at) == time(10, 40)
    assert panel.starts_at.date() == date(2090, 4, 20)
    assert [change.code for change in read_programme(session, meeting.id).changes] == ["item_moved"]


def test_only_the_item_that_was_moved_is_said_to_have_another_place(
    session: Session, meeting: Meeting
) -> None:
    ids = [view.id for view in list_items(session, meeting.id)]
    order = [ids[1], ids[2], ids[0]]
    set_order(session, SYSTEM, meeting.id, OrderInput(version=meeting.programme_version, order=order))
    assert [view.id for view in list_draft_items(session, meeting.id)] == order
    assert [(one.code, one.item_id) for one in read_programme(session, meeting.id).changes] == [
        ("item_reordered", ids[0])
    ]
    assert [view.id for view in list_items(session, meeting.id)] == ids


def test_times_flow_from_the_beginning_with_tracks_side_by_side(session: Session, meeting: Meeting) -> None:
    a, b = (item("A", "08:00", "08:20", track="A"), item("B", "08:00", "09:10", track="B"))
    for given in (a, item("A2", track="A"), b, item("Til sidst", kind="plenary")):
        add_item(session, SYSTEM, meeting.id, given)
    ids = {view.title: view.id for view in list_draft_items(session, meeting.id)}
    order = [ids[title] for title in ("Oplæg", "Pause", "A", "A2", "B", "Panel", "Til sidst")]
    given = OrderInput(version=meeting.programme_version, order=order, flow=True)
    set_order(session, SYSTEM, meeting.id, given)
    times = {
        view.title: (clock_of(view.starts_at), clock_of(view.ends_at))
        for view in list_draft_items(session, meeting.id)
    }
    assert times == {
        "Oplæg": (time(9), time(9, 30)),
        "Pause": (time(9, 30), time(9, 45)),
        "A": (time(9, 45), time(10, 5)),
        "A2": (time(10, 5), time(10, 25)),
        "B": (time(9, 45), time(10, 55)),
        "Panel": (time(10, 55), time(11, 55)),
        "Til sidst": (time(11, 55), time(12, 15)),
    }


def test_times_that_would_pass_midnight_or_have_no_beginning_are_refused(
    session: Session, meeting: Meeting
) -> None:
    meeting.starts_at = meeting.ends_at = None
    for view in list_draft_items(session, meeting.id):
        edit_item(session, SYSTEM, view.id, view.version, item(view.title))
    with pytest.raises(Refused, match="no_beginning"):
        flow_times(session, SYSTEM, meeting.id, meeting.programme_version)
    edit_item(session, SYSTEM, row(session, "Pause").id, 2, item("Pause", "23:50", "23:55"))
    with pytest.raises(Refused, match="past_midnight"):
        flow_times(session, SYSTEM, meeting.id, meeting.programme_version)


def test_whoever_saw_an_older_version_changes_nothing(session: Session, meeting: Meeting) -> None:
    seen = meeting.programme_version
    ids = [view.id for view in list_items(session, meeting.id)]
    remove_task(session, SYSTEM, session.scalars(select(PanelTask.id).order_by(PanelTask.id)).first() or 0)
    changes = read_programme(session, meeting.id).changes
    verbs: list[Callable[[], object]] = [
        lambda: set_order(session, SYSTEM, meeting.id, OrderInput(version=seen, order=ids[::-1])),
        lambda: flow_times(session, SYSTEM, meeting.id, seen),
        lambda: publish_programme(session, SYSTEM, meeting.id, seen),
        lambda: discard_draft(session, SYSTEM, meeting.id, seen),
        lambda: set_order(session, SYSTEM, meeting.id, OrderInput(version=seen + 1, order=ids[:2])),
    ]
    for verb in verbs:
        with pytest.raises(Refused, match="stale"):
            verb()
    assert read_programme(session, meeting.id).changes == changes and len(changes) == 1


def test_a_whole_programme_is_for_staff(session: Session, people: People, meeting: Meeting) -> None:
    order = OrderInput(version=meeting.programme_version, order=[])
    for actor in (people.stranger, people.vendor, people.municipality, people.auditor):
        for verb in (flow_times, publish_programme, discard_draft):
            with pytest.raises(NotAllowed):
                verb(session, actor, meeting.id, meeting.programme_version)
        with pytest.raises(NotAllowed):
            set_order(session, actor, meeting.id, order)


def test_of_those_who_order_and_publish_at_the_same_moment_one_does_and_the_rest_are_told(
    clone: Callable[[str], Database], empty_template: str
) -> None:
    database = clone(empty_template)
    with database.unit() as session:
        given = MeetingInput(title="Et møde", held_on=date(2090, 3, 18), starts=time(9))
        meeting_id = add_meeting(session, SYSTEM, given).id
        publish_meeting(session, SYSTEM, meeting_id)
        ids = [add_item(session, SYSTEM, meeting_id, item(title)).id for title in ("A", "B", "C", "D")]
        seen = session.get_one(Meeting, meeting_id).programme_version
    orders = [[ids[n], *ids[:n], *ids[n + 1 :]] for n in range(1, 4)]
    start = Barrier(4)

    def order_so(order: list[int]) -> str:
        return at_once(lambda s: set_order(s, SYSTEM, meeting_id, OrderInput(version=seen, order=order)))

    def at_once(verb: Callable[[Session], object]) -> str:
        start.wait(30)
        try:
            with database.unit() as session:
                verb(session)
                return "done"
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as crowd:
        waiting = [crowd.submit(order_so, order) for order in orders]
        waiting.append(crowd.submit(at_once, lambda s: publish_programme(s, SYSTEM, meeting_id, seen)))
        outcomes = [one.result() for one in waiting]
    assert sorted(outcomes) == ["done", "stale", "stale", "stale"]
    with database.unit() as session:
        programme = read_programme(session, meeting_id)
    won = outcomes.index("done")
    # The one who came first is followed to the letter, and of the others nothing is there.
    assert [view.id for view in programme.items] == (orders[won] if won < 3 else ids)
    assert len(programme.published) == (0 if won < 3 else 4)
    assert programme.version == seen + 1


def test_a_meeting_that_is_published_again_publishes_what_was_drafted(
    session: Session, meeting: Meeting
) -> None:
    withdraw_meeting(session, SYSTEM, meeting.id)
    add_item(session, SYSTEM, meeting.id, item("Nyt"))
    assert [view.title for view in list_items(session, meeting.id)] == ["Oplæg", "Panel", "Pause"]
    with pytest.raises(Refused, match="meeting_not_published"):
        publish_programme(session, SYSTEM, meeting.id, meeting.programme_version)
    publish_meeting(session, SYSTEM, meeting.id)
    assert [view.title for view in list_items(session, meeting.id)] == ["Oplæg", "Panel", "Pause", "Nyt"]
    assert [one.changes[0].code for one in read(session, editions_of(meeting.id))] == ["item_added"]
