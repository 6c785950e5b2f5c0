"""Counts requests and their time, and hands the figures of this process to whoever has the key."""

import hmac
import time
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.metrics import CONTENT_TYPE, Family, RequestCounts, write_metrics

# Of what no door took: one name for all, as addresses are without number.
NO_DOOR = "none"


class MeasureGate:
    """Notes each request by its door when the answer begins; how long a stream stays open does not count."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self.app = app
        self.counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        is_noted = False

        async def send_noted(message: Message) -> None:
            nonlocal is_noted
            if message["type"] == "http.response.start" and not is_noted:
                is_noted = True
                seconds = time.perf_counter() - begun
                self.counts.note(_method(scope), door_of(scope), message["status"], seconds)
            await send(message)

        self.counts.begin()
        try:
            await self.app(scope, receive, send_noted)
        finally:
            self.counts.end()
            if not is_noted:
                self.counts.note(_method(scope), door_of(scope), 500, time.perf_counter() - begun)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def door_of(scope: Scope) -> str:
    """The pattern of the route that took the request."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) else "/static" if scope["path"].startswith("/static/") else NO_DOOR


def answer_metrics(
    request: Request, key: str, counts: RequestCounts, read: Callable[[], list[Family]]
) -> Response:
    """The figures, for who shows the key (`Authorization: Bearer …`); for all others a plain no, and nothing
    is read."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not hmac.compare_digest(shown.encode(), key.encode()):
        return PlainTextResponse("key needed\n", 401, headers={"WWW-Authenticate": "Bearer"})
    headers = {"Cache-Control": "no-store"}
    return Response(write_metrics(counts, read()), media_type=CONTENT_TYPE, headers=headers)
