"""Calendars, files and feeds as programs fetch them, and the pages that tell how."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import html5lib
import pytest
import vobject
from lxml import etree

from app.core.clock import moved_to
from app.core.feeds import ATOM
from app.core.links import seal
from app.domain.following.service import follow
from app.domain.meetings.models import Meeting, Series
from app.domain.users.models import User
from tests.said import add_group_row, add_item_row, add_meeting_row, add_theme_rows
from tests.signing_up import put_sign_up_row
from tests.site import Browser, Site

TODAY = datetime(2027, 1, 10, 12, tzinfo=UTC)
NINE = datetime(2027, 6, 1, 7, tzinfo=UTC)
NEXT: dict[str, Any] = {
    "status": "open",
    "title": "Fælles data",
    "held_on": date(2027, 6, 1),
    "starts_at": NINE,
    "ends_at": NINE + timedelta(hours=3),
    "format": "hybrid",
    "venue": "Salen",
    "join_url": "https://skaerm.example/hemmelig",
}


@pytest.fixture(autouse=True)
def january() -> Iterator[None]:
    with moved_to(TODAY):
        yield


def add(site: Site, key: str, **values: Any) -> int:
    """A published meeting, open on 1 June 2027 unless told otherwise; its id."""
    with site.unit() as session:
        meeting = add_meeting_row(session, key)
        for name, value in (NEXT | values).items():
            setattr(meeting, name, value)
        return meeting.id


def change(site: Site, meeting_id: int, **values: Any) -> None:
    with site.unit() as session:
        meeting = session.get_one(Meeting, meeting_id)
        for name, value in values.items():
            setattr(meeting, name, value)


def fetch(browser: Browser, path: str) -> dict[str, Any]:
    """The entries of a calendar by their title, as another program reads them."""
    response = browser.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = vobject.readOne(response.text).contents.get("vevent", [])
    return {event.summary.value: event for event in events}


# --- files and feeds


def test_the_feed_holds_what_comes_years_ahead_and_what_was_for_two_years(site: Site) -> None:
    add(site, "1", title="Gammelt", held_on=date(2024, 12, 1), starts_at=None, ends_at=None)
    add(site, "2", title="Afholdt", held_on=date(2025, 3, 1), starts_at=None, ends_at=None)
    add(site, "3", title="Kladde", published_at=None)
    add(site, "4", title="Om tre år", held_on=date(2030, 4, 30), date_certainty="month", status="announced")
    add(site, "5")
    found = fetch(site.browser("staff"), "/moeder.ics")
    assert list(found) == [
        "Dialogforum: Afholdt",
        "Dialogforum: Fælles data",
        "Dialogforum: Om tre år (dato følger)",
    ]
    month = found["Dialogforum: Om tre år (dato følger)"]
    assert (month.dtstart.value, month.dtend.value) == (date(2030, 4, 1), date(2030, 5, 1))
    assert (month.status.value, month.transp.value) == ("TENTATIVE", "TRANSPARENT")
    assert found["Dialogforum: Fælles data"].transp.value == "TRANSPARENT"


@pytest.mark.parametrize(
    ("values", "status", "title"),
    [
        ({"status": "announced"}, "TENTATIVE", "Dialogforum: Fælles data"),
        ({"date_certainty": "tentative"}, "TENTATIVE", "Dialogforum: Fælles data (foreløbig dato)"),
        ({"status": "full"}, "CONFIRMED", "Dialogforum: Fælles data"),
        ({"status": "cancelled"}, "CANCELLED", "AFLYST: Dialogforum: Fælles data"),
        ({"status": "postponed"}, "CANCELLED", "UDSKUDT: Dialogforum: Fælles data"),
        ({"title": "Dialogforum om data"}, "CONFIRMED", "Dialogforum om data"),
    ],
)
def test_the_state_of_a_meeting_is_the_status_of_its_entry(
    site: Site, values: dict[str, Any], status: str, title: str
) -> None:
    add(site, "5", **values)
    found = fetch(site.browser(), "/moeder.ics")
    assert [(name, event.status.value) for name, event in found.items()] == [(title, status)]


def test_a_moved_meeting_keeps_its_name_and_counts_up(site: Site) -> None:
    meeting_id = add(site, "5")
    (before,) = fetch(site.browser(), "/moeder/5.ics").values()
    change(
        site,
        meeting_id,
        held_on=date(2027, 12, 1),
        starts_at=datetime(2027, 12, 1, 8, tzinfo=UTC),
        ends_at=None,
        moved_from=date(2027, 6, 1),
        status_reason="Salen er optaget.",
    )
    (after,) = fetch(site.browser(), "/moeder/5.ics").values()
    assert after.uid.value == before.uid.value == f"moede-{meeting_id}@testserver"
    assert int(after.sequence.value) == int(before.sequence.value) + 1
    assert before.dtstart.value.strftime("%d.%m %H:%M%z") == "01.06 09:00+0200"
    assert after.dtstart.value.strftime("%d.%m %H:%M%z") == "01.12 09:00+0100"
    assert after.description.value.splitlines()[0] == (
        "Mødet er flyttet. Det skulle have været holdt 1. juni 2027. Salen er optaget."
    )


def test_a_file_of_one_meeting_takes_the_time_and_never_holds_the_way_in(site: Site) -> None:
    add(site, "5")
    response = site.browser("staff").get("/moeder/5.ics")
    assert response.headers["content-disposition"] == 'attachment; filename="moede-5.ics"'
    assert "hemmelig" not in response.text
    calendar = vobject.readOne(response.text)
    assert "x-wr-calname" not in calendar.contents
    assert calendar.vevent.transp.value == "OPAQUE"
    assert calendar.vevent.location.value == "Salen, og på skærm"
    assert "http://testserver/moeder/5/deltag" in calendar.vevent.description.value


def test_a_draft_has_neither_file_nor_place_in_a_feed_also_for_staff(site: Site) -> None:
    add(site, "5", published_at=None, status="draft")
    assert site.browser("staff").get("/moeder/5.ics").status_code == 404
    assert fetch(site.browser("staff"), "/moeder.ics") == {}


def test_in_english_the_words_and_the_addresses_are_english(site: Site) -> None:
    add(site, "5", title_en="Shared data")
    (event,) = fetch(site.browser(), "/en/moeder.ics").values()
    assert (event.summary.value, event.url.value) == (
        "Dialogforum: Shared data",
        "http://testserver/en/moeder/5",
    )


def test_whoever_has_the_calendar_already_gets_304(site: Site) -> None:
    meeting_id = add(site, "5")
    browser = site.browser()
    for path in ("/moeder.ics", "/moeder/5.ics", "/moeder.atom"):
        first = browser.get(path)
        same = {"If-None-Match": first.headers["etag"]}
        assert (browser.get(path, headers=same).status_code, browser.get(path).text) == (304, first.text)
        change(site, meeting_id, title=f"Nyt {path}", edited_at=TODAY)
        assert browser.get(path, headers=same).status_code == 200


def test_a_series_has_a_calendar_of_its_own(site: Site) -> None:
    add(site, "5")
    with site.unit() as session:
        other = Series(key="folkemoedet", name="Folkemødet")
        session.add(other)
        session.flush()
        other_id = other.id
    add(site, "folk", title="På Bornholm", series_id=other_id)
    browser = site.browser()
    assert list(fetch(browser, "/moederaekker/folkemoedet.ics")) == ["Folkemødet: På Bornholm"]
    assert browser.get("/moederaekker/findes-ikke.ics").status_code == 404


def add_group(site: Site, meeting_id: int, theme_id: int) -> None:
    with site.unit() as session:
        add_group_row(session, session.get_one(Meeting, meeting_id)).theme_id = theme_id


def test_a_theme_holds_the_meetings_whose_groups_work_on_it_or_on_one_below(site: Site) -> None:
    with site.unit() as session:
        above, below = add_theme_rows(session, "Klima", "Varme", strategy_key="plan")
        below.parent_id = above.id
    add_group(site, add(site, "5"), below.id)
    drafted = add(site, "6", title="I kladden")
    with site.unit() as session:
        meeting = session.get_one(Meeting, drafted)
        item = add_item_row(session, meeting)
        item.is_new = True
        add_group_row(session, meeting, item).theme_id = below.id
    browser = site.browser()
    assert list(fetch(browser, "/temaer/plan/klima.ics")) == ["Dialogforum: Fælles data"]
    assert list(fetch(browser, "/temaer/plan/varme.ics")) == ["Dialogforum: Fælles data"]
    assert browser.get("/temaer/plan/ukendt.ics").status_code == 404


def test_a_calendar_costs_the_same_few_statements_for_one_meeting_as_for_thirty(site: Site) -> None:
    browser = site.browser()
    add(site, "5")
    with_one = [site.count_statements(browser, path) for path in ("/moeder.ics", "/moeder.atom")]
    for number in range(6, 36):
        add(site, str(number))
    with_many = [site.count_statements(browser, path) for path in ("/moeder.ics", "/moeder.atom")]
    assert (with_one, with_many) == ([1, 1], [1, 1])


def test_the_feed_for_readers_tells_the_newest_change_first(site: Site) -> None:
    add(site, "5", edited_at=TODAY + timedelta(hours=1))
    add(site, "6", title="Aflyst <møde>", status="cancelled", edited_at=TODAY + timedelta(hours=2))
    response = site.browser().get("/moeder.atom")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    entries = etree.fromstring(response.content).findall(f"{{{ATOM}}}entry")
    read = [[entry.findtext(f"{{{ATOM}}}{name}") for name in ("id", "title", "updated")] for entry in entries]
    assert read == [
        ["http://testserver/moeder/6", "AFLYST: Dialogforum: Aflyst <møde>", "2027-01-10T14:00:00Z"],
        ["http://testserver/moeder/5", "Dialogforum: Fælles data", "2027-01-10T13:00:00Z"],
    ]


# --- one's own


def make_own(browser: Browser) -> str:
    """A calendar of one's own; its secret address."""
    assert browser.post("/mit/kalender").status_code == 303
    return find_own(browser)


