"""Work that can wait: making copies, taking files away, each night's forgetting."""

import logging
import tempfile
from pathlib import Path

from app.core import i18n
from app.core.events import announce
from app.core.jobs import Tools, job
from app.core.orphans import remove_orphans
from app.domain.site.taking_up import take_up
from app.privacy.copying import (
    FOLDER,
    finish_copy,
    gather,
    list_files,
    new_file_key,
    write_archive,
)
from app.privacy.events import DayBegan
from app.privacy.models import DataCopy
from app.privacy.nights import forget_what_is_past
from app.privacy.owners import find_subject
from app.privacy.periods import periods_in_force

log = logging.getLogger(__name__)


def _(text: str) -> str:
    return text


NOTE = _(
    "Det her er en kopi af det, som {site} har gemt om dig.\n\n"
    "data.json indeholder oplysningerne, og mappen filer indeholder de filer, du har lagt op.\n"
    "Aftryk af koder og nøgler er ikke med: de kan ikke læses af nogen.\n"
    "Den fortrolige del af en idé er kun med, så længe du repræsenterer organisationen.\n"
)


@job("privacy.copy")
def make_copy(tools: Tools, copy_id: int) -> None:
    """Gather a person's data into a file. Nothing is left of it if the account is erased meanwhile.

    No transaction is open while the file is being written and laid away, which takes its time where somebody
    sent many slides. Safe to repeat after it was cut off anywhere.
    """
    with tools.database.unit() as session:
        copy = session.get(DataCopy, copy_id)
        person = find_subject(session, copy.user_id) if copy is not None else None
        if copy is None or person is None or copy.state == "ready":
            return
        gathered, files = gather(session, person), list_files(session, person)
    note = i18n.catalogue(person.language).gettext(NOTE).format(site="Dialogforum")
    file_key = new_file_key()
    with tempfile.TemporaryDirectory(prefix="dialogforum-copy-") as folder:
        path = Path(folder) / "copy.zip"
        write_archive(path, gathered, note, files, tools.storage)
        tools.storage.put(file_key, path)
        size = path.stat().st_size
    with tools.database.unit() as session:
        finish_copy(session, copy_id, file_key, size)


@job("privacy.remove_file")
def remove_file(tools: Tools, file_key: str) -> None:
    """Take a file away, after the transaction that no longer knows it."""
    tools.storage.delete(file_key)


@job("privacy.forget", cron="7 3 * * *")
def forget(tools: Tools) -> None:
    """Each night: delete and empty what is past its period."""
    # A period that was made longer a moment ago may not have been heard of in this process.
    take_up(tools.database)
    counts = forget_what_is_past(tools.database, periods_in_force())
    log.info("forgotten tonight: %s", {code: rows for code, rows in counts.items() if rows})


@job("privacy.sweep", cron="47 3 * * *")
def sweep(tools: Tools) -> None:
    """Each night: the files of copies that no copy knows, which a making leaves that was killed between
    laying the file away and saying so."""
    remove_orphans(tools, FOLDER, DataCopy.file_key)


@job("privacy.begin_day", cron="11 6 * * *")
def begin_day(tools: Tools) -> None:
    """Each morning: have people told of what falls due."""
    with tools.database.unit() as session:
        announce(session, DayBegan())
