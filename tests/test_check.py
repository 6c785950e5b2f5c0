"""`start.py check`: each part ends, and what it found is written whatever became of it."""

import argparse
import json
from pathlib import Path

import pytest

from bench.check import PARTS, count_tests, run, write
from bench.figures import WANTED_AT, Figure, Figures, choose

ROOT = Path(__file__).resolve().parent.parent

MISSING = f"""
import json, os
figures = [{{"name": "lost", "measured": "1", "goal": "0", "state": "MISSED"}}]
open(os.environ["{WANTED_AT}"], "w").write(json.dumps(figures))
"""

SKIPPING = f"""
import json, os
figures = [{{"name": "disk", "measured": "no right to mount", "goal": "0", "state": "not run"}}]
open(os.environ["{WANTED_AT}"], "w").write(json.dumps(figures))
print("not run: 1 not run") if SAYS else None
raise SystemExit(1)
"""


@pytest.mark.parametrize(
    ("program", "state", "status"),
    [
        ("print('well')", "ok", 0),
        ("raise SystemExit(3)", "MISSED", 3),
        (MISSING, "MISSED", 0),
        ("SAYS = True" + SKIPPING, "not run", 1),
        ("SAYS = False" + SKIPPING, "MISSED", 1),
        ("import time; time.sleep(60)", "too long", -15),
    ],
)
def test_a_part_ends_and_says_how(tmp_path: Path, program: str, state: str, status: int) -> None:
    minutes = 0.02 if state == "too long" else 2.0
    outcome = run("part", ["-c", program], minutes, tmp_path, tmp_path)
    assert (outcome.state, outcome.status) == (state, status)
    assert [one.state for one in outcome.figures] == (
        ["MISSED"] if program is MISSING else ["not run"] if "figures" in program else []
    )


@pytest.mark.parametrize(
    ("states", "last_line", "status"),
    [
        ((), "MISSED: no figures", 1),
        (("ok", "not run"), "ok: 1 ok, 1 not run", 0),
        (("not run", "not run"), "not run: 2 not run", 1),
        (("ok", "MISSED", "not run"), "MISSED: 1 ok, 1 MISSED, 1 not run", 1),
    ],
)
def test_what_could_not_be_run_is_not_well(
    capsys: pytest.CaptureFixture[str], states: tuple[str, ...], last_line: str, status: int
) -> None:
    figures = Figures()
    for state in states:
        if state == "not run":
            figures.skip("a", "no disk", "0")
        else:
            figures.note("a", "1", "0", state == "ok")
    assert figures.close() == status
    assert capsys.readouterr().out.splitlines()[-1] == last_line


def test_a_part_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="kill.py")
    assert choose(parser, "", ["web", "worker"]) == ["web", "worker"]
    assert choose(parser, "worker", ["web", "worker"]) == ["worker"]
    with pytest.raises(SystemExit):
        choose(parser, "web,sever", ["web", "worker"])
    assert capsys.readouterr().err.splitlines()[-1] == (
        "kill.py: error: there is no sever; there are web, worker"
    )


@pytest.mark.parametrize(
    ("line", "measured", "state"),
    [
        ("120 passed in 40.1s (0:00:40)", "120 passed, 0 failed, 0 skipped", "ok"),
        ("1 failed, 119 passed, 2 skipped in 3.1s", "119 passed, 1 failed, 2 skipped", "MISSED"),
        ("3 passed, 1 error in 3.1s", "3 passed, 1 failed, 0 skipped", "MISSED"),
        ("4 skipped in 0.1s", "0 passed, 0 failed, 4 skipped", "MISSED"),
        ("no tests ran in 0.01s", "0 passed, 0 failed, 0 skipped", "MISSED"),
    ],
)
def test_tests_are_counted_from_their_last_line(line: str, measured: str, state: str) -> None:
    assert count_tests(["...", line]) == [Figure("tests", measured, "0 failed, some passed", state)]


def test_results_are_written_after_a_part_that_failed(tmp_path: Path) -> None:
    write(tmp_path, {"commit": "abc"}, [run("part", ["-c", "1 / 0"], 1, tmp_path, tmp_path)])
    told = json.loads((tmp_path / "results.json").read_text())
    assert told["commit"] == "abc"
    assert (told["parts"][0]["state"], told["parts"][0]["last_lines"][-1]) == (
        "MISSED",
        "ZeroDivisionError: division by zero",
    )


def test_every_part_is_a_program_that_is_there() -> None:
    commands = [command for part in PARTS for is_long in (False, True) if (command := part.of(is_long)[0])]
    assert [one for one in commands if one[0] != "-m" and not (ROOT / one[0]).is_file()] == []
    # The short form keeps its half hour.
    assert sum(part.of(False)[1] for part in PARTS if part.short) <= 30
