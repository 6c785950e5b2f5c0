"""Live updates at the door: a stream that says which topics have changed, and the blocks fetched then.

A page opens one stream (`/moeder/{key}/live?emne=board:5&emne=running:3`). It carries two events:

    event: changed          data: board:5 running:3     these have changed; the first one names them all
    event: ping             data:                       every 15 s, so that a page notices a dead line

and nothing of what changed. The page then fetches its block, where the rights are asked:

    @router.get("/moeder/{key}/tavler/{board_id:int}/blok", dependencies=[anyone])
    async def show_block(request: Request, key: str, board_id: int) -> Response:
        return await answer_block(
            request,
            topic=f"board:{board_id}",
            page=lambda session: BoardBlock(queries.get_board_block(session, board_id)),
        )

`add_topic("board", may_hear_board)` says once who may hear a topic and read its common block.
"""

import asyncio
import gzip
import hashlib
import logging
import math
import random
import selectors
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.database import Database
from app.core.live import CHANNEL, RIGHTS
from app.core.policy import Actor, NotFound
from app.http.pages import Frame, Page
from app.http.turnstile import Turnstile

log = logging.getLogger(__name__)

May = Callable[[Session, Actor], bool]
MayHear = Callable[[Session, Actor, int], bool]
MakePage = Callable[[Session], Page]
Key = tuple[Any, ...]

# Seconds.
GATHERED = 0.1  # changes of a topic within this time are told together …
GATHERED_EACH = 0.0005  # … and within this for each of its listeners, so that a full house is not overrun
SPREAD = 0.15  # the listeners of a topic are told over at most this time
SPREAD_EACH = 0.0003
PING = 15
ASKED_AGAIN = 300.0  # for how long an answer to "may this visitor?" holds, unless rights are told of
HELD_BACK = 5.0  # at most, while those who write have to wait
PAUSES = 3  # times as long as a rendering took, before the same block is rendered again …
LONGEST_PAUSE = 0.5  # … and never longer
RECONNECT = 0.5
RETRY = (1000, 4000)  # milliseconds until a browser opens a lost stream again: not all at once

MOST_TOPICS = 16  # of one stream
MOST_STREAMS = 6000
MOST_KEPT = 64 * 1024 * 1024  # bytes of blocks
MOST_REMEMBERED = 20_000  # answers to "may this visitor?"
MOST_VERSIONS = 20_000

_topics: dict[str, MayHear] = {}


def add_topic(word: str, may: MayHear) -> None:
    """Let there be topics "word:number"; `may(session, actor, number)` says who may hear one."""
    if _topics.get(word, may) is not may:
        raise ValueError(f"the topic {word} has a rule already")
    _topics[word] = may


def rule_of(topic: str) -> May | None:
    """Who may hear the topic; None where there is no such topic."""
    word, _, number = topic.partition(":")
    rule = _topics.get(word)
    if rule is None or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        return None
    return lambda session, actor: rule(session, actor, int(number))


Version = tuple[int, int]


