"""What app.js adds, on the pages of the style guide, from a server that answers as it is told."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from app.http.pages import STATIC
from tests.browser.conftest import MOST_WAITED
from tests.look.guide import HERE, render_error, render_guide

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class Guide(ThreadingHTTPServer):
    """Serves the style guide; notes the key of each form sent to it, and answers with `answer`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.keys: list[str] = []
        self.answer = "303"
        self.page: Page

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.address}/{name}")
        return self.page


class Answering(BaseHTTPRequestHandler):
    server: Guide

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        file = (
            STATIC / path.removeprefix("/static/") if path.startswith("/static/") else HERE / path.strip("/")
        )
        if file.suffix not in TYPES:
            self.send(200, render_guide(path.strip("/")).encode())
        elif file.is_file():
            self.send(200, file.read_bytes(), TYPES[file.suffix])
        else:
            self.send(404, b"", TYPES[file.suffix])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.keys += re.findall(r'name="key"\s+([0-9a-f-]{36})', body)
        if self.server.answer == "lost":
            self.connection.close()
        elif self.server.answer == "303":
            self.send(303, b"")
        elif self.server.answer == "503":
            self.send(503, render_error(503).encode())
        else:
            self.send(422, render_guide("form").encode())

    def send(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        if status == 303:
            self.send_header("Location", "/front")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def guide(chromium: Browser) -> Iterator[Guide]:
    with Guide() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(MOST_WAITED)
        server.page = context.new_page()
        yield server
        context.close()
        server.shutdown()


def test_half_typed_text_comes_back_after_a_reload(guide: Guide) -> None:
    page = guide.open("blank")
    page.fill("#field-words", "Halvt skrevet")
    page.check("input[value=data]")
    page.reload()
    assert page.input_value("#field-words") == "Halvt skrevet"
    assert page.is_checked("input[value=data]")
    assert "Din tekst er hentet frem fra sidst." in page.inner_text("form.form")


def test_begin_again_empties_the_form(guide: Guide) -> None:
    page = guide.open("blank")
    page.fill("#field-words", "Halvt skrevet")
    page.reload()
    page.click("text=Begynd forfra")
    page.wait_for_function("document.querySelector('#field-words').value === ''")


def test_text_that_was_received_is_forgotten(guide: Guide) -> None:
    page = guide.open("blank")
    page.fill("#field-words", "Færdig")
    page.click("text=Send ønsket")
    page.wait_for_selector(".hero")
    page.wait_for_function("Object.keys(localStorage).length === 0")


@pytest.mark.parametrize("answer", ["503", "lost"])
def test_text_that_was_not_received_comes_back_with_the_same_key(guide: Guide, answer: str) -> None:
    guide.answer = answer
    page = guide.open("blank")
    for _ in range(2):
        page.fill("#field-words", "Ikke modtaget")
        page.click("text=Send ønsket", no_wait_after=True)
        page.wait_for_function("!document.querySelector('#field-words')" if answer == "503" else "true")
        page.wait_for_timeout(200)
        guide.open("front")
        guide.open("blank")
        assert page.input_value("#field-words") == "Ikke modtaget"
    assert len(guide.keys) >= 2  # after a lost connection the browser itself sends once more
    assert len(set(guide.keys)) == 1


def test_a_refused_form_keeps_what_came_back_from_the_server(guide: Guide) -> None:
    guide.answer = "422"
    page = guide.open("blank")
    page.fill("#field-words", "Afvist")
    page.click("text=Send ønsket")
    page.wait_for_selector(".error-summary")
    assert page.input_value("#field-words") == "Vi mangler en klar retning."


def test_a_second_press_sends_nothing(guide: Guide) -> None:
    guide.answer = "lost"
    page = guide.open("blank")
    seen = page.evaluate(
        """() => [1, 2].map(() => {
            let refused = null;
            const look = (e) => { refused = e.defaultPrevented; e.preventDefault(); };
            addEventListener('submit', look, { once: true });
            document.querySelector('form.form [type=submit]').click();
            return refused;
        })"""
    )
    assert seen == [False, True]
    assert page.get_attribute("form.form [type=submit]", "aria-disabled") == "true"


def test_characters_left_are_counted(guide: Guide) -> None:
    page = guide.open("blank")
    page.fill("#field-title", "æ" * 78)
    assert page.inner_text("#field-title-limit") == "2 tegn tilbage"
    page.fill("#field-title", "æ" * 83)
    assert page.inner_text("#field-title-limit") == "3 tegn for meget"


def test_a_pasted_list_loses_its_bullets_and_is_counted(guide: Guide) -> None:
    page = guide.open("blank")
    page.evaluate(
        """() => {
            const clipboardData = new DataTransfer();
            const list = '• Klar retning\\n\\n- Målbilleder\\r\\n3) 5G i hele landet\\n';
            clipboardData.setData('text/plain', list);
            const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
            document.querySelector('#field-cards').dispatchEvent(paste);
        }"""
    )
    assert page.input_value("#field-cards") == "Klar retning\nMålbilleder\n5G i hele landet"
    assert page.inner_text("#field-cards ~ .is-lines") == "Linjer: 3"


def test_one_box_ticks_them_all_and_follows_them(guide: Guide) -> None:
    page = guide.open("blank")
    page.check("text=Vælg alle")
    assert page.locator("input[name=aspect]:checked").count() == 6
    page.uncheck("input[value=data]")
    assert page.evaluate("document.querySelector('[data-select-all]').indeterminate") is True


def test_slash_goes_to_the_search_box_until_it_is_switched_off(guide: Guide) -> None:
    page = guide.open("meeting")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "site-search"
    page.click("text=Slå genvejstasten / til søgning fra")
    page.reload()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "site-search"


def test_slash_in_a_field_is_a_slash(guide: Guide) -> None:
    page = guide.open("blank")
    page.focus("#field-title")
    page.keyboard.type("ja/nej")
    assert page.input_value("#field-title") == "ja/nej"


def test_arrows_turn_the_pages_of_a_deck(guide: Guide) -> None:
    page = guide.open("slide")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/slide#4")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/slide#2")


def test_a_link_to_a_field_keeps_what_is_typed(guide: Guide) -> None:
    page = guide.open("form")
    page.fill("#field-who", "Alle kommuner")
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "field-mail"
    assert page.input_value("#field-who") == "Alle kommuner"


def test_leaving_a_half_typed_form_without_memory_asks_first(guide: Guide) -> None:
    page = guide.open("blank")
    page.evaluate("document.querySelector('form.form').removeAttribute('data-keep')")
    page.click("#field-words")
    page.keyboard.type("Halvt")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{guide.address}/front")
    assert asked == ["beforeunload"]


def test_a_sent_file_shows_its_progress_and_the_answer_takes_the_page(guide: Guide) -> None:
    guide.answer = "422"
    page = guide.open("blank")
    page.set_input_files(
        "#field-file", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.click("text=Send ønsket")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className").endswith("error-summary")
    assert page.title() == "Ret fejl: Send et ønske – Dialogforum"


def test_a_file_that_is_too_large_is_told_of_and_not_sent(guide: Guide) -> None:
    page = guide.open("form")
    large = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * 50_001}
    page.set_input_files("#field-file", large)  # type: ignore[arg-type]
    assert page.get_by_role("alert").last.inner_text() == "Filen fylder mere end 50 kB."
    page.locator("form.form button[type=submit]").first.click()
    assert (guide.keys, page.evaluate("document.activeElement.id")) == ([], "field-file")
    page.set_input_files("#field-file", large | {"buffer": b"x" * 50_000})  # type: ignore[arg-type]
    assert page.locator("#field-file-weight").count() == 0


def test_the_receipt_leaves_the_address_once_it_is_read(guide: Guide) -> None:
    page = guide.open("front?side=2&kvittering=gemt")
    assert page.url == f"{guide.address}/front?side=2"


def test_the_menu_opens_and_closes_on_a_phone_without_scripts(guide: Guide, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    guide.page = context.new_page()
    page = guide.open("front")
    link = page.get_by_role("link", name="Møder", exact=True)
    assert not link.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert link.is_visible()
    page.keyboard.press("Escape")
    assert not link.is_visible()
    context.close()
