"""Planning, through the forms of staff: a meeting, its programme, people, tasks and groups."""

import re
from datetime import date
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from app.core.audit import AuditEntry
from app.core.policy import SYSTEM
from app.domain.groups.models import Group
from app.domain.groups.schemas import GroupInput
from app.domain.groups.service import add_group
from app.domain.meetings.models import AgendaItem, Appearance, Meeting, PanelTask
from app.domain.meetings.programme import add_appearance, add_item, add_task
from app.domain.meetings.publishing import publish_programme
from app.domain.meetings.queries import list_items
from app.domain.meetings.schemas import AppearanceInput, ItemInput, MeetingInput, TaskInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.organisations.models import Organisation
from app.domain.outbox.models import Batch
from app.domain.registrations import seating
from app.domain.registrations.schemas import SeatGroupInput
from app.domain.strategies.models import Strategy, Theme
from tests.site import Site

MEETING = {
    "series": "dialogforum",
    "number": "15",
    "title": "Et nyt møde",
    "held_on": "2090-03-18",
    "format": "hybrid",
}
ITEM = {"kind": "talk", "title": "Et oplæg"}


def put(site: Site, number: int = 1, published: bool = False) -> int:
    with site.unit() as session:
        given = MeetingInput(number=number, title="Mødet", held_on=date(2090, 3, 18), starts="9", ends="12")
        meeting = add_meeting(session, SYSTEM, given)
        if published:
            publish_meeting(session, SYSTEM, meeting.id)
        return meeting.id


def put_item(site: Site, meeting_id: int, title: str = "Panel", kind: str = "panel", **values: Any) -> int:
    with site.unit() as session:
        return add_item(session, SYSTEM, meeting_id, ItemInput(kind=kind, title=title, **values)).id  # type: ignore[arg-type]


def publish_draft(site: Site, meeting_id: int) -> None:
    with site.unit() as session:
        version = session.get_one(Meeting, meeting_id).programme_version
        publish_programme(session, SYSTEM, meeting_id, version)


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def count(site: Site, table: Any) -> int:
    with site.unit() as session:
        return session.scalar(select(func.count()).select_from(table))


# --- who may


STAFF_PAGES = (
    "/moeder/nyt",
    "/moeder/1/rediger",
    "/moeder/1/rediger/program",
    "/moeder/1/rediger/program/1/medvirkende",
)


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_a_stranger_is_asked_to_sign_in_and_others_are_refused(site: Site, path: str) -> None:
    stranger = site.browser().get(path)
    assert (stranger.status_code, stranger.headers["location"].startswith("/log-ind")) == (303, True)
    for who in ("vendor", "consultancy", "municipality", "loner", "newcomer"):
        assert site.browser(who).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/moeder/1/udgiv", "/moeder/1/kladde", "/moeder/1/rediger", "/moeder/nyt"])
def test_writing_is_refused_before_the_form_is_read(site: Site, path: str) -> None:
    put(site)
    assert site.browser("vendor").post(path, MEETING).status_code == 403
    assert site.browser().post(path, MEETING).status_code == 303
    assert count(site, Meeting) == 1


# --- a meeting


def test_a_new_meeting_is_proposed_the_next_number_and_saved_as_a_draft(site: Site) -> None:
    put(site, 14)
    staff = site.browser("staff")
    assert 'name="number" type="text" value="15"' in staff.get("/moeder/nyt").text
    host = str(site.people.staff.organisation_id)
    response = staff.post(
        "/moeder/nyt",
        MEETING
        | {
            "starts": "9.30",
            "ends": "15:00",
            "venue": "KL-huset",
            "topics": "Data\r\n\r\nKlima",
            "organisers": [host],
        },
    )
    assert response.headers["location"] == "/moeder/15/rediger/program?kvittering=meeting_added"
    page = staff.get("/moeder/15").text
    for words in ("Kladde", "Et nyt møde", "kl. 09.30", "KL-huset", "Data", "Klima", "Værtsforeningen"):
        assert words in page
    assert site.browser().get("/moeder/15").status_code == 404


