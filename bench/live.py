"""Whether the live room holds: a thousand people at their boards, a card heard by all, no word lost.

    python bench/live.py                      all of it, about a quarter of an hour on two quiet cores
    python bench/live.py --people 100 --seconds 10 --only groups,kill

Makes a database in a temporary folder and throws it away. The site runs as it does for everybody, in one
process; the people are played by this one. Each joins with the code as a guest, opens the board, its stream
and its blocks as the page's scripts do, and sends cards through the same doors, trying again until each is
taken. A sighting is somebody else on the board having fetched a block with the card in it; its time runs from
the press of the button. Ends with 1 where a goal is missed. Chance is seeded by the clock, so that no run
repeats the "unique" ids of the one before; --seed plays one again.
"""

import argparse
import asyncio
import gzip
import json
import os
import random
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from app.cli import migrate_database  # noqa: E402
from app.core.clock import now, today  # noqa: E402
from app.core.database import Database  # noqa: E402
from app.core.policy import SYSTEM  # noqa: E402
from app.core.postgres import APP_ROLE, ensure_server  # noqa: E402
from app.domain.attendance.models import LiveRoom  # noqa: E402
from app.domain.attendance.service import open_room  # noqa: E402
from app.domain.boards.models import Board  # noqa: E402
from app.domain.boards.planning import make_boards, open_boards  # noqa: E402
from app.domain.boards.planning_schemas import BoardsInput  # noqa: E402
from app.domain.groups.models import Group  # noqa: E402
from app.domain.meetings.models import AgendaItem, Meeting, Series  # noqa: E402
from app.main import connect_rooms  # noqa: E402
from app.settings import Settings  # noqa: E402
from bench.figures import Figures, choose  # noqa: E402

PEOPLE, GROUPS, CARDS_A_SECOND, SECONDS, BURST = 1000, 60, 20, 60, 500
COOKIE = "dialogforum-plads"
CARD = re.compile(rb'data-key="card-(\d+)"')
WORDS = (
    "Fælles snitflader, så data kun skrives ét sted",
    "Vi mangler et overblik over, hvem der bruger hvad, og hvad det koster os om året",
    "Start småt: én kommune, ét område, og mål på det før og efter",
    "Kravene er så forskellige fra udbud til udbud, at vi ikke kan bygge én løsning til alle",
)


# --- the room ---


@dataclass
class Stage:
    """A meeting today with a room, boards of groups and one for all."""

    key: str
    code: str
    group_boards: dict[int, int]  # the group's number -> its board
    plenary: int


def set_up(database: Database, groups: int) -> Stage:
    connect_rooms(Settings())
    with database.unit() as session:
        series = Series(key="bench", name="Målinger")
        session.add(series)
        session.flush()
        meeting = Meeting(
            series_id=series.id,
            key="1",
            number=1,
            title="Eksempel: måling af lokalet",
            status="live",
            held_on=today(),
            published_at=now(),
            created_at=now(),
        )
        session.add(meeting)
        session.flush()
        item = AgendaItem(
            meeting_id=meeting.id, key="grupper", position=1, kind="group_session", title="Gruppedrøftelser"
        )
        session.add(item)
        session.flush()
        for number in range(1, groups + 1):
            session.add(
                Group(
                    meeting_id=meeting.id,
                    item_id=item.id,
                    key=f"gruppe-{number}",
                    number=number,
                    position=number,
                    name=f"Gruppe {number}",
                    task="Hvad skal der til, for at det bliver til noget?",
                )
            )
        session.flush()
        room: LiveRoom = open_room(session, SYSTEM, meeting.id)
        room.lets_guests, room.names = True, "free"
        make_boards(session, SYSTEM, meeting.id, BoardsInput(item_id=item.id, for_groups=True, for_all=True))
        open_boards(session, SYSTEM, meeting.id)
        boards = list(session.query(Board).filter_by(meeting_id=meeting.id))
        numbers = {group.id: group.number for group in session.query(Group).filter_by(meeting_id=meeting.id)}
        of_groups = {numbers[board.group_id]: board.id for board in boards if board.group_id is not None}
        plenary = next(board.id for board in boards if board.group_id is None)
        return Stage(meeting.key, room.code, of_groups, plenary)


