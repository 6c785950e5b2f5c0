"""A house to be mistreated: PostgreSQL, the site and a worker as processes, to be killed and started again.

The processes are forked from one that has read the program once (`python bench/house.py` is that one), as to
read it anew takes seconds; from there each runs the same command as everywhere. The database is durable, as
it is for everybody. Nothing of it is left afterwards.
"""

import asyncio
import ctypes
import gc
import json
import mmap
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from app.cli import main as run_command  # noqa: E402
from app.cli import migrate_database, seed_database  # noqa: E402
from app.core import clock  # noqa: E402
from app.core.database import Database  # noqa: E402
from app.core.policy import Actor  # noqa: E402
from app.core.postgres import APP_ROLE, Server, ensure_server  # noqa: E402
from app.core.text import CPR_NUMBER  # noqa: E402
from app.identity.sessions import open_session  # noqa: E402
from app.main import make_tools  # noqa: E402
from app.settings import Settings  # noqa: E402

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
UP_WITHIN = 60.0  # seconds
STUCK_AFTER = 120.0  # seconds in which no work was done, and some is left
LOST = (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


# --- the processes ---


def name_word() -> str:
    """A name for what somebody writes, in whose digits no CPR number can be read: such words are refused."""
    while CPR_NUMBER.search(name := str(uuid4())):
        continue
    return name


@dataclass
class House:
    """All that runs. `port` of the site; `log` of all processes."""

    folder: Path
    server: Server
    database: Database
    owner: Database
    port: int
    spring: subprocess.Popen[str]
    environment: dict[str, str | None] = field(default_factory=dict)
    web: int = 0
    worker: int = 0

    @property
    def log(self) -> Path:
        return self.folder / "house.log"

    @property
    def clock(self) -> Path:
        """Holds the seconds by which the clocks of the processes are wrong."""
        return self.folder / "clock"

    def move_to(self, moment: datetime) -> None:
        """The site and the worker, as they run, have this time now; from there their clocks go on."""
        with self.clock.open("r+b") as file:
            file.write(struct.pack("d", (moment - datetime.now(UTC)).total_seconds()))

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    def start_web(self) -> None:
        self.web = self._fork(["serve", "--port", str(self.port)])

    def start_worker(self) -> None:
        self.worker = self._fork(["worker"])

    def _fork(self, arguments: list[str]) -> int:
        assert self.spring.stdin is not None and self.spring.stdout is not None
        wanted = {"arguments": arguments, "environment": self.environment, "clock": str(self.clock)}
        self.spring.stdin.write(json.dumps(wanted) + "\n")
        self.spring.stdin.flush()
        return int(self.spring.stdout.readline())

    def kill_web(self) -> bool:
        return kill(self.web)

    def kill_worker(self) -> bool:
        return kill(self.worker)

    def stop(self) -> None:
        """Both processes, in order."""
        for number in filter(None, (self.web, self.worker)):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)
        for number in (self.web, self.worker):
            wait_until_gone(number)

    def restart(self) -> None:
        """With the present environment."""
        self.stop()
        self.start_web()
        self.start_worker()
        asyncio.run(self.until_up())

    def find_backends(self) -> list[int]:
        """The processes of PostgreSQL that serve the site, the worker and us."""
        with self.owner.engine.connect() as connection:
            return list(
                connection.scalars(
                    text(
                        "select pid from pg_stat_activity where backend_type = 'client backend'"
                        " and pid <> pg_backend_pid() order by pid"
                    )
                )
            )

    def postmaster(self) -> int:
        return int((self.server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def kill_server(self) -> bool:
        """PostgreSQL with all its processes, as a power cut takes them; whether it ran."""
        number = self.postmaster()
        was_there = Path(f"/proc/{number}").exists()
        children = subprocess.run(["pgrep", "-P", str(number)], capture_output=True, text=True, check=False)  # noqa: S607
        for one in (number, *map(int, children.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        # Ours by birth: till we take note of its end, its number is in use, and another could not be started.
        with suppress(OSError):
            os.waitpid(number, 0)
        for one in map(int, children.stdout.split()):
            wait_until_gone(one, within=2)
        return was_there

    async def until_up(self, within: float = UP_WITHIN) -> float:
        """Wait until the site has its database; the seconds that it took. Raises RuntimeError."""
        began = time.monotonic()
        while time.monotonic() - began < within:
            with suppress(*LOST):
                if (await Line(self.port).ask("GET", "/healthz", within=5)).status == 200:
                    return time.monotonic() - began
            await asyncio.sleep(0.02)
        raise RuntimeError(f"the site does not come up:\n{self.log.read_text()[-3000:]}")

    def sign_in(self, actor: Actor) -> str:
        """The cookie header of somebody."""
        with self.database.unit() as session:
            # A mailed code is not enough for staff: they would be sent to prove more at every door.
            way = "passkey" if actor.is_strong else "code"
            return f"Cookie: dialogforum={open_session(session, actor.user_id or 0, way)}\r\n"

    def count(self, statement: str) -> int:
        with self.database.unit() as session:
            return int(session.execute(text(statement)).scalar_one())

    def wait_for_work(self) -> int:
        """Until the queue is empty, or no longer gets shorter; gives what is left in it."""
        fewest, since = self.count(_WAITING), time.monotonic()
        while fewest and time.monotonic() - since < STUCK_AFTER:
            time.sleep(1)
            left = self.count(_WAITING)
            if left < fewest:
                fewest, since = left, time.monotonic()
        return fewest

    def bring_forward(self) -> int:
        """Have the worker do now what is planned for later, as the index of cards is; how much that is."""
        with self.owner.engine.begin() as connection:
            return connection.execute(_BROUGHT_FORWARD).rowcount

    def count_given_up(self) -> int:
        return self.count("select count(*) from procrastinate_jobs where status = 'failed'")

    def count_unindexed(self, bodies: Sequence[str]) -> int:
        """Of the contributions with these texts: how many the search does not know."""
        with self.database.unit() as session:
            return int(session.execute(_UNINDEXED, {"bodies": list(bodies)}).scalar_one())


# What is planned for later is nothing that anybody waits for.
_WAITING = (
    "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
    " and coalesce(scheduled_at, now()) < now() + interval '2 minutes'"
)
_BROUGHT_FORWARD = text(
    "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and scheduled_at > now()"
    " and task_name = 'boards.index'"
)
_UNINDEXED = text(
    "select count(*) from contribution c where c.body = any(:bodies) and not exists"
    " (select from search_document d where d.kind = c.kind and d.object_id = c.id)"
)


@contextmanager
def open_house(*, is_seeded: bool = False, megabytes: int = 0, **environment: str | None) -> Iterator[House]:
    """A migrated house, empty or with the archive and its examples, whose site and worker do not run yet.

    With `megabytes` it stands on a disk of its own of that size. Raises PermissionError where we may make
    none. In the `environment`, None takes a setting away.
    """
    with (
        tempfile.TemporaryDirectory(prefix="dialogforum-bench-") as temporary,
        _disk(Path(temporary), megabytes) as folder,
    ):
        folder.chmod(0o755)  # PostgreSQL runs as somebody else where this is root
        (folder / "clock").write_bytes(struct.pack("d", 0.0))
        with ensure_server(folder / "postgres") as server, _spring(folder) as spring:
            owner, database = Database(server.url()), Database(server.url(role=APP_ROLE))
            migrate_database(owner, database)
            if is_seeded:
                settings = Settings(data=folder)
                # What follows from it is left to the worker.
                seed_database(settings, make_tools(settings, database), owner)
            given: dict[str, str | None] = {
                "DATABASE_URL": server.url(role=APP_ROLE),
                "DIALOGFORUM_DATA": str(folder),
                "DIALOGFORUM_RUN_WORKER": "false",
                "DIALOGFORUM_ENVIRONMENT": "demo",
            }
            house = House(
                folder, server, database, owner, free_port(), spring, environment=given | environment
            )
            try:
                yield house
            finally:
                house.stop()
                owner.close()
                database.close()
                with suppress(Exception):
                    server.revive()  # so that it can be stopped in order, whatever was done to it


@contextmanager
def _disk(folder: Path, megabytes: int) -> Iterator[Path]:
    if not megabytes:
        yield folder
        return
    options = ["-t", "tmpfs", "-o", f"size={megabytes}M,mode=755", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S607


@contextmanager
def _spring(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with (folder / "house.log").open("ab") as log:
        spring = subprocess.Popen(
            [sys.executable, __file__],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield spring
    finally:
        spring.kill()  # which ends what came from it
        spring.wait()


def kill(number: int) -> bool:
    """SIGKILL, and wait until there is nothing left of it; whether there was anything."""
    was_there = number > 0
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        was_there = False
    wait_until_gone(number)
    return was_there


def wait_until_gone(number: int, within: float = 20.0) -> None:
    # One that is dead already by its name may have threads that hold its port still: till it is quite gone.
    deadline = time.monotonic() + within
    while number and time.monotonic() < deadline and Path(f"/proc/{number}").exists():
        time.sleep(0.005)


def free_port() -> int:
    """One below those that the system gives away: else who asks a dead site may be given its very port."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


# --- one line of HTTP ---


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def is_clear_refusal(self) -> bool:
        """503 with a sentence, for people or for programs, and when to come again."""
        is_told = b"<h1" in self.body or b'"title"' in self.body
        return self.status == 503 and is_told and self.headers.get("retry-after", "").isdigit()


class Line:
    """A connection that is kept from one question to the next, and opened anew when it was lost."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None

    async def ask(
        self,
        method: str,
        path: str,
        headers: str = "",
        form: dict[str, str] | None = None,
        body: bytes = b"",
        kind: str = "application/x-www-form-urlencoded",
        within: float = 30.0,
    ) -> Answer:
        """The whole answer. Raises one of LOST where there is none."""
        content = urlencode(form).encode() if form is not None else body
        try:
            async with asyncio.timeout(within):
                return await self._ask(method, path, headers, content, kind)
        except BaseException:
            self.close()
            raise

    async def _ask(self, method: str, path: str, headers: str, body: bytes, kind: str) -> Answer:
        if self.reader is None or self.reader.at_eof() or self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 22)
        sent = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if method != "GET" else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n{headers}{sent}"
        )
        self.writer.write(f"{head}\r\n".encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        found = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
        read = b""
        if "content-length" in found and status not in (204, 304):
            read = await self.reader.readexactly(int(found["content-length"]))
        elif found.get("transfer-encoding") == "chunked":
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                read += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
        if found.get("connection") == "close":
            self.close()
        return Answer(status, found, read)


# --- the process that the others come from ---


def spring_processes() -> None:
    """Take lines of JSON, one a process to be started; tell the number of each."""
    from app.main import create_app

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        # All of it is read and put together once; what is made here has no connection to anything.
        create_app(settings, make_tools(settings, Database("postgresql://nobody@/nowhere")))
    gc.collect()
    gc.freeze()  # else each of them goes through all of it, and copies it by that
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is killed is gone at once
    for line in sys.stdin:
        print(_start(json.loads(line)), flush=True)


def _start(wanted: dict[str, Any]) -> int:
    number = os.fork()
    if number:
        return number
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    os.dup2(2, 1)
    for name, value in wanted["environment"].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    put_wrong(Path(wanted["clock"]))
    os._exit(run_command(wanted["arguments"]))


def put_wrong(path: Path) -> None:
    """Have this process's clock go as many seconds before or after the right one as the file says by then."""
    with path.open("rb") as file:
        offset = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def now(zone: tzinfo | None = None) -> datetime:
        return datetime.now(zone) + timedelta(seconds=struct.unpack_from("d", offset)[0])

    clock.datetime = SimpleNamespace(now=now, combine=datetime.combine)  # type: ignore[misc, assignment]


if __name__ == "__main__":
    spring_processes()
