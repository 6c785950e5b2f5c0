"""J-V3: from the code on the wall to the own group's board, on a phone by keyboard, also without a net."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.domain.attendance.models import Attendee, LiveRoom
from app.domain.boards.models import Board, BoardCard
from app.domain.contributions.models import Contribution
from app.domain.groups.models import Group
from app.domain.meetings.models import Meeting
from tests.browser.conftest import Reader, Served, seat, watch
from tests.in_room import seat as join_room
from tests.on_boards import add_board


@contextmanager
def in_the_room(
    chromium: Browser, served: Served, screen: str = "phone", form: str = "free"
) -> Iterator[tuple[Reader, str, int]]:
    """Somebody with the code on the wall: the reader, the code with the group's number, the board's id."""
    with served.tools.database.unit() as session:
        meeting, board = add_board(session, "25", dots=3, form=form)
        code = session.scalars(select(LiveRoom.code).where(LiveRoom.meeting_id == meeting.id)).one()
        group = session.get_one(Group, board.group_id)
        group.number = group.number or 1
        typed, board_id = f"{code}-{group.number}", board.id
    with seat(chromium, served, screen) as reader:
        yield reader, typed, board_id


def cards_on(served: Served, board_id: int) -> list[str]:
    with served.tools.database.unit() as session:
        hung = select(Contribution.body).join(BoardCard, BoardCard.contribution_id == Contribution.id)
        return list(session.scalars(hung.where(BoardCard.board_id == board_id).order_by(Contribution.id)))


def tab_to(page: Page, selector: str) -> None:
    """By the Tab key alone."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def join_by_keys(reader: Reader, code: str) -> None:
    reader.open(f"/k/{code}")
    page = reader.page
    tab_to(page, "[name=name]")
    page.keyboard.type("Gitte Gæst")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tavler/*")
    reader.look()


def test_cards_are_written_by_keyboard_on_a_phone_that_loses_the_net(
    chromium: Browser, served: Served
) -> None:
    with in_the_room(chromium, served, form="parts") as (reader, code, board_id):
        page, started = reader.page, time.monotonic()
        join_by_keys(reader, code)
        tab_to(page, "textarea[name=problem]")
        page.keyboard.type("Data ligger i siloer.")
        page.keyboard.press("Tab")
        page.keyboard.type("Fælles snitflader.")
        page.keyboard.press("Tab")
        page.keyboard.type("Borgere, der flytter.")
        number = page.inner_text("[data-show=reference]")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(f".board-card.is-own >> text={number}")
        page.context.set_offline(True)
        page.keyboard.type("Skrevet uden net.")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-queue-panel] >> text=1 indspil venter på nettet.")
        page.context.set_offline(False)
        page.wait_for_selector(".board-card.is-own >> text=Skrevet uden net.")
        assert time.monotonic() - started < 60
        assert len(cards_on(served, board_id)) == 2
        assert page.locator(".board-card.is-own").count() == 2
        reader.look()
        # The browser says on the console that it was without a net.
        reader.faults[:] = [fault for fault in reader.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_ten_cards_without_a_net_and_a_closed_tab_are_ten_on_the_board(
    chromium: Browser, served: Served
) -> None:
    with in_the_room(chromium, served) as (reader, code, board_id):
        page = reader.page
        join_by_keys(reader, code)
        address = page.url
        page.context.set_offline(True)
        for number in range(10):
            page.fill("textarea[name=text]", f"Indspil {number}")
            page.keyboard.press("Control+Enter")
        page.wait_for_selector("[data-queue-panel] >> text=10 indspil venter på nettet.")
        context = page.context
        page.close()
        again = context.new_page()
        watch(context, again, reader)
        context.set_offline(False)
        again.goto(address)
        again.wait_for_function("() => document.querySelectorAll('.board-card.is-own').length === 10")
        assert cards_on(served, board_id) == [f"Indspil {number}" for number in range(10)]
        again.reload()
        again.wait_for_timeout(500)
        assert len(cards_on(served, board_id)) == 10
        reader.faults[:] = [fault for fault in reader.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_without_scripts_the_board_is_a_form_and_a_list(chromium: Browser, served: Served) -> None:
    with in_the_room(chromium, served, "no-scripts") as (reader, code, board_id):
        page = reader.page
        reader.open(f"/k/{code}")
        page.fill("[name=name]", "Gitte Gæst")
        reader.press("Gå ind")
        for words in ("Det første", "Det andet"):
            page.fill("textarea[name=text]", words)
            reader.press("Hæng op")
        # Back to a form that was sent: other words in it are another card.
        page.go_back()
        page.fill("textarea[name=text]", "Det tredje")
        reader.press("Hæng op")
        assert cards_on(served, board_id) == ["Det første", "Det andet", "Det tredje"]
        assert page.locator(".board-card.is-own").count() == 3
        assert page.locator("[data-queue-panel]").is_hidden()


def test_check_ins_at_the_door_wait_for_the_net_and_count_once(chromium: Browser, served: Served) -> None:
    with in_the_room(chromium, served) as (reader, _, board_id):
        with served.tools.database.unit() as session:
            meeting_id = session.get_one(Board, board_id).meeting_id
            meeting = session.get_one(Meeting, meeting_id)
            for number in range(3):
                join_room(session, meeting, shown_as="name", name=f"Deltager {number}")
        page = reader.page
        reader.sign_in("Sekretariat")
        reader.open("/moeder/25/indtjekning")
        page.context.set_offline(True)
        for number in range(3):
            page.locator("[data-find]", has_text=f"Deltager {number}").get_by_role("button").press("Enter")
        page.get_by_label("Navn", exact=True).fill("Uanmeldt")
        page.get_by_label("Navn", exact=True).press("Enter")
        page.wait_for_selector("[data-queue-panel] >> text=4 indtjekninger venter på nettet.")
        address, context = page.url, page.context
        page.close()
        again = context.new_page()
        watch(context, again, reader)
        context.set_offline(False)
        again.goto(address)
        again.wait_for_selector(".door-count >> text=4")
        with served.tools.database.unit() as session:
            came = select(Attendee.name).where(
                Attendee.meeting_id == meeting_id, Attendee.checked_in_at.is_not(None)
            )
            names = sorted(session.scalars(came))
        assert names == ["Deltager 0", "Deltager 1", "Deltager 2", "Uanmeldt"]
        reader.faults[:] = [fault for fault in reader.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
