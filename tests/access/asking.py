"""Asking the app on its lowest floor: thousands of requests, without what an HTTP client does around each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode
from uuid import uuid4

from starlette.types import ASGIApp, Message, Scope

from app.http.live import Hub


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: `fields` are those of the form, or what stands after the question mark."""

    method: str
    path: str
    fields: dict[str, str]

    def scope(self, cookies: dict[str, str]) -> Scope:
        headers = {
            "host": "testserver",
            "sec-fetch-site": "same-origin",
            "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "content-type": "application/x-www-form-urlencoded",
        }
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": unquote(self.path),
            "raw_path": quote(self.path, safe="/%").encode(),
            "query_string": urlencode(self.fields if self.method == "GET" else {}).encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
            "server": ("testserver", 80),
            "client": ("127.0.0.1", 123),
        }

    def body(self) -> bytes:
        return b"" if self.method == "GET" else urlencode({"key": str(uuid4())} | self.fields).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


async def ask(app: ASGIApp, asked: Asked, cookies: dict[str, str], bearer: str = "") -> Answer:
    """The answer; what the app itself does not answer is a 500. `bearer`: the key of a program."""
    ended, parts = asyncio.Event(), []
    start: dict[str, Any] = {"status": 500, "headers": []}
    rest = [{"type": "http.request", "body": asked.body(), "more_body": False}]

    async def receive() -> Message:
        if rest:
            return rest.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                ended.set()

    scope = asked.scope(cookies)
    if bearer:
        scope["headers"].append((b"authorization", f"Bearer {bearer}".encode()))
    try:
        await app(scope, receive, send)
    except Exception:  # noqa: BLE001  Starlette raises again what it has answered with a 500
        ended.set()
    location = dict(start["headers"]).get(b"location", b"").decode()
    return Answer(start["status"], location, b"".join(parts))


@asynccontextmanager
async def end_streams(hub: Hub) -> AsyncIterator[None]:
    """Let each stream end after its first words: whoever gets those has been let in."""

    async def close() -> None:
        while True:
            for ear in {ear for ears in hub.side().ears.values() for ear in ears}:
                ear.close()
            await asyncio.sleep(0.01)

    closing = asyncio.create_task(close())
    yield
    closing.cancel()