def find_own(browser: Browser) -> str:
    found = re.search(r">http://testserver(/kalender/\d+/[\w-]+\.ics)<", browser.get("/mit/kalender").text)
    return found[1] if found else ""


def test_ones_own_calendar_holds_ones_sign_ups_and_the_meetings_of_followed_themes(site: Site) -> None:
    with site.unit() as session:
        theme_id = add_theme_rows(session, "Klima")[0].id
        for key, status in (("7", "registered"), ("8", "waiting"), ("9", "cancelled")):
            meeting = session.get_one(Meeting, add(site, key, title=f"Møde {key}"))
            more = {"waiting": {"queue_place": 1}, "cancelled": {"cancelled_at": TODAY}}.get(status, {})
            put_sign_up_row(session, site.people.vendor, meeting, status=status, **more)
        follow(session, site.people.vendor, "theme", theme_id)
    add_group(site, add(site, "10", title="Om klima"), theme_id)
    address = make_own(site.browser("vendor"))
    found = fetch(site.browser(), address)
    assert {
        name: (event.status.value, event.transp.value, event.description.value.splitlines()[0])
        for name, event in found.items()
    } == {
        "Dialogforum: Møde 7": ("CONFIRMED", "OPAQUE", "Din tilmelding: du er tilmeldt."),
        "Dialogforum: Møde 8 (du står i kø)": (
            "TENTATIVE",
            "TRANSPARENT",
            "Din tilmelding: du står i kø.",
        ),
        "Dialogforum: Om klima": (
            "CONFIRMED",
            "TRANSPARENT",
            "Program og tilmelding: http://testserver/moeder/10",
        ),
    }


