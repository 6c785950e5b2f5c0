"""What a page costs: for strangers and staff, against the same bytes served without any work.

    python bench/volume.py var/one --times 0
    python bench/volume.py var/hundred --times 100
    python bench/pages.py var/one var/hundred --json pages.json           an hour; one folder twenty minutes
    python bench/pages.py var/one --only moeder,soeg --seconds 1

For each folder PostgreSQL runs, and two web processes as they are for everybody, each with eight of the
sixteen connections. A page is asked for by strangers with the page cache (kept), by strangers that carry
somebody else's cookie, for whom nothing is kept (made), and by staff. The *bare limit* is the same server in
the same two processes, which only hands out the same bytes. Times are of the wall, so they are worth what the
machine was worth; milliseconds of processor are of all processes that serve, PostgreSQL's too, and hold on a
busy machine. Statements are counted in a process of the bench's own. With a second folder its pages are
measured in turn with those of the first. `visit` is what a first visit to that page takes: requests, and
thousands of bytes. Figures are kept after each page. Ends with 1 where a goal is missed or an answer failed.
"""

import argparse
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, where_and_when  # noqa: E402

CONNECTIONS = 16
PROCESSES = 2
OTHER_COOKIE = "maalt=1"
MEETING = "eksempel-efteraar-2026"
PUBLIC = (
    "/", "/moeder", "/moeder/14", f"/moeder/{MEETING}", f"/moeder/{MEETING}/program",
    f"/moeder/{MEETING}/indspil", f"/moeder/{MEETING}/opfoelgning", f"/moeder/{MEETING}/referat",
    f"/moeder/{MEETING}/tavler/1", "/moederaekker/dialogforum", "/oplaeg", "/oplaeg/3",
    "/oplaeg/3/side/3", "/oplaeg/3/side/3/lignende", "/oensker", "/oensker?status=answered",
    "/oensker/OE-0002", "/ideer", "/ideer/ID-0001", "/behov", "/behov/BE-0001", "/indspil/IN-0010",
    "/forpligtelser", "/forpligtelser/plan", "/forpligtelser/F-0001", "/svar/forsinkede", "/temaer",
    "/temaer/kdp-2021-2025", "/temaer/kdp-2021-2025/bedre-velfaerd-og-styring-med-data",
    "/temaer/kdp-2021-2025/bedre-velfaerd-og-styring-med-data/sagt", "/temaer/kobling",
    "/temaer/uden-loefte", "/behov/runder", "/opfoelgning", "/temaer/varmekort", "/kommuner",
    "/kommuner/esbjerg", "/organisationer", "/organisationer/1",
    "/projekter", "/projekter/vej", "/projekter/barrierer", "/udvalg", "/udbud", "/ligebehandling",
    "/evaluering", "/opfoelgning/2026", "/opsummeringer", "/trykproever", "/soeg?q=digital",
    "/soeg?q=effekt+af+velf%C3%A6rdsteknologi", "/kalender", "/om", "/was", "/privatliv", "/data",
    "/oensker.csv", "/moeder.csv", "/forpligtelser.atom", "/forpligtelser.ics", "/moeder.ics",
    "/sitemap.xml",
)  # fmt: skip
STAFF = (
    "/", f"/moeder/{MEETING}", "/mit", "/indbakke", "/indbakke?skuffe=forsinket", "/indbakke/OE-0002",
    "/indbakke/lignende", "/indbakke/svar", "/forpligtelser", "/forpligtelser/foreslaaede",
    "/medlemskaber", "/modereret", "/modereret/venter", "/udbakke", "/ligebehandling/log",
    "/ligebehandling/huller", "/trykproever/tavle", "/temaer/uden-loefte", "/behov/runder",
    f"/moeder/{MEETING}/rediger", f"/moeder/{MEETING}/rediger/tilmeldinger", f"/moeder/{MEETING}/konsol",
    "/indbakke.csv", "/soeg?q=digital",
)  # fmt: skip
# Patterns of doors open to strangers that are not asked for, and why.
NOT_ASKED = {
    r"sealed\}": "opened by a sealed link of somebody's own",
    r"^/(healthz|readyz|robots\.txt|oembed|400|\.well-known/.*)$": "for machines, a few bytes",
    r"\.(json|xlsx|png|webp|jsonld|js)$": "the list again in another form, or a picture",
    r"\.(csv|atom|ics)$": "as the lists of wishes, meetings and promises, which are asked in these forms",
    r"\.(docx|pdf|zip)$|/fil$|/pdf$": "a made file: bench/report.py and bench/documents.py look at these",
    r"^/ideer/bilag/|^/oplaeg/\{deck_id\}/tilstand$": "what somebody sent, as it lies in the store",
    r"^/log-ind|^/k(/|$)|/lokale$|/plenum$|/tavler/\{board_id\}/kort/|/spoerg/": "a room: bench/live.py",
    r"^/indlejr|^/soeg/forslag$|/kort$|/interesse$|/anmeld$|/mine$": "a part of a page, or its form",
    r"/(versioner|version/|udgaver|sammenlign|afstemninger)": "earlier versions, and what was voted",
    r"^/samtykker/|^/(sikkerhed|status|was/tilbagemelding|data/felter|api)$": "words alone, as /om is",
    r"^/(udvalg|netvaerk|udbud|trykproever|projekter|ligebehandling|kommuner|modenhed|behov/runder)\b.+"
    r"|^/(netvaerk|modenhed)$": "not in an archive without examples of it: not measured yet",
    r"^/moeder/\{key\}/(evaluering|opsummering|rapport)$|/opsummering$": "not measured yet",
}
FILES = re.compile(r"\.(csv|json|xlsx|atom|ics|xml)$")
STATEMENTS, MADE_MS, KEPT_MS, SEARCH_MS, STAFF_MS = 6, 6.0, 0.6, 10.0, 25.0
KEPT_SHARE, STAFF_SHARE, GROWTH, MEMORY_MIB, START_SECONDS = 0.5, 0.2, 1.5, 250, 3.0
VISIT_BYTES, VISIT_REQUESTS = 100_000, 10


