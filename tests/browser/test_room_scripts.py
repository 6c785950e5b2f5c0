"""What live.js and queue.js promise, in a room that answers as it is told: nothing lost, doubled or moved."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import AXE_RULES, MOST_WAITED
from tests.browser.room import Room, open_room

PANEL = "[data-queue-panel]"
SAYS = "[data-room-says]"


@pytest.fixture
def room() -> Iterator[Room]:
    with open_room() as running:
        yield running


@pytest.fixture
def phone(chromium: Browser, room: Room) -> Iterator[BrowserContext]:
    """A phone of 360 px; nothing may go wrong in its scripts."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    context.set_default_timeout(MOST_WAITED)
    faults: list[str] = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    yield context
    context.close()
    assert faults == []


def open_page(context: BrowserContext, room: Room, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(room.address + path)
    return page


def send(page: Page, *texts: str) -> None:
    for text in texts:
        page.fill("#field-body", text)
        page.keyboard.press("Control+Enter")


def eventually(is_so: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def until_panel(page: Page, words: str) -> None:
    page.wait_for_function(
        "w => document.querySelector('[data-queue-panel]').innerText.includes(w)", arg=words
    )


def until_said(page: Page, words: str) -> None:
    page.wait_for_function(
        "w => document.querySelector('[data-room-says]').textContent.includes(w)", arg=words
    )


def gone(page: Page) -> None:
    page.wait_for_function("Object.keys(localStorage).every(k => !k.startsWith('dialogforum-queue:'))")


TEN = [f"Indspil {number}" for number in range(10)]


def test_ten_cards_without_a_net_in_a_tab_that_is_closed_arrive_as_ten(
    phone: BrowserContext, room: Room
) -> None:
    page = open_page(phone, room)
    phone.set_offline(True)
    send(page, *TEN)
    until_panel(page, "10 indspil venter på nettet.")
    until_said(page, "10 indspil venter på nettet.")
    page.close()
    phone.set_offline(False)
    # Whichever page is opened next sends them.
    page = open_page(phone, room, "/andet")
    gone(page)
    assert room.state.words() == TEN
    page.goto(room.address + "/")
    page.wait_for_selector("[data-key=card-10]")
    assert page.locator("[data-key^=card-]").count() == 10


def test_an_answer_that_is_never_heard_and_a_server_that_dies_double_nothing(
    phone: BrowserContext, room: Room
) -> None:
    page = open_page(phone, room)
    room.state.answer = "unheard"
    send(page, *TEN[:3])
    until_panel(page, "3 indspil venter på nettet.")
    room.kill()
    send(page, *TEN[3:])
    until_panel(page, "10 indspil venter på nettet.")
    room.state.answer = "take"
    room.start()
    eventually(lambda: len(room.state.taken) == 10)
    gone(page)
    until_said(page, "Alt er sendt.")
    assert room.state.words() == TEN
    assert len(room.state.arrived) > 10


def test_the_page_of_a_hotels_network_counts_as_no_answer(phone: BrowserContext, room: Room) -> None:
    page = open_page(phone, room)
    room.state.answer = "portal"
    send(page, "Fra hotellet")
    until_panel(page, "1 indspil venter på nettet.")
    room.state.answer = "take"
    gone(page)
    assert room.state.words() == ["Fra hotellet"]


def test_two_tabs_send_what_both_wrote_once(phone: BrowserContext, room: Room) -> None:
    pages = [open_page(phone, room), open_page(phone, room)]
    phone.set_offline(True)
    for at, page in enumerate(pages):
        send(page, *TEN[at::2])
    until_panel(pages[0], "10 indspil venter på nettet.")
    room.state.delay = 0.3
    phone.set_offline(False)
    gone(pages[0])
    assert sorted(room.state.words()) == TEN
    assert len(room.state.arrived) == 10


def test_what_is_half_typed_in_two_tabs_is_there_in_the_next(phone: BrowserContext, room: Room) -> None:
    for words in ("Halvt i den ene", "Halvt i den anden"):
        page = open_page(phone, room)
        page.wait_for_timeout(200)
        page.fill("#field-body", words)
        number = page.inner_text("[data-show=reference]")
        if words == "Halvt i den ene":
            page.reload()
            page.wait_for_function("document.querySelector('#field-body').value === 'Halvt i den ene'")
            # The number from the first keystroke.
            assert page.inner_text("[data-show=reference]") == number
            first = page
    first.close()
    page.close()
    page = open_page(phone, room)
    page.wait_for_function("document.querySelector('#field-body').value === 'Halvt i den anden'")
    until_panel(page, "Halvt i den ene")
    assert "Din tekst er hentet frem fra sidst." in page.inner_text("form[data-queue=card]")
    page.keyboard.press("Tab")
    page.focus("#field-body")
    page.keyboard.press("Control+Enter")
    eventually(lambda: room.state.words() == ["Halvt i den anden"])
    page.click("text=Ret teksten")
    page.keyboard.press("Control+Enter")
    eventually(lambda: room.state.words() == ["Halvt i den anden", "Halvt i den ene"])
    assert room.state.arrived[1]["reference"].startswith("KO-1")


def test_what_is_wrong_comes_back_into_its_form_with_the_sentence(phone: BrowserContext, room: Room) -> None:
    page = open_page(phone, room)
    room.state.answer = "wrong"
    send(page, "010190-1234")
    page.wait_for_selector(".form-error-message")
    assert page.input_value("#field-body") == "010190-1234"
    assert page.get_attribute("#field-body", "aria-invalid") == "true"
    until_said(page, "Det skal rettes: Teksten ligner et CPR-nummer.")
    # Somebody who writes on meanwhile is not disturbed: it waits beside the form.
    page.fill("#field-body", "010190-1234 igen")
    assert page.locator(".form-error-message").count() == 0
    room.state.delay = 0.3
    page.keyboard.press("Control+Enter")
    page.fill("#field-body", "Det næste")
    until_panel(page, "Skal rettes: Teksten ligner et CPR-nummer.")
    page.reload()
    until_panel(page, "010190-1234 igen")
    assert page.input_value("#field-body") == "Det næste"


def test_what_will_never_be_taken_says_so_and_stays_until_it_is_deleted(
    phone: BrowserContext, room: Room
) -> None:
    page = open_page(phone, room)
    room.state.answer = "closed"
    send(page, "For sent")
    until_panel(page, "Ikke sendt: Tavlen er lukket.")
    page.reload()
    until_panel(page, "1 indspil er ikke sendt. Teksten er gemt her, til du selv sletter den.")
    room.state.answer = "take"
    page.wait_for_timeout(1500)
    assert room.state.words() == []
    page.click("text=Prøv igen")
    eventually(lambda: room.state.words() == ["For sent"])
    room.state.answer = "closed"
    send(page, "Igen for sent")
    page.click(f"{PANEL} button:text-is('Slet')")
    page.click("text=Tryk igen for at slette")
    page.wait_for_function("document.querySelector('[data-queue-panel]').hidden")
    assert page.evaluate("document.activeElement.id") == "field-body"


def test_what_a_seat_wrote_is_sent_as_no_other_seat_unless_somebody_says_so(
    phone: BrowserContext, room: Room
) -> None:
    page = open_page(phone, room)
    room.state.seats = ()
    send(page, "Skrevet som syv")
    until_panel(page, "Ikke sendt: Du er ikke længere med i lokalet.")
    room.state.seats = ("a7",)
    page.reload()  # back in the room as oneself
    eventually(lambda: room.state.words() == ["Skrevet som syv"])
    room.state.seats = ()
    send(page, "Også som syv")
    until_panel(page, "Ikke sendt")
    room.state.who, room.state.seats = "a8", ("a8",)
    page.reload()
    until_panel(page, "Skrevet, før du kom ind i lokalet denne gang.")
    page.wait_for_timeout(500)
    assert room.state.words() == ["Skrevet som syv"]
    page.click("text=Send det som mig")
    eventually(lambda: room.state.words() == ["Skrevet som syv", "Også som syv"])


def test_what_is_old_is_not_sent_by_itself_and_says_when_it_was_written(
    phone: BrowserContext, room: Room
) -> None:
    page = open_page(phone, room)
    phone.set_offline(True)
    send(page, "Fra sidste uge")
    page.evaluate(
        """() => { for (const [name, text] of Object.entries(localStorage)) if (name.includes("queue:"))
        localStorage.setItem(name, JSON.stringify({...JSON.parse(text), at: Date.now() - 8 * 864e5})) }"""
    )
    phone.set_offline(False)
    page.reload()
    until_panel(page, "og aldrig sendt. Det bliver ikke sendt af sig selv mere.")
    page.wait_for_timeout(300)
    assert room.state.words() == []


def test_twenty_cards_come_while_one_writes_and_nothing_moves(phone: BrowserContext, room: Room) -> None:
    room.state.cards = [("card-a", "Første"), ("card-b", "Andet")]
    page = open_page(phone, room)
    page.wait_for_timeout(300)
    page.click("[data-key=card-b] summary")
    page.fill("[data-key=card-b] input[name=why]", "Halvt skrevet her")
    page.keyboard.press("ArrowLeft")
    place = page.locator("[data-key=card-b] input[name=why]").bounding_box()
    for number in range(20):
        room.state.cards.insert(0, (f"card-n{number}", f"Nyt {number}"))
        room.state.tell()
        time.sleep(0.01)
    until_said(page, "20 nye indspil")
    field = page.locator("[data-key=card-b] input[name=why]")
    assert field.evaluate("f => [f === document.activeElement, f.value, f.selectionStart]") == [
        True, "Halvt skrevet her", 16,
    ]  # fmt: skip
    assert page.evaluate("document.querySelector('[data-key=card-b] details').open")
    now = field.bounding_box()
    assert place and now and abs(place["y"] - now["y"]) < 2
    assert page.locator("[role=status]:not(#besked)").count() == 1
    # Taken away while somebody writes in it: the words stay; without words the focus goes to the next one.
    room.state.cards = [card for card in room.state.cards if card[0] != "card-b"]
    room.state.tell()
    page.wait_for_selector(".is-gone >> text=står her endnu")
    field.fill("")
    page.focus("[data-key=card-n5] summary")
    room.state.cards = [card for card in room.state.cards if card[0] != "card-n5"]
    room.state.tell()
    page.wait_for_selector("[data-key=card-n5]", state="detached")
    assert page.evaluate("document.activeElement.dataset.key") == "card-n4"
    room.state.state = "Tavlen er lukket"
    room.state.tell()
    until_said(page, "Tavlen er lukket")


def test_a_card_that_is_told_twice_breaks_nothing_for_who_writes_in_it(
    phone: BrowserContext, room: Room
) -> None:
    room.state.cards = [("card-a", "Første"), ("card-b", "Andet")]
    page = open_page(phone, room)
    page.click("[data-key=card-b] summary")
    page.fill("[data-key=card-b] input[name=why]", "Halvt skrevet her")
    room.state.cards = [("card-b", "Andet"), ("card-a", "Første"), ("card-b", "Andet"), ("card-c", "Tredje")]
    room.state.tell()
    page.wait_for_selector("[data-key=card-c]")
    field = page.locator("[data-key=card-b] input[name=why]").first
    assert field.evaluate("f => [f === document.activeElement, f.value]") == [True, "Halvt skrevet her"]


def test_a_dot_is_seen_at_once_and_taken_back_when_it_is_refused(phone: BrowserContext, room: Room) -> None:
    room.state.cards = [("card-a", "Første")]
    page = open_page(phone, room)
    room.state.delay = 0.3
    page.focus("[data-key=card-a] >> text=Giv en prik")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.innerText.startsWith('Tag prikken tilbage')", timeout=500)
    eventually(lambda: room.state.dots == {"card-a"})
    room.state.answer = "closed"
    page.keyboard.press("Enter")
    until_panel(page, "Ikke sendt: Tavlen er lukket.")
    page.wait_for_selector("[data-key=card-a] >> text=Tag prikken tilbage")
    # Pressed to and fro without a net: only the last one is sent.
    page.click(f"{PANEL} button:text-is('Slet')")
    room.state.answer = "take"
    phone.set_offline(True)
    for words in ("Tag prikken tilbage", "Giv en prik", "Tag prikken tilbage"):
        page.click(f"[data-key=card-a] >> text={words}")
        page.wait_for_timeout(50)
    until_panel(page, "1 prik venter på nettet.")
    phone.set_offline(False)
    eventually(lambda: room.state.dots == set())
    assert len([one for one in room.state.arrived if "card" in one]) == 3


def test_a_vote_without_a_choice_says_so_and_the_last_of_several_counts(
    phone: BrowserContext, room: Room
) -> None:
    page = open_page(phone, room)
    page.click("form[data-queue=vote] button")
    page.wait_for_selector("form[data-queue=vote] .form-error-message >> text=Vælg en af mulighederne.")
    phone.set_offline(True)
    for choice in ("Data", "Drift"):
        page.check(f"form[data-queue=vote] >> text={choice}")
        page.click("form[data-queue=vote] button")
    until_panel(page, "Afstemning: Drift")
    assert page.locator("form[data-queue=vote] .form-error-message").count() == 0
    assert page.is_checked("form[data-queue=vote] >> text=Drift")
    phone.set_offline(False)
    eventually(lambda: room.state.votes == ["drift"])


def test_the_notice_of_a_lost_connection_does_not_cry_wolf(phone: BrowserContext, room: Room) -> None:
    page = phone.new_page()
    page.clock.install()
    page.goto(room.address + "/")
    notice = page.locator("[data-room-lost]")
    eventually(lambda: room.state.streams)
    room.kill()
    page.clock.run_for(4000)
    page.wait_for_timeout(200)
    assert notice.is_hidden()
    page.clock.run_for(4000)
    notice.wait_for(state="visible")
    room.start()
    room.state.cards.append(("card-a", "Skrevet imens"))
    eventually(lambda: [page.clock.run_for(1000), notice.is_hidden()][1])
    page.wait_for_selector("[data-key=card-a]")
    # A stream that is refused for good is no lost connection: the block is asked for now and then.
    room.state.is_deaf = True
    for stream in list(room.state.streams):
        stream.put(None)
    room.state.cards.append(("card-b", "Uden strøm"))
    for _ in range(30):
        page.clock.run_for(1000)
        page.wait_for_timeout(20)
        assert notice.is_hidden()
    page.wait_for_selector("[data-key=card-b]")


def test_the_panel_and_the_notice_fit_a_narrow_screen_and_axe(chromium: Browser, room: Room) -> None:
    # 320 px, or 640 at 200 %; and the colours that the reader has chosen.
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    page = open_page(context, room)
    room.state.answer = "closed"
    send(page, "Et langt ord: " + "digitaliseringsparathed" * 4)
    until_panel(page, "Ikke sendt")
    room.state.answer = "take"
    page.evaluate("document.querySelector('[data-room-lost]').hidden = false")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    found = Axe().run(page, options={"runOnly": AXE_RULES, "resultTypes": ["violations"]}).response
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    page.emulate_media(forced_colors="active")
    for part in (PANEL, ".queue-item", "[data-room-lost]"):
        assert page.locator(part).first.evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"
    context.close()


@pytest.mark.parametrize("without", ["scripts", "storage"])
def test_without_scripts_or_storage_it_is_an_ordinary_form(
    chromium: Browser, room: Room, without: str
) -> None:
    context = chromium.new_context(java_script_enabled=without != "scripts")
    context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    page = open_page(context, room)
    assert page.locator(PANEL).is_hidden()
    assert page.locator("[data-room-lost]").is_hidden()
    page.fill("#field-body", "Helt almindeligt")
    page.click("text=Send")
    eventually(lambda: room.state.words() == ["Helt almindeligt"])
    page.wait_for_selector("[data-key=card-1]")
    context.close()


def test_a_second_press_and_an_empty_form_send_nothing(phone: BrowserContext, room: Room) -> None:
    page = open_page(phone, room)
    page.fill("#field-body", "Én gang")
    page.dblclick("text=Send")
    eventually(lambda: room.state.words() == ["Én gang"])
    page.wait_for_timeout(800)
    assert page.locator(".form-error-message").count() == 0
    page.click("text=Send")
    page.wait_for_selector(".form-error-message >> text=Udfyld feltet.")
    assert page.evaluate("document.activeElement.id") == "field-body"
    assert len(room.state.arrived) == 1


def test_everybody_at_once_gets_exactly_one_each(phone: BrowserContext, room: Room) -> None:
    """Cards of others come while the server is away now and then; each of one's own is there once."""
    page = open_page(phone, room)
    stop = threading.Event()

    def trouble() -> None:
        for answer in ("unheard", "busy", "take", "portal", "unheard", "take"):
            room.state.answer = answer
            stop.wait(0.35)

    thread = threading.Thread(target=trouble)
    thread.start()
    send(page, *TEN)
    thread.join()
    gone(page)
    assert sorted(room.state.words()) == TEN