def test_a_new_address_closes_the_old_one_and_closing_closes_both(site: Site) -> None:
    browser, stranger = site.browser("vendor"), site.browser()
    first = make_own(browser)
    second = make_own(browser)
    assert [stranger.get(path).status_code for path in (first, second)] == [404, 200]
    assert browser.post("/mit/kalender/luk").headers["location"].endswith("kvittering=calendar_closed")
    assert (find_own(browser), stranger.get(second).status_code) == ("", 404)
    third = make_own(browser)
    assert [stranger.get(path).status_code for path in (first, second, third)] == [404, 404, 200]


def test_only_the_seal_of_this_person_opens_the_calendar(site: Site) -> None:
    address = make_own(site.browser("vendor"))
    rival_id, vendor_id = site.people.rival.user_id, site.people.vendor.user_id
    make_own(site.browser("rival"))
    with site.unit() as session:
        other = seal(session, "invitation", vendor_id or 0, 1)
    sealed = address.rsplit("/", 1)[1]
    for wrong in (
        f"/kalender/{rival_id}/{sealed}",
        f"/kalender/{vendor_id}/{other}.ics",
        f"/kalender/{vendor_id}/{'A' * 32}.ics",
        "/kalender/999999/x.ics",
        f"/kalender/{10**30}/{sealed}",
    ):
        assert site.browser().get(wrong).status_code == 404, wrong