class SiteProcess:
    """The site, in a process of its own that can be killed and started again on the same port."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.environment = os.environ | {"DATABASE_URL": url, "DIALOGFORUM_ENVIRONMENT": "demo"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "site.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "app.cli",
                    "serve",
                    "--data",
                    str(self.folder),
                    "--port",
                    str(self.port),
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    async def until_up(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                answer = await Line(self.port).ask("GET", "/healthz")
                if answer.status == 200:
                    return
            if self.process is not None and self.process.poll() is not None:
                break
            await asyncio.sleep(0.1)
        raise SystemExit(f"the site does not start:\n{(self.folder / 'site.log').read_text()[-3000:]}")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> float:
        """End it in order; the seconds that it took."""
        began = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)
        return time.monotonic() - began

    def spent(self) -> float:
        """Seconds of processor time so far."""
        assert self.process is not None
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Megabytes."""
        assert self.process is not None
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4096 // 1_000_000


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# --- one line of HTTP ---


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection that is kept from one question to the next, and opened anew when it was lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        # As a browser does: one that the site has closed meanwhile is not used again.
        is_lost = self.reader is None or self.reader.at_eof()
        if is_lost or self.reader is None or self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        return self.reader, self.writer

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None

    async def ask(
        self, method: str, path: str, headers: str = "", form: dict[str, str] | None = None
    ) -> Answer:
        """The whole answer. Raises OSError, EOFError or TimeoutError where there is none."""
        try:
            async with asyncio.timeout(15):
                return await self._ask(method, path, headers, urlencode(form).encode() if form else b"")
        except BaseException:
            self.close()
            raise

    async def _ask(self, method: str, path: str, headers: str, body: bytes) -> Answer:
        reader, writer = await self.open()
        sent = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n{headers}"
        writer.write(f"{head}{sent if method == 'POST' else ''}\r\n".encode() + body)
        status, found = await read_head(reader)
        if status in (204, 304):
            read = b""
        elif "content-length" in found:
            read = await reader.readexactly(int(found["content-length"]))
        else:
            read = await _read_chunks(reader)
        if found.get("connection") == "close":
            self.close()
        return Answer(status, found, read)


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines[1:-2])
    return int(lines[0].split()[1]), {name.lower(): value for name, _, value in pairs}


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


