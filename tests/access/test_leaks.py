"""A marked word in every confidential place, looked for as everybody, in all that the app gives out.

The pages are those of the app's own list of routes: a new one is looked at as soon as it is there.
"""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zipfile import BadZipFile, ZipFile

import pypdfium2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.jobs import Tools
from app.core.mail import Mail, SmtpTransport, send_mail
from app.core.postgres import APP_ROLE, Server
from app.domain.contributions.models import Contribution
from app.domain.follow_through.stories import story_file
from app.domain.meeting_reports.files import list_first_files
from app.domain.search.service import index_everything
from app.domain.users.models import User
from app.identity.seats import seat_cookie_name
from app.identity.tokens import make_token
from app.main import create_app
from app.papers.jobs import PAPERS
from app.papers.press import the_press
from app.settings import Settings
from tests.access.asking import Answer, Asked, ask, end_streams
from tests.access.planted import Planted, fillings, plant, take_out_secrets
from tests.access.test_access import UUID, fill, read_table
from tests.access.world import UndoneDatabase, World, make_world
from tests.conftest import create_database, make_test_tools
from tests.postbox import open_postbox
from tests.site import shared_portal
from tests.test_house import list_routes

# One of each way to be somebody else: for them a page is the same whether anything is confidential or not.
COMPARED = "rk"
# One of each way to read or not to; the others have the rules of one of these, as the table of rights holds.
LOOKING = "snvrkpwSc"
# Who goes through every thing of the table of rights; the others through what was planted and all lists.
EVERYWHERE = "r"
SEARCHES = ("/soeg", "/soeg/forslag", "/ideer", "/oensker", "/behov", "/projekter", "/trykproever")
_CHANGING = re.compile(r'name="(?:key|client_id)" value="[^"]*"|\?v=[0-9a-f]+')
_NAMES = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass
class Scene:
    """The app with what was planted in it; each request is forgotten after it. `lines`: what was logged.

    `lists`: the addresses of what was planted and of all lists; `things`: those of everything else. `found`:
    {who: the marked words that they met}.
    """

    app: FastAPI
    tools: Tools
    database: UndoneDatabase
    world: World
    planted: Planted
    lines: list[str]
    lists: list[Asked] = field(default_factory=list)
    things: list[Asked] = field(default_factory=list)
    found: dict[str, set[str]] = field(default_factory=dict)

    def ask(self, letter: str, asked: list[Asked], bearer: str = "") -> list[Answer]:
        return shared_portal().call(self._ask, letter, asked, bearer)

    async def _ask(self, letter: str, asked: list[Asked], bearer: str) -> list[Answer]:
        own = self.app.state.cookie
        kept = {
            own.name: self.world.secrets.get(letter),
            seat_cookie_name(own): self.world.seat_secrets.get(letter),
        }
        cookies = {name: secret for name, secret in kept.items() if secret and not bearer}
        answers = []
        async with end_streams(self.app.state.kit.hub):
            for one in asked:
                with self.database.undone():
                    answers.append(await ask(self.app, one, cookies, bearer=bearer))
        return answers


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


