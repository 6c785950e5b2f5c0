"""The embedded server: how it is made, shared, left and found again."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, text

from app.core.database import Database
from app.core.postgres import Server, ServerProblem, ensure_server, find_binaries, read_major
from tests.waiting import wait_until

MAJOR = read_major(find_binaries())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ensure_server(tmp_path_factory.mktemp("server"), fast=True) as server:
        yield server


def ask(server: Server, question: str) -> object:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute(question).fetchone()
    assert row
    return row[0]


def read_pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def is_running(folder: Path) -> bool:
    return (folder / "data" / "postmaster.pid").exists()


def start_user(folder: Path, before_leaving: str) -> subprocess.Popen[str]:
    """Another process that uses the server, prints its process number, and then does what it is told."""
    program = f"""
        import os, sys
        from pathlib import Path
        from app.core.postgres import ensure_server
        with ensure_server(Path({str(folder)!r}), fast=True) as server:
            pid = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
            print(pid, flush=True)
            {before_leaving}
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read_line(user: subprocess.Popen[str]) -> int:
    assert user.stdout
    return int(user.stdout.readline())


def test_the_sqlalchemy_address_reaches_the_same_database_as_the_dsn(server: Server) -> None:
    engine = create_engine(server.url())
    with engine.connect() as connection:
        assert connection.execute(text("select current_database()")).scalar_one() == "dialogforum"
    engine.dispose()
    assert ask(server, "select current_database()") == "dialogforum"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "postgresql+psycopg://forum@/forum?host=/tmp/a%20b%2Bc&port=5432",
            {"user": "forum", "dbname": "forum", "host": "/tmp/a b+c", "port": "5432"},
        ),
        (
            "postgresql+psycopg://a%2Bb+c:p+q%2Br%20s%40%27%5C@db:5433/forum?sslmode=verify-full&options=-c%20x%3D1",
            {
                "user": "a+b+c",
                "password": "p+q+r s@'\\",
                "host": "db",
                "port": "5433",
                "dbname": "forum",
                "sslmode": "verify-full",
                "options": "-c x=1",
            },
        ),
    ],
)
def test_the_address_reaches_libpq_with_its_spaces_pluses_and_quotes(
    address: str, expected: dict[str, str]
) -> None:
    assert conninfo_to_dict(Database(address).dsn) == expected


def test_upper_and_lower_case_know_the_danish_letters(server: Server) -> None:
    assert ask(server, "select lower('ÆRØSKØBING ÅRE') || upper('æøå')") == "ærøskøbing åreÆØÅ"


def test_trigrams_see_the_danish_letters(server: Server) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("create extension if not exists pg_trgm")
    assert ask(server, "select similarity('ærø', 'ørå') < similarity('ærø', 'ærø')") is True
    assert ask(server, "select cardinality(show_trgm('æø'))") == 3


def test_danish_words_are_stemmed(server: Server) -> None:
    assert ask(server, "select to_tsvector('danish', 'leverandørernes')::text") == "'leverandør':1"


def test_nothing_listens_on_the_network(server: Server) -> None:
    assert ask(server, "select current_setting('listen_addresses')") == ""


def test_only_the_account_itself_can_enter_the_socket_folder(server: Server) -> None:
    assert server.socket_folder.stat().st_mode & 0o777 == 0o700


def test_a_copy_of_a_database_holds_its_rows(server: Server) -> None:
    server.create_database("original")
    with psycopg.connect(server.dsn("original")) as connection:
        connection.execute("create table word as select 'ord' as word")
    server.create_database("copy", template="original")
    with psycopg.connect(server.dsn("copy")) as connection:
        assert connection.execute("select word from word").fetchall() == [("ord",)]


def test_making_a_database_twice_keeps_the_first(server: Server) -> None:
    server.create_database("twice")
    with psycopg.connect(server.dsn("twice")) as connection:
        connection.execute("create table kept ()")
    server.create_database("twice")
    with psycopg.connect(server.dsn("twice")) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_rows_are_there_after_a_restart_and_the_settings_are_the_safe_ones(tmp_path: Path) -> None:
    folder = tmp_path / "en mappe med mellemrum og æøå"
    with ensure_server(folder) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute("create table word as select 'ord' as word")
    assert not is_running(folder)
    with ensure_server(folder) as server:
        assert ask(server, "select word from word") == "ord"
        names = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        assert [ask(server, f"select current_setting('{name}')") for name in names] == ["on"] * 4