LOST = (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


# --- the people ---


@dataclass
class Press:
    """A card that somebody sent."""

    client_id: str
    board: int
    at: float
    card_id: int | None = None
    taken_at: float | None = None
    tries: int = 0


@dataclass
class Tally:
    """What happened in one scenario."""

    pressed: list[Press] = field(default_factory=list)
    seen: dict[int, list[tuple[int, float]]] = field(default_factory=dict)  # card -> (person, moment)
    refused: Counter[str] = field(default_factory=Counter)
    blocks: int = 0
    unchanged: int = 0
    lost_lines: int = 0
    bytes: int = 0


class Crowd:
    """What the people share: where the site is, what is counted, and blocks that were unpacked once."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.tally = Tally()
        self.known: dict[str, frozenset[int]] = {}
        self.people: list[Person] = []

    def cards_in(self, answer: Answer) -> frozenset[int]:
        etag = answer.headers["etag"]
        found = self.known.get(etag)
        if found is None:
            if len(self.known) > 5000:
                self.known.clear()
            whole = gzip.decompress(answer.body) if "content-encoding" in answer.headers else answer.body
            found = self.known[etag] = frozenset(map(int, CARD.findall(whole)))
        return found


class Person:
    """One browser with one page open."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd = crowd
        self.number = number
        self.line = Line(crowd.port)
        self.sending = Line(crowd.port)
        self.cookie = ""
        self.board = 0
        self.page = ""
        self.stream_path = ""
        self.blocks: dict[str, set[str]] = {}  # address -> its topics
        self.etags: dict[str, str] = {}
        self.next: list[dict[str, str]] = []
        self.seen: set[int] = set()
        self.stale: set[str] = set()
        self.woken = asyncio.Event()
        self.is_open = asyncio.Event()
        self.queue = asyncio.Lock()  # a browser sends one thing after the other
        self.tasks: list[asyncio.Task[None]] = []

    def headers(self, more: str = "") -> str:
        return f"Cookie: {self.cookie}\r\n{more}"

    async def join(self, code: str, number: int) -> None:
        """From the code on the wall to being let in."""
        path = f"/k/{code}-{number}"
        page = await self.line.ask("GET", path)
        assert page.status == 200, (path, page.status)
        form = {
            "key": str(uuid4()),
            "shown_as": "name",
            "name": f"Eksempel {self.number}",
            "organisation_name": "",
            "organisation_kind": "municipality",
        }
        answer = await self.line.ask("POST", path, form=form)
        assert answer.status == 303, (path, answer.status, answer.body[-2000:].decode())
        self.cookie = answer.headers["set-cookie"].split(";")[0]
        assert self.cookie.startswith(COOKIE), self.cookie

    async def sit_down(self, key: str, board: int) -> None:
        """Open the page of a board, and follow it."""
        self.board, self.page = board, f"/moeder/{key}/tavler/{board}"
        answer = await self.line.ask("GET", self.page, self.headers())
        assert answer.status == 200, (self.page, answer.status)
        html = answer.body.decode()
        self.stream_path = re.findall(r'data-stream="([^"]+)"', html)[0]
        found = re.findall(r'data-live="([^"]+)" data-topic="([^"]+)"', html)
        self.blocks = {address.replace("&amp;", "&"): set(topics.split()) for address, topics in found}
        hidden = dict(re.findall(r'name="(client_id|reference|seal)" value="([^"]*)"', html))
        stock = re.findall(r"data-stock='([^']*)'", html)
        more = json.loads(stock[0].replace("&#34;", '"')) if stock else []
        self.next = [hidden, *more] if hidden else list(more)
        self.seen = set(map(int, CARD.findall(answer.body)))
        self.etags = {}
        self.is_open.clear()
        self.tasks = [asyncio.create_task(self.follow()), asyncio.create_task(self.fetch())]

    async def follow(self) -> None:
        """The page's one stream, opened again as a browser does it."""
        query = "&".join(f"emne={topic}" for topic in sorted(set().union(*self.blocks.values())))
        retry = 2.0
        while True:
            writer = None
            try:
                async with asyncio.timeout(15):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.crowd.port)
                    ask = (
                        f"GET {self.stream_path}?{query} HTTP/1.1\r\nHost: localhost\r\n{self.headers()}\r\n"
                    )
                    writer.write(ask.encode())
                    status, _ = await read_head(reader)
                if status == 200:
                    event = ""
                    async with asyncio.timeout(None) as patience:
                        while True:
                            # A page takes a line that says nothing for 40 seconds to be dead.
                            patience.reschedule(asyncio.get_running_loop().time() + 40)
                            heard = await reader.readline()
                            if not heard:
                                break
                            name, _, value = heard.decode().strip().partition(": ")
                            if name == "event":
                                event = value
                            elif name == "retry":
                                retry = int(value) / 1000
                            elif name == "data" and event == "changed":
                                self.is_open.set()
                                self.changed(set(value.split()))
                else:
                    self.crowd.tally.refused[f"stream {status}"] += 1
            except LOST:
                pass
            finally:
                if writer is not None:
                    writer.close()
            self.crowd.tally.lost_lines += 1
            await asyncio.sleep(retry)

    def changed(self, topics: set[str]) -> None:
        self.stale |= {address for address, of in self.blocks.items() if of & topics}
        if self.stale:
            self.woken.set()

    async def fetch(self) -> None:
        """Each block that changed, one after the other; again after a while where there was no answer."""
        tally = self.crowd.tally
        while True:
            await self.woken.wait()
            self.woken.clear()
            while self.stale:
                address = self.stale.pop()
                etag = self.etags.get(address)
                more = "Accept-Encoding: gzip\r\nAccept: text/html\r\n"
                more += f"If-None-Match: {etag}\r\n" if etag else ""
                try:
                    answer = await self.line.ask("GET", address, self.headers(more))
                except LOST:
                    await asyncio.sleep(random.uniform(0.5, 1.5))
                    self.stale.add(address)
                    continue
                tally = self.crowd.tally
                tally.blocks += 1
                tally.bytes += len(answer.body)
                if answer.status == 200:
                    self.etags[address] = answer.headers["etag"]
                    self.see(self.crowd.cards_in(answer))
                elif answer.status == 304:
                    tally.unchanged += 1
                else:
                    tally.refused[f"block {answer.status}"] += 1
                    await asyncio.sleep(random.uniform(1, 3))
                    self.stale.add(address)

    def see(self, cards: frozenset[int]) -> None:
        moment = time.monotonic()
        for card in cards - self.seen:
            self.crowd.tally.seen.setdefault(card, []).append((self.number, moment))
        self.seen |= cards

    async def press(self, patience: float = 90.0) -> None:
        """Send one card, again and again until it is taken."""
        tally, fields = self.crowd.tally, self.next.pop(0) if self.next else {"client_id": str(uuid4())}
        press = Press(fields["client_id"], self.board, time.monotonic())
        tally.pressed.append(press)
        form = fields | {"key": str(uuid4()), "text": random.choice(WORDS), "shown_as": "name"}
        headers = self.headers("Accept: application/json\r\n")
        wait = 1.0
        while time.monotonic() - press.at < patience:
            press.tries += 1
            try:
                async with self.queue:
                    answer = await self.sending.ask("POST", self.page, headers, form)
            except LOST:
                answer = None
            if answer is not None and answer.status == 200:
                said = json.loads(answer.body)
                press.card_id, press.taken_at = said["id"], time.monotonic()
                self.next.append(said["next"])
                return
            if answer is not None:
                tally.refused[f"card {answer.status}"] += 1
                if answer.status < 500 and answer.status != 429:
                    return
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(15.0, wait * 2)

    def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.line.close()
        self.sending.close()


