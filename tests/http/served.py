"""The site on a real socket, with a topic and a block of the tests' own, and a client that reads streams."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cli import listen
from app.core.jobs import Tools
from app.core.live import tell
from app.core.policy import Actor
from app.http.errors import ErrorPage
from app.http.live import Hub, add_topic, answer_block
from app.http.serving import make_server
from app.http.visit import AVisit, anyone
from app.main import create_app
from app.settings import Settings


@dataclass
class Known:
    """What the tests' topic asks and shows; `may` and `read` can be changed."""

    may: Callable[[Actor, int], bool] = lambda actor, number: number < 100
    during: Callable[[], None] = lambda: None
    asked: int = 0
    rendered: int = 0

    current: ClassVar["Known"]

    def ask(self, actor: Actor, number: int) -> bool:
        self.asked += 1
        return self.may(actor, number)

    def read(self, session: Session, number: int) -> ErrorPage:
        self.rendered += 1
        count = session.scalar(
            text("select count from rate_count where subject = :subject"), {"subject": f"test:{number}"}
        )
        self.during()
        return ErrorPage(status=404, sentence=f"Der står {count or 0}.")


def _may_hear(session: Session, actor: Actor, number: int) -> bool:
    return Known.current.ask(actor, number)


add_topic("test", _may_hear)


async def _show_block(request: Request, number: int) -> Response:
    return await answer_block(
        request, topic=f"test:{number}", page=lambda session: Known.current.read(session, number)
    )


def _visit_for_a_while(visit: AVisit) -> Response:
    """What every page does: hold a connection, then leave the thread and come back to it."""
    visit.session.execute(text("select pg_sleep(0.01)"))
    return Response("her")


def count_up(session: Session, number: int) -> None:
    """Change what the block of the topic shows, and tell it."""
    session.execute(
        text(
            "insert into rate_count (subject, window_start, count) values (:subject, '2026-01-01', 1)"
            " on conflict (subject, window_start) do update set count = rate_count.count + 1"
        ),
        {"subject": f"test:{number}"},
    )
    tell(session, f"test:{number}")


class Stream:
    """An open stream, read event by event."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def next(self) -> tuple[str, str]:
        """(event, data) of the next event, pings left out; ('', '') where the stream has ended."""
        event: dict[str, str] = {}
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event.get("event") == "ping":
                event = {}
            elif event:
                return event["event"], event["data"]
        return "", ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


@dataclass
class Live:
    """A site that is served in a thread."""

    port: int
    tools: Tools
    app: Any
    known: Known = field(default_factory=Known)

    @property
    def hub(self) -> Hub:
        return self.app.state.kit.hub

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body

    def block(self, number: int, **headers: str) -> str:
        status, _, body = self.get(f"/moeder/1/test/{number}/blok", **headers)
        assert status == 200
        return body.decode().partition("Der står ")[2].partition(".")[0]

    def stream(self, *topics: str, **headers: str) -> Stream:
        query = "&".join(f"emne={topic}" for topic in topics)
        return Stream(self.port, f"/moeder/1/live?{query}", headers)

    def count_up(self, number: int) -> None:
        with self.tools.database.unit() as session:
            count_up(session, number)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)


@contextmanager
def serve_live(settings: Settings, tools: Tools) -> Iterator[Live]:
    """The site, listening to the database, until the block ends."""
    listener = listen("127.0.0.1", 0)
    app = create_app(settings, tools)
    route = APIRoute("/moeder/1/test/{number:int}/blok", _show_block, dependencies=[anyone])
    app.router.routes[:0] = [route, APIRoute("/test/visit", _visit_for_a_while, dependencies=[anyone])]
    server = make_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    live = Live(listener.getsockname()[1], tools, app)
    Known.current = live.known
    live.wait_until(lambda: server.started and live.hub.is_listening)
    yield live
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()
