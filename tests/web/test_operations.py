"""How the house is doing, for people, for admins and for machines."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import event, select, text

from app.core.audit import AuditEntry, current_request_id
from app.core.clock import now
from app.core.job_runs import JobRun, describe_fault
from app.core.jobs import defer, job, known_jobs
from app.core.logs import TEXT, JsonLines, TextLines
from app.core.metrics import CONTENT_TYPE
from app.web.job_words import LABELS
from tests.node.html_validate import find_html_errors
from tests.site import Site

KEY = "k" * 32
ran: list[str] = []


class Torn(Exception):
    pass


@job("test.tear", attempts=1)
def tear(tools: object, word: str) -> None:
    ran.append(word)
    if word == "torn":
        raise Torn("no answer from anna@firma.example about 0101701234\nsecond line")


@pytest.fixture(autouse=True)
def forget_runs() -> None:
    ran.clear()


def fail_once(site: Site, word: str = "torn") -> None:
    """Done once; what failed is given up, as after its last attempt."""
    with site.unit() as session:
        defer(session, "test.tear", word=word)
    site.work()
    with site.unit() as session:
        session.execute(text("update procrastinate_jobs set status = 'failed' where task_name = 'test.tear'"))


def test_everybody_reads_that_all_works(site: Site) -> None:
    answer = site.browser("stranger").get("/status")
    assert answer.status_code == 200
    assert "Ja, alt virker." in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert find_html_errors({"/status": answer.text}) == []


def test_mails_that_wait_and_work_that_is_late_are_said_in_words(site: Site) -> None:
    with site.unit() as session:
        session.execute(
            text(
                "insert into mail (recipient, subject, text, message_id, created_at, is_secret)"
                " values ('a@b.example', 'x', 'x', 'x', :then, false)"
            ),
            {"then": now() - timedelta(minutes=20)},
        )
        defer(session, "test.tear", word="late", at=now() - timedelta(minutes=6))
    shown = site.browser("stranger").get("/status").text
    assert "Mails er forsinkede" in shown
    assert "Det tager længere end normalt" in shown
    assert "Ja, alt virker." not in shown
    assert "a@b.example" not in shown


def test_only_admins_see_the_jobs(site: Site) -> None:
    answers = {name: site.browser(name).get("/driftsjob").status_code for name in site.people.all()}
    assert answers == dict.fromkeys(answers, 403) | {"stranger": 303, "admin": 200}


def test_what_failed_stands_first_with_its_fault_and_no_address(site: Site) -> None:
    fail_once(site, "well")
    fail_once(site)
    shown = site.browser("admin").get("/driftsjob").text
    assert shown.index("test.tear") < shown.index("mail.send")
    problem = re.search(r'<code lang="en">(.*?)</code>', shown)
    assert problem is not None
    assert problem[1] == "Torn: no answer from …@… about …"
    assert "heraf 1 med fejl" in shown
    assert find_html_errors({"/driftsjob": shown}) == []
    only_failing = site.browser("admin").get("/driftsjob?vis=fejl").text
    assert "mail.send" not in only_failing and "test.tear" in only_failing


def test_a_job_given_up_is_tried_again_once_and_noted(site: Site) -> None:
    fail_once(site)
    fields = {"key": "6f6c2a7e-0000-4000-8000-000000000001"}
    for _ in range(2):
        answer = site.browser("admin").post("/driftsjob/test.tear/igen", fields)
        assert answer.status_code == 303
    site.work()
    assert ran == ["torn", "torn"]
    with site.unit() as session:
        noted = session.scalars(
            select(AuditEntry.after).where(AuditEntry.thing == "job").order_by(AuditEntry.id)
        ).all()
    assert noted == [{"job": "test.tear", "count": 1}]


def test_who_is_no_admin_sets_nothing_going(site: Site) -> None:
    fail_once(site)
    assert site.browser("staff").post("/driftsjob/test.tear/igen").status_code == 403
    assert site.browser("admin").post("/driftsjob/findes.ikke/igen").status_code == 404
    assert site.browser("admin").post("/driftsjob/test.tear/nu").status_code == 404
    site.work()
    assert ran == ["torn"]


def test_a_nightly_job_is_done_now(site: Site) -> None:
    assert site.browser("admin").post("/driftsjob/search.refresh_vocabulary/nu").status_code == 303
    site.work()
    with site.unit() as session:
        run = session.get_one(JobRun, "search.refresh_vocabulary")
        assert (run.runs, run.failures, run.problem, run.failed_at) == (1, 0, "", None)


def test_the_list_of_jobs_asks_the_database_as_often_with_many(site: Site) -> None:
    admin = site.browser("admin")
    few = site.count_statements(admin, "/driftsjob")
    with site.unit() as session:
        for number in range(30):
            defer(session, "test.tear", word=str(number))
    assert (site.count_statements(admin, "/driftsjob"), few) == (4, 4)


def test_every_job_has_words() -> None:
    unnamed = [name for name in known_jobs() if not name.startswith("test.") and name not in LABELS["job"]]
    assert unnamed == []


def test_a_fault_without_words_is_told_by_its_kind_and_place() -> None:
    try:
        known_jobs()["search.index"].work(None, kind="wish", ids=[1])
    except AttributeError as fault:
        told = describe_fault(fault)
    assert re.fullmatch(r"AttributeError: 'NoneType' object has no attribute 'database' "
                        r"\(domain/search/jobs\.py, linje \d+\)", told)  # fmt: skip


# --- for machines


def test_it_is_ready_when_database_tables_and_storage_answer(site: Site) -> None:
    assert site.browser("stranger").get("/readyz").json() == {
        "database": True,
        "tables": True,
        "storage": True,
    }


def test_it_is_not_ready_on_the_tables_of_an_older_version_but_on_those_of_a_newer_one(site: Site) -> None:
    owner = site.tools.database.engine.url.set(username="dialogforum")
    from sqlalchemy import create_engine

    engine = create_engine(owner)
    with engine.begin() as connection:
        last = connection.scalar(text("select version_num from alembic_version"))
    try:
        found = {}
        for revision in ("0052", "9999"):
            with engine.begin() as connection:
                connection.execute(text("update alembic_version set version_num = :r"), {"r": revision})
            answer = site.browser("stranger").get("/readyz")
            found[revision] = (answer.status_code, answer.json()["tables"])
    finally:
        with engine.begin() as connection:
            connection.execute(text("update alembic_version set version_num = :r"), {"r": last})
        engine.dispose()
    assert found == {"0052": (503, False), "9999": (200, True)}


@pytest.fixture
def measured(site: Site) -> Iterator[Site]:
    """The same site with a key to its figures."""
    settings = site.settings.model_copy(update={"metrics_key": SecretStr(KEY)})
    yield Site(settings, site.tools)


def test_figures_are_not_there_without_a_key_in_the_settings(site: Site) -> None:
    assert site.browser("stranger").get("/metrics").status_code == 404


def read_figures(body: str) -> dict[str, float]:
    """By Prometheus' rules for its text form: each family is announced, and no sample comes twice."""
    kinds: dict[str, str] = {}
    found: dict[str, float] = {}
    for line in body.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds and kind in ("counter", "gauge", "histogram")
            kinds[name] = kind
        elif not line.startswith("#"):
            sample = re.fullmatch(r'([a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\})?) (\S+)', line)
            assert sample is not None, line
            name = re.sub("_(bucket|sum|count)$", "", sample[1]) if sample[1] not in kinds else sample[1]
            assert name in kinds and sample[1] + sample[2] not in found
            found[sample[1] + sample[2]] = float(sample[3])
    return found


