"""The `dialogforum` command: serve, worker, migrate, seed, and what is done once in a while."""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from app import commands as commands_of_the_house
from app.core.database import Database
from app.core.jobs import BackgroundWorker, Tools, run_waiting
from app.core.logs import start_logging
from app.core.page_changes import watch_tables
from app.core.policy import SYSTEM
from app.core.postgres import APP_ROLE, ROLE, ServerProblem, ensure_server
from app.core.rights import grant_rights
from app.core.storage import StorageAway
from app.settings import Settings, read_settings

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a problem of the set-up ends in one sentence and status 1."""
    parser = argparse.ArgumentParser(prog="dialogforum", description="Dialogforum")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(name, help=meaning)
        command.add_argument("--data", type=Path, help="folder of everything that is kept")
        if name == "retention":
            command.add_argument("--dry-run", action="store_true", help="only tell what would go")
        if name == "decks":
            command.add_argument("zip", type=Path, help="the files, with their list unless --list names it")
            command.add_argument("--list", type=Path, dest="listed", help="the list (csv)")
            command.add_argument("--really", action="store_true", help="put them up; else only tell")
        if name == "import":
            command.add_argument("file", type=Path, help="tables: csv, xlsx, or a zip of such")
            command.add_argument("--slides", type=Path, help="a zip of the files that the tables name")
            command.add_argument("--publish", action="store_true", help="show what is new to all at once")
            command.add_argument("--really", action="store_true", help="take it in; else only tell")
        commands_of_the_house.add_arguments(name, command)
        if name == "serve":
            command.add_argument("--host")
            command.add_argument("--port", type=int)
            command.add_argument("--processes", type=int, help="web processes, forked from one (1)")
    given = parser.parse_args(arguments)
    try:
        settings = read_settings()
        changes = {k: v for k, v in vars(given).items() if k in Settings.model_fields and v is not None}
        if "base_url" not in settings.model_fields_set:
            changes["base_url"] = f"http://localhost:{changes.get('port', settings.port)}"
        settings = settings.model_copy(update=changes)
        settings.data.mkdir(parents=True, exist_ok=True)
        leave_in_order()
        if given.command in commands_of_the_house.RUNS:
            return commands_of_the_house.RUNS[given.command](settings, given)
        if given.command == "retention":
            return run_retention(settings, given.dry_run)
        if given.command == "decks":
            return run_decks(settings, given.zip, given.listed, given.really)
        if given.command == "import":
            return run_import(settings, given.file, given.slides, given.publish, given.really)
        return RUNS[given.command](settings)
    except ServerProblem as problem:
        print(f"dialogforum: {problem}", file=sys.stderr)
    except ArgumentError:
        # What was written may hold a password, so it is not repeated.
        print("dialogforum: DATABASE_URL is to be postgresql://user:password@host/name", file=sys.stderr)
    except StorageAway as problem:
        print(f"dialogforum: {problem or 'the store of files does not answer'}", file=sys.stderr)
    except (OperationalError, psycopg.OperationalError) as problem:
        print(f"dialogforum: {first_line_of(problem)}", file=sys.stderr)
    except ValueError as problem:
        print(f"dialogforum: {problem}", file=sys.stderr)
    except OSError as problem:
        print(f"dialogforum: {problem.strerror or problem}: {problem.filename or ''}", file=sys.stderr)
    return 1


def first_line_of(problem: Exception) -> str:
    """What the database says of itself, without the statement that was asked."""
    said = problem.orig if isinstance(problem, DBAPIError) else problem
    return str(said).strip().partition("\n")[0]


def leave_in_order() -> None:
    """On Ctrl+C and SIGTERM unwind, so that the embedded server stops too, and end with the shell's status.

    uvicorn sends itself the signal once more when it has finished, which would else end the process at once.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))


COMMANDS = {
    "bounce": "note a mail that came back, from standard input: for the mail server's pipe",
    "decks": "take over decks of old meetings: a zip of files and a list (csv); a dry run unless --really",
    "import": "take in tables of meetings, programme, people and what was said; a dry run unless --really",
    "serve": "the web site, with its worker unless DIALOGFORUM_RUN_WORKER=false",
    "worker": "the background worker alone",
    "migrate": "bring the database to this version's tables",
    "retention": "delete and empty what is past its period, as each night does; or tell what would go",
    "seed": "put the archive (and in the demo the examples) into the database; repeatable",
} | commands_of_the_house.COMMANDS


@contextmanager
def open_database(settings: Settings) -> Iterator[tuple[Database, Database]]:
    """The database as the application uses it, and as its owner does, who may change the tables.

    It is the one that the settings name, or the embedded server below the data folder.
    """
    with ExitStack() as opened:
        if settings.database_url is not None:
            used = settings.database_url
            urls = [url.get_secret_value() for url in (used, settings.migration_url or used)]
        else:
            server = opened.enter_context(ensure_server(settings.data / "postgres"))
            server.keep_up()
            urls = [server.url(role=role) for role in (APP_ROLE, ROLE)]
        application, owner = (opened.enter_context(closing(Database(url))) for url in urls)
        yield application, owner


