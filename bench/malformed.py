"""Thousands of broken requests to every door, as every kind of people: none may be a fault of ours.

    python bench/malformed.py                      10,000 requests, some minutes
    python bench/malformed.py --requests 2000 --seed 7

The doors are those of the program itself, pages and API, with addresses that the pages of the archive link to
and fields that their forms have: each door once, in an order by chance, and then doors by chance. What is
broken: the framing, bytes that are no text, headers, numbers, JSON, forms, files, and things that are there
for somebody else. Then files that no honest program makes are sent with all else as it should be, so that
they are looked at, read and drawn. Ends with 1 where an answer is 5xx, shows what the program looks like
inside, or does not come; where a job is given up; or where the site does not answer as before in the end.
"""

import argparse
import asyncio
import io
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastapi.routing import APIRoute
from PIL import Image
from sqlalchemy import text

from app.api import routers as api_routers
from app.core.policy import Actor
from app.identity.tokens import make_token
from app.web import routers, takes_files
from bench.figures import Figures
from bench.house import LOST, House, Line, open_house
from tests.core.documents.samples import make_pdf
from tests.people import People, add_people
from tests.said import add_idea_draft

REQUESTS, AT_ONCE = 10_000, 12
PATIENCE = 30.0  # seconds; longer is hung
PAGES_LOOKED_AT = 200
MOST_GROWTH = 150  # megabytes
LEAST_HEARD = 0.1  # of the answers: those of a verb or a page, not of the gates before them
HEARD = frozenset({*range(200, 400), 409, 422})
# What is no HTTP needs no answer; and of a body that is not read to its end the line is cut, answered or not.
MAY_BE_CUT_OFF = frozenset({"framing", "length", "large"})
LARGE = 64_000  # bytes
HEALTH = ("/readyz", "/healthz")  # may say 503 where what they look at is away
INSIDE = re.compile(
    rb"Traceback \(most recent|site-packages|sqlalchemy\.|psycopg|pydantic_core|syntax error at or near|"
    rb'File "/|line \d+, in '
)

ODD_TEXTS = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202egnirts",
    "\ufeff",
    "\x1b[31m",
    "\r\nX-Evil: 1",
    "'",
    '"; drop table wish;--',
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${jndi:ldap://127.0.0.1/a}",
    "../../etc/passwd",
    "a" * 20_000,
    " ",
    "\t\n",
    "🙂" * 500,
    "e\u0301" * 300,
    "=1+1",
    "010101-1234",
    "٣",
    "１２",
]
ODD_NUMBERS = [
    "-1",
    "0",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 400,
    "1e400",
    "NaN",
    "Infinity",
    "0x10",
    "1_0",
    "1.5",
    "+1",
    "1 ",
    "true",
    "None",
    "",
]
ODD_DAYS = [
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "99999-01-01",
    "2026-W01",
    "24:00",
    "2026-03-29T02:30",
    "i går",
]
ODD_BYTES = [
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"%ED%A0%80",
    b"%00",
    b"%",
    b"%zz",
    b"%c0%ae%c0%ae",
    b"%0d%0aX:1",
]
ODD_JSON = [
    None,
    True,
    -1,
    2**63,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\x00",
    "\ud800",
    [],
    {},
    [[]],
    [None],
    {"$gt": ""},
    {"__proto__": {}},
    "a" * 100_000,
    [1] * 5000,
]
RAW_JSON = [
    b"",
    b"{",
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b"\xff\xfe{}",
    b"nul",
    b'"\\ud800"',
    b"1" * 100_000,
    b"{}{}",
    b"\xef\xbb\xbf{}",
    b'{"title":1,"title":2}',
    b"'",
    b"{'a':1}",
]
FRAMINGS = [
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
    b"A" * 100_000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n : b\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
    b"GET /?" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
]
ODD_HEADERS = [
    b"Accept: \xff",
    b"Accept: " + b"a/b," * 800,
    b"Accept-Language: \xff;q=x",
    b"Accept-Encoding: gzip;q=a",
    b"Range: bytes=9-1",
    b"Range: bytes=" + b"0-," * 400,
    b'If-None-Match: "',
    b"If-Match: *",
    b"If-Match: W/",
    b"If-Modified-Since: yesterday",
    b"X-Forwarded-For: \x01, ::1%eth0",
    b"X-Forwarded-Proto: javascript",
    b"X-Forwarded-Host: elsewhere.example",
    b"Authorization: Bearer ..",
    b"Authorization: Bearer \xff",
    b"Authorization: Basic x",
    b"Last-Event-ID: -1",
    b"Expect: 100-continue",
    b"Content-Encoding: gzip",
    b"Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: x",
    b"Cookie: \xff=\xff",
    b"Cookie: =;;; ;",
    b"Cookie: dialogforum=" + b"A" * 6000,
    b"Cookie: dialogforum=%00",
    b"Cookie: " + b"a=b; " * 500,
    b"Idempotency-Key: ",
    b"Idempotency-Key: " + b"k" * 5000,
    b"Origin: null",
    b"Sec-Fetch-Site: cross-site",
    b"X-Request-ID: " + b"r" * 3000,
    b"Content-Type: application/json; charset=utf-16",
    b"Connection: upgrade, close",
]
ODD_METHODS = [
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "OPTIONS",
    "HEAD",
    "PATCH",
    "DELETE",
    "PUT",
    "M" * 300,
    "GE(T",
]


