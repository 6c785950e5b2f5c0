"""Making files, beside the requests, and taking away those that nobody fetches."""

import logging
import tempfile
from pathlib import Path

from app.core.documents.print import write_pdf
from app.core.documents.word import write_docx
from app.core.jobs import Tools, job
from app.core.made_files import (
    FOLDER,
    MadeFile,
    Wanted,
    begin_making,
    fail_making,
    finish_making,
    forget_all,
    forget_unused,
    new_file_key,
    note_step,
)
from app.core.orphans import remove_orphans
from app.domain.follow_through.of_years import REPORT as YEAR_REPORT
from app.domain.follow_through.stories import STORY
from app.domain.ledger.exporting import PAPER as LEDGER_EXPORT
from app.domain.meeting_reports.files import PACK, REPORT
from app.domain.pipeline.overview import REPORT as COMMITTEE_REPORT
from app.papers.committees import tell_committee
from app.papers.ledger import tell_ledger
from app.papers.meeting_packs import pack_meeting
from app.papers.meeting_reports import tell_report
from app.papers.packing import Pack
from app.papers.press import Tell, the_press
from app.papers.stories import tell_story
from app.papers.years import tell_year

log = logging.getLogger(__name__)

# By name, and lasting: they stand in the database.
PAPERS: dict[str, Tell] = {
    REPORT: tell_report,
    YEAR_REPORT: tell_year,
    STORY: tell_story,
    COMMITTEE_REPORT: tell_committee,
    LEDGER_EXPORT: tell_ledger,
}
PACKS: dict[str, Pack] = {PACK: pack_meeting}
WRITERS = {"docx": write_docx, "pdf": write_pdf}
# Words found, read into blocks, written, laid away.
STEPS = 4


class _Gone(Exception):
    """What was to be told of is not there any more."""


@job("papers.make", attempts=3)
def make(tools: Tools, made_id: int) -> None:
    """Make a file that somebody asked for. Safe to repeat after it was cut off anywhere.

    No transaction is open while a paper is being written. What cannot be made is told to who waits, and is
    tried again when somebody asks again.
    """
    with tools.database.unit() as session:
        wanted = begin_making(session, made_id, STEPS)
    if wanted is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="dialogforum-paper-") as folder:
            path = Path(folder) / f"made.{wanted.form}"
            progress = _Progress(tools, made_id)
            stamp = (_pack if wanted.form == "zip" else _write)(tools, wanted, path, progress)
            file_key, size = new_file_key(wanted.form), path.stat().st_size
            tools.storage.put(file_key, path)
    except Exception:  # whoever waits must be told, whatever it was
        log.exception("the file %s could not be made", made_id)
        with tools.database.unit() as session:
            fail_making(session, made_id)
        return
    with tools.database.unit() as session:
        finish_making(session, made_id, stamp, file_key, size)


class _Progress:
    """Tells how far it has come, each time in a small transaction of its own."""

    def __init__(self, tools: Tools, made_id: int) -> None:
        self._tools = tools
        self._made_id = made_id

    def __call__(self, step: int) -> None:
        with self._tools.database.unit() as session:
            note_step(session, self._made_id, step)


def _write(tools: Tools, wanted: Wanted, path: Path, progress: _Progress) -> str:
    press = the_press()
    with tools.database.unit() as session:
        words = PAPERS[wanted.paper](session, press, wanted)
    if words is None:
        raise _Gone(wanted)
    progress(1)
    document = press.read(words.page)
    progress(2)
    path.write_bytes(WRITERS[wanted.form](document, words.imprint))
    progress(3)
    return words.stamp


def _pack(tools: Tools, wanted: Wanted, path: Path, progress: _Progress) -> str:
    stamp = PACKS[wanted.paper](tools, the_press(), wanted, path, progress)
    if stamp is None:
        raise _Gone(wanted)
    return stamp


@job("papers.remove_file")
def remove_file(tools: Tools, file_key: str) -> None:
    """Take a file away, after the transaction that no longer knows it."""
    tools.storage.delete(file_key)


@job("papers.forget_all")
def forget(tools: Tools) -> None:
    """Words were taken away that some file may hold: no file stays."""
    with tools.database.unit() as session:
        forget_all(session)


@job("papers.sweep", cron="41 3 * * *")
def sweep(tools: Tools) -> None:
    """Each night: the files that nobody has fetched for a month go, and those that no file is known by, which
    a making leaves that was killed between laying the file away and saying so."""
    remove_orphans(tools, FOLDER, MadeFile.file_key)
    while True:
        with tools.database.unit() as session:
            if not forget_unused(session):
                return
