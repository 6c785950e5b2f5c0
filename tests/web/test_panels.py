"""Questions to a panel on their pages: asked and backed in the room, led by the facilitator."""

import re
from typing import Any
from uuid import uuid4

import psycopg

from app.core.clock import now
from app.domain.contributions.holding_back import hide
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting, MeetingRole
from tests.in_room import guest_browser, joined_browser
from tests.on_panels import add_panel
from tests.site import Browser, Site

SCRIPT = {"Accept": "application/json"}


def open_panel(site: Site, **values: Any) -> tuple[Meeting, str]:
    """A panel that takes questions in a room of the site, and its address."""
    with site.unit() as session:
        meeting, item = add_panel(session, **values)
        return meeting, f"/moeder/10/spoerg/{item.id}"


def send(browser: Browser, path: str, text: str, **fields: str) -> Any:
    fields = {"client_id": str(uuid4()), "text": text} | fields
    return browser.post(path, fields, headers=SCRIPT).json()


def facilitator(site: Site, meeting: Meeting) -> Browser:
    with site.unit() as session:
        user_id = site.people.vendor.user_id
        session.add(MeetingRole(user_id=user_id, meeting_id=meeting.id, role="facilitator", given_at=now()))
    return site.browser("vendor")


def key_of(html: str, action: str) -> str:
    """The key of the form that is sent there."""
    found = re.search(rf'action="{action}"[^>]*>\s*<input type="hidden" name="key" value="([^"]+)"', html)
    assert found, action
    return found[1]


def press(browser: Browser, page: str, action: str, **fields: str) -> Any:
    return browser.post(action, {"key": key_of(browser.get(page).text, action)} | fields)


def test_a_question_is_taken_once_shown_as_chosen_and_marked_for_its_author_alone(site: Site) -> None:
    meeting, path = open_panel(site)
    author = joined_browser(site, meeting, "municipality")
    other = guest_browser(site, meeting, shown_as="anonymous")
    client_id = str(uuid4())
    fields = {"client_id": client_id, "text": "Hvem <b>betaler</b>?", "shown_as": "kind"}
    first, again = (author.post(path, fields, headers=SCRIPT).json() for _ in range(2))
    assert (again["id"], again["reference"], first["key"]) == (
        first["id"],
        first["reference"],
        f"question-{first['id']}",
    )
    plain = author.post(path, fields)
    assert (plain.status_code, plain.headers["location"]) == (303, f"{path}?kvittering=panel_asked")
    mine, theirs = author.get(path).text, other.get(path).text
    name = site.people.municipality.name
    assert theirs.count("Hvem &lt;b&gt;betaler&lt;/b&gt;?") == 1
    assert "En kommune" in theirs and name not in theirs
    assert f'class="panel-question is-waiting is-own" id="spoergsmaal-{first["id"]}"' in mine
    assert "is-own" not in theirs
    one, two = author.get(f"{path}/blok"), other.get(f"{path}/blok")
    assert (one.text, one.headers["etag"]) == (two.text, two.headers["etag"])
    # Whoever has not joined neither reads nor asks.
    for browser in (site.new_browser(), site.browser("rival")):
        assert [browser.get(path).status_code, browser.get(f"{path}/blok").status_code] == [404, 404]
    assert "stop" in site.browser("staff").post(path, fields, headers=SCRIPT).json()


def test_a_question_that_staff_hides_goes_from_the_open_pages_at_once(site: Site) -> None:
    meeting, path = open_panel(site)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    fields = {"client_id": str(uuid4()), "text": "Hvem betaler?"}
    asked = guest.post(path, fields, headers=SCRIPT).json()
    assert "Hvem betaler?" in guest.get(f"{path}/blok").text
    with psycopg.connect(site.tools.database.dsn, autocommit=True) as listener:
        listener.execute("listen live")
        with site.unit() as session:
            said = session.get_one(Contribution, asked["id"])
            hide(session, site.people.staff, said.id, said.version, "Personer")
        told = {note.payload for note in listener.notifies(timeout=5, stop_after=1)}
    assert told == {f"panel:{path.rsplit('/', 1)[1]}"}


