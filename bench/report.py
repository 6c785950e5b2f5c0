"""How long the files of a meeting with 500 contributions take: prints seconds of each step, and memory.

    python bench/report.py

Makes a database in a temporary folder and throws it away. Each contribution has a text of 1,200 letters, an
answer of 600 and one of 20 themes; the last lines are the jobs as they run, from start to storage. Ends with
1 where one of them takes longer than it may.
"""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.cli import migrate_database
from app.core.clock import now, today
from app.core.database import Database
from app.core.documents.markup import read_html
from app.core.documents.print import write_pdf
from app.core.documents.word import write_docx
from app.core.jobs import Tools, run_waiting
from app.core.made_files import ask_for, find_made
from app.core.mail import FolderTransport
from app.core.postgres import APP_ROLE, ensure_server
from app.core.storage import open_folder
from app.domain.contributions.models import Answer, AnswerContribution, Contribution, ContributionTheme
from app.domain.meeting_reports.files import list_first_files
from app.domain.meeting_reports.gathering import gather
from app.domain.meeting_reports.schemas import Choices
from app.domain.meetings.models import Meeting, Series
from app.domain.strategies.models import Strategy, Theme
from app.main import connect_rooms
from app.papers.meeting_reports import print_report
from app.papers.press import the_press
from app.settings import Settings
from bench.figures import Figures

SAID = 500
THEMES = 20
JOB_SECONDS = 10.0
_WORDS = """
kommunerne leverandører snitflader data åbne fælles løsning borgere effekt måling drift udbud og at i det som
på med til ikke skal kan arkitektur ansvar økonomi standard sikkerhed ønsker øget værdi
"""
WORDS = _WORDS.split()
Made = TypeVar("Made")


def timed(name: str, work: Callable[[], Made]) -> Made:
    start, cpu = time.perf_counter(), time.process_time()
    made = work()
    wall, used = time.perf_counter() - start, time.process_time() - cpu
    print(f"{name:32} {wall:6.2f} s   {used:6.2f} s of processor   {peak():4.0f} MB at most so far")
    return made


def peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def prose(letters: int) -> str:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < letters:
        words.append(random.choice(WORDS))
    return " ".join(words).capitalize() + "."


def fill(session: Session) -> int:
    """A meeting with all that is said at it, and its answers; its id."""
    strategy = Strategy(key="maalt", name="Målt strategi", level="municipal", owner="KL", period_from=2026)
    series = Series(key="maalt", name="Målt række")
    session.add_all([strategy, series])
    session.flush()
    meeting = Meeting(
        series_id=series.id,
        key="maalt",
        title="Et møde at måle på",
        held_on=today() - timedelta(days=5),
        status="approved",
        published_at=now(),
        created_at=now(),
    )
    themes = [
        Theme(strategy_id=strategy.id, key=f"tema-{n}", code=f"{n}", position=n, name=f"Tema {n}")
        for n in range(THEMES)
    ]
    session.add_all([meeting, *themes])
    session.flush()
    for number in range(SAID):
        said = Contribution(
            kind="wish",
            reference=f"OE-9{number:03}",
            meeting_id=meeting.id,
            title=prose(60),
            body=prose(1200),
            language="da",
            status="received",
            received_at=now(),
            published_at=now(),
        )
        answer = Answer(kind="answer", meeting_id=meeting.id, text=prose(600), published_at=now())
        session.add_all([said, answer])
        session.flush()
        session.add(ContributionTheme(contribution_id=said.id, theme_id=random.choice(themes).id))
        session.add(AnswerContribution(answer_id=answer.id, contribution_id=said.id))
    return meeting.id


def measure(figures: Figures, tools: Tools) -> None:
    with tools.database.unit() as session:
        meeting_id = fill(session)
    press = the_press()
    with tools.database.unit() as session:
        report = timed("gathered", lambda: gather(session, "maalt", Choices()))
    assert report is not None and len(report.told) == SAID
    words = timed("put into words", lambda: print_report(press, report))
    document = timed("read into blocks", lambda: read_html(words.page, press.site.base_url))
    docx = timed("written as DOCX", lambda: write_docx(document, words.imprint))
    pdf = timed("written as PDF", lambda: write_pdf(document, words.imprint))
    print(f"{len(words.page):,} letters of HTML, {len(docx):,} bytes of DOCX, {len(pdf):,} bytes of PDF")
    with tools.database.unit() as session:
        files = list_first_files(session, meeting_id)
    for wanted in files:
        with tools.database.unit() as session:
            ask_for(session, wanted)
        began = time.perf_counter()
        timed(f"the job of the {wanted.form}", lambda: run_waiting(tools))
        seconds = time.perf_counter() - began
        with tools.database.unit() as session:
            made = find_made(session, wanted)
        state = made.state if made is not None else "missing"
        figures.note(
            f"report: the job of the {wanted.form}",
            f"{seconds:.1f} s, {state}",
            f"{JOB_SECONDS:.0f} s",
            state == "ready" and seconds <= JOB_SECONDS,
        )


def main() -> int:
    figures = Figures()
    random.seed(6)
    connect_rooms(Settings())
    with tempfile.TemporaryDirectory() as folder, ensure_server(Path(folder) / "pg", fast=True) as server:
        owner, database = Database(server.url()), Database(server.url(role=APP_ROLE))
        migrate_database(owner, database)
        tools = Tools(database, open_folder(Path(folder) / "files"), FolderTransport(Path(folder) / "mail"))
        measure(figures, tools)
        database.close()
        owner.close()
    return figures.close()


if __name__ == "__main__":
    sys.exit(main())
