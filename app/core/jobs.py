"""Work that can wait: deferred in the transaction that asks for it, done by a worker afterwards."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import procrastinate
from procrastinate import JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import JobDeferrer, Status
from procrastinate.manager import JobManager
from procrastinate.retry import RetryDecision
from sqlalchemy import ColumnElement, Text, column, exists, select, table, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.audit import current_request_id
from app.core.away import is_away
from app.core.database import Database
from app.core.job_runs import describe_fault, note_done, note_run
from app.core.storage import Storage

log = logging.getLogger(__name__)

POLLED_EVERY = 5.0  # seconds, for work that nobody announces: retries, and what was planned for later
STALLED_AFTER = 30.0  # seconds without a sign of life from the worker that took a job
# When what a job needs is away, its own few attempts are soon used up: then it comes back for a day.
AWAY_EVERY, AWAY_ATTEMPTS = 300, 300  # seconds; attempts in all


@dataclass(frozen=True, slots=True)
class Tools:
    """What a job may use. Entry points make it."""

    database: Database
    storage: Storage
    mail: Any  # app.core.mail.Transport; named loosely because mail itself defers jobs


Work = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    work: Work
    attempts: int
    cron: str | None
    alone: bool = False


_jobs: dict[str, Job] = {}
_current_job_id: ContextVar[int | None] = ContextVar("current_job_id", default=None)
# Never opened: it only writes rows through the caller's own connection.
_enqueuer = procrastinate.App(connector=SyncPsycopgConnector())


def job(
    name: str, *, attempts: int = 5, cron: str | None = None, alone: bool = False
) -> Callable[[Work], Work]:
    """Register `work(tools, **arguments)` under a lasting name; with `cron` it also runs by itself.

    `alone`: of those that are deferred no two are done at the same time, in whatever process; the second
    waits in the queue. The run by the clock keeps no step with them, but never waits there twice.
    """

    def register(work: Work) -> Work:
        _jobs[name] = Job(name, work, attempts, cron, alone)
        return work

    return register


def known_jobs() -> dict[str, Job]:
    return dict(_jobs)


def defer(
    session: Session,
    name: str,
    *,
    once: str | None = None,
    at: datetime | None = None,
    priority: int = 0,
    **arguments: Any,
) -> None:
    """Have a job done after this transaction is committed; nothing happens if it is rolled back.

    `once` names the work so that it waits in the queue at most once. Of those that wait, the job of the
    highest priority is done first. Arguments must be plain JSON.
    """
    if once is None:
        _configure(session, name, None, at, priority).defer(**arguments)
        return
    try:
        with session.begin_nested():
            _configure(session, name, once, at, priority).defer(**arguments)
    except AlreadyEnqueued:
        log.debug("job %s (%s) waits already", name, once)


def is_waiting(once: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether work named so waits in the queue, as a column of another statement: to ask before deferring."""
    return exists(
        select(_QUEUE.c.id).where(_QUEUE.c.queueing_lock == once, _QUEUE.c.status == text("'todo'"))
    )


# Only what is asked above; the table is Procrastinate's own.
_QUEUE = table("procrastinate_jobs", column("id"), column("queueing_lock", Text), column("status"))


def _configure(
    session: Session, name: str, once: str | None, at: datetime | None, priority: int
) -> JobDeferrer:
    # Asked for inside the savepoint: only then does the savepoint exist on the connection.
    driver = session.connection().connection.driver_connection
    known = _jobs.get(name)
    lock = _lock_of(known) if known else None
    return _enqueuer.configure_task(
        name, lock=lock, queueing_lock=once, schedule_at=at, priority=priority, connection=driver
    )


def _lock_of(known: Job) -> str | None:
    return known.name if known.alone else None


def is_done_before(session: Session) -> bool:
    """Whether this very job has been done already; from now on it has, if the transaction is committed.

    For work that must not happen twice and cannot see for itself whether it has, as to tell somebody
    something: a worker that dies after the commit, and before the queue hears of it, leaves the job to be
    done once more. To be asked in the transaction that does the work, before it.
    """
    job_id = _current_job_id.get()
    return job_id is not None and not note_done(session, job_id)


class _Queue(JobManager):
    """The queue, where what is to be tried again may find that the same work waits already."""

    async def retry_job(self, job: QueuedJob, *given: Any, **named: Any) -> None:
        try:
            await super().retry_job(job, *given, **named)
        except UniqueViolation:
            # Left as it is it would hold its lock, and be found left behind for ever.
            await self.finish_job(job, Status.FAILED, delete_job=True)
            log.info("job %s (%s) waits already, and is not tried again beside it", job.id, job.task_name)


