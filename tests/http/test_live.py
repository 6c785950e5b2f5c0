"""The wire of the live room: a stream says that something changed, and a block is kept until then."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.jobs import Tools
from app.core.live import tell_of_rights
from app.core.mail import FolderTransport
from app.core.storage import open_folder
from app.http import live as wire
from app.identity.sessions import open_session
from app.settings import Settings
from tests.http.served import Live, Stream, count_up, serve_live
from tests.people import add_people


@pytest.fixture(scope="module")
def tools(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """One database for all of them: each has a topic of its own."""
    from tests.conftest import create_database, drop_database, open_as_application

    server, template = request.getfixturevalue("server"), request.getfixturevalue("empty_template")
    name = f"live_{request.getfixturevalue('worker_id')}"
    create_database(server, name, template)
    database = open_as_application(server, name, pool_size=8)
    folder = tmp_path_factory.mktemp("live")
    yield Tools(database, open_folder(folder / "files"), FolderTransport(folder / "mail"))
    database.close()
    drop_database(server, name)


@pytest.fixture
def live(tools: Tools, settings: Settings) -> Iterator[Live]:
    with serve_live(settings, tools) as served:
        yield served


def end_listening(database: Database) -> None:
    """What a database that was started again does to whoever listens."""
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'dialogforum live' and datname = current_database()"
            )
        )


def test_a_stream_says_first_what_it_hears_and_then_what_was_committed(live: Live) -> None:
    with live.stream("test:1", "test:2") as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.answer.headers["Cache-Control"] == "no-store"
        assert stream.answer.headers["X-Accel-Buffering"] == "no"
        assert stream.next() == ("changed", "test:1 test:2")
        with live.tools.database.session() as session:
            count_up(session, 1)
            session.rollback()
        live.count_up(2)
        assert stream.next() == ("changed", "test:2")


def test_a_stream_carries_only_what_its_visitor_may_hear(live: Live) -> None:
    with live.stream("test:100", "test:3", "nothing:1", "test:x") as stream:
        assert stream.next() == ("changed", "test:3")
    assert [live.stream(topic).status for topic in ("test:100", "nothing:1", "test:", "test:-1")] == [404] * 4
    assert live.get("/moeder/1/live")[0] == 404


def test_a_stream_ends_when_its_visitor_may_no_longer_hear(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ASKED_AGAIN", 0.3)
    with live.stream("test:4") as stream:
        stream.next()
        live.known.may = lambda actor, number: False
        assert stream.next() == ("", "")


def test_a_stream_tells_nothing_more_once_rights_are_told_of(live: Live) -> None:
    with live.stream("test:18") as stream:
        stream.next()
        live.known.may = lambda actor, number: False
        answers = live.hub.answers
        with live.tools.database.unit() as session:
            tell_of_rights(session)
        live.wait_until(lambda: live.hub.answers is not answers)
        live.count_up(18)
        assert stream.next() == ("", "")


def test_many_changes_are_told_in_few_words_and_the_last_is_never_left_out(live: Live) -> None:
    def change_often() -> int:
        began, times = time.monotonic(), 0
        while time.monotonic() < began + 0.5:
            live.count_up(5)
            times += 1
        return times

    heard = 0
    with live.stream("test:5") as stream, ThreadPoolExecutor(1) as other:
        stream.next()
        changing = other.submit(change_often)
        # Whoever fetches at each word of a change comes to the last state.
        while not changing.done() or live.block(5) != str(changing.result()):
            assert stream.next() == ("changed", "test:5")
            heard += 1
    assert 1 <= heard <= 8


def test_a_block_is_rendered_once_for_each_change(live: Live) -> None:
    live.count_up(6)
    live.wait_until(lambda: live.block(6) == "1")
    live.known.rendered = 0
    live.count_up(6)
    live.wait_until(lambda: live.block(6) == "2")
    # Those that saw the one before were answered from what was kept.
    assert live.known.rendered == 1
    with ThreadPoolExecutor(20) as many:
        assert set(many.map(lambda _: live.block(6), range(40))) == {"2"}
    assert (live.known.rendered, live.known.asked) == (1, 1)


def test_a_block_that_is_known_already_is_not_sent_again(live: Live) -> None:
    _, headers, body = live.get("/moeder/1/test/7/blok", accept_encoding="gzip")
    assert (headers["content-encoding"], body[:2]) == ("gzip", b"\x1f\x8b")
    assert live.get("/moeder/1/test/7/blok", if_none_match=headers["etag"])[0] == 304
    live.count_up(7)
    live.wait_until(lambda: live.get("/moeder/1/test/7/blok", if_none_match=headers["etag"])[0] == 200)


def test_a_block_is_kept_for_each_language(live: Live) -> None:
    for _ in range(2):
        assert b'<html lang="da"' in live.get("/moeder/1/test/14/blok")[2]
        assert b'<html lang="en"' in live.get("/en/moeder/1/test/14/blok")[2]


def test_a_block_closes_when_its_visitor_is_asked_again(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ASKED_AGAIN", 1.0)
    assert live.block(15) == "0"
    live.known.may = lambda actor, number: False
    assert (live.block(15), live.known.asked) == ("0", 1)
    live.wait_until(lambda: live.get("/moeder/1/test/15/blok")[0] == 404)


def test_a_block_closes_at_once_where_rights_are_told_of(live: Live) -> None:
    assert live.block(17) == "0"
    live.known.may = lambda actor, number: False
    assert (live.block(17), live.known.asked) == ("0", 1)
    with live.tools.database.unit() as session:
        tell_of_rights(session)
    live.wait_until(lambda: live.get("/moeder/1/test/17/blok")[0] == 404)


def test_a_block_that_cannot_be_made_is_no_block_for_anybody_and_then_made(live: Live) -> None:
    def fail() -> None:
        raise ValueError

    live.known.during = fail
    with ThreadPoolExecutor(5) as many:
        answers = list(many.map(lambda _: live.get("/moeder/1/test/16/blok")[0], range(5)))
    assert answers == [500] * 5
    live.known.during = lambda: None
    assert live.block(16) == "0"


def test_a_change_during_the_rendering_is_not_missed(live: Live) -> None:
    reading, changed = threading.Event(), threading.Event()

    def wait_for_the_change() -> None:
        reading.set()
        assert changed.wait(10)

    live.known.during = wait_for_the_change
    with ThreadPoolExecutor(4) as other:
        early = other.submit(live.block, 8)
        assert reading.wait(10)
        before = live.hub.version("test:8")
        live.count_up(8)
        live.wait_until(lambda: live.hub.version("test:8") != before)
        late = [other.submit(live.block, 8) for _ in range(3)]
        live.known.during = lambda: None
        changed.set()
        assert [early.result(), *(one.result() for one in late)] == ["0", "1", "1", "1"]


def test_nothing_is_kept_while_nobody_listens_and_all_is_fetched_anew_afterwards(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "RECONNECT", 1.0)
    with live.stream("test:9", "test:10") as stream:
        stream.next()
        assert live.block(9) == "0"
        end_listening(live.tools.database)
        live.wait_until(lambda: not live.hub.is_listening)
        live.count_up(9)
        assert live.block(9) == "1"
        live.known.rendered = 0
        assert [live.block(9), live.block(9), live.known.rendered] == ["1", "1", 2]
        told: set[str] = set()
        while told != {"test:9", "test:10"}:
            told |= set(stream.next()[1].split())
        assert live.hub.is_listening
        assert live.block(9) == "1"


def test_what_another_process_commits_is_heard(live: Live, tools: Tools, settings: Settings) -> None:
    with live.stream("test:11") as stream, serve_live(settings, tools) as other:
        stream.next()
        assert (live.block(11), other.block(11)) == ("0", "0")
        other.count_up(11)
        assert stream.next() == ("changed", "test:11")
        assert (live.block(11), other.block(11)) == ("1", "1")


def test_who_may_is_asked_of_each_visitor_and_a_no_is_not_remembered(live: Live) -> None:
    with live.tools.database.unit() as session:
        people = add_people(session)
        session.flush()
        cookie = f"dialogforum={open_session(session, people.vendor.user_id or 0)}"
    live.known.may = lambda actor, number: actor.is_signed_in
    assert live.block(12, cookie=cookie) == "0"
    assert live.get("/moeder/1/test/12/blok")[0] == 404
    assert live.get("/moeder/1/test/12/blok", cookie="dialogforum=another")[0] == 404
    live.known.may = lambda actor, number: True
    assert live.block(12) == "0"
    # What one visitor got is what all get: the visitor's name, which stands on every page, is not in it.
    _, _, body = live.get("/moeder/1/test/12/blok", cookie=cookie)
    assert people.vendor.name.encode() not in body


START = """
import sys
from app.http.live import add_topic
add_topic("test", lambda session, actor, number: True)
from app.cli import main
sys.exit(main(["serve", "--data", sys.argv[1], "--port", sys.argv[2]]))
"""


def test_a_process_with_open_streams_stops_within_two_seconds(tools: Tools, tmp_path: Path) -> None:
    from app.cli import listen

    free = listen("127.0.0.1", 0)
    port = free.getsockname()[1]
    free.close()
    environment = {
        "DATABASE_URL": tools.database.url.render_as_string(hide_password=False),
        "PATH": "/usr/bin:/bin",
        "DIALOGFORUM_ENVIRONMENT": "demo",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(tmp_path), str(port)],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        while "klar" not in process.stdout.readline():
            assert process.poll() is None
        streams = [_open_when_up(port) for _ in range(20)]
        assert {stream.next() for stream in streams} == {("changed", "test:1")}
        began = time.monotonic()
        process.terminate()
        assert {stream.next() for stream in streams} == {("", "")}
        process.wait(timeout=10)
        assert time.monotonic() - began < 2
    finally:
        process.kill()
        process.wait()


def _open_when_up(port: int) -> Stream:
    deadline = time.monotonic() + 20
    while True:
        try:
            return Stream(port, "/moeder/1/live?emne=test:1", {})
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_rules_of_topics_stand_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rule: Callable[..., bool] = lambda session, actor, number: True  # noqa: E731
    monkeypatch.setattr(wire, "_topics", {})
    wire.add_topic("board", rule)
    wire.add_topic("board", rule)
    with pytest.raises(ValueError, match="board"):
        wire.add_topic("board", lambda session, actor, number: False)
