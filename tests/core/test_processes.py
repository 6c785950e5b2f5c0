"""Processes forked from one: replaced when they die, gone when it goes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.waiting import wait_until

PROGRAM = """
import os, sys, time
from functools import partial
from itertools import pairwise
from pathlib import Path
from app.core.processes import run_each

def work(name):
    (Path(sys.argv[1]) / f"{name}-{os.getpid()}").touch()
    if name == "falls":
        raise ValueError("cannot start")
    time.sleep(60)

run_each([partial(work, name) for name in sys.argv[2:]])
"""

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = []

    def begin(*names: str) -> subprocess.Popen[bytes]:
        log = (tmp_path / "log").open("wb")
        started.append(
            subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), *names], stdout=log, stderr=log)
        )
        return started[-1]

    yield begin
    for one in started:
        one.kill()
        one.wait()


def numbers(folder: Path, name: str) -> list[int]:
    """Of all processes that have begun this work, the newest last."""
    found = sorted(folder.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime_ns)
    return [int(path.name.partition("-")[2]) for path in found]


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_one_that_is_killed_is_replaced_and_the_others_live_on(start: Start, tmp_path: Path) -> None:
    start("a", "b")
    wait_until(lambda: bool(numbers(tmp_path, "a") and numbers(tmp_path, "b")))
    (first,), (other,) = numbers(tmp_path, "a"), numbers(tmp_path, "b")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(numbers(tmp_path, "a")) == 2)
    assert [is_alive(number) for number in (*numbers(tmp_path, "a"), other)] == [False, True, True]
    assert numbers(tmp_path, "b") == [other]


def test_one_that_cannot_start_is_tried_again_after_a_pause(start: Start, tmp_path: Path) -> None:
    start("falls")
    wait_until(lambda: len(numbers(tmp_path, "falls")) == 3)
    begun = sorted(path.stat().st_mtime for path in tmp_path.glob("falls-*"))
    assert all(later - earlier > 0.9 for earlier, later in pairwise(begun))
    assert "cannot start" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_all_end_with_the_one_that_began_them(start: Start, tmp_path: Path, how: signal.Signals) -> None:
    parent = start("a", "b")
    wait_until(lambda: bool(numbers(tmp_path, "a") and numbers(tmp_path, "b")))
    parent.send_signal(how)
    assert parent.wait(timeout=10) == (-how if how == signal.SIGKILL else 0)
    children = [*numbers(tmp_path, "a"), *numbers(tmp_path, "b")]
    wait_until(lambda: not any(map(is_alive, children)))


def test_signals_that_come_while_others_are_answered_leave_it_able_to_end(
    start: Start, tmp_path: Path
) -> None:
    parent = start("a")
    wait_until(lambda: bool(numbers(tmp_path, "a")))
    end = time.monotonic() + 2
    while time.monotonic() < end:
        parent.send_signal(signal.SIGCHLD)
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=10) == 0