@dataclass
class Ground:
    """What requests are made of."""

    doors: list[tuple[str, str]]
    vendor: Actor
    addresses: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=lambda: ["title", "body", "key", "version", "q", "side", "id"])
    values: list[str] = field(default_factory=lambda: ["1", "2"])
    headers: list[str] = field(default_factory=list)  # of each kind of people


@dataclass(frozen=True)
class Request:
    raw: bytes
    name: str  # the door and what is broken
    broken: str
    ends: bool = False  # whether the site would else wait for more


def make_files() -> list[tuple[str, bytes]]:
    """Names and contents that no honest program makes."""
    bomb, twisted = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/slides/slide1.xml", b"0" * 60_000_000)
    with zipfile.ZipFile(twisted, "w") as archive:
        archive.writestr("../../../etc/cron.d/x", "x")
        archive.writestr(
            "[Content_Types].xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
        )
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\x00\x00\x00"
    return [
        ("oplæg.pptx", bomb.getvalue()),
        ("oplæg.pptx", twisted.getvalue()),
        ("oplæg.pdf", b"%PDF-1.7\n" + b"<<" * 9999),
        ("oplæg.pdf", b""),
        ("side.pdf", b"<html><script>alert(1)</script>"),
        ("a.png", png),
        ("a.png", png[:9]),
        ("../../x.pdf", b"%PDF-1.4"),
        ("x\x00.pdf", b"%PDF-1.4"),
        ("con.pdf.exe", b"MZ"),
        ("a" * 3000 + ".pdf", b"%PDF"),
        ("\u202efdp.exe", b"MZ"),
        ("tal.csv", b"\xff\xfea\x00,\x00" * 50),
        ("tal.csv", b'"' * 5000),
        ("tal.csv", b"a;" * 9999),
        ("tal.xlsx", bomb.getvalue()),
        ("tal.xlsx", b"PK\x03\x04" + b"\x00" * 99),
        ("brev.docx", twisted.getvalue()),
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("a.zip", b"PK\x05\x06" + b"\x00" * 18),
    ]


