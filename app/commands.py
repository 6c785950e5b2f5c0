"""Commands of the house's daily life: copies, the export, the index, people, and what is wrong."""

import logging
import tarfile
import time
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.backups import BackupProblem, describe, read_manifest, restore_backup, take_backup, tell_size
from app.core.clock import now
from app.core.job_runs import note_run
from app.core.jobs import run_waiting
from app.core.migrating import newest_revision
from app.core.policy import ORGANISER_KINDS, SYSTEM, Refused
from app.settings import Settings

log = logging.getLogger(__name__)


def add_arguments(name: str, command: ArgumentParser) -> None:
    """What the command of this name takes besides --data."""
    if name in ("backup", "export"):
        command.add_argument("to", type=Path, nargs="?", help="the file; else one named by the day, here")
    if name == "restore":
        command.add_argument("copy", type=Path, help="the file that `backup` made")
    if name == "doctor":
        command.add_argument("--no-mail", action="store_true", help="do not ask the mail server")
    if name == "user":
        what = command.add_subparsers(dest="what", required=True)
        for word, meaning in _USER.items():
            one = what.add_parser(word, help=meaning)
            one.add_argument("--data", type=Path, default=SUPPRESS, help=SUPPRESS)  # also at the end
            if word == "appoint":
                one.add_argument("organisation", help="its key: kl, kombit …")
            one.add_argument("email", help="the mail address that the person signs in with")


_USER = {
    "show": "who it is, and whom they speak for",
    "appoint": "make somebody an admin of an organiser, as the first one must be: appoint kl navn@kl.dk",
    "disable": "let somebody in no more; sessions and keys end at once",
    "enable": "let somebody in again",
}


def run_backup(settings: Settings, given: Namespace) -> int:
    """Everything in one file, while people write."""
    from app.cli import open_database
    from app.main import connect_rooms, make_storage

    connect_rooms(settings)
    target = given.to or Path(f"dialogforum-{now():%Y%m%d-%H%M%S}.tar")
    with open_database(settings) as (_, owner), _timed() as spent:
        done = take_backup(owner, make_storage(settings), target)
        with owner.unit() as session:
            note_run(session, "backup", sum(done.seconds.values()))
    log.info("backup %s", describe(done))
    files, rows = len(done.manifest.files), sum(one.rows for one in done.manifest.tables.values())
    print(f"{target}: {rows} rækker og {files} filer, {tell_size(done.size)} på {_seconds(spent[0])}.")
    print(f"  Alt er, som det var {done.manifest.moment}. Filen er ikke krypteret og må kun læses af få.")
    if done.manifest.missing:
        print(
            f"  OBS: {len(done.manifest.missing)} filer manglede i lageret, første {done.manifest.missing[0]}"
        )
        return 1
    return 0


def run_restore(settings: Settings, given: Namespace) -> int:
    """Put a copy into an empty place, and check that it is the same there."""
    from app.cli import migrate_database, open_database
    from app.main import connect_rooms, make_storage

    if not given.copy.is_file():
        raise BackupProblem(f"{given.copy} findes ikke.")
    connect_rooms(settings)
    _require_known(given.copy)
    with open_database(settings) as (database, owner), _timed() as spent:
        done = restore_backup(given.copy, owner, make_storage(settings))
        migrate_database(owner, database)
        with owner.engine.begin() as connection:
            connection.exec_driver_sql("analyze")
    log.info("restore %s", describe(done))
    files, rows = len(done.manifest.files), sum(one.rows for one in done.manifest.tables.values())
    print(f"Gendannet og efterprøvet: {rows} rækker og {files} filer på {_seconds(spent[0])}.")
    print(
        f"  Alt er, som det var {done.manifest.moment}. Mails og opgaver, der ventede dengang, venter stadig"
    )
    print("  og tages op, når siden starter. Slet det igen, der er slettet siden (docs/operations.md).")
    return 0


def _require_known(copy: Path) -> None:
    """Tables of a later version cannot be brought back to this one's."""
    try:
        with tarfile.open(copy) as tar:
            revision = read_manifest(tar, copy).revision
    except tarfile.TarError as error:
        raise BackupProblem(f"{copy} er ikke en kopi af Dialogforum, eller den er ikke hel.") from error
    if revision > newest_revision():
        raise BackupProblem(
            f"Kopien er lavet af en nyere udgave ({revision}) end denne; installér den, og gendan så."
        )


