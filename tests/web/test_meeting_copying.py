"""A new meeting from an earlier one: the preview, what comes along, what was left open, and the new day."""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select

from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.contributions.models import Answer, Contribution
from app.domain.groups.queries import list_groups
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group
from app.domain.meetings.models import Meeting
from app.domain.meetings.programme import add_appearance, add_item, add_task
from app.domain.meetings.queries import ItemView, list_items
from app.domain.meetings.schemas import AppearanceInput, ItemInput, MeetingInput, TaskInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.registrations.questions import list_questions
from tests.site import Site

EVIL = "<script>alert(1)</script>"
NEW = {"held_on": "2091-06-12", "starts": "10", "ends": "13", "format": "hybrid", "date_certainty": "stated"}
ALL = ["programme", "moderators", "tasks", "groups", "organisers", "introduction", "topics"]


def put(site: Site, items: int = 1, **values: Any) -> int:
    """Meeting 7 with a panel (task, moderator, panellist), a group session (one group), and more items."""
    given = {
        "number": 7,
        "title": "Det gamle",
        "held_on": date(2024, 3, 1),
        "starts": time(9),
        "venue": "Salen",
    }
    host = site.people.staff.organisation_id
    given |= {"introduction": "Om data", "topics": ["drift"], "organisers": [host]} | values
    with site.unit() as session:
        meeting = add_meeting(session, SYSTEM, MeetingInput(**given))
        panel = add_item(
            session, SYSTEM, meeting.id, ItemInput(kind="panel", title="Panelet", starts=time(9, 30))
        )
        add_task(session, SYSTEM, panel.id, TaskInput(title="Tre dilemmaer"))
        for name, role in (("Mie Leder", "moderator"), ("Per Panel", "panellist")):
            add_appearance(session, SYSTEM, panel.id, AppearanceInput(name=name, role=role, is_namesake=True))
        talking = add_item(session, SYSTEM, meeting.id, ItemInput(kind="group_session", title="Grupper"))
        add_group(session, SYSTEM, talking.id, GroupInput(name="Gruppe 1", task="Tal", facilitator="Finn"))
        for number in range(items - 1):
            add_item(session, SYSTEM, meeting.id, ItemInput(kind="talk", title=f"Oplæg {number}"))
        publish_meeting(session, SYSTEM, meeting.id)
    return meeting.id


def read_new(site: Site) -> tuple[Meeting, list[ItemView]]:
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).order_by(Meeting.id.desc()).limit(1)).one()
        items = list_items(session, meeting.id)
        session.expunge(meeting)
    return meeting, items


def leave_open(site: Site, meeting_id: int) -> tuple[int, int]:
    """A wish that is late, and a promise: their ids."""
    with site.unit() as session:
        wish = Contribution(
            kind="wish",
            reference="OE-0001",
            title=f"Klare mål {EVIL}",
            body="Vi mangler en retning.",
            status="received",
            meeting_id=meeting_id,
            received_at=now(),
            published_at=now(),
            answer_by=date(2024, 6, 1),
        )
        session.add(wish)
        promise = Answer(meeting_id=meeting_id, kind="promise", text="Vi måler effekten", published_at=now())
        session.add(promise)
        session.flush()
        return wish.id, promise.id


def test_the_preview_lists_what_comes_along_and_ticks_all_but_the_people(site: Site) -> None:
    put(site)
    page = site.browser("staff").get("/moeder/nyt?fra=7").text
    ticks = {
        part: f'value="{part}" checked' in page
        for part in (*ALL, "questions", "seat_groups")
        if f'name="parts" value="{part}"' in page
    }
    assert ticks == {part: part != "moderators" for part in ALL}
    assert "Mie Leder" in page and "Per Panel" not in page and "Det får nummer 8." in page


def test_a_copy_is_a_draft_with_number_and_title_of_its_own_and_times_moved_along(site: Site) -> None:
    put(site)
    done = site.browser("staff").post(
        "/moeder/7/kopi", NEW | {"parts": ALL, "seats": "60", "venue": "Ny sal"}
    )
    assert done.headers["location"] == "/moeder/8/rediger/program?kvittering=meeting_copied"
    meeting, items = read_new(site)
    assert (meeting.number, meeting.title, meeting.status, meeting.published_at) == (
        8,
        "Dialogforum i juni 2091",
        "draft",
        None,
    )
    assert (meeting.held_on, meeting.format, meeting.venue, meeting.seats) == (
        date(2091, 6, 12),
        "hybrid",
        "Ny sal",
        60,
    )
    assert (meeting.introduction, meeting.topics, meeting.join_url) == ("Om data", ["drift"], "")
    assert [(item.title, item.starts_at) for item in items] == [
        ("Panelet", datetime(2091, 6, 12, 8, 30, tzinfo=UTC)),
        ("Grupper", None),
    ]
    assert [task.title for task in items[0].tasks] == ["Tre dilemmaer"]
    assert [(part.name, part.role) for part in items[0].people] == [("Mie Leder", "moderator")]
    with site.unit() as session:
        groups = list_groups(session, meeting.id)
    assert [(one.name, one.task, one.facilitator, one.item_id) for one in groups] == [
        ("Gruppe 1", "Tal", "", items[1].id)
    ]
    assert site.browser().get("/moeder/8").status_code == 404