class Breaker:
    """Makes one broken request after the other, by chance."""

    def __init__(self, ground: Ground, chance: random.Random) -> None:
        self.ground = ground
        self.chance = chance
        self.files = make_files()
        self.not_asked = chance.sample(ground.doors, len(ground.doors))

    def odd(self) -> str:
        return self.chance.choice(self.chance.choice([ODD_TEXTS, ODD_NUMBERS, ODD_DAYS, self.ground.values]))

    def quoted(self) -> bytes:
        if self.chance.random() < 0.2:
            return self.chance.choice(ODD_BYTES)
        return quote(self.odd().encode("utf-8", "surrogatepass"), safe="").encode()

    def path(self, door: str) -> bytes:
        """The door's address, its blanks filled with what is there, or is odd."""
        parts = []
        for part in door.split("/"):
            if part.startswith("{"):
                known = self.chance.random() < 0.7
                parts.append(
                    self.chance.choice(self.ground.values).encode() if known else self.quoted()[:2000]
                )
            else:
                parts.append(re.sub(r"\{[^}]*\}", self.chance.choice(self.ground.values), part).encode())
        path = b"/".join(parts)
        if self.chance.random() < 0.1:
            path = self.chance.choice([b"/en", b"/sv", b"/de", b"//", b"/.", b"/%2e%2e"]) + path
        if self.chance.random() < 0.45:
            pairs = [self.field() + b"=" + self.quoted()[:3000] for _ in range(self.chance.randint(1, 4))]
            path += b"?" + b"&".join(pairs)
        return path

    def field(self) -> bytes:
        return self.chance.choice(self.ground.fields).encode() + self.chance.choice(
            [b"", b"", b"", b"[]", b"[a]"]
        )

    def json(self) -> bytes:
        if self.chance.random() < 0.25:
            return self.chance.choice(RAW_JSON)
        given = {
            self.chance.choice(self.ground.fields): self.chance.choice([*ODD_JSON, self.odd(), self.odd()])
            for _ in range(self.chance.randint(0, 8))
        }
        return json.dumps(given).encode("utf-8", "surrogatepass")

    def form(self) -> bytes:
        count = self.chance.choice([0, 3, 10, 10, 1200])
        return b"&".join(self.field() + b"=" + self.quoted()[:5000] for _ in range(count))

    def parts(self) -> tuple[bytes, bytes]:
        """A multipart body, and its type."""
        border = self.chance.choice([b"x", b"--", b"b" * 70, b"b" * 9000])
        body = b""
        for _ in range(self.chance.choice([1, 2, 4])):
            name, content = self.chance.choice(self.files)
            head = b'Content-Disposition: form-data; name="' + self.chance.choice(
                [b"file", b"files", self.field()]
            )
            shown = name.encode("utf-8", "surrogatepass").replace(b'"', b"")
            head += b'"; filename="' + shown + self.chance.choice([b'"', b"", b"\"; filename*=utf-8''%ff"])
            kind = self.chance.choice([b"application/pdf", b"text/html", b"\xff", b"image/png", b""])
            body += (
                b"--"
                + border
                + b"\r\n"
                + head
                + b"\r\nContent-Type: "
                + kind
                + b"\r\n\r\n"
                + content
                + b"\r\n"
            )
        end = self.chance.choice([b"--" + border + b"--\r\n", b"--" + border, b""])
        named = self.chance.choice([b"; boundary=" + border] * 5 + [b"", b"; boundary=", b"; boundary=\xff"])
        return b"multipart/form-data" + named, body + end

    def next(self) -> Request:
        if self.chance.random() < 0.03:
            return Request(self.chance.choice(FRAMINGS), "framing", "framing", True)
        if self.not_asked:
            method, door = self.not_asked.pop()
        else:
            method, door = self.chance.choice(self.ground.doors)
            if method == "GET" and self.ground.addresses and self.chance.random() < 0.3:
                door = self.chance.choice(self.ground.addresses)
            if self.chance.random() < 0.04:
                method = self.chance.choice(ODD_METHODS)
        path = self.path(door)
        headers = [b"Host: localhost", b"Connection: close", b"Sec-Fetch-Site: same-origin"]
        headers.append(self.chance.choice(self.ground.headers).encode())
        if self.chance.random() < 0.3:
            headers.append(self.chance.choice(ODD_HEADERS))
        if self.chance.random() < 0.4:
            headers.append(
                self.chance.choice([b"Accept: text/html", b"Accept: application/json", b"Accept: */*"])
            )
        kind, body, broken = b"", b"", "values"
        if method not in ("GET", "HEAD") or self.chance.random() < 0.03:
            kind, body, broken = self.body(door)
        ends = False
        if kind or body:
            headers.append(b"Content-Type: " + kind)
            length: bytes = b"%d" % len(body)
            if self.chance.random() < 0.06:
                length = self.chance.choice(
                    [b"0", b"3", b"%d" % (len(body) + 9), b"+1", b"1, 1", b"abc", b"9" * 30]
                )
                ends, broken = True, "length"
            headers.append(b"Content-Length: " + length)
        if broken not in MAY_BE_CUT_OFF and len(body) > LARGE:
            broken = "large"
        head = method.encode() + b" " + path + b" HTTP/1.1\r\n" + b"\r\n".join(one for one in headers if one)
        return Request(head + b"\r\n\r\n" + body, f"{method[:9]} {door} ({broken})", broken, ends)

    def body(self, door: str) -> tuple[bytes, bytes, str]:
        way = self.chance.random()
        if takes_files(door) and way < 0.6:
            return *self.parts(), "file"
        if door.startswith("/api") and way < 0.8:
            return b"application/json", self.json(), "json"
        if way < 0.7:
            return b"application/x-www-form-urlencoded", self.form(), "form"
        if way < 0.85:
            return *self.parts(), "parts"
        kind = self.chance.choice(
            [b"text/plain", b"application/xml", b"a/b/c", b"", b"\xff", b"application/json"]
        )
        return kind, self.chance.choice([*RAW_JSON, *ODD_BYTES]), "kind"


