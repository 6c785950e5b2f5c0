"""Every route × every kind of people × own and foreign things, held against one table to read: matrix.txt."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx2 import ASGITransport, AsyncClient, Response

from app.core.postgres import APP_ROLE, Server
from app.http.errors import ErrorPage
from app.http.live import Hub
from app.http.pages import Frame, Page, Renderer
from app.identity.seats import seat_cookie_name
from app.main import create_app
from app.settings import Settings
from app.web.labels import label, label_choices
from app.web.speaker_links import ClosedLinkPage
from tests.access.world import UndoneDatabase, World, make_world
from tests.conftest import create_database, make_test_tools
from tests.site import shared_portal
from tests.test_house import is_marked_public, list_routes

TABLE = Path(__file__).with_name("matrix.txt")
ROW = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) +(\S+) +(\S.*?) {2,}([ +>x.h]+?)$")
UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what each kind of people meets at this route, with this thing in its address."""

    method: str
    path: str
    thing: str
    cells: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path} · {self.thing}"


@cache
def read_table() -> tuple[Row, ...]:
    letters: list[str] = []
    rows = []
    for line in TABLE.read_text().split("\n"):
        if line.startswith("#letters"):
            letters = line.split()[1:]
        elif line and not line.startswith("#"):
            found = ROW.match(line)
            assert found, f"cannot be read: {line}"
            method, path, thing, cells = found.groups()
            marks = cells.split()
            assert len(marks) == len(letters), f"{len(marks)} cells instead of {len(letters)}: {line}"
            rows.append(Row(method, path, thing, dict(zip(letters, marks, strict=True))))
    return tuple(rows)


LETTERS = next(line.split()[1:] for line in TABLE.read_text().split("\n") if line.startswith("#letters"))


Asked = tuple[str, str, dict[str, str]]  # the method, the address and what the form carries


class BlankRenderer(Renderer):
    """Writes out nothing, or what tells of errors only: who is let in does not hang on what the page says,
    and it saves a minute."""

    writes_errors = False

    def render(self, page: Page, frame: Frame) -> str:
        is_error = isinstance(page, ErrorPage | ClosedLinkPage)
        return super().render(page, frame) if self.writes_errors and is_error else ""


@dataclass
class Scene:
    """The app in the small world, which forgets each request after it."""

    app: FastAPI
    renderer: BlankRenderer
    database: UndoneDatabase
    world: World

    def ask(self, letter: str, asked: list[Asked]) -> list[Response]:
        """What somebody gets who opens these addresses, or sends such a form to them: each by itself."""
        return shared_portal().call(self._ask, letter, asked)

    async def _ask(self, letter: str, asked: list[Asked]) -> list[Response]:
        answers = []
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "identity"}
        client = AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
        async with client, end_streams(self.app.state.kit.hub):
            for method, path, fields in asked:
                client.cookies.clear()
                if letter in self.world.secrets:
                    client.cookies.set(self.app.state.cookie.name, self.world.secrets[letter])
                if letter in self.world.seat_secrets:
                    seat_cookie = seat_cookie_name(self.app.state.cookie)
                    client.cookies.set(seat_cookie, self.world.seat_secrets[letter])
                sent = {"params": fields} if method == "GET" else {"data": {"key": str(uuid4())} | fields}
                with self.database.undone():
                    answers.append(await client.request(method, path, **sent))
        return answers


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


