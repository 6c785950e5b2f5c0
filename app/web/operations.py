"""How the house is doing: in words for everybody at /status, and job by job for admins at /driftsjob."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from croniter import croniter
from fastapi.responses import Response

from app.core.audit import record
from app.core.clock import now
from app.core.health import Health, read_health
from app.core.job_runs import Queue, RunView, get_queue, list_runs, retry_given_up
from app.core.jobs import defer, known_jobs
from app.core.policy import NotFound
from app.domain.audit.policy import may_look_after_jobs
from app.http.doors import Router
from app.http.forms import SentForm
from app.http.pages import Page
from app.http.sentences import add_sentences
from app.http.visit import AVisit, Visit, anyone, only
from app.web.filters import chosen
from app.web.job_words import LABELS

router = Router()

# Not a job of the queue, but noted beside them by the command that takes it.
BACKUP = "backup"


def _(text: str) -> str:
    return text


add_sentences(
    {
        "notice_jobs_again": _("De opgivne er sat i kø igen."),
        "notice_jobs_now": _("Opgaven er sat i kø og køres om et øjeblik."),
    }
)


@dataclass
class StatusPage(Page):
    template: ClassVar[str] = "operations/status.html"
    health: Health


@dataclass(frozen=True, slots=True)
class JobLine:
    """A kind of job with its words, where it has such, and when it runs next by the clock."""

    run: RunView
    has_words: bool
    next_at: datetime | None
    may_run_now: bool


@dataclass
class JobsPage(Page):
    """`shown`: alle, or fejl for those that fail, or vent for those that wait."""

    template: ClassVar[str] = "operations/jobs.html"
    lines: list[JobLine]
    failing: int
    waiting: int
    queue: Queue
    shown: str


@router.get("/status", dependencies=[anyone])
def show_status(visit: AVisit) -> Response:
    health = read_health(visit.session, visit.kit.storage)
    response = visit.page(StatusPage(health=health))
    # It tells the moment; one that a browser kept would be worse than none.
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/driftsjob", dependencies=[only(may_look_after_jobs)])
def show_jobs(visit: AVisit) -> Response:
    lines = _list_lines(visit)
    failing = [line for line in lines if line.run.is_failing]
    waiting = [line for line in lines if line.run.waiting or line.run.doing]
    shown = chosen(visit, "vis", {"fejl": "fejl", "vent": "vent"}) or "alle"
    return visit.page(
        JobsPage(
            lines={"fejl": failing, "vent": waiting}.get(shown, lines),
            failing=len(failing),
            waiting=len(waiting),
            queue=get_queue(visit.session),
            shown=shown,
        )
    )


def _list_lines(visit: Visit) -> list[JobLine]:
    jobs = known_jobs()
    moment = now()
    lines = []
    for run in list_runs(visit.session, dict.fromkeys((*jobs, BACKUP))):
        cron = jobs[run.name].cron if run.name in jobs else None
        lines.append(JobLine(run, run.name in LABELS["job"], _next(cron, moment), cron is not None))
    # What is wrong first, then what was done last.
    lines.sort(key=lambda line: (not line.run.is_failing, -_last(line.run).timestamp(), line.run.name))
    return lines


def _next(cron: str | None, moment: datetime) -> datetime | None:
    return croniter(cron, moment.astimezone(UTC)).get_next(datetime) if cron else None


def _last(run: RunView) -> datetime:
    return max((at for at in (run.done_at, run.failed_at) if at), default=datetime.fromtimestamp(0, UTC))


@router.post("/driftsjob/{name}/igen", dependencies=[only(may_look_after_jobs)])
def try_again(visit: AVisit, form: SentForm, name: str) -> Response:
    if before := visit.done_before(form):
        return before
    count = retry_given_up(visit.session, _known(name))
    record(visit.session, visit.actor, "retry", "job", None, after={"job": name, "count": count})
    return visit.done(form, "/driftsjob", notice="jobs_again")


@router.post("/driftsjob/{name}/nu", dependencies=[only(may_look_after_jobs)])
def run_now(visit: AVisit, form: SentForm, name: str) -> Response:
    if known_jobs()[_known(name)].cron is None:
        raise NotFound
    if before := visit.done_before(form):
        return before
    defer(visit.session, name, once=f"now {name}")
    record(visit.session, visit.actor, "run", "job", None, after={"job": name})
    return visit.done(form, "/driftsjob", notice="jobs_now")


def _known(name: str) -> str:
    if name not in known_jobs():
        raise NotFound
    return name
