"""A job exists exactly if the change exists that asks for it, and is done again when it fails."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.database import Database
from app.core.jobs import BackgroundWorker, Tools, defer, is_done_before, job, run_waiting
from app.core.storage import StorageAway
from tests.conftest import make_test_tools
from tests.waiting import wait_until

done: list[tuple[str, object]] = []


@job("test.note")
def note(tools: Tools, word: str) -> None:
    done.append(("note", word))


@job("test.stumble", attempts=3)
def stumble(tools: Tools) -> None:
    done.append(("stumble", len(done)))
    if len(done) < 2:
        raise RuntimeError("not yet")


@job("test.tell")
def tell(tools: Tools, dies: bool) -> None:
    with tools.database.unit() as session:
        done.append(("tell", is_done_before(session)))
    if dies and len(done) == 1:
        raise RuntimeError("after the commit, before the queue hears of it")


@job("test.fetch", attempts=1)
def fetch(tools: Tools) -> None:
    raise StorageAway("connection refused")


@job("test.by_the_clock", cron="0 0 29 2 *", alone=True)
def go_by_the_clock(tools: Tools) -> None:
    done.append(("by_the_clock", None))


@job("test.too_slow", attempts=1)
def be_too_slow(tools: Tools) -> None:
    with tools.database.unit() as session:
        session.execute(text("set local statement_timeout = 10"))
        session.execute(text("select pg_sleep(5)"))


@job("test.ask_again", attempts=3)
def ask_again(tools: Tools) -> None:
    """Falls while the same work has been asked for once more."""
    done.append(("ask_again", len(done)))
    if len(done) < 2:
        with tools.database.unit() as session:
            defer(session, "test.ask_again", once="again")
        raise RuntimeError("not yet")


@pytest.fixture
def tools(clone: Callable[[str], Database], empty_template: str, tmp_path, monkeypatch) -> Iterator[Tools]:  # type: ignore[no-untyped-def]
    done.clear()
    monkeypatch.setattr(jobs, "POLLED_EVERY", 0.3)
    yield make_test_tools(clone(empty_template), tmp_path)


def count_jobs(tools: Tools) -> int:
    with tools.database.unit() as session:
        return session.execute(text("select count(*) from procrastinate_jobs")).scalar_one()


def leave_behind(session: Session) -> None:
    """As if a worker had taken every job and died an hour ago."""
    session.execute(
        text(
            "with dead as (insert into procrastinate_workers (last_heartbeat)"
            " values (now() - interval '1 hour') returning id)"
            " update procrastinate_jobs set status = 'doing', worker_id = dead.id from dead"
        )
    )


def test_a_job_of_a_committed_change_is_done(tools: Tools) -> None:
    with tools.database.unit() as session:
        defer(session, "test.note", word="æblegrød")
    run_waiting(tools)
    assert done == [("note", "æblegrød")]


def test_a_job_of_a_change_rolled_back_never_existed(tools: Tools) -> None:
    with pytest.raises(ZeroDivisionError), tools.database.unit() as session:
        defer(session, "test.note", word="never")
        raise ZeroDivisionError
    assert count_jobs(tools) == 0


def test_a_job_named_once_waits_once_and_leaves_the_transaction_whole(tools: Tools) -> None:
    for word in ("first", "second"):
        with tools.database.unit() as session:
            defer(session, "test.note", once="only", word=word)
            session.execute(text("select 1"))
    run_waiting(tools)
    assert done == [("note", "first")]


def test_a_job_that_fails_is_tried_again(tools: Tools) -> None:
    with tools.database.unit() as session:
        defer(session, "test.stumble")
    worker = BackgroundWorker(tools)
    worker.start()
    try:
        wait_until(lambda: len(done) == 2, seconds=30)
    finally:
        worker.stop()
    assert [name for name, _ in done] == ["stumble", "stumble"]


def test_a_job_left_by_a_dead_worker_is_given_to_the_next(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STALLED_AFTER", 0.5)
    with tools.database.unit() as session:
        defer(session, "test.note", word="left behind")
        leave_behind(session)
    worker = BackgroundWorker(tools)
    worker.start()
    try:
        wait_until(lambda: done == [("note", "left behind")], seconds=30)
    finally:
        worker.stop()


def test_work_that_is_committed_is_known_when_its_job_comes_again_and_not_to_another_job(
    tools: Tools,
) -> None:
    with tools.database.unit() as session:
        defer(session, "test.tell", dies=True)
    run_waiting(tools)
    with tools.database.unit() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = null"))
        defer(session, "test.tell", dies=False)
    run_waiting(tools)
    assert sorted(done) == [("tell", False), ("tell", False), ("tell", True)]


def test_a_job_whose_storage_is_away_comes_back_in_five_minutes_when_its_attempts_are_used_up(
    tools: Tools,
) -> None:
    with tools.database.unit() as session:
        defer(session, "test.fetch")
    run_waiting(tools)
    with tools.database.unit() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = null"))
    run_waiting(tools)
    with tools.database.unit() as session:
        found = session.execute(
            text(
                "select status::text, attempts, round(extract(epoch from scheduled_at - now()) / 60)::int"
                " from procrastinate_jobs"
            )
        ).one()
    assert tuple(found) == ("todo", 2, 5)


def test_a_job_that_is_too_slow_itself_fails_when_its_attempts_are_used_up(tools: Tools) -> None:
    with tools.database.unit() as session:
        defer(session, "test.too_slow")
    run_waiting(tools)
    with tools.database.unit() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = null"))
    run_waiting(tools)
    with tools.database.unit() as session:
        assert session.execute(text("select status::text from procrastinate_jobs")).scalar_one() == "failed"


def test_a_job_that_fails_while_the_same_work_waits_leaves_it_to_that_one(tools: Tools) -> None:
    with tools.database.unit() as session:
        defer(session, "test.ask_again", once="again")
    run_waiting(tools)
    assert (done, count_jobs(tools)) == ([("ask_again", 0), ("ask_again", 1)], 0)


def test_a_job_left_by_a_dead_worker_while_the_same_work_waits_goes_and_the_others_are_rescued(
    tools: Tools,
) -> None:
    with tools.database.unit() as session:
        defer(session, "test.note", once="only", word="left behind")
        defer(session, "test.note", word="left behind too")
        leave_behind(session)
        defer(session, "test.note", once="only", word="waiting")

    # No worker beside it: that could begin on the one that waits, and nothing would be in the way.
    async def look() -> None:
        app = jobs._make_app(tools)
        async with app.open_async():
            looking = asyncio.create_task(jobs._rescue_stalled(app))
            try:
                await asyncio.to_thread(wait_until, lambda: statuses() == ["todo", "todo"], seconds=30)
            finally:
                looking.cancel()

    def statuses() -> list[str]:
        with tools.database.unit() as session:
            return list(session.scalars(text("select status::text from procrastinate_jobs order by id")))

    asyncio.run(look())
    run_waiting(tools)
    assert (sorted(done), count_jobs(tools)) == ([("note", "left behind too"), ("note", "waiting")], 0)


def test_jobs_left_behind_are_looked_for_again_when_the_database_was_away_meanwhile(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "STALLED_AFTER", 0.3)
    waiting = (
        "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and query like '%stalled_workers%'"
    )

    def cut_off() -> list[bool]:
        with tools.database.unit() as session:
            return list(session.scalars(text(f"select pg_terminate_backend(pid) {waiting}")))

    def cut_off_who_looks() -> None:
        with tools.database.unit() as session:
            session.execute(text("lock table procrastinate_jobs"))
            wait_until(lambda: cut_off() == [True])
            defer(session, "test.note", word="left behind")
            session.execute(text("update procrastinate_jobs set status = 'doing', attempts = 1"))

    def is_given_back() -> bool:
        with tools.database.unit() as session:
            return session.execute(text("select status from procrastinate_jobs")).scalar_one() == "todo"

    async def look_while_it_goes_away() -> None:
        app = jobs._make_app(tools)
        async with app.open_async():
            looking = asyncio.create_task(jobs._rescue_stalled(app))
            try:
                await asyncio.to_thread(cut_off_who_looks)
                await asyncio.to_thread(wait_until, is_given_back, seconds=30)
            finally:
                looking.cancel()

    asyncio.run(look_while_it_goes_away())


def test_the_run_by_the_clock_of_a_job_that_is_done_alone_waits_once(tools: Tools) -> None:
    async def let_the_clock_strike_twice() -> None:
        app = jobs._make_app(tools)
        async with app.open_async():
            await app.tasks["test.by_the_clock.periodic"].defer_async(timestamp=1)
            with pytest.raises(AlreadyEnqueued):
                await app.tasks["test.by_the_clock.periodic"].defer_async(timestamp=2)

    asyncio.run(let_the_clock_strike_twice())
    run_waiting(tools)
    assert done == [("by_the_clock", None)]
