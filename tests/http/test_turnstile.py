"""As many requests as there are connections go in at a time; the others wait their turn, none is refused."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.database import Database
from app.core.jobs import Tools
from app.core.mail import FolderTransport
from app.core.storage import open_folder
from app.http import turnstile as gate
from app.http.turnstile import Place, Turnstile
from app.identity.sessions import open_session
from app.settings import Settings
from tests.http.served import Live, serve_live
from tests.people import add_people


@pytest.fixture
def live(clone: Callable[[str], Database], empty_template: str, settings: Settings) -> Iterator[Live]:
    tools = Tools(clone(empty_template), open_folder(settings.data), FolderTransport(settings.data / "mail"))
    with serve_live(settings, tools) as served:
        yield served


async def _status(port: int, sent: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


def test_three_hundred_at_once_are_all_answered(live: Live) -> None:
    sent = b"GET /test/visit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    async def ask_all() -> list[int]:
        return await asyncio.gather(*(_status(live.port, sent) for _ in range(300)))

    assert Counter(asyncio.run(ask_all())) == {200: 300}


def test_senders_on_slow_lines_hold_up_nobody(live: Live) -> None:
    """More of them than there are places: each has been asked who it is, and its body is on its way."""
    with live.tools.database.unit() as session:
        people = add_people(session)
        session.flush()
        cookie = f"dialogforum={open_session(session, people.vendor.user_id or 0)}"
    key = str(uuid4()).encode()
    head = (
        f"POST /oensker/nyt HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
        f"Content-Length: {len(key) + 4}\r\n\r\n"
    ).encode()
    slow = [socket.create_connection(("127.0.0.1", live.port), timeout=10) for _ in range(30)]
    for line in slow:
        line.sendall(head + b"key=")
    time.sleep(0.3)
    began = time.monotonic()
    assert live.get("/oensker")[0] == 200
    assert time.monotonic() - began < 5
    for line in slow:
        line.sendall(key)
    # An empty wish: the form comes back with its sentences.
    assert {line.recv(12) for line in slow} == {b"HTTP/1.1 422"}
    for line in slow:
        line.close()
    turnstile: Turnstile = live.app.state.kit.turnstile
    held = [semaphore._value for semaphore in turnstile._by_loop.values()]
    assert held == [turnstile.places]


def test_the_first_to_come_is_the_first_to_go_in() -> None:
    async def come_and_go() -> list[int]:
        turnstile = Turnstile(gate.KEPT_FREE + 2)
        order: list[int] = []

        async def visit(number: int) -> None:
            async with turnstile.place():
                order.append(number)
                await asyncio.sleep(0)

        await asyncio.gather(*(visit(number) for number in range(20)))
        assert not turnstile.is_crowded()
        return order

    assert asyncio.run(come_and_go()) == list(range(20))


def test_whoever_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "PATIENCE", 0.01)

    async def wait() -> None:
        turnstile = Turnstile(1)
        first, second = Place(turnstile), Place(turnstile)
        await first.take()
        await first.take()
        with pytest.raises(PoolTimeout):
            await second.take()
        second.give_up()
        first.give_up()
        first.give_up()
        await second.take()

    asyncio.run(wait())
