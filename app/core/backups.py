"""A copy of everything in one file, database and files together, and back again into an empty place.

The file is a tar: `files/…` as they lie in storage, `database.dump` (PostgreSQL's own form) and, last,
`manifest.json` with a hash of every file and a sum of every table. It is taken while people write: the dump
and the sums see one and the same moment, and every file that a row of that moment names is in it.

Files first, then the moment, then at once those that came since: files do not change, and are removed after
their rows. Between the moment and the second look removals wait (`wait_for_copies`). Whatever goes away all
the same is found missing, and a later moment is taken.
"""

import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, text

from app.core import postgres
from app.core.clock import now
from app.core.database import Base, Database
from app.core.postgres import ServerProblem, find_binaries
from app.core.storage import Storage
from app.core.tls_lines import lead_through, speaks_tls

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"
# How often a later moment is taken when files went away under our hands.
TRIES = 4
# The lock that removals share and a copy takes for itself; 4201 and 4202 are others' (migration 0061).
_REMOVALS = 4203
# Columns that name a file in storage; the tests hold them against what lies there.
FILE_COLUMNS = frozenset({"file_key", "pdf_key", "picture_key", "thumbnail_key"})
_CHUNK = 1 << 20


class BackupProblem(ValueError):
    """It cannot be done; the message is one sentence in Danish for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows, and the sum of their hashes, which does not depend on their order."""

    rows: int
    sum: str


@dataclass
class Manifest:
    """What is in a copy. `moment`: of the database. `missing`: files that rows named and storage had lost."""

    format: int
    moment: str
    revision: str
    server: str
    tables: dict[str, TableSum]
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    dump_size: int = 0
    dump_hash: str = ""

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(size for size, _ in self.files.values())


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and the seconds that each step took."""

    manifest: Manifest
    seconds: dict[str, float]
    size: int


# --- taking one


def take_backup(owner: Database, storage: Storage, target: Path) -> Done:
    """Write the copy to `target`, which appears only when whole. Raises BackupProblem, ServerProblem."""
    if target.exists():
        raise BackupProblem(f"{target} findes allerede; vælg et andet navn.")
    partial = target.with_name(target.name + ".partial")
    clock = _Clock()
    # Readable by its owner alone: it holds everything that was said in confidence.
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                manifest = _write_all(owner, storage, tar, clock)
            file.flush()
            os.fsync(file.fileno())
        size = partial.stat().st_size
        partial.rename(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Done(manifest, clock.seconds, size)


def _write_all(owner: Database, storage: Storage, tar: tarfile.TarFile, clock: "_Clock") -> Manifest:
    copied: dict[str, tuple[int, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with clock("files"):
            _copy_new(storage, tar, copied, scratch)
        for attempt in range(1, TRIES + 1):
            with clock("database"):
                manifest, named = _dump(
                    owner, scratch / DUMP, lambda: _copy_new(storage, tar, copied, scratch)
                )
            manifest.missing = sorted(named - copied.keys())
            if not manifest.missing or attempt == TRIES:
                break
        manifest.files = dict(sorted(copied.items()))
        with clock("writing"):
            tar.add(scratch / DUMP, DUMP)
        _add_bytes(tar, MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode())
    return manifest


def _copy_new(
    storage: Storage, tar: tarfile.TarFile, copied: dict[str, tuple[int, str]], scratch: Path
) -> None:
    for key in storage.list_all():
        if key in copied:
            continue
        path = scratch / "file"
        try:
            storage.fetch_to(key, path)
        except FileNotFoundError:
            continue  # removed since it was listed; whether anybody misses it is seen afterwards
        copied[key] = (path.stat().st_size, _hash_file(path))
        tar.add(path, FILES + key, recursive=False)


@contextmanager
def wait_for_copies(database: Database) -> Iterator[None]:
    """A removal of a file, which waits while a copy looks which files there are; for seconds at most."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("set local statement_timeout = '10min'")
        connection.exec_driver_sql("set local idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql(f"select pg_advisory_xact_lock_shared({_REMOVALS})")
        yield
        connection.rollback()


@contextmanager
def _no_removals(owner: Database) -> Iterator[None]:
    with owner.engine.connect() as connection:
        _allow_long(connection)
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_REMOVALS})")
        yield
        connection.rollback()


def _allow_long(connection: Connection) -> None:
    connection.exec_driver_sql("set idle_in_transaction_session_timeout = 0")
    connection.exec_driver_sql("set statement_timeout = 0")
    connection.commit()


