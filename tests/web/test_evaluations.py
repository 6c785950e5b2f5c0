"""Evaluations on their pages: answered with and without an account, arranged by staff, read by all."""

import csv
import io
import logging
import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now, today
from app.core.policy import SYSTEM
from app.domain.evaluations import by_link
from app.domain.evaluations.models import EvaluationAnswer
from app.domain.evaluations.recording import put_evaluation
from app.domain.evaluations.schemas import EvaluationFacts
from app.domain.meetings.models import Meeting
from app.http.limits import RateCount
from tests.in_room import guest_browser, open_room
from tests.said import add_meeting_row
from tests.signing_up import put_sign_up_row
from tests.site import Browser, Site, keys_in

PATH = "/moeder/10/evaluering"
STEPS = {"worth": "4", "heard": "unknown", "next": "2"}


def close_meeting(site: Site, *attending: str) -> int:
    """A meeting of today that is over, with these people signed up; its id."""
    with site.unit() as session:
        meeting = add_meeting_row(session)
        meeting.held_on, meeting.status = today(), "closed"
        for name in attending:
            put_sign_up_row(session, getattr(site.people, name), meeting)
        return meeting.id


def add_result(site: Site, meeting: Meeting, **values: Any) -> None:
    given = {
        "answers": 6,
        "worth": [0, 0, 1, 3, 2],
        "heard": [1, 1, 1, 1, 1],
        "next": [2, 1, 0, 0, 0],
    } | values
    with site.unit() as session:
        put_evaluation(session, SYSTEM, meeting.id, now(), EvaluationFacts.model_validate(given))


def own_link(site: Site, meeting_id: int) -> str:
    with site.unit() as session:
        registration = put_sign_up_row(session, site.people.vendor, session.get_one(Meeting, meeting_id))
        return by_link.address_for(session, "10", "registration", registration.id)


def checked(html: str) -> list[str]:
    return re.findall(r'value="(\w+)" checked', html)