# --- a bad line ---


class BadLine:
    """Stands between the people and the site, and cuts connections at random, in the middle of anything."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = _free_port()
        self.open: set[asyncio.StreamWriter] = set()
        self.cuts = 0

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._carry, "127.0.0.1", self.port, backlog=2048)
        self.cutting = asyncio.create_task(self._cut())

    async def stop(self) -> None:
        self.cutting.cancel()
        self.server.close()
        for writer in list(self.open):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self.open.add(writer)

        async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(*LOST):
                while some := await source.read(65536):
                    if random.random() < 0.03:
                        # A question that comes half, or an answer that nobody hears.
                        self.cuts += 1
                        sink.write(some[: random.randrange(len(some))])
                        await sink.drain()
                        break
                    sink.write(some)
                    await sink.drain()
            for each in (writer, to_writer):
                each.transport.abort()

        await asyncio.gather(pass_on(reader, to_writer), pass_on(to_reader, writer))
        self.open.discard(writer)

    async def _cut(self) -> None:
        while True:
            # In all a line lasts some twenty seconds; now and then all of them go at once.
            await asyncio.sleep(0.1)
            share = 0.5 if random.random() < 0.005 else 0.005
            for writer in list(self.open):
                if random.random() < share:
                    self.cuts += 1
                    writer.transport.abort()


# --- the scenarios ---


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


class Bench:
    def __init__(
        self, site: SiteProcess, stage: Stage, database: Database, options: argparse.Namespace
    ) -> None:
        self.site = site
        self.stage = stage
        self.database = database
        self.options = options
        self.crowd = Crowd(site.port)
        self.figures = Figures()
        self.note = self.figures.note

    # What everybody does first.

    async def let_in(self) -> None:
        began = time.monotonic()
        queue = [Person(self.crowd, number) for number in range(self.options.people)]
        times: list[float] = []

        async def one(person: Person) -> None:
            at = time.monotonic()
            await person.join(self.stage.code, person.number % len(self.stage.group_boards) + 1)
            times.append(time.monotonic() - at)

        await in_turn([lambda person=person: one(person) for person in queue], 20)
        self.crowd.people = queue
        seconds = time.monotonic() - began
        print(f"{len(queue)} joined by the code in {seconds:.1f} s, p99 {percentile(times, 0.99):.2f} s each")

    async def seat(self, board_of: Callable[[Person], int]) -> None:
        """Everybody opens a board; done when each stream stands."""
        began = time.monotonic()
        for person in self.crowd.people:
            person.leave()
        await asyncio.sleep(0.2)
        turns = [
            lambda person=person: person.sit_down(self.stage.key, board_of(person))
            for person in self.crowd.people
        ]
        await in_turn(turns, 20)
        async with asyncio.timeout(60):
            for person in self.crowd.people:
                await person.is_open.wait()
        # What came with the opening is read before anything is timed.
        await asyncio.sleep(2)
        self.crowd.tally = Tally()
        seconds = time.monotonic() - began
        print(f"{len(self.crowd.people)} boards open in {seconds:.1f} s; the site: {self.site.memory()} MB")

    def own_board(self, person: Person) -> int:
        return self.stage.group_boards[person.number % len(self.stage.group_boards) + 1]

    async def send_steadily(self, cards_a_second: float, seconds: float) -> None:
        """Cards at random moments, so many a second on the average; waits until each is taken or given up."""
        senders: list[asyncio.Task[None]] = []
        # Nobody may send thirty a minute, so the same person is not drawn too often.
        order: list[Person] = []
        began, at = time.monotonic(), 0.0
        while at < seconds:
            at += random.expovariate(cards_a_second)
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            if not order:
                order = random.sample(self.crowd.people, len(self.crowd.people))
            senders.append(asyncio.create_task(order.pop().press()))
        await asyncio.gather(*senders)

    async def until_seen(self, seconds: float) -> None:
        """Wait until all has been seen by all, for at most so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.count_unseen():  # noqa: ASYNC110  many may be waited for
            await asyncio.sleep(0.2)

    def count_unseen(self) -> int:
        tally = self.crowd.tally
        on_board = Counter(person.board for person in self.crowd.people)
        return sum(
            on_board[press.board] - len(tally.seen.get(press.card_id, ()))
            for press in tally.pressed
            if press.card_id is not None
        )

    def sightings(self) -> list[float]:
        """Seconds from the press to each sighting by somebody else."""
        tally = self.crowd.tally
        pressed = {press.card_id: press for press in tally.pressed if press.card_id is not None}
        return [
            moment - pressed[card].at
            for card, seen in tally.seen.items()
            if card in pressed
            for _, moment in seen
        ]

    def check_once(self, name: str) -> None:
        """Each card that was acknowledged is in the database exactly once, and none that was not pressed."""
        pressed = self.crowd.tally.pressed
        with self.database.unit() as session:
            rows = session.execute(
                text(
                    "select c.client_id::text, c.id, c.reference from contribution c"
                    " join board_card b on b.contribution_id = c.id where c.client_id = any(:ids)"
                ),
                {"ids": [press.client_id for press in pressed]},
            ).all()
        times = Counter(row.client_id for row in rows)
        ids = {row.client_id: row.id for row in rows}
        taken = [press for press in pressed if press.taken_at is not None]
        lost = sum(1 for press in taken if ids.get(press.client_id) != press.card_id)
        doubled = (
            sum(1 for count in times.values() if count > 1) + len(rows) - len({r.reference for r in rows})
        )
        given_up = len(pressed) - len(taken)
        unseen = self.count_unseen()
        self.note(
            f"{name}: no word lost",
            f"{len(pressed)} pressed, {len(taken)} taken, {lost} lost, {doubled} doubled, {unseen} not seen",
            "each exactly once, seen by all",
            lost == doubled == given_up == unseen == 0 and len(pressed) > 0,
        )

    def check_refused(self, name: str) -> None:
        refused = self.crowd.tally.refused
        self.note(f"{name}: refused", str(dict(refused)) if refused else "none", "none", not refused)

    def note_sightings(self, name: str, most: float) -> None:
        seen, tally = self.sightings(), self.crowd.tally
        taken = [press.taken_at - press.at for press in tally.pressed if press.taken_at is not None]
        p50, p99 = statistics.median(seen) if seen else float("inf"), percentile(seen, 0.99)
        self.note(
            f"{name}: seen by the others",
            f"p50 {p50 * 1000:.0f}, p99 {p99 * 1000:.0f}, worst {max(seen, default=0) * 1000:.0f} ms"
            f" of {len(seen)} sightings; taken p99 {percentile(taken, 0.99) * 1000:.0f} ms",
            f"p99 {most * 1000:.0f} ms",
            p99 <= most,
        )

    @contextmanager
    def loaded(self, name: str) -> Iterator[None]:
        """Says what the scenario cost."""
        print(f"\n{name}", flush=True)
        began, spent, own = time.monotonic(), self.site.spent(), time.process_time()
        yield
        seconds = time.monotonic() - began
        tally = self.crowd.tally
        print(
            f"  {seconds:.0f} s; processor: site {100 * (self.site.spent() - spent) / seconds:.0f} %, people"
            f" {100 * (time.process_time() - own) / seconds:.0f} %; {tally.blocks} blocks fetched"
            f" ({tally.unchanged} unchanged, {tally.bytes / 1e6:.1f} MB); {self.site.memory()} MB"
        )

    async def groups(self) -> None:
        await self.seat(self.own_board)
        with self.loaded(f"Groups: {len(self.crowd.people)} people, {len(self.stage.group_boards)} boards"):
            await self.send_steadily(self.options.cards, self.options.seconds)
            await self.until_seen(10)
        self.note_sightings("groups", 0.5)
        self.check_once("groups")
        self.check_refused("groups")

    async def plenary(self) -> None:
        await self.seat(lambda person: self.stage.plenary)
        with self.loaded(f"Plenary: one board open {len(self.crowd.people)} times, a card a second"):
            for _ in range(self.options.seconds):
                sending = asyncio.create_task(random.choice(self.crowd.people).press())
                await asyncio.sleep(1)
                await sending
            await self.until_seen(10)
        self.note_sightings("plenary", 1.0)
        self.check_once("plenary")
        self.check_refused("plenary")

    async def burst(self) -> None:
        await self.press_together("burst", "at their boards", self.own_board)

    async def together(self) -> None:
        """Harder than it was asked for: all of them on one board, which everybody has open."""
        await self.press_together("together", "on one board", lambda person: self.stage.plenary)

    async def press_together(self, name: str, where: str, board_of: Callable[[Person], int]) -> None:
        await self.seat(board_of)
        count = min(self.options.burst, len(self.crowd.people))
        with self.loaded(f"{name.capitalize()}: {count} press in the same second {where}"):

            async def press_soon(person: Person) -> None:
                await asyncio.sleep(random.random())
                await person.press()

            began = time.monotonic()
            await asyncio.gather(*map(press_soon, random.sample(self.crowd.people, count)))
            seconds = time.monotonic() - began
            await self.until_seen(20)
        waits = [press.taken_at - press.at for press in self.crowd.tally.pressed if press.taken_at]
        self.note(
            f"{name}: taken",
            f"all after {seconds:.1f} s; p50 {statistics.median(waits):.2f},"
            f" p99 {percentile(waits, 0.99):.2f} s",
            "5 s",
            seconds <= 5 and len(waits) == count,
        )
        self.check_once(name)
        self.check_refused(name)

    async def cuts(self) -> None:
        bad = BadLine(self.site.port)
        await self.seat(self.own_board)
        await bad.start()
        self.crowd.port = bad.port
        for person in self.crowd.people:
            for line in (person.line, person.sending):
                line.close()
                line.port = bad.port
            person.tasks[0].cancel()
            person.tasks[0] = asyncio.create_task(person.follow())
        with self.loaded("Cuts: the same through a line that cuts connections at random"):
            await self.send_steadily(self.options.cards, self.options.seconds)
            bad.cutting.cancel()
            await self.until_seen(30)
        print(
            f"  {bad.cuts} connections cut, {sum(p.tries - 1 for p in self.crowd.tally.pressed)} sent again"
        )
        self.check_once("cuts")
        self.check_refused("cuts")
        await bad.stop()
        self.crowd.port = self.site.port
        for person in self.crowd.people:
            for line in (person.line, person.sending):
                line.close()
                line.port = self.site.port

    async def kill(self) -> None:
        await self.seat(self.own_board)
        print("\nKill: the site is killed and started again, twice, while cards are sent")
        sending = asyncio.create_task(self.send_steadily(self.options.cards, self.options.seconds))
        gaps = []
        for _ in range(2):
            await asyncio.sleep(self.options.seconds / 4)
            self.site.kill()
            began = time.monotonic()
            await asyncio.to_thread(self.site.start)
            await self.site.until_up()
            gaps.append(time.monotonic() - began)
        await sending
        await self.until_seen(40)
        print(f"  away for {', '.join(f'{gap:.1f}' for gap in gaps)} s")
        print(f"  {sum(p.tries - 1 for p in self.crowd.tally.pressed)} sent again")
        self.check_once("kill")
        refused = {word: n for word, n in self.crowd.tally.refused.items() if not word.endswith("503")}
        self.note("kill: refused for good", str(refused) if refused else "none", "none", not refused)

    async def stop(self) -> None:
        """The last one: it ends with a thousand streams open."""
        await self.seat(self.own_board)
        print(f"\nStop: in order, with {len(self.crowd.people)} streams open")
        seconds = await asyncio.to_thread(self.site.stop)
        self.note("stop: until the process is gone", f"{seconds:.2f} s", "2 s", seconds <= 2)

    async def run(self) -> int:
        await self.site.until_up()
        await self.let_in()
        for name in self.options.only:
            await getattr(self, name)()
        for person in self.crowd.people:
            person.leave()
        return self.figures.close()


