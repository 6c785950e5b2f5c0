"""Into the room by the code, with an account and without; out again; and whose it was."""

import re
from datetime import UTC, date, datetime

from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import moved_to
from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.meetings.models import Meeting
from app.identity.seats import seat_cookie_name
from app.web.joining import WRONG_CODES
from tests.in_room import guest_browser, open_room
from tests.said import add_meeting_row
from tests.site import Browser, Site


def room_of(site: Site, **values: object) -> tuple[Meeting, LiveRoom]:
    with site.unit() as session:
        meeting = add_meeting_row(session, "12")
        return meeting, open_room(session, meeting, **values)


def seats_in(site: Site) -> list[tuple[int | None, str, str, str]]:
    with site.unit() as session:
        rows = session.scalars(select(Attendee).order_by(Attendee.id)).all()
        return [(one.user_id, one.shown_as, one.name, one.organisation_name) for one in rows]


def test_a_guest_comes_in_by_the_code_and_is_known_again(site: Site) -> None:
    _meeting, room = room_of(site)
    browser = site.new_browser()
    assert browser.get(f"/k?kode={room.code.lower()} 3").headers["location"] == f"/k/{room.code}-3"
    page = browser.get(f"/k/{room.code}")
    assert page.status_code == 200
    assert "no-store" not in page.headers["cache-control"]
    given = {"shown_as": "name", "name": "Gitte <b>Gæst", "organisation_name": "Her Kommune"}
    answer = browser.post(f"/k/{room.code}", given)
    assert answer.headers["location"] == "/moeder/12/lokale?kvittering=room_joined"
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"))
    lobby = browser.get("/moeder/12/lokale")
    assert "Gitte &lt;b&gt;Gæst" in lobby.text
    assert lobby.headers["cache-control"] == "no-store"
    assert browser.get(f"/k/{room.code}").headers["location"] == "/moeder/12/lokale"
    assert seats_in(site) == [(None, "name", "Gitte <b>Gæst", "Her Kommune")]
    with site.unit() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.verb == "come_in"))
        assert (entry.user_id, entry.user_name) == (None, "")


def test_the_same_press_twice_is_one_guest(site: Site) -> None:
    _meeting, room = room_of(site)
    browser = site.new_browser()
    key = {"key": "8f14e45f-ceea-4a7b-8c1d-1f3c5d7e9a10", "shown_as": "anonymous"}
    first, second = browser.post(f"/k/{room.code}", key), browser.post(f"/k/{room.code}", key)
    assert first.headers["location"] == second.headers["location"]
    assert len(seats_in(site)) == 1


def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(site: Site) -> None:
    _meeting, room = room_of(site)
    page = site.new_browser().post(
        f"/k/{room.code}", {"shown_as": "name", "organisation_name": "Her Kommune"}
    )
    assert page.status_code == 422
    assert 'id="field-name-error"' in page.text
    assert 'value="Her Kommune"' in page.text
    assert "set-cookie" not in page.headers
    assert seats_in(site) == []


def test_one_press_takes_in_who_is_signed_in(site: Site) -> None:
    _meeting, room = room_of(site)
    browser = site.browser("vendor")
    assert "Vises som »Vera Vendor, Soft A/S«" in browser.get(f"/k/{room.code}").text
    answer = browser.post(f"/k/{room.code}", {"shown_as": "organisation"})
    assert answer.headers["location"] == "/moeder/12/lokale?kvittering=room_joined"
    assert "set-cookie" not in answer.headers
    assert seats_in(site) == [(site.people.vendor.user_id, "organisation", "Vera Vendor", "Soft A/S")]


def test_a_wrong_code_is_told_and_only_wrong_ones_are_braked(site: Site) -> None:
    _meeting, room = room_of(site)
    wrong = next(code for code in ("BBBB", "CCCC") if code != room.code)
    browser = site.new_browser()
    page = browser.get(f"/k/{wrong}")
    assert page.status_code == 404
    assert "Ingen lokaler har den kode" in page.text
    for _ in range(WRONG_CODES - 1):
        browser.get(f"/k/{wrong}")
    for _ in range(3):
        assert browser.get(f"/k/{wrong}").status_code == 429
    assert site.browser("vendor").get(f"/k/{room.code}").status_code == 200


def test_who_is_signed_in_or_has_a_seat_guesses_no_more_codes_than_others(site: Site) -> None:
    meeting, room = room_of(site)
    wrong = next(code for code in ("BBBB", "CCCC") if code != room.code)
    for browser in (site.browser("vendor"), guest_browser(site, meeting)):
        # Twice as many, for a new window of time may begin meanwhile.
        guesses = range(2 * WRONG_CODES + 1)
        assert any(browser.get(f"/k/{wrong}").status_code == 429 for _ in guesses)
    # The last of them sits in this room; the guesses of the account count for nobody else.
    assert browser.get(f"/k/{room.code}").headers["location"] == "/moeder/12/lokale"
    assert site.browser("municipality").get(f"/k/{room.code}").status_code == 200


