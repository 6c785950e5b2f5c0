"""The day: the room is made, a guest comes in by the code within twenty seconds, a ticket is scanned, and who
was there can be read. On a phone, by keyboard."""

import time

from playwright.sync_api import Browser, Page

from app.core.clock import now, today
from app.domain.attendance.checking_in import seal_ticket
from tests.browser.conftest import Served, seat
from tests.people import add_actor
from tests.said import add_meeting_row
from tests.signing_up import put_sign_up_row


def tab_to(page: Page, name: str, role: str = "button") -> None:
    """By the Tab key alone."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {name}")


def press(page: Page, name: str, role: str = "button") -> None:
    tab_to(page, name, role)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_guest_comes_in_by_the_code_and_a_ticket_is_scanned_at_the_door(
    chromium: Browser, served: Served
) -> None:
    with served.tools.database.unit() as session:
        meeting = add_meeting_row(session, "26")
        meeting.held_on, meeting.status, meeting.published_at = today(), "live", now()
        person = add_actor(session, "Tina Tilmeldt", None)
        signed_up = put_sign_up_row(session, person, meeting)
        ticket = f"/moeder/26/indtjekning/{signed_up.id}/{seal_ticket(session, signed_up.id)}"
    with seat(chromium, served, "phone") as staff, seat(chromium, served, "phone") as guest:
        staff.sign_in("Sekretariat")
        staff.open("/moeder/26/rediger/lokale")
        press(staff.page, "Lav lokalet")
        staff.look()
        code = staff.page.inner_text(".code-shown")
        staff.open("/moeder/26/rediger/lokale/skilt")
        assert f"/k/{code}" in staff.text

        page, started = guest.page, time.monotonic()
        page.goto(f"{guest.address}/k")
        tab_to(page, "Kode", "textbox")
        page.keyboard.type(code.lower())
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/k/{code}")
        tab_to(page, "Dit navn", "textbox")
        page.keyboard.type("Gitte Gæst")
        page.keyboard.press("Enter")
        page.wait_for_url("**/moeder/26/lokale*")
        assert time.monotonic() - started < 10
        guest.look()
        guest.open("/k")
        guest.open("/moeder/26/lokale/vist-som")

        # The page of a scanned ticket presses its own button.
        staff.page.goto(staff.address + ticket)
        staff.page.wait_for_selector("text=Inde siden")
        staff.look()
        staff.open("/moeder/26/fremmoede")
        press(staff.page, "Vis ud")
        staff.look()
        assert "Luk ind igen" in staff.text
        guest.open("/moeder/26/lokale")
        assert "Du vises som" not in guest.text