def run_export(settings: Settings, given: Namespace) -> int:
    """The whole site as readable JSON and files."""
    from app.cli import open_database
    from app.core.exporting import export_site
    from app.main import connect_rooms, make_storage

    connect_rooms(settings)
    target = given.to or Path(f"dialogforum-{now():%Y%m%d-%H%M%S}.zip")
    with open_database(settings) as (_, owner), _timed() as spent:
        counts = export_site(owner, make_storage(settings), target)
    files = counts.pop("files")
    rows, size = sum(counts.values()), tell_size(target.stat().st_size)
    print(f"{target}: {rows} rækker af {len(counts)} slags og {files} filer, {size} på {_seconds(spent[0])}.")
    print("  Det fortrolige er med. Begynd i LÆS-MIG.txt.")
    return 0


def run_reindex(settings: Settings, given: Namespace) -> int:
    """The search index made anew from what there is."""
    from app.cli import open_database
    from app.domain.search.jobs import index_all
    from app.domain.search.models import SearchDocument
    from app.main import connect_rooms, make_tools

    connect_rooms(settings)
    with open_database(settings) as (database, _), _timed() as spent:
        tools = make_tools(settings, database)
        index_all(tools)
        with database.unit() as session:
            count = session.scalar(select(func.count()).select_from(SearchDocument))
    print(f"{count} ting kan findes igen, på {_seconds(spent[0])}.")
    return 0


def run_user(settings: Settings, given: Namespace) -> int:
    """Show, appoint, disable or enable somebody, where nobody on the site can."""
    from app.cli import open_database
    from app.domain.users.queries import find_user_by_email
    from app.identity.closing import disable_account, enable_account
    from app.main import connect_rooms, make_tools

    connect_rooms(settings)
    with open_database(settings) as (database, _):
        with database.unit() as session:
            if given.what == "appoint":
                return _appoint(session, given.organisation, given.email)
            user = find_user_by_email(session, given.email)
            if user is None:
                raise ValueError(f"ingen har mailadressen »{given.email}«")
            try:
                if given.what == "disable":
                    disable_account(session, SYSTEM, user.id)
                if given.what == "enable":
                    enable_account(session, SYSTEM, user.id)
            except Refused as refusal:
                raise ValueError(f"det går ikke: {refusal.code}") from refusal
            for line in _describe_user(session, user.id):
                print(line)
        if given.what != "show":
            run_waiting(make_tools(settings, database))
    return 0


def _describe_user(session: Session, user_id: int) -> Iterator[str]:
    from app.domain.users.models import User
    from app.domain.users.queries import list_memberships

    user = session.get_one(User, user_id)
    state = "lukket" if user.disabled_at else "åben"
    yield f"nr. {user.id}  {user.name or '(uden navn)'}  {user.email}  kontoen er {state}"
    for one in list_memberships(session, user_id):
        waits = "" if one.confirmed_at else ", venter på bekræftelse"
        yield f"  {one.role} for {one.organisation_name}{waits}"


def _appoint(session: Session, key: str, email: str) -> int:
    """The first admin of an organiser, whom nobody on the site can appoint."""
    from app.domain.organisations.queries import find_organisation
    from app.domain.users.service import add_user, appoint_admin

    organisation = find_organisation(session, key)
    if organisation is None or organisation.kind not in ORGANISER_KINDS:
        raise ValueError(f"»{key}« er ingen arrangør; arrangørerne er foreninger og indkøbsfællesskaber")
    if "@" not in email.strip("@"):
        raise ValueError(f"»{email}« er ingen mailadresse")
    appoint_admin(session, SYSTEM, add_user(session, email, ""), organisation)
    print(f"{email} er administrator for {organisation.name}, fra næste gang personen logger ind.")
    return 0


def run_doctor(settings: Settings, given: Namespace) -> int:
    """Everything that is looked at, a line each; 1 where something is wrong."""
    from app.doctor import examine

    findings = examine(settings, asks_mail=not given.no_mail)
    for one in findings:
        print(f"{_MARKS[one.state]:<6}{one.sentence}")
    wrong = sum(one.state == "wrong" for one in findings)
    print(f"\n{wrong} fejl." if wrong else "\nIntet er galt.")
    return 1 if wrong else 0


_MARKS = {"fine": "ok", "note": "obs", "wrong": "FEJL"}


@contextmanager
def _timed() -> Iterator[list[float]]:
    """The seconds that the block took, once it has ended."""
    begun, spent = time.monotonic(), [0.0]
    yield spent
    spent[0] = time.monotonic() - begun


def _seconds(spent: float) -> str:
    return f"{spent:.1f} s".replace(".", ",")


COMMANDS = {
    "backup": "everything in one file, database and files together, while people write",
    "restore": "put a copy into an empty place, and check it there",
    "export": "the whole site as readable JSON and files, in a zip",
    "reindex": "make the search index anew",
    "user": "show, appoint, disable or enable somebody",
    "doctor": "say what is wrong with this set-up",
}
RUNS = {
    "backup": run_backup,
    "restore": run_restore,
    "export": run_export,
    "reindex": run_reindex,
    "user": run_user,
    "doctor": run_doctor,
}
