"""How each job went the last time, and what waits: kept beside the queue, which forgets what went well."""

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import BigInteger, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.database import Base
from app.core.text import shorten

# A worker tells that it lives each ten seconds.
ALIVE_WITHIN = timedelta(seconds=45)
MARKED_FOR = timedelta(days=7)
_LONGEST_PROBLEM = 300
_APP = Path(__file__).resolve().parent.parent


class JobRun(Base):
    """One job of a kind, over all processes: how it last went. `seconds` of the last run.

    `problem` is the last fault in the program's words, without mail addresses and long numbers; it stays when
    the next run goes well, and `failed_at` says when it was.
    """

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    seconds: Mapped[float]
    runs: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    failures: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    problem: Mapped[str] = mapped_column(default="", server_default="")


class JobDone(Base):
    """A job, by its number in the queue, whose work is done: written in the transaction of that work."""

    __tablename__ = "job_done"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    done_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class RunView:
    """A kind of job: its last run, and what lies in the queue. `oldest`: when the first of it came."""

    name: str
    done_at: datetime | None = None
    failed_at: datetime | None = None
    seconds: float = 0.0
    runs: int = 0
    failures: int = 0
    problem: str = ""
    waiting: int = 0
    doing: int = 0
    given_up: int = 0
    oldest: datetime | None = None

    @property
    def is_failing(self) -> bool:
        """Whether the last run failed, or something was given up and still lies there."""
        last_failed = self.failed_at is not None and (self.done_at is None or self.done_at < self.failed_at)
        return last_failed or self.given_up > 0


@dataclass(frozen=True, slots=True)
class Queue:
    """What lies in the queue as a whole. `oldest`: since when the longest waiting of the due ones is due."""

    waiting: int
    doing: int
    given_up: int
    workers: int
    oldest: datetime | None


def note_done(session: Session, job_id: int) -> bool:
    """Whether this is the first time; the marks of jobs that nobody gives back any more go meanwhile."""
    moment = now()
    session.execute(delete(JobDone).where(JobDone.done_at < moment - MARKED_FOR))
    values = {"job_id": job_id, "done_at": moment}
    statement = insert(JobDone).values(values).on_conflict_do_nothing().returning(JobDone.job_id)
    return session.scalar(statement) is not None


def note_run(session: Session, name: str, seconds: float, fault: BaseException | None = None) -> None:
    """One run has ended, well or with a fault."""
    moment = now()
    has_failed = fault is not None
    values = {
        "name": name,
        "done_at": None if has_failed else moment,
        "failed_at": moment if has_failed else None,
        "seconds": round(seconds, 3),
        "runs": 1,
        "failures": int(has_failed),
        "problem": describe_fault(fault) if fault is not None else "",
    }
    statement = insert(JobRun).values(values)
    changed = {
        "seconds": statement.excluded.seconds,
        "runs": JobRun.runs + 1,
        "failures": JobRun.failures + int(has_failed),
    }
    if has_failed:
        changed |= {"failed_at": statement.excluded.failed_at, "problem": statement.excluded.problem}
    else:
        changed["done_at"] = statement.excluded.done_at
    session.execute(statement.on_conflict_do_update(index_elements=[JobRun.name], set_=changed))


def find_last_done(session: Session, name: str) -> datetime | None:
    """When a job of the kind last went well. One statement."""
    return session.scalar(select(JobRun.done_at).where(JobRun.name == name))


def describe_fault(fault: BaseException) -> str:
    """The kind of fault, its first line, and the place in our own code. No mail address, no long number."""
    said = (str(fault).strip().splitlines() or [""])[0]
    said = re.sub(r"\S+@\S+", "…@…", said)
    said = re.sub(r"\d[\d -]{6,}\d", "…", said)
    frames = [f for f in traceback.extract_tb(fault.__traceback__) if _is_ours(f.filename)]
    place = f" ({Path(frames[-1].filename).relative_to(_APP)}, linje {frames[-1].lineno})" if frames else ""
    kind = type(fault).__name__.removeprefix("_")
    return shorten(f"{kind}: {said}" if said else kind, _LONGEST_PROBLEM - len(place)) + place


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(_APP) and path.parts[-2:] != ("core", "jobs.py")