def test_who_was_there_answers_and_may_answer_otherwise(site: Site) -> None:
    close_meeting(site, "vendor")
    browser = site.browser("vendor")
    assert "Hvad syntes du om mødet?" in browser.get("/moeder/10").text
    assert "Hvad syntes du?" in browser.get("/mit").text
    sent = browser.post(PATH, STEPS | {"remark": "<b>Tak</b>"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PATH}?kvittering=evaluation_answered")
    page = browser.get(PATH).text
    assert checked(page) == ["4", "unknown", "2"]
    assert "&lt;b&gt;Tak&lt;/b&gt;" in page and "Gem ændringen" in page
    browser.post(PATH, STEPS | {"worth": "5"})
    assert checked(browser.get(PATH).text) == ["5", "unknown", "2"]
    assert "Hvad syntes du?" not in browser.get("/mit").text
    page = site.browser("staff").get(PATH).text
    assert ("<b>1</b> har svaret indtil nu" in page, "Tak" in page) == (True, False)


def test_what_is_missing_is_said_at_its_question_and_the_rest_is_kept(site: Site) -> None:
    close_meeting(site, "vendor")
    browser = site.browser("vendor")
    refused = browser.post(PATH, {"worth": "3", "heard": "9", "remark": "010190-1234"})
    assert (refused.status_code, checked(refused.text)) == (422, ["3"])
    assert "»Vi blev hørt«: vælg et svar." in refused.text
    assert "»Jeg ved, hvad der sker nu«: vælg et svar." in refused.text
    assert "ligner et CPR-nummer" in refused.text and "»Mødet var tiden værd«" not in refused.text
    nothing = browser.post(PATH, dict.fromkeys(STEPS, "unknown"))
    assert (nothing.status_code, "Svar på mindst ét spørgsmål" in nothing.text) == (422, True)


def test_who_was_not_there_does_not_answer_and_sees_no_form(site: Site) -> None:
    close_meeting(site, "vendor")
    for who in ("stranger", "rival", "staff", "auditor"):
        browser = site.browser(who)
        assert 'name="worth"' not in browser.get(PATH).text, who
        assert browser.post(PATH, STEPS).status_code in (303, 403), who
    assert "<b>0</b> har svaret" in site.browser("staff").get(PATH).text


def test_a_guest_of_the_room_answers_without_an_account(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        meeting.held_on, meeting.status = today(), "live"
        session.flush()
        open_room(session, meeting)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    with site.unit() as session:
        session.get_one(Meeting, meeting.id).status = "closed"
    assert "Hvad syntes du om mødet?" in guest.get("/moeder/10/lokale").text
    assert guest.post(PATH, STEPS).status_code == 303
    assert checked(guest.get(PATH).text) == ["4", "unknown", "2"]


def test_the_own_link_opens_an_empty_form_and_tells_nothing(site: Site) -> None:
    meeting_id = close_meeting(site)
    link, browser = own_link(site, meeting_id), site.new_browser()
    assert (
        browser.post(link, STEPS | {"remark": "Ord"})
        .headers["location"]
        .endswith("?kvittering=evaluation_answered")
    )
    page = browser.get(link)
    assert (page.status_code, page.headers["cache-control"], checked(page.text)) == (200, "no-store", [])
    private = ("Vera", "Soft A/S", "Ord<")
    assert [word for word in private if word in page.text] == []
    assert "Tak for dit svar" in browser.get(f"{link}?kvittering=evaluation_answered").text
    refused = browser.post(link, {"worth": "5"})
    assert (refused.status_code, checked(refused.text)) == (422, ["5"])
    assert site.browser("vendor").get(PATH).text.count("checked") == 3
    wrong = link[:-1] + ("A" if link[-1] != "A" else "B")
    assert [browser.get(wrong).status_code, browser.post(wrong, STEPS).status_code] == [404, 404]
    assert [browser.post(link, STEPS).status_code for _ in range(20)][-1] == 429


def test_what_is_counted_against_abuse_names_nobody_who_answered(site: Site) -> None:
    meeting_id = close_meeting(site, "rival")
    link = own_link(site, meeting_id)
    assert site.browser("rival").post(PATH, STEPS).status_code == 303
    assert [site.new_browser().post(link, STEPS).status_code for _ in range(2)] == [303, 303]
    with site.unit() as session:
        ids = sorted(session.scalars(select(EvaluationAnswer.id)))
        counted = {row.subject: row.count for row in session.scalars(select(RateCount))}
    # The rows that it names go when the evaluation is counted. Of the client only the address is known.
    of_answers = {f"evaluation answer {ids[0]}": 1, f"evaluation answer {ids[1]}": 2}
    assert {subject: n for subject, n in counted.items() if "evaluation:" not in subject} == of_answers


def test_staff_sets_the_last_day_and_closes_once(site: Site) -> None:
    meeting_id = close_meeting(site)
    staff = site.browser("staff")
    with site.unit() as session:
        for name in ("vendor", "rival", "consultancy", "municipality", "neighbour"):
            put_sign_up_row(session, getattr(site.people, name), session.get_one(Meeting, meeting_id))
    for name in ("vendor", "rival", "consultancy", "municipality", "neighbour"):
        site.browser(name).post(PATH, STEPS | {"remark": f"<i>{name}</i>"})
    late = staff.post(f"{PATH}/frist", {"closes_on": f"{today() + timedelta(days=120)}", "version": "1"})
    assert (late.status_code, "højst 90 dage efter mødet" in late.text) == (422, True)
    day = today() + timedelta(days=2)
    assert staff.post(f"{PATH}/frist", {"closes_on": f"{day}", "version": "1"}).status_code == 303
    assert f'value="{day}"' in staff.get(PATH).text
    stale = staff.post(f"{PATH}/frist", {"closes_on": f"{day}", "version": "1"})
    assert (stale.status_code, "ændret af en anden" in stale.text) == (409, True)
    assert site.browser("vendor").post(f"{PATH}/luk").status_code == 403
    key = keys_in(staff.get(PATH).text)[0]
    closed = [staff.post(f"{PATH}/luk", {"key": key}) for _ in range(2)]
    assert {one.headers["location"] for one in closed} == {f"{PATH}?kvittering=evaluation_counted"}
    page = staff.get(PATH).text
    assert "&lt;i&gt;rival&lt;/i&gt;" in page and "5 har svaret" in page
    assert "rival" not in site.browser("vendor").get(PATH).text
    gone = re.search(rf'action="({PATH}/bemaerkninger/[0-9a-f-]+/slet)"', page)
    assert gone is not None and staff.post(gone[1]).status_code == 303
    assert staff.get(PATH).text.count("/slet") == 4
    assert staff.post(gone[1]).status_code == 404


def test_a_result_is_read_by_all_with_its_figures(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
    add_result(site, meeting)
    page = site.new_browser().get(PATH).text
    assert "<b>4,2</b>" in page and "83 % svarede" in page and "I meget høj grad" in page
    # Three answered the third question: it is left out.
    assert "Jeg ved, hvad der sker nu" not in page and "færre end 5 har taget stilling" in page
    front = site.new_browser().get("/moeder/10").text
    assert "<b>4,2</b> <span>Mødet var tiden værd</span>" in front
    assert "To a very large extent" in site.new_browser().get(f"/en{PATH}").text


def test_the_line_has_a_point_for_each_meeting_in_a_constant_number_of_statements(site: Site) -> None:
    browser = site.new_browser()
    assert "Ingen møder er evalueret endnu" in browser.get("/evaluering").text
    with site.unit() as session:
        first = add_meeting_row(session)
    add_result(site, first)
    assert site.count_statements(browser, "/evaluering") == 2
    with site.unit() as session:
        meetings = [add_meeting_row(session, f"{number}") for number in range(20, 49)]
        for number, meeting in enumerate(meetings):
            meeting.held_on = date(2024, 1, 1) + timedelta(days=20 * number)
        meetings[-1].published_at = None
    for meeting in meetings:
        add_result(site, meeting)
    few = meetings[3]
    assert site.count_statements(browser, "/evaluering?raekke=findes-ikke") == 2
    page = browser.get("/evaluering").text
    assert (page.count("<circle"), page.count('<th scope="row"')) == (29 * 2, 29)
    assert f"/moeder/{few.key}/evaluering" in page and f"/moeder/{meetings[-1].key}/" not in page


def test_the_line_is_a_file_for_spreadsheets_and_programs(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
    add_result(site, meeting, remarks=["Hemmeligt"])
    browser: Browser = site.new_browser()
    text = browser.get("/evaluering.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["question"], row["step_4"], row["average"]) for row in rows] == [
        ("worth", "3", "4.17"),
        ("heard", "1", "3.0"),
    ]
    found = browser.get("/evaluering.json").json()
    assert [(row["question"], row["answers"], row["wording"]) for row in found["rows"]] == [
        ("worth", 6, 1),
        ("heard", 5, 1),
    ]
    assert "Hemmeligt" not in text + browser.get("/evaluering.json").text


def test_the_log_tells_neither_the_seal_of_an_own_link_nor_whose_it_is(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    link = own_link(site, close_meeting(site))
    browser = site.new_browser()
    with caplog.at_level(logging.INFO, "app.access"):
        sent = [browser.post(link, STEPS).status_code, browser.get(f"/en{link}").status_code]
        sent.append(browser.get(link[:-1]).status_code)
    lines = [line for record in caplog.records if "evaluering" in (line := record.getMessage())]
    told = [" ".join(line.split()[:3]) for line in lines]
    assert (sent, told) == (
        [303, 200, 404],
        [rf"POST {PATH}/\u2026 303", rf"GET {PATH}/\u2026 200", rf"GET {PATH}/\u2026 404"],
    )
