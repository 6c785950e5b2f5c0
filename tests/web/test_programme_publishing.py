"""A whole programme on the screen: its draft, its order and times, publishing it; and the panel's page."""

from datetime import date, time
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.meetings.drafts import list_draft_items
from app.domain.meetings.models import AgendaItem, Appearance, Meeting
from app.domain.meetings.programme import add_appearance, add_item, add_task, edit_item
from app.domain.meetings.queries import list_items
from app.domain.meetings.schemas import AppearanceInput, ItemInput, MeetingInput, TaskInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.outbox.models import Batch, BatchText, Letter
from app.domain.registrations.models import SignUpAnswer
from app.domain.registrations.questions import add_question
from app.domain.registrations.schemas import QuestionInput
from app.domain.speakers.schemas import AddressInput
from app.domain.speakers.service import set_address
from tests.people import with_role
from tests.signing_up import put_sign_up_row
from tests.site import Site

PLAN = "/moeder/1/rediger/program"
EVIL = "<script>alert(1)</script>"


def make_item(title: str, starts: str | None = None, ends: str | None = None, **values: Any) -> ItemInput:
    return ItemInput(**{"kind": "talk", "title": title, "starts": starts, "ends": ends} | values)


@pytest.fixture
def meeting_id(site: Site) -> int:
    """A published meeting with two talks, a speaker with an address at each, and one sign-up."""
    with site.unit() as session:
        given = MeetingInput(
            number=1, title="Mødet", held_on=date(2090, 3, 18), starts=time(9), ends=time(10)
        )
        meeting = add_meeting(session, SYSTEM, given)
        for title, name, starts, ends in (("Første", "Anna", "9", "9.30"), ("Andet", "Bo", "9.30", "10")):
            item = add_item(session, SYSTEM, meeting.id, make_item(title, starts, ends))
            part = add_appearance(session, SYSTEM, item.id, AppearanceInput(name=f"{name} Eksempel"))
            address = AddressInput(email=f"{name.lower()}@x.example")
            set_address(session, SYSTEM, meeting.id, part.person_id or 0, address)
        publish_meeting(session, SYSTEM, meeting.id)
        put_sign_up_row(session, site.people.vendor, meeting)
        return meeting.id


def change_first(site: Site, title: str = "Første, skarpere") -> None:
    """The first talk has another title and begins ten minutes later."""
    with site.unit() as session:
        item = session.scalars(select(AgendaItem).order_by(AgendaItem.position)).first()
        assert item is not None
        edit_item(session, site.people.staff, item.id, item.version, make_item(title, "9.10", "9.30"))


def version_of(site: Site, meeting_id: int) -> str:
    with site.unit() as session:
        return str(session.get_one(Meeting, meeting_id).programme_version)


def ids_of(site: Site, meeting_id: int) -> list[int]:
    with site.unit() as session:
        return [item.id for item in list_draft_items(session, meeting_id)]


def letters(site: Site) -> list[str]:
    with site.unit() as session:
        of_change = (
            select(Letter.email).join(Batch, Batch.id == Letter.batch_id).where(Batch.kind == "change")
        )
        return sorted(session.scalars(of_change))


def test_a_draft_is_for_staff_until_it_is_published_and_then_says_what_changed(
    site: Site, meeting_id: int
) -> None:
    change_first(site, f"Skarpere {EVIL}")
    staff, stranger = site.browser("staff"), site.browser()
    plan = staff.get(PLAN).text
    assert "Kladde: 2 ændringer er ikke udgivet." in plan and "ændret i kladden" in plan
    assert "Skarpere" not in stranger.get("/moeder/1/program").text
    assert "Skarpere" not in stranger.get("/moeder/1").text
    asked = staff.get(f"{PLAN}/udgiv").text
    sentences = (
        "»Første« hedder nu »Skarpere &lt;script&gt;",
        "er flyttet fra kl. 09.00 til kl. 09.10",
    )
    for sentence in sentences:
        assert sentence in asked
    assert (
        "dem, der står ved de ændrede punkter: Anna Eksempel" in asked and "også alle tilmeldte (1)" in asked
    )
    assert EVIL not in asked
    answer = staff.post(f"{PLAN}/udgiv", {"version": version_of(site, meeting_id), "tells": "concerned"})
    assert answer.headers["location"] == f"{PLAN}?kvittering=programme_published"
    page = stranger.get("/moeder/1/program").text
    assert "Ændringer i programmet" in page and all(sentence in page for sentence in sentences)
    assert "udgivet af" not in page and EVIL not in page
    assert f"udgivet af {site.people.staff.name}" in staff.get("/moeder/1/program").text


