"""Pages for strangers, kept and given again while nothing has been written: always as right as a new one.

A page is kept with the version of the database (`core/page_changes.py`) that was read before it was made, and
given to a request only when a reading of the version that began after the request had come says the same.
Requests that come at the same time share a reading, and the making of a page that is not there.

Kept is what a stranger gets: a request with a cookie or a key neither finds nor leaves anything. Pages that
asked what time it is are kept for seconds, and to the end of the minute; all of them to the end of the day.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import clock
from app.core.chosen import chosen
from app.core.database import Database
from app.core.keeping import Making, making
from app.core.page_changes import READ_VERSION
from app.http.problems import is_api

log = logging.getLogger(__name__)

MOST_BYTES = 32 * 1024 * 1024
LARGEST = 1024 * 1024  # bytes of one page
LONGEST_ADDRESS = 512  # characters of path and query; longer ones are made anew each time
A_MOMENT = timedelta(seconds=20)  # for how long a page that asked for the time of day is kept, at most
READ_WITHIN = 2.0  # seconds for a version; then the page is made as if nothing were kept
CONNECT_AGAIN = 1.0  # seconds after which a lost connection is tried again
MAKE_WITHIN = 10.0  # seconds for which others wait for a page that is being made

_KEPT_TYPES = (b"text/html", b"text/csv", b"text/calendar", b"application/", b"image/png")
# What programs ask for by its address alone, whatever they say they take.
_ALWAYS_JSON = "/oembed"
# Files of ours, streams, and what tells how the house itself is.
_PASSED_BY = ("/static/", "/healthz", "/readyz", "/metrics")
# What makes an answer another than a stranger's plain page.
_SPECIAL_HEADERS = frozenset(
    {b"cookie", b"authorization", b"range", b"hx-request", b"x-queue-who", b"if-match", b"content-length"}
)
# The policies too: the gate would add its own to 304, and whoever keeps the page may take those over.
_OF_UNCHANGED = frozenset(
    {b"etag", b"cache-control", b"vary", b"content-security-policy", b"cross-origin-resource-policy"}
)

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, str, bytes, bool, bool]


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it left the house. `body` is packed where its key says so."""

    version: str
    made_at: datetime
    ends_at: datetime
    headers: Headers
    etag: bytes
    body: bytes = field(repr=False)
    route: Any

    @property
    def size(self) -> int:
        # The headers and what Python needs for it all, roughly.
        return len(self.body) + 2000

    def is_right(self, version: str, moment: datetime) -> bool:
        return self.version == version and self.made_at <= moment < self.ends_at


class PageShelf:
    """The kept pages of this process; the longest unused ones go when it is full."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def find(self, key: Key, version: str, moment: datetime) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or not kept.is_right(version, moment):
            self.misses += 1
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return kept

    def keep(self, key: Key, page: Kept) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self.bytes -= before.size
        self._kept[key] = page
        self.bytes += page.size
        while self.bytes > self.most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self.bytes -= dropped.size

    def clear(self) -> None:
        self._kept.clear()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)


class _Reader:
    """One event loop's connection for versions, beside the pool: nobody waits behind a slow page for it."""

    def __init__(self, dsn: str, forget: Callable[[], None]) -> None:
        self._dsn = dsn
        self._forget = forget
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._failed_at = -CONNECT_AGAIN
        self._next: asyncio.Future[str | None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def read(self) -> str | None:
        """The version by a reading that begins from now on; None where there is none."""
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = loop.create_future()
        waited_for = self._next
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._read_on())
        return await asyncio.shield(waited_for)

    async def _read_on(self) -> None:
        while (answered := self._next) is not None:
            self._next = None
            version = None
            try:
                async with asyncio.timeout(READ_WITHIN):
                    version = await self._read_again()
            except Exception as problem:  # noqa: BLE001  whatever it is: others wait, and the page is made anew
                self._lose(problem)
            finally:
                if not answered.done():
                    answered.set_result(version or None)

    async def _read_again(self) -> str | None:
        """As `_read`; a line that died since the last reading is made anew at once."""
        if self._connection is not None:
            try:
                return await self._read(self._connection.pgconn)
            except (psycopg.Error, OSError):
                self.close()
        if time.monotonic() < self._failed_at + CONNECT_AGAIN:
            return None
        self._connection = await self._connect()
        return await self._read(self._connection.pgconn)

    async def _read(self, pg: PGconn) -> str | None:
        pg.send_query_prepared(b"version", None)
        pg.flush()
        loop = asyncio.get_running_loop()
        come: asyncio.Future[None] = loop.create_future()

        def take() -> None:
            if come.done():
                return
            try:
                pg.consume_input()
                if not pg.is_busy():
                    come.set_result(None)
            except psycopg.Error as problem:
                come.set_exception(problem)

        socket = pg.socket
        loop.add_reader(socket, take)
        try:
            await come
        finally:
            loop.remove_reader(socket)
        version = None
        while (result := pg.get_result()) is not None:
            if result.status != ExecStatus.TUPLES_OK:
                raise psycopg.OperationalError("no version")
            value = result.get_value(0, 0)
            version = value.decode() if value else None
        return version

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=2,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            application_name="dialogforum pages",
        )
        connection.pgconn.prepare(b"version", READ_VERSION.encode())
        return connection

    def _lose(self, problem: Exception) -> None:
        log.warning("pages are not kept just now: %s", type(problem).__name__)
        self._failed_at = time.monotonic()
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            # Another server may answer next time, and lack what the last writes before its takeover told.
            self._forget()
            # At once, and from any thread: an orderly goodbye would need the event loop.
            self._connection.pgconn.finish()
            self._connection = None