# --- the same server without work ---


def serve_bare(port: int, told: Path) -> None:
    """What the file tells, {address: [status, headers, body in latin-1]}, as our server would send it."""
    from app.http.serving import allow_many_files, make_server, settle

    known = {
        address: (
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(a.encode(), b.encode()) for a, b in headers],
            },
            {"type": "http.response.body", "body": body.encode("latin-1")},
        )
        for address, (status, headers, body) in json.loads(told.read_text()).items()
    }

    class Nobody:
        @staticmethod
        def close() -> None:
            """There is no stream to end."""

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        address = scope["raw_path"].decode() + (
            "?" + scope["query_string"].decode() if scope["query_string"] else ""
        )
        start, body = known[address]
        await send({**start, "headers": list(start["headers"])})
        await send(body)

    bare.state = type("State", (), {"kit": type("Kit", (), {"hub": Nobody})})  # type: ignore[attr-defined]
    listener = socket.create_server(("127.0.0.1", port))
    allow_many_files()
    settle()
    make_server(bare).run(sockets=[listener])  # type: ignore[arg-type]


# --- processes ---


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_up(port: int, path: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.settimeout(20)
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return b" 200 " in line.recv(64)
    except OSError:
        return False


def spent_by(pids: Sequence[int]) -> float:
    """Seconds of processor of these processes and of the children that they have waited for."""
    ticks = 0
    for pid in pids:
        try:
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(part) for part in parts[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def own_memory(pids: Sequence[int]) -> float:
    """MiB: what these processes take, what they share counted once."""
    kilobytes = 0
    for pid in pids:
        try:
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
        except OSError:
            continue
        kilobytes += int(found[1]) if found else 0
    return kilobytes / 1024


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
        except (OSError, ValueError):
            continue
    return found


@dataclass
class House:
    """A folder with its database and web processes."""

    folder: Path
    url: str
    staff_cookie: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]]
    postmaster: int

    def pids(self) -> list[int]:
        return [process.pid for process in self.processes] + [self.postmaster, *children_of(self.postmaster)]