SCENARIOS = ("groups", "plenary", "burst", "together", "cuts", "kill", "stop")


async def in_turn(turns: list[Callable[[], Awaitable[Any]]], at_once: int) -> None:
    """All of them, so many at a time."""
    waiting = iter(turns)

    async def work() -> None:
        for turn in waiting:
            await turn()

    await asyncio.gather(*(work() for _ in range(at_once)))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--groups", type=int, default=GROUPS)
    parser.add_argument("--cards", type=float, default=CARDS_A_SECOND, help="a second, in all")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--burst", type=int, default=BURST)
    parser.add_argument("--only", default="", help=f"some of {','.join(SCENARIOS)}")
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--log", type=Path, help="where the site's log is kept")
    options = parser.parse_args()
    options.only = choose(parser, options.only, SCENARIOS)
    random.seed(options.seed)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536) if hard > 0 else 65_536, hard))
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, {os.cpu_count()} cores, seed {options.seed}")
    with tempfile.TemporaryDirectory() as temporary, ensure_server(Path(temporary) / "postgres") as server:
        folder = Path(temporary)
        server.create_database("bench")
        owner, database = Database(server.url("bench")), Database(server.url("bench", role=APP_ROLE))
        migrate_database(owner, database)
        stage = set_up(database, options.groups)
        site = SiteProcess(server.url("bench", role=APP_ROLE), folder)
        site.start()
        try:
            status = asyncio.run(Bench(site, stage, database, options).run())
        finally:
            site.stop()
            if options.log:
                options.log.write_bytes((folder / "site.log").read_bytes())
            owner.close()
            database.close()
    return status


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
