"""`start.py check`: each part ends, and what it found is written whatever became of it."""

import json
from pathlib import Path

import pytest

from bench.check import PARTS, run, write
from bench.figures import WANTED_AT

ROOT = Path(__file__).resolve().parent.parent

MISSING = f"""
import json, os
figures = [{{"name": "lost", "measured": "1", "goal": "0", "state": "MISSED"}}]
open(os.environ["{WANTED_AT}"], "w").write(json.dumps(figures))
"""


@pytest.mark.parametrize(
    ("program", "state", "status"),
    [
        ("print('well')", "ok", 0),
        ("raise SystemExit(3)", "MISSED", 3),
        (MISSING, "MISSED", 0),
        ("import time; time.sleep(60)", "too long", -15),
    ],
)
def test_a_part_ends_and_says_how(tmp_path: Path, program: str, state: str, status: int) -> None:
    outcome = run("part", ["-c", program], 0.02, tmp_path, tmp_path)
    assert (outcome.state, outcome.status) == (state, status)
    assert [one.name for one in outcome.figures] == (["lost"] if program is MISSING else [])


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
