"""Staff's pages about seats: the rules, reserved seats, and what is decided about one sign-up."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.domain.meetings.models import Meeting
from app.domain.registrations.models import Registration, SeatGroup
from tests.signing_up import add_open_meeting, put_sign_up_row, sign_up_for
from tests.site import Site

HERE = "/moeder/12/rediger"
OUTSIDERS = ("loner", "vendor", "municipality", "auditor")


@pytest.fixture
def ids(site: Site) -> dict[str, int]:
    """The vendor has the only seat, and two wait."""
    with site.unit() as session:
        meeting = add_open_meeting(session, seats=1)
        people = site.people
        names = ("vendor", "rival", "municipality")
        return {name: sign_up_for(session, getattr(people, name), meeting).id for name in names}


def get_status(site: Site, registration_id: int) -> str:
    with site.unit() as session:
        return session.get_one(Registration, registration_id).status


def test_only_staff_comes_in_and_only_to_sign_ups_of_this_meeting(site: Site, ids: dict[str, int]) -> None:
    with site.unit() as session:
        add_open_meeting(session, "13")
    one = f"tilmeldinger/{ids['rival']}"
    for page in ("pladser", "pladser/ny", "tilmeldinger/ny", "tilmeldinger/afgoerelser", one, f"{one}/flyt"):
        assert {who: site.browser(who).get(f"{HERE}/{page}").status_code for who in OUTSIDERS} == (
            dict.fromkeys(OUTSIDERS, 403)
        )
        assert site.browser().get(f"{HERE}/{page}").status_code == 303
        assert site.browser("staff").get(f"{HERE}/{page}").status_code == 200
    for who in OUTSIDERS:
        assert site.browser(who).post(f"{HERE}/{one}/plads", {"reason": "Jeg vil"}).status_code == 403
    for wrong in (f"/moeder/13/rediger/{one}", f"{HERE}/{one}/noget", f"{HERE}/tilmeldinger/999999"):
        assert site.browser("staff").get(wrong).status_code == 404


def test_seats_and_rules_are_set_and_the_second_of_two_editors_is_told(
    site: Site, ids: dict[str, int]
) -> None:
    staff = site.browser("staff")
    fields = {"version": "1", "seats": "2", "offer_hours": "24", "needs_approval": "1"}
    wrong = staff.post(f"{HERE}/pladser", fields | {"offer_hours": "1000"})
    assert wrong.status_code == 422 and 'value="1000"' in wrong.text
    saved = staff.post(f"{HERE}/pladser", fields)
    assert saved.headers["location"] == f"{HERE}/pladser?kvittering=seats_saved"
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        assert (meeting.seats, meeting.offer_hours, meeting.needs_approval) == (2, 24, True)
    assert get_status(site, ids["rival"]) == "offered"
    stale = staff.post(f"{HERE}/pladser", fields | {"seats": "9"})
    assert stale.status_code == 409 and "Det står der nu, og det skrev du" in stale.text


def test_seats_are_kept_for_some_and_let_go(site: Site, ids: dict[str, int]) -> None:
    staff = site.browser("staff")
    fields = {
        "name": "<b>Udvalgte</b>",
        "seats": "1",
        "kinds": ["municipality"],
        "organisations": "Findes Ikke",
    }
    unknown = staff.post(f"{HERE}/pladser/ny", fields)
    assert unknown.status_code == 422 and "Vi kender ikke »Findes Ikke«." in unknown.text
    fields |= {"organisations": "soft a/s\nRival ApS"}
    assert staff.post(f"{HERE}/pladser/ny", fields).status_code == 303
    page = staff.get(f"{HERE}/pladser").text
    assert "&lt;b&gt;Udvalgte&lt;/b&gt;" in page and "Kommuner, Rival ApS, Soft A/S" in page
    with site.unit() as session:
        group_id = session.scalars(select(SeatGroup.id)).one()
    assert "Soft A/S" in staff.get(f"{HERE}/pladser/{group_id}").text
    edited = {"version": "1", "name": "Kommuner", "seats": "1", "kinds": ["municipality"]}
    assert staff.post(f"{HERE}/pladser/{group_id}", edited).status_code == 303
    assert staff.post(f"{HERE}/pladser/{group_id}", edited).status_code == 409
    staff.post(f"{HERE}/pladser/{group_id}/slet")
    assert "Alle pladser er for alle." in staff.get(f"{HERE}/pladser").text


def test_an_exception_needs_a_reason_and_is_listed_with_it(site: Site, ids: dict[str, int]) -> None:
    staff, one = site.browser("staff"), f"{HERE}/tilmeldinger/{ids['municipality']}"
    assert "Nr. 2 i køen" in staff.get(one).text
    without = staff.post(f"{one}/flyt", {"place": "1"})
    assert without.status_code == 422 and get_status(site, ids["municipality"]) == "waiting"
    assert staff.post(f"{one}/flyt", {"place": "1", "reason": "Holder <i>oplæg</i>"}).status_code == 303
    assert "Nr. 1 i køen" in staff.get(one).text
    assert staff.post(f"{one}/plads", {"reason": "Ordstyrer"}).status_code == 303
    late = staff.post(f"{one}/plads", {"reason": "Ordstyrer"})
    assert late.status_code == 422 and "Det er allerede afgjort" in late.text
    page = staff.get(f"{HERE}/tilmeldinger/afgoerelser").text
    for words in (
        "Fra nr. 2 til nr. 1.",
        "Holder &lt;i&gt;oplæg&lt;/i&gt;",
        "Pladsen er en ekstra",
        "Stine Stab",
    ):
        assert words in page
    assert "Har en ekstra plads" in staff.get(f"{HERE}/tilmeldinger?vis=plads").text
    assert "Nr. 1 i køen" in staff.get(f"{HERE}/tilmeldinger?vis=koe").text


def test_who_asks_gets_a_yes_by_one_press_or_a_no_with_a_reason(site: Site) -> None:
    with site.unit() as session:
        meeting = add_open_meeting(session, needs_approval=True)
        first, second = (
            sign_up_for(session, getattr(site.people, who), meeting).id for who in ("vendor", "rival")
        )
    staff = site.browser("staff")
    assert "Venter på svar" in staff.get(f"{HERE}/tilmeldinger?vis=svar").text
    yes = staff.post(f"{HERE}/tilmeldinger/{first}/ja")
    assert yes.headers["location"] == f"{HERE}/tilmeldinger?kvittering=request_approved"
    assert staff.post(f"{HERE}/tilmeldinger/{first}/ja").status_code == 409
    assert staff.post(f"{HERE}/tilmeldinger/{second}/nej", {"reason": "Kun kommuner"}).status_code == 303
    assert (get_status(site, first), get_status(site, second)) == ("registered", "declined")
    assert "Kun kommuner" in staff.get(f"{HERE}/tilmeldinger/{second}").text


def test_staff_signs_somebody_up_by_address_once(site: Site, ids: dict[str, int]) -> None:
    staff = site.browser("staff")
    fields = {"email": "gaest@et-sted.example", "name": "Gitte Gæst", "reason": "Har ringet"}
    fields |= {"organisation_name": "Nordlys Data ApS"}
    wrong = staff.post(f"{HERE}/tilmeldinger/ny", fields | {"email": "ingen adresse"})
    assert wrong.status_code == 422 and 'value="ingen adresse"' in wrong.text
    assert 'value="Nordlys Data ApS"' in wrong.text
    key = "6b3f0f0e-94f1-4a8e-9f0a-2f4c1d6e7a10"
    answers = [staff.post(f"{HERE}/tilmeldinger/ny", fields | {"key": key}) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {answers[0].headers["location"]}
    person = staff.get(answers[0].headers["location"]).text
    assert "Nr. 3 i køen" in person and "Nordlys Data ApS" in person and "Uden organisation" not in person
    again = staff.post(f"{HERE}/tilmeldinger/ny", fields)
    assert again.status_code == 422


def test_of_a_postponed_meeting_whose_old_day_has_passed_somebody_can_still_be_taken_off(site: Site) -> None:
    with site.unit() as session:
        put_off = add_open_meeting(session, "14", status="postponed", held_on=today() - timedelta(days=3))
        coming = put_sign_up_row(session, site.people.vendor, put_off).id
        held = add_open_meeting(session, "15", status="closed", held_on=today() - timedelta(days=3))
        came = put_sign_up_row(session, site.people.vendor, held).id
    staff = site.browser("staff")
    one = f"/moeder/14/rediger/tilmeldinger/{coming}"
    assert "Meld personen fra" in staff.get(one).text
    assert "Meld personen fra" not in staff.get(f"/moeder/15/rediger/tilmeldinger/{came}").text
    staff.post(f"{one}/meld-fra", {"reason": "Bedt om det i telefonen"})
    assert get_status(site, coming) == "cancelled"
