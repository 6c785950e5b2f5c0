"""start.py: what it refuses with a sentence before it fetches anything, and what it sets up from."""

import ast
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-setup.lock", "requirements-test.lock")
NPM_LOCKS = (
    "package-lock.json",
    "tests/node/package-lock.json",
    "tests/node/oidc_provider/package-lock.json",
)


def run_start(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, ROOT / "start.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


def read_versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^(\S+?)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run_start("--port", str(port), "--data", str(tmp_path))
    assert answer == (1, f"start.py: Port {port} er optaget; vælg en anden, fx --port {port + 1}.\n")


def test_a_port_that_is_no_number_is_refused_with_a_sentence() -> None:
    answer = run_start("--port", "http")
    assert answer == (1, "start.py: Porten skal være et tal mellem 1 og 65535, ikke “http”.\n")


def test_a_data_folder_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "var"
    in_the_way.touch()
    answer = run_start("seed", "--data", str(in_the_way))
    sentence = f"start.py: Mappen {in_the_way} kan ikke bruges (det er en fil); vælg en anden med --data.\n"
    assert answer == (1, sentence)


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 15)])
def test_a_python_that_is_too_old_or_too_new_is_refused_with_a_sentence(version: tuple[int, int]) -> None:
    program = f"import sys; sys.version_info = {version}; sys.version = 'X'; import start"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    sentence = "Dialogforum kræver Python 3.11–3.14, og dette er Python X.\n"
    assert (done.returncode, done.stderr) == (1, sentence)


def test_an_old_python_can_read_the_file_as_far_as_its_sentence() -> None:
    ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 6))


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: Failed to fetch: ...\n  cause: error sending request", "fordi pakkelageret ikke svarer"),
        ("OSError: [Errno 28] No space left on device", "Der er ikke plads nok på disken"),
        ("PermissionError: [Errno 13] Permission denied: 'x'", "Der kan ikke skrives i"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "En pakke er ikke den, som er låst"),
    ],
)
def test_a_failure_that_a_person_can_mend_is_told_in_a_sentence(output: str, sentence: str) -> None:
    assert sentence in (start.explain(output) or "")


def test_a_failure_of_another_kind_is_left_to_the_log() -> None:
    assert start.explain("SyntaxError: invalid syntax") is None


@pytest.mark.parametrize("arguments", [["-n", "0"], ["-n4"], ["--numprocesses=2"], ["--pdb"]])
def test_the_number_of_test_processes_may_be_chosen(arguments: list[str]) -> None:
    assert start.choose_workers(arguments) == []


def test_two_processes_run_the_tests_unless_something_else_is_said() -> None:
    assert start.choose_workers(["-q", "tests/node"]) == ["-n", "2"]


def test_quick_is_the_rooms_the_core_and_the_rules_of_the_house() -> None:
    chosen = start.choose_tests(["--quick", "-x"])
    assert chosen == [*start.QUICK, "-x"]
    assert [path for path in start.QUICK if not (start.ROOT / path).exists()] == []
    assert start.choose_tests(["-k", "answering"]) == ["-k", "answering"]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"HOME": "/"}, {"HOME": "/"}),
        ({"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONPYCACHEPREFIX": str(start.VENV / "compiled")}),
        ({"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/x"}, {"PYTHONPYCACHEPREFIX": "/x"}),
    ],
)
def test_tests_keep_what_is_compiled_though_nothing_is_to_lie_beside_the_sources(
    told: dict[str, str], kept: dict[str, str]
) -> None:
    start.keep_compiled(told)
    assert told == kept


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash_and_no_address(lock: str) -> None:
    blocks = start.read_blocks(ROOT / lock)
    assert [name for name, block in blocks.items() if "--hash=sha256:" not in block or "://" in block] == []


@pytest.mark.parametrize("lock", NPM_LOCKS)
def test_no_locked_npm_package_has_an_address_to_fetch_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-setup.lock"])
def test_the_tests_run_on_the_very_versions_that_are_served(lock: str) -> None:
    tested = read_versions("requirements-test.lock")
    assert {
        name: version for name, version in read_versions(lock).items() if tested.get(name, version) != version
    } == {}