def test_a_taken_number_gets_a_sentence_at_the_field_and_the_rest_stays(site: Site) -> None:
    put(site, 15)
    response = site.browser("staff").post("/moeder/nyt", MEETING | {"topics": "Mit emne"})
    assert response.status_code == 422
    assert "Der er allerede et møde med nummer 15." in response.text
    assert 'id="field-number-error"' in response.text
    assert "Mit emne" in response.text and 'value="Et nyt møde"' in response.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Udfyld feltet."),
        ({"title": "x" * 201}, "Der er plads til 200 tegn."),
        ({"held_on": "i morgen"}, "Skriv datoen som år-måned-dag"),
        ({"held_on": "3090-01-01"}, "Vælg en dato mellem 1990 og 2100."),
        ({"number": "-1"}, "Tallet skal være mindst 1."),
        ({"number": "femten"}, "Skriv et helt tal."),
        ({"starts": "12:00", "ends": "11:00"}, "Sluttidspunktet skal ligge efter starttidspunktet."),
        ({"starts": "25:99"}, "Skriv klokkeslættet som 13:30."),
        ({"format": "zoom"}, "Vælg en af mulighederne."),
        ({"join_url": "javascript:alert(1)"}, "Skriv en adresse, der begynder med https://."),
        ({"series": "findes-ikke"}, "Vælg en af møderækkerne."),
        ({"organisers": ["999999"]}, "En af arrangørerne findes ikke længere."),
        ({"introduction": "Ring til 010190-1234"}, "Teksten ligner et CPR-nummer."),
    ],
)
def test_wrong_input_gets_a_sentence_and_keeps_what_was_typed(
    site: Site, wrong: dict[str, Any], sentence: str
) -> None:
    response = site.browser("staff").post("/moeder/nyt", MEETING | {"venue": "Mit sted"} | wrong)
    assert response.status_code == 422
    assert sentence in response.text and 'value="Mit sted"' in response.text
    assert count(site, Meeting) == 0


def test_the_same_key_twice_makes_one_meeting_and_gives_the_same_answer(site: Site) -> None:
    fields = MEETING | {"key": str(uuid4())}
    answers = [site.browser("staff").post("/moeder/nyt", fields).headers["location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert count(site, Meeting) == 1


def test_a_form_without_a_key_is_refused(site: Site) -> None:
    assert site.browser("staff").post("/moeder/nyt", MEETING | {"key": "nej"}).status_code == 400


def test_a_refused_form_may_be_sent_again_with_the_same_key(site: Site) -> None:
    key = str(uuid4())
    staff = site.browser("staff")
    assert staff.post("/moeder/nyt", MEETING | {"key": key, "title": ""}).status_code == 422
    assert staff.post("/moeder/nyt", MEETING | {"key": key}).status_code == 303
    assert count(site, Meeting) == 1


def test_publishing_shows_the_meeting_and_withdrawing_undoes_it(site: Site) -> None:
    put(site)
    staff, stranger = site.browser("staff"), site.browser()
    assert staff.post("/moeder/1/udgiv").headers["location"] == "/moeder/1?kvittering=meeting_published"
    assert "Annonceret" in stranger.get("/moeder/1").text
    staff.post("/moeder/1/kladde")
    assert stranger.get("/moeder/1").status_code == 404


def test_of_two_who_edit_a_meeting_the_second_sees_both_texts(site: Site) -> None:
    put(site)
    staff, admin = site.browser("staff"), site.browser("admin")
    version = version_in(staff.get("/moeder/1/rediger").text)
    one, other = (
        MEETING | {"number": "1", "version": version, "title": t} for t in ("Den enes", "Den andens")
    )
    assert staff.post("/moeder/1/rediger", one).status_code == 303
    response = admin.post("/moeder/1/rediger", other)
    assert response.status_code == 409
    assert "Det står der nu, og det skrev du" in response.text
    assert "Den enes" in response.text and 'value="Den andens"' in response.text
    again = other | {"version": version_in(response.text)}
    assert admin.post("/moeder/1/rediger", again).status_code == 303
    assert "Den andens" in staff.get("/moeder/1").text


def test_a_published_meeting_keeps_its_number(site: Site) -> None:
    put(site, published=True)
    staff = site.browser("staff")
    version = version_in(staff.get("/moeder/1/rediger").text)
    response = staff.post("/moeder/1/rediger", MEETING | {"number": "2", "version": version})
    assert response.status_code == 422 and "nummeret kan ikke ændres" in response.text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"held_on": "2025-03-10"}, "Vælg en dag, der ikke er gået."),
        ({"date_certainty": "month"}, "Der er åbnet for tilmelding, så mødet skal have en dag."),
        ({"seats": "2"}, "Der er holdt 3 pladser fri i alt, og mødet har 2."),
    ],
)
def test_what_a_meeting_that_takes_sign_ups_cannot_have_is_said_at_the_field_and_all_that_was_typed_stays(
    site: Site, wrong: dict[str, str], sentence: str
) -> None:
    meeting_id = put(site, 15, published=True)
    with site.unit() as session:
        meeting = session.get_one(Meeting, meeting_id)
        meeting.status, meeting.seats = "open", 10
        kept = SeatGroupInput(name="Leverandører", seats=3, kinds=["vendor"])
        seating.add_group(session, site.people.staff, meeting_id, kept)
    staff = site.browser("staff")
    version = version_in(staff.get("/moeder/15/rediger").text)
    typed = MEETING | {"venue": "Mit sted", "seats": "10", "version": version} | wrong
    response = staff.post("/moeder/15/rediger", typed)
    assert response.status_code == 422
    assert sentence in response.text and 'value="Mit sted"' in response.text
    with site.unit() as session:
        meeting = session.get_one(Meeting, meeting_id)
        assert (meeting.seats, meeting.date_certainty, meeting.venue) == (10, "stated", "")
        assert session.scalars(select(Batch.id).order_by(Batch.id)).all() == []