class Hub:
    """Hears from the database what has changed, in every process, and wakes the streams of this one."""

    def __init__(self, database: Database, turnstile: Turnstile) -> None:
        self._dsn = database.dsn
        self._turnstile = turnstile
        self._lock = threading.Lock()
        self._era = 0
        self._counts: dict[str, int] = {}
        self._is_listening = False
        self._sides: WeakKeyDictionary[asyncio.AbstractEventLoop, _Side] = WeakKeyDictionary()
        self._stopping = threading.Event()
        self._bell: tuple[socket.socket, socket.socket] | None = None  # wakes the thread when it is to stop
        self._thread: threading.Thread | None = None
        self.blocks = _Blocks()
        self.answers = _Answers()
        self.ways = _Ways()

    def start(self) -> None:
        self._bell = socket.socketpair()
        self._thread = threading.Thread(target=self._listen_on, args=self._bell[:1], name="live", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every stream at once, and let no new one begin."""
        self._stopping.set()
        if self._bell is not None:
            self._bell[1].send(b"!")
        for side in list(self._sides.values()):
            side.close()

    @property
    def is_closed(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Close, and listen no longer."""
        self.close()
        if self._thread is not None:
            self._thread.join(timeout=2)
            self._thread = None
        if self._bell is not None:
            for end in self._bell:
                end.close()
            self._bell = None

    @property
    def is_listening(self) -> bool:
        return self._is_listening

    def count_streams(self) -> int:
        """Open streams of this process."""
        return sum(side.count for side in list(self._sides.values()))

    def version(self, topic: str) -> Version | None:
        """What stands for the topic's state as told so far; None while nothing is heard."""
        with self._lock:
            return (self._era, self._counts.get(topic, 0)) if self._is_listening else None

    def tell(self, topics: Sequence[str]) -> None:
        """These have changed: what is kept of them is too old, and whoever listens is told soon.

        Not said by a visit of its own process as well: each change would be rendered twice.
        """
        with self._lock:
            if RIGHTS in topics:
                self._forget_answers()
            if len(self._counts) > MOST_VERSIONS:
                self._begin_era()
            for topic in topics:
                self._counts[topic] = self._counts.get(topic, 0) + 1
            sides = list(self._sides.values())
        for side in sides:
            side.tell_soon(topics)

    def side(self) -> "_Side":
        """The streams and renderings of the running event loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            found = self._sides.get(loop)
            if found is None:
                found = self._sides[loop] = _Side(loop, self._turnstile)
            return found

    def _forget_answers(self) -> None:
        # New ones rather than emptied: who is being asked about just now notes it in the old.
        self.answers, self.ways = _Answers(), _Ways()

    def _begin_era(self) -> None:
        self._era += 1
        self._counts.clear()

    def _listen_on(self, bell: socket.socket) -> None:
        was_heard = True
        while not self._stopping.is_set():
            try:
                self._listen(bell)
            except (psycopg.Error, OSError) as problem:
                if was_heard:
                    log.warning("live updates are away: %s", type(problem).__name__)
                was_heard = False
            else:
                was_heard = True
            was_heard = was_heard or self._is_listening
            with self._lock:
                self._is_listening = False
            self._stopping.wait(RECONNECT)

    def _listen(self, bell: socket.socket) -> None:
        # A line that died without a word is noticed within half a minute.
        with psycopg.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=5,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            application_name="dialogforum live",
        ) as connection:
            connection.execute(f"listen {CHANNEL}")
            with self._lock:
                # What was told while nobody listened is not known: everything may have changed.
                self._begin_era()
                self._forget_answers()
                self._is_listening = True
                sides = list(self._sides.values())
            log.info("live updates are heard")
            for side in sides:
                side.tell_all_soon()
            with selectors.DefaultSelector() as selector:
                selector.register(connection.fileno(), selectors.EVENT_READ)
                selector.register(bell, selectors.EVENT_READ)
                while not self._stopping.is_set():
                    selector.select()
                    # All that has come, so that many at once are told once.
                    told = [one.payload for one in connection.notifies(timeout=0)]
                    if told:
                        self.tell(list(dict.fromkeys(told)))


class _Ear:
    """One open stream: what it listens to, and what it has not been told yet."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = frozenset(topics)
        self.waiting: set[str] = set()
        self.is_closed = False
        self._woken = asyncio.Event()

    def wake(self, topics: set[str]) -> None:
        self.waiting |= topics & self.topics
        if self.waiting:
            self._woken.set()

    def close(self) -> None:
        self.is_closed = True
        self._woken.set()

    async def listen(self, seconds: float) -> list[str]:
        """What has changed since; nothing after so many seconds, or when the stream is to end."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return []
        told = sorted(self.waiting)
        self.waiting.clear()
        if not self.is_closed:
            self._woken.clear()
        return told


class _Side:
    """One event loop's ears. Everything but `…_soon` and `close` happens in that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, turnstile: Turnstile) -> None:
        self.loop = loop
        self._turnstile = turnstile
        self.ears: dict[str, set[_Ear]] = {}
        self.count = 0
        self.flights: dict[tuple[Any, ...], _Flight] = {}
        self._told_at: dict[str, float] = {}
        self._planned: dict[str, float] = {}  # when each is due

    def tell_soon(self, topics: Sequence[str]) -> None:
        self._call(self._plan, list(topics))

    def tell_all_soon(self) -> None:
        self._call(lambda: self._plan(list(self.ears)))

    def close(self) -> None:
        self._call(self._close)

    def _call(self, function: Callable[..., None], *values: Any) -> None:
        try:
            self.loop.call_soon_threadsafe(function, *values)
        except RuntimeError:
            log.debug("an event loop has ended")

    def _close(self) -> None:
        for ear in {ear for ears in self.ears.values() for ear in ears}:
            ear.close()

    def open_ear(self, topics: Sequence[str]) -> _Ear:
        ear = _Ear(topics)
        self.count += 1
        for topic in ear.topics:
            self.ears.setdefault(topic, set()).add(ear)
        return ear

    def close_ear(self, ear: _Ear) -> None:
        self.count -= 1
        for topic in ear.topics:
            ears = self.ears.get(topic, set())
            ears.discard(ear)
            if not ears:
                self.ears.pop(topic, None)
                self._told_at.pop(topic, None)

    def _plan(self, topics: Sequence[str]) -> None:
        # At once where the topic has been quiet, else when its time is up.
        for topic in topics:
            if topic not in self.ears or topic in self._planned:
                continue
            gathered = max(GATHERED, GATHERED_EACH * len(self.ears[topic]))
            due = self._told_at.get(topic, -math.inf) + gathered
            self._planned[topic] = max(due, self.loop.time())
            self.loop.call_at(self._planned[topic], self._tell, topic)

    def _tell(self, topic: str) -> None:
        ears = list(self.ears.get(topic, ()))
        # Words that are on their way in go before those that are read: they come to an end.
        is_held_back = self.loop.time() < self._planned[topic] + HELD_BACK
        if is_held_back and self._turnstile.is_crowded():
            self.loop.call_later(0.05, self._tell, topic)
            return
        self._planned.pop(topic)
        if not ears:
            return
        self._told_at[topic] = self.loop.time()
        random.shuffle(ears)
        spread = min(SPREAD, SPREAD_EACH * len(ears))
        each = 20
        for begin in range(0, len(ears), each):
            part = ears[begin : begin + each]
            self.loop.call_later(spread * begin / len(ears), _wake, part, topic)


def _wake(ears: Sequence[_Ear], topic: str) -> None:
    for ear in ears:
        ear.wake({topic})


# --- the stream ---


async def stream(request: Request, topics: Sequence[str], may: May | None = None) -> Response:
    """The stream of a page. Topics that the visitor may not hear are left out; NotFound where none is left.

    `may` is asked besides each topic's own rule. No database session is open while the stream waits.
    """
    hub: Hub = request.app.state.kit.hub
    side = hub.side()
    if side.count >= MOST_STREAMS or hub.is_closed:
        raise HTTPException(503, headers={"Retry-After": "20"})
    known = list(dict.fromkeys(topic for topic in topics if rule_of(topic)))[:MOST_TOPICS]
    heard = await _hearable(request, known, may)
    if not heard:
        raise NotFound
    return EventSourceResponse(
        _tell_changes(request, hub, heard, may),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        ping=PING,
        ping_message_factory=lambda: ServerSentEvent("", event="ping", sep="\n"),
        sep="\n",
        send_timeout=30,
    )


async def _hearable(request: Request, topics: Sequence[str], may: May | None) -> list[str]:
    if may is not None and not all(await _let_in(request, {(*topics, "stream"): may})):
        return []
    allowed = await _let_in(request, {(topic,): cast(May, rule_of(topic)) for topic in topics})
    return [topic for topic, until in zip(topics, allowed, strict=True) if until]


async def _tell_changes(
    request: Request, hub: Hub, topics: Sequence[str], may: May | None
) -> AsyncIterator[ServerSentEvent]:
    side = hub.side()
    ear = side.open_ear(topics)
    try:
        # What changed before the stream stood is fetched too.
        first = ServerSentEvent(" ".join(sorted(ear.topics)), event="changed", retry=_any_retry(), sep="\n")
        yield first
        asked_at, rights = time.monotonic(), hub.answers
        patience = _some_time(ASKED_AGAIN)
        while not ear.is_closed:
            told = await ear.listen(max(0.0, asked_at + patience - time.monotonic()))
            # Rights that changed meanwhile are asked for before anything more is told.
            if hub.answers is not rights or time.monotonic() >= asked_at + patience:
                rights = hub.answers
                if set(await _hearable(request, topics, may)) != ear.topics:
                    return
                asked_at = time.monotonic()
            if told and not ear.is_closed:
                yield ServerSentEvent(" ".join(told), event="changed", sep="\n")
    finally:
        side.close_ear(ear)


def _some_time(seconds: float) -> float:
    """About so long, so that a thousand who came together do not come back together."""
    return seconds * random.uniform(0.75, 1.0)  # noqa: S311  no secret


def _any_retry() -> int:
    return random.randint(*RETRY)  # noqa: S311  no secret


# --- who may ---


class _Answers:
    """Who was let in where, for a few minutes. Refusals are not kept: who just joined gets in at once."""

    def __init__(self) -> None:
        self._until: OrderedDict[tuple[Any, ...], float] = OrderedDict()

    def until(self, key: tuple[Any, ...]) -> float:
        """The moment (time.monotonic) until which the answer holds; 0 where there is none."""
        until = self._until.get(key, 0.0)
        return until if until > time.monotonic() else 0.0

    def keep(self, key: tuple[Any, ...], until: float) -> None:
        self._until[key] = until
        self._until.move_to_end(key)
        while len(self._until) > MOST_REMEMBERED:
            self._until.popitem(last=False)


def _who(scope: Scope) -> bytes:
    """What stands for the visitor: a hash of what the browser shows of itself, so that no secret is kept."""
    shown = [name + value for name, value in scope["headers"] if name in (b"cookie", b"authorization")]
    return hashlib.sha256(b"\n".join(shown)).digest()


async def _let_in(request: Request, asked: Mapping[Key, May]) -> list[float]:
    """Until when the visitor may, for each key in turn; 0 for a no. What is not known is asked of the
    database, all at once, which for a key is at most every few minutes unless rights are told of."""
    kit = request.app.state.kit
    answers: _Answers = kit.hub.answers
    who = _who(request.scope)
    known = {key: answers.until((who, *key)) for key in asked}
    unknown = [key for key, until in known.items() if not until]

    def ask() -> list[bool]:
        with kit.database.session() as session:
            actor = kit.identify(session, request)
            return [asked[key](session, actor) for key in unknown]

    if unknown:
        async with kit.turnstile.place():
            allowed = await run_sync(ask)
        until = time.monotonic() + _some_time(ASKED_AGAIN)
        for key in compress(unknown, allowed):
            known[key] = until
            answers.keep((who, *key), until)
    return list(known.values())


# --- blocks ---


@dataclass(frozen=True, slots=True)
class Block:
    """A rendered block in both shapes in which it is sent."""

    etag: bytes
    plain: bytes
    packed: bytes = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed)


