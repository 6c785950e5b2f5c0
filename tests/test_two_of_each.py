"""Two web processes and two workers on one PostgreSQL and one S3-compatible store: one house."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import select, text

from app.core.database import Database
from app.core.job_runs import JobRun
from app.core.jobs import defer
from app.core.postgres import ROLE, Server
from app.identity.sessions import open_session
from tests.core.documents.samples import make_pdf
from tests.people import add_people
from tests.said import add_idea_draft
from tests.waiting import wait_until

MANY = 150
WISH = {"title": "Fælles målbilleder", "body": "Vi mangler en klar retning."}
SECRETS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def processes(environment: dict[str, str], *commands: list[str]) -> Iterator[list[int]]:
    """Processes of the house, one a command, with their numbers."""
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.processes"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdin is not None and parent.stdout is not None
    try:
        for command in commands:
            parent.stdin.write(json.dumps(command) + "\n")
        parent.stdin.flush()
        yield [int(parent.stdout.readline()) for _ in commands]
    finally:
        parent.kill()  # which ends the others in order
        parent.wait()


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=address, **SECRETS).create_bucket(Bucket="forum")
    yield address
    server.stop()


def answers(base: str) -> bool:
    try:
        return httpx2.get(f"{base}/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def test_two_web_processes_and_two_workers_are_one_house(
    server: Server,
    clone: Callable[[str], Database],
    empty_template: str,
    endpoint: str,
    tmp_path: Path,
) -> None:
    database = clone(empty_template)
    name = database.url.database or ""
    with database.unit() as session:
        people = add_people(session)
        idea = f"/ideer/{add_idea_draft(session, people.vendor).reference}"
        cookie = open_session(session, people.vendor.user_id or 0, "code")
    ports = [free_port(), free_port()]
    first, second = (f"http://127.0.0.1:{port}" for port in ports)
    environment = {
        **os.environ,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "DIALOGFORUM_MIGRATION_URL": server.url(name, role=ROLE),
        "DIALOGFORUM_DATA": str(tmp_path),
        "DIALOGFORUM_RUN_WORKER": "false",
        "DIALOGFORUM_STORAGE_URL": "s3://forum",
        "DIALOGFORUM_STORAGE_ENDPOINT": endpoint,
        "DIALOGFORUM_STORAGE_ACCESS_KEY": "test",
        "DIALOGFORUM_STORAGE_SECRET_KEY": "test",
        "DIALOGFORUM_LOG_FORMAT": "json",
    }
    headers = {"Cookie": f"dialogforum={cookie}", "Sec-Fetch-Site": "same-origin"}

    def get(base: str, path: str) -> httpx2.Response:
        return httpx2.get(base + path, headers=headers, timeout=20)

    def count_found() -> int:
        return count("select count(*) from search_document where title = 'Et ønske mere'")

    def count(statement: str) -> int:
        with database.unit() as session:
            return session.execute(text(statement)).scalar_one()

    commands = [*(["serve", "--port", str(port)] for port in ports), ["worker"], ["worker"]]
    with processes(environment, *commands) as (first_web, _, first_worker, _):
        wait_until(lambda: answers(first) and answers(second), seconds=60)
        wait_until(lambda: count("select count(*) from procrastinate_workers") == 2, seconds=30)

        # One form, sent to both: taken once.
        form = WISH | {"key": str(uuid4())}
        sent = [
            httpx2.post(f"{base}/oensker/nyt", data=form, headers=headers, timeout=20)
            for base in (first, second)
        ]
        assert [answer.status_code for answer in sent] == [303, 303]
        path = sent[0].headers["location"].partition("?")[0]
        assert sent[1].headers["location"].partition("?")[0] == path
        assert count("select count(*) from contribution where kind = 'wish'") == 1
        assert "Fælles målbilleder" in get(second, path).text

        # Work is shared, and each piece is done once.
        wait_until(lambda: count("select count(*) from procrastinate_jobs where status <> 'failed'") == 0, 30)
        before = count("select coalesce(sum(runs), 0) from job_run where name = 'search.index'")
        with database.unit() as session:
            for _ in range(MANY):
                defer(session, "search.index", kind="wish", ids=[1])
        busy: set[int] = set()

        def is_done() -> bool:
            with database.unit() as session:
                busy.update(
                    session.scalars(
                        text(
                            "select worker_id from procrastinate_jobs where worker_id is not null order by 1"
                        )
                    )
                )
                run_row = session.get(JobRun, "search.index", populate_existing=True)
                return run_row is not None and run_row.runs - before >= MANY

        wait_until(is_done, seconds=60)
        assert count("select runs from job_run where name = 'search.index'") - before == MANY
        assert count("select failures from job_run where name = 'search.index'") == 0
        assert len(busy) == 2

        # A file put up at one door lies where both doors, and both workers, find it.
        given = {"key": str(uuid4()), "title": "Tegning", "access": "public"}
        files = {"file": ("tegning.pdf", make_pdf(tmp_path / "page.pdf", [("Side", ["Ord"])]).read_bytes())}
        put = httpx2.post(f"{first}{idea}/bilag", data=given, files=files, headers=headers, timeout=20)
        assert put.status_code == 303
        attachment = f"/ideer/bilag/{count('select max(id) from idea_attachment')}"
        assert get(first, attachment).content == get(second, attachment).content == files["file"][1]

        # One of each is killed: the others go on.
        for number in (first_web, first_worker):
            os.kill(number, signal.SIGKILL)
        form = {"title": "Et ønske mere", "body": "Sendt, da den ene var væk.", "key": str(uuid4())}
        assert httpx2.post(f"{second}/oensker/nyt", data=form, headers=headers, timeout=20).status_code == 303
        wait_until(lambda: count_found() == 1, seconds=60)


def test_processes_of_one_command_share_a_port_and_one_that_is_killed_is_replaced(
    clone: Callable[[str], Database], empty_template: str, tmp_path: Path
) -> None:
    database = clone(empty_template)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "DIALOGFORUM_DATA": str(tmp_path),
        "DIALOGFORUM_METRICS_KEY": "sixteen letters!",
    }

    def who_answers() -> str:
        key = {"Authorization": "Bearer sixteen letters!"}
        told = httpx2.get(f"{base}/metrics", headers=key, timeout=20).text
        return re.findall(r'^dialogforum_streams\{process="(\d)"\} 0$', told, re.MULTILINE)[0]

    with processes(environment, ["serve", "--port", str(port), "--processes", "2"]) as (parent,):
        wait_until(lambda: answers(base), 60)
        seen: set[str] = set()
        wait_until(lambda: seen.add(who_answers()) or seen == {"1", "2"}, 60)
        with database.unit() as session:
            defer(session, "search.index_everything", once="index everything")
        wait_until(lambda: has_run(database, "search.index_everything"), 60)
        for child in children_of(parent):
            os.kill(child, signal.SIGKILL)
        wait_until(lambda: answers(base), 60)
        os.kill(parent, signal.SIGTERM)
        wait_until(lambda: not answers(base), 20)


def has_run(database: Database, name: str) -> bool:
    with database.unit() as session:
        return session.scalars(select(JobRun.runs).where(JobRun.name == name)).one_or_none() == 1


def children_of(number: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