def test_the_edit_form_holds_all_that_is_stored(site: Site) -> None:
    staff = site.browser("staff")
    host = str(site.people.staff.organisation_id)
    full = MEETING | {
        "starts": "09:30",
        "ends": "15:00",
        "venue": "KL-huset",
        "join_url": "https://moede.example/x",
        "introduction": "Velkommen til",
        "topics": "Data\nKlima",
        "organisers": [host],
        "participants_approx": "64",
        "vendor_companies": "27",
    }
    staff.post("/moeder/nyt", full)
    page = staff.get("/moeder/15/rediger").text
    for value in ("09:30", "15:00", "KL-huset", "https://moede.example/x", "64", "27", "2090-03-18", "15"):
        assert f'value="{value}"' in page
    assert "Velkommen til</textarea>" in page and "Data\nKlima</textarea>" in page
    assert f'value="{host}" checked' in page and 'value="hybrid" checked' in page


# --- the programme


def test_items_of_every_kind_come_on_the_programme(site: Site) -> None:
    meeting_id = put(site, published=True)
    staff = site.browser("staff")
    for kind in ("welcome", "status", "talk", "panel", "group_session", "plenary", "break"):
        fields = {"kind": kind, "title": f"Punkt {kind}", "summary": f"Om {kind}"}
        assert staff.post("/moeder/1/rediger/program", fields).status_code == 303
    publish_draft(site, meeting_id)
    page = site.browser().get("/moeder/1/program").text
    for words in ("Velkomst", "Status", "Oplæg", "Panel", "Gruppearbejde", "Plenum", "Om talk"):
        assert words in page


def test_the_next_item_is_proposed_to_begin_where_the_last_one_ends(site: Site) -> None:
    meeting_id = put(site)
    staff = site.browser("staff")
    assert 'name="starts" type="time" value="09:00"' in staff.get("/moeder/1/rediger/program").text
    put_item(site, meeting_id, starts="9", ends="9.45")
    assert 'name="starts" type="time" value="09:45"' in staff.get("/moeder/1/rediger/program").text


def test_what_does_not_fit_is_said_in_words(site: Site) -> None:
    meeting_id = put(site)
    put_item(site, meeting_id, "Første", starts="8.50", ends="10")
    put_item(site, meeting_id, "Andet", starts="9.45", ends="12.20")
    page = site.browser("staff").get("/moeder/1/rediger/program").text
    for sentence in (
        "3 ting passer ikke",
        "»Første« begynder 10 min. før selve mødet.",
        "»Andet« slutter 20 min. efter mødets sluttidspunkt.",
        "»Første« og »Andet« overlapper hinanden i 15 min.",
    ):
        assert sentence in page


def test_a_wrong_item_keeps_what_was_typed(site: Site) -> None:
    put(site)
    fields = {"kind": "talk", "title": "", "summary": "Mit resumé", "starts": "10:00", "ends": "09:00"}
    response = site.browser("staff").post("/moeder/1/rediger/program", fields)
    assert response.status_code == 422
    assert "Mit resumé" in response.text and "Sluttidspunktet skal ligge efter" in response.text