def test_what_is_not_ticked_stays_behind(site: Site) -> None:
    put(site)
    site.browser("staff").post("/moeder/7/kopi", NEW | {"parts": ["topics"], "title": "Helt nyt"})
    meeting, items = read_new(site)
    assert (meeting.title, meeting.introduction, meeting.topics, items) == ("Helt nyt", "", ["drift"], [])


def test_questions_and_reserved_seats_come_along(site: Site) -> None:
    put(site)
    staff = site.browser("staff")
    staff.post("/moeder/7/rediger/spoergsmaal", {"text": "Hvad vil du høre om?", "kind": "text"})
    assert "Hvad vil du høre om?" in staff.get("/moeder/nyt?fra=7").text
    staff.post("/moeder/7/kopi", NEW | {"parts": ["questions"]})
    with site.unit() as session:
        questions = list_questions(session, read_new(site)[0].id)
    assert [question.text for question in questions] == ["Hvad vil du høre om?"]


def test_what_was_left_open_is_proposed_and_becomes_items_where_it_is_ticked(site: Site) -> None:
    wish, promise = leave_open(site, put(site))
    staff = site.browser("staff")
    page = staff.get("/moeder/nyt?fra=7").text
    assert "Klare mål &lt;script&gt;" in page and EVIL not in page
    assert "Svaret skulle være kommet 1. juni 2024" in page and "Vi måler effekten" in page
    ticked = [f"contribution-{wish}", "contribution-987654", f"answer-{promise}"]
    staff.post("/moeder/7/kopi", NEW | {"carry": ticked})
    assert [(item.kind, item.title) for item in read_new(site)[1]] == [
        ("status", "Løfte (7. møde)"),
        ("status", "Siden sidst: OE-0001"),
    ]
    # What waits for the new meeting is not put forward for one more.
    again = staff.get("/moeder/nyt?fra=7").text
    assert "Klare mål" not in again and "Vi måler effekten" not in again


def test_what_was_not_said_to_all_comes_without_its_words_to_a_programme_that_all_read(site: Site) -> None:
    wish, _ = leave_open(site, put(site))
    with site.unit() as session:
        session.get_one(Contribution, wish).visibility = "municipalities"
    site.browser("staff").post("/moeder/7/kopi", NEW | {"carry": [f"contribution-{wish}"]})
    assert [(item.title, item.summary) for item in read_new(site)[1]] == [("Siden sidst: OE-0001", "")]


def test_a_wrong_day_keeps_every_tick_and_word(site: Site) -> None:
    put(site)
    wrong = NEW | {"held_on": "i morgen", "parts": ["topics"], "title": "Mit navn"}
    answer = site.browser("staff").post("/moeder/7/kopi", wrong)
    assert (answer.status_code, "Skriv datoen som år-måned-dag" in answer.text) == (422, True)
    assert 'value="Mit navn"' in answer.text and 'value="topics" checked' in answer.text
    assert 'value="programme" checked' not in answer.text
    assert read_new(site)[0].number == 7


def test_the_same_form_twice_makes_one_meeting(site: Site) -> None:
    put(site)
    fields = NEW | {"key": "0b9f7a52-1b1a-4c7e-9f6e-0a4f5a1c2d3f", "parts": ALL}
    answers = [site.browser("staff").post("/moeder/7/kopi", fields) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {
        "/moeder/8/rediger/program?kvittering=meeting_copied"
    }
    assert read_new(site)[0].number == 8


def test_only_staff_copies_and_a_missing_meeting_is_a_404(site: Site) -> None:
    put(site)
    assert site.browser().get("/moeder/nyt?fra=7").status_code == 303
    assert site.browser("vendor").get("/moeder/nyt?fra=7").status_code == 403
    assert site.browser("vendor").post("/moeder/7/kopi", NEW).status_code == 403
    assert site.browser("staff").get("/moeder/nyt?fra=nej").status_code == 404


def test_the_preview_asks_the_database_as_often_with_1_and_with_30_items(site: Site) -> None:
    put(site)
    few = site.count_statements(site.browser("staff"), "/moeder/nyt?fra=7")
    put(site, 30, number=9)
    assert few == site.count_statements(site.browser("staff"), "/moeder/nyt?fra=9") == 14
