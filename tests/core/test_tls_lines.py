"""The database by TLS: who shows a wrong certificate is not talked to, and copies are taken that way too."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.core.backups import restore_backup, sum_tables, take_backup
from app.core.database import Database
from app.core.postgres import ROLE, Server, ServerProblem
from app.core.storage import open_folder
from app.core.tls_lines import lead_through
from tests.behind_tls import make_certificate, open_tls_line
from tests.conftest import create_database, drop_database
from tests.postbox import open_postbox


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path, "localhost")


@pytest.fixture
def port(server: Server, certificate: Path) -> Iterator[int]:
    with open_tls_line(certificate, server.socket_folder / ".s.PGSQL.5432") as port:
        yield port


@pytest.fixture
def by_tls(server: Server, certificate: Path, port: int) -> Iterator[Callable[..., Database]]:
    """Makes databases from a template, opened by TLS as the options say."""
    made: list[tuple[str, Database]] = []

    def make(template: str = "template1", host: str = "localhost", **options: object) -> Database:
        name = f"t_{uuid4().hex[:12]}"
        create_database(server, name, template)
        given = {"sslmode": "verify-full", "sslrootcert": certificate} | options
        query = "&".join(f"{key}={value}" for key, value in given.items())
        made.append((name, Database(f"postgresql://{ROLE}@{host}:{port}/{name}?{query}", pool_size=6)))
        return made[-1][1]

    yield make
    for name, database in made:
        database.close()
        drop_database(server, name)


def read_tables(database: Database) -> dict[str, object]:
    with database.engine.connect() as connection:
        return dict(sum_tables(connection))


def ask(target: dict[str, str]) -> str:
    """As a program of PostgreSQL would: what it came to, or that it could not."""
    try:
        with psycopg.connect(**target, dbname="postgres", connect_timeout=5) as connection:
            (told,) = connection.execute("select 'svar'").fetchone() or ("",)
            return str(told)
    except psycopg.OperationalError as problem:
        raise ServerProblem("lukket") from problem


def test_who_shows_another_certificate_than_is_known_is_not_talked_to(
    by_tls: Callable[..., Database], tmp_path: Path
) -> None:
    known, other = by_tls(), by_tls(sslrootcert=make_certificate(tmp_path, "localhost"))
    named_otherwise = by_tls(host="127.0.0.1")
    assert [one.is_alive() for one in (known, other, named_otherwise)] == [True, False, False]
    with pytest.raises(OperationalError, match="certificate verify failed"):
        other.engine.connect()


def test_a_copy_is_taken_and_put_back_by_tls(
    by_tls: Callable[..., Database], empty_template: str, tmp_path: Path
) -> None:
    before, after = by_tls(empty_template), by_tls()
    copy = tmp_path / "copy.tar"
    take_backup(before, open_folder(tmp_path / "files"), copy)
    restore_backup(copy, after, open_folder(tmp_path / "place"))
    assert read_tables(after) == read_tables(before) != {}


@pytest.mark.parametrize(
    ("mode", "host", "is_known", "is_led"),
    [
        ("verify-full", "localhost", True, True),
        ("verify-full", "localhost", False, False),
        ("verify-full", "127.0.0.1", True, False),
        ("verify-ca", "127.0.0.1", True, True),
        ("verify-ca", "localhost", False, False),
        ("require", "127.0.0.1", False, False),
        ("prefer", "127.0.0.1", False, True),
    ],
)
def test_a_program_without_tls_is_led_only_to_whom_the_house_itself_would_believe(
    port: int, certificate: Path, tmp_path: Path, mode: str, host: str, is_known: bool, is_led: bool
) -> None:
    believed = certificate if is_known else make_certificate(tmp_path, "localhost")
    values = {"host": host, "port": str(port), "sslmode": mode, "sslrootcert": str(believed), "user": ROLE}

    if is_led:
        assert lead_through(values, ask) == "svar"
    else:
        with pytest.raises(ServerProblem, match=r"lukket \(.*certificate verify failed"):
            lead_through(values, ask)


@pytest.fixture
def asks_for_password(tmp_path: Path, certificate: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The greeting of a PostgreSQL that knows SCRAM; the port by TLS, and the ways that its callers chose."""
    chosen: list[bytes] = []

    def greet() -> None:
        caller, _ = listener.accept()
        with caller:
            caller.recv(1000)
            offer = struct.pack("!I", 10) + b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
            caller.sendall(b"R" + struct.pack("!I", len(offer) + 4) + offer)
            chosen.append(caller.recv(1000)[5:].partition(b"\0")[0])

    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        listener.settimeout(30)
        greeting = threading.Thread(target=greet, daemon=True)
        greeting.start()
        with open_tls_line(certificate, place) as port:
            yield port, chosen
        greeting.join()


def test_a_program_without_tls_is_offered_no_way_in_that_only_tls_has(
    asks_for_password: tuple[int, list[bytes]], certificate: Path
) -> None:
    port, chosen = asks_for_password
    values = {"host": "localhost", "port": str(port), "sslmode": "verify-full", "user": ROLE}
    with pytest.raises(ServerProblem):
        lead_through(
            values | {"sslrootcert": str(certificate)}, lambda near: ask(near | {"password": "hemmelig"})
        )
    assert chosen == [b"SCRAM-SHA-256"]


def test_a_server_without_tls_is_not_talked_to_in_the_open(server: Server) -> None:
    with open_postbox() as box, pytest.raises(ServerProblem, match="serveren taler ikke TLS"):
        lead_through({"host": "127.0.0.1", "port": str(box.port), "sslmode": "require"}, ask)