@pytest.fixture(scope="module")
def scene(
    server: Server, empty_template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    name = f"leaks_{worker_id}"
    create_database(server, name, empty_template)
    database = UndoneDatabase(server.url(name, role=APP_ROLE))
    folder = tmp_path_factory.mktemp("leaks")
    tools = make_test_tools(database, folder)
    handler, root = _Lines(), logging.getLogger()
    level, root.level = root.level, logging.INFO
    root.addHandler(handler)
    app = create_app(Settings(data=folder, base_url="http://testserver", run_worker=False), tools)
    with database.unit() as session:
        world = make_world(session, tools.storage)
        planted = plant(session, world, tools.storage, folder)
        index_everything(session)
    database.keep()
    made = Scene(app, tools, database, world, planted, handler.lines)
    made.lists, made.things = list_addresses(app, world, planted)
    yield made
    root.removeHandler(handler)
    root.level = level
    database.close()


def list_addresses(app: FastAPI, world: World, planted: Planted) -> tuple[list[Asked], list[Asked]]:
    """Every GET of the app: with what was planted or with nothing, and with each thing of the table."""
    lists: dict[str, Asked] = {}
    for route in list_routes(app):
        if "GET" not in route.methods:
            continue
        for place in fillings(set(_NAMES.findall(route.path)), planted):
            path = fill(route.path, place)
            lists.setdefault(path, Asked("GET", path, {}))
        if "{" not in route.path:
            lists.setdefault(route.path, Asked("GET", route.path, {}))
    things: dict[str, Asked] = {}
    for row in read_table():
        path = fill(row.path, world.things[row.thing])
        if row.method == "GET" and path not in lists:
            things.setdefault(path, Asked("GET", path, world.fields.get(row.thing, {})))
    return list(lists.values()), list(things.values())


def read_words(body: bytes) -> str:
    """All that is said in an answer, in small letters: of archives each file, of PDFs the words of pages."""
    if body[:4] == b"PK\x03\x04":
        try:
            with ZipFile(io.BytesIO(body)) as opened:
                return " ".join(
                    [*opened.namelist(), *(read_words(opened.read(n)) for n in opened.namelist())]
                )
        except BadZipFile:
            return ""
    if body[:5] == b"%PDF-":
        try:
            with pypdfium2.PdfDocument(body) as opened:
                return " ".join(page.get_textpage().get_text_range() for page in opened).lower()
        except pypdfium2.PdfiumError:
            # A file that is none, as tests lay some away.
            return body.decode("latin-1").lower()
    return body.decode("utf-8", "replace").lower()


def find_leaks(scene: Scene, letter: str, asked: list[Asked], answers: list[Answer]) -> list[str]:
    """Where somebody meets a word that they may not read; which they meet at all is kept."""
    leaks, met = [], scene.found.setdefault(letter, set())
    for one, answer in zip(asked, answers, strict=True):
        words = read_words(answer.body) + answer.location
        here = {word for word in scene.planted.words if word in words} if "zvrk" in words else set()
        met |= here
        leaks += [
            f"{one.path}: {where}"
            for word, where in scene.planted.forbidden_to(letter).items()
            if word in here
        ]
    return leaks


@pytest.mark.parametrize("letter", LOOKING)
def test_nobody_reads_a_confidential_word_on_any_page_or_in_any_file(scene: Scene, letter: str) -> None:
    asked = scene.lists + (scene.things if letter in EVERYWHERE else [])
    answers = scene.ask(letter, asked)
    assert [one.path for one, got in zip(asked, answers, strict=True) if got.status >= 500] == []
    assert find_leaks(scene, letter, asked, answers) == []


def test_those_who_may_read_a_word_meet_it(scene: Scene) -> None:
    """Else the tests above would prove nothing."""
    for letter in "vSk":
        if letter not in scene.found:
            find_leaks(scene, letter, scene.lists, scene.ask(letter, scene.lists))
    met = set().union(*scene.found.values())
    assert {where for word, (where, _) in scene.planted.words.items() if word not in met} == set()


def test_no_log_line_and_no_entry_of_the_audit_log_holds_a_marked_word(scene: Scene) -> None:
    assert any("zvrk" not in line for line in scene.lines)
    assert [line[:200] for line in scene.lines if "zvrk" in line] == []
    with scene.database.unit() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        told = [(one.verb, one.thing) for one in entries if "zvrk" in f"{one.before} {one.after}"]
    assert told == []


def test_no_mail_holds_a_marked_word_that_its_reader_may_not_read(scene: Scene) -> None:
    with open_postbox() as postbox, scene.database.undone():
        sender = SmtpTransport("127.0.0.1", postbox.port, "Dialogforum <forum@example.org>", tls="none")
        with scene.database.unit() as session:
            ids = session.scalars(select(Mail.id).order_by(Mail.id)).all()
        for mail_id in ids:
            send_mail(replace(scene.tools, mail=sender), mail_id)
    assert len(postbox.received) == len(ids) > 5
    with scene.database.unit() as session:
        letters = {
            session.get_one(User, actor.user_id).email: letter
            for letter, actor in scene.world.people.items()
            if actor.user_id is not None
        }
    leaks = []
    for message in postbox.received:
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        words = f"{message['Subject']} {parts}"
        forbidden = scene.planted.forbidden_to(letters.get(message["To"], "nobody"))
        leaks += [(message["Subject"], where) for word, where in forbidden.items() if word in words]
        # Not even to those who may read it: a mail lies where others read it.
        sealed = {word: where for word, where in scene.planted.sealed().items() if word in words}
        assert sealed == {}, message["Subject"]
    assert leaks == []


@pytest.mark.parametrize("letter", COMPARED)
def test_pages_searches_and_counts_of_others_are_the_same_where_nothing_is_confidential(
    scene: Scene, letter: str
) -> None:
    words = sorted(scene.planted.sealed())[::9]
    # The page of how the house is doing says what time it is.
    asked = [one for one in scene.lists if one.path != "/status"] + [
        Asked("GET", path, {"q": word}) for path in SEARCHES for word in words
    ]
    typed = {"title": words[0], "body": words[1], "text": words[2], "handling": "lignende"}
    asked += [Asked("POST", path, typed) for path in ("/oensker/nyt", "/ideer/nyt", "/behov/nyt")]
    logged = len(scene.lines)
    with_secrets = [as_read(got) for got in scene.ask(letter, asked)]
    with scene.database.undone():
        with scene.database.unit() as session:
            take_out_secrets(session, scene.planted)
        without = [as_read(got) for got in scene.ask(letter, asked)]
    # What is searched for stands in the address, and so in the log.
    del scene.lines[logged:]
    pairs = zip(asked, with_secrets, without, strict=True)
    assert [f"{one.path} {one.fields}" for one, before, after in pairs if before != after] == []


def as_read(answer: Answer) -> tuple[int, str, bytes | str]:
    """The answer without what is made anew each time."""
    if answer.body[:4] in (b"PK\x03\x04", b"%PDF"):
        return answer.status, answer.location, read_words(answer.body)
    return (
        answer.status,
        answer.location,
        UUID.sub("", _CHANGING.sub("", answer.body.decode("utf-8", "replace"))),
    )


@pytest.mark.parametrize("letter", "rnkcR")
def test_a_confidential_page_answers_as_one_of_an_idea_that_is_not_there(scene: Scene, letter: str) -> None:
    place = scene.planted.places[0]
    numbers = {"reference": "ID-9999", "attachment_id": 999_999, "request_id": 999_999, "signer_id": 999_999}
    hearings = [one for one in scene.planted.places if "request_id" in one]
    paths = (
        "/ideer/{reference}/fortrolig",
        "/ideer/{reference}/renset",
        "/ideer/bilag/{attachment_id}",
        "/ideer/{reference}/hoering/{request_id}",
    )
    whole = place | {"request_id": hearings[0]["request_id"]}
    there = [Asked("GET", fill(path, whole), {}) for path in paths]
    missing = [Asked("GET", fill(path, numbers), {}) for path in paths]
    for one, other, found, lost in zip(
        there, missing, scene.ask(letter, there), scene.ask(letter, missing), strict=True
    ):
        assert found.status == lost.status, (one.path, found.status, lost.status)
        assert as_read(found)[2].replace(one.path, "") == as_read(lost)[2].replace(other.path, ""), one.path  # type: ignore[union-attr]


def test_papers_and_programs_are_told_no_marked_word(scene: Scene) -> None:
    press = the_press()
    with scene.database.undone(), scene.database.unit() as session:
        idea = session.get_one(Contribution, scene.planted.idea_ids[0])
        assert idea.meeting_id is not None
        wanted = [story_file(idea.id, "pdf", "da"), *list_first_files(session, idea.meeting_id)]
        papers = [PAPERS[one.paper](session, press, one) for one in wanted if one.paper in PAPERS]
        pages = [paper.page for paper in papers if paper is not None]
        key = make_token(session, scene.world.people["r"], "Nøgle", frozenset({"read"}), 30)
        told = scene.ask("r", [one for one in scene.lists if one.path.startswith("/api")], key)
    assert len(pages) > 1 and any(idea.title in page for page in pages)
    assert [page[:80] for page in pages if "zvrk" in page] == []
    # Most of what was planted is not there for a rival, who judges nothing; a search wants words.
    assert {got.status for got in told} == {200, 403, 404, 422}
    assert [got.text for got in told if "zvrk" in got.text] == []