def _dump(owner: Database, path: Path, copy_new: Callable[[], None]) -> tuple[Manifest, set[str]]:
    """The database of one moment in a file; what it holds, and the files that its rows name."""
    with owner.engine.connect() as connection:
        _allow_long(connection)
        # The driver begins the transaction itself, and would take no other words for it.
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with _no_removals(owner):
            snapshot = connection.exec_driver_sql("select pg_export_snapshot()").scalar_one()
            moment = now().isoformat(timespec="seconds")
            copy_new()
        _run_tool(
            owner,
            "pg_dump",
            ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}"],
        )
        manifest = Manifest(
            format=FORMAT,
            moment=moment,
            revision=_read_revision(connection),
            server=connection.exec_driver_sql("show server_version").scalar_one(),
            tables=sum_tables(connection),
            dump_size=path.stat().st_size,
            dump_hash=_hash_file(path),
        )
        named = _list_named(connection)
        connection.rollback()
    return manifest, named


def _read_revision(connection: Connection) -> str:
    return str(connection.exec_driver_sql("select version_num from alembic_version").scalar_one())


def list_tables(connection: Connection) -> list[str]:
    """The names of the tables in the database, Procrastinate's among them."""
    return list(
        connection.scalars(
            text("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
                 " order by relname")
        )
    )  # fmt: skip


def sum_tables(connection: Connection) -> dict[str, TableSum]:
    """Each table with its rows counted and summed up. Tables that lose their rows in a crash are left out."""
    lasting = set(
        connection.scalars(text("select relname from pg_class where relpersistence = 'p' and relkind = 'r'"))
    )
    sums = {}
    for name in list_tables(connection):
        if name not in lasting:
            continue
        quoted = '"' + name.replace('"', '""') + '"'
        row = connection.exec_driver_sql(
            "select count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text"  # noqa: S608
            f" from {quoted} t"
        ).one()
        sums[name] = TableSum(row[0], row[1])
    return sums


def _list_named(connection: Connection) -> set[str]:
    """The keys of all files that rows name."""
    named: set[str] = set()
    for table, column in file_columns():
        named.update(
            connection.exec_driver_sql(
                f'select "{column}" from "{table}" where "{column}" is not null'  # noqa: S608
            ).scalars()
        )
    return named


def file_columns() -> list[tuple[str, str]]:
    """(table, column) of those that name a file. `made_file` is made anew whenever a file of it is gone."""
    return [
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in FILE_COLUMNS and table.name != "made_file"
    ]


# --- putting one back


def restore_backup(source: Path, owner: Database, storage: Storage) -> Done:
    """Put the copy into a database without tables and a storage without files, and check it there.

    The whole file is checked first; nothing is written when it is not as it was made. Raises BackupProblem.
    """
    clock = _Clock()
    try:
        tar = tarfile.open(source)  # noqa: SIM115
    except (tarfile.TarError, EOFError) as error:
        raise BackupProblem(f"{source} er ikke en kopi af Dialogforum, eller den er ikke hel.") from error
    with tar, tempfile.TemporaryDirectory() as folder:
        with clock("checking the copy"):
            manifest = _check_copy(tar, source)
        _require_new_enough(owner)
        _require_empty(owner, storage)
        dump = Path(folder) / DUMP
        _extract(tar, DUMP, dump)
        with clock("database"):
            # Half a database is worse than none.
            _run_tool(
                owner,
                "pg_restore",
                ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(dump)],
                target_option="--dbname",
            )
        with clock("files"):
            for key in manifest.files:
                path = Path(folder) / "file"
                _extract(tar, FILES + key, path)
                storage.put(key, path)
        with clock("checking what was restored"):
            _check_restored(manifest, owner, storage)
    return Done(manifest, clock.seconds, source.stat().st_size)


def read_manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    """What the copy says that it holds. Raises BackupProblem."""
    damaged = BackupProblem(f"{source} er ikke en kopi af Dialogforum, eller den er ikke hel.")
    try:
        member = tar.extractfile(MANIFEST)
        given = json.loads(member.read()) if member is not None else None
        if not isinstance(given, dict):
            raise damaged
        if given["format"] != FORMAT:
            raise BackupProblem(f"{source} er lavet af en nyere udgave; gendan den med den.")
        tables = {name: TableSum(**one) for name, one in given.pop("tables").items()}
        files = {key: (one[0], one[1]) for key, one in given.pop("files").items()}
        return Manifest(**given, tables=tables, files=files)
    except (KeyError, TypeError, ValueError, tarfile.TarError, OSError) as error:
        raise error if isinstance(error, BackupProblem) else damaged from error


def _check_copy(tar: tarfile.TarFile, source: Path) -> Manifest:
    manifest = read_manifest(tar, source)
    expected = {FILES + key: value for key, value in manifest.files.items()}
    expected[DUMP] = (manifest.dump_size, manifest.dump_hash)
    seen: dict[str, tuple[int, str]] = {}
    try:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None and member.name != MANIFEST:
                seen[member.name] = (member.size, _hash(content))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BackupProblem(f"{source} er ikke hel: {error}.") from error
    wrong = sorted(name for name in expected.keys() | seen.keys() if expected.get(name) != seen.get(name))
    if wrong:
        raise BackupProblem(f"{source} er beskadiget: {wrong[0]} er ikke, som den var ({len(wrong)} i alt).")
    if any(".." in key.split("/") or key.startswith("/") for key in manifest.files):
        raise BackupProblem(f"{source} holder navne, som Dialogforum ikke laver.")
    return manifest