def test_the_wrong_question_keeps_what_was_typed_and_a_closed_panel_says_so(site: Site) -> None:
    meeting, path = open_panel(site)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    fields = {"client_id": str(uuid4()), "text": "Kan 010203-1234 få svar?"}
    refused = guest.post(path, fields)
    assert refused.status_code == 422
    assert "Kan 010203-1234 få svar?" in refused.text and "CPR-nummer" in refused.text
    assert guest.post(path, fields, headers=SCRIPT).json().keys() == {"errors"}
    press(facilitator(site, meeting), f"{path}/styr", f"{path}/styr/luk")
    closed = guest.post(path, fields | {"text": "Hvornår?"})
    assert (closed.status_code, "Der er lukket for spørgsmål." in closed.text) == (409, True)


def test_backing_is_counted_and_taken_back_and_nobody_sees_by_whom(site: Site) -> None:
    meeting, path = open_panel(site)
    author, other = (guest_browser(site, meeting, shown_as="anonymous") for _ in range(2))
    asked = send(author, path, "Hvornår?")
    back = {"question": str(asked["id"]), "put": "1"}
    assert other.post(f"{path}/bak-op", back, headers=SCRIPT).json()["ok"] is True
    assert other.post(f"{path}/bak-op", back).status_code == 303
    assert "1 bakker op" in author.get(f"{path}/blok").text
    assert f'"backed": ["question-{asked["id"]}"]' in other.get(path).text.replace("&#34;", '"')
    assert author.post(f"{path}/bak-op", back, headers=SCRIPT).status_code == 409
    other.post(f"{path}/bak-op", back | {"put": "0"}, headers=SCRIPT)
    assert "0 bakker op" in author.get(f"{path}/blok").text


def test_the_facilitator_leads_the_questions_and_the_author_sees_what_became_of_them(site: Site) -> None:
    meeting, path = open_panel(site, asks_approval=True)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    other = guest_browser(site, meeting, shown_as="anonymous")
    asked = send(guest, path, "Hvornår kommer data?")
    assert "når facilitator har set det" in asked["say"]
    assert "Hvornår kommer data?" not in other.get(path).text
    leader, lead = facilitator(site, meeting), f"{path}/styr"
    one = f"{lead}/{asked['id']}"
    assert press(leader, lead, f"{one}/luk-ind").status_code == 303
    assert press(leader, lead, f"{one}/nu").headers["location"].startswith(f"{lead}?kvittering=panel_now")
    assert "Panelet har nu" in other.get(f"{path}/blok").text
    press(leader, lead, f"{one}/besvaret", answer="Til sommer.")
    assert "Til sommer." in other.get(f"{path}/blok").text
    mine = guest.get(f"{path}/mit/{asked['id']}").text
    assert "Til sommer." in mine and "Kun du kan se, at det er dit." in mine
    assert other.get(f"{path}/mit/{asked['id']}").status_code == 404
    refused = press(leader, lead, f"{one}/fortryd")
    assert refused.status_code == 303
    hidden = press(leader, lead, f"{one}/skjul", reason="")
    assert (hidden.status_code, "Fejl:" in hidden.text) == (422, True)
    press(leader, lead, f"{one}/skjul", reason="Nævner en person")
    assert "Hvornår kommer data?" not in other.get(f"{path}/blok").text
    assert "Nævner en person" in guest.get(path).text
    assert [browser.get(lead).status_code for browser in (guest, site.browser("rival"))] == [303, 403]


def test_ones_own_question_is_mended_and_taken_back(site: Site) -> None:
    meeting, path = open_panel(site)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    asked = send(guest, path, "Hvornår?")
    own = f"{path}/mit/{asked['id']}"
    assert press(guest, own, own, text="Hvor?", version="1").status_code == 303
    stale = press(guest, own, own, text="Hvem?", version="1")
    assert (stale.status_code, "Hvem?" in stale.text) == (409, True)
    assert "Hvor?" in guest.get(f"{path}/blok").text
    press(guest, own, f"{own}/traek-tilbage")
    assert "Hvor?" not in guest.get(f"{path}/blok").text
    press(guest, own, f"{own}/fortryd")
    assert "Hvor?" in guest.get(f"{path}/blok").text


def test_the_page_takes_as_many_statements_for_many_questions_as_for_one(site: Site) -> None:
    meeting, path = open_panel(site)
    guest = guest_browser(site, meeting, shown_as="anonymous")
    send(guest, path, "Et")
    few = site.count_statements(guest, path), site.count_statements(guest, f"{path}/blok")
    for number in range(8):
        send(guest, path, f"Spørgsmål {number}")
    assert (site.count_statements(guest, path), few[1]) == (few[0], 2)