def start_process(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=os.environ | dict(environment), stdout=out, stderr=out
        )


def wait_until_up(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while not is_up(port, path):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"does not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.02)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=30)


def time_start(folder: Path) -> float:
    """Seconds from the command to the first answer, PostgreSQL's start among them."""
    port, log = free_port(), folder / "bench.log"
    started = time.monotonic()
    process = start_process(["-m", "app.cli", "serve", "--data", str(folder), "--port", str(port)], {}, log)
    try:
        wait_until_up(process, port, "/", log)
        return time.monotonic() - started
    finally:
        stop([process])


def weigh_forked(folder: Path) -> float:
    """MiB of `serve --processes 2` when every public page was asked for some times."""
    port, log = free_port(), folder / "bench.log"
    command = ["-m", "app.cli", "serve", "--data", str(folder), "--port", str(port)]
    environment = {"DIALOGFORUM_RUN_WORKER": "false"}
    process = start_process([*command, "--processes", str(PROCESSES)], environment, log)
    try:
        wait_until_up(process, port, "/", log)
        for path in PUBLIC * 4:
            is_up(port, path)
        return own_memory([process.pid, *(pid for pid in children_of(process.pid) if is_ours(pid))])
    finally:
        stop([process])


def is_ours(pid: int) -> bool:
    """Whether it is a process of the program, not PostgreSQL's."""
    return b"app.cli" in Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    from sqlalchemy import select

    from app.cli import migrate_database
    from app.core.database import Database
    from app.core.postgres import APP_ROLE, ensure_server
    from app.domain.users.models import User
    from app.identity.sessions import open_session
    from app.web.signin import DEMO_USERS

    with ensure_server(folder / "postgres") as server:
        owner, database = Database(server.url()), Database(server.url(role=APP_ROLE))
        migrate_database(owner, database)
        with database.unit() as session:
            user = session.scalar(select(User.id).where(User.email == DEMO_USERS["staff"]))
            if user is None:
                raise SystemExit(f"{folder} holds no examples: make it with bench/volume.py")
            cookie = f"dialogforum={open_session(session, user, 'demo')}"
        url = server.url(role=APP_ROLE)
        postmaster = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        owner.close()
        database.close()
        house = House(folder, url, cookie, [], [], postmaster)
        log = folder / "bench.log"
        environment = {"DATABASE_URL": url, "DIALOGFORUM_RUN_WORKER": "false"}
        try:
            for _ in range(PROCESSES):
                port = free_port()
                arguments = ["-m", "app.cli", "serve", "--data", str(folder), "--port", str(port)]
                house.processes.append(start_process(arguments, environment, log))
                house.ports.append(port)
            for process, port in zip(house.processes, house.ports, strict=True):
                wait_until_up(process, port, "/", log)
            yield house
        finally:
            stop(house.processes)


# --- the sixteen connections ---


@dataclass
class Load:
    """What came of asking for some time."""

    requests: int = 0
    failed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def cpu_ms(self) -> float:
        return self.cpu / self.requests * 1000 if self.requests else 0.0

    def quantile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.I)


