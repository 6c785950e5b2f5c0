"""A room of the tests' own for the two scripts: the parts' own markup, from a server that answers as told."""

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from markupsafe import Markup

from app.http.forms import blank
from app.http.pages import STATIC
from tests.look.guide import make_frame, make_guide_environment, render_guide

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

PAGE = """{% extends "base.html" %}
{% from "parts/live.html" import room_head, room, live_block, queue_form, queue_panel with context %}
{% from "parts/forms.html" import text_area, radios, submit with context %}
{% block title %}Tavle{% endblock %}
{% block head %}{{ room_head() }}{% endblock %}
{% block content %}
{{ room("/live", who) }}
<h1>Tavle</h1>
{% call queue_form("/skriv", form, "card", "1 indspil", "{n} indspil", ids, stock) %}
<p data-show-line>Nummer <b data-show="reference">{{ ids.reference }}</b></p>
{{ text_area(form, "body", "Dit indspil", required=True, rows=3) }}
{{ radios(form, "shown_as", "Vis mig som", [("name", "Navn"), ("anonymous", "Anonym")], layout="inline") }}
{{ submit("Send") }}
{% endcall %}
{{ queue_panel() }}
{% call queue_form("/stem", form, "vote", "1 stemme", "{n} stemmer", label="Afstemning") %}
{{ radios(form, "choice", "Hvad først?", [("data", "Data"), ("drift", "Drift")]) }}
{{ submit("Stem") }}
{% endcall %}
{% call live_block("/blok", "board:5", "1 nyt indspil", "{n} nye indspil", marks) %}{{ block }}{% endcall %}
{% endblock %}"""

BLOCK = """{% from "parts/live.html" import queue_button with context %}
{% macro dot(label, key, words, more, mark) %}
{{ queue_button("/prik", label, "dot", "1 prik", "{n} prikker", [("card", key)] + more, "dot-" ~ key, mark ~ key, words) }}
{% endmacro %}
<p data-say="state">{{ state }}</p>
<ol class="grid">
{% for key, words in cards %}
<li class="card" data-key="{{ key }}"><p>{{ words }}</p><b data-if="own" hidden>Dit indspil</b>
<div data-unless="dotted">{{ dot("Giv en prik", key, words, [], "+dotted ") }}</div>
<div data-if="dotted" hidden>{{ dot("Tag prikken tilbage", key, words, [("off", "1")], "-dotted ") }}</div>
<details><summary>Uenig</summary><label>Fordi <input name="why"></label></details></li>
{% endfor %}
</ol>"""  # noqa: E501


@dataclass
class State:
    """What the room knows, and how it answers."""

    cards: list[tuple[str, str]] = field(default_factory=list)
    state: str = "Tavlen er åben"
    who: str = "a7"
    seats: tuple[str, ...] = ("a7",)
    answer: str = "take"
    delay: float = 0
    is_deaf: bool = False
    taken: dict[str, str] = field(default_factory=dict)
    arrived: list[dict[str, str]] = field(default_factory=list)
    dots: set[str] = field(default_factory=set)
    votes: list[str] = field(default_factory=list)
    numbers: int = 100
    streams: list["queue.Queue[str | None]"] = field(default_factory=list)
    lines: set[socket.socket] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *cards: tuple[str, str]) -> None:
        self.cards += cards
        self.tell()

    def tell(self, topic: str = "board:5") -> None:
        for stream in list(self.streams):
            stream.put(topic)

    def new_ids(self) -> dict[str, str]:
        self.numbers += 1
        return {"client_id": str(uuid4()), "reference": f"KO-{self.numbers}", "seal": "x"}

    def words(self) -> list[str]:
        return [words for _, words in self.cards]


def render_block(state: State) -> str:
    template = make_guide_environment("da").from_string(BLOCK)
    return template.render(cards=list(state.cards), state=state.state)


