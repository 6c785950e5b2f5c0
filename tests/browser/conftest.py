"""A real browser on the real site: uvicorn over a clone of the archive, Debian's chromium."""

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from app.core.database import Database
from app.core.jobs import Tools
from app.core.mail import FolderTransport
from app.core.postgres import Server
from app.core.storage import open_folder
from app.http.serving import make_server
from app.main import create_app
from app.settings import Settings
from tests.conftest import create_database, open_as_application

CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# As long as the browser waits for all else: two cores may have much to do beside it.
MOST_WAITED = 30_000  # ms
expect.set_options(timeout=MOST_WAITED)
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Served:
    """A running site: its address, and the folder where its mails lie."""

    address: str
    tools: Tools
    mail: Path


@contextmanager
def serve(
    database: Database,
    files: Path,
    folder: Path,
    run_worker: bool,
    settings: Callable[[str], dict[str, Any]] = lambda address: {},
) -> Iterator[Served]:
    """The site on a free port, in a thread; `settings` are those that differ, by its address."""
    tools = Tools(database, open_folder(files), FolderTransport(folder / "mail"))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = f"http://localhost:{listener.getsockname()[1]}"
    chosen = Settings(data=folder, base_url=address, **settings(address))
    app = create_app(chosen, tools, run_worker=run_worker)
    server = make_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Served(address, tools, folder / "mail")
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def served(
    clone: Callable[[str], Database], archive_template: str, shared_folder: Path, tmp_path: Path
) -> Iterator[Served]:
    """The site with the archive on a database of the test's own, with its worker: for those who write."""
    files = tmp_path / "files"
    shutil.copytree(shared_folder / "archive" / "files", files)
    with serve(clone(archive_template), files, tmp_path, run_worker=True) as running:
        yield running


@pytest.fixture(scope="session")
def library(
    server: Server,
    archive_template: str,
    shared_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Iterator[Served]:
    """The same for those who only read and sign in; shared by the tests of a process."""
    name = f"library_{worker_id}"
    create_database(server, name, archive_template)
    folder = tmp_path_factory.mktemp("library")
    with serve(
        open_as_application(server, name), shared_folder / "archive" / "files", folder, run_worker=False
    ) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running
        asyncio._set_running_loop(running._loop)


@pytest.fixture(autouse=True)
def loop(playwright: Playwright) -> Iterator[None]:
    """Playwright marks its loop as the one that runs in this thread, and leaves the mark. Without the mark,
    whatever tests the process gets afterwards may run loops of their own, in whatever order they come."""
    asyncio._set_running_loop(playwright._loop)
    yield
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    assert path, "These tests need Debian's chromium: apt-get install chromium"
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    asyncio._set_running_loop(playwright._loop)
    browser.close()


# What axe has looked over in this process: kind of reader, path, whether errors were shown.
looked_over: set[tuple[str, str, bool]] = set()


@dataclass
class Reader:
    """Somebody at a screen. axe looks over each page that is read; scripts and requests are watched."""

    page: Page
    address: str
    screen: str
    faults: list[str] = field(default_factory=list)
    kind: str = "stranger"

    @property
    def has_scripts(self) -> bool:
        return self.screen != "no-scripts"

    def open(self, path: str) -> None:
        response = self.page.goto(self.address + path)
        assert response is not None and response.status < 400, (path, response and response.status)
        self.look()

    def press(self, name: str, role: str = "button", exact: bool = True) -> None:
        """Press the button or link with this name, and look at what comes."""
        self.page.get_by_role(role, name=name, exact=exact).first.click()
        self.page.wait_for_load_state()
        self.look()

    def agree(self) -> None:
        """Tick the box of the dialogue's rules, where it is still asked for."""
        box = self.page.locator("#field-rules")
        if box.count():
            box.check()

    def look(self) -> None:
        """One main heading, no sideways scrolling, nothing for axe to find."""
        page = self.page
        assert page.locator("h1").count() == 1, page.url
        if not self.has_scripts:
            return
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"
        if self.screen == "wide":
            return  # the same markup as on the phone, where axe looks
        seen = (self.kind, urlsplit(page.url).path, page.locator(".form-error").count() > 0)
        if seen in looked_over:
            return
        looked_over.add(seen)
        options = {"runOnly": AXE_RULES, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        told = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
        assert told == [], f"{page.url}: {told}"

    def sign_in(self, kind: str) -> None:
        """By the demo's button."""
        self.open("/log-ind")
        self.press(kind)
        self.kind = kind

    def sign_out(self) -> None:
        if self.screen == "phone":
            self.page.get_by_role("button", name="Menu").click()
        self.press("Log ud")
        self.kind = "stranger"

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


def watch(context: BrowserContext, page: Page, reader: Reader) -> None:
    def note(message: ConsoleMessage) -> None:
        # A form that comes back with its errors is answered by 422, which the browser calls an error.
        if message.type == "error" and "status of 422" not in message.text:
            reader.faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: reader.faults.append(str(error)))
    host = urlsplit(reader.address).netloc
    context.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).netloc in (host, "")
            else reader.faults.append(f"asked {request.url}")
        ),
    )


SCREENS = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 360, "height": 740}},
    "no-scripts": {"viewport": {"width": 1280, "height": 900}, "java_script_enabled": False},
}


# For what looks the same on every screen: once is enough, on the smallest.
on_the_phone = pytest.mark.parametrize("reader", ["phone"], indirect=True)
writing_on_the_phone = pytest.mark.parametrize("writer", ["phone"], indirect=True)


@contextmanager
def seat(chromium: Browser, site: Served, screen: str) -> Iterator[Reader]:
    """Somebody at a screen of this kind; nothing may have gone wrong in the browser when they leave."""
    context = chromium.new_context(**SCREENS[screen], locale="da-DK", reduced_motion="reduce")
    context.set_default_timeout(MOST_WAITED)
    page = context.new_page()
    person = Reader(page, site.address, screen)
    watch(context, page, person)
    yield person
    context.close()
    assert person.faults == []


@pytest.fixture(params=SCREENS)
def reader(request: pytest.FixtureRequest, chromium: Browser, library: Served) -> Iterator[Reader]:
    """The same reader on a laptop, on a phone of 360 px and without JavaScript; changes nothing."""
    with seat(chromium, library, request.param) as person:
        yield person


@pytest.fixture(params=["phone", "no-scripts"])
def writer(request: pytest.FixtureRequest, chromium: Browser, served: Served) -> Iterator[Reader]:
    """The same for somebody who writes: the laptop's width is that of the one without JavaScript."""
    with seat(chromium, served, request.param) as person:
        yield person
