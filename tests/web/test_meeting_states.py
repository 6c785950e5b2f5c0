"""The states of a meeting on the screen: where it stands, calling it off, moving it, what its page says."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.meetings.models import Meeting
from app.domain.meetings.schemas import MeetingInput
from app.domain.meetings.service import add_meeting, publish_meeting
from app.domain.outbox.models import Batch
from tests.people import with_role
from tests.said import add_card_row
from tests.signing_up import put_sign_up_row
from tests.site import Site

EVIL = "<script>alert(1)</script>"


def put(site: Site, number: int = 1, status: str = "open", **values: Any) -> str:
    """A published meeting in this state; its address."""
    given = {"number": number, "title": "Mødet", "held_on": date(2090, 3, 18)} | values
    given = {"starts": time(9), "ends": time(12)} | given
    with site.unit() as session:
        meeting = add_meeting(session, site.people.staff, MeetingInput(**given))
        publish_meeting(session, site.people.staff, meeting.id)
        meeting.status = status
    return f"/moeder/{number}"


def stored(site: Site, number: int = 1) -> Meeting:
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.number == number)).one()
        session.expunge(meeting)
    return meeting


def test_a_cancelled_meeting_keeps_its_page_which_says_why_to_everybody(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    asked = staff.get(f"{path}/rediger/status/aflys").text
    assert "Aflys mødet" in asked and 'name="version" value="1"' in asked
    done = staff.post(f"{path}/rediger/status/aflys", {"version": "1", "reason": f"Salen er væk {EVIL}"})
    assert (done.status_code, done.headers["location"]) == (
        303,
        "/moeder/1/rediger/status?kvittering=meeting_cancelled_untold",
    )
    page = site.browser().get(path).text
    assert "Mødet er aflyst" in page and "Salen er væk &lt;script&gt;" in page and EVIL not in page
    assert "Det skulle have været holdt 18. marts 2090." in page
    assert 'href="/moeder/1/tilmeld"' not in page


def test_without_a_reason_nothing_is_called_off(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    answer = staff.post(f"{path}/rediger/status/udskyd", {"version": "1", "reason": "  "})
    assert (answer.status_code, "Udfyld feltet." in answer.text) == (422, True)
    assert stored(site).status == "open"


def test_who_read_an_older_version_is_told_and_the_reason_stays(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    answer = staff.post(f"{path}/rediger/status/aflys", {"version": "7", "reason": "Uvejr"})
    assert (answer.status_code, "ændret af en anden" in answer.text, "Uvejr</textarea>" in answer.text) == (
        409,
        True,
        True,
    )
    assert stored(site).status == "open"


def test_the_same_form_twice_calls_off_once_and_leads_to_the_same_page(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    fields = {"key": "0b9f7a52-1b1a-4c7e-9f6e-0a4f5a1c2d3e", "version": "1", "reason": "Uvejr"}
    answers = [staff.post(f"{path}/rediger/status/aflys", fields) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [
        "/moeder/1/rediger/status?kvittering=meeting_cancelled_untold"
    ] * 2
    assert stored(site).version == 2


def test_a_moved_meeting_says_what_it_was_and_what_it_is(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    form = staff.get(f"{path}/rediger/status/ny-dato").text
    assert 'value="2090-03-18"' in form and 'value="09:00"' in form
    staff.post(
        f"{path}/rediger/status/ny-dato",
        {"version": "1", "held_on": "2090-04-04", "starts": "10", "ends": "13", "date_certainty": "stated"},
    )
    page = site.browser().get(path).text
    assert "Mødet er flyttet" in page
    assert "Det holdes nu 4. april 2090 kl. 10.00–13.00 og ikke 18. marts 2090 kl. 09.00" in " ".join(
        page.split()
    )


def test_a_day_that_has_passed_is_refused_at_its_field(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    answer = staff.post(
        f"{path}/rediger/status/ny-dato",
        {"version": "1", "held_on": "2020-04-04", "date_certainty": "stated", "reason": "Min grund"},
    )
    assert answer.status_code == 422
    assert "Vælg en dag, der ikke er gået." in answer.text and "Min grund" in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize(
    ("certainty", "shown"),
    [("tentative", ("18. marts 2090", "foreløbig dato")), ("month", ("marts 2090", "kun måneden er kendt"))],
)
def test_a_day_that_is_not_fixed_is_said_in_words_wherever_it_stands(
    site: Site, certainty: str, shown: tuple[str, str]
) -> None:
    path = put(site, status="announced", date_certainty=certainty)
    for address in (path, "/moeder", "/"):
        page = site.browser().get(address).text
        assert all(words in page for words in shown), address
        assert ("31. marts" in page, "18. marts" in page) == (False, certainty == "tentative")


def test_the_status_page_shows_only_what_may_follow(site: Site) -> None:
    staff = site.browser("staff")
    open_page = staff.get(put(site) + "/rediger/status").text
    assert all(word in open_page for word in ("/status/aflys", "/status/udskyd", "/status/ny-dato"))
    assert "/referat#afgoer" not in open_page and 'aria-current="step"' in open_page
    held = staff.get(put(site, 2, "minutes_in_review", held_on=date(2020, 1, 1)) + "/rediger/status").text
    assert "/referat#afgoer" in held and "/status/aflys" not in held


def test_a_press_that_no_longer_fits_is_answered_in_words(site: Site) -> None:
    path = put(site, status="approved", held_on=date(2020, 1, 1))
    answer = site.browser("staff").post(f"{path}/rediger/status/slut")
    assert (answer.status_code, "som mødet står nu" in answer.text) == (422, True)
    assert site.browser("staff").get(f"{path}/rediger/status/aflys").status_code == 303
    assert site.browser("staff").post(f"{path}/rediger/status/nej").status_code == 404


def test_only_staff_comes_to_the_states(site: Site) -> None:
    path = put(site)
    for page in ("", "/aflys", "/ny-dato"):
        assert site.browser().get(f"{path}/rediger/status{page}").status_code == 303
        assert site.browser("vendor").get(f"{path}/rediger/status{page}").status_code == 403
        assert site.browser("vendor").post(f"{path}/rediger/status{page or '/start'}").status_code == 403


def test_the_status_page_asks_the_database_a_fixed_number_of_times(site: Site) -> None:
    assert site.count_statements(site.browser("staff"), put(site) + "/rediger/status") == 3


def read_notice(site: Site, location: str) -> str:
    """The page to which a form led, with what it says was done."""
    return site.browser("staff").get(location).text


TOLD = "Beskeden ligger i udbakken"
ROW = "ligger i udbakken, til du har læst og sendt den"


def test_where_there_is_nobody_to_write_to_no_message_is_said_to_wait(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    day = {"version": "1", "held_on": "2090-04-04", "date_certainty": "stated"}
    moved = staff.post(f"{path}/rediger/status/ny-dato", day)
    page = read_notice(site, moved.headers["location"])
    assert "Der er ingen besked at sende." in page and TOLD not in page and ROW not in page
    off = {"version": "2", "reason": "Salen er væk"}
    for word, sentence in (("udskyd", "Mødet er udskudt"), ("aflys", "Mødet er aflyst")):
        done = staff.post(f"{path}/rediger/status/{word}", off)
        page = read_notice(site, done.headers["location"])
        assert f"{sentence}, og siden siger hvorfor. Der er ingen at skrive til endnu." in page
        assert TOLD not in page and ROW not in page
        off = {"version": str(int(off["version"]) + 1), "reason": "Salen er stadig væk"}


def test_the_message_that_waits_is_shown_until_it_was_sent(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    with site.unit() as session:
        with_role(session, site.people.rival, session.scalars(select(Meeting.id)).one(), "facilitator")
    done = staff.post(f"{path}/rediger/status/aflys", {"version": "1", "reason": "Salen er væk"})
    page = read_notice(site, done.headers["location"])
    with site.unit() as session:
        batch = session.scalars(select(Batch)).one()
    assert TOLD in page and ROW in page and f'href="/udbakke/{batch.id}"' in page
    staff.post(f"/udbakke/{batch.id}/send", {"version": str(batch.version)})
    assert ROW not in staff.get(f"{path}/rediger/status").text


def test_a_held_meeting_that_much_was_said_at_is_not_made_a_draft_in_one_press(site: Site) -> None:
    path, staff = put(site, status="closed", held_on=date(2020, 1, 1)), site.browser("staff")
    assert f'action="{path}/kladde"' in staff.get(f"{path}/rediger/status").text
    with site.unit() as session:
        meeting = session.scalars(select(Meeting)).one()
        add_card_row(session, site.people.staff, meeting)
    assert f'action="{path}/kladde"' not in staff.get(f"{path}/rediger/status").text
    refused = staff.post(f"{path}/kladde")
    assert refused.status_code == 409
    assert "Mødet er holdt, og der er indspil eller et referat fra det" in refused.text
    assert stored(site).status == "closed"


HELD_ALL_THE_SAME = "Mødet bliver holdt alligevel"


@pytest.mark.parametrize("word", ["aflys", "udskyd"])
def test_what_is_off_on_a_day_that_is_over_is_offered_a_new_day_and_not_the_old_one(
    site: Site, word: str
) -> None:
    path, staff = put(site), site.browser("staff")
    staff.post(f"{path}/rediger/status/{word}", {"version": "1", "reason": "Uvejr"})
    assert HELD_ALL_THE_SAME in staff.get(f"{path}/rediger/status").text
    with site.unit() as session:
        session.scalars(select(Meeting)).one().held_on = date(2020, 1, 1)
    page = staff.get(f"{path}/rediger/status").text
    assert HELD_ALL_THE_SAME not in page and "/status/genoptag" not in page
    assert "Sæt en ny dato" in page and "/status/ny-dato" in page
    day = {"version": "2", "held_on": "2090-04-04", "date_certainty": "stated"}
    assert staff.post(f"{path}/rediger/status/ny-dato", day).status_code == 303
    assert stored(site).status == "open"


def test_a_cancelling_undone_that_leads_back_to_postponed_says_so_before_and_after(site: Site) -> None:
    path, staff = put(site), site.browser("staff")
    staff.post(f"{path}/rediger/status/udskyd", {"version": "1", "reason": "Lokalet brændte"})
    staff.post(f"{path}/rediger/status/aflys", {"version": "2", "reason": "Salen er væk"})
    page = staff.get(f"{path}/rediger/status").text
    assert ("Fortryd aflysningen" in page, HELD_ALL_THE_SAME in page) == (True, False)
    done = staff.post(f"{path}/rediger/status/genoptag")
    page = read_notice(site, done.headers["location"])
    assert ("Mødet er igen udskudt." in page, "holdt som planlagt" in page) == (True, False)
    assert stored(site).status == "postponed"


def test_taking_a_page_away_is_offered_only_where_it_is_done(site: Site) -> None:
    staff = site.browser("staff")
    past = date(2020, 1, 1)
    never_closed = put(site, 1, "open", held_on=past)
    signed_up_for, free = put(site, 2, "closed", held_on=past), put(site, 3, "announced")
    with site.unit() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.number == 2)).one()
        put_sign_up_row(session, site.people.vendor, meeting)
    offered = [
        f"{path}/kladde" in staff.get(f"{path}/rediger/status").text
        for path in (never_closed, signed_up_for, free)
    ]
    assert offered == [False, False, True]
    assert [staff.post(f"{path}/kladde").status_code for path in (never_closed, signed_up_for, free)] == [
        409,
        409,
        303,
    ]
