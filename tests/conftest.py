"""The common ground of the tests: a real PostgreSQL, migrated once, cloned for each test that writes."""

import fcntl
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cli import migrate_database
from app.core.database import Database
from app.core.jobs import Tools
from app.core.mail import FolderTransport
from app.core.postgres import APP_ROLE, Server, ensure_server
from app.core.storage import open_folder
from app.domain.boards.numbering import forget_numbers
from app.domain.commitments.models import NUMBERS as COMMITMENT_NUMBERS
from app.domain.contributions.models import NUMBERS
from app.main import connect_rooms
from app.settings import Settings
from tests.people import People, add_people
from tests.site import Site

connect_rooms(Settings())
# Most of what lives here lives to the end; looking through it again and again takes a tenth of the time.
gc.freeze()
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server(shared_folder: Path) -> Iterator[Server]:
    with ensure_server(shared_folder / "pg", fast=True) as running:
        yield running


@contextmanager
def locked(folder: Path, name: str) -> Iterator[bool]:
    """Hold a lock between the test processes; true for the first that comes."""
    with (folder / f"{name}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / f"{name}.done"
        yield not done.exists()
        done.touch()


def create_database(server: Server, name: str, template: str = "template1") -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')


class LastingDatabase(Database):
    """Its pool outlives the sites that stand on it one after another: a process of PostgreSQL that is new
    has to learn each table again, which was more than half of what a small test took of it."""

    def close(self) -> None:
        while self._closed_too:
            self._closed_too.pop()()

    def end(self) -> None:
        super().close()


def open_as_application(server: Server, name: str, pool_size: int = 20) -> Database:
    """The database as the application meets it: in a role that owns no table."""
    return Database(server.url(name, role=APP_ROLE), pool_size)


def drop_database(server: Server, name: str) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
def empty_template(server: Server, shared_folder: Path) -> str:
    """A migrated database without rows, to clone."""
    with locked(shared_folder, "empty") as is_first:
        if is_first:
            create_database(server, "empty_template")
            owner = Database(server.url("empty_template"))
            application = open_as_application(server, "empty_template")
            migrate_database(owner, application)
            application.close()
            owner.close()
    return "empty_template"


@pytest.fixture
def clone(server: Server) -> Iterator[Callable[[str], Database]]:
    """Makes databases of the test's own from a template."""
    made: list[tuple[str, Database]] = []

    def make(template: str) -> Database:
        name = f"t_{uuid4().hex[:12]}"
        create_database(server, name, template)
        database = open_as_application(server, name, pool_size=8)
        made.append((name, database))
        return database

    yield make
    for name, database in made:
        database.close()
        drop_database(server, name)


@pytest.fixture(scope="session")
def empty_database(server: Server, empty_template: str, worker_id: str) -> Iterator[Database]:
    name = f"empty_{worker_id}"
    create_database(server, name, empty_template)
    database = open_as_application(server, name)
    yield database
    database.close()


@pytest.fixture
def session(empty_database: Database) -> Iterator[Session]:
    """A session on a migrated, empty database; all of it is rolled back after the test."""
    with empty_database.engine.connect() as connection:
        outer = connection.begin()
        with Session(
            bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as opened:
            yield opened
        outer.rollback()


@pytest.fixture
def people(session: Session) -> People:
    """One of each kind of people, in `session`."""
    return add_people(session)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, base_url="http://testserver", run_worker=False)


def make_test_tools(database: Database, folder: Path) -> Tools:
    return Tools(database, open_folder(folder / "files"), FolderTransport(folder / "mail"))


@pytest.fixture(scope="session")
def written_database(
    server: Server, empty_template: str, worker_id: str
) -> Iterator[tuple[Database, Callable[[], None]]]:
    """The database of this process's `site`, and what empties it after each test: quicker than a clone for
    each. Only its owner may do so."""
    name = f"site_{worker_id}"
    create_database(server, name, empty_template)
    database, owner = LastingDatabase(server.url(name, role=APP_ROLE), 8), Database(server.url(name))
    with owner.engine.connect() as connection:
        tables = connection.scalars(
            text("select quote_ident(relname) from pg_stat_user_tables where relname <> 'alembic_version'")
        ).all()
    # As a replica PostgreSQL looks after no foreign keys, so the order does not matter.
    erase = "set local session_replication_role = replica; " + "".join(map("delete from {}; ".format, tables))
    sequences = (*NUMBERS.values(), COMMITMENT_NUMBERS)
    numbers = "".join(f"select setval('{s.name}', 1, false); " for s in sequences)

    def empty() -> None:
        with owner.engine.begin() as connection:
            connection.exec_driver_sql(erase + numbers)
        forget_numbers(database.engine)

    yield database, empty
    database.close()
    database.end()
    owner.close()


@pytest.fixture
def site(
    written_database: tuple[Database, Callable[[], None]], settings: Settings, tmp_path: Path
) -> Iterator[Site]:
    """The whole site on an empty database, with one of each kind of people."""
    database, empty = written_database
    with Site(settings, make_test_tools(database, tmp_path)) as opened:
        yield opened
    empty()


@pytest.fixture(scope="session")
def archive_template(server: Server, empty_template: str, shared_folder: Path) -> str:
    """A database with the archive and the demo in it, to clone; its files lie in shared/archive."""
    from app.cli import seed_database
    from app.core.jobs import run_waiting

    with locked(shared_folder, "archive") as is_first:
        if is_first:
            create_database(server, "archive_template", empty_template)
            database = open_as_application(server, "archive_template")
            tools = make_test_tools(database, shared_folder / "archive")
            owner = Database(server.url("archive_template"))
            seed_database(Settings(data=shared_folder / "archive"), tools, owner)
            owner.close()
            run_waiting(tools)
            database.close()
    return "archive_template"


@pytest.fixture(scope="session")
def archive_site(
    server: Server, archive_template: str, shared_folder: Path, worker_id: str
) -> Iterator[Site]:
    """The whole site with the archive and the demo, for reading only."""
    name = f"archive_{worker_id}"
    create_database(server, name, archive_template)
    tools = make_test_tools(open_as_application(server, name), shared_folder / "archive")
    with Site(Settings(data=shared_folder / "archive", base_url="http://testserver"), tools) as opened:
        yield opened