@pytest.fixture(scope="module")
def scene(
    server: Server, empty_template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    name = f"access_{worker_id}"
    create_database(server, name, empty_template)
    database = UndoneDatabase(server.url(name, role=APP_ROLE))
    folder = tmp_path_factory.mktemp("access")
    tools = make_test_tools(database, folder)
    app = create_app(Settings(data=folder, base_url="http://testserver", run_worker=False), tools)
    renderer = BlankRenderer({"label": label, "label_choices": label_choices})
    app.state.kit = replace(app.state.kit, renderer=renderer)
    with database.unit() as session:
        world = make_world(session, tools.storage)
    yield Scene(app, renderer, database, world)
    database.close()


def fill(path: str, place: dict[str, object]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(place[found.group(1)]), path)


def fill_with_nothing(path: str, place: dict[str, object]) -> str:
    """The same kind of address, of a thing that does not exist."""
    nothing = {name: 999_999 if isinstance(value, int) else "findes-ikke" for name, value in place.items()}
    return fill(path, nothing | {name: value for name, value in place.items() if name in ("folder", "step")})


def mark(response: Response) -> str:
    """How the table writes an answer."""
    if response.status_code >= 500:
        return f"!{response.status_code}"
    where = response.headers.get("location", "")
    if response.status_code == 401 or where.startswith(("/log-ind?videre", "/log-ind/ekstra")):
        return ">"
    return {403: "x", 404: ".", 410: "h"}.get(response.status_code, "+")


def strip(response: Response, path: str) -> str:
    """The answer without its own address and numbers that are made anew each time."""
    return UUID.sub("", response.text.replace(path, ""))


def test_every_route_has_a_row(scene: Scene) -> None:
    routes = {(method, route.path) for route in list_routes(scene.app) for method in route.methods}
    assert {(row.method, row.path) for row in read_table()} == routes


def test_a_stranger_comes_in_where_the_route_says_so_and_nowhere_else(scene: Scene) -> None:
    # Behind the open doors to the mailed code somebody must have asked for one.
    open_routes = {
        route.path for route in list_routes(scene.app) if is_marked_public(route) or is_for_guests(route)
    }
    assert {row.path for row in read_table() if row.cells["s"] != ">"} == open_routes - CODE_PAGES


CODE_PAGES = {"/log-ind/kode/ny"}


def is_for_guests(route: APIRoute) -> bool:
    """Whether the door is that of who may write in a room, where a stranger may have joined by the code."""
    return any(known.call.__name__ == "only_may_join" for known in route.dependant.dependencies)


def test_no_row_stands_twice() -> None:
    names = [row.name for row in read_table()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("letter", LETTERS)
def test_everybody_meets_what_the_table_says(scene: Scene, letter: str) -> None:
    expected = {row.name: row.cells[letter] for row in read_table()}
    assert read_marks(scene, letter) == expected


def ask_for(scene: Scene, rows: Sequence[Row], paths: list[str]) -> list[Asked]:
    fields = scene.world.fields
    return [(row.method, path, fields.get(row.thing, {})) for row, path in zip(rows, paths, strict=True)]


def read_marks(scene: Scene, letter: str) -> dict[str, str]:
    rows = read_table()
    paths = [fill(row.path, scene.world.things[row.thing]) for row in rows]
    answers = scene.ask(letter, ask_for(scene, rows, paths))
    return {row.name: mark(answer) for row, answer in zip(rows, answers, strict=True)}


# A stranger, a rival, a municipality, weak staff and a guest: one of each way not to see something.
@pytest.mark.parametrize("letter", "srkwc")
def test_a_hidden_thing_answers_as_a_missing_one(scene: Scene, letter: str) -> None:
    rows = [row for row in read_table() if row.cells[letter] == "." and "{" in row.path]
    scene.renderer.writes_errors = True
    places = [scene.world.things[row.thing] for row in rows]
    hidden = [fill(row.path, place) for row, place in zip(rows, places, strict=True)]
    missing = [fill_with_nothing(row.path, place) for row, place in zip(rows, places, strict=True)]
    texts = zip(
        rows, read_texts(scene, letter, rows, hidden), read_texts(scene, letter, rows, missing), strict=True
    )
    scene.renderer.writes_errors = False
    assert [row.name for row, one, other in texts if one != other] == []


def read_texts(scene: Scene, letter: str, rows: list[Row], paths: list[str]) -> list[str]:
    answers = scene.ask(letter, ask_for(scene, rows, paths))
    return [strip(answer, path) for answer, path in zip(answers, paths, strict=True)]