class Connection:
    """One that asks again as soon as it is answered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.came = bytearray()
        self.length: int | None = None

    def ask(self, request: bytes) -> None:
        self.came.clear()
        self.length = None
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Whether the whole answer has come."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionResetError
        self.came += part
        if self.length is None:
            end = self.came.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.came[: end + 2])
            if found := _LENGTH.search(head):
                self.length = end + 4 + int(found[1])
            elif b" 304 " in head[:16] or b" 204 " in head[:16]:
                self.length = end + 4
            else:
                self.length = -1
        if self.length < 0:
            return self.came.endswith(b"\r\n0\r\n\r\n")
        return len(self.came) >= self.length

    def close(self) -> None:
        self.socket.close()


def make_request(path: str, cookie: str = "", more: str = "") -> bytes:
    carried = f"Cookie: {cookie}\r\n" if cookie else ""
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html,*/*\r\nAccept-Encoding: gzip\r\n"
    return f"{head}{carried}{more}\r\n".encode()


def ask_once(port: int, path: str, cookie: str = "") -> bytes:
    """The whole answer, head and body."""
    line = Connection(port)
    try:
        line.ask(make_request(path, cookie))
        while not line.read():
            pass
        return bytes(line.came)
    finally:
        line.close()


def body_of(answer: bytes) -> bytes:
    """Without its head, and put together where it came in pieces."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" not in head.lower():
        return body
    whole = bytearray()
    while body:
        size, _, body = body.partition(b"\r\n")
        if not (length := int(size, 16)):
            break
        whole += body[:length]
        body = body[length + 2 :]
    return bytes(whole)


def load(
    ports: Sequence[int], request: bytes, seconds: float, pids: Sequence[int], connections: int = CONNECTIONS
) -> Load:
    """Ask over and over from so many connections; what had begun before the end is waited for."""
    made = Load()
    lines = [Connection(ports[number % len(ports)]) for number in range(connections)]
    with selectors.DefaultSelector() as ready:
        for line in lines:
            ready.register(line.socket, selectors.EVENT_READ, line)
        before, started = spent_by(pids), time.perf_counter()
        end = started + seconds
        for line in lines:
            line.ask(request)
        waiting = len(lines)
        while waiting:
            for key, _ in ready.select(60) or _give_up():
                line = key.data
                if not line.read():
                    continue
                moment = time.perf_counter()
                made.requests += 1
                made.bytes += len(line.came)
                made.times.append(moment - line.sent_at)
                if line.came[9:10] not in (b"2", b"3"):
                    made.failed += 1
                if moment < end:
                    line.ask(request)
                else:
                    waiting -= 1
        made.seconds = time.perf_counter() - started
        made.cpu = spent_by(pids) - before
    for line in lines:
        line.close()
    return made


def _give_up() -> Sequence[Any]:
    raise SystemExit("no answer within a minute")


# --- what is told of a page ---


