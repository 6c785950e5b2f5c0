"""Every route × every kind of people × own and foreign things, held against one table to read: matrix.txt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from inspect import getclosurevars
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from app.core.policy import Actor
from app.core.postgres import APP_ROLE, Server
from app.domain.attendance.policy import may_join
from app.domain.evaluations.policy import may_answer
from app.domain.minutes.policy import may_comment_somewhere
from app.http.errors import ErrorPage
from app.http.pages import Frame, Page, Renderer
from app.identity.seats import seat_cookie_name
from app.main import ASKED_BY_TEMPLATES, create_app
from app.settings import Settings
from app.web.embeds import GoneFrame
from app.web.speaker_links import ClosedLinkPage
from tests.access.asking import Answer, Asked, ask, end_streams
from tests.access.doors import choose_witness, find_door, first_dependency, knock
from tests.access.world import UndoneDatabase, World, make_world
from tests.conftest import create_database, make_test_tools
from tests.site import shared_portal
from tests.test_house import is_marked_public, list_routes

TABLE = Path(__file__).with_name("matrix.txt")
ROW = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) +(\S+) +(\S.*?) {2,}([ +>x.h]+?)$")
REFERENCE = re.compile(r"([A-Z]{1,2}-)\d+")
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


class BlankRenderer(Renderer):
    """Writes out nothing but, where wanted, what says that something is not there: who is let in does not
    hang on what the page says, and it saves a minute."""

    writes_errors = False

    def render(self, page: Page, frame: Frame) -> str:
        is_hidden = isinstance(page, ClosedLinkPage | GoneFrame) or (
            isinstance(page, ErrorPage) and page.status == 404
        )
        return super().render(page, frame) if self.writes_errors and is_hidden else ""


# A stranger, a rival, a municipality, weak staff and a guest: one of each way not to see something.
READING = "srkwc"


@dataclass
class Scene:
    """The app in the small world, which forgets each request after it.

    `doors`: what the door of each row's route says to each of the people; `answers`: what they were answered.
    """

    app: FastAPI
    renderer: BlankRenderer
    database: UndoneDatabase
    world: World
    doors: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)

    def knock_everywhere(self) -> None:
        """Ask all doors for everybody, as whom the app knows them by their cookies."""
        kit = self.app.state.kit
        with self.database.unit() as session:
            asked = {letter: Request(Asked("GET", "/", {}).scope(self.cookies(letter))) for letter in LETTERS}
            actors = {letter: kit.identify(session, request) for letter, request in asked.items()}
        shared_portal().call(self._knock_everywhere, actors)

    async def _knock_everywhere(self, actors: dict[str, Actor]) -> None:
        kit = self.app.state.kit
        for row in read_table():
            door = find_door(self.request_for(row))
            for letter, actor in actors.items():
                said = await knock(door, actor, row.method, kit) if door else ""
                self.doors[letter, row.name] = said

    def must_ask(self, letter: str, row: Row) -> bool:
        """Whether more is to be known than what the door says.

        A door says the same to all whom its rule refuses, whatever stands in the address. So a stranger and
        one other of those come to it, another for each route; for the rest the rule itself is asked.
        """
        said = self.doors[letter, row.name]
        if not said:
            return True
        if row is not find_first(row.method, row.path):
            return False
        refused = [one for one in LETTERS if self.doors[one, row.name] == said and one != "s"]
        return letter in ("s", choose_witness(row.name, refused))

    def request_for(self, row: Row) -> Asked:
        path = fill(row.path, self.world.things[row.thing])
        return Asked(row.method, path, self.world.fields.get(row.thing, {}))

    def ask(self, letter: str, asked: list[Asked]) -> list[Answer]:
        """What somebody gets who opens these addresses, or sends such a form to them: each by itself."""
        return shared_portal().call(self._ask, letter, asked)

    async def _ask(self, letter: str, asked: list[Asked]) -> list[Answer]:
        cookies = self.cookies(letter)
        answers = []
        async with end_streams(self.app.state.kit.hub):
            for one in asked:
                with self.database.undone():
                    answers.append(await ask(self.app, one, cookies))
        return answers

    def cookies(self, letter: str) -> dict[str, str]:
        """What this one's browser keeps."""
        own = self.app.state.cookie
        kept = {
            own.name: self.world.secrets.get(letter),
            seat_cookie_name(own): self.world.seat_secrets.get(letter),
        }
        return {name: secret for name, secret in kept.items() if secret}


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
    renderer = BlankRenderer(ASKED_BY_TEMPLATES)
    app.state.kit = replace(app.state.kit, renderer=renderer)
    with database.unit() as session:
        world = make_world(session, tools.storage)
    database.keep()
    made = Scene(app, renderer, database, world)
    made.knock_everywhere()
    yield made
    database.close()