_BY_NAME = text(
    "select regexp_replace(task_name, '[.]periodic$', '') as name,"
    " count(*) filter (where status = 'todo') as waiting,"
    " count(*) filter (where status = 'doing') as doing,"
    " count(*) filter (where status = 'failed') as given_up,"
    " min(coalesce(scheduled_at, deferred.at)) filter (where status = 'todo') as oldest"
    " from procrastinate_jobs left join lateral (select at from procrastinate_events"
    "  where job_id = procrastinate_jobs.id and type = 'deferred' order by id limit 1) deferred on true"
    " group by 1 order by 1"
)
_QUEUE = text(
    "select count(*) filter (where status = 'todo') as waiting,"
    " count(*) filter (where status = 'doing') as doing,"
    " count(*) filter (where status = 'failed') as given_up,"
    " (select count(*) from procrastinate_workers where last_heartbeat > :alive) as workers,"
    " (select min(coalesce(j.scheduled_at, e.at)) from procrastinate_jobs j"
    "  left join procrastinate_events e on e.job_id = j.id and e.type = 'deferred'"
    "  where j.status = 'todo' and coalesce(j.scheduled_at, :moment) <= :moment) as oldest"
    " from procrastinate_jobs"
)


def list_runs(session: Session, names: Mapping[str, object]) -> list[RunView]:
    """Each kind of job that there is, by name, whether it has run or not. Two statements."""
    ran = {row.name: row for row in session.scalars(select(JobRun).order_by(JobRun.name))}
    queued = {row.name: row for row in session.execute(_BY_NAME)}
    views = []
    for name in sorted(set(names) | set(queued)):
        run, queue = ran.get(name), queued.get(name)
        values = {c: getattr(run, c) for c in _OF_RUN} if run else {}
        values |= {c: getattr(queue, c) for c in _OF_QUEUE} if queue else {}
        views.append(RunView(name, **values))
    return views


_OF_RUN = ("done_at", "failed_at", "seconds", "runs", "failures", "problem")
_OF_QUEUE = ("waiting", "doing", "given_up", "oldest")


def get_queue(session: Session) -> Queue:
    """The queue as a whole. One statement."""
    moment = now()
    row = session.execute(_QUEUE, {"alive": moment - ALIVE_WITHIN, "moment": moment}).one()
    return Queue(row.waiting, row.doing, row.given_up, row.workers, row.oldest)


def retry_given_up(session: Session, name: str) -> int:
    """Put what was given up of a kind back into the queue; how many were.

    Of several that may wait only once, the last is tried, and none where such a one waits already.
    """
    again = session.execute(
        text(
            "with candidates as ("
            "  select id, row_number() over (partition by coalesce(queueing_lock, id::text)"
            "   order by id desc) as place, queueing_lock from procrastinate_jobs"
            "  where status = 'failed' and task_name in (:name, :periodic)),"
            " dropped as (delete from procrastinate_jobs where id in (select id from candidates c"
            "  where place > 1 or exists (select from procrastinate_jobs w where w.status = 'todo'"
            "   and w.queueing_lock = c.queueing_lock)))"
            " update procrastinate_jobs set status = 'todo', attempts = 0, scheduled_at = :moment"
            " where id in (select id from candidates c where place = 1 and not exists (select from"
            "  procrastinate_jobs w where w.status = 'todo' and w.queueing_lock = c.queueing_lock))"
            " returning id"
        ),
        {"name": name, "periodic": f"{name}.periodic", "moment": now()},
    ).all()
    return len(again)


def count_rows_of_mail(session: Session) -> tuple[int, datetime | None]:
    """How many mails wait to be sent, and since when the first of them does. One statement."""
    row = session.execute(
        select(func.count(), func.min(text("created_at")))
        .select_from(text("mail"))
        .where(text("sent_at is null and refused_at is null"))
    ).one()
    return row[0], row[1]
