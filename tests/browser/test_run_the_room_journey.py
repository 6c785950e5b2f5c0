"""J-S6: a meeting is run from the console, on a phone by keys alone; the wall follows in its own window."""

import time
from uuid import uuid4

from playwright.sync_api import Page, expect

from app.core.policy import SYSTEM
from app.domain.boards.models import Board
from app.domain.boards.writing import write_card
from app.domain.meetings.models import Meeting
from app.domain.panels import service as panels
from app.domain.panels.schemas import QuestionGiven
from app.domain.running.models import LiveState
from tests.browser.conftest import Reader, Served, watch, writing_on_the_phone
from tests.in_room import seat
from tests.on_boards import add_board, card


def row_has(page: Page, selector: str, name: str) -> None:
    """By arrows alone, on to the row with this button."""
    for _ in range(40):
        if page.evaluate("s => !!document.activeElement.closest('[data-row]')?.matches(s)", selector):
            expect(page.locator(selector).get_by_role("button", name=name).first).to_be_visible()
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows never came to {selector}")


@writing_on_the_phone
def test_the_room_is_run_by_keys_and_the_wall_shows_only_what_is_let_in(
    writer: Reader, served: Served
) -> None:
    with served.tools.database.unit() as session:
        meeting, board = add_board(session, "25", state="planned", opened_at=None, asks_approval=True)
        meeting_id, board_id, item_id = meeting.id, board.id, board.item_id
    page = writer.page
    writer.sign_in("Sekretariat")
    writer.open("/moeder/25/konsol")
    began = time.monotonic()
    wall = page.context.new_page()
    watch(page.context, wall, writer)
    wall.set_viewport_size({"width": 1920, "height": 1080})
    wall.goto(f"{served.address}/moeder/25/storskaerm")
    Reader(wall, served.address, "wall").look()
    page.bring_to_front()
    says, view = page.locator("#besked"), wall.locator(".wall-view")

    page.keyboard.press("1")
    expect(says).to_contain_text("Punktet er i gang.")
    expect(page.locator("[data-part=boards]")).to_contain_text("1 af 1 er åbne.")
    expect(view).to_contain_text("Lige nu")
    with served.tools.database.unit() as session:
        guest = seat(session, session.get_one(Meeting, meeting_id))
        write_card(session, guest, board_id, card("Vi mangler åbne data"))
        panels.open_panel(session, SYSTEM, item_id)
        asked = {"client_id": uuid4(), "text": "Hvad koster driften?"}
        panels.ask(session, guest, item_id, QuestionGiven.model_validate(asked))
    expect(page.locator("[data-part=cards]")).to_contain_text("Vi mangler åbne data")
    expect(page.locator("[data-part=questions]")).to_contain_text("Hvad koster driften?")

    row_has(page, "[data-row^=board]", "Vis")
    page.keyboard.press("v")
    expect(view).to_contain_text("0 indspil")
    assert "åbne data" not in wall.content()
    row_has(page, "[data-row^=card]", "Godkend")
    page.keyboard.press("g")
    expect(view).to_contain_text("Vi mangler åbne data")
    expect(wall.locator(".wall-code")).to_be_visible()

    page.keyboard.press("7")
    expect(view).to_contain_text("Spørgsmål til panelet")
    assert "driften" not in wall.content()
    row_has(page, "[data-row^=question]", "Kort liste")
    page.keyboard.press("k")
    expect(view).to_contain_text("Hvad koster driften?")
    # What was pressed is gone, and the focus still stands in its row.
    row_has(page, "[data-row^=question]", "Besvaret")
    page.keyboard.press("b")
    expect(says).to_contain_text("Spørgsmålet er besvaret.")
    expect(view).not_to_contain_text("Hvad koster driften?")

    # Letters and digits that are typed into a field are typed, and press nothing.
    page.locator("#field-minutes").press("ControlOrMeta+a")
    page.keyboard.type("12")
    assert page.locator("#field-minutes").input_value() == "12"
    page.keyboard.press("Enter")
    expect(wall.locator(".wall-timer .clock")).to_contain_text("1:5")
    page.keyboard.press("?")
    expect(page.locator("#taster")).to_have_attribute("open", "")
    page.keyboard.press("2")
    expect(says).to_contain_text("Punktet er slut.")
    expect(view).to_contain_text("Velkommen")
    assert time.monotonic() - began < 120
    writer.look()
    with served.tools.database.unit() as session:
        state, hung = session.get_one(LiveState, meeting_id), session.get_one(Board, board_id)
        assert (state.item_id, state.shows, hung.state) == (None, "code", "open")