def test_up_and_down_move_an_item(site: Site) -> None:
    meeting_id = put(site)
    first, second = put_item(site, meeting_id, "A"), put_item(site, meeting_id, "B")
    staff = site.browser("staff")

    def move(item_id: int, step: str) -> httpx2.Response:
        version = version_in(staff.get("/moeder/1/rediger/program").text)
        return staff.post(f"/moeder/1/rediger/program/{item_id}/flyt/{step}", {"version": version})

    response = move(second, "op")
    assert response.headers["location"] == f"/moeder/1/rediger/program#punkt-{second}"
    move(first, "op")
    move(first, "ned")
    with site.unit() as session:
        assert [item.title for item in list_items(session, meeting_id)] == ["B", "A"]
    assert staff.post(f"/moeder/1/rediger/program/{first}/flyt/vaek").status_code == 404


def test_of_two_who_edit_an_item_the_second_sees_both_texts(site: Site) -> None:
    item_id = put_item(site, put(site))
    path = f"/moeder/1/rediger/program/{item_id}"
    staff = site.browser("staff")
    version = version_in(staff.get(path).text)
    assert staff.post(path, ITEM | {"version": version, "title": "Den enes"}).status_code == 303
    response = site.browser("admin").post(path, ITEM | {"version": version, "title": "Den andens"})
    assert response.status_code == 409
    assert '<td class="as-typed">Den enes</td>' in response.text and 'value="Den andens"' in response.text


def test_a_version_that_is_no_number_is_stale(site: Site) -> None:
    item_id = put_item(site, put(site))
    for version in ("", "x", "-1", "9" * 30):
        response = site.browser("staff").post(
            f"/moeder/1/rediger/program/{item_id}", ITEM | {"version": version}
        )
        assert response.status_code == 409


def test_deleting_asks_first_and_takes_what_hangs_on_the_item(site: Site) -> None:
    meeting_id = put(site)
    item_id = put_item(site, meeting_id, "Væk med det")
    with site.unit() as session:
        add_task(session, SYSTEM, item_id, TaskInput(title="O"))
        add_appearance(session, SYSTEM, item_id, AppearanceInput(name="Anna Berg"))
    path = f"/moeder/1/rediger/program/{item_id}/slet"
    staff = site.browser("staff")
    assert "Slet punktet?" in staff.get(path).text
    assert count(site, AgendaItem) == 1
    key = str(uuid4())
    answers = [staff.post(path, {"key": key}).headers["location"] for _ in range(2)]
    assert answers == ["/moeder/1/rediger/program?kvittering=item_removed"] * 2
    assert [count(site, table) for table in (AgendaItem, PanelTask, Appearance)] == [0, 0, 0]
    assert staff.get(path).status_code == 404


def test_an_item_with_groups_is_kept_and_the_page_says_why(site: Site) -> None:
    item_id = put_item(site, put(site), kind="group_session")
    with site.unit() as session:
        add_group(session, SYSTEM, item_id, GroupInput(name="Bord 1"))
    response = site.browser("staff").post(f"/moeder/1/rediger/program/{item_id}/slet")
    assert (
        response.status_code == 409 and "Der hører grupper, indspil eller oplæg til »Panel«." in response.text
    )
    assert count(site, AgendaItem) == 1


def test_an_item_of_another_meeting_or_of_none_is_a_404(site: Site) -> None:
    put(site)
    other = put_item(site, put(site, 2))
    staff = site.browser("staff")
    for item in (other, 0, 10**25):
        for rest in (
            "",
            "/slet",
            "/medvirkende",
            "/grupper/ny",
            "/opgaver/1",
            "/medvirkende/1",
            "/grupper/1",
        ):
            assert staff.get(f"/moeder/1/rediger/program/{item}{rest}").status_code == 404
        for rest in ("", "/slet", "/medvirkende", "/opgaver", "/flyt/op", "/grupper/ny"):
            assert staff.post(f"/moeder/1/rediger/program/{item}{rest}", ITEM).status_code == 404


# --- tasks