def test_a_long_path_and_a_comma_are_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / ("lang, " * 25)
    with ensure_server(folder, fast=True) as server:
        assert not server.socket_folder.is_relative_to(tmp_path)
        assert ask(server, "select 1") == 1


def test_the_last_one_out_stops_the_server(tmp_path: Path) -> None:
    server = ensure_server(tmp_path, fast=True)
    user = start_user(tmp_path, "sys.stdin.read()")
    pid = read_line(user)
    assert pid == read_pid(tmp_path)
    server.close()
    assert read_pid(tmp_path) == pid
    user.communicate()
    assert user.returncode == 0
    assert not is_running(tmp_path)


def test_closing_twice_is_as_good_as_once(tmp_path: Path) -> None:
    server = ensure_server(tmp_path, fast=True)
    server.close()
    server.close()
    assert not is_running(tmp_path)


def test_three_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    users = [start_user(tmp_path, "sys.stdin.read()") for _ in range(3)]
    assert len({read_line(user) for user in users}) == 1
    for user in users:
        user.communicate()
    assert not is_running(tmp_path)


def test_the_server_outlives_a_killed_user_and_the_next_one_attaches_and_stops_it(tmp_path: Path) -> None:
    user = start_user(tmp_path, "os.kill(os.getpid(), 9)")
    pid = read_line(user)
    assert user.wait() == -signal.SIGKILL
    user.communicate()
    with ensure_server(tmp_path, fast=True) as server:
        assert read_pid(tmp_path) == pid
        assert ask(server, "select 1") == 1
    assert not is_running(tmp_path)


def test_a_killed_server_recovers(tmp_path: Path) -> None:
    with ensure_server(tmp_path) as server:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("create table word as select 'ord' as word")
        os.kill(read_pid(tmp_path), signal.SIGKILL)
    with ensure_server(tmp_path) as server:
        assert ask(server, "select word from word") == "ord"


def test_a_server_that_is_killed_in_use_is_started_again_by_who_keeps_it_up(tmp_path: Path) -> None:
    with ensure_server(tmp_path) as server:
        server.keep_up()
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("create table word as select 'ord' as word")
        killed = read_pid(tmp_path)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: server.is_running() and read_pid(tmp_path) != killed, seconds=30)
        server.revive()  # waits until it is ready
        assert ask(server, "select word from word") == "ord"
    assert not is_running(tmp_path)


def test_half_made_data_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "data.tmp" / "base").mkdir(parents=True)
    with ensure_server(tmp_path, fast=True) as server:
        assert ask(server, "select 1") == 1
    assert not (tmp_path / "data.tmp").exists()


def test_a_left_over_process_number_that_another_program_has_now_is_no_hindrance(tmp_path: Path) -> None:
    ensure_server(tmp_path, fast=True).close()
    # Not our own number: PostgreSQL takes no notice of the one that started it.
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        lines = [other.pid, tmp_path / "data", 0, 5432, tmp_path / "run", "", "", "ready"]
        written = "".join(f"{line}\n" for line in lines)
        (tmp_path / "data" / "postmaster.pid").write_text(written)
        (tmp_path / "run" / ".s.PGSQL.5432.lock").write_text(written)
        with ensure_server(tmp_path, fast=True) as server:
            assert ask(server, "select 1") == 1
        other.kill()


def test_data_of_another_major_version_are_refused_with_a_sentence_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerProblem, match=re.escape("Databasen er lavet af PostgreSQL 9, men her er kun")):
        ensure_server(tmp_path)
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_file_in_place_of_the_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "fil"
    in_the_way.touch()
    with pytest.raises(ServerProblem) as caught:
        ensure_server(in_the_way)
    assert str(caught.value) == f"Databasen kan ikke bruge mappen {in_the_way}: File exists."


def test_a_broken_setting_is_told_in_the_servers_own_words(tmp_path: Path) -> None:
    ensure_server(tmp_path, fast=True).close()
    with (tmp_path / "data" / "postgresql.conf").open("a") as settings:
        settings.write("max_connections = mange\n")
    with pytest.raises(ServerProblem) as caught:
        ensure_server(tmp_path, fast=True)
    assert str(caught.value).startswith(f"Databasen i {tmp_path} kunne ikke starte: ")
