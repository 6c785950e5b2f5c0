"""The seed: loaded once for each set of files, also by two processes that begin together; edits stay."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select, update

from app.archive.loading import load_archive, load_demo
from app.archive.models import ArchiveLoad
from app.core.audit import AuditEntry
from app.core.database import Database
from app.core.jobs import Tools
from app.domain.answering.models import (
    AnswerObjection,
    AnswerTemplate,
    BatchAnswer,
    Case,
    Pause,
    StaffNote,
)
from app.domain.attendance.models import Attendee
from app.domain.boards.models import Board, BoardCard, Cluster, Dot, Objection
from app.domain.commitments.models import Commitment, DeadlineChange, Measurement
from app.domain.contributions.gathering_models import CitedPage, Gathered
from app.domain.contributions.models import AnswerEdition
from app.domain.organisations.models import Organisation
from tests.conftest import make_test_tools

# What became of what was said.
FOLLOWED_UP = (
    AnswerEdition,
    AnswerObjection,
    AnswerTemplate,
    BatchAnswer,
    Case,
    CitedPage,
    Commitment,
    DeadlineChange,
    Gathered,
    Measurement,
    Pause,
    StaffNote,
)


def count_additions(tools: Tools) -> int:
    """Each thing that is put in leaves an entry in the log."""
    with tools.database.unit() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_two_that_load_at_the_same_moment_load_once_and_a_later_load_adds_nothing(
    clone: Callable[[str], Database], empty_template: str, tmp_path: Path
) -> None:
    tools = make_test_tools(clone(empty_template), tmp_path)
    with ThreadPoolExecutor(2) as both:
        list(both.map(load_archive, [tools, tools]))
    once = count_additions(tools)
    with tools.database.unit() as session:
        session.execute(
            update(Organisation).where(Organisation.key == "esbjerg").values(website="https://e.example")
        )
        # As when a new version brings other files: everything is gone through again.
        session.execute(update(ArchiveLoad).values(fingerprint="older"))
    load_archive(tools)
    with tools.database.unit() as session:
        kept = session.scalar(select(Organisation.website).where(Organisation.key == "esbjerg"))
    assert (count_additions(tools), kept) == (once, "https://e.example")


def test_the_examples_twice_add_nothing(
    clone: Callable[[str], Database], archive_template: str, tmp_path: Path
) -> None:
    tools = make_test_tools(clone(archive_template), tmp_path)
    tables = (Board, Cluster, BoardCard, Dot, Objection, Attendee, *FOLLOWED_UP)

    def count() -> list[int | None]:
        with tools.database.unit() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    once, added = count(), count_additions(tools)
    with tools.database.unit() as session:
        session.execute(update(ArchiveLoad).values(fingerprint="older"))
    load_demo(tools)
    assert (count(), count_additions(tools)) == (once, added)
    assert all(once)
