"""The page of a meeting's roles, and what the people with roles meet at the doors."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.mail import Mail
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting, MeetingRole
from app.domain.users.models import User
from tests.said import add_card_row, add_item_row, add_meeting_row, add_speaker_row
from tests.site import Browser, Site

ROLES = "/moeder/10/roller"


@pytest.fixture
def meeting(site: Site) -> Site:
    """Two meetings; somebody speaks at the first."""
    with site.unit() as session:
        add_speaker_row(session, add_item_row(session, add_meeting_row(session, "10"), "Oplægget"))
        add_meeting_row(session, "11")
        add_meeting_row(session, "12", is_published=False)
    return site


def person_id(site: Site) -> str:
    page = site.browser("staff").get(ROLES).text
    return re.search(r"person=(\d+)", page)[1]  # type: ignore[index]


def give(site: Site, who: str, role: str, **more: str) -> None:
    user_id = str(getattr(site.people, who).user_id)
    response = site.browser("staff").post(ROLES, {"user_id": user_id, "role": role} | more)
    assert (response.status_code, response.headers.get("location")) == (303, f"{ROLES}?kvittering=role_given")


def list_mails(site: Site) -> list[tuple[str, str]]:
    with site.unit() as session:
        return [(mail.recipient, mail.subject) for mail in session.scalars(select(Mail).order_by(Mail.id))]


def test_somebody_without_an_address_is_given_a_role_too(meeting: Site) -> None:
    with meeting.unit() as session:
        session.get_one(User, meeting.people.consultancy.user_id).email = None
    give(meeting, "consultancy", "rapporteur")
    assert list_mails(meeting) == []


def test_staff_finds_somebody_gives_a_role_and_takes_it_back(meeting: Site) -> None:
    staff = meeting.browser("staff")
    found = staff.get(f"{ROLES}?q=konrad").text
    assert "konrad@huset.example" in found
    user_id = meeting.people.consultancy.user_id
    assert f'href="{ROLES}?bruger={user_id}"' in found
    assert "Konrad Konsulent" in staff.get(f"{ROLES}?bruger={user_id}").text
    give(meeting, "consultancy", "rapporteur")
    page = staff.get(ROLES).text
    assert "Konrad Konsulent" in page and "Referent" in page and "Stine Stab" in page
    (path,) = re.findall(rf'action="({ROLES}/\d+/fjern)"', page)
    response = staff.post(path)
    assert (response.status_code, response.headers["location"]) == (303, f"{ROLES}?kvittering=role_taken")
    assert "Ingen har en rolle ved mødet endnu." in staff.get(ROLES).text
    assert list_mails(meeting) == [
        ("konrad@huset.example", "Din rolle ved Møde 10: Referent"),
        ("konrad@huset.example", "Du er ikke længere referent ved Møde 10"),
    ]


def test_a_speaker_of_the_programme_is_found_with_the_name_filled_in(meeting: Site) -> None:
    page = meeting.browser("staff").get(ROLES).text
    assert "På programmet, men uden rolle" in page
    assert f'href="{ROLES}?q=Oda%20Opl%C3%A6g&amp;person={person_id(meeting)}"' in page


def test_a_speaker_without_a_place_on_the_programme_is_told_at_the_field(meeting: Site) -> None:
    fields = {"user_id": str(meeting.people.vendor.user_id), "role": "speaker"}
    response = meeting.browser("staff").post(ROLES, fields)
    assert response.status_code == 422
    assert '<a href="#field-person_id">Vælg, hvem på programmet personen er.</a>' in response.text
    assert 'value="speaker" checked' in response.text and "Vera Vendor" in response.text


@pytest.mark.parametrize(
    "fields", [{}, {"user_id": "x", "role": "king"}, {"user_id": "9" * 30, "role": "speaker"}]
)
def test_wrong_input_is_refused_and_gives_nothing(meeting: Site, fields: dict[str, str]) -> None:
    assert meeting.browser("staff").post(ROLES, fields).status_code == 422
    with meeting.unit() as session:
        assert session.scalars(select(MeetingRole.id).order_by(MeetingRole.id)).all() == []


def test_the_same_form_twice_gives_one_role_and_one_mail(meeting: Site) -> None:
    key = "00000000-0000-4000-8000-000000000002"
    for _ in range(2):
        give(meeting, "vendor", "facilitator", key=key)
    assert len(list_mails(meeting)) == 1


def test_nobody_but_staff_sees_or_changes_roles(meeting: Site) -> None:
    give(meeting, "consultancy", "facilitator")
    for who in ("vendor", "municipality", "newcomer", "loner", "auditor", "consultancy"):
        browser = meeting.browser(who)
        assert browser.get(ROLES).status_code == 403, who
        assert browser.post(ROLES, {}).status_code == 403, who
        assert browser.post(f"{ROLES}/1/fjern").status_code == 403, who
    assert meeting.browser().get(ROLES).headers["location"].startswith("/log-ind")
    assert meeting.browser("staff").get("/moeder/99/roller").status_code == 404


# --- the doors


def write(browser: Browser, key: str) -> int:
    return browser.post(f"/moeder/{key}/indspil/skriv", {"text": "Sagt højt"}).status_code


@pytest.mark.parametrize("role", ["facilitator", "rapporteur"])
def test_who_writes_down_comes_in_at_the_own_meeting_and_no_other(meeting: Site, role: str) -> None:
    give(meeting, "consultancy", role)
    browser = meeting.browser("consultancy")
    assert 'href="/moeder/10/indspil/skriv"' in browser.get("/moeder/10").text
    assert 'href="/moeder/11/indspil/skriv"' not in browser.get("/moeder/11").text
    for page in ("skriv", "mange", "maerk"):
        statuses = [
            browser.get(f"/moeder/{key}/indspil/{page}").status_code for key in ("10", "11", "12", "99")
        ]
        assert statuses == [200, 403, 404, 404], page
    assert [write(browser, key) for key in ("10", "11", "12")] == [303, 403, 404]
    assert browser.post("/moeder/10/indspil/udgiv").status_code == 403
    assert "Udgiv" not in browser.get("/moeder/10/indspil/maerk").text
    with meeting.unit() as session:
        (card,) = session.scalars(select(Contribution).order_by(Contribution.id)).all()
        assert (card.entered_by_id, card.published_at) == (meeting.people.consultancy.user_id, None)


def test_who_writes_down_reads_and_mends_what_is_hidden_there(meeting: Site) -> None:
    with meeting.unit() as session:
        here = add_card_row(session, meeting.people.staff, meeting_row(session, "10"), "Her").reference
        there = add_card_row(session, meeting.people.staff, meeting_row(session, "11"), "Der").reference
    assert meeting.browser("consultancy").get(f"/indspil/{here}").status_code == 404
    give(meeting, "consultancy", "facilitator")
    browser = meeting.browser("consultancy")
    assert browser.get(f"/indspil/{here}").status_code == 200
    assert browser.get(f"/indspil/{here}/ret").status_code == 200
    assert browser.post(f"/indspil/{here}/ret", {"text": "Rettet", "version": "1"}).status_code == 303
    assert browser.get(f"/indspil/{there}").status_code == 404
    assert browser.post(f"/indspil/{there}/ret", {"text": "Rettet", "version": "1"}).status_code == 404
    meeting.browser("staff").post("/moeder/10/indspil/udgiv")
    assert browser.get(f"/indspil/{here}/ret").status_code == 403
    assert browser.post(f"/indspil/{here}/traek-tilbage").status_code == 403


def meeting_row(session: Session, key: str) -> Meeting:
    return session.scalars(select(Meeting).where(Meeting.key == key)).one()


@pytest.mark.parametrize("role", ["assessor", "speaker"])
def test_other_roles_write_nothing_down(meeting: Site, role: str) -> None:
    give(meeting, "consultancy", role, **({"person_id": person_id(meeting)} if role == "speaker" else {}))
    browser = meeting.browser("consultancy")
    assert browser.get("/moeder/10/indspil/skriv").status_code == 403
    assert write(browser, "10") == 403


def test_a_speaker_comes_in_where_own_slides_are_put_up(meeting: Site) -> None:
    give(meeting, "consultancy", "speaker", person_id=person_id(meeting))
    with meeting.unit() as session:
        add_item_row(session, meeting_row(session, "10"), "Andres punkt")
    browser = meeting.browser("consultancy")
    assert 'href="/moeder/10/oplaeg/nyt"' in browser.get("/moeder/10").text
    page = browser.get("/moeder/10/oplaeg/nyt").text
    assert "Oplægget" in page and "Andres punkt" not in page
    assert (
        "Hører til hele mødet" not in page
        and "Sekretariatet" not in page.partition("<main")[2].partition("<footer")[0]
    )
    assert browser.get("/moeder/11/oplaeg/nyt").status_code == 403
    assert browser.get("/moeder/12/oplaeg/nyt").status_code == 404
    assert meeting.browser("rival").get("/moeder/10/oplaeg/nyt").status_code == 403


def test_a_role_that_is_taken_opens_nothing_from_that_moment(meeting: Site) -> None:
    give(meeting, "consultancy", "facilitator")
    browser = meeting.browser("consultancy")
    assert write(browser, "10") == 303
    (path,) = re.findall(rf'action="({ROLES}/\d+/fjern)"', meeting.browser("staff").get(ROLES).text)
    meeting.browser("staff").post(path)
    assert write(browser, "10") == 403


def test_asking_who_comes_stays_one_statement_with_many_roles(meeting: Site) -> None:
    browser = meeting.browser("consultancy")
    without = meeting.count_statements(browser, "/om")
    for role in ("facilitator", "rapporteur", "assessor"):
        give(meeting, "consultancy", role)
    assert (without, meeting.count_statements(browser, "/om")) == (1, 1)


def test_statements_do_not_grow_with_the_roles(meeting: Site) -> None:
    give(meeting, "vendor", "facilitator")
    one = meeting.count_statements(meeting.browser("staff"), ROLES)
    for who in ("rival", "consultancy", "municipality", "neighbour"):
        for role in ("facilitator", "rapporteur", "assessor"):
            give(meeting, who, role)
    assert (one, meeting.count_statements(meeting.browser("staff"), ROLES)) == (4, 4)