class Room:
    """The server, which may be killed and started again at the same address."""

    def __init__(self) -> None:
        self.state = State()
        self.port = 0
        self.server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        handler = type("Bound", (Answering,), {"state": self.state})
        ThreadingHTTPServer.allow_reuse_address = True
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def kill(self) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()
        for stream in self.state.streams:
            stream.put(None)
        for line in list(self.state.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def page(self, **values: Any) -> bytes:
        environment = make_guide_environment("da")
        state = self.state
        block = Markup(render_block(state))  # noqa: S704  rendered just now
        return environment.from_string(PAGE).render(
            frame=make_frame(path="/"), form=blank("da", shown_as="name"), who=state.who, ids=state.new_ids(),
            stock=[state.new_ids()], block=block, marks={"own": [], "dotted": sorted(state.dots)}, **values,
        ).encode()  # fmt: skip


@contextmanager
def open_room() -> Iterator[Room]:
    room = Room()
    try:
        yield room
    finally:
        room.kill()


class Answering(BaseHTTPRequestHandler):
    state: State
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.state.lines.add(self.connection)

    def finish(self) -> None:
        self.state.lines.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            found = file.is_file()
            self.send(200 if found else 404, file.read_bytes() if found else b"", TYPES.get(file.suffix, ""))
        elif path == "/live" and self.state.is_deaf:
            self.send(404, b"")
        elif path == "/live":
            self.stream()
        elif path == "/blok":
            with self.state.lock:
                self.send(200, render_block(self.state).encode())
        elif path == "/andet":
            self.send(200, render_guide("blank").encode())
        else:
            room = Room.__new__(Room)
            room.state = self.state
            self.send(200, room.page())

    def stream(self) -> None:
        told: queue.Queue[str | None] = queue.Queue()
        self.state.streams.append(told)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(b"retry: 300\nevent: changed\ndata: board:5\n\n")
            while (topic := told.get()) is not None:
                self.wfile.write(f"event: changed\ndata: {topic}\n\n".encode())
        except OSError:
            pass
        self.state.streams.remove(told)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True))
        state = self.state
        answer = state.answer
        if "json" not in self.headers.get("Accept", ""):
            self.take(fields)
            self.send(303, b"")
            return
        time.sleep(state.delay)
        with state.lock:
            state.arrived.append(fields)
            if self.headers.get("X-Queue-Who") not in state.seats:
                self.tell(401, {"stop": "Du er ikke længere med i lokalet."})
            elif answer == "unheard":
                self.take(fields)
                self.connection.close()
                self.close_connection = True
            elif answer == "busy":
                self.tell(503, {"title": "away"}, {"Retry-After": "1"})
            elif answer == "portal":
                self.send(200, b"<h1>Log paa hotellets net</h1>")
            elif answer == "closed":
                self.tell(409, {"stop": "Tavlen er lukket."})
            elif answer == "wrong":
                self.tell(422, {"errors": {"body": "Teksten ligner et CPR-nummer."}})
            elif self.path == "/stem" and "choice" not in fields:
                self.tell(422, {"errors": {"choice": "Vælg en af mulighederne."}})
            else:
                self.tell(200, self.take(fields))

    def take(self, fields: dict[str, str]) -> dict[str, Any]:
        state = self.state
        if self.path == "/prik":
            (state.dots.discard if "off" in fields else state.dots.add)(fields["card"])
            return {"ok": True, "marks": {"dotted": sorted(state.dots)}}
        if self.path == "/stem":
            state.votes.append(fields["choice"])
            return {"ok": True}
        key = state.taken.get(fields["client_id"])
        if key is None:
            key = state.taken[fields["client_id"]] = f"card-{len(state.taken) + 1}"
            state.cards.append((key, fields["body"]))
            state.tell()
        number = fields.get("reference") or f"KO-{900 + len(state.taken)}"
        return {"ok": True, "key": key, "reference": number, "next": state.new_ids()}

    def tell(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(body).encode(), "application/json", headers)

    def send(
        self,
        status: int,
        body: bytes,
        kind: str = "text/html; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        if status == 303:
            self.send_header("Location", "/")
        for name, value in {"Content-Type": kind, "X-Request-ID": "1", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass
