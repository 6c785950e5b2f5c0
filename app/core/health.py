"""How the house is doing: what the checks of machines, the page for people and the figures are told from."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import Database
from app.core.job_runs import JobRun, Queue, count_rows_of_mail, get_queue
from app.core.metrics import Family, gauge
from app.core.migrating import is_behind
from app.core.storage import Storage

# Work that waits longer than this is late; each thing is normally done within seconds.
LATE_AFTER = timedelta(minutes=5)
MAIL_LATE_AFTER = timedelta(minutes=15)
# A key that is never there: to ask storage a question costs less than to write.
_PROBE = "status/probe"


@dataclass(frozen=True, slots=True)
class Health:
    """What works at `moment`. `mails`: how many wait; `mail_since`: since when the first of them does."""

    moment: datetime
    queue: Queue
    mails: int
    mail_since: datetime | None
    files_answer: bool

    @property
    def work_is_late(self) -> bool:
        return self.queue.oldest is not None and self.queue.oldest < self.moment - LATE_AFTER

    @property
    def mail_is_late(self) -> bool:
        return self.mail_since is not None and self.mail_since < self.moment - MAIL_LATE_AFTER

    @property
    def is_well(self) -> bool:
        return self.files_answer and not self.work_is_late and not self.mail_is_late


def read_health(session: Session, storage: Storage) -> Health:
    """Two statements, and one question to storage."""
    mails, since = count_rows_of_mail(session)
    return Health(now(), get_queue(session), mails, since, storage_answers(storage))


def storage_answers(storage: Storage) -> bool:
    """Whether the store of files answers at all."""
    try:
        storage.has(_PROBE)
    except Exception:  # noqa: BLE001  whatever is wrong, the answer is no
        return False
    return True


def readiness(database: Database, storage: Storage) -> dict[str, bool]:
    """What must hold before requests are sent to this process: each by its name."""
    try:
        with database.engine.connect() as connection:
            tables = not is_behind(connection)
    except Exception:  # noqa: BLE001  whatever is wrong, the answer is no
        return {"database": False, "tables": False, "storage": storage_answers(storage)}
    return {"database": True, "tables": tables, "storage": storage_answers(storage)}


def list_figures(database: Database, streams: int, process: str = "") -> list[Family]:
    """What is asked of the database and of this process each time it is read. Four statements."""
    used = database.engine.pool.checkedout()  # type: ignore[attr-defined]
    families = [
        gauge("dialogforum_connections_used", "Connections to the database in use.", used, process),
        gauge(
            "dialogforum_connections_most",
            "Connections that this process may have.",
            database.pool_size,
            process,
        ),
        gauge("dialogforum_streams", "Open streams of live pages.", streams, process),
    ]
    try:
        with database.unit() as session:
            return [*families, *_list_shared(session)]
    except Exception:  # noqa: BLE001  the figures of the process are told also when the database is away
        return [*families, gauge("dialogforum_database_up", "Whether the database answers.", 0)]


def _list_shared(session: Session) -> list[Family]:
    """The same from every process: what lies in the database."""
    moment = now()
    queue = get_queue(session)
    mails, since = count_rows_of_mail(session)
    runs = session.execute(select(JobRun.name, JobRun.runs, JobRun.failures).order_by(JobRun.name)).all()
    size = session.scalar(text("select pg_database_size(current_database())")) or 0
    waits = (moment - queue.oldest).total_seconds() if queue.oldest else 0.0
    late = (moment - since).total_seconds() if since else 0.0
    return [
        gauge("dialogforum_database_up", "Whether the database answers.", 1),
        gauge("dialogforum_database_bytes", "Size of the database.", size),
        gauge("dialogforum_jobs_waiting", "Jobs in the queue, those for later too.", queue.waiting),
        gauge("dialogforum_jobs_doing", "Jobs being done.", queue.doing),
        gauge("dialogforum_jobs_given_up", "Jobs that failed for good and still lie there.", queue.given_up),
        gauge("dialogforum_jobs_oldest_seconds", "How long the oldest due job has waited.", max(0.0, waits)),
        gauge("dialogforum_workers", "Workers that have shown life lately.", queue.workers),
        gauge("dialogforum_mails_waiting", "Mails not yet taken by the mail server.", mails),
        gauge("dialogforum_mails_oldest_seconds", "How long the oldest of them has waited.", max(0.0, late)),
        Family("dialogforum_job_runs_total", "counter", "Runs by kind of job.",
               tuple(((("job", row.name),), float(row.runs)) for row in runs)),
        Family("dialogforum_job_failures_total", "counter", "Runs that failed, by kind of job.",
               tuple(((("job", row.name),), float(row.failures)) for row in runs)),
    ]  # fmt: skip