@dataclass(frozen=True, slots=True)
class _Kept:
    version: Version
    block: Block
    took: float  # seconds
    ended: float  # as time.monotonic


class _Blocks:
    """The newest rendering of each block, with the version that was current before it was begun."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def find(self, key: tuple[Any, ...], version: Version) -> Block | None:
        kept = self._kept.get(key)
        return kept.block if kept is not None and kept.version == version else None

    def pause(self, key: tuple[Any, ...]) -> float:
        """Seconds until the block should be rendered again: a large one must not take all the time."""
        kept = self._kept.get(key)
        if kept is None:
            return 0.0
        return max(0.0, kept.ended + min(LONGEST_PAUSE, PAUSES * kept.took) - time.monotonic())

    def keep(self, key: tuple[Any, ...], version: Version, block: Block, took: float) -> None:
        with self._lock:
            before = self._kept.get(key)
            if before is not None:
                if before.version > version:
                    return
                self._size -= before.block.size
            self._kept[key] = _Kept(version, block, took, time.monotonic())
            self._kept.move_to_end(key)
            self._size += block.size
            while self._size > MOST_KEPT:
                _, dropped = self._kept.popitem(last=False)
                self._size -= dropped.block.size


async def answer_block(
    request: Request, *, topic: str, page: MakePage, variant: str = "", may: May | None = None
) -> Response:
    """The block of a topic, the same for everybody who may read this variant of it.

    `may` is asked at most every few minutes for the same visitor; without it the topic's own rule is.
    `page` is rendered once for each change, as a stranger would see it: whose it is and what one may do is
    not in it. Raises NotFound where the visitor may not.
    """
    hub: Hub = request.app.state.kit.hub
    ways = hub.ways
    rule = may or rule_of(topic)
    # The topic's own rule is the same for the stream and for every variant, and so is its answer.
    asked = (topic, variant, "own rule") if may else (topic,)
    (until,) = await _let_in(request, {asked: rule}) if rule is not None else (0.0,)
    if not until:
        raise NotFound
    key = (topic, variant, request.state.language)
    block = await _find_block(request, hub, topic, key, page)
    ways.keep(_way_of(request.scope), _Way(topic, key, until))
    return _BlockResponse(block)


class _BlockResponse(Response):
    """A block in the shape that its reader takes, or 304 for one that has it already."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_block(self.block, scope, send)