def _require_new_enough(owner: Database) -> None:
    with owner.engine.connect() as connection:
        number = int(connection.exec_driver_sql("show server_version_num").scalar_one()) // 10000
    if number < postgres.OLDEST:
        raise BackupProblem(
            f"PostgreSQL er version {number}; en kopi kan gendannes i {postgres.OLDEST} eller nyere."
        )


def _require_empty(owner: Database, storage: Storage) -> None:
    with owner.engine.connect() as connection:
        if list_tables(connection):
            raise BackupProblem(
                "Databasen er ikke tom. En kopi gendannes kun et tomt sted, så intet bliver overskrevet: "
                "lav en ny database, eller vælg en tom mappe med --data."
            )
    if next(storage.list_all(), None) is not None:
        raise BackupProblem("Der ligger allerede filer i lageret; vælg en tom mappe eller en tom bucket.")


def _check_restored(manifest: Manifest, owner: Database, storage: Storage) -> None:
    with owner.engine.connect() as connection:
        connection.exec_driver_sql("set statement_timeout = 0")
        found = sum_tables(connection)
        if found != manifest.tables:
            names = found.keys() | manifest.tables.keys()
            wrong = sorted(name for name in names if found.get(name) != manifest.tables.get(name))
            raise BackupProblem(f"Det gendannede er ikke det samme som kopien i: {', '.join(wrong)}.")
        connection.rollback()
    for key, (_, expected) in manifest.files.items():
        digest = hashlib.sha256()
        for chunk in storage.stream(key):
            digest.update(chunk)
        if digest.hexdigest() != expected:
            raise BackupProblem(f"Filen {key} er ikke kommet rigtigt over.")


def _extract(tar: tarfile.TarFile, name: str, path: Path) -> None:
    content = tar.extractfile(name)
    assert content is not None
    with path.open("wb") as file:
        while chunk := content.read(_CHUNK):
            file.write(chunk)


# --- small things


def _run_tool(owner: Database, tool: str, arguments: list[str], target_option: str = "--dbname") -> None:
    """One of PostgreSQL's own programs on the database; the password is in no list of processes."""
    program = find_binaries().joinpath(tool)
    if not program.is_file():
        raise ServerProblem(f"{tool} findes ikke ved siden af PostgreSQL i {program.parent}.")
    parts = conninfo_to_dict(owner.dsn)
    password = parts.pop("password", None)
    environment = {**os.environ, "PGTZ": "UTC"} | ({"PGPASSWORD": str(password)} if password else {})

    def run(target: dict[str, Any]) -> None:
        command = [str(program), f"{target_option}={make_conninfo('', **target)}", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServerProblem(f"{tool} gik i stå: {' '.join(done.stderr.split())[-400:]}")

    line = _read_line(owner)
    if line is None or speaks_tls(program.parent):
        run(parts)
        return
    # The password may be from elsewhere, such as a file that knows the server by its name.
    elsewhere = [name for name in environment if name.startswith("PGSSL") or name == "PGHOSTADDR"]
    environment = {name: value for name, value in environment.items() if name not in elsewhere}
    environment |= {"PGPASSWORD": line.get("password", ""), "PGCHANNELBINDING": "disable"}
    options = {name: value for name, value in parts.items() if name == "options"}
    lead_through(line, lambda near: run({**near, **options}))


def _read_line(owner: Database) -> dict[str, str] | None:
    """How the house itself is connected, with what libpq has filled in; None where that is not by TLS."""
    with owner.engine.connect() as connection:
        used = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
        if not used.ssl_in_use:
            return None
        values = {one.keyword.decode(): one.val.decode() for one in used.info if one.val}
        # Of several servers the one that answered.
        return values | {"host": used.host.decode(), "port": used.port.decode()} | _numbered(used.hostaddr)


def _numbered(address: bytes) -> dict[str, str]:
    return {"hostaddr": address.decode()} if address else {}


def _hash(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return _hash(file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


class _Clock:
    """Seconds by step; a step that is done again adds up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            spent = self.seconds.get(step, 0.0) + time.monotonic() - begun
            self.seconds[step] = round(spent, 2)


def tell_size(size: int) -> str:
    """Bytes as people say them, in Danish."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}".replace(".", ",")
    return f"{size} byte"


def describe(done: Done) -> dict[str, Any]:
    """In figures, for the log and for tests."""
    manifest = done.manifest
    return {
        "tables": len(manifest.tables),
        "rows": sum(one.rows for one in manifest.tables.values()),
        "files": len(manifest.files),
        "size": done.size,
        "seconds": done.seconds,
    }