class _Patience(RetryStrategy):
    """Its own attempts, and then every five minutes for as long as the database or the storage is away."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        usual = super().get_retry_decision(exception=exception, job=job)
        if usual is None and is_away(exception) and job.attempts < AWAY_ATTEMPTS:
            return RetryDecision(retry_in={"seconds": AWAY_EVERY})
        return usual


def _make_app(tools: Tools) -> procrastinate.App:
    app = procrastinate.App(connector=PsycopgConnector(conninfo=tools.database.dsn, max_size=4))
    app.job_manager = _Queue(app.connector)
    for known in _jobs.values():
        _add_task(app, known, tools)
    return app


def _add_task(app: procrastinate.App, known: Job, tools: Tools) -> None:
    retry = _Patience(max_attempts=known.attempts, exponential_wait=2)

    def run(context: JobContext, **arguments: Any) -> None:
        _run_noted(tools, known, context.job.id, arguments)

    def run_at(context: JobContext, timestamp: int) -> None:
        _run_noted(tools, known, context.job.id, {})

    app.task(run, name=known.name, retry=retry, pass_context=True)
    if known.cron:
        name = f"{known.name}.periodic"
        once = name if known.alone else None
        periodic = app.task(run_at, name=name, retry=retry, pass_context=True, queueing_lock=once)
        app.periodic(cron=known.cron)(periodic)


def _run_noted(tools: Tools, known: Job, job_id: int | None, arguments: dict[str, Any]) -> None:
    """Do the work, and note how it went; what is logged meanwhile carries a mark of its own."""
    mark = current_request_id.set(f"job-{uuid4().hex}")
    number = _current_job_id.set(job_id)
    begun = time.monotonic()
    fault: Exception | None = None
    try:
        known.work(tools, **arguments)
    except Exception as error:
        fault = error
        log.warning("job %s failed: %s", known.name, describe_fault(error), extra={"job": known.name})
        raise
    finally:
        try:
            with tools.database.unit() as session:
                note_run(session, known.name, time.monotonic() - begun, fault)
        except SQLAlchemyError:
            log.warning("how job %s went could not be noted", known.name)
        current_request_id.reset(mark)
        _current_job_id.reset(number)


async def _work(tools: Tools, *, wait: bool, concurrency: int, stop: asyncio.Event | None) -> None:
    app = _make_app(tools)
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                wait=wait,
                concurrency=concurrency,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=POLLED_EVERY,
                # Well within the time after which a worker is taken for dead, or it gives back its own jobs.
                update_heartbeat_interval=STALLED_AFTER / 3,
                stalled_worker_timeout=STALLED_AFTER,
                shutdown_graceful_timeout=5.0,
            )
        )
        rescue = asyncio.create_task(_rescue_stalled(app)) if wait else None
        if stop is not None:
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not worker.done():
                worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            log.info("worker stopped")
        finally:
            if rescue is not None:
                rescue.cancel()


async def _rescue_stalled(app: procrastinate.App) -> None:
    """Give back, twice a minute, the jobs of workers that died without a word."""
    while True:
        try:
            for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
                log.warning("job %s (%s) was left behind; trying it again", stalled.id, stalled.task_name)
                await app.job_manager.retry_job(stalled)
        except ConnectorException as fault:  # the worker itself may well go on, so this must too
            log.warning("could not look for jobs left behind: %s; looking again", describe_fault(fault))
        await asyncio.sleep(STALLED_AFTER)


def run_waiting(tools: Tools) -> None:
    """Do all jobs that wait now, and return; for seeding and tests."""
    # In a thread of its own: the caller's may have an event loop already.
    with ThreadPoolExecutor(max_workers=1) as alone:
        alone.submit(lambda: asyncio.run(_work(tools, wait=False, concurrency=1, stop=None))).result()


class BackgroundWorker:
    """A worker in a thread of this process; starts again by itself when the database was away."""

    def __init__(self, tools: Tools, concurrency: int = 2) -> None:
        self._tools = tools
        self._concurrency = concurrency
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.result(timeout=10)

    def stop(self) -> None:
        """Let running jobs finish for some seconds, then leave them to be taken up by the next worker."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=10)

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._run_until_stopped())

    async def _run_until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set_result(None)
        while not self._stop.is_set():
            try:
                await _work(self._tools, wait=True, concurrency=self._concurrency, stop=self._stop)
            except Exception:  # the worker must outlive any fault of the database
                log.exception("worker failed; trying again in three seconds")
                try:
                    await asyncio.wait_for(self._stop.wait(), timeout=3)
                except TimeoutError:
                    continue