def test_only_those_at_changed_items_have_mail_in_the_outbox_and_none_has_left(
    site: Site, meeting_id: int
) -> None:
    change_first(site)
    fields = {"version": version_of(site, meeting_id), "tells": "concerned", "key": str(uuid4())}
    staff = site.browser("staff")
    answers = {staff.post(f"{PLAN}/udgiv", fields).headers["location"] for _ in range(2)}
    assert answers == {f"{PLAN}?kvittering=programme_published"}
    assert letters(site) == ["anna@x.example"]
    with site.unit() as session:
        assert session.scalars(select(Batch.status).order_by(Batch.id)).all() == ["waiting"]
        words = session.scalars(select(BatchText.body)).one()
    lines = [line for line in words.splitlines() if line.startswith("- ")]
    assert lines == [
        "- »Første« hedder nu »Første, skarpere«",
        "- »Første, skarpere« er flyttet fra kl. 09.00 til kl. 09.10",
    ]


def test_everybody_who_is_signed_up_is_told_where_staff_wants_it(site: Site, meeting_id: int) -> None:
    change_first(site)
    fields = {"version": version_of(site, meeting_id), "tells": ["concerned", "everybody"]}
    site.browser("staff").post(f"{PLAN}/udgiv", fields)
    with site.unit() as session:
        vendor = session.scalars(select(Letter.user_id).where(Letter.about == "registration")).one()
    assert vendor == site.people.vendor.user_id and len(letters(site)) == 2


def test_nobody_is_written_to_where_staff_does_not_want_it(site: Site, meeting_id: int) -> None:
    change_first(site)
    answer = site.browser("staff").post(f"{PLAN}/udgiv", {"version": version_of(site, meeting_id)})
    assert answer.headers["location"] == f"{PLAN}?kvittering=programme_published_quietly"
    assert letters(site) == []


def test_somebody_who_is_taken_off_the_programme_is_told_too(site: Site, meeting_id: int) -> None:
    with site.unit() as session:
        part = session.scalars(select(Appearance).where(Appearance.person_name == "Bo Eksempel")).one()
        item_id, part_id = part.item_id, part.id
    staff = site.browser("staff")
    assert staff.post(f"{PLAN}/{item_id}/medvirkende/{part_id}/slet").status_code == 303
    assert "Bo Eksempel medvirker ikke længere i »Andet«" in staff.get(f"{PLAN}/udgiv").text
    staff.post(f"{PLAN}/udgiv", {"version": version_of(site, meeting_id), "tells": "concerned"})
    assert letters(site) == ["bo@x.example"]
    assert "Bo Eksempel" not in site.browser().get("/moeder/1").text


def test_of_two_who_order_a_programme_the_second_is_told_and_nothing_is_overwritten(
    site: Site, meeting_id: int
) -> None:
    first, second = ids_of(site, meeting_id)
    seen = version_of(site, meeting_id)
    turned = {"version": seen, "order": [second, first], "item_id": second}
    answer = site.browser("staff").post(f"{PLAN}/raekkefoelge", turned)
    assert (answer.status_code, answer.headers["location"]) == (303, PLAN)
    late = site.browser("admin").post(f"{PLAN}/raekkefoelge", turned | {"order": [first, second]})
    assert late.status_code == 409 and "En anden har ændret programmet" in late.text
    assert ids_of(site, meeting_id) == [second, first]
    step = site.browser("admin").post(f"{PLAN}/{first}/flyt/op", {"version": seen})
    assert step.status_code == 409 and ids_of(site, meeting_id) == [second, first]


def test_of_two_who_publish_the_second_reads_the_changes_again(site: Site, meeting_id: int) -> None:
    change_first(site)
    seen = version_of(site, meeting_id)
    with site.unit() as session:
        add_item(session, SYSTEM, meeting_id, make_item("Kom til imens"))
    for path in ("udgiv", "fortryd"):
        answer = site.browser("staff").post(f"{PLAN}/{path}", {"version": seen})
        assert answer.status_code == 409 and "Kom til imens" in answer.text
        assert "En anden har ændret kladden" in answer.text
    with site.unit() as session:
        assert [item.title for item in list_items(session, meeting_id)] == ["Første", "Andet"]