@dataclass
class Tally:
    answers: Counter[int] = field(default_factory=Counter)
    cut_off: int = 0  # closed without an answer, as what is no HTTP may be
    silent: list[str] = field(default_factory=list)  # without one, and no such thing
    faults: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)


async def send(port: int, request: Request, tally: Tally) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await exchange(port, request)
    except TimeoutError:
        tally.hung.append(request.name)
        return
    except OSError:
        answer = b""
    # "Go on" comes before the answer proper.
    while interim := re.match(rb"HTTP/1\.1 1\d\d[^\r]*\r\n(?:[^\r]+\r\n)*\r\n", answer):
        answer = answer[interim.end() :]
    found = re.match(rb"HTTP/1\.1 (\d+)", answer)
    if found is None:
        if request.broken in MAY_BE_CUT_OFF:
            tally.cut_off += 1
        else:
            tally.silent.append(f"{request.name}\n        {request.raw[:600]!r}")
        return
    status = int(found[1])
    tally.answers[status] += 1
    if status >= 500 and not (status == 503 and request.name.split()[1:2] in ([path] for path in HEALTH)):
        tally.faults.append(f"{status} {request.name}\n        {request.raw[:600]!r}")
    if INSIDE.search(answer):
        tally.shown.append(f"{request.name}\n        {request.raw[:600]!r}")


async def exchange(port: int, request: Request) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    try:
        # The site may have said no and closed before it has heard all: what it said is read even so.
        try:
            writer.write(request.raw)
            if request.ends:
                writer.write_eof()
            await writer.drain()
        except OSError:
            pass
        answer = b""
        # A stream goes on for ever: its beginning will do.
        with suppress(OSError):  # what came before the line was cut counts
            while b"text/event-stream" not in answer[:2000] and (some := await reader.read(1 << 20)):
                answer += some
        return answer
    finally:
        writer.close()


async def look_around(house: House, ground: Ground) -> None:
    """Addresses, names of fields and numbers of things, from pages as each kind of people sees them."""
    line = Line(house.port)
    fields, values = set(ground.fields), set(ground.values)
    for headers in ground.headers:
        waiting, seen = ["/", "/mit", "/indbakke"], set[str]()
        while waiting and len(seen) < PAGES_LOOKED_AT // len(ground.headers):
            path = waiting.pop(0)
            pattern = re.sub(r"\d+", "1", path)
            if pattern in seen:
                continue
            seen.add(pattern)
            try:
                answer = await line.ask("GET", path, f"{headers}\r\n" if headers else "")
            except LOST:
                continue
            html = answer.body.decode("utf-8", "replace")
            fields.update(re.findall(r'name="([\w-]{1,40})"', html))
            links = re.findall(r'href="(/[^"#?]*)', html)
            values.update(part for link in links for part in link.split("/")[2:] if 0 < len(part) < 40)
            waiting += [link for link in links if not link.startswith(("/static", "/en", "/sv"))]
            ground.addresses += [path] if answer.status == 200 else []
    described = await line.ask("GET", "/api/v1/openapi.json")
    fields.update(re.findall(r'"(\w{1,40})":\{"', described.body.decode()))
    ground.fields, ground.values = sorted(fields), sorted(values)