@dataclass(slots=True)
class _Flight:
    """A page that is being made for whoever came first; the others wait for it."""

    version: str
    done: "asyncio.Future[Kept | None]"


class PageCache:
    """The gate. Stands after the language and before all that is done for a page."""

    def __init__(self, app: ASGIApp, database: Database, shelf: PageShelf) -> None:
        self.app = app
        self.shelf = shelf
        self._dsn = database.dsn
        self._readers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Reader] = WeakKeyDictionary()
        self._flights: dict[Key, _Flight] = {}
        self._made_alone: OrderedDict[Key, None] = OrderedDict()
        database.close_also(self.close)

    def close(self) -> None:
        for reader in list(self._readers.values()):
            reader.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _read_request(scope)
        if asked is None or not self.shelf.most_bytes:
            await self.app(scope, receive, send)
            return
        key, known = asked
        read = await self._reader().read()
        if read is None:
            await self.app(scope, receive, send)
            return
        # What admins have chosen is held by each process, which may hear of it a moment after it is written.
        version = f"{read}/{chosen().version}"
        page = self.shelf.find(key, version, _moment())
        if page is None:
            page = await self._wait_for(key, version)
        if page is not None:
            scope["route"] = page.route
            await _send(page, known, send)
            return
        await self._make(key, version, known, scope, receive, send)

    def _reader(self) -> _Reader:
        loop = asyncio.get_running_loop()
        found = self._readers.get(loop)
        if found is None:
            found = self._readers[loop] = _Reader(self._dsn, self.shelf.clear)
        return found

    async def _wait_for(self, key: Key, version: str) -> Kept | None:
        """What another request is making, begun after this version was there; None where nobody does."""
        flight = self._flights.get(key)
        if flight is None or flight.version != version or key in self._made_alone:
            return None
        if flight.done.get_loop() is not asyncio.get_running_loop():
            return None
        try:
            async with asyncio.timeout(MAKE_WITHIN):
                page = await asyncio.shield(flight.done)
        except TimeoutError:
            return None
        return page if page is not None and page.is_right(version, _moment()) else None

    async def _make(
        self, key: Key, version: str, known: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        flight = None
        if key not in self._flights:
            done = asyncio.get_running_loop().create_future()
            flight = self._flights[key] = _Flight(version, done)
        # Who has the page already gets 304 from here: to be kept, the page must come with its body.
        headers = [header for header in scope["headers"] if header[0] != b"if-none-match"]
        catch = _Catch({**scope, "headers": headers}, known, send)
        noted = Making()
        # Before the noting begins: the clock would note the gate's own question as the page's.
        began = _moment()
        token = making.set(noted)
        page = None
        try:

            async def send_caught(message: Message) -> None:
                nonlocal flight
                await catch.send(message)
                if catch.is_passed_on and flight is not None:
                    self._land(key, flight, None)
                    flight = None

            await self.app(catch.scope, receive, send_caught)
            if catch.whole is not None:
                page = catch.as_kept(version, began, noted)
                if page is not None:
                    self.shelf.keep(key, page)
        finally:
            making.reset(token)
            scope["route"] = catch.scope.get("route")
            if flight is not None:
                self._land(key, flight, page)
            if page is None:
                self._note_alone(key)
            else:
                self._made_alone.pop(key, None)
        if catch.whole is not None:
            await catch.send_whole(page)

    def _land(self, key: Key, flight: _Flight, page: Kept | None) -> None:
        self._flights.pop(key, None)
        if not flight.done.done():
            flight.done.set_result(page)

    def _note_alone(self, key: Key) -> None:
        """This page could not be kept: next time nobody waits for another's."""
        self._made_alone[key] = None
        while len(self._made_alone) > 1000:
            self._made_alone.popitem(last=False)


class _Catch:
    """Takes an answer as it comes: what may be kept is held until it is whole, all else is passed on."""

    def __init__(self, scope: Scope, known: bytes, send: Send) -> None:
        self.scope = scope
        self.is_passed_on = False
        self.whole: bytes | None = None
        self._known = known
        self._send = send
        self._start: Message | None = None
        self._is_unchanged = False
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self.is_passed_on:
            self._start = message
            if not _may_keep(message):
                await self._pass_on()
        elif self.is_passed_on or message["type"] != "http.response.body":
            await self._send_part(message)
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.whole = b"".join(self._parts)
            elif sum(map(len, self._parts)) > LARGEST:
                await self._pass_on()
                await self._send_part({**message, "body": b"".join(self._parts)})

    async def _pass_on(self) -> None:
        self.is_passed_on = True
        start = self._start
        assert start is not None
        etag = _header(start["headers"], b"etag")
        self._is_unchanged = start["status"] == 200 and bool(etag) and _is_known(etag, self._known)
        if self._is_unchanged:
            headers = [header for header in start["headers"] if header[0] in _OF_UNCHANGED]
            start = {**start, "status": 304, "headers": headers}
        await self._send(start)

    async def _send_part(self, message: Message) -> None:
        if self._is_unchanged and message["type"] == "http.response.body":
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    def as_kept(self, version: str, began: datetime, noted: Making) -> Kept | None:
        """The page, unless something of it is for one reader alone."""
        assert self._start is not None and self.whole is not None
        actor = self.scope.get("state", {}).get("actor")
        is_somebodys = actor is not None and (actor.is_signed_in or bool(actor.seats))
        if noted.is_for_one or is_somebodys or len(self.whole) > LARGEST:
            return None
        headers = list(self._start["headers"])
        etag = _header(headers, b"etag")
        if not etag:
            etag = f'W/"{hashlib.sha256(self.whole).hexdigest()[:24]}"'.encode()
            headers.append((b"etag", etag))
        return Kept(version, began, ends_at(began, noted), headers, etag, self.whole, self.scope.get("route"))

    async def send_whole(self, page: Kept | None) -> None:
        if page is not None:
            await _send(page, self._known, self._send)
            return
        await self._pass_on()
        await self._send_part({"type": "http.response.body", "body": self.whole})


def _read_request(scope: Scope) -> tuple[Key, bytes] | None:
    """What a stranger asks for, and the marks of what the browser has of it; None for all other requests."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path, query = scope["path"], scope["query_string"]
    if len(path) + len(query) > LONGEST_ADDRESS or path.startswith(_PASSED_BY) or is_api(path):
        return None
    known = b""
    takes_packed: bool | None = None
    wants_html: bool | None = None
    for name, value in scope["headers"]:
        if name in _SPECIAL_HEADERS:
            return None
        if name == b"accept":
            # Twice the same header: whoever makes the page may go by the other one.
            if wants_html is not None or (b"json" in value and path != _ALWAYS_JSON):
                return None
            wants_html = b"text/html" in value
        elif name == b"accept-encoding":
            if takes_packed is not None:
                return None
            takes_packed = b"gzip" in value
        elif name == b"if-none-match":
            known = value
    return (scope["state"]["language"], path, query, bool(takes_packed), bool(wants_html)), known


def _may_keep(start: Message) -> bool:
    """Whether the answer is one that any stranger may have again. Only what says so itself is."""
    if start["status"] != 200:
        return False
    kept_by_others = is_text = False
    for name, value in start["headers"]:
        if name == b"set-cookie":
            return False
        if name == b"cache-control":
            kept_by_others = value == b"no-cache" or value.startswith(b"public")
        elif name == b"content-type":
            is_text = value.startswith(_KEPT_TYPES)
        elif name == b"content-length" and int(value) > LARGEST:
            return False
    return kept_by_others and is_text


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for known, value in headers if known == name), b"")


def _is_known(etag: bytes, known: bytes) -> bool:
    """Whether the browser has this one already, by its If-None-Match."""
    return known.strip() == b"*" or etag in [one.strip() for one in known.split(b",")]


def _moment() -> datetime:
    return clock.now()


def ends_at(began: datetime, noted: Making) -> datetime:
    """Until when a page is right while nothing is written: its day, and where it tells the time its minute.

    Deadlines and doors are set by the minute; so what opens or closes at twelve does so at twelve."""
    tomorrow = began.astimezone(clock.COPENHAGEN).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, datetime.min.time(), clock.COPENHAGEN)
    if not noted.moment:
        return midnight
    next_minute = began.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return min(midnight, began + A_MOMENT, next_minute)


async def _send(page: Kept, known: bytes, send: Send) -> None:
    if known and _is_known(page.etag, known):
        headers = [header for header in page.headers if header[0] in _OF_UNCHANGED]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    # A list of its own: who sends it on adds to it.
    await send({"type": "http.response.start", "status": 200, "headers": list(page.headers)})
    await send({"type": "http.response.body", "body": page.body})