def migrate_database(owner: Database, application: Database) -> None:
    """All migrations, one process at a time; then the application's role may use what there is."""
    from sqlalchemy import text

    from app.core.migrating import alembic_config, is_behind

    with owner.engine.connect() as connection:
        # A change to a large table takes longer than any page may.
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("select pg_advisory_lock(4201)"))
        connection.commit()
        if is_behind(connection):
            from alembic import command

            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        watch_tables(connection)
        grant_rights(connection, application.url.username or "", application.url.password)
        connection.commit()
        connection.execute(text("select pg_advisory_unlock(4201)"))
        connection.commit()


def seed_database(settings: Settings, tools: Tools, owner: Database | None = None) -> None:
    """The archive, and in the demo the examples; then the jobs that follow from them.

    The `owner` of the tables counts them afterwards, which nobody else may: until PostgreSQL knows how many
    rows there are, it looks things up as if there were none, and slowly.
    """
    from sqlalchemy import text

    from app.archive.loading import load_archive, load_demo
    from app.main import connect_rooms

    connect_rooms(settings)
    is_new = load_archive(tools)
    if settings.is_demo:
        is_new = load_demo(tools) or is_new
    if is_new and owner is not None:
        with owner.engine.begin() as connection:
            connection.execute(text("analyze"))


def run_migrate(settings: Settings) -> int:
    with open_database(settings) as (database, owner):
        migrate_database(owner, database)
    return 0


def run_seed(settings: Settings) -> int:
    from app.main import make_tools

    with open_database(settings) as (database, owner):
        migrate_database(owner, database)
        tools = make_tools(settings, database)
        seed_database(settings, tools, owner)
        run_waiting(tools)
    return 0


def run_retention(settings: Settings, is_dry: bool) -> int:
    """One line for each kind: its period, the rows, the oldest."""
    from app.domain.site.taking_up import take_up
    from app.main import connect_rooms
    from app.privacy.nights import forecast_all, forget_what_is_past
    from app.privacy.periods import periods_in_force

    connect_rooms(settings)
    with open_database(settings) as (database, _):
        take_up(database)
        periods = periods_in_force()
        with database.unit() as session:
            planned = forecast_all(session, periods)
        for one in planned:
            print(f"{one.code:16} {one.days:5} days {one.rows:8} rows  oldest {one.oldest or '-'}")
        if not is_dry:
            done = forget_what_is_past(database, periods)
            print(f"done: {sum(done.values())} rows")
    return 0


def run_decks(settings: Settings, path: Path, listed: Path | None, really: bool) -> int:
    """Tell what would become of each line of the list, or put up those that are right and read them."""
    from app.core.documents.limits import LIMITS
    from app.core.policy import Refused
    from app.domain.presentations.batches import check_batch, take_row
    from app.main import connect_rooms, make_tools

    connect_rooms(settings)
    content = listed.read_bytes() if listed else None
    with open_database(settings) as (database, owner):
        migrate_database(owner, database)
        tools = make_tools(settings, database)
        try:
            with database.unit() as session:
                rows = check_batch(session, SYSTEM, path, content, LIMITS)
        except Refused as refusal:
            raise ValueError(refusal.code) from refusal
        for row in rows:
            if really and row.state == "ok":
                with database.unit() as session, session.begin_nested() as step:
                    row = take_row(session, SYSTEM, tools.storage, path, row, None)
                    if row.state == "refused":
                        step.rollback()
            place = f"/oplaeg/{row.deck_id}" if row.deck_id else row.problem
            print(f"{row.line:>5}  {row.state:<8} {row.file}  {row.meeting}  {place}")
        if really:
            run_waiting(tools)
    return 0


def run_import(settings: Settings, path: Path, slides: Path | None, publishes: bool, really: bool) -> int:
    """Tell what would become of each row of the tables, or take in what is new or changed."""
    from app.core.policy import Refused
    from app.domain.imports.queries import list_all_rows
    from app.domain.imports.service import add_import, check_file, start_import
    from app.main import connect_rooms, make_tools

    connect_rooms(settings)
    with open_database(settings) as (database, owner):
        migrate_database(owner, database)
        tools = make_tools(settings, database)
        sent = (slides, slides.name) if slides else None
        try:
            with database.unit() as session:
                if really:
                    taken = add_import(session, SYSTEM, tools.storage, path, path.name, sent, publishes)
                    start_import(session, SYSTEM, taken.id)
                    import_id = taken.id
                else:
                    tell_rows(check_file(session, path, path.name, slides, publishes))
        except Refused as refusal:
            raise ValueError(refusal.code) from refusal
        if really:
            run_waiting(tools)
            with database.unit() as session:
                tell_rows(list_all_rows(session, SYSTEM, import_id))
    return 0