def test_figures_are_for_who_has_the_key_and_name_doors_never_addresses(measured: Site) -> None:
    browser = measured.new_browser()
    for path in ("/moeder/hemmeligt-ord", "/moeder/et-andet", "/findes/slet/ikke", "/"):
        browser.get(path)
    assert browser.get("/metrics").status_code == 401
    assert browser.get("/metrics", headers={"Authorization": "Bearer forkert"}).status_code == 401
    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    assert "hemmeligt-ord" not in answer.text
    figures = read_figures(answer.text)
    assert figures['dialogforum_requests_total{method="GET",route="/moeder/{key}",status="4xx"}'] == 2
    assert figures['dialogforum_requests_total{method="GET",route="none",status="4xx"}'] == 1
    assert figures['dialogforum_request_seconds_bucket{le="+Inf"}'] == 6
    assert (figures["dialogforum_database_up"], figures["dialogforum_jobs_waiting"]) == (1, 0)


def test_figures_cost_the_database_nothing_before_the_key_is_shown(measured: Site) -> None:
    browser, asked = measured.new_browser(), list[str]()

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    engine = measured.tools.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.get("/metrics").status_code == 401
        assert asked == []
        browser.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
        assert asked != []
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_line_of_the_log_is_json_with_its_request(caplog: pytest.LogCaptureFixture) -> None:
    token = current_request_id.set("abc")
    try:
        raise ValueError("to\nlinjer")
    except ValueError:
        record = logging.LogRecord("app.x", 40, "x.py", 1, "gik %s", ("galt",), __import__("sys").exc_info())
    line = JsonLines().format(record)
    current_request_id.reset(token)
    read = json.loads(line)
    assert "\n" not in line
    assert (read["level"], read["message"], read["request_id"]) == ("error", "gik galt", "abc")
    assert read["fault"].endswith("ValueError: to\nlinjer")


def test_a_line_of_the_log_for_people_tells_its_time_in_utc_and_says_so() -> None:
    record = logging.LogRecord("app.x", 40, "x.py", 1, "gik %s", ("galt",), None)
    record.created, record.msecs = 1_795_392_000.25, 250.0
    assert TextLines(TEXT).format(record) == "2026-11-23T00:00:00.250Z ERROR app.x gik galt"


def test_what_a_session_begins_with_is_what_the_guide_sets_for_the_role_behind_a_pooler() -> None:
    root = Path(__file__).parents[2]
    begun = re.findall(r"-c (\w+)=(\w+)", (root / "app" / "core" / "database.py").read_text())
    guide = (root / "docs" / "operations.md").read_text()
    assert re.findall(r"^alter role \w+ set (\w+) = '?(\w+)'?;$", guide, re.MULTILINE) == begun
    assert len(begun) == 5


def test_every_setting_stands_in_the_guide() -> None:
    from app.settings import Settings

    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    names = {
        "DATABASE_URL" if name == "database_url" else f"DIALOGFORUM_{name.upper()}"
        for name in Settings.model_fields
    }
    told = set(re.findall(r"^\| `(D[A-Z_]+)` \|", guide, re.MULTILINE))
    assert told == names
