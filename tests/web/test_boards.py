"""The page of a board: write and follow, each with the own marks, and nobody's name where none was given."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.policy import SYSTEM
from app.domain.attendance.models import Attendee
from app.domain.boards.jobs import index_cards
from app.domain.boards.models import Board
from app.domain.boards.planning import remove_board
from app.domain.boards.service import open_board as open_board_now
from app.domain.boards.writing import MOST_A_MINUTE, write_card
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.http.limits import RateCount
from app.web.boards import MOST_MARKS
from tests.in_room import guest_browser, joined_browser, seat
from tests.on_boards import add_board, card
from tests.site import Browser, Site

SCRIPT = {"Accept": "application/json"}


def open_board(site: Site, **values: Any) -> tuple[Meeting, str]:
    """An open board in a room of the site, and its address."""
    with site.unit() as session:
        meeting, board = add_board(session, **values)
        return meeting, f"/moeder/10/tavler/{board.id}"


def ids_in(html: str) -> dict[str, str]:
    """The hidden fields of the card in the form."""
    names = ("client_id", "reference", "seal")
    return {name: re.search(rf'name="{name}" value="([^"]+)" data-id', html)[1] for name in names}  # type: ignore[index]


def send(browser: Browser, path: str, **fields: str) -> Any:
    return browser.post(path, {"client_id": str(uuid4())} | fields, headers=SCRIPT)


def test_what_is_written_hangs_there_under_the_number_that_stood_in_the_form(site: Site) -> None:
    meeting, path = open_board(site)
    browser = guest_browser(site, meeting, shown_as="name", name="Gitte Gæst", organisation_name="Soft A/S")
    ids = ids_in(browser.get(path).text)
    fields = ids | {"text": "Hej <script>alle</script>", "shown_as": "organisation"}
    first, again = (browser.post(path, fields, headers=SCRIPT).json() for _ in range(2))
    assert (first["ok"], first["reference"], first["key"]) == (True, ids["reference"], f"card-{first['id']}")
    assert (again["id"], again["reference"]) == (first["id"], first["reference"])
    assert first["next"].keys() == ids.keys()
    # The plain form leads back to the board.
    plain = browser.post(path, fields)
    assert (plain.status_code, plain.headers["location"]) == (303, f"{path}?kvittering=board_card_hung")
    page = browser.get(path).text
    assert page.count("Hej &lt;script&gt;alle&lt;/script&gt;") == 1
    assert "Gitte Gæst" not in page.split('id="tavlen"')[1]
    assert f'class="board-card is-own" id="kort-{first["id"]}"' in page


def test_the_block_is_the_same_for_all_in_the_room_and_changes_with_the_board(site: Site) -> None:
    meeting, path = open_board(site, dots=2)
    first, second = (guest_browser(site, meeting, shown_as="anonymous") for _ in range(2))
    taken = send(first, path, text="Fri adgang").json()
    one, other = first.get(f"{path}/blok"), second.get(f"{path}/blok")
    assert (one.text, one.headers["etag"]) == (other.text, other.headers["etag"])
    assert first.get(f"{path}/blok", headers={"If-None-Match": one.headers["etag"]}).status_code == 304
    left = second.post(f"{path}/prik", {"card": taken["id"], "put": "1"}, headers=SCRIPT).json()
    assert left["words"] == {"dots_left": "Du har 1 af 2 prikker tilbage."}
    assert "1 prik<" in first.get(f"{path}/blok").text
    assert site.new_browser().get(f"{path}/blok").status_code == 404
    assert site.new_browser().get(path).status_code == 404


def test_a_public_board_is_read_by_all_and_written_by_who_has_joined(site: Site) -> None:
    meeting, path = open_board(site, visibility="public")
    send(guest_browser(site, meeting, shown_as="anonymous"), path, text="Fri adgang")
    with site.unit() as session:
        board = session.scalars(select(Board)).one()
        hidden = write_card(session, seat(session, meeting), board.id, card("Kun for deltagere"))
        session.get_one(Contribution, hidden.id).visibility = "participants"
    stranger = site.new_browser()
    page, block = stranger.get(path).text, stranger.get(f"{path}/blok?for=alle").text
    for html in (page, block):
        assert "Fri adgang" in html and "Kun for deltagere" not in html
    assert f'data-live="{path}/blok?for=alle"' in page and 'name="text"' not in page
    assert stranger.get(f"{path}/blok").status_code == 404
    assert stranger.post(path, {"text": "Mit", "client_id": str(uuid4())}).status_code == 403


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": ""}, 422, "Udfyld feltet."),
        ({"text": "å" * 501}, 422, "500"),
        ({"text": "Ring til 010203-1234"}, 422, "ligner et CPR-nummer"),
        ({"problem": "", "wish": ""}, 422, "Skriv et problem eller et ønske."),
        ({"text": "For sent"}, 409, "Tavlen er lukket"),
    ],
)
def test_what_cannot_be_taken_stays_in_the_form_with_a_sentence(
    site: Site, fields: dict[str, str], status: int, words: str
) -> None:
    meeting, path = open_board(site)
    browser = guest_browser(site, meeting, shown_as="anonymous")
    ids = ids_in(browser.get(path).text)
    if status == 409:
        with site.unit() as session:
            session.scalars(select(Board)).one().closes_at = now() - timedelta(minutes=3)
    script = browser.post(path, ids | fields, headers=SCRIPT)
    assert script.status_code == status
    assert words in str(script.json())
    if status == 422:
        page = browser.post(path, ids | fields)
        assert page.status_code == 422 and words in page.text
        assert ids_in(page.text) == ids
        assert all(value in page.text for value in fields.values())


def test_a_card_costs_few_statements_and_the_page_the_same_with_one_as_with_thirty(site: Site) -> None:
    meeting, path = open_board(site, dots=3)
    browser = guest_browser(site, meeting, shown_as="anonymous")
    send(browser, path, text="Den første")
    with_one = site.count_statements(browser, path)
    for number in range(29):
        send(browser, path, text=f"Nummer {number}")
    assert site.count_statements(browser, path) == with_one == 12
    other = guest_browser(site, meeting, shown_as="anonymous")
    ids = ids_in(other.get(path).text)
    site.statements.clear()
    assert other.post(path, ids | {"text": "Let"}, headers=SCRIPT).status_code == 200
    assert len(site.statements) == 3


def test_nobody_finds_out_who_wrote_without_a_name(site: Site) -> None:
    meeting, path = open_board(site, visibility="public", names="chatham", dots=1)
    vendor = joined_browser(site, meeting, "vendor", shown_as="anonymous")
    page = vendor.get(path).text
    assert 'name="shown_as"' not in page and "Du bliver vist sådan: anonym." in page
    taken = send(vendor, path, text="Vi kan ikke levere", shown_as="name").json()
    vendor.post(f"{path}/prik", {"card": taken["id"], "put": "1"}, headers=SCRIPT)
    vendor.post(f"{path}/kort/{taken['reference']}/ret", {"text": "Vi kan ikke levere det", "version": "1"})
    index_cards(site.tools, int(path.rsplit("/", 1)[1]), now().isoformat())
    site.work()
    assert taken["reference"] in site.browser("stranger").get("/soeg?q=levere").text
    places = [
        path,
        f"{path}/blok?for=alle",
        f"{path}/kort/{taken['reference']}",
        f"/indspil/{taken['reference']}",
    ]
    places += [
        "/moeder/10/indspil",
        "/soeg?q=levere",
        "/data/indspil.csv",
        "/data/indspil.json",
        "/moeder/10/tavler.csv",
    ]
    own_name = re.compile("Vera|Soft A/S|vera@")
    for who in ("stranger", "rival", "municipality", "staff", "admin"):
        for place in places:
            page = site.browser(who).get(place)
            assert page.status_code < 400 or place == places[-1], (who, place)
            said = page.text.split("<main", 1)[-1]
            assert not own_name.search(said), (who, place)
    with site.unit() as session:
        verbs = ("write_card", "put_dot", "edit")
        log = session.execute(
            select(AuditEntry.user_id, AuditEntry.user_name, AuditEntry.client, AuditEntry.request_id)
            .where(AuditEntry.verb.in_(verbs)).order_by(AuditEntry.id)
        ).all()  # fmt: skip
    assert log == [(None, "", "", None)] * 3


def test_without_scripts_the_own_card_is_mended_taken_down_and_hung_up_again(site: Site) -> None:
    meeting, path = open_board(site)
    guest, other = (guest_browser(site, meeting, shown_as="anonymous") for _ in range(2))
    reference = send(guest, path, text="Fri adgamg").json()["reference"]
    card_path = f"{path}/kort/{reference}"
    assert f'href="{card_path}"' in guest.get(f"/indspil/{reference}").text
    assert f'href="{card_path}"' not in other.get(f"/indspil/{reference}").text
    assert 'name="version"' in guest.get(card_path).text
    assert 'name="version"' not in other.get(card_path).text
    assert guest.post(f"{card_path}/ret", {"text": "Fri adgang", "version": "1"}).status_code == 303
    stale = guest.post(f"{card_path}/ret", {"text": "Åbne dyr", "version": "1"})
    assert stale.status_code == 409 and "Åbne dyr" in stale.text and "Fri adgang" in stale.text
    for act in ("ret", "traek-tilbage", "fortryd"):
        assert other.post(f"{card_path}/{act}", {"text": "Mit", "version": "2"}).status_code == 404
    assert guest.post(f"{card_path}/traek-tilbage").status_code == 303
    assert "Taget ned af dig" in guest.get(path).text
    assert other.get(card_path).status_code == 404 and "Fri adgang" not in other.get(path).text
    assert guest.post(f"{card_path}/fortryd").status_code == 303
    assert "Fri adgang" in other.get(path).text


def test_one_disagrees_and_takes_it_back(site: Site) -> None:
    meeting, path = open_board(site)
    guest, other = (guest_browser(site, meeting, shown_as="anonymous") for _ in range(2))
    reference = send(guest, path, text="Fri adgang").json()["reference"]
    card_path = f"{path}/kort/{reference}"
    said = send(other, f"{card_path}/uenig", text="Det er prøvet <b>før</b>").json()
    assert "Én er uenig, fordi" in guest.get(path).text
    assert "Det er prøvet &lt;b&gt;før&lt;/b&gt;" in guest.get(f"{path}/blok").text
    back = f"{card_path}/uenig/{said['id']}/traek-tilbage"
    assert guest.post(back).status_code == 404
    assert other.post(back).status_code == 303
    assert "Det er prøvet" not in guest.get(f"{path}/blok").text


def test_pressing_and_writing_without_end_is_braked_for_the_seat_and_not_for_the_room(site: Site) -> None:
    meeting, path = open_board(site, dots=1)
    guest, other = (guest_browser(site, meeting, shown_as="anonymous") for _ in range(2))
    with site.unit() as session:
        seat_id = session.scalars(select(Attendee.id).order_by(Attendee.id)).first()
        for number in range(MOST_A_MINUTE):
            session.add(
                Contribution(
                    kind="card", reference=f"IN-9{number:03d}", title="x", body="x", status="received",
                    attendee_id=seat_id, shown_as="anonymous", meeting_id=meeting.id, received_at=now(),
                )
            )  # fmt: skip
        start = datetime.fromtimestamp(now().timestamp() // 60 * 60, tz=UTC)
        for moment in (start, start + timedelta(minutes=1)):
            subject = f"marks of attendee {seat_id}"
            session.add(RateCount(subject=subject, window_start=moment, count=MOST_MARKS))
    braked = send(guest, path, text="Et til")
    assert (braked.status_code, braked.headers["retry-after"]) == (429, "20")
    taken = send(other, path, text="Det første").json()
    press = {"card": taken["id"], "put": "1"}
    assert guest.post(f"{path}/prik", press, headers=SCRIPT).status_code == 429
    assert other.post(f"{path}/prik", press, headers=SCRIPT).status_code == 200


def test_who_waits_for_a_board_to_open_gets_the_way_to_its_form_in_the_block(site: Site) -> None:
    meeting, path = open_board(site, state="planned")
    guest = guest_browser(site, meeting, shown_as="anonymous")
    page = guest.get(path).text
    assert "Tavlen er ikke åbnet endnu." in page and 'name="text"' not in page
    assert "?skriv=1" not in guest.get(f"{path}/blok").text
    with site.unit() as session:
        open_board_now(session, SYSTEM, session.scalars(select(Board.id)).one())
    assert f'href="{path}?skriv=1"' in guest.get(f"{path}/blok").text
    assert 'name="text"' in guest.get(f"{path}?skriv=1").text
    with site.unit() as session:
        remove_board(session, site.people.staff, session.scalars(select(Board.id)).one())
    # Who could read it a moment ago is told that it is gone.
    assert guest.get(f"{path}/blok").status_code == 404


def test_a_room_leads_those_who_put_boards_in_order_to_them_and_the_others_to_what_is_put_forward(
    site: Site,
) -> None:
    meeting, _path = open_board(site)

    def ways(browser: Browser) -> list[int]:
        page = browser.get("/moeder/10/lokale").text
        led = [path for path in ("/moeder/10/tavler", "/moeder/10/plenum") if f'href="{path}"' in page]
        return [browser.get(path).status_code for path in led]

    assert ways(site.browser("staff")) == ways(joined_browser(site, meeting, "vendor")) == [200]
    assert 'href="/moeder/10/plenum"' in guest_browser(site, meeting).get("/moeder/10/lokale").text