def test_hundreds_behind_one_address_come_in_with_the_right_code(site: Site) -> None:
    _meeting, room = room_of(site)
    browser = site.new_browser()
    assert {browser.get(f"/k/{room.code}").status_code for _ in range(WRONG_CODES + 20)} == {200}


def test_a_closed_room_says_when_it_is_open(site: Site) -> None:
    _meeting, room = room_of(site)
    with site.unit() as session:
        session.get_one(Meeting, room.meeting_id).held_on = date(2090, 3, 1)
    page = site.new_browser().get(f"/k/{room.code}")
    assert page.status_code == 200
    assert "Man kan gå ind fra 28. februar 2090 til 8. marts 2090." in page.text
    assert site.new_browser().post(f"/k/{room.code}", {"shown_as": "anonymous"}).status_code == 409
    assert seats_in(site) == []


def test_a_room_says_that_it_was_open_from_the_danish_midnight_on(site: Site) -> None:
    _meeting, room = room_of(site)
    with site.unit() as session:
        session.get_one(Meeting, room.meeting_id).held_on = date(2090, 3, 1)
    with moved_to(datetime(2090, 3, 8, 23, 30, tzinfo=UTC)):
        page = site.new_browser().get("/moeder/12/lokale")
    assert "Lokalet var åbent fra 28. februar 2090 til 8. marts 2090." in page.text


def test_a_room_without_guests_asks_to_sign_in(site: Site) -> None:
    _meeting, room = room_of(site, lets_guests=False)
    page = site.new_browser().get(f"/k/{room.code}")
    assert f"/log-ind?videre=/k/{room.code}" in page.text.replace("%2F", "/")
    assert "field-name" not in page.text


def test_how_one_is_shown_can_be_changed_and_one_can_leave(site: Site) -> None:
    meeting, _room = room_of(site)
    browser = guest_browser(site, meeting)
    answer = browser.post(
        "/moeder/12/lokale/vist-som", {"shown_as": "kind", "organisation_kind": "municipality"}
    )
    assert answer.headers["location"] == "/moeder/12/lokale?kvittering=room_shown"
    assert seats_in(site) == [(None, "kind", "", "")]
    assert "En kommune" in browser.get("/moeder/12/lokale").text
    assert browser.post("/moeder/12/lokale/forlad").headers["location"] == "/moeder/12?kvittering=room_left"
    assert "vist-som" not in browser.get("/moeder/12/lokale").text
    assert browser.post("/moeder/12/lokale/vist-som", {"shown_as": "anonymous"}).status_code == 404


def test_what_was_written_as_a_guest_is_asked_about_and_never_taken_silently(site: Site) -> None:
    meeting, room = room_of(site)
    guest = guest_browser(site, meeting)
    name = seat_cookie_name(site.app.state.cookie)
    vendor = site.browser("vendor")
    vendor.client.cookies.set(name, guest.client.cookies.get(name))
    page = vendor.get("/mit")
    path = re.search(r"/mit/lokale/(\d+)/mit", page.text)
    assert path is not None
    assert seats_in(site)[0][0] is None
    assert site.browser("rival").post(path[0]).status_code == 404
    vendor.post(path[0])
    assert seats_in(site) == [(site.people.vendor.user_id, "name", "Gitte Gæst", "")]
    assert "/mit/lokale/" not in vendor.get("/mit").text
    # The browser alone is nobody any more.
    assert guest.get(f"/k/{room.code}").status_code == 200


def test_two_seats_of_one_person_become_one(site: Site) -> None:
    meeting, room = room_of(site)
    guest = guest_browser(site, meeting)
    vendor = site.browser("vendor")
    vendor.post(f"/k/{room.code}", {"shown_as": "organisation"})
    name = seat_cookie_name(site.app.state.cookie)
    vendor.client.cookies.set(name, guest.client.cookies.get(name))
    with site.unit() as session:
        guest_id = session.scalar(select(Attendee.id).where(Attendee.user_id.is_(None)))
    vendor.post(f"/mit/lokale/{guest_id}/mit")
    assert seats_in(site) == [(site.people.vendor.user_id, "organisation", "Vera Vendor", "Soft A/S")]


def test_who_takes_part_comes_in_from_the_meeting_without_a_code(site: Site) -> None:
    room_of(site)
    staff: Browser = site.browser("staff")
    answer = staff.post("/moeder/12/lokale/deltag", {"shown_as": "name"})
    assert answer.headers["location"] == "/moeder/12/lokale?kvittering=room_joined"
    assert (
        site.browser("vendor").post("/moeder/12/lokale/deltag", {"shown_as": "name"}).headers["location"]
        == "/k"
    )