def test_tasks_are_added_edited_moved_and_deleted(site: Site) -> None:
    item_id = put_item(site, put(site))
    path = f"/moeder/1/rediger/program/{item_id}"
    staff = site.browser("staff")
    for title, limit in (("Første", ""), ("Anden", "3")):
        fields = {"title": title, "text": "Hvilke?", "answer_limit": limit}
        assert staff.post(f"{path}/opgaver", fields).status_code == 303
    with site.unit() as session:
        first, second = session.scalars(select(PanelTask.id).order_by(PanelTask.position)).all()
    staff.post(f"{path}/opgaver/{second}/flyt/op")
    version = version_in(staff.get(f"{path}/opgaver/{first}").text)
    changed = {"title": "Første igen", "text": "", "answer_limit": "2", "version": version}
    assert staff.post(f"{path}/opgaver/{first}", changed).status_code == 303
    stale = staff.post(f"{path}/opgaver/{first}", changed | {"title": "For sent"})
    assert stale.status_code == 409 and "Første igen" in stale.text and "For sent" in stale.text
    assert staff.post(f"{path}/opgaver/{first}", changed | {"answer_limit": "100"}).status_code == 422
    with site.unit() as session:
        tasks = session.scalars(select(PanelTask).order_by(PanelTask.position))
        assert [(t.title, t.answer_limit) for t in tasks] == [("Anden", 3), ("Første igen", 2)]
    assert "Slet opgaven?" in staff.get(f"{path}/opgaver/{first}/slet").text
    assert staff.post(f"{path}/opgaver/{first}/slet").status_code == 303
    assert count(site, PanelTask) == 1


def test_a_wrong_task_keeps_what_was_typed_and_leaves_the_item_alone(site: Site) -> None:
    item_id = put_item(site, put(site), "Panelet")
    response = site.browser("staff").post(
        f"/moeder/1/rediger/program/{item_id}/opgaver", {"title": "", "text": "Mit spørgsmål"}
    )
    assert response.status_code == 422
    assert "Mit spørgsmål" in response.text and 'value="Panelet"' in response.text


def test_the_list_of_errors_of_a_task_says_which_field_each_is_about(site: Site) -> None:
    item_id = put_item(site, put(site), "Panelet")
    fields = {"title": "", "text": "Mit spørgsmål", "answer_limit": "mange"}
    page = site.browser("staff").post(f"/moeder/1/rediger/program/{item_id}/opgaver", fields).text
    named = re.findall(r'<li><a href="#opgave-(\w+)">([^:<]*):', page)
    assert named == [("title", "Opgave"), ("answer_limit", "Antal svar")]


# --- people


def test_a_speaker_is_found_by_search_with_the_latest_title_to_pick(site: Site) -> None:
    old = put_item(site, put(site))
    with site.unit() as session:
        part = AppearanceInput(name="Anna Berg", title="Konsulent", organisation="Soft A/S")
        person_id = add_appearance(session, SYSTEM, old, part).person_id
    meeting_id = put(site, 2, published=True)
    item_id = put_item(site, meeting_id)
    path = f"/moeder/2/rediger/program/{item_id}/medvirkende"
    staff = site.browser("staff")
    page = staff.get(f"{path}?q=berg").text
    assert "Konsulent, Soft A/S (2090)" in page and f"{path}?person={person_id}" in page
    chosen = staff.get(f"{path}?person={person_id}").text
    assert 'value="Konsulent"' in chosen and 'value="Soft A/S"' in chosen
    assert '<option value="panellist" selected>' in chosen
    fields = {"person_id": str(person_id), "title": "Chef", "organisation": "rival aps", "role": "moderator"}
    assert staff.post(path, fields).status_code == 303
    publish_draft(site, meeting_id)
    shown = site.browser().get("/moeder/2").text
    assert "Chef, rival aps" in shown
    with site.unit() as session:
        old_part, new_part = session.scalars(select(Appearance).order_by(Appearance.id))
        rival = session.scalar(select(Organisation.id).where(Organisation.key == "rival"))
        assert (old_part.title, new_part.organisation_id, new_part.role) == ("Konsulent", rival, "moderator")


def test_the_same_person_may_have_several_titles_in_one_item(site: Site) -> None:
    meeting_id = put(site, published=True)
    item_id = put_item(site, meeting_id)
    path = f"/moeder/1/rediger/program/{item_id}/medvirkende"
    staff = site.browser("staff")
    staff.post(path, {"name": "Anna Berg", "title": "Professor", "organisation": "CBS", "role": "panellist"})
    with site.unit() as session:
        person_id = str(session.scalar(select(Appearance.person_id)))
    former = {
        "person_id": person_id,
        "title": "Medlem",
        "organisation": "Rådet",
        "is_former": "1",
        "role": "panellist",
    }
    staff.post(path, former)
    publish_draft(site, meeting_id)
    page = site.browser().get("/moeder/1/program").text
    assert "Professor, CBS; forhenværende medlem, Rådet" in page
    again = staff.post(path, former)
    assert again.status_code == 422 and "Personen står allerede ved punktet" in again.text


