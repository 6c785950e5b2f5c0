"""The site under test: the real app, with a browser for each kind of people."""

import atexit
import re
from functools import cache
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import event
from starlette.testclient import TestClient

from app.core.jobs import Tools, run_waiting
from app.core.policy import Actor
from app.identity.sessions import open_session
from app.main import create_app
from app.settings import Settings
from tests.people import People, add_people


@cache
def shared_portal() -> BlockingPortal:
    opened = start_blocking_portal()
    portal = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    return portal


class Browser:
    """A client that behaves as a browser does with forms; follows no redirect by itself."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def post(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> Any:
        """Send a form; a key is added unless one is given."""
        data = {"key": str(uuid4())} | (fields or {})
        return self.client.post(path, data=data, **options)


class Site:
    """The app on its tools, and the statements that it sends to the database."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.settings = settings
        self.tools = tools
        self.app = create_app(settings, tools)
        self._browsers: dict[str, Browser] = {}
        self._people: People | None = None
        self.statements: list[str] = []

    def __enter__(self) -> Self:
        event.listen(self.tools.database.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        event.remove(self.tools.database.engine, "before_cursor_execute", self._note)
        self.tools.database.close()

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        self.statements.append(statement)

    @property
    def people(self) -> People:
        if self._people is None:
            with self.unit() as session:
                self._people = add_people(session)
        return self._people

    def forget_people(self) -> None:
        """For a site whose database was emptied: they are made anew when they are asked for."""
        self._people = None
        self._browsers.clear()

    def unit(self) -> Any:
        """A transaction of the test's own."""
        return self.tools.database.unit()

    def work(self) -> None:
        """Do the jobs that wait."""
        run_waiting(self.tools)

    def new_browser(self, address: str = "testclient") -> Browser:
        """The browser of a stranger, at this network address."""
        client = TestClient(
            self.app, follow_redirects=False, raise_server_exceptions=False, client=(address, 50_000)
        )
        # One event loop for all browsers of the process: else each request would start a thread for its own.
        client.portal = shared_portal()
        client.headers["Sec-Fetch-Site"] = "same-origin"
        return Browser(client)

    def browser(self, who: str | Actor = "stranger") -> Browser:
        """The browser of one of the people, signed in."""
        actor = getattr(self.people, who) if isinstance(who, str) else who
        name = f"{actor.user_id}"
        if name not in self._browsers:
            browser = self.new_browser()
            if actor.user_id is not None:
                with self.unit() as session:
                    secret = open_session(session, actor.user_id, "passkey" if actor.is_strong else "code")
                browser.client.cookies.set(self.app.state.cookie.name, secret)
            self._browsers[name] = browser
        return self._browsers[name]

    def count_statements(self, browser: Browser, path: str) -> int:
        """How many statements a page sends to the database, BEGIN and the like left out."""
        browser.get(path)
        self.app.state.page_shelf.clear()
        self.statements.clear()
        response = browser.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return len(self.statements)


def keys_in(html: str) -> list[str]:
    """The keys of the forms on a page."""
    return re.findall(r'name="key" value="([0-9a-f-]{36})"', html)