def test_times_follow_an_order_and_what_overruns_is_said_in_the_answer(site: Site, meeting_id: int) -> None:
    first, second = ids_of(site, meeting_id)
    with site.unit() as session:
        long = add_item(session, SYSTEM, meeting_id, make_item("Langt", "9.30", "10.15", track="B")).id
    staff = site.browser("staff")
    fields = {"order": [long, first, second], "item_id": long, "is_for_all": "1", "flow": "1"}
    answer = staff.post(f"{PLAN}/raekkefoelge", fields | {"version": version_of(site, meeting_id)})
    assert "»Andet« slutter 45 min. efter mødets sluttidspunkt." in staff.get(answer.headers["location"]).text
    with site.unit() as session:
        assert [item.track for item in list_draft_items(session, meeting_id)] == ["", "", ""]
    again = staff.post(f"{PLAN}/tider", {"version": version_of(site, meeting_id)})
    assert again.headers["location"] == f"{PLAN}?kvittering=programme_flowed"
    odd = staff.post(f"{PLAN}/raekkefoelge", {"version": "x", "order": ["1", "y"]})
    assert odd.status_code == 409


def test_a_draft_is_thrown_away_after_it_has_been_read_once_more(site: Site, meeting_id: int) -> None:
    change_first(site)
    staff = site.browser("staff")
    assert "hedder nu »Første, skarpere«" in staff.get(f"{PLAN}/fortryd").text
    answer = staff.post(f"{PLAN}/fortryd", {"version": version_of(site, meeting_id)})
    assert answer.headers["location"] == f"{PLAN}?kvittering=programme_discarded"
    assert "skarpere" not in staff.get(PLAN).text
    assert "Der er ingen kladde" in staff.get(f"{PLAN}/fortryd").text
    assert "Der er intet at udgive" in staff.get(f"{PLAN}/udgiv").text


def test_the_panel_reads_what_was_asked_at_sign_up_and_nobody_else_does(site: Site, meeting_id: int) -> None:
    with site.unit() as session:
        panel = add_item(session, SYSTEM, meeting_id, make_item("Panelet", kind="panel")).id
        part = AppearanceInput(name="Mona Eksempel", role="moderator")
        person_id = add_appearance(session, SYSTEM, panel, part).person_id
        add_task(session, SYSTEM, panel, TaskInput(title="Tre krav"))
        asked = QuestionInput(text="Hvad vil du spørge om?", kind="text", item_id=panel)
        question = add_question(session, SYSTEM, meeting_id, asked)
        meeting = session.get_one(Meeting, meeting_id)
        sign_up = put_sign_up_row(session, site.people.rival, meeting)
        session.add(
            SignUpAnswer(
                question_id=question.id,
                registration_id=sign_up.id,
                said=[f"Hvornår? {EVIL}"],
                answered_at=now(),
            )
        )
        with_role(session, site.people.municipality, meeting_id, "speaker", person_id)
        with_role(session, site.people.neighbour, meeting_id, "facilitator")
    path = f"/moeder/1/panel/{panel}"
    for who in ("municipality", "neighbour", "staff"):
        page = site.browser(who).get(path)
        assert page.status_code == 200 and "Hvornår? &lt;script&gt;" in page.text and EVIL not in page.text
        assert "Tre krav" in page.text and "Mona Eksempel" in page.text
    assert "Hvornår?" in site.browser("staff").get(f"{PLAN}/{panel}").text
    assert site.browser("vendor").get(path).status_code == 404
    assert site.browser("municipality").get(f"/moeder/1/panel/{panel + 999}").status_code == 404
    assert site.browser().get(path).headers["location"].startswith("/log-ind")


def test_the_pages_of_a_draft_ask_the_database_as_often_with_1_and_with_30(
    site: Site, meeting_id: int
) -> None:
    counts = []
    for many in (1, 29):
        with site.unit() as session:
            for n in range(many):
                item = add_item(session, SYSTEM, meeting_id, make_item(f"Nyt {many} {n}"))
                part = AppearanceInput(name=f"Person {many} {n}", organisation="Soft A/S")
                add_appearance(session, SYSTEM, item.id, part)
                add_task(session, SYSTEM, item.id, TaskInput(title="Opgave"))
        pages = (PLAN, f"{PLAN}/udgiv", f"{PLAN}/fortryd", "/moeder/1/program")
        counts.append([site.count_statements(site.browser("staff"), page) for page in pages])
    assert counts == [[10, 11, 8, 3]] * 2


@pytest.mark.parametrize("path", ["udgiv", "fortryd", "raekkefoelge", "tider"])
def test_a_whole_programme_is_for_staff_before_the_form_is_read(
    site: Site, meeting_id: int, path: str
) -> None:
    assert site.browser("vendor").post(f"{PLAN}/{path}", {"version": "1"}).status_code == 403
    assert site.browser().post(f"{PLAN}/{path}", {"version": "1"}).headers["location"].startswith("/log-ind")