def test_a_new_person_with_a_known_name_is_asked_about(site: Site) -> None:
    item_id = put_item(site, put(site))
    path = f"/moeder/1/rediger/program/{item_id}/medvirkende"
    staff = site.browser("staff")
    assert 'value="Anna Berg"' in staff.get(f"{path}?ny=1&q=Anna+Berg").text
    staff.post(path, {"name": "Anna Berg", "title": "Chef", "role": "speaker"})
    fields = {"name": "Anna Berg", "title": "Lærer", "role": "speaker"}
    response = staff.post(path, fields)
    assert response.status_code == 422
    assert "Vi kender allerede en, der hedder Anna Berg." in response.text
    assert "Det er en anden med samme navn" in response.text and 'value="Lærer"' in response.text
    assert staff.post(path, fields | {"is_namesake": "1"}).status_code == 303


def test_nobody_at_all_is_refused_and_an_organisation_alone_will_do(site: Site) -> None:
    item_id = put_item(site, put(site))
    path = f"/moeder/1/rediger/program/{item_id}/medvirkende"
    staff = site.browser("staff")
    response = staff.post(path, {"title": "Chef", "role": "speaker"})
    assert response.status_code == 422 and "Skriv et navn, eller skriv i det mindste" in response.text
    assert staff.post(path, {"organisation": "KL", "role": "speaker"}).status_code == 303


def test_a_person_who_is_not_there_is_a_404_and_an_odd_number_is_passed_over(site: Site) -> None:
    item_id = put_item(site, put(site))
    path = f"/moeder/1/rediger/program/{item_id}/medvirkende"
    staff = site.browser("staff")
    assert staff.post(path, {"person_id": "999999", "role": "speaker"}).status_code == 404
    for odd in ("x", "-1", "9" * 40, "999999"):
        assert staff.get(f"{path}?person={odd}").status_code == 200


def test_a_part_is_corrected_for_its_day_only_and_taken_out(site: Site) -> None:
    item_id = put_item(site, put(site))
    path = f"/moeder/1/rediger/program/{item_id}/medvirkende"
    with site.unit() as session:
        parts = [
            add_appearance(session, SYSTEM, item_id, AppearanceInput(name=name, title="Chef")).id
            for name in ("Anna Berg", "Bo Dal")
        ]
    staff = site.browser("staff")
    staff.post(f"{path}/{parts[1]}/flyt/op")
    version = version_in(staff.get(f"{path}/{parts[0]}").text)
    fields = {"title": "Direktør", "organisation": "KL", "role": "host", "version": version}
    assert staff.post(f"{path}/{parts[0]}", fields).status_code == 303
    stale = staff.post(f"{path}/{parts[0]}", fields | {"title": "For sent"})
    assert stale.status_code == 409 and "Direktør" in stale.text and "For sent" in stale.text
    assert staff.post(f"{path}/{parts[0]}", fields | {"role": "konge"}).status_code == 422
    assert "Tag personen af punktet?" in staff.get(f"{path}/{parts[1]}/slet").text
    assert staff.post(f"{path}/{parts[1]}/slet").status_code == 303
    with site.unit() as session:
        (left,) = session.scalars(select(Appearance))
        assert (left.person_name, left.title, left.role) == ("Anna Berg", "Direktør", "host")


# --- groups