@dataclass(frozen=True)
class WayIn:
    """A door that takes files, with all that it needs beside the file; who has the right to send there."""

    path: str
    who: str
    fields: dict[str, str]
    honest: tuple[str, bytes]
    file: str = "file"


async def send_hostile_files(house: House, figures: Figures, ground: Ground, tally: Tally) -> None:
    """Each hostile file through doors that take files, as somebody who may, and an honest one after it."""
    line, answers, odd = Line(house.port), Counter[int](), 0
    ways = make_ways_in(house, ground)
    for way in ways:
        for is_honest, (name, content) in [*((False, file) for file in make_files()), (True, way.honest)]:
            await asyncio.to_thread(forget_counts, house)
            kind, body = put_together(way, name, content)
            try:
                answer = await line.ask("POST", way.path, f"{way.who}\r\n", body=body, kind=kind, within=60)
            except LOST as problem:
                tally.silent.append(f"{way.path} {name[:40]}: {type(problem).__name__}")
                odd += 1
                continue
            if is_honest:
                taken = answer.status in (200, 303)
                figures.note(f"malformed: an honest file at {way.path}", f"{answer.status}", "taken", taken)
                continue
            answers[answer.status] += 1
            # 400 is what stands in the way of a name that is none.
            if answer.status not in (200, 303, 400, 409, 413, 415, 422):
                odd += 1
                print(f"      {way.path} {name[:40]!r}: {answer.status}")
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    figures.note(
        "malformed: hostile files",
        f"{answers.total()} at {len(ways)} doors: {counts}; {odd} neither taken nor refused",
        "0",
        odd == 0 < answers.total(),
    )


def make_ways_in(house: House, ground: Ground) -> list[WayIn]:
    with house.database.unit() as session:
        idea = add_idea_draft(session, ground.vendor).reference
        meeting = session.scalar(text("select key from meeting order by held_on desc limit 1"))
        deck = session.scalar(text("select id from deck order by id limit 1"))
    vendor, staff = ground.headers[1], ground.headers[3]
    with tempfile.TemporaryDirectory() as folder:
        pdf = make_pdf(Path(folder) / "a.pdf", [("Side", ["Ord"])]).read_bytes()
    logo = io.BytesIO()
    Image.new("RGB", (600, 300), "navy").save(logo, "PNG")
    table = ("tal.csv", "titel;tekst\r\nEt ønske;Ord\r\n".encode())
    about = {"title": "Eksempel", "language": "da", "access": "public", "note": "", "item_id": ""}
    return [
        WayIn(f"/ideer/{idea}/bilag", vendor, {"title": "Tegning", "access": "public"}, ("a.pdf", pdf)),
        WayIn(f"/moeder/{meeting}/oplaeg/nyt", staff, about, ("a.pdf", pdf)),
        WayIn(f"/oplaeg/{deck}/ny-version", staff, about, ("a.pdf", pdf)),
        WayIn("/import", staff, {"kind": "wishes"}, table),
        WayIn(
            "/indstillinger/logo",
            ground.headers[4],
            {"version": "0", "alt_da": "Eksempel"},
            ("a.png", logo.getvalue()),
            "picture",
        ),
    ]


def put_together(way: WayIn, name: str, content: bytes) -> tuple[str, bytes]:
    """(type, body) of an honest form with this file."""
    border = "grænse".encode().hex()
    shown = re.sub(r'[\x00-\x1f"]', "_", name)
    fields = way.fields | {"key": str(uuid4())}
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{one}"\r\n\r\n{value}\r\n'.encode()
        for one, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="{way.file}"; filename="{shown}"'
    parts.append(f"--{border}\r\n{head}\r\nContent-Type: application/pdf\r\n\r\n".encode() + content)
    return f"multipart/form-data; boundary={border}", b"".join(parts) + f"\r\n--{border}--\r\n".encode()


def forget_counts(house: House) -> None:
    """One person sends more files here than people may in an hour."""
    with house.owner.engine.begin() as connection:
        connection.execute(text("delete from rate_count"))