def test_a_closed_account_has_no_calendar(site: Site) -> None:
    address = make_own(site.browser("vendor"))
    with site.unit() as session:
        session.get_one(User, site.people.vendor.user_id).disabled_at = TODAY
    assert site.browser().get(address).status_code == 404


def test_the_secret_address_is_kept_by_no_shared_cache_and_stands_in_no_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    address = make_own(site.browser("vendor"))
    with caplog.at_level(logging.DEBUG):
        response = site.browser().get(address)
        site.browser().get(address.replace(".ics", "x.ics"))
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["x-robots-tag"] == "noindex"
    user_id, sealed = address.removeprefix("/kalender/").removesuffix(".ics").split("/")
    # The rest is what the test's own client says of itself.
    said = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("app"))
    assert (sealed in said, said.count(f"/kalender/{user_id}/\\u2026")) == (False, 2)


def test_the_same_key_twice_makes_one_address(site: Site) -> None:
    browser = site.browser("vendor")
    key = {"key": "9f0b6a52-7a0a-4a5c-8c3a-1d2e3f405162"}
    browser.post("/mit/kalender", key)
    address = find_own(browser)
    browser.post("/mit/kalender", key)
    assert find_own(browser) == address


def test_a_stranger_signs_in_before_making_a_calendar(site: Site) -> None:
    for answer in (site.browser().get("/mit/kalender"), site.browser().post("/mit/kalender")):
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/log-ind")


# --- the meeting for search engines


def read_event(site: Site, key: str, **values: Any) -> dict[str, Any]:
    """The properties of the microdata on the meeting's page, read by an HTML parser."""
    add(site, key, **values)
    page = html5lib.parse(site.browser().get(f"/moeder/{key}").text, namespaceHTMLElements=False)
    (event,) = page.findall(".//*[@itemtype='https://schema.org/Event']")
    return {
        part.get("itemprop"): part.get("content") or part.get("href") or part.get("itemtype")
        for part in event
    }


def test_search_engines_read_when_where_and_how(site: Site) -> None:
    event = read_event(site, "5", introduction="Kom & hør")
    assert event == {
        "name": "Fælles data",
        "url": "http://testserver/moeder/5",
        "startDate": "2027-06-01T07:00:00+00:00",
        "endDate": "2027-06-01T10:00:00+00:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
        "location": "https://schema.org/VirtualLocation",
        "description": "Kom & hør",
        "superEvent": "https://schema.org/EventSeries",
        "isAccessibleForFree": "true",
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"status": "cancelled", "format": "physical"},
            {"eventStatus": "EventCancelled", "eventAttendanceMode": "OfflineEventAttendanceMode"},
        ),
        (
            {"status": "postponed", "format": "virtual"},
            {"eventStatus": "EventPostponed", "eventAttendanceMode": "OnlineEventAttendanceMode"},
        ),
        (
            {"moved_from": date(2027, 5, 4)},
            {"eventStatus": "EventRescheduled", "previousStartDate": "2027-05-04"},
        ),
        (
            {"held_on": date(2027, 6, 30), "date_certainty": "month", "format": "unknown"},
            {"startDate": "2027-06", "eventAttendanceMode": None, "endDate": None},
        ),
    ],
)
def test_search_engines_read_what_has_become_of_a_meeting(
    site: Site, values: dict[str, Any], expected: dict[str, str | None]
) -> None:
    event = read_event(site, "5", **values)
    found = {name: event.get(name) for name in expected}
    assert {name: value and value.removeprefix("https://schema.org/") for name, value in found.items()} == (
        expected
    )