def test_groups_are_added_with_a_theme_edited_moved_and_deleted(site: Site) -> None:
    meeting_id = put(site, published=True)
    item_id = put_item(site, meeting_id, kind="group_session")
    publish_draft(site, meeting_id)
    with site.unit() as session:
        strategy = Strategy(key="kdp", name="Program", level="municipal", owner="KL")
        session.add(strategy)
        session.flush()
        theme = Theme(strategy_id=strategy.id, key="klima", code="1", position=1, name="Klimatemaet")
        session.add(theme)
        session.flush()
        theme_id = str(theme.id)
    path = f"/moeder/1/rediger/program/{item_id}/grupper"
    staff = site.browser("staff")
    assert "Klimatemaet" in staff.get(f"{path}/ny").text
    fields = {
        "name": "Bord 1",
        "task": "Tre ønsker",
        "facilitator": "Fie",
        "rapporteur": "Rie",
        "theme_id": theme_id,
    }
    assert staff.post(f"{path}/ny", fields).status_code == 303
    assert staff.post(f"{path}/ny", {"name": "Bord 2", "theme_id": ""}).status_code == 303
    assert staff.post(f"{path}/ny", {"name": "", "task": "Min opgave"}).status_code == 422
    wrong = staff.post(f"{path}/ny", {"name": "Bord 3", "theme_id": "999999"})
    assert wrong.status_code == 422 and "Temaet findes ikke længere." in wrong.text
    with site.unit() as session:
        first, second = session.scalars(select(Group.id).order_by(Group.position)).all()
    staff.post(f"{path}/{second}/flyt/op")
    version = version_in(staff.get(f"{path}/{first}").text)
    assert staff.post(f"{path}/{first}", fields | {"name": "Bord 1b", "version": version}).status_code == 303
    stale = staff.post(f"{path}/{first}", fields | {"name": "For sent", "version": version})
    assert stale.status_code == 409 and "Bord 1b" in stale.text and "For sent" in stale.text
    page = site.browser().get("/moeder/1/program").text
    assert page.index("Bord 2") < page.index("Bord 1b")
    assert "Gruppeleder: Fie" in page and 'href="/temaer/kdp/klima"' in page
    assert "Slet gruppen?" in staff.get(f"{path}/{second}/slet").text
    assert staff.post(f"{path}/{second}/slet").status_code == 303
    assert count(site, Group) == 1


# --- all of it


def test_every_change_is_in_the_log_with_who_did_it(site: Site) -> None:
    staff = site.browser("staff")
    staff.post("/moeder/nyt", MEETING)
    staff.post("/moeder/15/rediger/program", ITEM)
    staff.post("/moeder/15/udgiv")
    with site.unit() as session:
        user_id = site.people.staff.user_id
        entries = session.execute(
            select(AuditEntry.verb, AuditEntry.thing)
            .where(AuditEntry.user_id == user_id, AuditEntry.on_behalf_of_id.is_not(None))
            .order_by(AuditEntry.id)
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("add", "meeting"),
        ("add", "item"),
        ("publish", "programme"),
        ("publish", "meeting"),
    ]


def test_what_staff_typed_is_never_markup(site: Site) -> None:
    evil = "<script>alert(1)</script>"
    staff = site.browser("staff")
    bad = staff.post("/moeder/nyt", MEETING | {"title": evil, "number": "x", "topics": evil})
    assert bad.status_code == 422 and evil not in bad.text
    item_id = put_item(site, put(site), evil, summary=evil)
    with site.unit() as session:
        add_appearance(session, SYSTEM, item_id, AppearanceInput(name=evil, title=evil, organisation=evil))
        add_task(session, SYSTEM, item_id, TaskInput(title=evil, text=evil))
        add_group(session, SYSTEM, item_id, GroupInput(name=evil, task=evil))
    path = f"/moeder/1/rediger/program/{item_id}"
    for page in ("/moeder/1/rediger/program", path, f"{path}/slet", f"{path}/medvirkende?q={evil}"):
        assert evil not in staff.get(page).text


def test_the_editing_pages_ask_the_database_as_often_with_1_and_with_30(site: Site) -> None:
    counts: list[list[int]] = []
    for number, many in ((1, 1), (2, 30)):
        meeting_id = put(site, number)
        items = [put_item(site, meeting_id, f"Punkt {n}") for n in range(many)]
        with site.unit() as session:
            for n in range(many):
                part = AppearanceInput(name=f"Anna Berg {number} {n}", organisation="Soft A/S")
                add_appearance(session, SYSTEM, items[0], part)
                add_task(session, SYSTEM, items[0], TaskInput(title=f"Opgave {n}"))
                add_group(session, SYSTEM, items[0], GroupInput(name=f"Bord {n}"))
        item = f"/moeder/{number}/rediger/program/{items[0]}"
        pages = [
            "/moeder/nyt",
            f"/moeder/{number}/rediger",
            f"/moeder/{number}/rediger/program",
            item,
            f"{item}/medvirkende?q=anna",
            f"{item}/medvirkende?ny=1",
            f"{item}/grupper/ny",
            f"{item}/slet",
        ]
        counts.append([site.count_statements(site.browser("staff"), page) for page in pages])
    assert counts == [[5, 4, 6, 9, 5, 5, 6, 4]] * 2