@cache
def find_first(method: str, path: str) -> Row:
    """The first row of a route."""
    return next(row for row in read_table() if (row.method, row.path) == (method, path))


def fill(path: str, place: dict[str, object]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(place[found.group(1)]), path)


def fill_with_nothing(path: str, place: dict[str, object]) -> str:
    """An address of the same form, of a thing that does not exist."""
    nothing = {
        name: 999_999 if isinstance(value, int) else make_nothing(str(value)) for name, value in place.items()
    }
    return fill(
        path,
        nothing | {name: value for name, value in place.items() if name in ("folder", "section", "step")},
    )


def make_nothing(key: str) -> str:
    """A key of no thing; of a reference one that looks like it, as what a page says may hang on its form."""
    reference = REFERENCE.fullmatch(key)
    return f"{reference.group(1)}9999" if reference else "findes-ikke"


def mark(response: Answer) -> str:
    """How the table writes an answer."""
    if response.status >= 500:
        return f"!{response.status}"
    if response.status == 401 or response.location.startswith(("/log-ind?videre", "/log-ind/ekstra")):
        return ">"
    return {403: "x", 404: ".", 410: "h"}.get(response.status, "+")


def strip(response: Answer, path: str) -> str:
    """The answer without its own address and numbers that are made anew each time."""
    return UUID.sub("", response.text.replace(path, ""))


def test_every_route_has_a_row(scene: Scene) -> None:
    own = [route for route in list_routes(scene.app) if not takes_a_key(route)]
    assert {(row.method, row.path) for row in read_table()} == {
        (how, one.path) for one in own for how in one.methods
    }


def test_a_stranger_comes_in_where_the_route_says_so_and_nowhere_else(scene: Scene) -> None:
    # Behind the open doors to the mailed code somebody must have asked for one.
    open_routes = {
        route.path
        for route in list_routes(scene.app)
        if (is_marked_public(route) or is_for_guests(route)) and not takes_a_key(route)
    }
    assert {row.path for row in read_table() if row.cells["s"] != ">"} == open_routes - CODE_PAGES


def takes_a_key(route: APIRoute) -> bool:
    """Whether it stands in the table of programs instead: tests/api/rights.txt."""
    return route.path.startswith("/api/v1/")


CODE_PAGES = {"/log-ind/kode/ny"}
RULES_OF_GUESTS = {may_join, may_comment_somewhere, may_answer}


def is_for_guests(route: APIRoute) -> bool:
    """Whether the door is that of who was in a room, where a stranger may have joined by the code."""
    return getclosurevars(first_dependency(route)).nonlocals.get("rule") in RULES_OF_GUESTS


def test_no_row_stands_twice() -> None:
    names = [row.name for row in read_table()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("letter", LETTERS)
def test_everybody_meets_what_the_table_says(scene: Scene, letter: str) -> None:
    expected = {row.name: row.cells[letter] for row in read_table()}
    marks = {row.name: scene.doors[letter, row.name] for row in read_table()}
    marks |= {name: mark(answer) for name, answer in get_answers(scene, letter).items()}
    assert marks == expected


def get_answers(scene: Scene, letter: str) -> dict[str, Answer]:
    """What somebody is answered to all that must be asked: asked once, for both tests."""
    if letter not in scene.answers:
        rows = [row for row in read_table() if scene.must_ask(letter, row)]
        scene.renderer.writes_errors = letter in READING
        answers = scene.ask(letter, [scene.request_for(row) for row in rows])
        scene.answers[letter] = {row.name: answer for row, answer in zip(rows, answers, strict=True)}
    return scene.answers[letter]


@pytest.mark.parametrize("letter", READING)
def test_a_hidden_thing_answers_as_a_missing_one(scene: Scene, letter: str) -> None:
    rows = [row for row in read_table() if row.cells[letter] == "." and "{" in row.path]
    hidden = get_answers(scene, letter)
    scene.renderer.writes_errors = True
    missing = [
        replace(scene.request_for(row), path=fill_with_nothing(row.path, scene.world.things[row.thing]))
        for row in rows
    ]
    answers = scene.ask(letter, missing)
    assert [
        row.name
        for row, asked, answer in zip(rows, missing, answers, strict=True)
        if strip(hidden[row.name], scene.request_for(row).path) != strip(answer, asked.path)
    ] == []
