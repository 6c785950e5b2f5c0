"""Every door for programs × every kind of key × own and foreign things, held against rights.txt."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Scope as AsgiScope

from app.api import routers
from app.core.policy import Scope
from app.core.postgres import APP_ROLE, Server
from app.identity.tokens import make_token
from app.main import create_app
from app.settings import Settings
from tests.access.asking import Answer, Asked, ask
from tests.access.world import UndoneDatabase, World, make_world
from tests.api.bodies import BODIES
from tests.conftest import create_database, make_test_tools
from tests.site import shared_portal

TABLE = Path(__file__).with_name("rights.txt")
ROW = re.compile(r"^(GET|POST|PUT|DELETE) +(\S+) +(\S.*?) {2,}([ +>x.\-h]+?)$")
# Whose key, by the letter of the column, and what it was made for; the stranger has none.
KEYS: dict[str, tuple[str, frozenset[Scope]]] = {
    "v": ("v", frozenset({"read", "write"})),
    "o": ("v", frozenset({"read"})),
    "r": ("r", frozenset({"read", "write"})),
    "k": ("k", frozenset({"read", "write"})),
    "g": ("g", frozenset({"read", "write"})),
    "p": ("p", frozenset({"read", "write"})),
    "S": ("S", frozenset({"read", "write", "staff"})),
    "t": ("S", frozenset({"read", "write"})),
}
LETTERS = ("s", *KEYS)
# A search is for something, and a file has a name.
ASKED = {
    ("GET", "/soeg"): {"q": "login"},
    ("POST", "/oplaeg/{deck_id}/versioner"): {"filnavn": "om data.pdf"},
    ("POST", "/ideer/{reference}/bilag"): {"filnavn": "om data.pdf", "titel": "Om data"},
    ("POST", "/import"): {"filnavn": "oensker.csv"},
    ("GET", "/soeg/forslag"): {"q": "login"},
    ("GET", "/temaer/forslag"): {"tekst": "Velfærd og klima"},
    ("GET", "/projekter/vej/trin"): {"trin": "ide"},
    ("GET", "/trykproever/tavle"): {"strategi": "strategi-2026"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what each kind of key opens at this door, with this thing in its address."""

    method: str
    path: str
    thing: str
    cells: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path} · {self.thing}"


@cache
def read_rights() -> tuple[Row, ...]:
    rows = []
    for line in TABLE.read_text().split("\n"):
        if line and not line.startswith("#"):
            found = ROW.match(line)
            assert found, f"cannot be read: {line}"
            method, path, thing, cells = found.groups()
            rows.append(Row(method, path, thing, dict(zip(LETTERS, cells.split(), strict=True))))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class AskedByProgram(Asked):
    """A request of a program: JSON, new each time, upon whatever stands."""

    given: dict[str, Any] | None = None

    def scope(self, cookies: dict[str, str]) -> AsgiScope:
        scope = Asked.scope(self, cookies)
        headers = {
            "host": "testserver",
            "content-type": "application/json",
            "idempotency-key": str(uuid4()),
            "if-match": "*",
        }
        # Beside the body, as for files.
        scope["query_string"] = urlencode(self.fields).encode()
        scope["headers"] = [(name.encode(), value.encode()) for name, value in headers.items()]
        return scope

    def body(self) -> bytes:
        return b"" if self.given is None else json.dumps(self.given).encode()


@dataclass
class Scene:
    """The app in the small world of tests/access, which forgets each request after it."""

    app: FastAPI
    database: UndoneDatabase
    world: World
    keys: dict[str, str]

    def request_for(self, row: Row) -> Asked:
        place = self.world.fields.get(row.thing, {}) | name_as_programs(self.world.things[row.thing])
        path = re.sub(r"\{(\w+)\}", lambda found: str(place[found.group(1)]), row.path)
        fields = ASKED.get((row.method, row.path), {})
        given = BODIES.get((row.method, row.path))
        if callable(given):
            given = given(self.world, row.thing)
        return AskedByProgram(row.method, f"/api/v1{path}", fields, given)

    async def ask(self, letter: str) -> dict[str, str]:
        marks = {}
        for row in read_rights():
            with self.database.undone():
                answer = await ask(self.app, self.request_for(row), {}, bearer=self.keys.get(letter, ""))
            marks[row.name] = mark(answer)
        return marks


@pytest.fixture(scope="module")
def scene(
    server: Server, empty_template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    name = f"rights_{worker_id}"
    create_database(server, name, empty_template)
    database = UndoneDatabase(server.url(name, role=APP_ROLE))
    folder = tmp_path_factory.mktemp("rights")
    tools = make_test_tools(database, folder)
    app = create_app(Settings(data=folder, base_url="http://testserver", run_worker=False), tools)
    with database.unit() as session:
        world = make_world(session, tools.storage)
        keys = {
            letter: make_token(session, world.people[who], f"Nøgle {letter}", scopes, 30)
            for letter, (who, scopes) in KEYS.items()
        }
    database.keep()
    yield Scene(app, database, world, keys)
    database.close()


def name_as_programs(place: dict[str, object]) -> dict[str, object]:
    """What fills an address, by the names of the doors for programs where the pages have others."""
    if "strategy_key" in place:
        return place | {"key": place["strategy_key"], "theme": place["key"]}
    numbers = ("indicator_id", "milestone_id", "measurement_id")
    words = {"turn": "kort-liste", "to": "start", "number": 1}
    names = dict.fromkeys(numbers, place.get("number")) | words | place
    return names | {"indicator_id": place.get("aim_id", place.get("number"))}


def mark(answer: Answer) -> str:
    """How the table writes an answer. What was sent is right, so that any other refusal shows itself."""
    told = json.loads(answer.body) if answer.status == 403 else {}
    if told.get("type", "").endswith("#scope-missing"):
        return "-"
    if answer.status < 300 or answer.status == 409:
        return "+"
    return {401: ">", 403: "x", 404: ".", 410: "h"}.get(
        answer.status, f"!{answer.status} {answer.text[:200]}"
    )


def test_every_door_for_programs_has_a_row() -> None:
    routes = [route for router in routers() for route in router.routes if isinstance(route, APIRoute)]
    doors = {
        (method, route.path.removeprefix("/api/v1"))
        for route in routes
        for method in route.methods
        if route.path.startswith("/api/v1/")
    }
    assert {(row.method, row.path) for row in read_rights()} == doors


def test_no_right_stands_twice() -> None:
    names = [row.name for row in read_rights()]
    assert sorted(set(names)) == sorted(names)


def test_a_key_that_only_reads_writes_nothing_anywhere() -> None:
    assert {row.cells["o"] for row in read_rights() if row.method != "GET"} == {"-"}


@pytest.mark.parametrize("letter", LETTERS)
def test_a_key_opens_what_the_table_says(scene: Scene, letter: str) -> None:
    expected = {row.name: row.cells[letter] for row in read_rights()}
    assert shared_portal().call(scene.ask, letter) == expected