@dataclass
class Told:
    """A page as somebody asks for it. Milliseconds; `cpu` is of all processes, for one request."""

    path: str
    who: str  # made | kept | staff
    status: int
    bytes: int
    rate: float
    p50: float
    p99: float
    cpu: float
    statements: int | None = None
    failed: int = 0  # of the answers that were timed, those in the second folder too
    bare_rate: float = 0.0
    bare_cpu: float = 0.0
    visit_requests: int | None = None
    visit_bytes: int | None = None
    grown_status: int | None = None
    grown: float | None = None  # processor time in the second folder, as a multiple of that in the first
    grown_p50: float | None = None
    grown_ms: float | None = None
    missed: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of the bare limit."""
        return self.rate / self.bare_rate if self.bare_rate else 0.0


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


def judge(told: Told) -> None:
    is_file = bool(FILES.search(told.path.partition("?")[0]))
    is_search = told.path.startswith("/soeg")
    goals = []
    if told.status != 200:
        goals.append(f"answered {told.status}")
    if told.grown_status not in (None, 200):
        goals.append(f"answered {told.grown_status} in the second folder")
    if told.failed:
        goals.append(f"{told.failed} answers failed")
    if told.statements is not None and told.statements > STATEMENTS and not is_file:
        goals.append(f"statements > {STATEMENTS}")
    if told.who == "made" and not is_file and told.cpu > (SEARCH_MS if is_search else MADE_MS):
        goals.append("made too slowly")
    if told.who == "kept" and told.cpu > KEPT_MS and not is_search:
        goals.append(f"kept > {KEPT_MS} ms")
    if told.who == "staff" and not is_file and told.cpu > STAFF_MS:
        goals.append(f"staff > {STAFF_MS:.0f} ms")
    if told.who == "kept" and told.bare_rate and told.share < KEPT_SHARE:
        goals.append("< half of bare")
    if told.who == "staff" and told.bare_rate and told.share < STAFF_SHARE:
        goals.append("< a fifth of bare")
    if told.grown is not None and min(told.grown, told.grown_p50 or told.grown) > GROWTH:
        goals.append(f"grows > {GROWTH}×")
    if told.path == "/" and told.visit_requests is not None and told.visit_requests > VISIT_REQUESTS:
        goals.append(f"first visit > {VISIT_REQUESTS} requests")
    if told.path == "/" and told.visit_bytes is not None and told.visit_bytes > VISIT_BYTES:
        goals.append(f"first visit > {VISIT_BYTES:,} bytes")
    told.missed = goals


# --- statements, and a first visit ---


def count_statements(house: House, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """{(path, cookie): statements} of the second asking, in this process."""
    from sqlalchemy import event
    from starlette.testclient import TestClient

    from app.core.database import Database
    from app.main import create_app, make_tools
    from app.settings import Settings

    settings = Settings(data=house.folder)
    tools = make_tools(settings, Database(house.url))
    seen: list[str] = []
    event.listen(tools.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    found = {}
    client = TestClient(create_app(settings, tools), raise_server_exceptions=False, follow_redirects=False)
    for path, cookie in asked:
        for _ in range(2):
            seen.clear()
            client.get(path, headers={"Cookie": cookie})
        found[path, cookie] = len(seen)
    tools.database.close()
    return found


_TAKEN = re.compile(r"<(?:link|script|img|source)\b[^>]*?\b(?:href|src)=\"(/[^\"]+)\"[^>]*>")
_IN_CSS = re.compile(r"@import\s+(?:url\()?[\"']?([^\"')]+)")


def first_visit(port: int, path: str) -> tuple[int, int]:
    """(requests, bytes with heads) of a first visit: the page, its sheets, scripts and pictures."""
    import gzip
    from urllib.parse import urljoin

    def take(address: str) -> str:
        nonlocal weight
        answer = ask_once(port, address)
        weight += len(answer)
        head, body = answer.partition(b"\r\n\r\n")[0], body_of(answer)
        if b"content-encoding: gzip" in head.lower():
            body = gzip.decompress(body)
        return body.decode("utf-8", "replace")

    weight = 0
    page = take(path)
    wanted = [
        match[1]
        for match in _TAKEN.finditer(page)
        if not re.search(r'rel="(?:alternate|canonical|next|prev|search|help)[^"]*"', match[0])
        and 'loading="lazy"' not in match[0]
    ]
    taken: set[str] = set()
    while wanted:
        address = wanted.pop().replace("&amp;", "&")
        if address in taken:
            continue
        taken.add(address)
        content = take(address)
        if ".css" in address:
            # Of pictures and fonts a browser takes those that the page uses, which only a browser knows.
            wanted += [urljoin(address, found) for found in _IN_CSS.findall(content)]
    return len(taken) + 1, weight


# --- all of it ---


@contextmanager
def open_bare(answers: Mapping[str, bytes], folder: Path) -> Iterator[tuple[list[int], list[int]]]:
    """(ports, pids) of two processes that give these bytes."""
    told = {}
    for address, answer in answers.items():
        head, body = answer.partition(b"\r\n\r\n")[0], body_of(answer)
        lines = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:]]
        headers = [
            (name, value) for name, _, value in lines if name.lower() not in ("date", "transfer-encoding")
        ]
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("content-length", str(len(body))))
        told[address] = [status_of(answer), headers, body.decode("latin-1")]
    path, log = folder / "bare.json", folder / "bench.log"
    path.write_text(json.dumps(told))
    ports = [free_port() for _ in range(PROCESSES)]
    processes = [start_process([__file__, "--bare", str(port), str(path)], {}, log) for port in ports]
    try:
        for process, port in zip(processes, ports, strict=True):
            wait_until_up(process, port, next(iter(answers)), log)
        yield ports, [process.pid for process in processes]
    finally:
        stop(processes)
        path.unlink()


def measure(houses: Sequence[House], pages: Sequence[tuple[str, str]], seconds: float) -> Iterator[Told]:
    """Each page as soon as it is measured."""
    first, later = houses[0], houses[1:]

    def cookie_of(house: House, who: str) -> str:
        return {"made": OTHER_COOKIE, "kept": "", "staff": house.staff_cookie}[who]

    every = list(dict.fromkeys(path for path, _ in pages))
    answers = {path: ask_once(first.ports[0], path) for path in every}
    for path, who in pages:
        if who == "staff":
            answers[path + ("&" if "?" in path else "?") + "-"] = ask_once(
                first.ports[0], path, first.staff_cookie
            )
    counted = count_statements(first, [(path, cookie_of(first, who)) for path, who in pages if who != "kept"])
    with open_bare(answers, first.folder) as (ports, bare_pids):
        for path, who in pages:
            request = make_request(path, cookie_of(first, who))
            answer = ask_once(first.ports[0], path, cookie_of(first, who))
            load(first.ports, request, 0, ())  # every connection to the database is open then
            got = load(first.ports, request, seconds, first.pids())
            told = Told(
                path,
                who,
                status_of(answer),
                len(answer),
                got.rate,
                got.quantile(0.5),
                got.quantile(0.99),
                got.cpu_ms,
            )
            told.statements = counted.get((path, cookie_of(first, who)))
            told.failed = got.failed
            address = path + ("&" if "?" in path else "?") + "-" if who == "staff" else path
            asked = make_request(address, cookie_of(first, who))
            load(ports, asked, 0, ())  # warm, as the site is
            bare = load(ports, asked, seconds, bare_pids)
            if bare.failed or abs(bare.bytes / bare.requests - len(answers[address])) > 200:
                raise SystemExit(f"the bare server does not hand out {address}")
            told.bare_rate, told.bare_cpu = bare.rate, bare.cpu_ms
            if who == "kept":
                told.visit_requests, told.visit_bytes = first_visit(first.ports[0], path)
            if later and who != "kept":
                other = cookie_of(later[0], who)
                told.grown_status = status_of(ask_once(later[0].ports[0], path, other))
                asked = make_request(path, other)
                load(later[0].ports, asked, 0, ())
                large = load(later[0].ports, asked, seconds, later[0].pids())
                told.failed += large.failed
                told.grown_ms = large.cpu_ms
                told.grown = large.cpu_ms / told.cpu if told.cpu else None
                told.grown_p50 = large.quantile(0.5) / told.p50 if told.p50 else None
            judge(told)
            print_line(told)
            yield told


def print_head() -> None:
    print(
        f"{'page':58} {'who':5} {'req/s':>7} {'p50':>7} {'p99':>7} {'cpu ms':>7} {'bytes':>8} {'sql':>4}"
        f" {'bare/s':>7} {'share':>6} {'visit':>8} {'cpu there':>9} {'×cpu':>5} {'×p50':>5}  missed"
    )


def print_line(told: Told) -> None:
    def shown(value: float | None, form: str) -> str:
        return format(value, form) if value else ""

    visit = f"{told.visit_requests}/{(told.visit_bytes or 0) / 1000:.0f}k" if told.visit_requests else ""
    print(
        f"{told.path[:58]:58} {told.who:5} {told.rate:7.0f} {told.p50:7.1f} {told.p99:7.1f} {told.cpu:7.2f}"
        f" {told.bytes:8,} {told.statements if told.statements is not None else '':>4}"
        f" {shown(told.bare_rate, '.0f'):>7} {shown(told.share, '.2f'):>6} {visit:>8}"
        f" {shown(told.grown_ms, '.1f'):>9}"
        f" {shown(told.grown, '.1f'):>5} {shown(told.grown_p50, '.1f'):>5}  {', '.join(told.missed)}",
        flush=True,
    )


def choose_pages(only: str) -> list[tuple[str, str]]:
    pages = [(path, who) for path in PUBLIC for who in ("made", "kept")] + [(path, "staff") for path in STAFF]
    wanted = [word for word in only.split(",") if word]
    return [
        (path, who) for path, who in pages if not wanted or any(word in f"{who}:{path}" for word in wanted)
    ]


def run(
    folders: Sequence[Path], wanted: Sequence[tuple[str, str]], seconds: float, kept_at: Path | None
) -> Figures:
    figures = Figures()
    told: dict[str, Any] = where_and_when() | {"starts": {}, "memory_mib": {}, "pages": [], "missed": []}

    def keep() -> None:
        told["missed"] = [
            f"{page['who']} {page['path']}: {', '.join(page['missed'])}"
            for page in told["pages"]
            if page["missed"]
        ]
        if kept_at:
            kept_at.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")

    for folder in folders:
        took = told["starts"][str(folder)] = round(time_start(folder), 2)
        name = f"cold start with an existing database, {folder.name}"
        figures.note(name, f"{took:.1f} s", f"{START_SECONDS:.0f} s", took <= START_SECONDS)
    forked = told["memory_mib"]["forked"] = round(weigh_forked(folders[0]))
    measured = f"{forked} MiB"
    figures.note("memory of two forked processes", measured, f"{MEMORY_MIB} MiB", 0 < forked <= MEMORY_MIB)
    with ExitStack() as opened:
        houses = [opened.enter_context(open_house(folder)) for folder in folders]
        print_head()
        for page in measure(houses, wanted, seconds):
            told["pages"].append(asdict(page) | {"share": round(page.share, 3)})
            keep()
        told["memory_mib"] |= {
            "web": round(own_memory([process.pid for process in houses[0].processes])),
            "web_of_last": round(own_memory([process.pid for process in houses[-1].processes])),
            "database": round(own_memory([houses[0].postmaster, *children_of(houses[0].postmaster)])),
        }
    keep()
    for who in ("made", "kept", "staff"):
        pages = [page for page in told["pages"] if page["who"] == who]
        if pages:
            note_pages(figures, who, pages)
    print(f"{len(told['pages'])} of {len(wanted)} measured; MiB: {told['memory_mib']}")
    return figures


def note_pages(figures: Figures, who: str, pages: Sequence[Mapping[str, Any]]) -> None:
    """All of one kind in a line; which of them missed what stands above."""
    missed = Counter(goal for page in pages for goal in page["missed"])
    shares = sorted(page["share"] for page in pages)
    told = ", ".join(f"{count} × {goal}" for goal, count in missed.most_common())
    figures.note(
        f"pages: {who}",
        f"{len(pages)} measured, {min(page['rate'] for page in pages):.0f}–"
        f"{max(page['rate'] for page in pages):.0f} a second, p99 at most"
        f" {max(page['p99'] for page in pages):.0f} ms, {shares[0]:.2f}–{shares[-1]:.2f} of bare;"
        f" {told or 'all goals met'}",
        "each meets its goals",
        not missed,
    )


def main() -> int:
    if sys.argv[1:2] == ["--bare"]:
        serve_bare(int(sys.argv[2]), Path(sys.argv[3]))
        return 0
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folders", type=Path, nargs="+", help="one, and perhaps a larger one to compare with")
    parser.add_argument(
        "--only", default="", help="words of addresses, or made: kept: staff:, with commas between"
    )
    parser.add_argument("--seconds", type=float, default=0.8, help="for each measurement")
    parser.add_argument("--json", type=Path, help="where all figures are kept")
    given = parser.parse_args()
    wanted = choose_pages(given.only)
    if not wanted:
        parser.error(f"no page goes by {given.only}")
    folders = [folder.absolute() for folder in given.folders[:2]]
    return run(folders, wanted, given.seconds, given.json).close()


if __name__ == "__main__":
    sys.exit(main())