def find_doors() -> list[tuple[str, str]]:
    """Each method of each route, with what it takes in its address. Whoever signs out is of no more use."""
    doors = {
        (method, re.sub(r":\w+\}", "}", route.path))
        for router in (*routers(), *api_routers())
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    return sorted(door for door in doors if "log-ud" not in door[1] and door[0] != "HEAD")


def sign_in(house: House) -> tuple[list[str], Actor]:
    """The headers of each kind of people, and of programs with their keys; and who the vendor is."""
    with house.database.unit() as session:
        people: People = add_people(session)
        token = make_token(session, people.vendor, "Prøve", frozenset({"read", "write"}), 30)
        staff = make_token(session, people.staff, "Prøve", frozenset({"read", "write", "staff"}), 30)
    kinds = (people.vendor, people.municipality, people.staff, people.admin)
    cookies = [house.sign_in(actor).strip() for actor in kinds]
    headers = ["", *cookies, f"Authorization: Bearer {token}", f"Authorization: Bearer {staff}"]
    return headers, people.vendor


def memory(number: int) -> int:
    """Megabytes of a process."""
    return int(Path(f"/proc/{number}/statm").read_text().split()[1]) * 4096 // 1_000_000


async def run(house: House, options: argparse.Namespace, figures: Figures) -> None:
    house.start_web()
    house.start_worker()
    await house.until_up()
    headers, vendor = sign_in(house)
    ground = Ground(find_doors(), vendor, headers=headers)
    await look_around(house, ground)
    print(f"{len(ground.doors)} doors, {len(ground.addresses)} pages, {len(ground.fields)} names of fields")
    before = memory(house.web)
    breaker, tally = Breaker(ground, random.Random(options.seed)), Tally()
    began = time.monotonic()
    sent = 0

    async def work() -> None:
        nonlocal sent
        while sent < options.requests and time.monotonic() - began < options.seconds:
            sent += 1
            await send(house.port, breaker.next(), tally)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    tell(figures, tally, sent, time.monotonic() - began, options)
    doors, left = len(ground.doors), len(breaker.not_asked)
    figures.note("malformed: doors", f"{doors - left} of {doors} asked", "all", left == 0 < doors)
    await send_hostile_files(house, figures, ground, tally)
    left, given_up = await asyncio.to_thread(house.wait_for_work), house.count_given_up()
    figures.note(
        "malformed: work that follows",
        f"{left} jobs left, {given_up} given up",
        "0, 0",
        left == given_up == 0,
    )
    grown = memory(house.web) - before
    figures.note("malformed: memory", f"{grown} MB more", f"{MOST_GROWTH} MB", grown <= MOST_GROWTH)
    answer = await Line(house.port).ask("GET", "/")
    figures.note("malformed: alive", f"front page {answer.status}", "200", answer.status == 200)


def tell(figures: Figures, tally: Tally, sent: int, seconds: float, options: argparse.Namespace) -> None:
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(tally.answers.items()))
    measured = f"{sent} in {seconds:.0f} s: {counts}; {tally.cut_off} cut off: no HTTP, or large"
    figures.note("malformed: requests", measured, f"{options.requests}", sent >= options.requests > 0)
    heard = sum(count for status, count in tally.answers.items() if status in HEARD)
    share = heard / max(tally.answers.total(), 1)
    figures.note(
        "malformed: came past the gates",
        f"{share:.0%} of {tally.answers.total()} answers (2xx, 3xx, 409, 422)",
        f"{LEAST_HEARD:.0%}",
        share >= LEAST_HEARD,
    )
    found: list[tuple[str, list[str]]] = [
        ("answers of 5xx", tally.faults),
        ("no answer, though it was HTTP and small", tally.silent),
        ("insides shown", tally.shown),
        (f"no answer within {PATIENCE:.0f} s", tally.hung),
    ]
    for name, faults in found:
        for fault in faults[:10]:
            print(f"      {fault}")
        figures.note(f"malformed: {name}", f"{len(faults)}", "0", not faults)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seconds", type=float, default=1800, help="none is sent after so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="where the log of all processes is kept")
    options = parser.parse_args()
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, {os.cpu_count()} cores, seed {options.seed}")
    figures = Figures()
    with open_house(is_seeded=True) as house:
        try:
            asyncio.run(run(house, options, figures))
        finally:
            if options.log:
                options.log.write_bytes(house.log.read_bytes())
    return figures.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
