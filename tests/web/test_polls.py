"""Polls on their pages: made from a template, voted in once each, and told in words and drawings."""

import re
from typing import Any

from app.domain.meetings.models import Meeting
from tests.in_room import guest_browser, open_room
from tests.on_panels import add_open_poll
from tests.said import add_meeting_row
from tests.site import Site
from tests.web.test_panels import SCRIPT, facilitator, press


def open_poll(site: Site, kind: str = "one", **given: Any) -> tuple[Meeting, str, list[str]]:
    """A room with an open poll, its address and the ids of its options."""
    with site.unit() as session:
        meeting = add_meeting_row(session)
        open_room(session, meeting)
        poll = add_open_poll(session, meeting, kind, **given)
        path = f"/moeder/10/afstemninger/{poll.id}"
    page = guest_browser(site, meeting, shown_as="anonymous").get(path).text
    return meeting, path, re.findall(r'name="given" value="(\d+)"', page)


def test_a_vote_is_counted_once_and_can_be_changed_until_the_poll_closes(site: Site) -> None:
    meeting, path, (data, drift, _) = open_poll(site)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    taken = guest.post(path, {"given": data}, headers=SCRIPT).json()
    assert (taken["ok"], taken["words"]) == (True, {"own_vote": "Din stemme er modtaget: Data."})
    assert guest.post(path, {"given": drift}).headers["location"] == f"{path}?kvittering=poll_voted"
    page = guest.get(path).text
    assert "Din stemme er modtaget: Drift." in page
    assert re.search(rf'value="{drift}" checked', page)
    block = guest.get(f"{path}/blok/{meeting.id}").text
    assert "Drift (100 %)" in block and "Data (0 %)" in block
    leader = facilitator(site, meeting)
    assert press(leader, path, f"{path}/luk").status_code == 303
    late = guest.post(path, {"given": data}, headers=SCRIPT).json()
    assert late["stop"] == "Afstemningen er lukket og talt op."
    assert "ingen kan se, hvad du stemte" in guest.get(path).text
    assert [site.new_browser().get(one).status_code for one in (path, f"{path}/blok/{meeting.id}")] == [
        404
    ] * 2


def test_a_vote_that_does_not_fit_comes_back_with_a_sentence(site: Site) -> None:
    meeting, path, ids = open_poll(site, "several", most=2)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    refused = guest.post(path, {"given": ids})
    assert (refused.status_code, "Du kan højst give 2." in refused.text) == (422, True)
    assert refused.text.count("checked") == 3
    assert guest.post(path, {"given": ids}, headers=SCRIPT).json() == {
        "errors": {"given": "Du kan højst give 2."}
    }
    assert guest.post(path, {}, headers=SCRIPT).json() == {"errors": {"given": "Udfyld feltet."}}


def test_a_hidden_result_stands_on_no_page_before_the_poll_is_closed(site: Site) -> None:
    meeting, path, ids = open_poll(site, hides_results=True, visibility="public")
    guest = guest_browser(site, meeting, shown_as="anonymous")
    guest.post(path, {"given": ids[0]}, headers=SCRIPT)
    leader = facilitator(site, meeting)
    pages = [
        path,
        f"{path}/blok/{meeting.id}",
        "/moeder/10/afstemninger",
        f"/moeder/10/afstemninger/blok/{meeting.id}",
    ]
    for browser in (guest, leader, site.browser("staff")):
        for page in pages:
            text = browser.get(page).text
            assert ("Resultatet vises, når" in text, "(100 %)" in text) == (True, False), page
    press(leader, path, f"{path}/luk")
    assert "Data (100 %)" in site.new_browser().get(path).text
    assert "Data (100 %)" in guest.get(pages[3]).text


def test_a_poll_is_made_from_a_template_and_opened_when_its_time_comes(site: Site) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session)
        open_room(session, meeting)
    leader, new = facilitator(site, meeting), "/moeder/10/afstemninger/ny"
    form = leader.get(f"{new}?skabelon=prioritering").text
    assert "Hvad er vigtigst at tage fat på først?" in form
    few = press(leader, new, new, kind="one", question="Hvad?", options="Kun én")
    assert (few.status_code, "Skriv mindst to muligheder" in few.text) == (422, True)
    made = press(leader, new, new, kind="one", question="Hvad <i>nu</i>?", options="Ja\r\nNej", most="3")
    path = made.headers["location"].split("?")[0]
    guest = guest_browser(site, meeting, shown_as="anonymous")
    assert guest.get(path).status_code == 404
    assert "Hvad" not in guest.get("/moeder/10/afstemninger").text.split("<h1")[1]
    assert press(leader, path, f"{path}/aabn").status_code == 303
    assert "Hvad &lt;i&gt;nu&lt;/i&gt;?" in guest.get(f"/moeder/10/afstemninger/blok/{meeting.id}").text
    assert [guest.get(new).status_code, site.browser("rival").get(new).status_code] == [303, 403]


def test_words_make_a_cloud_and_a_table_and_a_hidden_one_is_gone(site: Site) -> None:
    meeting, path, _ids = open_poll(site, "words")
    first, second = (guest_browser(site, meeting, shown_as="anonymous") for _ in range(2))
    first.post(path, {"given": ["Tillid", "", "Dumt <b>"]}, headers=SCRIPT)
    second.post(path, {"given": ["tillid"]}, headers=SCRIPT)
    block = f"{path}/blok/{meeting.id}"
    assert "Dumt &lt;b&gt;" in first.get(block).text
    leader = facilitator(site, meeting)
    assert press(leader, path, f"{path}/ord", word="Dumt <b>").status_code == 303
    assert "Dumt" not in first.get(block).text
    assert first.get(block).text.count("tillid") + first.get(block).text.count("Tillid") >= 2
