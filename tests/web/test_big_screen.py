"""The big screen: each view, who may turn it on, and that nothing stands on it that the room may not see."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.domain.attendance.models import LiveRoom
from app.domain.boards.arranging import choose_card
from app.domain.boards.models import Board
from app.domain.boards.writing import write_card
from app.domain.contributions.holding_back import hide
from app.domain.contributions.models import Contribution
from app.domain.meetings.models import Meeting
from app.domain.panels import service as panels
from app.domain.panels.schemas import PanelInput, QuestionGiven
from app.domain.polls import service as polls
from app.domain.polls.models import PollOption
from app.domain.polls.schemas import PollInput, VoteInput
from app.domain.running.service import set_timer, show_on_screen, start_item
from tests.in_room import guest_browser, open_room, seat
from tests.on_boards import add_group_board, card
from tests.people import with_role
from tests.said import add_item_row, add_meeting_row
from tests.site import Site

HERE = "/moeder/10/storskaerm"


@pytest.fixture
def ids(site: Site) -> Iterator[dict[str, int]]:
    """A meeting that is on, at an item with an open board that asks for approval, and a panel after it."""
    with site.unit() as session:
        meeting = add_meeting_row(session, "10")
        open_room(session, meeting)
        board = add_group_board(session, meeting, asks_approval=True)
        panel = add_item_row(session, meeting, "Panelet svarer")
        start_item(session, site.people.staff, meeting.id, board.item_id, 1)
        found = {"meeting": meeting.id, "item": board.item_id, "board": board.id, "panel": panel.id}
    yield found


def show(site: Site, ids: dict[str, int], shows: str, which: int | None = None) -> str:
    """What stands on the wall when this is chosen."""
    with site.unit() as session:
        show_on_screen(session, site.people.staff, ids["meeting"], shows, which)
    answer = site.browser("staff").get(HERE + "/blok")
    assert answer.status_code == 200
    return answer.text


def test_whoever_hears_the_room_can_turn_it_on_and_for_others_it_is_not_there(
    site: Site, ids: dict[str, int]
) -> None:
    with site.unit() as session:
        with_role(session, site.people.rival, ids["meeting"], "speaker")
        meeting = session.get_one(Meeting, ids["meeting"])
    assert {
        who: site.browser(who).get(HERE).status_code for who in ("stranger", "vendor", "rival", "staff")
    } == {
        "stranger": 404,
        "vendor": 404,
        "rival": 200,
        "staff": 200,
    }
    guest = guest_browser(site, meeting)
    assert [guest.get(path).status_code for path in (HERE, HERE + "/blok")] == [200, 200]


def test_the_code_stands_on_every_view_as_words_and_as_a_drawing(site: Site, ids: dict[str, int]) -> None:
    with site.unit() as session:
        code = session.get_one(LiveRoom, ids["meeting"]).code
        set_timer(session, site.people.staff, ids["meeting"], 10)
        poll = polls.add_poll(session, site.people.staff, ids["meeting"], a_poll())
        polls.open_poll(session, site.people.staff, poll.id)
        poll_id = poll.id
    for shows, which in (
        ("code", None),
        ("item", None),
        ("board", ids["board"]),
        ("chosen", ids["item"]),
        ("best", ids["item"]),
        ("question", ids["panel"]),
        ("poll", poll_id),
        ("timer", None),
    ):
        wall = show(site, ids, shows, which)
        assert f'<p class="wall-code">{code}</p>' in wall and 'class="qr"' in wall, shows
        assert f'class="wall-frame is-{shows}"' in wall and "data-ends=" in wall, shows


def a_poll(**values: Any) -> PollInput:
    given = {"kind": "one", "question": "Hvad haster mest?", "options": ["Data", "Penge"]} | values
    return PollInput.model_validate(given)


def test_a_card_comes_on_the_wall_when_it_is_let_in_and_goes_when_it_is_hidden(
    site: Site, ids: dict[str, int]
) -> None:
    with site.unit() as session:
        guest = seat(session, session.get_one(Meeting, ids["meeting"]))
        written = write_card(session, guest, ids["board"], card("<i>Vi mangler</i> åbne data"))
    assert "åbne data" not in show(site, ids, "board", ids["board"])
    site.browser("staff").post(f"/moeder/10/konsol/indspil/{written.id}/godkend")
    wall = show(site, ids, "board", ids["board"])
    assert "&lt;i&gt;Vi mangler&lt;/i&gt; åbne data" in wall and "Gitte Gæst" in wall
    assert "åbne data" not in show(site, ids, "best", ids["item"])
    with site.unit() as session:
        choose_card(session, site.people.staff, written.id)
    assert ["åbne data" in show(site, ids, shows, ids["item"]) for shows in ("best", "chosen")] == [
        True,
        True,
    ]
    # What its author takes back or changes is told to the board alone.
    assert f" board:{ids['board']}" in show(site, ids, "chosen", ids["item"])
    with site.unit() as session:
        version = session.get_one(Contribution, written.id).version
        hide(session, site.people.staff, written.id, version, "Navn på en borger")
    views = [show(site, ids, *view) for view in (("board", ids["board"]), ("best", ids["item"]))]
    assert ["åbne data" in wall for wall in views] == [False, False]


def test_only_the_questions_that_were_chosen_for_the_panel_come_on_the_wall(
    site: Site, ids: dict[str, int]
) -> None:
    staff, item = site.people.staff, ids["panel"]
    with site.unit() as session:
        panels.open_panel(session, staff, item)
        panels.set_up_panel(session, staff, item, PanelInput(asks_approval=True, version=2))
        guest = seat(session, session.get_one(Meeting, ids["meeting"]), shown_as="anonymous")
        asked = {
            text: panels.ask(
                session, guest, item, QuestionGiven.model_validate({"client_id": uuid4(), "text": text})
            ).id
            for text in ("Uset?", "Godkendt?", "Kort?", "Nu?", "Skjult?")
        }
        panels.approve(session, staff, asked["Godkendt?"])
        panels.shortlist(session, staff, asked["Kort?"])
        panels.put_now(session, staff, asked["Nu?"])
        panels.shortlist(session, staff, asked["Skjult?"])
        panels.hide(session, staff, asked["Skjult?"], "Ikke emnet")
    wall = show(site, ids, "question", item)
    assert [text in wall for text in asked] == [False, False, True, True, False]
    assert wall.index("Nu?") < wall.index("Kort?") and "Gitte Gæst" not in wall


def test_a_result_that_is_hidden_comes_on_the_wall_when_the_poll_is_closed_and_words_never_before(
    site: Site, ids: dict[str, int]
) -> None:
    staff = site.people.staff
    with site.unit() as session:
        guest = seat(session, session.get_one(Meeting, ids["meeting"]))
        hidden = polls.add_poll(session, staff, ids["meeting"], a_poll(hides_results=True))
        words = polls.add_poll(session, staff, ids["meeting"], a_poll(kind="words", options=[]))
        for poll in (hidden, words):
            polls.open_poll(session, staff, poll.id)
        session.flush()
        option = str(session.scalar(select(PollOption.id).where(PollOption.poll_id == hidden.id).limit(1)))
        polls.vote(session, guest, hidden.id, VoteInput(given=[option]))
        polls.vote(session, guest, words.id, VoteInput(given=["Grimtord"]))
        found = (hidden.id, words.id)
    before = [show(site, ids, "poll", poll_id) for poll_id in found]
    assert ["wall-bars" in before[0], "Grimtord" in before[1]] == [False, False]
    assert all("1 har stemt" in wall for wall in before)
    with site.unit() as session:
        for poll_id in found:
            polls.close_poll(session, staff, poll_id)
    after = [show(site, ids, "poll", poll_id) for poll_id in found]
    assert ["wall-bars" in after[0], "rimtord" in after[1]] == [True, True]


def test_what_is_gone_leaves_the_welcome_and_the_block_costs_the_same_for_many_cards(
    site: Site, ids: dict[str, int]
) -> None:
    show(site, ids, "board", ids["board"])
    few = site.count_statements(site.browser("staff"), HERE + "/blok")
    with site.unit() as session:
        guest = seat(session, session.get_one(Meeting, ids["meeting"]))
        session.get_one(Board, ids["board"]).asks_approval = False
        for number in range(20):
            write_card(session, guest, ids["board"], card(f"Nummer {number}"))
    assert site.count_statements(site.browser("staff"), HERE + "/blok") == few
    with site.unit() as session:
        meeting = session.get_one(Meeting, ids["meeting"])
        empty = add_group_board(session, meeting, state="planned").id
    show(site, ids, "board", empty)
    with site.unit() as session:
        session.delete(session.get_one(Board, empty))
    assert "wall-frame is-code" in site.browser("staff").get(HERE + "/blok").text
