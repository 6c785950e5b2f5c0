"""Staff builds a programme with two tracks, moves an item, sees the overrun and publishes (J-S3): by keyboard
alone on a phone, and by pointer on a wide screen."""

import time

from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import select

from app.core.policy import SYSTEM
from app.domain.meetings.models import Appearance, Meeting
from app.domain.outbox.models import Batch, Letter
from app.domain.speakers.schemas import AddressInput
from app.domain.speakers.service import set_address
from tests.browser.conftest import Reader, Served, seat, writing_on_the_phone
from tests.browser.test_sign_up_journey import press, walk_to, write

MEETING = "/moeder/eksempel-foraar-2027"
PLAN = f"{MEETING}/rediger/program"
SECONDS = 180  # what building the agenda may take
TITLES = "[...document.querySelectorAll('[data-order] li[data-id]')].map(one => one.dataset.title)"


def add_item(person: Reader, kind: str, title: str, starts: str, ends: str, track: str) -> None:
    if person.page.locator("[data-order]").count():
        press(person, "Til nyt punkt")
    walk_to(person, "Slags")
    person.page.locator("#field-kind").press_sequentially(kind)
    walk_to(person, "Spor")
    person.page.locator("#field-track").press_sequentially(track)
    write(person, "Titel", title)
    for name, clock in (("Begynder", starts), ("Slutter", ends)):
        walk_to(person, name)
        # Chromium may ask for the half of the day too, and else passes the letter over.
        person.page.keyboard.type(f"{clock}P", delay=20)
    press(person, "Sæt på programmet")
    assert title in person.text


def find_handle(page: Page, title: str) -> Locator:
    return page.locator(f'li[data-title="{title}"]').locator("[data-drag]")


def wait_for_word(page: Page, word: str) -> str:
    page.wait_for_function("word => document.getElementById('sagt').textContent.includes(word)", arg=word)
    return page.locator("#sagt").inner_text()


@writing_on_the_phone
def test_the_keyboard_alone_builds_two_tracks_moves_an_item_sees_the_overrun_and_publishes(
    writer: Reader, served: Served
) -> None:
    page = writer.page
    with served.tools.database.unit() as session:
        freja = session.scalars(
            select(Appearance.person_id).where(Appearance.person_name == "Freja Fiktiv")
        ).first()
        meeting = session.scalars(select(Meeting.id).where(Meeting.key == MEETING.rpartition("/")[2])).one()
        set_address(session, SYSTEM, meeting, freja or 0, AddressInput(email="freja@eksempel.example"))
    writer.sign_in("Sekretariat")
    begun = time.monotonic()
    writer.open(PLAN)
    add_item(writer, "Opl", "Data for alle", "1230", "1250", "Spor A")
    add_item(writer, "Panel", "Hvem ejer data?", "1230", "1259", "Spor B")
    assert "»Hvem ejer data?« slutter 29 min. efter mødets sluttidspunkt." in writer.text
    page.locator('li[data-title="Hvem ejer data?"]').get_by_role("link", name="Tilføj person").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/medvirkende")
    write(writer, "Navn", "Freja")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(writer, "Vælg")
    page.locator("#field-role").press_sequentially("Ordstyrer")
    press(writer, "Sæt på punktet")
    assert "Freja Fiktiv" in writer.text
    writer.open(PLAN)
    handle = find_handle(page, "Data for alle")
    handle.focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    said = wait_for_word(page, "er flyttet")
    assert "»Hvem ejer data?« slutter 49 min. efter mødets sluttidspunkt." in said
    assert page.evaluate("document.activeElement.innerText").startswith("Træk")
    writer.open(f"{PLAN}/fortryd")
    writer.open(PLAN)
    press(writer, "Udgiv program")
    assert (
        "Ny medvirkende" in writer.text and "»Data for alle« er kommet på programmet kl. 12.30" in writer.text
    )
    assert "dem, der står ved de ændrede punkter: Freja Fiktiv" in writer.text
    press(writer, "Udgiv program")
    assert "Programmet er udgivet." in page.locator("#besked").inner_text()
    assert time.monotonic() - begun < SECONDS
    writer.open(f"{MEETING}/program")
    press(writer, "Opgaver og spørgsmål til »Hvem ejer data?«")
    assert "Freja Fiktiv" in writer.text
    page.go_back()
    assert "Hvem ejer data?" in writer.text and "Ændringer i programmet" in writer.text
    with served.tools.database.unit() as session:
        letters = select(Letter.email, Letter.status).join(Batch).where(Batch.kind == "change")
        assert [tuple(row) for row in session.execute(letters)] == [("freja@eksempel.example", "waiting")]


def drag(page: Page, title: str, onto: str) -> None:
    """By pointer, to below the middle of another item."""
    handle = find_handle(page, title)
    handle.evaluate("one => one.scrollIntoView({block: 'center'})")
    start = handle.bounding_box()
    goal = page.locator(f'li[data-title="{onto}"]').bounding_box()
    assert start and goal
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(goal["x"] + 60, goal["y"] + goal["height"] * 0.8, steps=6)
    page.mouse.up()


def test_a_pointer_drags_an_item_and_the_times_follow_and_escape_leaves_it_where_it_was(
    chromium: Browser, served: Served
) -> None:
    with seat(chromium, served, "wide") as staff:
        page = staff.page
        staff.sign_in("Sekretariat")
        staff.open(PLAN)
        before = page.evaluate(TITLES)
        drag(page, before[0], before[1])
        assert "Alt passer." in wait_for_word(page, "er flyttet")
        assert page.evaluate(TITLES) == [before[1], before[0], *before[2:]]
        times = page.locator("[data-order] li[data-id] .when").all_inner_texts()
        assert times[:2] == ["09.00–09.20", "09.20–09.30"]
        find_handle(page, before[2]).focus()
        for key in ("Enter", "ArrowDown", "ArrowDown", "Escape"):
            page.keyboard.press(key)
        assert "Fortrudt." in page.locator("#sagt").inner_text()
        assert page.evaluate(TITLES) == [before[1], before[0], *before[2:]]
        now = page.evaluate(TITLES)
        page.route("**/raekkefoelge", lambda route: route.abort())
        drag(page, now[0], now[1])
        wait_for_word(page, "ikke gemt")
        assert page.evaluate(TITLES) == now
        # The order gets there and the answer does not: the next move is refused and not taken for the same.
        page.unroute_all()
        page.route("**/raekkefoelge", lambda route: (route.fetch(), route.abort()))
        with page.expect_event("requestfailed"):
            drag(page, now[0], now[1])
        page.unroute_all()
        page.wait_for_selector("[data-order]:not(.is-sending)")
        drag(page, now[1], now[2])
        wait_for_word(page, "En anden har ændret programmet")
        assert page.evaluate(TITLES) == [now[1], now[0], *now[2:]]
        lost = "Failed to load resource: net::ERR_FAILED"
        assert [fault.partition(" of ")[0] if "409" in fault else fault for fault in staff.faults] == [
            lost,
            lost,
            "Failed to load resource: the server responded with a status",
        ]
        staff.faults.clear()