def tell_rows(rows: Iterable[Any]) -> None:
    """One line for each row of a file: where it stands, what becomes of it, and what is wrong."""
    for row in rows:
        wrong = ", ".join(f"{one['column']}: {one['code']}" for one in row.problems)
        print(f"{row.sheet}:{row.line:<5} {row.state:<10} {row.title}  {row.path or wrong}")


def run_bounce(settings: Settings) -> int:
    """Ends well whatever was sent, or the mail server would send a bounce of the bounce; while the database
    is away, with the status by which it keeps the mail and tries again."""
    from app.core.bounces import LARGEST, note_bounce, read_bounce
    from app.main import connect_rooms

    bounce = read_bounce(sys.stdin.buffer.read(LARGEST))
    if bounce is None:
        print("dialogforum: this reports no mail of ours that failed", file=sys.stderr)
        return 0
    connect_rooms(settings)
    try:
        with open_database(settings) as (database, _), database.unit() as session:
            is_noted = note_bounce(session, bounce)
    except OperationalError as problem:
        print(f"dialogforum: {first_line_of(problem)}", file=sys.stderr)
        return os.EX_TEMPFAIL
    print("noted" if is_noted else "no such mail", bounce.message_id)
    return 0


def run_worker(settings: Settings) -> int:
    from app.main import connect_rooms, make_tools

    start_logging(settings.log_format)
    tell_plain_lines(settings)
    connect_rooms(settings)
    with open_database(settings) as (database, _):
        work_until_stopped(make_tools(settings, database))
    return 0


def tell_plain_lines(settings: Settings) -> None:
    """Said and not refused unless the settings ask for it: a house that ran yesterday runs today."""
    for sentence in [] if settings.is_demo else settings.plain_lines():
        log.warning("%s", sentence)


def work_until_stopped(tools: Tools) -> None:
    from app.domain.site.taking_up import Watch

    watch = Watch(tools.database)
    watch.start()
    worker = BackgroundWorker(tools)
    worker.start()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()
    worker.stop()
    watch.stop()


def run_serve(settings: Settings) -> int:
    from app.http.serving import allow_many_files, make_server, settle
    from app.main import create_app, make_tools

    started = time.monotonic()
    start_logging(settings.log_format)
    tell_plain_lines(settings)
    listener = listen(settings.host, settings.port)
    allow_many_files()
    with open_database(settings) as (database, owner):
        tools = make_tools(settings, database)
        if settings.database_url is None:
            migrate_database(owner, database)
            seed_database(settings, tools, owner)
        if settings.processes > 1:
            serve_in_many(settings, tools, listener, started)
            return 0
        app = create_app(settings, tools, run_worker=settings.run_worker)
        announce_address(settings, time.monotonic() - started)
        settle()
        make_server(app).run(sockets=[listener])
    return 0


def serve_in_many(settings: Settings, tools: Tools, listener: socket.socket, started: float) -> None:
    """The site in several processes that take turns at one socket, and the worker in one of its own."""
    from app.core.processes import run_each
    from app.http.serving import make_server, settle
    from app.main import connect_rooms, create_app, index_routes

    def serve(number: int) -> None:
        app = create_app(settings, tools)
        app.state.request_counts.process = str(number)
        settle()
        make_server(app).run(sockets=[listener])

    def work() -> None:
        listener.close()
        work_until_stopped(tools)

    connect_rooms(settings)
    index_routes()  # what takes most of the memory is made once, here
    tools.database.engine.dispose()
    settle()
    announce_address(settings, time.monotonic() - started)
    works: list[Callable[[], None]] = [partial(serve, number + 1) for number in range(settings.processes)]
    run_each([*works, work] if settings.run_worker else works)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, opened first so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        raise ValueError(
            f"port {port} på {host} kan ikke bruges ({os.strerror(problem.errno or 0)}); vælg en med --port"
        ) from problem
    return listener


def announce_address(settings: Settings, seconds: float) -> None:
    """Tell where the site is, and in the demo how to sign in."""
    # By its name, not its number: browsers make passkeys for names only.
    is_here = settings.host in ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104
    shown = "localhost" if is_here else settings.host
    address = f"http://{shown}:{settings.port}"
    lines = [f"\nDialogforum er klar på {address} ({seconds:.1f} s). Stop med Ctrl+C."]
    if settings.is_demo:
        lines += [
            f"Log ind på {address}/log-ind: én knap for hver slags bruger",
            "  Sekretariat · Leverandør · Konsulenthus · Kommune · Administrator · Revisor",
            "  eller med kode: skriv en mailadresse; i demoen ligger mailen i mappen "
            f"{settings.data / 'mail'}\n",
        ]
    print("\n".join(lines), flush=True)


RUNS = {
    "serve": run_serve,
    "worker": run_worker,
    "migrate": run_migrate,
    "seed": run_seed,
    "bounce": run_bounce,
}

if __name__ == "__main__":
    sys.exit(main())
