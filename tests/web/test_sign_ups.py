"""Those who have signed up, seen by those who arrange and by nobody else: numbers, a file, a note of it."""

import csv
import io
from datetime import datetime

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import COPENHAGEN, moved_to
from app.domain.meetings.models import Meeting
from tests.people import add_actor, add_organisation_row
from tests.signing_up import CANARY, add_open_meeting, sign_up_for
from tests.site import Site

HERE = "/moeder/12/rediger/tilmeldinger"
SEATED = "Har plads"
OUTSIDERS = ("loner", "newcomer", "vendor", "municipality", "auditor")


@pytest.fixture
def meeting_id(site: Site) -> int:
    people = site.people
    with site.unit() as session:
        meeting = add_open_meeting(session, seats=10, seats_per_organisation=3)
        needs = {"agrees_to_needs": True, "diets": ["vegan"]}
        sign_up_for(session, people.vendor, meeting, is_listed=True, title="=1+1", **needs, diet_note=CANARY)
        sign_up_for(session, people.newcomer, meeting, **needs, access_needs="Teleslynge")
        sign_up_for(session, people.loner, meeting)
        return meeting.id


def list_entries(site: Site, verb: str) -> list[tuple[str, object]]:
    with site.unit() as session:
        found = session.execute(
            select(AuditEntry.user_name, AuditEntry.after)
            .where(AuditEntry.verb == verb)
            .order_by(AuditEntry.id)
        )
        return [tuple(row) for row in found]


@pytest.mark.parametrize("page", ["", ".csv", "/hensyn", "/hensyn?navne=1"])
def test_only_staff_comes_in(site: Site, meeting_id: int, page: str) -> None:
    assert {who: site.browser(who).get(HERE + page).status_code for who in OUTSIDERS} == dict.fromkeys(
        OUTSIDERS, 403
    )
    assert site.browser().get(HERE + page).status_code == 303
    assert site.browser("staff").get(HERE + page).status_code == 200


def test_the_page_counts_and_names_everybody(site: Site, meeting_id: int) -> None:
    answer = site.browser("staff").get(HERE)
    assert answer.headers["cache-control"] == "no-store"
    for words in ("Tilmeldingen er åben.", "3 af 10 pladser er taget.", "Højst 3 fra hver organisation."):
        assert words in answer.text
    for words in ("Vera Vendor", "nye@soft.example", "Lone Alene", "Uden organisation: <b>1</b>"):
        assert words in answer.text
    assert f'href="{HERE}"' in site.browser("staff").get("/moeder/12").text
    assert HERE not in site.browser("vendor").get("/moeder/12").text


def test_the_file_holds_no_formula_and_no_food_and_is_noted(site: Site, meeting_id: int) -> None:
    answer = site.browser("staff").get(f"{HERE}.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="tilmeldinger-12.csv"'
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == (
        "text/csv; charset=utf-8",
        "no-store",
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:7] + rows[0][8:] == [
        "name", "title", "organisation", "kind", "email", "standing", "listed", "status",
    ]  # fmt: skip
    assert [row[:7] + row[8:] for row in rows[1:]] == [
        ["Vera Vendor", "'=1+1", "Soft A/S", "Leverandør", "vera@soft.example", "Bekræftet", "ja", SEATED],
        ["Nye Ny", "", "Soft A/S", "Leverandør", "nye@soft.example", "Endnu ikke bekræftet", "nej", SEATED],
        ["Lone Alene", "", "", "", "lone@alene.example", "Uden organisation", "nej", SEATED],
    ]
    assert CANARY not in answer.text and "Teleslynge" not in answer.text
    assert list_entries(site, "export") == [("Stine Stab", {"rows": 3})]


def test_the_file_files_a_sign_up_of_the_night_under_its_danish_day(site: Site) -> None:
    with site.unit() as session, moved_to(datetime(2027, 3, 17, 0, 30, tzinfo=COPENHAGEN)):
        sign_up_for(session, site.people.vendor, add_open_meeting(session))
    answer = site.browser("staff").get(f"{HERE}.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[7] for row in rows] == ["signed_up", "2027-03-17"]


def test_the_food_is_numbers_first_and_names_when_asked_for_and_each_reading_is_noted(
    site: Site, meeting_id: int
) -> None:
    staff = site.browser("staff")
    summed = staff.get(f"{HERE}/hensyn").text
    assert "Vegansk: <b>2</b>" in summed and f"{CANARY}: <b>1</b>" in summed
    assert "Vera Vendor" not in summed
    assert "Vera Vendor" in staff.get(f"{HERE}/hensyn?navne=1").text
    assert list_entries(site, "read") == [
        ("Stine Stab", {"meeting_id": meeting_id, "with_names": False}),
        ("Stine Stab", {"meeting_id": meeting_id, "with_names": True}),
    ]


def test_staff_opens_and_closes_the_doors(site: Site, meeting_id: int) -> None:
    staff = site.browser("staff")
    assert "Luk for tilmelding" in staff.get(HERE).text
    staff.post(f"{HERE}/luk")
    assert "Tilmeldingen er ikke åbnet endnu." in site.browser("rival").get("/moeder/12").text
    assert "Åbn for tilmelding" in staff.get(HERE).text
    answer = staff.post(f"{HERE}/aabn")
    assert answer.headers["location"] == f"{HERE}?kvittering=sign_up_open"
    for who in OUTSIDERS:
        assert site.browser(who).post(f"{HERE}/luk").status_code == 403
    with site.unit() as session:
        assert session.get_one(Meeting, meeting_id).status == "open"
        session.get_one(Meeting, meeting_id).status = "cancelled"
    assert staff.post(f"{HERE}/aabn").status_code == 409


def test_the_seats_are_written_with_the_meeting(site: Site, meeting_id: int) -> None:
    staff = site.browser("staff")
    fields = {
        "version": "1",
        "series": "dialogforum",
        "number": "12",
        "title": "Møde 12",
        "held_on": "2090-03-01",
        "seats": "3",
        "seats_per_organisation": "2",
        "registration_closes_on": "2090-02-20",
    }
    assert staff.post("/moeder/12/rediger", fields).status_code == 303
    assert 'name="seats" type="text" value="3"' in staff.get("/moeder/12/rediger").text
    assert "Alle pladser er taget" in site.browser("rival").get("/moeder/12").text
    wrong = staff.post("/moeder/12/rediger", fields | {"seats": "0", "version": "2"})
    assert wrong.status_code == 422 and "Tallet skal være mindst 1." in wrong.text


def test_two_pages_hold_everybody_once(site: Site, meeting_id: int) -> None:
    with site.unit() as session:
        meeting = session.get_one(Meeting, meeting_id)
        meeting.seats = None
        for number in range(30):
            firm = add_organisation_row(session, f"f{number}", f"Firma {number}", "vendor")
            sign_up_for(session, add_actor(session, f"N{number} Navn", firm), meeting)
    staff = site.browser("staff")
    pages = [staff.get(f"{HERE}?side={side}").text for side in (1, 2)]
    shown = [number for number in range(30) for page in pages if f"n{number}@f{number}.example</a>" in page]
    assert shown == list(range(30))
