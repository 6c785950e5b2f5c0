"""What a measurement says at its end: a table for people, and the same for `bench/check.py`."""

import argparse
import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where `bench/check.py` wants the figures of one part.
WANTED_AT = "DIALOGFORUM_FIGURES"
NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured. `state`: ok, MISSED, or `not run` with the reason in `measured`."""

    name: str
    measured: str
    goal: str
    state: str


class Figures:
    """Collects figures and shows each at once, so that a run that breaks off has said what it found."""

    def __init__(self) -> None:
        self.all: list[Figure] = []

    def note(self, name: str, measured: str, goal: str, is_met: bool) -> None:
        self._add(Figure(name, measured, goal, "ok" if is_met else "MISSED"))

    def skip(self, name: str, why: str, goal: str) -> None:
        self._add(Figure(name, why, goal, NOT_RUN))

    def _add(self, figure: Figure) -> None:
        self.all.append(figure)
        print(f"  {figure.state:8} {figure.name}: {figure.measured} (goal: {figure.goal})", flush=True)
        path = os.environ.get(WANTED_AT)
        if path:
            Path(path).write_text(json.dumps([asdict(one) for one in self.all], ensure_ascii=False))

    def close(self) -> int:
        """The status of the process: 1 where a goal is missed, or none was held against anything."""
        print_table(self.all)
        verdict = sum_up(self.all)
        counts = Counter(figure.state for figure in self.all)
        told = ", ".join(f"{counts[state]} {state}" for state in ("ok", "MISSED", NOT_RUN) if counts[state])
        print(f"{verdict}: {told or 'no figures'}")
        return 0 if verdict == "ok" else 1


def sum_up(figures: Sequence[Figure]) -> str:
    """One state for all of them. Without any that was measured there is nothing that could be well."""
    states = {figure.state for figure in figures}
    return "MISSED" if "MISSED" in states or not states else "ok" if "ok" in states else NOT_RUN


def choose(parser: argparse.ArgumentParser, asked: str, known: Iterable[str]) -> list[str]:
    """Those of the known that are asked for, in their own order; all where none is. Others are refused."""
    names = list(known)
    wanted = asked.split(",") if asked else names
    if strangers := sorted(set(wanted) - set(names)):
        parser.error(f"there is no {', '.join(strangers)}; there are {', '.join(names)}")
    return [name for name in names if name in wanted]


def print_table(figures: Sequence[Figure]) -> None:
    widths = [max([0, *(len(getattr(one, name)) for one in figures)]) for name in ("state", "name", "goal")]
    print()
    for one in figures:
        print(f"{one.state:{widths[0]}}  {one.name:{widths[1]}}  {one.goal:{widths[2]}}  {one.measured}")


def where_and_when() -> dict[str, str]:
    """Of every set of figures: the machine, the moment and the commit, with whether it had changes."""
    return {
        "moment": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.release()}, {platform.machine()}, {os.cpu_count()} cores,"
        f" {_memory()}, load {' '.join(f'{load:.1f}' for load in os.getloadavg())}",
        "python": platform.python_version(),
        "commit": _git("rev-parse", "--short", "HEAD") or "unknown",
        "changes": str(len(_git("status", "--porcelain").splitlines())),
    }


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return ""
    return done.stdout.strip()
