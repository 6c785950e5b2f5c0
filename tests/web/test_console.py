"""The console: who comes in, each press through to what it does, and what it says when it is too late."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.core.clock import today
from app.domain.boards.models import Board, BoardCard
from app.domain.boards.writing import write_card
from app.domain.meetings.models import Meeting
from app.domain.panels import service as panels
from app.domain.panels.models import PanelQuestion
from app.domain.panels.schemas import QuestionGiven
from app.domain.running.models import LiveState
from tests.in_room import guest_browser, open_room, seat
from tests.on_boards import add_group_board, card
from tests.people import with_role
from tests.said import add_item_row, add_meeting_row
from tests.site import Site

HERE = "/moeder/10/konsol"


@pytest.fixture
def ids(site: Site) -> dict[str, int]:
    """A meeting of today that has not begun, with two items, the first with a planned board of a group."""
    with site.unit() as session:
        meeting = add_meeting_row(session, "10")
        open_room(session, meeting)
        meeting.status = "open"
        first = add_group_board(session, meeting, state="planned", opened_at=None)
        second = add_item_row(session, meeting, "Panelet")
        second.kind = "panel"
        return {"meeting": meeting.id, "item": first.item_id, "board": first.id, "panel": second.id}


def state(site: Site, ids: dict[str, int]) -> Any:
    with site.unit() as session:
        return session.get(LiveState, ids["meeting"])


def press(site: Site, path: str, who: str = "staff", **fields: Any) -> Any:
    return site.browser(who).post(HERE + path, fields)


def part(site: Site, name: str, who: str = "staff") -> str:
    """One section of the console, as it is drawn."""
    page = site.browser(who).get(HERE).text
    return str(page.partition(f'data-part="{name}"')[2].partition("</section>")[0])


def test_only_staff_and_the_facilitators_of_the_meeting_see_its_console(
    site: Site, ids: dict[str, int]
) -> None:
    with site.unit() as session:
        other = add_meeting_row(session, "11").id
        with_role(session, site.people.vendor, other, "facilitator")
        with_role(session, site.people.rival, ids["meeting"], "rapporteur")
        with_role(session, site.people.consultancy, ids["meeting"], "facilitator")
    seen = {who: site.browser(who).get(HERE).status_code for who in ("vendor", "rival", "municipality")}
    assert seen == {"vendor": 403, "rival": 403, "municipality": 403}
    assert site.browser("stranger").get(HERE).status_code == 303
    assert [site.browser(who).get(HERE).status_code for who in ("staff", "consultancy")] == [200, 200]
    assert press(site, "/naeste", "vendor", version=1).status_code == 403
    assert press(site, "/naeste", "consultancy", version=1).status_code == 303


def test_from_the_first_item_over_boards_and_questions_to_the_last_each_press_does_its_work(
    site: Site, ids: dict[str, int]
) -> None:
    assert press(site, "/naeste", version=1, boards=1).status_code == 303
    page = site.browser("staff").get(HERE).text
    assert "Gruppedrøftelser" in page and "Luk tavlerne" in page and "1 af 1 er åbne." in page
    with site.unit() as session:
        meeting = session.get_one(Meeting, ids["meeting"])
        guest = seat(session, meeting)
        written = write_card(session, guest, ids["board"], card("Vi mangler åbne data"))
        panels.open_panel(session, site.people.staff, ids["panel"])
        given = QuestionGiven.model_validate({"client_id": uuid4(), "text": "Hvad koster det?"})
        asked = panels.ask(session, guest, ids["panel"], given)
    page = site.browser("staff").get(HERE).text
    assert "Vi mangler åbne data" in page and "1 indspil" in page and "Hvad koster det?" in page
    for path, fields in (
        (f"/indspil/{written.id}/frem", {}),
        ("/skaerm", {"shows": "board", "which": ids["board"]}),
        (f"/spoergsmaal/{asked.id}/kort", {}),
        (f"/spoergsmaal/{asked.id}/nu", {}),
        (f"/spoergsmaal/{asked.id}/besvaret", {}),
        ("/tid", {"minutes": 15}),
        ("/tid/mere", {"minutes": 5}),
        (f"/tavler/{ids['board']}/luk", {}),
    ):
        answer = press(site, path, **fields)
        assert (answer.status_code, answer.headers.get("location", "")[: len(HERE)]) == (303, HERE), path
    with site.unit() as session:
        hung = session.get_one(BoardCard, written.id)
        question_now = session.get_one(PanelQuestion, asked.id)
        assert (hung.chosen_at is not None, question_now.state) == (True, "answered")
    now = state(site, ids)
    assert (now.item_id, now.shows, now.shows_id, now.timer_seconds) == (
        ids["item"],
        "board",
        ids["board"],
        1200,
    )
    assert press(site, "/slut", version=now.version).status_code == 303
    assert state(site, ids).item_id is None


def test_whoever_presses_too_late_is_shown_where_the_meeting_is_and_nothing_is_skipped(
    site: Site, ids: dict[str, int]
) -> None:
    press(site, "/naeste", version=1)
    late = press(site, "/naeste", "admin", version=1)
    assert late.status_code == 409 and "En anden har lige skiftet punkt." in late.text
    assert state(site, ids).item_id == ids["item"]
    assert press(site, "/fortryd", version=2).status_code == 303
    assert state(site, ids).item_id is None


def test_a_press_that_is_made_by_hand_wrong_changes_nothing(site: Site, ids: dict[str, int]) -> None:
    with site.unit() as session:
        meeting = add_meeting_row(session, "11")
        open_room(session, meeting)
        foreign = add_group_board(session, meeting, state="planned").id
    wrong = [
        ("/naeste", {}),
        ("/naeste", {"version": "x"}),
        ("/skaerm", {"shows": "alt"}),
        ("/skaerm", {"shows": "board", "which": foreign}),
        (f"/tavler/{foreign}/aabn", {}),
        (f"/tavler/{ids['board']}/slet", {}),
        ("/skaerm", {"shows": "board", "which": 10**30}),
        (f"/tavler/{10**30}/aabn", {}),
        ("/indspil/999/frem", {}),
        ("/spoergsmaal/999/nu", {}),
        ("/afstemninger/999/aabn", {}),
        (f"/punkter/{ids['item'] + 999}", {"version": 1}),
    ]
    assert [press(site, path, **fields).status_code for path, fields in wrong] == [404] * len(wrong)
    assert press(site, "/tid", minutes=0).status_code == 422
    assert state(site, ids) is None
    with site.unit() as session:
        assert session.get_one(Board, foreign).state == "planned"


def test_the_console_asks_the_database_as_often_for_many_boards_as_for_one(
    site: Site, ids: dict[str, int]
) -> None:
    staff = site.browser("staff")
    before = site.count_statements(staff, HERE)
    with site.unit() as session:
        meeting = session.get_one(Meeting, ids["meeting"])
        boards = [add_group_board(session, meeting) for _ in range(8)]
        guest = seat(session, meeting)
        for board in boards:
            write_card(session, guest, board.id, card("<b>Kort</b>"))
    assert site.count_statements(staff, HERE) == before
    page = staff.get(HERE).text
    assert "&lt;b&gt;Kort" in page and "<b>Kort" not in page


@pytest.mark.parametrize(
    ("status", "in_days", "says", "starts"),
    [
        ("open", 0, "Mødet er ikke begyndt. Det første punkt sætter det i gang.", 3),
        ("live", 0, "Der er ikke noget punkt i gang.", 3),
        ("open", 1, "Mødet kan først sættes i gang på dagen. Storskærmen og tiden kan du prøve nu.", 0),
        ("draft", 0, "Mødet er en kladde. Det kan sættes i gang, når det er udgivet, og det er dagen.", 0),
        ("open", -1, "Mødet er slut.", 0),
        ("live", -1, "Mødet er slut.", 0),
        ("closed", 0, "Mødet er slut.", 0),
        ("approved", -400, "Mødet er slut.", 0),
        ("cancelled", 0, "Mødet er aflyst.", 0),
        ("postponed", 1, "Mødet er udskudt.", 0),
        ("draft", -1, "Mødet er en kladde, og dagen er forbi.", 0),
    ],
)
def test_the_console_says_how_the_meeting_stands_and_starts_items_only_where_they_can_be_started(
    site: Site, ids: dict[str, int], status: str, in_days: int, says: str, starts: int
) -> None:
    with site.unit() as session:
        meeting = session.get_one(Meeting, ids["meeting"])
        meeting.status, meeting.held_on = status, today() + timedelta(days=in_days)
    now_part = part(site, "now")
    assert f"<p>{says}" in now_part
    assert (now_part.count(">Start"), "Næste:" in now_part) == (starts, starts > 0)
    is_over = says == "Mødet er slut."
    assert ('href="/moeder/10/afslut"' in now_part) == is_over


def test_an_item_that_was_still_on_when_the_meeting_ended_can_be_ended_and_is_not_said_to_be_now(
    site: Site, ids: dict[str, int]
) -> None:
    press(site, "/naeste", version=1)
    with site.unit() as session:
        session.get_one(Meeting, ids["meeting"]).status = "closed"
    now_part = part(site, "now")
    assert ("<p>Mødet er slut." in now_part, "console-clock" in now_part, "Fortryd" in now_part) == (
        True,
        False,
        False,
    )
    assert press(site, "/slut", version=2).status_code == 303
    assert state(site, ids).item_id is None


def test_after_the_last_item_nothing_is_said_of_those_that_were_passed_over(
    site: Site, ids: dict[str, int]
) -> None:
    press(site, f"/punkter/{ids['panel']}", version=1)
    press(site, "/slut", version=2)
    now_part = part(site, "now")
    assert "Det sidste punkt på programmet er slut." in now_part and "Alle punkter" not in now_part


def test_an_item_is_ended_with_its_boards_only_where_it_has_boards(site: Site, ids: dict[str, int]) -> None:
    press(site, "/naeste", version=1)
    with_boards = part(site, "now")
    press(site, "/naeste", version=2)
    without = part(site, "now")
    assert ("Slut, og luk tavlerne" in with_boards, "Slut, og luk tavlerne" in without) == (True, False)
    assert (with_boards.count("Slut punktet"), without.count("Slut punktet")) == (1, 2)


def test_a_card_in_plenary_offers_to_take_it_down_in_the_boards_own_words(
    site: Site, ids: dict[str, int]
) -> None:
    press(site, "/naeste", version=1, boards=1)
    with site.unit() as session:
        guest = seat(session, session.get_one(Meeting, ids["meeting"]))
        written = write_card(session, guest, ids["board"], card("Vi mangler åbne data"))
    assert "Med i plenum" in part(site, "cards")
    press(site, f"/indspil/{written.id}/frem")
    cards = part(site, "cards")
    assert "Tag ned fra plenum" in cards and "Ikke i plenum" not in cards


def test_each_number_key_is_on_one_button_at_most(site: Site, ids: dict[str, int]) -> None:
    press(site, "/naeste", version=1, boards=1)
    press(site, "/panel/" + str(ids["panel"]) + "/aabn")
    digits = re.findall(r'data-press="(\d)"', site.browser("staff").get(HERE).text)
    assert sorted(digits) == ["0", "1", "2", "3", "4", "5", "6", "7", "9"]


def test_the_room_is_told_what_is_on_and_how_much_time_is_left(site: Site, ids: dict[str, int]) -> None:
    address = f"/moeder/10/lige-nu/{ids['meeting']}"
    assert site.browser("stranger").get(address).status_code == 404
    press(site, "/naeste", version=1)
    press(site, "/tid", minutes=10)
    assert site.browser("municipality").get(address).status_code == 404
    with site.unit() as session:
        meeting = session.get_one(Meeting, ids["meeting"])
    told = guest_browser(site, meeting).get(address)
    assert told.status_code == 200
    assert "Lige nu:</b> Gruppedrøftelser" in told.text and "data-ends=" in told.text
