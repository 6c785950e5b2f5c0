"""What a measurement says at its end: a table for people, and the same for `bench/check.py`."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where `bench/check.py` wants the figures of one part.
WANTED_AT = "DIALOGFORUM_FIGURES"


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
        self._add(Figure(name, why, goal, "not run"))

    def _add(self, figure: Figure) -> None:
        self.all.append(figure)
        print(f"  {figure.state:8} {figure.name}: {figure.measured} (goal: {figure.goal})", flush=True)
        path = os.environ.get(WANTED_AT)
        if path:
            Path(path).write_text(json.dumps([asdict(one) for one in self.all], ensure_ascii=False))

    def close(self) -> int:
        """The status of the process: 1 where a goal is missed, or nothing was measured."""
        print_table(self.all)
        return 0 if self.all and all(figure.state != "MISSED" for figure in self.all) else 1


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