_KEPT_BY_READERS = [(b"cache-control", b"private, no-cache"), (b"vary", b"Cookie, Accept-Encoding")]


async def send_block(block: Block, scope: Scope, send: Send) -> None:
    known = accepted = b""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            known = value
        elif name == b"accept-encoding":
            accepted = value
    headers = [(b"etag", block.etag), *_KEPT_BY_READERS]
    status, body = 200, block.plain
    if block.etag in known:
        status, body = 304, b""
    else:
        if b"gzip" in accepted:
            body = block.packed
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-type", b"text/html; charset=utf-8"))
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True, slots=True)
class _Way:
    """Where an address leads a visitor who may go there: to which block, and until when."""

    topic: str
    key: tuple[Any, ...]
    until: float


def _way_of(scope: Scope) -> tuple[Any, ...]:
    return (scope["state"]["language"], scope["path"], scope["query_string"], _who(scope))


class _Ways:
    """The ways that were found lately."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], _Way] = OrderedDict()

    def find(self, key: tuple[Any, ...]) -> _Way | None:
        return self._kept.get(key)

    def keep(self, key: tuple[Any, ...], way: _Way) -> None:
        self._kept[key] = way
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_REMEMBERED:
            self._kept.popitem(last=False)


class BlockGate:
    """Answers at the gate who asks again for a block that is kept: a thousand do so in the same moment.

    The same rules hold as in `answer_block`, which remembers the way for as long as the answer to "may this
    visitor?" holds; whatever is not plainly at hand goes on to the route. Stands after the language.
    """

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self.app = app
        self.hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/moeder/"):
            block = self._find(scope)
            if block is not None:
                await send_block(block, scope, send)
                return
        await self.app(scope, receive, send)

    def _find(self, scope: Scope) -> Block | None:
        way = self.hub.ways.find(_way_of(scope))
        if way is None or way.until < time.monotonic():
            return None
        version = self.hub.version(way.topic)
        return self.hub.blocks.find(way.key, version) if version is not None else None


@dataclass
class _Flight:
    """A block that is being rendered. `version` is taken as its reading begins."""

    task: asyncio.Task[Block] | None = None
    has_begun: bool = False
    version: Version | None = None


async def _find_block(request: Request, hub: Hub, topic: str, key: tuple[Any, ...], page: MakePage) -> Block:
    """What is kept, or else rendered: one at a time, joined by all for whom it is new enough."""
    flights = hub.side().flights
    while True:
        version = hub.version(topic)
        if version is None:
            # Nobody would say that a kept block is too old.
            return await _make_block(request, page, lambda: None)
        if kept := hub.blocks.find(key, version):
            return kept
        flight = flights.get(key)
        if flight is None:
            flight = flights[key] = _Flight()
            flight.task = asyncio.ensure_future(_fly(request, hub, topic, key, page, flight))
            flight.task.add_done_callback(lambda done: done.cancelled() or done.exception())
        assert flight.task is not None
        if flight.has_begun and flight.version != version:
            # It began before the change: whoever asks after the change waits for the next one.
            await asyncio.wait([flight.task])
            continue
        # Whoever goes away must not take the block from the others.
        return await asyncio.shield(flight.task)


async def _fly(
    request: Request, hub: Hub, topic: str, key: tuple[Any, ...], page: MakePage, flight: _Flight
) -> Block:
    def begin() -> None:
        # Before anything is read: a change that arrives during the rendering makes the block too old.
        flight.has_begun, flight.version = True, hub.version(topic)

    try:
        await asyncio.sleep(hub.blocks.pause(key))
        began = time.monotonic()
        block = await _make_block(request, page, begin)
        if flight.version is not None:
            hub.blocks.keep(key, flight.version, block, time.monotonic() - began)
        return block
    finally:
        hub.side().flights.pop(key, None)


async def _make_block(request: Request, page: MakePage, begin: Callable[[], None]) -> Block:
    kit = request.app.state.kit
    frame = _common_frame(request)

    def make() -> Block:
        with kit.database.session() as session:
            made = page(session)
        plain = kit.renderer.render(made, frame).encode()
        etag = f'W/"{hashlib.sha256(plain).hexdigest()[:24]}"'.encode()
        return Block(etag, plain, gzip.compress(plain, 5, mtime=0))

    turnstile: Turnstile = kit.turnstile
    async with turnstile.place():
        begin()
        return await run_sync(make)


def _common_frame(request: Request) -> Frame:
    """The frame of a stranger: nothing of who asked first may stand in what all get."""
    site = request.app.state.kit.site
    path = request.scope["path"]
    return Frame(
        language=request.state.language,
        path=path,
        signed_in=False,
        person_name="",
        organisation_name="",
        is_staff=False,
        is_vendor=False,
        is_municipality=False,
        demo=site.demo,
        site_name=site.site_name,
        base_url=site.base_url,
        contact_name=site.contact_name,
        contact_mail=site.contact_mail,
        contact_phone=site.contact_phone,
        data_responsible=site.data_responsible,
        next_path=path,
    )
